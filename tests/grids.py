"""Inputs the tests share: which functions with which parameters, and at which points."""
import zlib

import numpy as np
from oracle import POINTWISE

from actfns import catalog

MAX, TINY = np.finfo(float).max, np.finfo(float).smallest_subnormal
EDGES = np.array([0.0, -0.0, 1e-30, -1e-30, 1e-4, -1e-4, 0.5, -0.5, 1.0, -1.0, 2.0, -2.0, 3.0, -3.0, 6.0, 20.0, -20.0,
                  89.0, -89.0, 1e4, -1e4, np.inf, -np.inf, np.nan])
OFF_KINKS = np.array([-4.37, -2.71, -1.63, -0.83, -0.37, -0.11, 0.13, 0.41, 0.77, 1.57, 2.31, 3.73, 6.29])
ZONES = [(-40, 40, 3), (-760, -700, 1), (700, 760, 1), (-110, -80, 1), (80, 110, 1), (-1.5, 1.5, 1)]  # with weights


def label(name, params):
    return name + "".join(f"-{key}={value:.4g}" for key, value in params.items())


def cases(names=POINTWISE, others=True):
    """Pairs (id, parameters): the defaults of every function, then its other parameter sets."""
    sets = [(name, params) for name in names for params in ({}, *(POINTWISE[name].others if others else ()))]
    return [(name, params) for name, params in sets], [label(*pair) for pair in sets]


def full(name, params):
    """The parameters with the defaults filled in."""
    return catalog[name].defaults | params


def kinks(name, params):
    """Where the slope jumps, as doubles."""
    return np.array([float(kink) for kink in POINTWISE[name].kinks(**full(name, params))])


def points(name, params, number):
    """About `number` doubles: all magnitudes of both signs, the scales where functions bend, kinks, neighbours."""
    random = np.random.default_rng(zlib.crc32(label(name, params).encode()))
    whole = 2.0 ** (-1074 + 2098 * strata(random, number // 5))
    bending = 10.0 ** (-17 + 21 * strata(random, number // 6))
    total = sum(weight for *_, weight in ZONES)
    zones = [low + (high - low) * strata(random, number * weight // (4 * total)) for low, high, weight in ZONES]
    special = np.concatenate([EDGES[np.isfinite(EDGES)], kinks(name, params), [TINY, -TINY],
                              MAX * np.array([1, -1, 0.7, -0.7, 0.4, -0.4])])
    found = np.concatenate([whole, -whole, bending, -bending, *zones, special, *neighbours(special)])
    return np.unique(found[np.isfinite(found)])


def strata(random, number):
    """One random number from each of so many equal parts of [0, 1)."""
    return (np.arange(number) + random.random(number)) / max(number, 1)


def neighbours(values):
    with np.errstate(over="ignore", under="ignore"):
        up, down = np.nextafter(values, np.inf), np.nextafter(values, -np.inf)
        return up, down, np.nextafter(up, np.inf), np.nextafter(down, -np.inf)
