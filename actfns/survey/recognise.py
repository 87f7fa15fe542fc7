"""Recognising a function by what it computes, not by how it is written.

A `Cone` is evaluated on a grid and compared with every elementwise function of the catalogue; parameters are looked
for among the numbers in the expression. So x·σ(1.702x), ``torch.sigmoid(1.702 * x).mul_(x)`` and
``x / (1 + torch.exp(-1.702 * x))`` are all quick-GELU.
"""

from functools import cache
from itertools import product

import numpy as np
import torch

from actfns import catalog
from actfns.survey.graph import CONSTANT

_FAR = (-2e4, -1e3, -110, -31.7, -14.3, 13.1, 23.9, 110, 1e3, 2e4)
_GRID = np.concatenate([np.linspace(-9, 9, 91), _FAR])
_CORE = slice(0, 91)
_NOT_LOOKED_FOR = {"identity", "binary_step", "rrelu", "dyt", "derf", "apl", "pau", "polynorm", "srelu", "acon_c",
                   "bipolar_relu"}
_SAMPLES = (0.7, 0.37, 1.3, 0.55)  # stand for numbers that are learnt or, on the meta device, not there
_MOST = 1000
_NATIVE = {each.native: each.id for each in reversed(list(catalog.values())) if each.native}
_seen = {}


def recognise(cone):
    """Catalogue id of the function a cone computes, or None.

    >>> import torch
    >>> from actfns.survey import observe
    >>> class Quick(torch.nn.Module):
    ...     def forward(self, x):
    ...         return x * torch.sigmoid(1.702 * x)
    >>> dict(observe(Quick(), (2, 3)).functions)
    {'quick_gelu': 1}
    """
    if len(cone.symbols) > len(_SAMPLES):
        return None
    key = cone.key
    if key not in _seen:
        _seen[key] = _search(cone)
    return _seen[key]


def native(name):
    """Catalogue id of a function of torch with this name, or None.

    >>> native("hardswish")
    'hard_swish'
    """
    return _NATIVE.get(name)


def _search(cone):
    unknown = [sample if node.value is None else node.value for node, sample in zip(cone.symbols, _SAMPLES)]
    absent = [(node, value) for node, value in zip(cone.symbols, unknown) if node.value is None]
    learnt, fixed = [value for _, value in absent], [value for node, value in absent if node.kind == CONSTANT]
    try:
        with torch.no_grad():
            y, made = cone(torch.from_numpy(_GRID), unknown)
    except (RuntimeError, TypeError, ValueError, IndexError, NotImplementedError):
        return None
    if not isinstance(y, torch.Tensor) or y.shape != _GRID.shape or not y.is_floating_point():
        return None
    y = y.numpy()
    if not np.isfinite(y[_CORE]).all() or _straight(y):
        return None
    constants = cone.constants + fixed
    return next((name for name, params in _candidates() if _fits(y, name, params, constants, learnt + made)), None)


def _straight(y):
    """Whether the values lie on a line: a mask that let everything through, or a constant, is no activation."""
    slope = (y[90] - y[0]) / (_GRID[90] - _GRID[0])
    return np.allclose(y, y[0] + slope * (_GRID - _GRID[0]), 1e-9, 1e-12)


@cache
def _candidates():
    """(id, names of parameters) of the functions to compare with; those with fewer parameters first."""
    known = [(each.id, tuple(each.params)) for each in catalog.values()
             if each.arity == "pointwise" and each.id not in _NOT_LOOKED_FOR]
    return sorted(dict.fromkeys(known), key=lambda each: len(each[1]))


def _fits(y, name, params, constants, learnt):
    """Whether the values are those of this function for some of the numbers that are there."""
    known = catalog[name].params.values()
    choices = [list(dict.fromkeys([p.default, *(learnt if p.learnable and learnt else constants)])) for p in known]
    for tried, values in enumerate(product(*choices)):
        if tried == _MOST:
            return False
        if _equal(y, _values(name, tuple(zip(params, values)))):
            return True
    return False


def _equal(y, other):
    """Whether all finite values agree: written-out formulas may overflow far out, and guard with 1e-6 near nought."""
    finite = np.isfinite(y)
    return np.allclose(y[finite], other[finite], 1e-6, 5e-6)


@cache
def _values(name, params):
    try:
        with np.errstate(all="ignore"):
            return np.asarray(catalog[name](_GRID, **dict(params)), dtype=float)
    except (ValueError, TypeError):
        return np.full_like(_GRID, np.nan)
