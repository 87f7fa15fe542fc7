"""Gated linear units: the axis is cut in two halves, the value a and the gate b; 2n inputs give n outputs.

Value first, gate second, as in torch's ``glu``. Shazeer's formulas name the gate first, and layers that make both at
once may have it first, too (Phi-3) or interleave the two (gpt-oss); then ``swiglu(torch.cat([up, gate], -1))``.
"""

from actfns import ops
from actfns.activation import Parameter, activation
from actfns.families.gated import gelu, gelu_tanh, silu, swish
from actfns.families.relu import relu
from actfns.ops import clip, eye, gated, minimum, move_axis, sech2, sigmoid, tanh

_AXIS = Parameter("axis", -1, "", option=True)


def halves(x, axis, name):
    """The two halves of an axis, moved to the end."""
    x = move_axis(x, axis, -1)
    if x.shape[-1] % 2:
        raise ValueError(f"{name} needs an axis of even length, got {x.shape[-1]}")
    half = x.shape[-1] // 2
    return x[..., :half], x[..., half:]


def _jacobian(by_value, by_gate):
    one = eye(by_value.shape[-1], by_value)
    return ops.join(by_value[..., :, None] * one, by_gate[..., :, None] * one)


@activation(
    family="glu",
    arity="vector",
    name="GLU (gated linear unit)",
    name_ko="GLU (게이트 선형 유닛)",
    aliases=["gated linear unit"],
    formula=r"f(a,b)_i=a_i\,\sigma(b_i)",
    derivative_formula=r"\frac{\partial f_i}{\partial a_j}=\delta_{ij}\,\sigma(b_i),\quad"
                       r"\frac{\partial f_i}{\partial b_j}=\delta_{ij}\,a_i\,\sigma(b_i)(1-\sigma(b_i))",
    params=[_AXIS],
    cite="dauphin2017",
    native="glu",
    native_arguments={"dim": "axis"},
)
def glu(x, axis=-1):
    """GLU: the axis is cut in two halves a and b, and a is gated by σ(b); 2n inputs give n outputs.

    >>> import numpy as np
    >>> from actfns import glu
    >>> glu(np.array([3.0, 0.0]))
    array([1.5])
    """
    a, b = halves(x, axis, "glu")
    return move_axis(a * sigmoid(b), -1, axis)


@glu.derivative_of
def _(x, axis):
    a, b = halves(x, axis, "glu")
    return _jacobian(sigmoid(b), a * sigmoid(b) * sigmoid(-b))


@activation(
    family="glu",
    arity="vector",
    name="ReGLU",
    name_ko="ReGLU",
    formula=r"f(a,b)_i=a_i\max(0,b_i)",
    derivative_formula=r"\frac{\partial f_i}{\partial a_j}=\delta_{ij}\max(0,b_i),\quad"
                       r"\frac{\partial f_i}{\partial b_j}=\delta_{ij}\,a_i\,[b_i>0]",
    params=[_AXIS],
    convention="slope 0 at b = 0, as `relu`",
    cite="shazeer2020",
)
def reglu(x, axis=-1):
    """ReGLU: a gated by the ReLU of b, so half of the gates are shut at the start.

    >>> import numpy as np
    >>> from actfns import reglu
    >>> reglu(np.array([3.0, 3.0, 2.0, -2.0]))
    array([6., 0.])
    """
    a, b = halves(x, axis, "reglu")
    return move_axis(a * relu(b), -1, axis)


@reglu.derivative_of
def _(x, axis):
    a, b = halves(x, axis, "reglu")
    return _jacobian(relu(b), a * relu.derivative(b))


@activation(
    family="glu",
    arity="vector",
    name="GEGLU",
    name_ko="GEGLU",
    formula=r"f(a,b)_i=a_i\,b_i\,\Phi(b_i)",
    derivative_formula=r"\frac{\partial f_i}{\partial a_j}=\delta_{ij}\,b_i\,\Phi(b_i),\quad"
                       r"\frac{\partial f_i}{\partial b_j}=\delta_{ij}\,a_i\,(\Phi(b_i)+b_i\,\varphi(b_i))",
    params=[Parameter("approximate", "none", "", option=True), _AXIS],
    cite="shazeer2020",
)
def geglu(x, approximate="none", axis=-1):
    """GEGLU: a gated by the GELU of b.

    There are two: diffusers and ModernBERT gate with Φ, T5 v1.1 and Gemma with the tanh form (``approximate="tanh"``,
    as torch's gelu spells it).

    >>> import numpy as np
    >>> from actfns import geglu
    >>> geglu(np.array([2.0, 1.0])).round(6), geglu(np.array([2.0, 1.0]), approximate="tanh").round(6)
    (array([1.682689]), array([1.682384]))
    """
    a, b = halves(x, axis, "geglu")
    return move_axis(a * _gelu(approximate)(b), -1, axis)


def _gelu(approximate):
    if approximate not in ("none", "tanh"):
        raise ValueError(f"geglu: approximate must be 'none' or 'tanh', got {approximate!r}")
    return gelu if approximate == "none" else gelu_tanh


@geglu.derivative_of
def _(x, approximate, axis):
    a, b = halves(x, axis, "geglu")
    return _jacobian(_gelu(approximate)(b), a * _gelu(approximate).derivative(b))


@activation(
    family="glu",
    arity="vector",
    name="SwiGLU",
    name_ko="SwiGLU",
    formula=r"f(a,b)_i=a_i\,b_i\,\sigma(b_i)",
    derivative_formula=r"\frac{\partial f_i}{\partial a_j}=\delta_{ij}\,b_i\,\sigma(b_i),\quad"
                       r"\frac{\partial f_i}{\partial b_j}=\delta_{ij}\,a_i\,\sigma(b_i)(1+b_i(1-\sigma(b_i)))",
    params=[_AXIS],
    cite="shazeer2020",
)
def swiglu(x, axis=-1):
    """SwiGLU: a gated by the SiLU of b; what LLaMA and its kin have, although their settings say "silu".

    The Swish in it has β = 1, not a learned one, in Shazeer's paper and in the models.

    >>> import numpy as np
    >>> from actfns import swiglu
    >>> swiglu(np.array([2.0, 1.0])).round(6)
    array([1.462117])
    """
    a, b = halves(x, axis, "swiglu")
    return move_axis(a * silu(b), -1, axis)


@swiglu.derivative_of
def _(x, axis):
    a, b = halves(x, axis, "swiglu")
    return _jacobian(silu(b), a * silu.derivative(b))


@activation(
    family="glu",
    arity="vector",
    name="Clamped SwiGLU (gpt-oss)",
    name_ko="클램프 SwiGLU (gpt-oss)",
    aliases=["gpt-oss SwiGLU"],
    formula=r"f(a,b)_i=(\operatorname{clip}(a_i,-L,L)+1)\,\min(b_i,L)\,\sigma(\alpha\min(b_i,L))",
    derivative_formula=r"\frac{\partial f_i}{\partial a_j}=\delta_{ij}\,[|a_i|<L]"
                       r"\,\min(b_i,L)\,\sigma(\alpha\min(b_i,L)),\quad"
                       r"\frac{\partial f_i}{\partial b_j}=\delta_{ij}\,[b_i<L]\,(\operatorname{clip}(a_i,-L,L)+1)"
                       r"\,\sigma(\alpha b_i)(1+\alpha b_i(1-\sigma(\alpha b_i)))",
    params=[Parameter("alpha", 1.702, r"\alpha", "> 0"), Parameter("limit", 7.0, "L", "> 0"), _AXIS],
    convention="slope 0 where a or b is exactly at its limit (torch.clamp passes it on there)",
    cite="openai2025",
)
def swiglu_clamped(x, alpha=1.702, limit=7.0, axis=-1):
    """Clamped SwiGLU: quick-GELU as the gate, both branches cut at 7, and 1 added to the value.

    The model's settings say "silu", which its code never calls. Its columns are interleaved, ours are two halves.

    >>> import numpy as np
    >>> from actfns import swiglu_clamped
    >>> swiglu_clamped(np.array([0.0, 1.0])).round(6), swiglu_clamped(np.array([1e9, 1e9])).round(6)
    (array([0.845796]), array([55.999625]))
    """
    a, b = halves(x, axis, "swiglu_clamped")
    gate = ops.where(b >= limit, limit, b)
    return move_axis((clip(a, -limit, limit) + 1) * gated(gate, sigmoid(alpha * gate)), -1, axis)


@swiglu_clamped.derivative_of
def _(x, alpha, limit, axis):
    a, b = halves(x, axis, "swiglu_clamped")
    value, gate = clip(a, -limit, limit) + 1, minimum(b, limit)
    by_value = ops.where(abs(a) < limit, swish(gate, beta=alpha), 0.0)
    return _jacobian(by_value, ops.where(b < limit, value * swish.derivative(gate, beta=alpha), 0.0))


@activation(
    family="glu",
    arity="vector",
    name="GTU (gated tanh unit)",
    name_ko="GTU (게이트 탄젠트 유닛)",
    aliases=["gated tanh unit"],
    formula=r"f(a,b)_i=\tanh(a_i)\,\sigma(b_i)",
    derivative_formula=r"\frac{\partial f_i}{\partial a_j}=\delta_{ij}\operatorname{sech}^2(a_i)\,\sigma(b_i),\quad"
                       r"\frac{\partial f_i}{\partial b_j}=\delta_{ij}\tanh(a_i)\,\sigma(b_i)(1-\sigma(b_i))",
    params=[_AXIS],
    cite="oord2016pixelcnn",
)
def gtu(x, axis=-1):
    """GTU: GLU with tanh around the value, as in gated PixelCNN and WaveNet; bounded by ±1.

    >>> import numpy as np
    >>> from actfns import gtu
    >>> gtu(np.array([100.0, 0.0]))
    array([0.5])
    """
    a, b = halves(x, axis, "gtu")
    return move_axis(tanh(a) * sigmoid(b), -1, axis)


@gtu.derivative_of
def _(x, axis):
    a, b = halves(x, axis, "gtu")
    return _jacobian(sech2(a) * sigmoid(b), tanh(a) * sigmoid(b) * sigmoid(-b))
