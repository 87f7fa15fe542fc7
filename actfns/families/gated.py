"""Self-gated functions: x times a gate that x itself opens."""

import math

from actfns import ops
from actfns.activation import Parameter, activation
from actfns.near_zero import GELU, GELU_TANH, LOG_ATANEXP, LOG_TANHEXP, TANH_SOFTPLUS, near_zero
from actfns.ops import clip, exp, expm1, finite, gated, log1p, magnitude, maximum, minimum, sech2, sigmoid, tanh, where

_CUBIC = 0.044715  # of the tanh approximation of GELU
_SCALE = math.sqrt(2 / math.pi)


@activation(
    family="self-gated",
    name="SiLU (sigmoid-weighted linear unit)",
    name_ko="SiLU (시그모이드 가중 선형 유닛)",
    aliases=["Swish-1", "SiL", "sigmoid-weighted linear unit"],
    formula=r"f(x)=x\,\sigma(x)=\frac{x}{1+e^{-x}}",
    derivative_formula=r"f'(x)=\sigma(x)\bigl(1+x(1-\sigma(x))\bigr)",
    cite="hendrycks2016",
    native="silu",
)
def silu(x):
    """SiLU: x gated by its own sigmoid; the name most libraries give to Swish with β = 1.

    >>> from actfns import silu
    >>> silu(0.0), round(silu(1.0), 6)
    (0.0, 0.731059)
    """
    return gated(x, sigmoid(x))


@silu.derivative_of
def _(x):
    return sigmoid(x) * (1 + x * sigmoid(-x))


@activation(
    family="self-gated",
    name="Swish",
    name_ko="스위시 (Swish)",
    formula=r"f(x)=x\,\sigma(\beta x)",
    derivative_formula=r"f'(x)=\sigma(\beta x)\bigl(1+\beta x(1-\sigma(\beta x))\bigr)",
    params=[Parameter("beta", 1.0, r"\beta", learnable=True)],
    cite="ramachandran2017",
)
def swish(x, beta=1.0):
    """Swish: x gated by σ(βx). β = 0 gives x/2, β = 1 SiLU, β → ∞ ReLU; a negative β mirrors it.

    >>> from actfns import swish
    >>> swish(3.0, beta=0.0), swish(3.0, beta=100.0)
    (1.5, 3.0)
    """
    return gated(x, sigmoid(beta * finite(x)))


@swish.derivative_of
def _(x, beta):
    u = finite(beta * x)
    return sigmoid(u) * (1 + u * sigmoid(-u))


@activation(
    family="self-gated",
    name="Hard-swish",
    name_ko="하드 스위시",
    aliases=["hardswish", "hard SiLU", "h-swish"],
    formula=r"f(x)=x\,\frac{\min(\max(0,x+3),6)}{6}",
    derivative_formula=r"f'(x)=\begin{cases}0,&x<-3\\\frac{2x+3}{6},&|x|<3\\1,&x>3\end{cases}",
    convention="at −3 slope 0, at 3 slope 1 (the outer pieces), as torch",
    cite="howard2019",
    native="hardswish",
)
def hard_swish(x):
    """Hard-swish: Swish with the hard sigmoid as its gate; no exponential.

    >>> from actfns import hard_swish
    >>> hard_swish(-4.0), hard_swish(0.0), hard_swish(5.0)
    (0.0, 0.0, 5.0)
    """
    return maximum(x, -3.0) * (clip(x + 3, 0.0, 6.0) / 6) + 0.0  # not −0


@hard_swish.derivative_of
def _(x):
    return where(x <= -3, 0.0, where(x >= 3, 1.0, (2 * clip(x, -3.0, 3.0) + 3) / 6))


@activation(
    family="self-gated",
    name="GELU (Gaussian error linear unit)",
    name_ko="GELU (가우시안 오차 선형 유닛)",
    aliases=["Gaussian error linear unit", "gelu exact", "gelu erf"],
    formula=r"f(x)=x\,\Phi(x)=\frac{x}{2}\Bigl(1+\operatorname{erf}\frac{x}{\sqrt2}\Bigr)",
    derivative_formula=r"f'(x)=\Phi(x)+x\,\varphi(x)",
    cite="hendrycks2016",
    native="gelu",
)
def gelu(x):
    """GELU: x gated by the normal distribution function Φ.

    Written with erfc: 1 + erf(x/√2) cancels on the left (in float32 4 % off at −5, 0 below −6).

    >>> from actfns import gelu
    >>> round(gelu(1.0), 6), gelu(-40.0)
    (0.841345, 0.0)
    """
    return gated(x, ops.normal_cdf(x))


@gelu.derivative_of
def _(x):
    slope = ops.normal_cdf(x) + x * (exp(-x * x / 2) * (1 / math.sqrt(2 * math.pi)))
    return near_zero(x, GELU, slope)


@activation(
    family="self-gated",
    name="GELU, tanh form",
    name_ko="GELU tanh 근사",
    aliases=["gelu_new", "gelu_pytorch_tanh", "gelu_fast", "gelu approximate"],
    formula=r"f(x)=\frac{x}{2}\Bigl(1+\tanh\Bigl[\sqrt{\tfrac{2}{\pi}}\,(x+0.044715x^3)\Bigr]\Bigr)=x\,\sigma(2u)"
            r"\quad u=\sqrt{\tfrac{2}{\pi}}\,(x+0.044715x^3)",
    derivative_formula=r"f'(x)=\sigma(2u)+2x\,\sigma(2u)(1-\sigma(2u))\,\sqrt{\tfrac{2}{\pi}}\,(1+0.134145x^2)"
                       r"\quad u=\sqrt{\tfrac{2}{\pi}}\,(x+0.044715x^3)",
    cite="hendrycks2016",
    native="gelu",
    native_options={"approximate": "tanh"},
)
def gelu_tanh(x):
    """GELU with tanh of a cubic in place of Φ: the default of jax, and of GPT-2's code.

    >>> from actfns import gelu, gelu_tanh
    >>> abs(gelu_tanh(1.0) - gelu(1.0)) < 2e-4
    True
    """
    return gated(x, sigmoid(_cubic(x)))


@gelu_tanh.derivative_of
def _(x):
    x = clip(x, -30.0, 30.0)
    u = _cubic(x)
    slope = sigmoid(u) * (1 + x * (2 * _SCALE + 6 * _SCALE * _CUBIC * (x * x)) * sigmoid(-u))
    return near_zero(x, GELU_TANH, slope)


def _cubic(x):
    x = clip(x, -30.0, 30.0)  # the gate is 0 or 1 to the last digit beyond ±22; the cube would overflow
    return x * (2 * _SCALE + 2 * _SCALE * _CUBIC * (x * x))


@activation(
    family="self-gated",
    name="ELiSH (exponential linear sigmoid squashing)",
    name_ko="ELiSH (지수 선형 시그모이드 스쿼싱)",
    formula=r"f(x)=\begin{cases}\frac{x}{1+e^{-x}},&x\ge 0\\\frac{e^{x}-1}{1+e^{-x}},&x<0\end{cases}",
    derivative_formula=r"f'(x)=\begin{cases}\sigma(x)\bigl(1+x(1-\sigma(x))\bigr),&x\ge 0\\"
                       r"\sigma(x)\bigl(e^{x}+(e^{x}-1)(1-\sigma(x))\bigr),&x<0\end{cases}",
    cite="basirat2018",
)
def elish(x):
    """ELiSH: Swish for positive inputs, ELU times sigmoid for negative ones.

    >>> from actfns import elish, silu
    >>> elish(2.0) == silu(2.0), round(elish(-1.0), 6)
    (True, -0.170003)
    """
    return where(x < 0, expm1(minimum(x, 0.0)), x) * sigmoid(x)


@elish.derivative_of
def _(x):
    negative = minimum(x, 0.0)
    left = exp(negative) + expm1(negative) * sigmoid(-x)
    return sigmoid(x) * where(x < 0, left, 1 + x * sigmoid(-x))


@activation(
    family="self-gated",
    name="HardELiSH",
    name_ko="하드 ELiSH",
    aliases=["hardelish"],
    formula=r"f(x)=\begin{cases}x\,\max(0,\min(1,\tfrac{x+1}{2})),&x\ge 0\\"
            r"(e^{x}-1)\max(0,\min(1,\tfrac{x+1}{2})),&x<0\end{cases}",
    derivative_formula=r"f'(x)=\begin{cases}0,&x<-1\\\tfrac12\bigl(e^{x}(x+2)-1\bigr),&-1<x<0\\"
                       r"x+\tfrac12,&0\le x<1\\1,&x>1\end{cases}",
    convention="at −1 slope 0, at 1 slope 1 (the outer pieces)",
    cite="basirat2018",
)
def hard_elish(x):
    """HardELiSH: ELiSH with the hard sigmoid of slope 1/2 as its gate.

    >>> from actfns import hard_elish
    >>> hard_elish(-2.0), hard_elish(0.5), hard_elish(2.0)
    (0.0, 0.375, 2.0)
    """
    inside = clip(x, -1.0, 1.0)
    curved = where(x < 0, expm1(minimum(inside, 0.0)), inside) * ((inside + 1) / 2)
    return where(x <= -1, 0.0, where(x >= 1, x, curved))


@hard_elish.derivative_of
def _(x):
    negative = clip(x, -1.0, 0.0)
    drop = expm1(negative)
    left = (drop + (1 + drop) * (negative + 1)) / 2  # ½(eˣ(x + 2) − 1) without its cancellation
    return where(x <= -1, 0.0, where(x < 0, left, where(x < 1, x + 0.5, 1.0)))


@activation(
    family="self-gated",
    name="Mish",
    name_ko="미시 (Mish)",
    formula=r"f(x)=x\tanh(\ln(1+e^{x}))=x\,\frac{(1+e^{x})^2-1}{(1+e^{x})^2+1}",
    derivative_formula=r"f'(x)=\tanh(\operatorname{softplus}(x))+x\,\sigma(x)\operatorname{sech}^2(\operatorname{softplus}(x))"
                       r"=\frac{e^{x}\omega}{\delta^2}"
                       r"\quad\omega=4(x+1)+4e^{2x}+e^{3x}+e^{x}(4x+6),\ \delta=2e^{x}+e^{2x}+2",
    cite="misra2020",
    native="mish",
)
def mish(x):
    """Mish: x gated by tanh of its softplus; smooth, bounded below, not monotonic.

    With n = eˣ(eˣ + 2) the gate is n/(n + 2): one exponential, no cancellation, and 1 long before it overflows.

    >>> from actfns import mish
    >>> round(mish(1.0), 6), round(mish(-1.192431), 6)
    (0.865098, -0.308843)
    """
    e = exp(minimum(x, 20.0))
    n = e * (e + 2)
    return gated(x, n / (n + 2))


@mish.derivative_of
def _(x):
    e, n, d = _mish_gate(x)
    c = ops.maximum(x, -1000.0)  # e is 0 long before; 4x would overflow
    left = e * (4 * (c + 1) + e * (4 * c + 6 + e * (4 + e))) / (d * d)  # eˣω/δ² of the paper, with e = eˣ
    right = n / d + x * (4 * e * e * (1 + e) / (d * d))  # gate + x·σ(x)·sech²(softplus x)
    return where(x < 0, left, right)


def _mish_gate(x):
    """e = e^(−|x|), and tanh(softplus x) = n/d."""
    e = exp(-magnitude(x))
    n = where(x < 0, e * (e + 2), 1 + 2 * e)
    return e, n, n + where(x < 0, 2.0, 2 * e * e)


@activation(
    family="self-gated",
    name="arctan(x) softplus(x)",
    name_ko="arctan(x) softplus(x) (Mish 후보)",
    formula=r"f(x)=\arctan(x)\ln(1+e^{x})",
    derivative_formula=r"f'(x)=\frac{\ln(1+e^{x})}{1+x^2}+\arctan(x)\,\sigma(x)",
    cite="misra2020",
)
def mish_variant_atan_softplus(x):
    """One of the candidates from which Mish was chosen.

    >>> from actfns import catalog
    >>> catalog["mish_variant_atan_softplus"](0.0)
    0.0
    """
    return ops.arctan(x) * ops.softplus(x)


@mish_variant_atan_softplus.derivative_of
def _(x):
    return ops.softplus(x) / (1 + x * x) + ops.arctan(x) * sigmoid(x)


@activation(
    family="self-gated",
    name="tanh(x) softplus(x)",
    name_ko="tanh(x) softplus(x) (Mish 후보)",
    formula=r"f(x)=\tanh(x)\ln(1+e^{x})",
    derivative_formula=r"f'(x)=\operatorname{sech}^2(x)\ln(1+e^{x})+\tanh(x)\,\sigma(x)",
    cite="misra2020",
)
def mish_variant_tanh_softplus(x):
    """One of the candidates from which Mish was chosen.

    >>> from actfns import catalog
    >>> catalog["mish_variant_tanh_softplus"](0.0)
    0.0
    """
    return tanh(x) * ops.softplus(x)


@mish_variant_tanh_softplus.derivative_of
def _(x):
    return near_zero(x, TANH_SOFTPLUS, sech2(x) * ops.softplus(x) + tanh(x) * sigmoid(x))


@activation(
    family="self-gated",
    name="x ln(1 + arctan eˣ)",
    name_ko="x ln(1 + arctan eˣ) (Mish 후보)",
    formula=r"f(x)=x\ln\bigl(1+\arctan(e^{x})\bigr)",
    derivative_formula=r"f'(x)=\ln\bigl(1+\arctan(e^{x})\bigr)+\frac{x\,e^{x}}{(1+e^{2x})\bigl(1+\arctan(e^{x})\bigr)}",
    cite="misra2020",
)
def mish_variant_x_log_atanexp(x):
    """One of the candidates from which Mish was chosen.

    >>> from actfns import catalog
    >>> catalog["mish_variant_x_log_atanexp"](0.0)
    0.0
    """
    return gated(x, log1p(_arctan_exp(x)))


@mish_variant_x_log_atanexp.derivative_of
def _(x):
    e, angle = exp(-magnitude(x)), _arctan_exp(x)
    return near_zero(x, LOG_ATANEXP, log1p(angle) + x * e / ((1 + e * e) * (1 + angle)))


def _arctan_exp(x):
    """arctan(eˣ), π/2 long before eˣ overflows and its gradient becomes 0 · ∞."""
    return ops.arctan(exp(minimum(x, 40.0)))


@activation(
    family="self-gated",
    name="x ln(1 + tanh eˣ)",
    name_ko="x ln(1 + tanh eˣ) (Mish 후보)",
    formula=r"f(x)=x\ln\bigl(1+\tanh(e^{x})\bigr)",
    derivative_formula=r"f'(x)=\ln\bigl(1+\tanh(e^{x})\bigr)+\frac{x\,e^{x}\operatorname{sech}^2(e^{x})}{1+\tanh(e^{x})}",
    cite="misra2020",
)
def mish_variant_x_log_tanhexp(x):
    """One of the candidates from which Mish was chosen.

    >>> from actfns import catalog
    >>> catalog["mish_variant_x_log_tanhexp"](0.0)
    0.0
    """
    return gated(x, log1p(tanh(_capped_exp(x))))


@mish_variant_x_log_tanhexp.derivative_of
def _(x):
    w = _capped_exp(x)
    slope = log1p(tanh(w)) + x * (2 * w / (1 + exp(2 * w)))  # sech²w / (1 + tanh w) = 1 − tanh w
    return near_zero(x, LOG_TANHEXP, slope)


def _capped_exp(x):
    """eˣ, capped where tanh(eˣ) is 1 to the last digit and its slope has underflowed to 0."""
    return exp(minimum(x, 7.0))
