"""What `actfns.survey.observe` returns, and how it is told."""

import html
from collections import Counter
from dataclasses import astuple, dataclass, field

from actfns.survey.roles import ROLES

COLUMNS = ("operation", "function", "module", "role", "calls", "elements", "kernel")


@dataclass(frozen=True)
class Row:
    """One function in one module and role, over the whole run.

    * ``operation``: as torch spells it, "gelu[tanh]"; a composed function is the sum of its parts, "relu+pow[2]"
    * ``function``: id in `actfns.catalog`, or None where it is none of these
    * ``module``: name of the innermost module that ran, "" for the model itself
    * ``role``: "hidden", "gate", "attention" or "output"
    * ``calls``, ``elements``: executions, and the numbers they made in total
    * ``kernel``: the operator that contains the function, where it was not one of its own
    """

    operation: str
    function: str | None
    module: str
    role: str
    calls: int
    elements: int
    kernel: str = ""


class Counts(Counter):
    """Operation → executions. Looked up also by the name without arguments, a catalogue id or a kernel's name.

    >>> from actfns.survey.observation import Counts
    >>> counts = Counts({"hardtanh[0,6]": 35}, {"relu6": 35})
    >>> counts["hardtanh[0,6]"], counts["hardtanh"], counts["relu6"], counts["tanh"]
    (35, 35, 35, 0)
    """

    def __init__(self, counts=(), others=None):
        super().__init__(counts)
        self._others = dict(others or {})

    def __missing__(self, name):
        forms = sum(number for full, number in self.items() if full.split("[")[0] == name)
        return forms or self._others.get(name, 0)

    def __reduce__(self):
        return type(self), (dict(self), self._others)


@dataclass(frozen=True)
class Observation:
    """The activation functions that one run of a model executed; prints as a table.

    * ``rows``: list of `Row`, in the order of their first execution
    * ``counts``: operation → executions; composed functions count by their parts
    * ``functions``: catalogue id → executions, composed functions as one
    * ``never_called``: names of activation modules that the model holds and did not run
    * ``cannot_see``: list of sentences: where something may be missing, and why
    * ``device``: "meta", "fake" (shapes only, on the model's own device) or "real" (computed with numbers)
    * ``parameters``: number of parameters, shared ones once
    """

    rows: list = field(repr=False)
    counts: Counts = field(repr=False)
    never_called: list = field(repr=False)
    cannot_see: list = field(repr=False)
    device: str = "meta"
    parameters: int = 0

    @property
    def functions(self):
        """`collections.Counter`, catalogue id → executions."""
        found = Counter()
        for row in self.rows:
            if row.function:
                found[row.function] += row.calls
        return found

    def role(self, role):
        """`collections.Counter`, function (catalogue id, or operation where it has none) → executions in this role.

        Raises `ValueError` for a role that does not exist.
        """
        if role not in ROLES:
            raise ValueError(f"unknown role {role!r}; the roles are {', '.join(ROLES)}")
        found = Counter()
        for row in self.rows:
            if row.role == role:
                found[row.function or row.operation] += row.calls
        return found

    def table(self):
        """`pandas.DataFrame`, one line per `Row`."""
        import pandas

        return pandas.DataFrame([astuple(row) for row in self.rows], columns=list(COLUMNS))

    def summary(self):
        """`pandas.DataFrame`: functions × roles, executions."""
        import pandas

        roles = {role: self.role(role) for role in ROLES}
        names = list(dict.fromkeys(row.function or row.operation for row in self.rows))
        return pandas.DataFrame([[roles[role][name] for role in ROLES] for name in names], names, list(ROLES))

    def plot(self, axes=None):
        """Bars: each function in its role, its share of the numbers made; see `figures.plot_observation`."""
        from actfns.survey.figures import plot_observation

        return plot_observation(self, axes)

    def _lines(self):
        """(function, operation, role, calls, modules) summed over modules."""
        found = {}
        for row in self.rows:
            entry = found.setdefault((row.function or "", row.operation, row.role), [0, 0, set()])
            entry[0], entry[1] = entry[0] + row.calls, entry[1] + row.elements
            entry[2].add(row.module)
        return [(function or "–", operation, role, f"{calls:,}", f"{elements:,}", str(len(modules)))
                for (function, operation, role), (calls, elements, modules) in found.items()]

    def __str__(self):
        lines = [_HEAD, *self._lines()]
        widths = [max(map(len, column)) for column in zip(*lines)]
        text = ["  ".join(cell.ljust(width) if i < 3 else cell.rjust(width)
                          for i, (cell, width) in enumerate(zip(line, widths))).rstrip() for line in lines]
        return "\n".join(text + [f"never called: {', '.join(self.never_called)}"] * bool(self.never_called)
                         + [f"cannot see: {reason}" for reason in self.cannot_see])

    def __repr__(self):
        counts = ", ".join(f"{name} {number}" for name, number in self.counts.items()) or "no activation function"
        return f"<observation: {counts}{f'; {len(self.cannot_see)} cannot see' if self.cannot_see else ''}>"

    def _repr_html_(self):
        head = "".join(f"<th>{cell}</th>" for cell in _HEAD)
        body = "".join("<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in line) + "</tr>"
                       for line in self._lines())
        notes = "".join(f"<p>cannot see: {html.escape(reason)}</p>" for reason in self.cannot_see)
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{notes}"


_HEAD = ("function", "operation", "role", "calls", "elements", "modules")


def observation(findings, **facts):
    """The `Observation` of these findings; ``facts`` are its other fields."""
    rows, counts, others = {}, Counter(), Counter()
    for one in findings:
        key = "+".join(one.operations), one.function, one.top.path, one.role, one.kernel
        calls, elements = rows.get(key, (0, 0))
        rows[key] = calls + one.calls, elements + one.elements
        for operation in one.operations:
            counts[operation] += one.calls
        for name in filter(None, {one.function, one.kernel, one.kernel.strip("_")}):
            others[name] += one.calls
    made = [Row(operation, function, path, role, *numbers, kernel)
            for (operation, function, path, role, kernel), numbers in rows.items()]
    return Observation(made, Counts(counts, others), **facts)
