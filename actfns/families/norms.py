"""Functions that take the place of a normalisation (DyT, Derf), or contain one (PolyNorm)."""

import math

from actfns.activation import Parameter, activation
from actfns.ops import constant, erf, exp, eye, largest, maximum, move_axis, scaled, sech2, sqrt, tanh, total, where

_ALPHA = Parameter("alpha", 0.5, r"\alpha", learnable=True, shared=True)
_GAMMA = Parameter("gamma", 1.0, r"\gamma", learnable=True)
_BETA = Parameter("beta", 0.0, r"\beta", learnable=True)


@activation(
    family="learned/adaptive",
    name="Dynamic tanh (DyT)",
    name_ko="동적 탄젠트 (DyT)",
    formula=r"f(x)=\gamma\tanh(\alpha x)+\beta",
    derivative_formula=r"f'(x)=\gamma\alpha\operatorname{sech}^2(\alpha x)",
    params=[_ALPHA, _GAMMA, _BETA],
    cite="zhu2025",
)
def dyt(x, alpha=0.5, gamma=1.0, beta=0.0):
    """Dynamic tanh: replaces LayerNorm, not the activation: the block keeps its GELU or SwiGLU.

    α is one number for a layer; γ and β are one per feature: ``dyt.module(channels=n, channel_axis=-1)``.

    >>> from actfns import dyt
    >>> dyt(0.0), dyt(1e3, gamma=2.0, beta=0.5), dyt.module(channels=3).alpha.shape
    (0.0, 2.5, torch.Size([]))
    """
    return gamma * tanh(scaled(x, alpha)) + beta


@dyt.derivative_of
def _(x, alpha, gamma, beta):
    return gamma * alpha * sech2(alpha * x)


@activation(
    family="learned/adaptive",
    name="Dynamic erf (Derf)",
    name_ko="동적 erf (Derf)",
    formula=r"f(x)=\gamma\operatorname{erf}(\alpha x+s)+\beta",
    derivative_formula=r"f'(x)=\gamma\alpha\,\frac{2}{\sqrt\pi}\,e^{-(\alpha x+s)^2}",
    params=[_ALPHA, Parameter("s", 0.0, "s", learnable=True, shared=True), _GAMMA, _BETA],
    cite="chen2025",
)
def derf(x, alpha=0.5, s=0.0, gamma=1.0, beta=0.0):
    """Dynamic erf: DyT with erf and a learned shift; a normalisation replacement, too.

    >>> from actfns import derf
    >>> derf(0.0), round(derf(2.0), 6), derf(-1e3, gamma=2.0)
    (0.0, 0.842701, -2.0)
    """
    return gamma * erf(scaled(x, alpha) + s) + beta


@derf.derivative_of
def _(x, alpha, s, gamma, beta):
    t = alpha * x + s
    return gamma * alpha * (2 / math.sqrt(math.pi)) * exp(-t * t)


@activation(
    family="learned/adaptive",
    arity="vector",
    name="PolyNorm (polynomial composition)",
    name_ko="PolyNorm",
    aliases=["PolyCom"],
    formula=r"f(z)_i=a_0+a_1\frac{z_i}{r}+a_2\frac{z_i^2}{s}+a_3\frac{z_i^3}{t}"
            r"\quad r=\sqrt{\tfrac1n\sum_jz_j^2+\varepsilon},\ s=\sqrt{\tfrac1n\sum_jz_j^4+\varepsilon},"
            r"\ t=\sqrt{\tfrac1n\sum_jz_j^6+\varepsilon}",
    derivative_formula=r"\frac{\partial f_i}{\partial z_j}"
                       r"=\delta_{ij}\Bigl(\frac{a_1}{r}+\frac{2a_2z_i}{s}+\frac{3a_3z_i^2}{t}\Bigr)"
                       r"-\frac1n\Bigl(\frac{a_1z_iz_j}{r^3}+\frac{2a_2z_i^2z_j^3}{s^3}+\frac{3a_3z_i^3z_j^5}{t^3}\Bigr)"
                       r"\quad r=\sqrt{\tfrac1n\sum_jz_j^2+\varepsilon},\ s=\sqrt{\tfrac1n\sum_jz_j^4+\varepsilon},"
                       r"\ t=\sqrt{\tfrac1n\sum_jz_j^6+\varepsilon}",
    params=[Parameter("a1", 1 / 3, "a_1", learnable=True, shared=True),
            Parameter("a2", 1 / 3, "a_2", learnable=True, shared=True),
            Parameter("a3", 1 / 3, "a_3", learnable=True, shared=True),
            Parameter("a0", 0.0, "a_0", learnable=True, shared=True),
            Parameter("eps", 1e-6, r"\varepsilon", "> 0"), Parameter("kind", "norm", "", option=True),
            Parameter("axis", -1, "", option=True)],
    convention="with kind='relu' slope 0 at 0",
    cite="zhuo2025",
)
def polynorm(x, a1=1 / 3, a2=1 / 3, a3=1 / 3, a0=0.0, eps=1e-6, kind="norm", axis=-1):
    """PolyNorm: x, x² and x³, each divided by its root mean square over the features, then mixed with learned weights.

    A positive factor on all inputs changes nothing (but for ε). The features are divided by the largest first, because
    x⁶ overflows float32 beyond 2600. The official code counts its weights the other way: weight[0] belongs to x³.
    ``kind="relu"`` is the paper's other composition, PolyReLU: a₀ + a₁r + a₂r² + a₃r³ with r = max(0, x), of each
    entry alone.

    >>> import numpy as np
    >>> from actfns import polynorm
    >>> polynorm(np.array([2.0, -2.0])).round(6), polynorm(np.array([2e90, -2e90])).round(6)
    (array([ 1.      , -0.333333]), array([ 1.      , -0.333333]))
    """
    if _is_poly_relu(kind):
        r = maximum(x, 0.0)
        return a0 + r * (a1 + r * (a2 + r * a3))
    z = move_axis(x, axis, -1)
    y, _, (r, s, t) = _scaled_powers(z, eps)
    return move_axis(a1 * (y / r) + a2 * (y * y / s) + a3 * (y * y * y / t) + a0, -1, axis)


def _is_poly_relu(kind):
    if kind not in ("norm", "relu"):
        raise ValueError(f"polynorm: kind must be 'norm' or 'relu', got {kind!r}")
    return kind == "relu"


def _scaled_powers(z, eps):
    """z divided by its largest magnitude (or 1), that magnitude, and the root mean squares of the three powers."""
    size = maximum(constant(largest(abs(z), -1, keepdims=True)), 1.0)
    y = z / size
    square, small = y * y, 1 / (size * size)
    roots = [sqrt(total(power, -1) / z.shape[-1] + eps * shift)
             for power, shift in ((square, small), (square**2, small**2), (square**3, small**3))]
    return y, size, roots


@polynorm.derivative_of
def _(x, a1, a2, a3, a0, eps, kind, axis):
    z = move_axis(x, axis, -1)
    if _is_poly_relu(kind):
        slope = where(z > 0, a1 + z * (2 * a2 + 3 * a3 * z), 0.0)
        return slope[..., :, None] * eye(z.shape[-1], z)
    y, size, roots = _scaled_powers(z, eps)
    jacobian = 0 * y[..., None]
    for k, (weight, root) in enumerate(zip((a1, a2, a3), roots, strict=True), 1):
        own = weight * k * y ** (k - 1) / root
        drift = weight * k * (y**k / root)[..., :, None] * (y ** (2 * k - 1) / root**2)[..., None, :]
        jacobian = jacobian + own[..., :, None] * eye(z.shape[-1], z) - drift / z.shape[-1]
    return jacobian / size[..., None]
