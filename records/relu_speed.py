"""How much longer other functions take than ReLU: one function by itself, and a whole epoch of training.

"ReLU is six times faster" is a count of iterations in one paper. For computing time two ratios matter: that of the
kernels (forward over a million numbers) and that of whole epochs, in which the function is a small part of the work.
Each measurement takes turns with ReLU, so that what else the machine is doing falls on both.
"""

from timeit import timeit

import torch

import actfns
from actfns import lab

PAIRS = 25
NUMBERS = 1_000_000
HIDDEN = (64, 64, 64)
SEEDS = range(32)
GRID = {"activation": ["sigmoid", "tanh", "silu", "elu", "mish"]}


def kernel_seconds(activation, x):
    module = actfns.catalog[activation].module(learnable=False)
    return timeit(lambda: module(x), number=5)


def epoch_seconds(activation):
    return lab.train("digits", HIDDEN, activation, SEEDS, epochs=2, every=2, progress=False).seconds


def measure_cell(activation):
    x = torch.randn(NUMBERS)
    for _ in range(2):  # the first calls pay for what is only done once
        kernel_seconds(activation, x), kernel_seconds("relu", x), epoch_seconds(activation), epoch_seconds("relu")
    return {
        "kernel": [kernel_seconds(activation, x) / kernel_seconds("relu", x) for _ in range(PAIRS)],
        "epoch": [epoch_seconds(activation) / epoch_seconds("relu") for _ in range(PAIRS)],
    }


if __name__ == "__main__":
    lab.records.make(__file__, measure_cell, GRID, jobs=1, settings={
        "pairs": PAIRS, "numbers": NUMBERS, "hidden": HIDDEN, "seeds": len(SEEDS), "epochs": 2, "threads": 1,
    })
