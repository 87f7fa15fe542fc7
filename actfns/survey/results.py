"""What the record "backbones" says, row by row and over the years; no library of models is needed."""

from functools import cache

from actfns.lab.records import record
from actfns.survey.backbones import backbones

PERIODS = ((2012, 2014), (2015, 2016), (2017, 2018), (2019, 2020), (2021, 2022), (2023, 2024), (2025, 2026))
_UNITS = {"silu": "swiglu", "quick_gelu": "swiglu", "gelu": "geglu", "gelu_tanh": "geglu", "relu": "reglu"}  # as gates
_SAME = {"gelu_tanh": "gelu"}
_NOT_MAIN = {"exponential", "hardtanh"}  # decays of a state and limits: only where there is nothing else
_NORMAL = 1.959964  # 95 %


def executed():
    """`pandas.DataFrame` of all executions in the record: one line per architecture, model, role and function.

    Columns: row, name, year, domain, model, role, function, calls, elements. Its index counts the lines.

    >>> from actfns import survey
    >>> runs = survey.executed()
    >>> runs.query("row == 'googlenet'")[["model", "role", "function", "calls"]].values.tolist()
    [['torchvision:googlenet', 'hidden', 'relu', 57]]
    """
    import pandas

    lines = []
    for cell in record("backbones").cells:
        row, result = backbones(cell["cell"]["row"]), cell["result"]
        lines += [(row.id, row.name, row.year, row.domain, cell["cell"]["model"], role, function, calls,
                   result["elements"][role][function])
                  for role, functions in result["roles"].items() for function, calls in functions.items()]
    return pandas.DataFrame(lines, columns=["row", "name", "year", "domain", "model", "role", "function", "calls",
                                            "elements"])


def main():
    """`pandas.DataFrame` with the main function of every architecture; its index is the id.

    The main function made the most numbers in the roles hidden and gate of the row's first model, exponentials and
    bare limits left aside; ``share`` is its share of these. Columns: name, year, domain, function, role, share, unit,
    known_from. ``unit`` is the function, both forms of GELU as one, or "swiglu", "geglu", "reglu" where it is the gate
    (the Swish of a SwiGLU with any β). Rows that nobody executed have no share; their function is the one
    their source names.

    >>> from actfns import survey
    >>> survey.main().loc[["nin", "llama", "yolov7"], ["unit", "known_from"]].values.tolist()
    [['relu', 'library'], ['swiglu', 'library'], ['silu', 'source']]
    """
    import pandas

    lines = [(row.id, row.name, row.year, row.domain, *_main(row), row.known_from) for row in backbones()]
    return pandas.DataFrame(lines, columns=["id", "name", "year", "domain", "function", "role", "share", "unit",
                                            "known_from"]).set_index("id")


def _main(row):
    """(function, role, share, unit) of one row."""
    made = _first_elements().get(row.id)
    if not made:
        return row.main, "", float("nan"), row.main
    made = {key: count for key, count in made.items() if key[0] not in _NOT_MAIN} or made
    (function, role), most = max(made.items(), key=lambda each: each[1])
    unit = (_UNITS if role == "gate" else _SAME).get(function, function)
    return function, role, most / sum(made.values()), unit


@cache
def _first_elements():
    """Row → {(function, role): elements} of its first model in the record, hidden functions first."""
    found = {}
    for cell in record("backbones").cells:
        elements = cell["result"]["elements"]
        found.setdefault(cell["cell"]["row"], {(function, role): made for role in ("hidden", "gate")
                                               for function, made in elements.get(role, {}).items()})
    return found


def shares(domain=None, periods=PERIODS):
    """How many architectures of each period have which main unit: a `pandas.DataFrame`.

    Args:
        domain: only this one, "vision", "language" …
        periods: pairs (first year, last year).

    Columns: period, unit, count, total, share, low, high. The interval (Wilson, 95 %) says how far a share would move
    by chance had the table been drawn at random. It was chosen by hand: the interval is the least that is uncertain.

    Raises `ValueError` for a domain that the table has not.

    >>> from actfns import survey
    >>> survey.shares("vision", [(2012, 2016)])[["period", "unit", "share"]].values.tolist()
    [['2012–16', 'relu', 1.0]]
    """
    import pandas

    table = main()
    if domain is not None and domain not in set(table.domain):
        raise ValueError(f"no domain {domain!r}; there are {', '.join(dict.fromkeys(table.domain))}")
    chosen = table if domain is None else table[table.domain == domain]
    lines = []
    for first, last in periods:
        units = chosen[chosen.year.between(first, last)].unit.value_counts()
        lines += [(f"{first}–{last % 100:02d}", unit, int(count), int(units.sum()), count / units.sum(),
                   *wilson(count, units.sum())) for unit, count in units.items()]
    return pandas.DataFrame(lines, columns=["period", "unit", "count", "total", "share", "low", "high"])


def wilson(count, total):
    """(low, high): 95 % interval of a share (Wilson)."""
    share, spread = count / total, _NORMAL**2 / total
    half = _NORMAL * (share * (1 - share) / total + spread / (4 * total)) ** 0.5
    low, high = ((share + spread / 2 + sign * half) / (1 + spread) for sign in (-1, 1))
    return max(low, 0.0), min(high, 1.0)
