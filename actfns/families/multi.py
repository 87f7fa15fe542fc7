"""Functions of several inputs: the softmax family, maxout and CReLU. All work along ``axis``."""

from actfns import ops
from actfns.activation import Parameter, activation
from actfns.ops import constant, exp, eye, largest, log, maximum, move_axis, sqrt, total

_AXIS = Parameter("axis", -1, "", option=True)


def _jacobian_of_simplex(p):
    """diag p − p pᵀ along the last axis."""
    return p[..., :, None] * (eye(p.shape[-1], p) - p[..., None, :])


@activation(
    family="multi-input",
    arity="vector",
    name="Softmax",
    name_ko="소프트맥스",
    aliases=["softargmax", "normalised exponential", "Boltzmann distribution"],
    formula=r"\operatorname{softmax}(z)_i=\frac{e^{z_i/T}}{\sum_j e^{z_j/T}}",
    derivative_formula=r"\frac{\partial p_i}{\partial z_j}=\frac{1}{T}\,p_i(\delta_{ij}-p_j)",
    params=[Parameter("temperature", 1.0, "T", "> 0"), _AXIS],
    cite="bridle1990",
    native="softmax",
    native_arguments={"dim": "axis"},
)
def softmax(x, temperature=1.0, axis=-1):
    """Softmax: positive numbers that sum to 1 along an axis; adding a constant to all inputs changes nothing.

    The largest input is subtracted first, so nothing overflows. A low temperature approaches arg max.

    >>> import numpy as np
    >>> from actfns import softmax
    >>> softmax(np.array([1000.0, 1000.0]))
    array([0.5, 0.5])
    """
    weights = ops.weights(x, temperature, axis)
    return weights / total(weights, axis)


@softmax.derivative_of
def _(x, temperature, axis):
    return _jacobian_of_simplex(softmax(move_axis(x, axis, -1), temperature=temperature)) / temperature


@activation(
    family="multi-input",
    arity="vector",
    name="Softmin",
    name_ko="소프트민",
    formula=r"\operatorname{softmin}(z)_i=\frac{e^{-z_i}}{\sum_j e^{-z_j}}",
    derivative_formula=r"\frac{\partial p_i}{\partial z_j}=-p_i(\delta_{ij}-p_j)",
    params=[_AXIS],
    cite="bridle1990",
    native="softmin",
    native_arguments={"dim": "axis"},
)
def softmin(x, axis=-1):
    """Softmin: softmax of −x, largest where x is smallest.

    >>> import numpy as np
    >>> from actfns import softmin
    >>> softmin(np.array([0.0, 800.0]))
    array([1., 0.])
    """
    return softmax(-x, axis=axis)


@softmin.derivative_of
def _(x, axis):
    return -_jacobian_of_simplex(softmin(move_axis(x, axis, -1)))


@activation(
    family="multi-input",
    arity="vector",
    name="Log-softmax",
    name_ko="로그 소프트맥스",
    formula=r"f(z)_i=z_i-\ln\sum_j e^{z_j}",
    derivative_formula=r"\frac{\partial f_i}{\partial z_j}=\delta_{ij}-p_j",
    params=[_AXIS],
    cite="bridle1990",
    native="log_softmax",
    native_arguments={"dim": "axis"},
)
def log_softmax(x, axis=-1):
    """Log-softmax: finite where log(softmax(x)) has already become −∞.

    >>> import numpy as np
    >>> from actfns import log_softmax
    >>> log_softmax(np.array([0.0, -1000.0]))
    array([    0., -1000.])
    """
    x = x - constant(largest(x, axis, keepdims=True))
    return x - log(total(exp(x), axis))


@log_softmax.derivative_of
def _(x, axis):
    p = softmax(move_axis(x, axis, -1))
    return eye(p.shape[-1], p) - p[..., None, :]


@activation(
    family="multi-input",
    arity="vector",
    name="Sparsemax",
    name_ko="스파스맥스",
    aliases=["2-entmax"],
    formula=r"\operatorname{sparsemax}(z)_i=\max(0,z_i-\tau(z))",
    derivative_formula=r"\frac{\partial p_i}{\partial z_j}=s_i\bigl(\delta_{ij}-\frac{s_j}{\sum_k s_k}\bigr)",
    params=[_AXIS],
    convention="at the edge of the support an entry of exactly 0 counts as outside",
    cite="martins2016",
)
def sparsemax(x, axis=-1):
    """Sparsemax: the nearest point of the probability simplex; small inputs get exactly 0.

    τ is chosen so that the result sums to 1: sort, and keep the k largest with 1 + k z₍ₖ₎ > z₍₁₎ + … + z₍ₖ₎.

    >>> import numpy as np
    >>> from actfns import sparsemax
    >>> sparsemax(np.array([1.0, 0.5, -1.0]))
    array([0.75, 0.25, 0.  ])
    """
    z = move_axis(x, axis, -1)
    z = maximum(z - constant(largest(z, -1, keepdims=True)), -1.0)  # τ ≥ −1: what lies below gets 0 anyway
    return move_axis(maximum(z - _sparsemax_threshold(z), 0.0), -1, axis)


def _sparsemax_threshold(z):
    z = ops.descending(z)
    kept = constant((1 + ops.counting(z) * z > z.cumsum(-1)) + 0 * z)
    return (total(z * kept, -1) - 1) / total(kept, -1)


@sparsemax.derivative_of
def _(x, axis):
    support = (sparsemax(move_axis(x, axis, -1)) > 0) + 0 * move_axis(x, axis, -1)
    inner = eye(support.shape[-1], support) - support[..., None, :] / total(support, -1)[..., None]
    return support[..., :, None] * inner


@activation(
    family="multi-input",
    arity="vector",
    name="Gumbel-softmax",
    name_ko="검벨 소프트맥스",
    aliases=["concrete distribution"],
    formula=r"f(z)_i=\frac{e^{(z_i+g_i)/\tau}}{\sum_j e^{(z_j+g_j)/\tau}}",
    derivative_formula=r"\frac{\partial p_i}{\partial z_j}=\frac{1}{\tau}\,p_i(\delta_{ij}-p_j)",
    params=[Parameter("tau", 1.0, r"\tau", "> 0"), Parameter("hard", False, "", option=True),
            Parameter("noise", None, "g", option=True), _AXIS],
    convention="with hard=True the value is one-hot and the slope that of the soft sample (straight-through)",
    cite="jang2017",
    native="gumbel_softmax",
    native_arguments={"tau": "tau", "hard": "hard", "dim": "axis"},
)
def gumbel_softmax(x, tau=1.0, hard=False, noise=None, axis=-1):
    """Gumbel-softmax: a differentiable sample of a category with logits x.

    ``noise`` holds the Gumbel numbers g (shape of x); without it they are drawn from the global generator of NumPy
    or torch. Pass them to get the same sample again.

    >>> import numpy as np
    >>> from actfns import gumbel_softmax
    >>> gumbel_softmax(np.array([0.0, 1.0]), noise=np.array([2.0, 0.0]), hard=True)
    array([1., 0.])
    """
    if noise is None:
        noise = -log(ops.exponential_noise(x))
    soft = move_axis(softmax(x + noise, temperature=tau, axis=axis), axis, -1)
    if hard:
        soft = ops.first_largest(constant(soft)) + (soft - constant(soft))
    return move_axis(soft, -1, axis)


@gumbel_softmax.derivative_of
def _(x, tau, hard, noise, axis):
    p = move_axis(gumbel_softmax(x, tau=tau, noise=noise, axis=axis), axis, -1)
    return _jacobian_of_simplex(p) / tau


@activation(
    family="multi-input",
    arity="vector",
    name="Maxout",
    name_ko="맥스아웃",
    aliases=["max-feature-map", "MFM"],
    formula=r"f(z)_i=\max_{1\le j\le k}z_{ij}",
    derivative_formula=r"\frac{\partial f_i}{\partial z_{lj}}=\delta_{il}\,[\,j=\arg\max_m z_{im}\,]",
    params=[Parameter("k", 2, "k", ">= 2"), _AXIS],
    convention="of equal entries the first one receives the slope",
    cite="goodfellow2013",
)
def maxout(x, k=2, axis=-1):
    """Maxout: cuts the axis into groups of k pre-activations and keeps the largest of each; n inputs give n/k outputs.

    Each of the k comes from an affine map of its own, so a maxout layer has k times the parameters.

    >>> import numpy as np
    >>> from actfns import maxout
    >>> maxout(np.array([1.0, -2.0, 3.0, 5.0]))
    array([1., 5.])
    """
    return move_axis(largest(_groups(x, k, axis), -1), -1, axis)


@maxout.derivative_of
def _(x, k, axis):
    chosen = ops.first_largest(_groups(x, k, axis))
    units = chosen.shape[-2]
    jacobian = eye(units, chosen)[:, :, None] * chosen[..., :, None, :]
    return jacobian.reshape(*chosen.shape[:-1], units * k)


def _groups(x, k, axis):
    x = move_axis(x, axis, -1)
    if x.shape[-1] % k:
        raise ValueError(f"maxout with k={k} needs an axis whose length is a multiple of {k}, got {x.shape[-1]}")
    return x.reshape(*x.shape[:-1], x.shape[-1] // k, k)


@activation(
    family="multi-input",
    arity="vector",
    name="1.5-entmax",
    name_ko="엔트맥스 (1.5-entmax)",
    aliases=["entmax"],
    formula=r"\operatorname{entmax}(z)_i=\max\bigl(0,\tfrac{z_i}{2}-\tau(z)\bigr)^2",
    derivative_formula=r"\frac{\partial p_i}{\partial z_j}=s_i\Bigl(\delta_{ij}-\frac{s_j}{\sum_k s_k}\Bigr)"
                       r"\quad s_i=\sqrt{p_i}",
    params=[_AXIS],
    cite="peters2019",
)
def entmax15(x, axis=-1):
    """1.5-entmax: half way between softmax (α = 1) and sparsemax (α = 2): exact zeros, and a continuous slope.

    τ is chosen so that the result sums to 1: of the sorted z/2, keep the k largest whose squared distances to the
    k-th sum to less than 1; then τ is their mean minus √((1 − Σ(z/2 − mean)²)/k).

    >>> import numpy as np
    >>> from actfns import entmax15
    >>> entmax15(np.array([0.0, 0.0, -5.0])), entmax15(np.array([2.0, 0.0]))
    (array([0.5, 0.5, 0. ]), array([1., 0.]))
    """
    z = move_axis(x, axis, -1)
    z = maximum((z - constant(largest(z, -1, keepdims=True))) / 2, -1.0)  # τ ≥ −1: what lies below gets 0 anyway
    return move_axis(maximum(z - _entmax_threshold(z), 0.0) ** 2, -1, axis)


def _entmax_threshold(z):
    z = ops.descending(z)
    spread = (z * z).cumsum(-1) - 2 * z * z.cumsum(-1) + ops.counting(z) * z * z
    kept = constant((spread < 1) + 0 * z)
    size = total(kept, -1)
    mean = total(z * kept, -1) / size
    return mean - sqrt((1 - total(kept * (z - mean) ** 2, -1)) / size)


@entmax15.derivative_of
def _(x, axis):
    root = sqrt(entmax15(move_axis(x, axis, -1)))
    return root[..., :, None] * (eye(root.shape[-1], root) - (root / total(root, -1))[..., None, :])


@activation(
    family="multi-input",
    arity="vector",
    name="CReLU (concatenated ReLU)",
    name_ko="CReLU (연결 ReLU)",
    aliases=["concatenated ReLU"],
    formula=r"f(z)_i=\max(0,z_i),\quad f(z)_{n+i}=\max(0,-z_i)",
    derivative_formula=r"\frac{\partial f_i}{\partial z_j}=\delta_{ij}\,[z_i>0],\quad"
                       r"\frac{\partial f_{n+i}}{\partial z_j}=-\delta_{ij}\,[z_i<0]",
    params=[_AXIS],
    convention="slope 0 at 0, of both halves",
    cite="shang2016",
)
def crelu(x, axis=-1):
    """CReLU: the positive and the negative part side by side; n inputs give 2n outputs, and nothing is lost.

    >>> import numpy as np
    >>> from actfns import crelu
    >>> crelu(np.array([3.0, -2.0]))
    array([3., 0., 0., 2.])
    """
    z = move_axis(x, axis, -1)
    return move_axis(ops.join(maximum(z, 0.0), maximum(-z, 0.0)), -1, axis)


@crelu.derivative_of
def _(x, axis):
    z = move_axis(x, axis, -1)
    one = eye(z.shape[-1], z)
    up, down = ((z > 0) + 0 * z)[..., None, :] * one, ((z < 0) + 0 * z)[..., None, :] * one
    return move_axis(ops.join(up, -down), -1, -2)  # the outputs were last, as the inputs have to be
