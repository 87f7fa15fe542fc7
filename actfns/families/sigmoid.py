"""The step and its smooth and piecewise linear relatives, with values between 0 and 1."""

from actfns import ops
from actfns.activation import Parameter, activation
from actfns.ops import clip, finite, magnitude, tanh, where


@activation(
    family="step",
    name="Binary step (Heaviside)",
    name_ko="이진 계단 함수",
    aliases=["Heaviside", "Heaviside step", "threshold unit", "hard limiter"],
    formula=r"H(x)=\begin{cases}1,&x>0\\v,&x=0\\0,&x<0\end{cases}",
    derivative_formula=r"H'(x)=0\quad(x\ne 0)",
    params=[Parameter("value_at_0", 1.0, "v")],
    convention="value 1 at 0 (McCulloch and Pitts fire at the threshold); slope 0 at the jump, as torch.heaviside",
    cite="mcculloch1943",
)
def binary_step(x, value_at_0=1.0):
    """Binary step: 1 above 0, 0 below. Its slope is 0 wherever there is one, so gradients carry nothing through it.

    >>> from actfns import binary_step
    >>> binary_step(-0.5), binary_step(0.0), binary_step(0.0, value_at_0=0.5)
    (0.0, 1.0, 0.5)
    """
    return where(x > 0, 1.0, where(x < 0, 0.0, where(x == 0, value_at_0, x)))


@binary_step.derivative_of
def _(x, value_at_0):
    return 0 * x


@activation(
    family="sigmoid",
    name="Sigmoid (logistic)",
    name_ko="시그모이드",
    aliases=["logistic", "logistic sigmoid", "expit", "soft step"],
    formula=r"\sigma(x)=\frac{1}{1+e^{-x}}=\tfrac12\bigl(1+\tanh\tfrac{x}{2}\bigr)",
    derivative_formula=r"\sigma'(x)=\sigma(x)\,(1-\sigma(x))",
    cite="rumelhart1986",
    native="sigmoid",
)
def sigmoid(x):
    """Logistic sigmoid: maps the real line onto (0, 1); slope at most 1/4, at 0.

    Computed from e^(−|x|), which never overflows and keeps every digit of both tails.

    >>> from actfns import sigmoid
    >>> sigmoid(0.0), sigmoid(-800.0)
    (0.5, 0.0)
    """
    return ops.sigmoid(x)


@sigmoid.derivative_of
def _(x):
    return ops.sigmoid(x) * ops.sigmoid(-x)


@activation(
    family="sigmoid",
    name="Hard sigmoid",
    name_ko="하드 시그모이드",
    aliases=["hardsigmoid", "h-sigmoid"],
    formula=r"f(x)=\max\bigl(0,\min(1,s\,x+\tfrac12)\bigr)",
    derivative_formula=r"f'(x)=\begin{cases}s,&|x|<\frac{1}{2s}\\0,&|x|>\frac{1}{2s}\end{cases}",
    params=[Parameter("slope", 1 / 6, "s", "> 0")],
    convention="slope 0 at both kinks ±1/(2s), as torch",
    cite="howard2019",
    native="hardsigmoid",
)
def hard_sigmoid(x, slope=1 / 6):
    """Hard sigmoid: the sigmoid's cheap piecewise linear stand-in.

    Three functions share the name: slope 1/6 (torch, jax, Keras 3, MobileNetV3: the default here), 0.2 (Theano,
    Keras 1 and 2, ONNX) and 1/2 (BinaryConnect, here also `sparse_sigmoid`).

    >>> from actfns import hard_sigmoid
    >>> hard_sigmoid(-3.0), hard_sigmoid(0.0), hard_sigmoid(1.0, slope=0.5)
    (0.0, 0.5, 1.0)
    """
    return clip(slope * (x + 0.5 / slope), 0.0, 1.0)


@hard_sigmoid.derivative_of
def _(x, slope):
    return where(abs(x) < 0.5 / slope, slope + 0 * x, 0.0)


@activation(
    family="sigmoid",
    name="Sparse sigmoid",
    name_ko="스파스 시그모이드",
    aliases=["BinaryConnect hard sigmoid", "two-class sparsemax"],
    formula=r"f(x)=\max\bigl(0,\min(1,\tfrac{x+1}{2})\bigr)",
    derivative_formula=r"f'(x)=\begin{cases}\tfrac12,&|x|<1\\0,&|x|>1\end{cases}",
    convention="slope 0 at both kinks ±1",
    cite="courbariaux2015",
)
def sparse_sigmoid(x):
    """Sparse sigmoid: hard sigmoid of slope 1/2, the derivative of `sparse_plus` and two-class `sparsemax`.

    >>> from actfns import sparse_sigmoid
    >>> sparse_sigmoid(-2.0), sparse_sigmoid(0.5)
    (0.0, 0.75)
    """
    return clip((x + 1) / 2, 0.0, 1.0)


@sparse_sigmoid.derivative_of
def _(x):
    return where(abs(x) < 1, 0.5 + 0 * x, 0.0)


@activation(
    family="sigmoid",
    name="dSiLU",
    name_ko="dSiLU (SiLU의 도함수)",
    formula=r"f(x)=\sigma(x)\bigl(1+x(1-\sigma(x))\bigr)",
    derivative_formula=r"f'(x)=\sigma(x)(1-\sigma(x))\bigl(2+x(1-2\sigma(x))\bigr)",
    cite="elfwing2018",
)
def dsilu(x):
    """dSiLU: the derivative of SiLU used as an activation of its own; an overshooting sigmoid.

    It leaves [0, 1] on both sides: minimum about −0.1, maximum about 1.1, at x about ∓2.4.

    >>> from actfns import dsilu, silu
    >>> dsilu(1.5) == silu.derivative(1.5)
    True
    """
    x = finite(x)
    return ops.sigmoid(x) * (1 + x * ops.sigmoid(-x))


@dsilu.derivative_of
def _(x):
    return ops.sigmoid(x) * ops.sigmoid(-x) * (2 - x * tanh(x / 2))


@activation(
    family="sigmoid",
    name="Elliott sigmoid",
    name_ko="엘리엇 시그모이드",
    aliases=["scaled softsign"],
    formula=r"f(x)=\frac12\Bigl(1+\frac{x}{1+|x|}\Bigr)",
    derivative_formula=r"f'(x)=\frac{1}{2(1+|x|)^2}",
    cite="elliott1993",
)
def elliott(x):
    """Elliott sigmoid: softsign moved and shrunk to (0, 1); Elliott's report itself defines x/(1 + |x|), `softsign`.

    The left tail is 1/(2 + 2|x|); as 1 + x/(1 + |x|) it would cancel.

    >>> from actfns import elliott
    >>> elliott(0.0), elliott(3.0), elliott(-1e20)
    (0.5, 0.875, 5e-21)
    """
    half = 0.5 / (1 + magnitude(x))
    return where(x < 0, half, 1 - half)


@elliott.derivative_of
def _(x):
    return 0.5 / (1 + abs(x)) / (1 + abs(x))
