"""Checks of the topic softsign."""

import numpy as np

import actfns
from actfns.claims.evidence import Evidence, check


@check("softsign-polynomial-tails")
def tails():
    """What is left to 1 and the slope, at x and 2x: their powers for softsign, their logarithms for tanh."""
    x = np.array([200.0, 400.0])
    gap = float(np.abs((1 - actfns.softsign(x)) * (1 + x) - 1).max())
    power = float(np.diff(np.log(actfns.softsign.derivative(x)))[0] / np.log(2))
    near = np.array([4.0, 8.0])
    decay = float(np.diff(np.log(actfns.tanh.derivative(near)))[0] / 4)
    return Evidence(gap < 1e-9 and abs(power + 2) < 0.05 and abs(decay + 2) < 0.01,
                    {"softsign: (1 - f)(1 + x) - 1": gap, "softsign: power of the slope": power,
                     "tanh: exponent of the slope": decay})
