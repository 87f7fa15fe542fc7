"""A formula of the catalogue as a program in JavaScript: called with symbols instead of numbers, it writes itself down.

`Symbol` answers to the operations in `actfns.ops` as a torch tensor would. Every operation becomes a line of the
program; equal ones become one. So the page computes with the very formulas of ``actfns.families``.
"""

from __future__ import annotations

import math
from unittest import mock

import torch

INFIX = {"add": "+", "sub": "-", "mul": "*", "truediv": "/", "lt": "<", "le": "<=", "gt": ">", "ge": ">=",
         "eq": "===", "ne": "!==", "and": "&&", "or": "||"}
CALLS = {"exp": "Math.exp", "expm1": "Math.expm1", "log": "Math.log", "log1p": "Math.log1p", "sqrt": "Math.sqrt",
         "sin": "Math.sin", "cos": "Math.cos", "tanh": "Math.tanh", "cosh": "Math.cosh", "arctan": "Math.atan",
         "abs": "Math.abs", "isnan": "Number.isNaN", "erf": "erf", "erfc": "erfc", "floor": "Math.floor",
         "sign": "Math.sign", "square": "square"}
KERNELS = {  # of torch, as actfns.ops calls them
    "where": lambda condition, yes, no: f"{condition}?{yes}:{no}",
    "leaky_relu": lambda x, negative_slope: f"{x}>0?{x}:{negative_slope}*{x}",
    "hardtanh": lambda x, min_val, max_val: f"Math.min(Math.max({x},{min_val}),{max_val})",
    "threshold": lambda x, threshold, value: f"{x}<={threshold}?{value}:{x}",
    "softplus": lambda x, threshold: f"{x}>{threshold}?{x}:Math.log1p(Math.exp({x}))",
}


class Program:
    """Lines of a program that grows while a formula is called with its symbols."""

    def __init__(self, inputs):
        self.lines = {}  # code → name of its result
        self.symbols = [Symbol(self, name) for name in inputs]

    def line(self, code: str) -> Symbol:
        """The result of a piece of code, written down once."""
        name = self.lines.setdefault(code, f"t{len(self.lines)}")
        return Symbol(self, name)

    def text(self, result) -> str:
        """The whole as the body of a function."""
        lines = ",".join(f"{name}={code}" for code, name in self.lines.items())
        return f"const {lines};return {written(result)}" if lines else f"return {written(result)}"


def written(value) -> str:
    """A symbol or a number as code.

    >>> written(0.5), written(-3), written(float("inf"))
    ('0.5', '(-3)', 'Infinity')
    """
    if isinstance(value, Symbol):
        return value.name
    value = float(value)
    if math.isnan(value) or math.isinf(value):
        return {"nan": "NaN", "inf": "Infinity", "-inf": "(-Infinity)"}[str(value)]
    text = repr(int(value)) if value.is_integer() and abs(value) < 2**53 else repr(value)
    return f"({text})" if text.startswith("-") else text


class Symbol:
    """A number that is not known yet."""

    dtype, shape, ndim, device = torch.float64, (), 0, "cpu"

    def __init__(self, program, name):
        self.program, self.name = program, name

    def __bool__(self):
        raise TypeError("a formula that branches on a value cannot be written down")

    def __neg__(self):
        return self.program.line(f"-{self.name}")

    def __pos__(self):
        return self

    def __invert__(self):
        return self.program.line(f"!{self.name}")

    def __pow__(self, exponent):
        return self.program.line(f"{self.name}**{written(exponent)}")

    def __rpow__(self, base):
        return self.program.line(f"{written(base)}**{self.name}")

    def clamp(self, min=-math.inf, max=math.inf):
        """Kept within two numbers."""
        return self.program.line(f"Math.min(Math.max({self.name},{written(min)}),{written(max)})")

    def sigmoid(self):
        """As torch's kernel."""
        return self.program.line(f"1/(1+Math.exp(-{self.name}))")

    def is_floating_point(self):
        """True: functions of the catalogue that call others take a symbol for a tensor."""
        return True

    def detach(self):
        """Itself: nothing is differentiated here."""
        return self

    def to(self, *types, **options):
        """Itself; truth values count 1 and 0."""
        return self.program.line(f"+{self.name}")

    __hash__ = object.__hash__

    @classmethod
    def __torch_function__(cls, function, types, arguments=(), options=None):
        name = function.__name__.lstrip("_")
        if name not in KERNELS:
            raise TypeError(f"{name} cannot be written down yet")
        given = {option: written(value) for option, value in (options or {}).items() if option != "inplace"}
        program = next(part.program for part in arguments if isinstance(part, Symbol))
        return program.line(KERNELS[name](*map(written, arguments), **given))


def _infix(sign, swapped=False):
    def operate(self, other):
        left, right = (other, self) if swapped else (self, other)
        return self.program.line(f"{written(left)}{sign}{written(right)}")

    return operate


def _call(function):
    return lambda self: self.program.line(f"{function}({self.name})")


for _name, _sign in INFIX.items():
    setattr(Symbol, f"__{_name}__", _infix(_sign))
    setattr(Symbol, f"__r{_name}__", _infix(_sign, swapped=True))
for _name, _function in CALLS.items():
    setattr(Symbol, _name, _call(_function))
    if _name == "abs":
        Symbol.__abs__ = _call(_function)


def program(formula, parameters) -> str:
    """The body of a JavaScript function of ``x`` and the parameters that computes the formula.

    >>> program(lambda x, a: x * a + 1, ["a"])
    'const t0=x*a,t1=t0+1;return t1'
    """
    written_down = Program(["x", *parameters])
    x, *rest = written_down.symbols
    with mock.patch.multiple(torch, as_tensor=_as_it_is, hypot=_hypot):
        return written_down.text(formula(x, **dict(zip(parameters, rest))))


def _as_it_is(value, **options):
    return value


def _hypot(x, y):
    return x.program.line(f"Math.hypot({written(x)},{written(y)})")
