"""Shrinkage: functions that pull small values to 0 and spare large ones."""

from actfns import ops
from actfns.activation import Parameter, activation
from actfns.ops import cosh, tanh, where


@activation(
    family="shrink",
    name="Hard shrink",
    name_ko="하드 슈링크",
    aliases=["hard thresholding", "hard shrink"],
    formula=r"f(x)=\begin{cases}x,&|x|>\lambda\\0,&|x|\le\lambda\end{cases}",
    derivative_formula=r"f'(x)=\begin{cases}1,&|x|>\lambda\\0,&|x|<\lambda\end{cases}",
    params=[Parameter("lambd", 0.5, r"\lambda", ">= 0")],
    convention="slope 0 at the two jumps ±λ, as torch",
    cite="donoho1994",
    native="hardshrink",
    native_arguments={"lambd": "lambd"},
)
def hardshrink(x, lambd=0.5):
    """Hard shrink: keep what is larger than λ, drop the rest; jumps at ±λ.

    >>> from actfns import hardshrink
    >>> hardshrink(0.4), hardshrink(-0.6)
    (0.0, -0.6)
    """
    return where(abs(x) <= lambd, 0.0, x)


@hardshrink.derivative_of
def _(x, lambd):
    return where(abs(x) > lambd, 1 + 0 * x, 0.0)


@activation(
    family="shrink",
    name="Soft shrink",
    name_ko="소프트 슈링크",
    aliases=["soft thresholding", "soft shrink"],
    formula=r"f(x)=\operatorname{sign}(x)\max(|x|-\lambda,0)",
    derivative_formula=r"f'(x)=\begin{cases}1,&|x|>\lambda\\0,&|x|<\lambda\end{cases}",
    params=[Parameter("lambd", 0.5, r"\lambda", ">= 0")],
    convention="slope 0 at both kinks ±λ, as torch",
    cite="donoho1995",
    native="softshrink",
    native_arguments={"lambd": "lambd"},
)
def softshrink(x, lambd=0.5):
    """Soft shrink: move everything by λ towards 0; the proximal operator of λ|x|.

    >>> from actfns import softshrink
    >>> softshrink(0.4), softshrink(-2.0)
    (0.0, -1.5)
    """
    return where(x > lambd, x - lambd, where(x >= -lambd, 0.0, x + lambd))


@softshrink.derivative_of
def _(x, lambd):
    return where(abs(x) > lambd, 1 + 0 * x, 0.0)


@activation(
    family="shrink",
    name="Tanh shrink",
    name_ko="탄젠트 슈링크",
    aliases=["tanh shrink"],
    formula=r"f(x)=x-\tanh(x)",
    derivative_formula=r"f'(x)=\tanh^2(x)",
    cite="collobert2004",
    native="tanhshrink",
)
def tanhshrink(x):
    """Tanh shrink: what tanh takes away; x³/3 near 0, x ∓ 1 far out.

    Near 0 the difference cancels, so |x| < 1 uses (x cosh x − sinh x)/cosh x, whose series has only positive terms.

    >>> from actfns import tanhshrink
    >>> round(tanhshrink(1e-3) / (1e-9 / 3), 6), tanhshrink(50.0)
    (1.0, 49.0)
    """
    return where(x * x < 1, _near_zero(ops.inside(x, 1.0)), x - tanh(x))


def _near_zero(x):
    """Σ 2k/(2k+1)! · x^(2k+1) / cosh x, k = 1 … 9: below half an ULP for |x| ≤ 1.

    In float32 x³ times a quotient of polynomials of x² that is off by at most 2 · 10⁻⁹ there.
    """
    square = x * x
    if x.dtype.itemsize < 8:
        return x * square * (0.9341076 * square + 21.16647854) / ((square + 28.2020929) * square + 63.49943574)
    term, series = x, 0 * x
    for k in range(1, 10):
        term = term * square / (2 * k * (2 * k + 1))
        series = series + 2 * k * term
    return series / cosh(x)


@tanhshrink.derivative_of
def _(x):
    return tanh(x) ** 2
