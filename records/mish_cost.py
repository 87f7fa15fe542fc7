"""What ReLU, Swish and Mish cost as PyTorch's kernels, written out in operations, and written out and compiled.

Times are multiples of the time that copying the same array takes, function and copy taking turns on one thread, as in
`activation_speed.py`, whose timing is used; memory is what autograd keeps for the backward pass, in bytes per number.
Mish is also compiled in a form with one exponential. The array has 2¹⁸ numbers in float32. Compiling needs a C++
compiler, which not every reader has: therefore a record.
"""

import torch
from torch.nn import functional as F

from actfns import lab

PAIRS, NUMBERS = 11, 2**18
KERNELS = {"relu": torch.relu, "silu": F.silu, "mish": F.mish}


def mish_one_exponential(x):
    n = torch.exp(x.clamp(max=20))  # beyond 20 the gate is 1 in float32
    n = n * (n + 2)
    return x * (n / (n + 2))


WRITTEN = {
    "relu": lambda x: x.clamp(min=0), "silu": lambda x: x * torch.sigmoid(x),
    "mish": lambda x: x * torch.tanh(F.softplus(x)), "mish, one exponential": mish_one_exponential,
}
GRID = [{"form": "kernel", "activation": f} for f in KERNELS]
GRID += [{"form": form, "activation": f} for form in ("written out", "compiled") for f in WRITTEN]


def measure_cell(form, activation, pairs=PAIRS, numbers=NUMBERS):
    """Ratios to a copy, forward and with the gradient, and bytes kept per number."""
    timing = lab.records.script("activation_speed")
    torch._dynamo.reset()
    f = (KERNELS if form == "kernel" else WRITTEN)[activation]
    f = torch.compile(f) if form == "compiled" else f
    x = torch.randn(numbers, generator=torch.Generator().manual_seed(0))
    return {
        "kept": kept(f, x.clone().requires_grad_()),
        "forward": timing.ratios(lambda: f(x), lambda: x.clone(), pairs),
        "gradient": timing.ratios(timing.with_gradient(f, x), lambda: x.clone(), pairs),
    }


def kept(f, x):
    """Bytes per number that autograd keeps from the forward pass, each piece of memory once."""
    f(x)  # compiling, if need be, happens here
    pieces = {}
    with torch.autograd.graph.saved_tensors_hooks(
            lambda tensor: pieces.setdefault(tensor.untyped_storage().data_ptr(), tensor), lambda tensor: tensor):
        f(x)
    return round(sum(piece.untyped_storage().nbytes() for piece in pieces.values()) / x.numel(), 2)


if __name__ == "__main__":
    lab.records.make(__file__, measure_cell, GRID, jobs=1, settings={
        "pairs": PAIRS, "numbers": NUMBERS, "dtype": "float32", "threads": 1,
    })
