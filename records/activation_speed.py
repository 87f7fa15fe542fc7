"""What a function costs, as a multiple of the time that copying the same array takes: one function and backend a cell.

Seconds say more about a machine than about a function; the ratio to a copy travels better. Measured are the formulas
of this book in NumPy (value) and in torch (value, and value with gradient), torch's own kernel where there is one, and
the operations that formulas are made of: `where` twice, with the signs mixed as they come and sorted. A convolution
stands for what else a layer has to do.
Copy and function take turns, in processor time and on one thread, so that what else the machine is doing counts less.
The array has 2¹⁸ numbers in float32, one megabyte: it fits into the cache. Larger arrays wait for memory, which brings
all functions closer together.
"""

from time import process_time

import numpy as np
import torch

from actfns import catalog, lab

PAIRS, NUMBERS, REPEATS = 11, 2**18, 4
OPERATIONS = {  # name: (xp, x) with xp numpy or torch
    "abs": lambda xp, x: xp.abs(x), "clip": lambda xp, x: xp.clip(x, 0, 6), "divide": lambda xp, x: 1 / x,
    "exp": lambda xp, x: xp.exp(x), "log1p": lambda xp, x: xp.log1p(x), "tanh": lambda xp, x: xp.tanh(x),
    "where": lambda xp, x: xp.where(x > 0, x, 0.0), "where_sorted": lambda xp, x: xp.where(x > 0, x, 0.0),
}
GRID = [{"activation": id} for id, a in catalog.items() if a.arity == "pointwise"]
GRID += [{"operation": name} for name in (*OPERATIONS, "convolution")]


def convolve(x):
    """3 × 3, from 32 to 32 channels, on 8 images of 32 × 32: as many numbers out as in."""
    return torch.conv2d(x.view(-1, 32, 32, 32), torch.full((32, 32, 3, 3), 0.1), padding=1)


def seconds(action):
    started = process_time()
    for _ in range(REPEATS):
        action()
    return process_time() - started


def ratios(action, copy, pairs):
    for _ in range(2):  # the first calls pay for what is only done once
        action(), copy()
    return np.round([seconds(action) / seconds(copy) for _ in range(pairs)], 2)


def with_gradient(function, x):
    ones, x = torch.ones_like(x), x.clone().requires_grad_()
    return lambda: torch.autograd.grad(function(x), x, ones)


def measure_cell(activation=None, operation=None, pairs=PAIRS, numbers=NUMBERS):
    x = torch.randn(numbers, generator=torch.Generator().manual_seed(0))
    if operation == "convolution":
        return {"torch": ratios(lambda: convolve(x), lambda: x.clone(), pairs)}
    if operation:
        x = {"where_sorted": x.sort().values, "log1p": x.abs()}.get(operation, x)
        action, array = OPERATIONS[operation], x.numpy()
        return {"numpy": ratios(lambda: action(np, array), lambda: array.copy(), pairs),
                "torch": ratios(lambda: action(torch, x), lambda: x.clone(), pairs)}
    f, array = catalog[activation], x.numpy()
    result = {
        "numpy": ratios(lambda: f(array), lambda: array.copy(), pairs),
        "torch": ratios(lambda: f(x), lambda: x.clone(), pairs),
        "torch_gradient": ratios(with_gradient(f, x), lambda: x.clone(), pairs),
    }
    if f.native:
        kernel = f.module(learnable=["a"] if activation == "prelu" else False).requires_grad_(False)
        result["kernel"] = ratios(lambda: kernel(x), lambda: x.clone(), pairs)
        result["kernel_gradient"] = ratios(with_gradient(kernel, x), lambda: x.clone(), pairs)
    return result


if __name__ == "__main__":
    lab.records.make(__file__, measure_cell, GRID, jobs=1, settings={
        "pairs": PAIRS, "numbers": NUMBERS, "repeats": REPEATS, "dtype": "float32", "threads": 1,
    })
