"""Choosing cells of a record by their settings, and results as arrays."""

import math

import numpy as np

from actfns.lab.sweeping.cells import plain


def chosen(record, cells, wanted):
    """The cells whose settings equal the wanted ones. Raises `KeyError` that says which settings there are."""
    wanted = {name: plain(value, name) for name, value in wanted.items()}
    found = [one for one in cells if all(name in one["cell"] and _same(one["cell"][name], value)
                                         for name, value in wanted.items())]
    if not found:
        raise KeyError(_without(record, cells, wanted))
    return found


def values(record, cells, names, wanted):
    """Results of the chosen cells as one array; without a leading axis if the wanted settings are a whole cell."""
    rows = [_entry(record, one["result"], names) for one in cells]
    if len(cells) == 1 and set(cells[0]["cell"]) == set(wanted):
        return np.array(rows[0])
    return np.array(rows)


def _entry(record, result, names):
    for depth, name in enumerate(names):
        if not isinstance(result, dict) or name not in result:
            there = ", ".join(map(repr, result)) if isinstance(result, dict) else f"a {type(result).__name__}"
            place = "".join(f"[{step!r}]" for step in names[:depth])
            raise KeyError(f"the results{place} of the record {record!r} have no {name!r}; there is {there}")
        result = result[name]
    if isinstance(result, dict):
        raise KeyError(f"the results of the record {record!r} have several entries: {', '.join(map(repr, result))}")
    return result


def _same(a, b):
    if isinstance(a, bool) or isinstance(b, bool):
        return a is b
    numbers = isinstance(a, int | float) and isinstance(b, int | float)
    return math.isclose(a, b, rel_tol=1e-9) if numbers else a == b


def _without(record, cells, wanted):
    for name in wanted:
        there = []
        for one in cells:
            if name in one["cell"] and one["cell"][name] not in there:
                there.append(one["cell"][name])
        if not there:
            known = ", ".join(dict.fromkeys(known for one in cells for known in one["cell"]))
            return f"the cells of the record {record!r} have no setting {name!r}; they have {known}"
        if not any(_same(value, wanted[name]) for value in there):
            return f"no cell of the record {record!r} has {name} = {wanted[name]!r}; there is {there}"
    return f"no cell of the record {record!r} has all of {wanted}"
