"""Self-gated functions after Swish, GELU and Mish: other gates, and cheaper ones."""

import math

from actfns import ops
from actfns.activation import Parameter, activation
from actfns.families.gated import gelu
from actfns.near_zero import LOGISH, PHISH, SERF, SMISH, TANHEXP, near_zero
from actfns.ops import clip, exp, finite, gated, log1p, maximum, minimum, sech2, sigmoid, tanh, where

_ALPHA = Parameter("alpha", 1.0, r"\alpha", "> 0")
_BETA = Parameter("beta", 1.0, r"\beta", "> 0")


@activation(
    family="self-gated",
    name="Quick-GELU",
    name_ko="퀵 GELU (quick-GELU)",
    aliases=["QuickGELU", "sigmoid approximation of GELU"],
    formula=r"f(x)=x\,\sigma(1.702x)",
    derivative_formula=r"f'(x)=\sigma(1.702x)+1.702x\,\sigma(1.702x)(1-\sigma(1.702x))",
    cite="hendrycks2016",
)
def quick_gelu(x):
    """Quick-GELU: Swish with β = 1.702, the GELU of CLIP.

    It is up to 0.0203 off the GELU with Φ, so weights trained with one should not run with the other. 1.702 makes
    σ(βx) close to Φ(x); x σ(βx) would be closest to x Φ(x) with β = 1.773.

    >>> from actfns import gelu, quick_gelu
    >>> round(gelu(2.2704) - quick_gelu(2.2704), 6), quick_gelu(-1000.0)
    (0.020335, 0.0)
    """
    return gated(x, sigmoid(1.702 * x))


@quick_gelu.derivative_of
def _(x):
    u = finite(1.702 * x)
    return sigmoid(u) * (1 + u * sigmoid(-u))


@activation(
    family="self-gated",
    name="TanhExp (TeLU)",
    name_ko="TanhExp (TeLU)",
    aliases=["TeLU", "hyperbolic tangent exponential linear unit"],
    formula=r"f(x)=x\tanh(e^{x})",
    derivative_formula=r"f'(x)=\tanh(e^{x})+x\,e^{x}\operatorname{sech}^2(e^{x})",
    cite="liu2021tanhexp",
)
def tanhexp(x):
    """TanhExp: x gated by tanh(eˣ); published again in 2024 as TeLU.

    eˣ is capped where tanh is 1: the value would be right without, but its gradient 0 · ∞ = nan (float32, x = 100).

    >>> from actfns import tanhexp
    >>> round(tanhexp(1.0), 6), round(tanhexp(-1.0788601), 6)
    (0.991329, -0.353286)
    """
    return gated(x, tanh(_capped_exp(x)))


@tanhexp.derivative_of
def _(x):
    w = _capped_exp(x)
    return near_zero(x, TANHEXP, tanh(w) + x * (w * sech2(w)))


def _capped_exp(x):
    return exp(minimum(x, 7.0))


@activation(
    family="self-gated",
    name="Logish",
    name_ko="Logish",
    formula=r"f(x)=\alpha x\ln\bigl(1+\sigma(\beta x)\bigr)",
    derivative_formula=r"f'(x)=\alpha\ln\bigl(1+\sigma(\beta x)\bigr)"
                       r"+\frac{\alpha\beta x\,\sigma(\beta x)(1-\sigma(\beta x))}{1+\sigma(\beta x)}",
    params=[_ALPHA, _BETA],
    cite="zhu2021logish",
)
def logish(x, alpha=1.0, beta=1.0):
    """Logish: x gated by ln(1 + σ); on the right its slope tends to ln 2 = 0.693, not to 1.

    >>> from actfns import logish
    >>> logish(0.0), round(logish.derivative(50.0), 6)
    (0.0, 0.693147)
    """
    return alpha * gated(x, log1p(_sigmoid(beta * x)))


def _sigmoid(u):
    """σ(u), cut off where it is 0 or 1: the gradient of the gate is scaled by x, and ∞ · 0 would be nan."""
    return sigmoid(clip(u, -800.0, 800.0))


@logish.derivative_of
def _(x, alpha, beta):
    u = finite(beta * x)
    gate = sigmoid(u)
    return alpha * near_zero(u, LOGISH, log1p(gate) + u * sigmoid(-u) * gate / (1 + gate))


@activation(
    family="self-gated",
    name="Smish",
    name_ko="Smish",
    formula=r"f(x)=\alpha x\tanh\bigl(\ln(1+\sigma(\beta x))\bigr)"
            r"=\alpha x\,\frac{(1+\sigma(\beta x))^2-1}{(1+\sigma(\beta x))^2+1}",
    derivative_formula=r"f'(x)=\alpha\tanh(w)"
                       r"+\frac{\alpha\beta x\operatorname{sech}^2(w)\,\sigma(\beta x)(1-\sigma(\beta x))}"
                       r"{1+\sigma(\beta x)}"
                       r"\quad w=\ln(1+\sigma(\beta x))",
    params=[_ALPHA, _BETA],
    cite="wang2022smish",
)
def smish(x, alpha=1.0, beta=1.0):
    """Smish: Logish with tanh around the logarithm; on the right its slope tends to tanh(ln 2) = 3/5.

    tanh and ln cancel out: with σ = σ(βx) the gate is σ(2 + σ) / (2 + 2σ + σ²), one exponential.

    >>> from actfns import smish
    >>> smish(1000.0), round(smish(-1.3945193), 6)
    (600.0, -0.249994)
    """
    gate = _sigmoid(beta * x)
    return alpha * gated(x, gate * (2 + gate) / (2 + gate * (2 + gate)))


@smish.derivative_of
def _(x, alpha, beta):
    u = finite(beta * x)
    gate = sigmoid(u)
    top = gate * (2 + gate)
    slope = (top + u * gate * sigmoid(-u) * 4 * (1 + gate) / (2 + top)) / (2 + top)
    return alpha * near_zero(u, SMISH, slope)


@activation(
    family="self-gated",
    name="Phish",
    name_ko="Phish",
    formula=r"f(x)=x\tanh(x\,\Phi(x))",
    derivative_formula=r"f'(x)=\tanh(g)+x\operatorname{sech}^2(g)\,(\Phi(x)+x\,\varphi(x))\quad g=x\,\Phi(x)",
    cite="naveen2022",
)
def phish(x):
    """Phish: x gated by the tanh of its GELU. Never negative: both factors change sign at 0.

    So where Mish has a dip, Phish has a bump, and its minimum 0 lies at 0, with slope 0.

    >>> from actfns import phish
    >>> phish(0.0), round(phish(-1.0), 6), phish(50.0)
    (0.0, 0.157337, 50.0)
    """
    return gated(x, tanh(gelu(x)))


@phish.derivative_of
def _(x):
    g = gelu(x)
    t = tanh(g)
    rest = where(x < 0, 1 - t * t, sech2(g))  # g > −0.17 on the left, where 1 − tanh² has the smaller error
    return near_zero(x, PHISH, t + x * rest * gelu.derivative(x))


@activation(
    family="self-gated",
    name="Serf (softplus error function)",
    name_ko="Serf",
    aliases=["x erf(softplus x)"],
    formula=r"f(x)=x\operatorname{erf}\bigl(\ln(1+e^{x})\bigr)",
    derivative_formula=r"f'(x)=\operatorname{erf}(s)+\frac{2}{\sqrt\pi}\,x\,\sigma(x)\,e^{-s^2}\quad s=\ln(1+e^{x})",
    cite="nag2023",
)
def serf(x):
    """Serf: Mish with erf in place of tanh around the softplus.

    >>> from actfns import serf
    >>> round(serf(1.0), 6), round(serf(-1.19306), 6)
    (0.936722, -0.348437)
    """
    return gated(x, ops.erf(ops.softplus(x)))


@serf.derivative_of
def _(x):
    s = ops.softplus(x)
    slope = ops.erf(s) + x * (2 / math.sqrt(math.pi) * sigmoid(x) * exp(-s * s))
    return near_zero(x, SERF, slope)


@activation(
    family="self-gated",
    name="Hard Mish",
    name_ko="하드 미시",
    aliases=["H-Mish"],
    formula=r"f(x)=\frac{x}{2}\min\bigl(2,\max(0,x+2)\bigr)",
    derivative_formula=r"f'(x)=\begin{cases}0,&x<-2\\x+1,&-2<x<0\\1,&x\ge 0\end{cases}",
    convention="slope 0 at −2 (the outer piece); at 0 there is no kink",
    cite="misra2020",
)
def hard_mish(x):
    """Hard Mish: a parabola between −2 and 0; it goes down to −1/2 at −1, Mish only to −0.31 at −1.19.

    From the notes of Mish's author, as timm has it.

    >>> from actfns import hard_mish
    >>> hard_mish(-3.0), hard_mish(-1.0), hard_mish(4.0)
    (0.0, -0.5, 4.0)
    """
    return maximum(x, -2.0) * (clip(x + 2, 0.0, 2.0) / 2) + 0.0  # not −0


@hard_mish.derivative_of
def _(x):
    return where(x <= -2, 0.0, clip(x, -2.0, 0.0) + 1)
