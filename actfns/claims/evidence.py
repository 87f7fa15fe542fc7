"""What settles a claim: `check` binds a function to ids, and the function returns its `Evidence`."""

import math
from dataclasses import dataclass
from importlib import import_module, resources

import numpy as np

CHECKS = "actfns.claims.checks"
_bound = {}  # id → Check


@dataclass(frozen=True)
class Evidence:
    """The outcome of a check: does the ledger's verdict stand, and on which numbers.

    ``stands``: for a false claim, whether the refutation holds. ``numbers``: name → a number, an
    `actfns.lab.Interval`, a ``(low, middle, high)`` triple or a text; at least one. Raises `ValueError` for none, or
    for a number that is NaN, and `TypeError` where ``stands`` is neither true nor false.

    >>> from actfns.claims import Evidence
    >>> print(Evidence(0.25 < 1, {"largest slope": 0.25, "at": (-1.0, 0.0, 1.0)}))
    stands: largest slope 0.25, at 0 [-1, 1]
    """

    stands: bool
    numbers: dict

    def __post_init__(self):
        if not isinstance(self.stands, (bool, np.bool_)):
            raise TypeError(f"stands must be true or false, got {self.stands!r}")
        object.__setattr__(self, "stands", bool(self.stands))
        if not isinstance(self.numbers, dict) or not self.numbers:
            raise ValueError("evidence without a number is an assertion: name at least one")
        for name, value in self.numbers.items():
            if any(isinstance(part, float) and math.isnan(part) for part in _parts(value)):
                raise ValueError(f"{name!r} is NaN: nothing was measured (write it as a text where NaN is the finding)")

    def __str__(self):
        found = ", ".join(f"{name} {shown(value)}" for name, value in self.numbers.items())
        return f"{'stands' if self.stands else 'FALLS'}: {found}"


@dataclass(frozen=True)
class Check:
    """A function that settles one claim or several: ``function`` () → `Evidence`, ``ids``, ``slow`` (over a second).

    >>> from actfns.claims import ledger
    >>> ledger()["linear-stack-collapses"].check.slow
    False
    """

    function: object
    ids: tuple
    slow: bool = False

    @property
    def compares(self):
        """What is compared, in one line: the first line of the function's docstring."""
        return (self.function.__doc__ or "").strip().split("\n")[0]

    def __call__(self):
        evidence = self.function()
        if not isinstance(evidence, Evidence):
            raise TypeError(f"{self.function.__name__} must return Evidence, got {evidence!r}")
        return evidence


def check(*ids, slow=False):
    """Bind a function without arguments, which returns `Evidence`, to one id of the ledger or several.

    ``slow``: it takes more than a second of processor time, and ``--fast`` leaves it out. An id is bound once:
    a second function raises `ValueError`.

    >>> from actfns.claims import Evidence, check
    >>> @check("for-example")
    ... def grows():
    ...     "2 to the 10th, against a thousand."
    ...     return Evidence(2**10 > 1000, {"2 to the 10th": 2**10})
    >>> print(grows())
    stands: 2 to the 10th 1024
    >>> _ = unbind("for-example")
    """
    if not ids or not all(isinstance(id, str) for id in ids):
        raise TypeError("name the claims: @check('id', …)")

    def bind(function):
        bound = Check(function, ids, slow)
        for id in ids:
            if id in _bound and not _same(_bound[id].function, function):
                raise ValueError(f"{id} has a check already: {_bound[id].function.__qualname__}")
            _bound[id] = bound
        return function

    return bind


def unbind(id):
    """Take the check of an id away and return it.

    >>> from actfns.claims import Evidence, check
    >>> _ = check("for-example")(lambda: Evidence(1 < 2, {"one": 1}))
    >>> unbind("for-example").ids
    ('for-example',)
    """
    return _bound.pop(id)


def find(id, topic):
    """The `Check` of an id, or None. Looks into the module of its topic first, then into all others.

    >>> find("linear-stack-collapses", "why-nonlinear").ids
    ('linear-stack-collapses',)
    """
    modules = sorted(file.name[:-3] for file in resources.files(CHECKS).iterdir() if file.name.endswith(".py"))
    own = topic.replace("-", "_")
    for name in sorted(modules, key=lambda name: name != own):
        if id in _bound:
            break
        import_module(f"{CHECKS}.{name}")
    return _bound.get(id)


def bound():
    """Every id that has a check so far → its `Check`. Modules that were not imported yet are not in it.

    >>> all(id in check.ids for id, check in bound().items())
    True
    """
    return dict(_bound)


def shown(value):
    """A number, an interval, a triple or a text of the evidence, as it is printed.

    >>> shown(0.000123456), shown(12), shown("none")
    ('0.000123', '12', 'none')
    """
    low_mid_high = _parts(value)
    if len(low_mid_high) == 3:
        low, middle, high = (_number(part) for part in low_mid_high)
        return f"{middle} [{low}, {high}]"
    return ", ".join(_number(part) for part in low_mid_high)


def _parts(value):
    """(low, mean, high) of an interval, the members of a sequence, or the value alone; NumPy's numbers as Python's."""
    if hasattr(value, "difference"):  # a paired comparison
        value = value.difference
    if hasattr(value, "low"):
        value = (value.low, value.mean, value.high)
    if not isinstance(value, (tuple, list)):
        value = value.tolist() if hasattr(value, "tolist") else value
    parts = value if isinstance(value, (tuple, list)) else (value,)
    return [part.item() if hasattr(part, "item") else part for part in parts]


def _number(part):
    if isinstance(part, bool):
        return "yes" if part else "no"
    return format(part, ".3g") if isinstance(part, float) else str(part)


def _same(one, other):
    """Whether a module was merely loaded again: the same function by name and place."""
    return (one.__module__, one.__qualname__) == (other.__module__, other.__qualname__)
