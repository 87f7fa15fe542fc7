"""Slow, obviously right twins of the functions of several inputs: lists of 80-digit numbers in, lists out."""
from oracle import mp, sigmoid


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


VECTORS = {function.__name__: function
           for function in (softmax, softmin, log_softmax, sparsemax, gumbel_softmax, maxout, glu)}


def numbers(values):
    return [mp.mpf(float(value)) for value in values]


def jacobian(function, z, step="1e-25"):
    """∂f_i/∂z_j by central differences; with 80 digits, 50 are right."""
    columns = []
    for j in range(len(z)):
        sides = [function([entry + sign * mp.mpf(step) * (i == j) for i, entry in enumerate(z)]) for sign in (1, -1)]
        columns.append([(right - left) / (2 * mp.mpf(step)) for right, left in zip(*sides)])
    return [list(row) for row in zip(*columns)]
