"""What the functions cost: against torch's kernels, against formulas written naively, and compiled.

float32, this machine's cores, one run; the two sides of a comparison are timed in turn.

* ``native``: where torch has the kernel, our module against torch's own module, forward + backward.
* ``eager``: elsewhere, our module against the naive formula in torch, forward + backward, learned parameters included.
* ``numpy``: our function against the naive formula in NumPy, value only.
* ``compiled``: ``torch.compile`` of our module against a torch kernel of like cost, forward + backward.

The naive formulas are those of a textbook: not one of them is protected against overflow or cancellation.
One goal is known to be missed: ``tanhshrink`` in NumPy takes twice the time of x − tanh x, which is two passes over the
array and in float32 has no right digit left below |x| = 3 · 10⁻⁴.

    python benchmarks/functions.py [--quick] [--cpu] [--pairs 5] [--only eager numpy] [--functions mish logish]

Prints ``functions eager mish: ratio R (min–max of k pairs), goal G`` and the like, R the median of our time over
theirs, then the median over functions; exits 1 where a goal is missed. A ratio above its goal is measured again with
twice as many pairs, so that a busy moment of the machine decides nothing; on a machine that is always busy,
``--cpu`` with ``OMP_NUM_THREADS=1`` compares processor time.
"""

import argparse
import statistics
import sys
import time
import warnings

import numpy as np
import scipy.special
import torch
from torch import nn

from actfns import catalog

GOALS = {"native": 1.05, "eager": 1.5, "numpy": 1.5, "compiled": 1.2}
MEDIANS = {"eager": 1.0, "numpy": 1.0}
NUMBERS, QUICK, FEATURES = 4_000_000, 250_000, 64


class GumbelSoftmax(nn.Module):
    """What torch has as a function only."""

    def forward(self, x):
        return nn.functional.gumbel_softmax(x)


NATIVE = {  # where torch has the kernel
    "sigmoid": nn.Sigmoid(), "hard_sigmoid": nn.Hardsigmoid(), "tanh": nn.Tanh(), "hardtanh": nn.Hardtanh(),
    "softsign": nn.Softsign(), "relu": nn.ReLU(), "leaky_relu": nn.LeakyReLU(), "prelu": nn.PReLU(),
    "rrelu": nn.RReLU(), "relu6": nn.ReLU6(), "threshold": nn.Threshold(1.0, 0.0), "relu_n": nn.Hardtanh(0.0, 20.0),
    "elu": nn.ELU(), "celu": nn.CELU(), "selu": nn.SELU(), "softplus": nn.Softplus(), "logsigmoid": nn.LogSigmoid(),
    "hardshrink": nn.Hardshrink(), "softshrink": nn.Softshrink(), "tanhshrink": nn.Tanhshrink(), "silu": nn.SiLU(),
    "hard_swish": nn.Hardswish(), "gelu": nn.GELU(), "gelu_tanh": nn.GELU(approximate="tanh"), "mish": nn.Mish(),
    "softmax": nn.Softmax(-1), "gumbel_softmax": GumbelSoftmax(),
    "softmin": nn.Softmin(-1), "log_softmax": nn.LogSoftmax(-1), "glu": nn.GLU(),
}
COMPILED = {  # ours: a kernel of like cost, with about as many exponentials
    "mish": nn.Mish(), "gelu": nn.GELU(), "softplus": nn.Softplus(), "tanhexp": nn.Mish(), "quick_gelu": nn.SiLU(),
    "hard_mish": nn.Hardswish(),
}


def _sigmoid(xp, x):
    return 1 / (1 + xp.exp(-x))


def _softplus(xp, x):
    return xp.log(1 + xp.exp(x))


def _erf(xp, x):
    return torch.erf(x) if xp is torch else scipy.special.erf(x)


def _gelu(xp, x):
    return x / 2 * (1 + _erf(xp, x / 2**0.5))


def _gelu_tanh(xp, x):
    return x / 2 * (1 + xp.tanh((2 / np.pi) ** 0.5 * (x + 0.044715 * x**3)))


def _relu(xp, x):
    return xp.clip(x, 0, None)


def _largest(xp, x):
    return x.max(-1, keepdims=True) if xp is np else x.max(-1, keepdim=True).values


def _softmax(xp, x):
    e = xp.exp(x)
    return e / e.sum(-1, keepdims=True)


def _gumbel_softmax(xp, x):
    u = torch.rand_like(x) if xp is torch else np.random.random_sample(x.shape).astype(x.dtype)
    return _softmax(xp, x - xp.log(-xp.log(u)))


def _simplex_sort(xp, x):
    """Largest first, the ranks 1 … n, and their running sums."""
    z = -np.sort(-x, axis=-1) if xp is np else x.sort(-1, descending=True).values
    return z, xp.arange(1, x.shape[-1] + 1, dtype=x.dtype), z.cumsum(-1)


def _sparsemax(xp, x):
    z, k, sums = _simplex_sort(xp, x)
    size = (1 + k * z > sums).sum(-1, keepdims=True)
    chosen = np.take_along_axis(sums, size - 1, -1) if xp is np else sums.gather(-1, size - 1)
    return _relu(xp, x - (chosen - 1) / size)


def _entmax15(xp, x):
    x = (x - _largest(xp, x)) / 2
    z, k, sums = _simplex_sort(xp, x)
    mean = sums / k
    spread = (z * z).cumsum(-1) - k * mean * mean
    tau = mean - xp.sqrt(xp.clip((1 - spread) / k, 0, None))
    size = (tau <= z).sum(-1, keepdims=True)
    chosen = np.take_along_axis(tau, size - 1, -1) if xp is np else tau.gather(-1, size - 1)
    return _relu(xp, x - chosen) ** 2


def _halves(x):
    return x[..., : x.shape[-1] // 2], x[..., x.shape[-1] // 2 :]


def _gated(gate):
    def function(xp, x):
        a, b = _halves(x)
        return a * gate(xp, b)

    return function


def _gtu(xp, x):
    a, b = _halves(x)
    return xp.tanh(a) * _sigmoid(xp, b)


def _swiglu_clamped(xp, x):
    a, b = _halves(x)
    a, b = xp.clip(a, -7, 7), xp.clip(b, None, 7)
    return (a + 1) * b * _sigmoid(xp, 1.702 * b)


def _crelu(xp, x):
    return (torch.cat if xp is torch else np.concatenate)([_relu(xp, x), _relu(xp, -x)], -1)


def _bipolar_relu(xp, x):
    y = xp.clip(x, None, 0)
    y[..., ::2] = xp.clip(x[..., ::2], 0, None)
    return y


def _polynorm(xp, x, a1, a2, a3, a0):
    def part(p):
        return p / xp.sqrt((p * p).mean(-1, keepdims=True) + 1e-6)

    return a1 * part(x) + a2 * part(x**2) + a3 * part(x**3) + a0


def _pau(xp, x, a0, a1, a2, a3, a4, a5, b1, b2, b3, b4):
    top = a0 + a1 * x + a2 * x**2 + a3 * x**3 + a4 * x**4 + a5 * x**5
    return top / (1 + xp.abs(b1 * x + b2 * x**2 + b3 * x**3 + b4 * x**4))


NAIVE = {  # (xp, x, **learned parameters): xp is numpy or torch
    "binary_step": lambda xp, x: xp.where(x >= 0, xp.ones_like(x), xp.zeros_like(x)),
    "sigmoid": _sigmoid,
    "hard_sigmoid": lambda xp, x: xp.clip(x / 6 + 0.5, 0, 1),
    "sparse_sigmoid": lambda xp, x: xp.clip((x + 1) / 2, 0, 1),
    "dsilu": lambda xp, x: _sigmoid(xp, x) * (1 + x * (1 - _sigmoid(xp, x))),
    "elliott": lambda xp, x: (1 + x / (1 + xp.abs(x))) / 2,
    "tanh": lambda xp, x: (xp.exp(x) - xp.exp(-x)) / (xp.exp(x) + xp.exp(-x)),
    "hardtanh": lambda xp, x: xp.clip(x, -1, 1),
    "softsign": lambda xp, x: x / (1 + xp.abs(x)),
    "tanh_softcap": lambda xp, x: 30 * xp.tanh(x / 30),
    "lisht": lambda xp, x: x * xp.tanh(x),
    "isru": lambda xp, x: x / xp.sqrt(1 + x**2),
    "sqnl": lambda xp, x: xp.where(
        x > 2, 1.0, xp.where(x >= 0, x - x**2 / 4, xp.where(x >= -2, x + x**2 / 4, -1.0))),
    "lecun_tanh": lambda xp, x: 1.7159 * xp.tanh(2 / 3 * x),
    "arctan": lambda xp, x: xp.arctan(x),
    "identity": lambda xp, x: 1 * x,
    "relu": _relu,
    "leaky_relu": lambda xp, x: xp.where(x > 0, x, 0.01 * x),
    "prelu": lambda xp, x, a: xp.where(x > 0, x, a * x),
    "rrelu": lambda xp, x: xp.where(x > 0, x, 11 / 48 * x),
    "srelu": lambda xp, x, t_l, a_l, t_r, a_r: xp.where(
        x >= t_r, t_r + a_r * (x - t_r), xp.where(x > t_l, x, t_l + a_l * (x - t_l))),
    "relu6": lambda xp, x: xp.clip(x, 0, 6),
    "threshold": lambda xp, x: xp.where(x > 1, x, 0.0),
    "squared_relu": lambda xp, x: _relu(xp, x) ** 2,
    "relu_n": lambda xp, x: xp.clip(x, 0, 20),
    "bipolar_relu": _bipolar_relu,
    "elu": lambda xp, x: xp.where(x > 0, x, xp.exp(x) - 1),
    "celu": lambda xp, x: xp.where(x > 0, x, xp.exp(x) - 1),
    "pelu": lambda xp, x, a, b: xp.where(x >= 0, a / b * x, a * (xp.exp(x / b) - 1)),
    "selu": lambda xp, x: 1.0507009873554805 * xp.where(x > 0, x, 1.6732632423543772 * (xp.exp(x) - 1)),
    "isrlu": lambda xp, x: xp.where(x >= 0, x, x / xp.sqrt(1 + x**2)),
    "softplus": _softplus,
    "logsigmoid": lambda xp, x: xp.log(_sigmoid(xp, x)),
    "squareplus": lambda xp, x: (x + xp.sqrt(x**2 + 4)) / 2,
    "sparse_plus": lambda xp, x: xp.where(x <= -1, 0.0, xp.where(x >= 1, x, (x + 1) ** 2 / 4)),
    "exponential": lambda xp, x: xp.exp(x),
    "sqrt_softplus": lambda xp, x: xp.sqrt(_softplus(xp, x)),
    "hardshrink": lambda xp, x: xp.where(xp.abs(x) > 0.5, x, 0.0),
    "softshrink": lambda xp, x: xp.sign(x) * xp.clip(xp.abs(x) - 0.5, 0, None),
    "tanhshrink": lambda xp, x: x - xp.tanh(x),
    "silu": lambda xp, x: x / (1 + xp.exp(-x)),
    "swish": lambda xp, x, beta: x / (1 + xp.exp(-beta * x)),
    "hard_swish": lambda xp, x: x * xp.clip(x + 3, 0, 6) / 6,
    "gelu": _gelu,
    "gelu_tanh": _gelu_tanh,
    "elish": lambda xp, x: xp.where(x >= 0, x / (1 + xp.exp(-x)), (xp.exp(x) - 1) / (1 + xp.exp(-x))),
    "hard_elish": lambda xp, x: xp.where(x >= 0, x, xp.exp(x) - 1) * xp.clip((x + 1) / 2, 0, 1),
    "mish": lambda xp, x: x * xp.tanh(_softplus(xp, x)),
    "mish_variant_atan_softplus": lambda xp, x: xp.arctan(x) * _softplus(xp, x),
    "mish_variant_tanh_softplus": lambda xp, x: xp.tanh(x) * _softplus(xp, x),
    "mish_variant_x_log_atanexp": lambda xp, x: x * xp.log(1 + xp.arctan(xp.exp(x))),
    "mish_variant_x_log_tanhexp": lambda xp, x: x * xp.log(1 + xp.tanh(xp.exp(x))),
    "quick_gelu": lambda xp, x: x * _sigmoid(xp, 1.702 * x),
    "tanhexp": lambda xp, x: x * xp.tanh(xp.exp(x)),
    "logish": lambda xp, x: x * xp.log(1 + _sigmoid(xp, x)),
    "smish": lambda xp, x: x * xp.tanh(xp.log(1 + _sigmoid(xp, x))),
    "phish": lambda xp, x: x * xp.tanh(_gelu(xp, x)),
    "serf": lambda xp, x: x * _erf(xp, _softplus(xp, x)),
    "hard_mish": lambda xp, x: x / 2 * xp.clip(x + 2, 0, 2),
    "sine": lambda xp, x: xp.sin(x),
    "snake": lambda xp, x, a: x + xp.sin(a * x) ** 2 / a,
    "gaussian": lambda xp, x: xp.exp(-(x**2)),
    "gcu": lambda xp, x: x * xp.cos(x),
    "star_relu": lambda xp, x, s, b: s * _relu(xp, x) ** 2 + b,
    "xielu": lambda xp, x, alpha_p, alpha_n: xp.where(
        x > 0, alpha_p * x**2 + 0.5 * x, alpha_n * (xp.exp(x) - 1) - alpha_n * x + 0.5 * x),
    "acon_c": lambda xp, x, p1, p2, beta: (p1 - p2) * x * _sigmoid(xp, beta * (p1 - p2) * x) + p2 * x,
    "apl": lambda xp, x, a1, b1, a2, b2: _relu(xp, x) + a1 * _relu(xp, b1 - x) + a2 * _relu(xp, b2 - x),
    "pau": _pau,
    "dyt": lambda xp, x, alpha, gamma, beta: gamma * xp.tanh(alpha * x) + beta,
    "derf": lambda xp, x, alpha, s, gamma, beta: gamma * _erf(xp, alpha * x + s) + beta,
    "polynorm": _polynorm,
    "softmax": _softmax,
    "softmin": lambda xp, x: _softmax(xp, -x),
    "log_softmax": lambda xp, x: xp.log(_softmax(xp, x)),
    "sparsemax": _sparsemax,
    "gumbel_softmax": _gumbel_softmax,
    "maxout": lambda xp, x: _largest(xp, x.reshape(*x.shape[:-1], -1, 2))[..., 0],
    "entmax15": _entmax15,
    "crelu": _crelu,
    "glu": _gated(_sigmoid),
    "reglu": _gated(_relu),
    "geglu": _gated(_gelu),
    "swiglu": _gated(lambda xp, b: b * _sigmoid(xp, b)),
    "swiglu_clamped": _swiglu_clamped,
    "gtu": _gtu,
}


def step(function, x, parameters=()):
    """One forward and one backward pass, as a function of nothing."""
    wanted, gradient = (x, *parameters), torch.ones_like(function(x))

    def run():
        y = function(x)
        if y.requires_grad:
            torch.autograd.grad(y, wanted, gradient, allow_unused=True)

    return run


def naive_module(id, module):
    """The naive formula in torch, with the same learned parameters as the module."""
    learned = dict(module.named_parameters())
    return lambda x: NAIVE[id](torch, x, **learned)


def sides(kind, id, x):
    """Our side and the other, as two functions of nothing."""
    a = catalog[id]
    if kind == "numpy":
        values = {name: p.default for name, p in a.params.items() if p.learnable}
        array = x.detach().numpy()
        return lambda: a(array), lambda: NAIVE[id](np, array, **values)
    ours = a.module()
    if kind == "native":
        return step(ours, x, ours.parameters()), step(NATIVE[id], x, NATIVE[id].parameters())
    if kind == "eager":
        parameters = list(ours.parameters())
        return step(ours, x, parameters), step(naive_module(id, ours), x, parameters)
    return step(torch.compile(ours), x), step(COMPILED[id], x)


def _seconds(function, clock):
    started = clock()
    function()
    return clock() - started


def ratios(ours, theirs, pairs, clock=time.perf_counter):
    """Our time over theirs, ``pairs`` times; who goes first changes from pair to pair."""
    ours(), theirs()  # what is only paid once
    result = []
    for k in range(pairs):
        first, second = (ours, theirs) if k % 2 else (theirs, ours)
        a, b = _seconds(first, clock), _seconds(second, clock)
        result.append(a / b if k % 2 else b / a)
    return result


def check(kind, id, x):
    """Both sides compute the same function (drawn samples apart)."""
    if id == "gumbel_softmax" or kind == "compiled":
        return
    a, part = catalog[id], x.detach()[:100].clamp(-4, 4)
    with torch.no_grad():
        want = a(part.double()).float()
        got = NATIVE[id].eval()(part) if kind == "native" else naive_module(id, a.module())(part)
    torch.testing.assert_close(got, want, atol=2e-5, rtol=2e-4, msg=f"{kind} {id} is another function than ours")
    if kind == "native":
        NATIVE[id].train()  # where rrelu draws its slopes


def measure(kind, id, x, pairs, clock):
    """Print the line of one comparison and return its ratio."""
    check(kind, id, x)
    ours, theirs = sides(kind, id, x)
    found = ratios(ours, theirs, pairs, clock)
    if statistics.median(found) > GOALS[kind]:
        found = ratios(ours, theirs, 2 * pairs, clock)
    middle = statistics.median(found)
    print(f"functions {kind} {id}: ratio {middle:.2f} ({min(found):.2f}–{max(found):.2f} of {len(found)} pairs), "
          f"goal {GOALS[kind]}", flush=True)
    return middle


def functions(kind, only):
    ids = {"native": NATIVE, "compiled": COMPILED, "numpy": NAIVE,
           "eager": [id for id in NAIVE if id not in NATIVE]}[kind]
    return [id for id in ids if not only or id in only]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help=f"{QUICK} numbers instead of {NUMBERS}")
    parser.add_argument("--cpu", action="store_true", help="processor time instead of elapsed time")
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--only", nargs="+", choices=list(GOALS), default=list(GOALS))
    parser.add_argument("--functions", nargs="+", metavar="ID")
    options = parser.parse_args()
    torch.manual_seed(0)
    np.seterr(all="ignore")  # the naive formulas overflow
    warnings.simplefilter("ignore")
    x = torch.randn((QUICK if options.quick else NUMBERS) // FEATURES, FEATURES).requires_grad_()
    missed, clock = [], time.process_time if options.cpu else time.perf_counter
    for kind in options.only:
        found = {id: measure(kind, id, x, options.pairs, clock) for id in functions(kind, options.functions)}
        missed += [f"{kind} {id}" for id, ratio in found.items() if ratio > GOALS[kind]]
        if kind in MEDIANS and len(found) > 1:
            low, middle, high = min(found.values()), statistics.median(found.values()), max(found.values())
            print(f"functions {kind} median: ratio {middle:.2f} ({low:.2f}–{high:.2f} of {len(found)} functions), "
                  f"goal {MEDIANS[kind]}", flush=True)
            missed += [f"{kind} median"] * (middle > MEDIANS[kind])
    print(f"functions: {len(missed)} goals missed" + f" ({', '.join(missed)})" * bool(missed))
    sys.exit(bool(missed))


if __name__ == "__main__":
    main()
