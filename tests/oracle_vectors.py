"""Slow, obviously right twins of the functions of several inputs: lists of 80-digit numbers in, lists out."""
from oracle_blocks import clip, mp, normal_cdf, sigmoid


def softmax(z, temperature=1):
    weights = [mp.exp(entry / temperature) for entry in z]
    return [weight / mp.fsum(weights) for weight in weights]


def softmin(z):
    return softmax([-entry for entry in z])


def log_softmax(z):
    """−ln Σ_j e^(z_j − z_i): no subtraction of large numbers."""
    return [-_log_of_sum([other - entry for other in z]) for entry in z]


def _log_of_sum(exponents):
    """ln Σ e^t where one t is 0, so the others add to 1 (a sum that is 1 to all digits would lose them)."""
    rest = sorted(exponents)
    rest.remove(0)
    return mp.log1p(mp.fsum(mp.exp(t) for t in rest))


def threshold(z):
    """The τ with Σ_i max(0, z_i − τ) = 1, by trying every size of the support."""
    for size in range(1, len(z) + 1):
        largest = sorted(z, reverse=True)[:size]
        tau = (mp.fsum(largest) - 1) / size
        if abs(mp.fsum(max(mp.zero, entry - tau) for entry in z) - 1) < mp.mpf("1e-40") * (1 + abs(tau)):
            return tau
    raise AssertionError(f"no threshold for {z}")


def sparsemax(z):
    return [max(mp.zero, entry - threshold(z)) for entry in z]


def gumbel_softmax(z, noise, tau=1):
    return softmax([entry + gumbel for entry, gumbel in zip(z, noise)], tau)


def maxout(z, k=2):
    return [max(z[start:start + k]) for start in range(0, len(z), k)]


def glu(z):
    half = len(z) // 2
    return [a * sigmoid(b) for a, b in zip(z[:half], z[half:])]


def gate_with(gate, value=lambda a: a):
    """The gated unit with this gate and value: first half value, second half gate."""

    def unit(z, **options):
        half = len(z) // 2
        return [value(a) * gate(b, **options) for a, b in zip(z[:half], z[half:])]

    return unit


def gelu(b, approximate="none"):
    return b * (normal_cdf(b) if approximate == "none" else
                sigmoid(2 * mp.sqrt(2 / mp.pi) * (b + mp.mpf("0.044715") * b**3)))


def swiglu_clamped(z, alpha=1.702, limit=7):
    half, alpha = len(z) // 2, mp.mpf(alpha)
    capped = [min(b, mp.mpf(limit)) for b in z[half:]]
    return [(clip(a, -limit, limit) + 1) * b * sigmoid(alpha * b) for a, b in zip(z[:half], capped)]


def entmax_threshold(z):
    """The τ with Σ max(0, z_i/2 − τ)² = 1, by trying every size of the support and solving the quadratic equation."""
    z = [entry / 2 for entry in z]
    for size in range(1, len(z) + 1):
        largest = sorted(z, reverse=True)[:size]
        mean = mp.fsum(largest) / size
        discriminant = (1 - mp.fsum((entry - mean) ** 2 for entry in largest)) / size
        if discriminant >= 0:
            tau = mean - mp.sqrt(discriminant)
            if abs(mp.fsum(max(mp.zero, entry - tau) ** 2 for entry in z) - 1) < mp.mpf("1e-40"):
                return tau
    raise AssertionError(f"no threshold for {z}")


def entmax15(z):
    tau = entmax_threshold(z)
    return [max(mp.zero, entry / 2 - tau) ** 2 for entry in z]


def crelu(z):
    return [max(mp.zero, entry) for entry in z] + [max(mp.zero, -entry) for entry in z]


def bipolar_relu(z):
    return [max(mp.zero, entry) if i % 2 == 0 else min(mp.zero, entry) for i, entry in enumerate(z)]


def polynorm(z, a1=1 / 3, a2=1 / 3, a3=1 / 3, a0=0.0, eps=1e-6, kind="norm"):
    if kind == "relu":
        return [mp.mpf(a0) + mp.fsum(mp.mpf(a) * max(mp.zero, entry) ** k for k, a in enumerate((a1, a2, a3), 1))
                for entry in z]
    roots = [mp.sqrt(mp.fsum(entry ** (2 * k) for entry in z) / len(z) + mp.mpf(eps)) for k in (1, 2, 3)]
    return [mp.mpf(a0) + mp.fsum(mp.mpf(a) * entry**k / root for k, (a, root) in enumerate(zip((a1, a2, a3), roots), 1))
            for entry in z]


VECTORS = {function.__name__: function
           for function in (softmax, softmin, log_softmax, sparsemax, gumbel_softmax, maxout, glu, swiglu_clamped,
                            entmax15, crelu, bipolar_relu, polynorm)}
VECTORS |= {"reglu": gate_with(lambda b: max(mp.zero, b)), "geglu": gate_with(gelu),
            "swiglu": gate_with(lambda b: b * sigmoid(b)), "gtu": gate_with(sigmoid, mp.tanh)}
GATED = ["glu", "reglu", "geglu", "swiglu", "swiglu_clamped", "gtu"]


def numbers(values):
    return [mp.mpf(float(value)) for value in values]


def jacobian(function, z, step="1e-25"):
    """∂f_i/∂z_j by central differences; with 80 digits, 50 are right."""
    columns = []
    for j in range(len(z)):
        sides = [function([entry + sign * mp.mpf(step) * (i == j) for i, entry in enumerate(z)]) for sign in (1, -1)]
        columns.append([(right - left) / (2 * mp.mpf(step)) for right, left in zip(*sides)])
    return [list(row) for row in zip(*columns)]
