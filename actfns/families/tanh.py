"""Odd functions with values between −1 and 1."""

from actfns import ops
from actfns.activation import Parameter, activation
from actfns.ops import clip, finite, sech2, where


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
    aliases=["soft sign", "Elliott"],
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
