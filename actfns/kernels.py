"""Functions that torch has no kernel for, put together from those it has: what modules run in 32 and 64 bits.

They equal the formulas of the same names in ``actfns.families``, which are written for the last digit and take up to
four times as long, but for what torch's kernels leave out: digits of the far tails, nan at −∞ (like its ``silu``).
"""

from torch import Tensor, autograd, compiler, erf, finfo, float32, float64, heaviside, log1p, rsqrt, sigmoid, sub, tanh
from torch.nn import functional as F

from actfns.families.glu import halves

DTYPES, FUNCTIONS = (float32, float64), {}


def _kernel(function):
    """Enter it under its name, and say what it is."""
    FUNCTIONS[function.__name__] = function
    function.__doc__ = f"`actfns.{function.__name__}` from torch's kernels. {function.__doc__ or ''}".strip()
    return function


def _exp(x):
    """eˣ up to e²⁰, where all that is done with it here has reached its limit: ∞ · 0 would be nan in a gradient."""
    return x.clamp(max=20.0).exp()


@_kernel
def binary_step(x, value_at_0):
    """The second term, 0 or nan, hands on a nan, and the gradient 0."""
    step = (x >= 0).to(x.dtype) if value_at_0 == 1 else heaviside(x.detach(), x.new_tensor(value_at_0))
    return step + F.hardtanh(x, 0.0, 0.0)


@_kernel
def dsilu(x):
    gate = sigmoid(x)
    return gate * (1 + x * (1 - gate))


@_kernel
def elliott(x):
    return 0.5 + 0.5 * (x / (1 + x.abs()))


@_kernel
def tanh_softcap(x, c):
    return c * tanh(x / c)


@_kernel
def isru(x, alpha):
    x = F.hardtanh(x, -1e18, 1e18)  # x² overflows beyond
    return x * rsqrt(1 + alpha * x * x)


@_kernel
def isrlu(x, alpha):
    return F.relu(x) + isru(x.clamp(max=0), alpha)


@_kernel
def squareplus(x, b):
    """With a slope of its own, twice as fast, but for a learned b, and for the compiler, which wants no such slopes.

    Otherwise the kink of each term has its left side at 0.
    """
    if not isinstance(b, Tensor) and not compiler.is_compiling():
        return _Squareplus.apply(x, b)
    return F.relu(x) + 0.5 * b / (F.leaky_relu(x, -1.0) + (x * x + b).sqrt())


class _Squareplus(autograd.Function):
    """f = (x + √(x² + b))/2, and f′ = f/√(x² + b) = f/(2f − x), where nothing cancels or overflows."""

    generate_vmap_rule = True

    @staticmethod
    def forward(x, b):
        root = (x * x).add_(b).sqrt_()
        return root.add_(x.abs()).reciprocal_().mul_(0.5 * b).add_(x.clamp(min=0))

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(inputs[0], output)
        ctx.save_for_forward(inputs[0], output)

    @staticmethod
    def backward(ctx, gradient):
        return gradient * _Squareplus.slope(*ctx.saved_tensors), None

    @staticmethod
    def jvp(ctx, change, _):
        return change * _Squareplus.slope(*ctx.saved_tensors)

    @staticmethod
    def slope(x, y):
        return 0.5 * y / sub(y, x, alpha=0.5)


@_kernel
def sqrt_softplus(x):
    """Far out on the left √ has an infinite slope, at a softplus of 0."""
    return F.softplus(x.clamp(min=-80.0 if x.dtype == float32 else -700.0), threshold=40.0).sqrt()


@_kernel
def elish(x):
    return F.elu(x) * sigmoid(x)


@_kernel
def hard_elish(x):
    return F.elu(x) * F.hardtanh(0.5 * x + 0.5, 0.0, 1.0)


@_kernel
def swish(x, beta):
    return x * sigmoid(beta * x)


@_kernel
def quick_gelu(x):
    return x * sigmoid(1.702 * x)


@_kernel
def tanhexp(x):
    return x * tanh(_exp(x))


@_kernel
def mish_variant_x_log_tanhexp(x):
    return x * log1p(tanh(_exp(x)))


@_kernel
def mish_variant_x_log_atanexp(x):
    return x * log1p(x.clamp(max=40.0).exp().arctan())


@_kernel
def phish(x):
    return x * tanh(F.gelu(x))


@_kernel
def serf(x):
    return x * erf(F.softplus(x))


@_kernel
def logish(x, alpha, beta):
    return alpha * x * log1p(sigmoid(beta * x))


@_kernel
def smish(x, alpha, beta):
    return alpha * x * tanh(log1p(sigmoid(beta * x)))


@_kernel
def hard_mish(x):
    return x * F.hardtanh(0.5 * x + 1, 0.0, 1.0)


@_kernel
def gaussian(x, a):
    return (x * x * (-0.5 / (a * a))).exp()


@_kernel
def pau(x, a0, a1, a2, a3, a4, a5, b1, b2, b3, b4):
    """Constant beyond ±2 · 10⁶, where x⁵ would overflow soon."""
    x = F.hardtanh(x, -2e6, 2e6)
    above = a0 + x * (a1 + x * (a2 + x * (a3 + x * (a4 + x * a5))))
    return above / (1 + (x * (b1 + x * (b2 + x * (b3 + x * b4)))).abs())


@_kernel
def acon_c(x, p1, p2, beta):
    p = p1 - p2
    return x * (p2 + p * sigmoid(beta * p * x))


@_kernel
def swiglu(x, axis):
    a, b = halves(x, axis, "swiglu")
    return (a * F.silu(b)).movedim(-1, axis)


@_kernel
def geglu(x, approximate, axis):
    a, b = halves(x, axis, "geglu")
    return (a * F.gelu(b, approximate=approximate)).movedim(-1, axis)


@_kernel
def gtu(x, axis):
    a, b = halves(x, axis, "gtu")
    return (tanh(a) * sigmoid(b)).movedim(-1, axis)


@_kernel
def swiglu_clamped(x, alpha, limit, axis):
    a, b = halves(x, axis, "swiglu_clamped")
    a, b = F.hardtanh(a, -limit, limit), F.hardtanh(b, finfo(b.dtype).min, limit)
    return ((a + 1) * (b * sigmoid(alpha * b))).movedim(-1, axis)
