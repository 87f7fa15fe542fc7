"""Smooth rectifiers: softplus, its rivals, and the exponential they start as."""

from actfns import ops
from actfns.activation import Parameter, activation
from actfns.ops import exp, hypot, log1p, magnitude, maximum, minimum, sigmoid, sqrt, where


@activation(
    family="softplus",
    name="Softplus",
    name_ko="소프트플러스",
    aliases=["SmoothReLU", "log1pexp"],
    formula=r"f(x)=\frac{1}{\beta}\ln(1+e^{\beta x})",
    derivative_formula=r"f'(x)=\sigma(\beta x)",
    params=[Parameter("beta", 1.0, r"\beta", "> 0")],
    cite="dugas2001",
    native="softplus",
    native_arguments={"beta": "beta"},
)
def softplus(x, beta=1.0):
    """Softplus: the integral of the sigmoid, a ReLU without the corner; sharper for larger β.

    Torch's kernel returns x itself beyond βx = 20, a jump; this formula has none.

    >>> from actfns import softplus
    >>> round(softplus(0.0), 6), softplus(1000.0)
    (0.693147, 1000.0)
    """
    if isinstance(beta, (int, float)) and beta == 1:
        return ops.softplus(x)
    return maximum(x, 0.0) + log1p(exp(-beta * magnitude(-x))) / beta


@softplus.derivative_of
def _(x, beta):
    return sigmoid(beta * x)


@activation(
    family="softplus",
    name="Log-sigmoid",
    name_ko="로그 시그모이드",
    aliases=["log sigmoid"],
    formula=r"f(x)=\ln\sigma(x)=-\ln(1+e^{-x})=-\operatorname{softplus}(-x)",
    derivative_formula=r"f'(x)=\sigma(-x)=1-\sigma(x)",
    cite="dugas2001",
    native="logsigmoid",
)
def logsigmoid(x):
    """Log-sigmoid: the logarithm of the sigmoid without ever forming the sigmoid.

    >>> from actfns import logsigmoid
    >>> round(logsigmoid(0.0), 6), logsigmoid(-1000.0)
    (-0.693147, -1000.0)
    """
    return -ops.softplus(-x)


@logsigmoid.derivative_of
def _(x):
    return sigmoid(-x)


@activation(
    family="softplus",
    name="Squareplus",
    name_ko="스퀘어플러스",
    formula=r"f(x)=\frac{x+\sqrt{x^2+b}}{2}",
    derivative_formula=r"f'(x)=\frac12\Bigl(1+\frac{x}{\sqrt{x^2+b}}\Bigr)",
    params=[Parameter("b", 4.0, "b", "> 0")],
    cite="barron2021",
)
def squareplus(x, b=4.0):
    """Squareplus: an algebraic softplus, no exponential needed; ReLU in the limit b → 0.

    For negative x the textbook form cancels; max(0, x) + (b/2) / (|x| + √(x² + b)) does not.

    >>> from actfns import squareplus
    >>> squareplus(0.0), squareplus(-1e8)
    (1.0, 1e-08)
    """
    return maximum(x, 0.0) + b / 2 / (magnitude(-x) + hypot(x, b**0.5))  # at 0 both take the left side of the kink


@squareplus.derivative_of
def _(x, b):
    half, root = _half_sum(x, b), hypot(x, b**0.5)
    return where(x < 0, b / 4 / half, half) / root


def _half_sum(x, b):
    return magnitude(x) / 2 + hypot(x, b**0.5) / 2


@activation(
    family="softplus",
    name="Sparse plus",
    name_ko="스파스 플러스",
    formula=r"f(x)=\begin{cases}0,&x\le-1\\\tfrac14(x+1)^2,&-1<x<1\\x,&x\ge 1\end{cases}",
    derivative_formula=r"f'(x)=\max\bigl(0,\min(1,\tfrac{x+1}{2})\bigr)",
    cite="blondel2020",
)
def sparse_plus(x):
    """Sparse plus: a parabola joins 0 and the identity; its slope is `sparse_sigmoid`.

    >>> from actfns import sparse_plus
    >>> sparse_plus(-1.5), sparse_plus(0.0), sparse_plus(2.0)
    (0.0, 0.25, 2.0)
    """
    return where(x <= -1, 0.0, where(x >= 1, x, ((x + 1) / 2) ** 2))


@sparse_plus.derivative_of
def _(x):
    return where(x <= -1, 0.0, where(x >= 1, 1.0, (x + 1) / 2))


@activation(
    family="softplus",
    name="Exponential",
    name_ko="지수 함수",
    aliases=["exp"],
    formula=r"f(x)=e^{x}",
    derivative_formula=r"f'(x)=e^{x}",
    cite="muller2022",
)
def exponential(x):
    """Exponential: its own derivative; overflows above 11.09 in float16, 88.72 in float32, 709.78 in float64.

    >>> from actfns import exponential
    >>> exponential(0.0), exponential(1000.0)
    (1.0, inf)
    """
    return exp(x)


@exponential.derivative_of
def _(x):
    return exp(x)


@activation(
    family="softplus",
    name="√softplus (square root of softplus)",
    name_ko="소프트플러스 제곱근",
    aliases=["sqrtsoftplus", "square root of softplus"],
    formula=r"f(x)=\sqrt{\ln(1+e^{x})}",
    derivative_formula=r"f'(x)=\frac{\sigma(x)}{2\sqrt{\ln(1+e^{x})}}",
    own_limits=True,
    cite="transformers_dsv4",
)
def sqrt_softplus(x):
    """Square root of softplus: grows like √x on the right, dies like e^(x/2) on the left.

    Written in e^(−|x|/2): √(eˣ) lives twice as long as eˣ, which is denormal below −708.

    >>> from actfns import sqrt_softplus
    >>> round(sqrt_softplus(0.0), 6), sqrt_softplus(100.0), round(sqrt_softplus(-1400.0) / 1e-304, 6)
    (0.832555, 10.0, 0.985968)
    """
    if ops.moderate(x, 40.0):
        return sqrt(ops.softplus(x))
    return where(x <= -40, exp(minimum(x, 0.0) / 2), sqrt(ops.softplus(maximum(x, -40.0))))


_FAR = 1e-9  # of e^(−|x|/2): its square no longer counts beside 1


def _root_of_softplus(x):
    e = exp(-magnitude(x) / 2)
    near = maximum(e, _FAR)
    return e, sqrt(where(x < 0, 0.0, x) + log1p(near * near))


@sqrt_softplus.derivative_of
def _(x):
    e, root = _root_of_softplus(x)
    return where((x < 0) & (e < _FAR), e / 2, sigmoid(x) / (2 * root))
