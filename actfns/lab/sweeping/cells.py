"""The cells of a sweep: grids made into lists of settings, and values made into JSON and back."""

import hashlib
import itertools
import json
import math
from collections.abc import Mapping

import numpy as np
import torch

NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}  # JSON has no such numbers: they are spelt out


def cells_of(grid):
    """A grid as a list of dicts: the product of a dict of values, or the given list, checked to be distinct.

    >>> cells_of({"activation": ["relu", "elu"], "lr": [0.1]})
    [{'activation': 'relu', 'lr': 0.1}, {'activation': 'elu', 'lr': 0.1}]
    """
    cells = _product(grid) if isinstance(grid, Mapping) else _listed(grid)
    if not cells:
        raise ValueError("the grid is empty: it needs at least one cell")
    seen = set()
    for cell in cells:
        if (key := key_of(cell)) in seen:
            raise ValueError(f"the grid holds the cell {key} twice; repeat over seeds with a parameter of its own")
        seen.add(key)
    return cells


def key_of(cell):
    """What identifies a cell: its parameters as JSON with sorted names, so (64, 64) and [64, 64] are the same."""
    return json.dumps(spelt(plain(cell, "the cell")), sort_keys=True, ensure_ascii=False)


def digest(text):
    """A short fingerprint (16 hexadecimal digits of SHA-256) of a text."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def plain(value, place="the result"):
    """``value`` as what JSON can hold: NumPy and torch numbers and arrays become Python numbers and lists.

    nan and infinities stay numbers here. Raises `TypeError` naming the ``place`` of a value that has no such form.
    """
    if isinstance(value, torch.Tensor):
        value = value.detach().cpu()
    if isinstance(value, np.ndarray | np.generic | torch.Tensor):
        value = value.tolist()
    if isinstance(value, Mapping):
        if odd := [name for name in value if not isinstance(name, str)]:
            raise TypeError(f"{place} has the key {odd[0]!r}; keys are text")
        return {name: plain(item, f"{place}[{name!r}]") for name, item in value.items()}
    if isinstance(value, list | tuple | range):
        return [plain(item, f"{place}[{k}]") for k, item in enumerate(value)]
    if isinstance(value, str) and value in NOT_FINITE:
        raise TypeError(f"{place} is the text {value!r}, which stands for a number in a record; use another word")
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{place} is a {type(value).__name__}; it must be numbers, text, None, lists, dicts or arrays")


def spelt(value):
    """A plain value with nan and infinities as text, for strict JSON; `unspelt` is the way back."""
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    return _inside(spelt, value)


def unspelt(value):
    """The plain value that `spelt` wrote."""
    if isinstance(value, str):
        return NOT_FINITE.get(value, value)
    return _inside(unspelt, value)


def to_json(value):
    """One line of strict JSON."""
    return json.dumps(spelt(value), ensure_ascii=False, allow_nan=False)


def from_json(line):
    """What `to_json` wrote. Raises `ValueError` for anything else."""
    return unspelt(json.loads(line, parse_constant=_refuse))


def _inside(change, value):
    if isinstance(value, dict):
        return {name: change(item) for name, item in value.items()}
    return [change(item) for item in value] if isinstance(value, list) else value


def _refuse(constant):
    raise ValueError(f"{constant} is not JSON")


def _product(grid):
    for name, values in grid.items():
        if isinstance(values, str | bytes) or not hasattr(values, "__iter__"):
            raise TypeError(f"the grid needs a list of values for {name!r}, got {values!r}")
    lists = [list(values) for values in grid.values()]
    return [dict(zip(grid, choice)) for choice in itertools.product(*lists)] if grid else []


def _listed(grid):
    if isinstance(grid, str | bytes) or not hasattr(grid, "__iter__"):
        raise TypeError(f"grid is a dict of lists or a list of dicts, got {type(grid).__name__}")
    cells = list(grid)
    if odd := [cell for cell in cells if not isinstance(cell, Mapping)]:
        raise TypeError(f"a grid that is a list holds dicts, got {odd[0]!r}")
    return [dict(cell) for cell in cells]
