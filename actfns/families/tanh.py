"""Odd functions with values between −1 and 1."""

from actfns import ops
from actfns.activation import Parameter, activation
from actfns.ops import clip, finite, hypot, sech2, sqrt, where


@activation(
    family="tanh",
    name="Tanh (hyperbolic tangent)",
    name_ko="하이퍼볼릭 탄젠트 (tanh)",
    aliases=["hyperbolic tangent", "symmetric sigmoid", "bipolar sigmoid"],
    formula=r"\tanh(x)=\frac{e^{x}-e^{-x}}{e^{x}+e^{-x}}=2\sigma(2x)-1",
    derivative_formula=r"f'(x)=1-\tanh^2(x)=\operatorname{sech}^2(x)",
    cite="lecun1998",
    native="tanh",
)
def tanh(x):
    """Hyperbolic tangent: a sigmoid stretched to (−1, 1), odd, slope 1 at 0.

    The derivative is computed as 4e/(1+e)² with e = e^(−2|x|); 1 − tanh² loses every digit beyond |x| = 19.

    >>> from actfns import tanh
    >>> tanh(0.0), tanh.derivative(0.0)
    (0.0, 1.0)
    """
    return ops.tanh(x)


@tanh.derivative_of
def _(x):
    return sech2(x)


@activation(
    family="tanh",
    name="Hard tanh",
    name_ko="하드 탄젠트 (hardtanh)",
    aliases=["hard tanh", "satlins"],
    formula=r"f(x)=\max(a,\min(b,x))",
    derivative_formula=r"f'(x)=\begin{cases}1,&a<x<b\\0,&x<a\text{ or }x>b\end{cases}",
    params=[Parameter("min_val", -1.0, "a"), Parameter("max_val", 1.0, "b")],
    require=("min_val < max_val", lambda min_val, max_val: min_val < max_val),
    convention="slope 0 at both kinks, as torch",
    cite="collobert2004",
    native="hardtanh",
    native_arguments={"min_val": "min_val", "max_val": "max_val"},
)
def hardtanh(x, min_val=-1.0, max_val=1.0):
    """Hard tanh: the identity cut off at −1 and 1 (or at other levels).

    >>> from actfns import hardtanh
    >>> hardtanh(0.3), hardtanh(7.0), hardtanh(7.0, min_val=0.0, max_val=6.0)
    (0.3, 1.0, 6.0)
    """
    return clip(x, min_val, max_val)


@hardtanh.derivative_of
def _(x, min_val, max_val):
    return where((x > min_val) & (x < max_val), 1 + 0 * x, 0.0)


@activation(
    family="tanh",
    name="Softsign",
    name_ko="소프트사인",
    aliases=["soft sign", "elliotsig"],
    formula=r"f(x)=\frac{x}{1+|x|}",
    derivative_formula=r"f'(x)=\frac{1}{(1+|x|)^2}",
    cite="bergstra2009",
    native="softsign",
)
def softsign(x):
    """Softsign: reaches ±1 like 1/|x|, so its slope dies polynomially, not exponentially as tanh's.

    Once continuously differentiable; f″ jumps from 2 to −2 at 0.

    >>> from actfns import softsign
    >>> softsign(1.0), softsign.derivative(9.0)
    (0.5, 0.01)
    """
    x = finite(x)
    return x / (1 + abs(x))


@softsign.derivative_of
def _(x):
    return 1 / (1 + abs(x)) ** 2


@activation(
    family="tanh",
    name="Tanh soft-cap (logit soft-capping)",
    name_ko="로짓 소프트캡 (tanh soft-capping)",
    aliases=["softcap", "logit soft-capping"],
    formula=r"f(x)=c\tanh\bigl(\tfrac{x}{c}\bigr)",
    derivative_formula=r"f'(x)=\operatorname{sech}^2\bigl(\tfrac{x}{c}\bigr)",
    params=[Parameter("c", 30.0, "c", "> 0")],
    cite="gemma2024",
)
def tanh_softcap(x, c=30.0):
    """Tanh soft-cap: keeps logits between −c and c without clipping: the order of the entries never changes.

    Gemma 2 uses c = 30 for its final logits and c = 50 in attention.

    >>> from actfns import tanh_softcap
    >>> round(tanh_softcap(30.0), 6), tanh_softcap(3000.0), tanh_softcap(3000.0, c=50.0)
    (22.847825, 30.0, 50.0)
    """
    return where(abs(x) < 1e-9 * c, x, c * ops.tanh(x / c))  # x/c can be denormal


@tanh_softcap.derivative_of
def _(x, c):
    return sech2(x / c)


@activation(
    family="tanh",
    name="LiSHT (linearly scaled hyperbolic tangent)",
    name_ko="LiSHT",
    aliases=["x tanh x", "linearly scaled hyperbolic tangent"],
    formula=r"f(x)=x\tanh(x)",
    derivative_formula=r"f'(x)=\tanh(x)+x\operatorname{sech}^2(x)",
    cite="roy2019",
)
def lisht(x):
    """LiSHT: an even, non-negative function, like a smooth |x|; it forgets the sign of its input.

    It is not convex: its slope exceeds 1 between 0.64 and ∞ and is largest, 1.1997, at 1.1997.

    >>> from actfns import lisht
    >>> lisht(-2.0) == lisht(2.0), lisht(0.0), round(lisht.derivative(1.1996786), 6)
    (True, 0.0, 1.199679)
    """
    return x * ops.tanh(x)


@lisht.derivative_of
def _(x):
    return ops.tanh(x) + x * sech2(x)


@activation(
    family="tanh",
    name="ISRU (inverse square root unit)",
    name_ko="ISRU (역제곱근 유닛)",
    aliases=["algebraic sigmoid", "inverse square root unit"],
    formula=r"f(x)=\frac{x}{\sqrt{1+\alpha x^2}}",
    derivative_formula=r"f'(x)=(1+\alpha x^2)^{-3/2}",
    params=[Parameter("alpha", 1.0, r"\alpha", "> 0")],
    cite="carlile2017",
)
def isru(x, alpha=1.0):
    """ISRU: an algebraic tanh with values between −1/√α and 1/√α.

    Written with hypot: x² overflows in float16 from 256 on, and the quotient would fall back to 0.

    >>> import numpy as np
    >>> from actfns import isru
    >>> isru(0.75), isru(np.float16(300.0)), isru(-1e300, alpha=4.0)
    (0.6, np.float16(1.0), -0.5)
    """
    root = alpha**0.5
    u = finite(root * x)
    return u / hypot(u, 1.0) / root


@isru.derivative_of
def _(x, alpha):
    return 1 / sqrt(1 + alpha * x * x) ** 3


@activation(
    family="tanh",
    name="SQNL (square nonlinearity)",
    name_ko="SQNL (제곱 비선형)",
    aliases=["square nonlinearity"],
    formula=r"f(x)=\begin{cases}1,&x>2\\x-\frac{x^2}{4},&0\le x\le 2\\x+\frac{x^2}{4},&-2\le x<0\\-1,&x<-2\end{cases}",
    derivative_formula=r"f'(x)=\max\bigl(0,1-\tfrac{|x|}{2}\bigr)",
    cite="wuraola2018",
)
def sqnl(x):
    """SQNL: two parabolas join −1 and 1; once continuously differentiable, no exponential.

    >>> from actfns import sqnl
    >>> sqnl(1.0), sqnl(-5.0), sqnl.derivative(0.5)
    (0.75, -1.0, 0.75)
    """
    x = clip(x, -2.0, 2.0)
    return x * (1 - abs(x) / 4)


@sqnl.derivative_of
def _(x):
    return 1 - abs(clip(x, -2.0, 2.0)) / 2


@activation(
    family="tanh",
    name="LeCun's scaled tanh",
    name_ko="르쿤 스케일드 탄젠트",
    aliases=["stanh", "scaled tanh"],
    formula=r"f(x)=1.7159\tanh\bigl(\tfrac23x\bigr)",
    derivative_formula=r"f'(x)=1.7159\cdot\tfrac23\operatorname{sech}^2\bigl(\tfrac23x\bigr)",
    cite="lecun1998",
)
def lecun_tanh(x):
    """LeCun's tanh: stretched so that f(±1) is ±1 to five digits, where the curvature is largest, too.

    Its variance for inputs of variance 1 is 0.75, not 1.

    >>> from actfns import lecun_tanh
    >>> round(lecun_tanh(1.0), 8), round(lecun_tanh.derivative(0.0), 6)
    (0.99999726, 1.143933)
    """
    return 1.7159 * ops.tanh(2 / 3 * x)


@lecun_tanh.derivative_of
def _(x):
    return 1.7159 * 2 / 3 * sech2(2 / 3 * x)


@activation(
    family="tanh",
    name="Arctangent",
    name_ko="아크탄젠트",
    aliases=["atan"],
    formula=r"f(x)=\arctan(x)",
    derivative_formula=r"f'(x)=\frac{1}{1+x^2}",
    cite="kalman1992",
)
def arctan(x):
    """Arctangent: between −π/2 and π/2; its slope dies like 1/x², as softsign's.

    >>> from actfns import arctan
    >>> round(arctan(1.0), 6), arctan.derivative(3.0)
    (0.785398, 0.1)
    """
    return ops.arctan(x)


@arctan.derivative_of
def _(x):
    return 1 / (1 + x * x)
