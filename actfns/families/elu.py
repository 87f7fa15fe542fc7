"""Linear on the right, exponential on the left: ELU and its relatives."""

from actfns.activation import Parameter, activation
from actfns.ops import exp, expm1, finite, hypot, minimum, sqrt, where

# The fixed point (mean 0, variance 1) of Klambauer et al. (2017) in closed form, to double precision.
SELU_ALPHA = 1.6732632423543772
SELU_SCALE = 1.0507009873554805


@activation(
    family="elu",
    name="ELU (exponential linear unit)",
    name_ko="ELU (지수 선형 유닛)",
    aliases=["exponential linear unit"],
    formula=r"f(x)=\begin{cases}x,&x>0\\\alpha(e^{x}-1),&x\le 0\end{cases}",
    derivative_formula=r"f'(x)=\begin{cases}1,&x>0\\\alpha e^{x},&x<0\end{cases}",
    params=[Parameter("alpha", 1.0, r"\alpha", "> 0")],
    convention="slope α at 0, as torch; no kink for α = 1",
    cite="clevert2016",
    native="elu",
    native_arguments={"alpha": "alpha"},
)
def elu(x, alpha=1.0):
    """ELU: the identity for positive inputs, saturating at −α for negative ones.

    Uses expm1, because e^x − 1 loses the digits of small x, with the argument cut at 0, because the branch that is
    not taken would overflow and turn gradients into nan.

    >>> from actfns import elu
    >>> elu(2.0), round(elu(-1.0), 6)
    (2.0, -0.632121)
    """
    return where(x > 0, x, alpha * expm1(minimum(x, 0.0)))


@elu.derivative_of
def _(x, alpha):
    return where(x > 0, 1.0, alpha * exp(minimum(x, 0.0)))


@activation(
    family="elu",
    name="CELU (continuously differentiable ELU)",
    name_ko="CELU (연속 미분 가능한 ELU)",
    aliases=["continuously differentiable ELU"],
    formula=r"f(x)=\max(0,x)+\min\bigl(0,\alpha(e^{x/\alpha}-1)\bigr)",
    derivative_formula=r"f'(x)=\begin{cases}1,&x\ge 0\\e^{x/\alpha},&x<0\end{cases}",
    params=[Parameter("alpha", 1.0, r"\alpha", "> 0")],
    cite="barron2017",
    native="celu",
    native_arguments={"alpha": "alpha"},
)
def celu(x, alpha=1.0):
    """CELU: ELU with x/α in the exponent, so that the slope at 0 is 1 for every α.

    >>> from actfns import celu
    >>> celu(2.0, alpha=3.0), celu.derivative(0.0, alpha=3.0)
    (2.0, 1.0)
    """
    return where(x > 0, x, alpha * expm1(minimum(x, 0.0) / alpha))


@celu.derivative_of
def _(x, alpha):
    return exp(minimum(x, 0.0) / alpha)


@activation(
    family="elu",
    name="PELU (parametric ELU)",
    name_ko="PELU (파라메트릭 ELU)",
    aliases=["parametric ELU"],
    formula=r"f(x)=\begin{cases}\frac{a}{b}\,x,&x\ge 0\\a\,(e^{x/b}-1),&x<0\end{cases}",
    derivative_formula=r"f'(x)=\begin{cases}\frac{a}{b},&x\ge 0\\\frac{a}{b}\,e^{x/b},&x<0\end{cases}",
    params=[Parameter("a", 1.0, "a", "> 0", learnable=True), Parameter("b", 1.0, "b", "> 0", learnable=True)],
    cite="trottier2017",
)
def pelu(x, a=1.0, b=1.0):
    """PELU: ELU with two learned positive numbers, tied so that the slope a/b is continuous at 0.

    >>> from actfns import pelu
    >>> pelu(3.0, a=2.0, b=4.0), pelu.derivative(-0.0, a=2.0, b=4.0)
    (1.5, 0.5)
    """
    return where(x >= 0, a / b * x, a * expm1(minimum(x, 0.0) / b))


@pelu.derivative_of
def _(x, a, b):
    return a / b * exp(minimum(x, 0.0) / b)


@activation(
    family="elu",
    name="SELU (scaled ELU)",
    name_ko="SELU (스케일드 ELU)",
    aliases=["scaled ELU"],
    formula=r"f(x)=\begin{cases}\lambda x,&x>0\\\lambda\alpha(e^{x}-1),&x\le 0\end{cases}"
            r"\quad\alpha=1.6732632423543772,\ \lambda=1.0507009873554805",
    derivative_formula=r"f'(x)=\begin{cases}\lambda,&x>0\\\lambda\alpha e^{x},&x<0\end{cases}"
                       r"\quad\alpha=1.6732632423543772,\ \lambda=1.0507009873554805",
    convention="slope λα at 0, as torch",
    cite="klambauer2017",
    native="selu",
)
def selu(x):
    """SELU: ELU scaled so that mean 0 and variance 1 reproduce themselves from layer to layer.

    Its two constants follow from that fixed point; they are not trained.

    >>> from actfns import selu
    >>> round(selu(1.0), 6), round(selu(-50.0), 6)
    (1.050701, -1.758099)
    """
    return SELU_SCALE * where(x > 0, x, SELU_ALPHA * expm1(minimum(x, 0.0)))


@selu.derivative_of
def _(x):
    return SELU_SCALE * where(x > 0, 1.0, SELU_ALPHA * exp(minimum(x, 0.0)))


@activation(
    family="elu",
    name="ISRLU (inverse square root linear unit)",
    name_ko="ISRLU (역제곱근 선형 유닛)",
    aliases=["inverse square root linear unit"],
    formula=r"f(x)=\begin{cases}x,&x\ge 0\\\frac{x}{\sqrt{1+\alpha x^2}},&x<0\end{cases}",
    derivative_formula=r"f'(x)=\begin{cases}1,&x\ge 0\\(1+\alpha x^2)^{-3/2},&x<0\end{cases}",
    params=[Parameter("alpha", 1.0, r"\alpha", "> 0")],
    cite="carlile2017",
)
def isrlu(x, alpha=1.0):
    """ISRLU: `isru` on the left, the identity on the right; an ELU without an exponential.

    Smoother than ELU: twice continuously differentiable, only f‴ jumps at 0.

    >>> from actfns import isrlu
    >>> isrlu(2.0), isrlu(-0.75), isrlu(-1e300, alpha=4.0)
    (2.0, -0.6, -0.5)
    """
    root = alpha**0.5
    u = finite(root * minimum(x, 0.0))
    return where(x > 0, x, u / hypot(u, 1.0) / root)


@isrlu.derivative_of
def _(x, alpha):
    negative = minimum(x, 0.0)
    return 1 / sqrt(1 + alpha * negative * negative) ** 3
