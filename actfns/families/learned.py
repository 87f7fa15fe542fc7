"""Functions whose shape is learned: their parameters become ``nn.Parameter``s in a module."""

from actfns.activation import Parameter, activation
from actfns.ops import clip, expm1, finite, indicator, magnitude, maximum, minimum, scaled, sigmoid, sloped, where


@activation(
    family="learned/adaptive",
    name="StarReLU",
    name_ko="StarReLU",
    formula=r"f(x)=s\max(0,x)^2+b",
    derivative_formula=r"f'(x)=2s\max(0,x)",
    params=[Parameter("s", 2 / 5**0.5, "s", learnable=True, shared=True),
            Parameter("b", -1 / 5**0.5, "b", learnable=True, shared=True)],
    own_limits=True,
    cite="yu2024",
)
def star_relu(x, s=2 / 5**0.5, b=-1 / 5**0.5):
    """StarReLU: squared ReLU, scaled and moved; 2/√5 and −1/√5 give mean 0 and variance 1 for normal inputs.

    Unlike SELU's, that fixed point repels: the slope of the variance map there is 2. The paper's own code starts from
    s = 1, b = 0 and learns both.

    >>> from actfns import star_relu
    >>> star_relu(3.0, s=1.0, b=0.5), round(star_relu(-1.0), 6)
    (9.5, -0.447214)
    """
    positive = maximum(x, 0.0)
    return scaled(positive, s) * finite(positive) + b


@star_relu.derivative_of
def _(x, s, b):
    return scaled(maximum(x, 0.0), 2 * s)


@activation(
    family="learned/adaptive",
    name="xIELU",
    name_ko="xIELU",
    aliases=["expanded integral of the ELU"],
    formula=r"f(x)=\begin{cases}\alpha_px^2+\beta x,&x>0\\\alpha_n(e^{x}-1)-\alpha_nx+\beta x,&x\le 0\end{cases}",
    derivative_formula=r"f'(x)=\begin{cases}2\alpha_px+\beta,&x>0\\\alpha_n(e^{x}-1)+\beta,&x\le 0\end{cases}",
    params=[Parameter("alpha_p", 0.8, r"\alpha_p", "> 0", learnable=True, shared=True),
            Parameter("alpha_n", 0.8, r"\alpha_n", "> 0", learnable=True, shared=True),
            Parameter("beta", 0.5, r"\beta", "> 0")],
    require=("alpha_n > beta", lambda alpha_p, alpha_n, beta: alpha_n > beta),
    own_limits=True,
    cite="huang2024",
)
def xielu(x, alpha_p=0.8, alpha_n=0.8, beta=0.5):
    """xIELU: the integral of an ELU with learned halves; quadratic on the right, a rising line far on the left.

    The paper keeps α_p > 0 and α_n > β by a softplus; here the parameters are learned as they are. The implementation
    in transformers returns −8·10⁻⁷ at 0, because it keeps the argument of expm1 below −10⁻⁶.

    >>> from actfns import xielu
    >>> xielu(0.0), xielu(2.0), round(xielu(-0.98082925), 6)
    (0.0, 4.2, -0.205751)
    """
    positive, negative = maximum(x, 0.0), minimum(x, 0.0)
    near = maximum(negative, -1.0)  # −α_n x + βx would be ∞ − ∞ further out
    left = alpha_n * (expm1(negative) - near) + beta * near + (beta - alpha_n) * (negative - near)
    return left + positive * (alpha_p * positive + beta)


@xielu.derivative_of
def _(x, alpha_p, alpha_n, beta):
    return alpha_n * expm1(minimum(x, 0.0)) + beta + 2 * alpha_p * maximum(x, 0.0)


@activation(
    family="learned/adaptive",
    name="ACON-C",
    name_ko="ACON-C",
    formula=r"f(x)=(p_1-p_2)\,x\,\sigma(\beta(p_1-p_2)x)+p_2x",
    derivative_formula=r"f'(x)=(p_1-p_2)\,(\sigma(u)+u\,\sigma(u)(1-\sigma(u)))+p_2\quad u=\beta(p_1-p_2)x",
    params=[Parameter("p1", 1.2, "p_1", learnable=True), Parameter("p2", -0.8, "p_2", learnable=True),
            Parameter("beta", 1.0, r"\beta", learnable=True)],
    cite="ma2021",
)
def acon_c(x, p1=1.2, p2=-0.8, beta=1.0):
    """ACON-C: a smooth maximum of two lines p₁x and p₂x; p₁ = 1, p₂ = 0 is Swish. β = 0 switches it off: a line.

    Written x (p₁σ(u) + p₂σ(−u)), in which nothing cancels. With p₂ > 0 it is not bounded below. The defaults are the
    example drawn in the paper; its code starts p₁ and p₂ from a normal distribution, β from 1.

    >>> from actfns import acon_c, swish
    >>> acon_c(0.0), acon_c(1e3), acon_c(2.0, p1=1.0, p2=0.0) == swish(2.0)
    (0.0, 1200.0, True)
    """
    u = beta * (p1 - p2) * clip(x, -1e30, 1e30)  # beyond, σ is 0 or 1, and its gradient would be 0 · ∞
    return sloped(x, p1 * sigmoid(u) + p2 * sigmoid(-u))


@acon_c.derivative_of
def _(x, p1, p2, beta):
    u = finite(beta * (p1 - p2) * x)
    up, down = sigmoid(u), sigmoid(-u)
    return p1 * up + p2 * down + (p1 - p2) * (u * up * down)


@activation(
    family="learned/adaptive",
    name="APL (adaptive piecewise linear)",
    name_ko="APL (적응형 조각별 선형)",
    aliases=["adaptive piecewise linear"],
    formula=r"f(x)=\max(0,x)+a_1\max(0,b_1-x)+a_2\max(0,b_2-x)",
    derivative_formula=r"f'(x)=[x>0]-a_1[x\le b_1]-a_2[x\le b_2]",
    params=[Parameter("a1", 0.2, "a_1", learnable=True), Parameter("b1", 0.0, "b_1", learnable=True),
            Parameter("a2", 0.0, "a_2", learnable=True), Parameter("b2", 0.0, "b_2", learnable=True)],
    convention="at every kink the slope of the left piece",
    cite="agostinelli2015",
)
def apl(x, a1=0.2, b1=0.0, a2=0.0, b2=0.0):
    """APL: ReLU plus learned hinges that open to the left; two here, the paper's S is free.

    The slope left of all hinges is −a₁ − a₂: leaky ReLU is a₁ = −α. The defaults are one hinge with a = 0.2 at 0; the
    paper starts from random numbers, one set per neuron.

    >>> from actfns import apl
    >>> apl(2.0), apl(-2.0), round(apl(-3.0, a1=0.5, b1=-1.0), 12)
    (2.0, 0.4, 1.0)
    """
    right, left1, left2 = _pieces(x, b1, b2)
    return sloped(x, right - a1 * left1 - a2 * left2) + (a1 * b1 * left1 + a2 * b2 * left2)


def _pieces(x, b1, b2):
    """1 where the ReLU and where each hinge is open, else 0."""
    return indicator(x > 0, x), indicator(x <= b1, x), indicator(x <= b2, x)


@apl.derivative_of
def _(x, a1, b1, a2, b2):
    right, left1, left2 = _pieces(x, b1, b2)
    return right - a1 * left1 - a2 * left2


# Fitted to leaky ReLU (slope 0.01) on [−3, 3]: rational_activations, version B, degrees 5 and 4.
_TOP = (0.03355815733452378, 0.5050059186781659, 1.6534697310952233, 2.0100501552600014, 0.9319195586484518,
        0.15242646398275836)
_BOTTOM = (4.812831860534153e-05, 3.9802479055059194, 1.5837587665720168e-05, 0.30183382839661377)


@activation(
    family="learned/adaptive",
    name="PAU (Padé activation unit)",
    name_ko="PAU (파데 활성화 유닛)",
    aliases=["rational activation", "safe PAU", "Padé activation unit"],
    formula=r"f(x)=\frac{a_0+a_1x+a_2x^2+a_3x^3+a_4x^4+a_5x^5}{1+|b_1x+b_2x^2+b_3x^3+b_4x^4|}",
    derivative_formula=r"f'(x)=\frac{a_1+2a_2x+3a_3x^2+4a_4x^3+5a_5x^4}{1+|q|}"
                       r"-\frac{f(x)}{1+|q|}\cdot\frac{|q|}{q}(b_1+2b_2x+3b_3x^2+4b_4x^3)"
                       r"\quad q=b_1x+b_2x^2+b_3x^3+b_4x^4",
    params=[*(Parameter(f"a{k}", value, f"a_{k}", learnable=True, shared=True) for k, value in enumerate(_TOP)),
            *(Parameter(f"b{k}", value, f"b_{k}", learnable=True, shared=True) for k, value in enumerate(_BOTTOM, 1))],
    convention="where the polynomial between the bars is 0, the slope of its positive side",
    cite="molina2020",
)
def pau(x, a0=_TOP[0], a1=_TOP[1], a2=_TOP[2], a3=_TOP[3], a4=_TOP[4], a5=_TOP[5],
        b1=_BOTTOM[0], b2=_BOTTOM[1], b3=_BOTTOM[2], b4=_BOTTOM[3]):
    """PAU: a rational function with ten learned coefficients; the bars keep the denominator above 0.

    Safe PAU, version B: version A has 1 + Σ|bₖxᵏ|, Boulle et al. degrees 3 and 2 without bars. The defaults are fitted
    to leaky ReLU on [−3, 3]; further out the slope tends to a₅/b₄ = 0.505 on both sides. Beyond ±1 it is computed in
    1/x, because x⁵ overflows.

    >>> from actfns import pau
    >>> round(pau(2.0), 6), round(pau(-1e300) / -1e300, 6)
    (2.001154, 0.505001)
    """
    inner, y = _inside_and_inverse(x)
    near = _horner(inner, a0, a1, a2, a3, a4, a5) / (1 + magnitude(inner * _horner(inner, b1, b2, b3, b4)))
    far = _horner(y, a5, a4, a3, a2, a1, a0) / (y**4 + magnitude(_horner(y, b4, b3, b2, b1)))
    return where(abs(x) < 1, near, x * far)


def _inside_and_inverse(x):
    """x cut to [−1, 1], and 1/x for what lies outside; beyond 10³⁰ it adds nothing, but its gradient would overflow."""
    return clip(x, -1.0, 1.0), 1 / where(abs(x) < 1, 1.0, clip(x, -1e30, 1e30))


def _horner(x, *coefficients):
    """Σ cₖ xᵏ, lowest first."""
    *rest, value = coefficients
    for coefficient in reversed(rest):
        value = value * x + coefficient
    return value


@pau.derivative_of
def _(x, a0, a1, a2, a3, a4, a5, b1, b2, b3, b4):
    inner, y = _inside_and_inverse(x)
    turns = _turns((a0, a1, a2, a3, a4, a5), (b1, b2, b3, b4))
    ratio = _horner(inner, b1, b2, b3, b4)
    negative = ((inner < 0) & (ratio > 0)) | ((inner > 0) & (ratio < 0))  # their product may underflow
    bend = _signed(negative, _horner(inner, *turns))
    near = (_horner(inner, a1, 2 * a2, 3 * a3, 4 * a4, 5 * a5) + bend) / (1 + magnitude(inner * ratio)) ** 2
    ratio, rest = _horner(y, b4, b3, b2, b1), y**4
    bend = _signed(ratio < 0, _horner(y, *reversed(turns)))
    far = (rest * _horner(y, 5 * a5, 4 * a4, 3 * a3, 2 * a2, a1) + bend) / (rest + magnitude(ratio)) ** 2
    return where(abs(x) < 1, near, far)


def _turns(top, bottom):
    """Coefficients of P′q − Pq′ for P = Σ aⱼxʲ, q = Σ bₖxᵏ: their common leading terms cancel here, not at every x."""
    sums = [0.0] * (len(top) + len(bottom) - 1)
    for k, b in enumerate(bottom, 1):
        for j, a in enumerate(top):
            if j != k:
                sums[j + k - 1] = sums[j + k - 1] + (j - k) * a * b
    return sums


def _signed(negative, value):
    return where(negative, -value, value)
