"""Expressions of LaTeX as functions of a scope; see `latex.Formula` for the language."""
import operator
from collections.abc import Callable
from typing import NamedTuple

from latex_library import CONSTANTS, FUNCTIONS, REDUCTIONS, Undefined
from latex_tokens import CLOSING, RELATIONS, SEPARATORS, THIN, FormulaError, has_relation, matching, split, strip
from oracle import mp

COMPARE = {
    "<": operator.lt, ">": operator.gt, "=": operator.eq, r"\le": operator.le, r"\leq": operator.le,
    r"\leqslant": operator.le, r"\ge": operator.ge, r"\geq": operator.ge, r"\geqslant": operator.ge,
    r"\ne": operator.ne, r"\neq": operator.ne,
}
JOINERS = {"or": any, "and": all}


# ----------------------------------------------------------------------------------------------- what is in scope
class Names(NamedTuple):
    """What the parser may meet: token sequences of symbols, of vectors (used with an index) and of functions."""

    symbols: dict[tuple[str, ...], str]
    vectors: frozenset[str] = frozenset()
    functions: dict[tuple[str, ...], Callable] = {}


# ---------------------------------------------------------------------------------------------------------- parser
class Parser:
    """Recursive descent; every method returns a function of a scope (dict name → value)."""

    def __init__(self, tokens, names):
        self.tokens, self.names, self.position, self.bars = tuple(tokens), names, 0, 0

    # -- helpers
    @property
    def here(self):
        return self.tokens[self.position] if self.position < len(self.tokens) else None

    def fail(self, why):
        rest = " ".join(self.tokens[self.position:]) or "the end"
        raise FormulaError(f"{why}, at: {rest}")

    def take(self, *expected):
        token = self.here
        if token is None or (expected and token not in expected):
            self.fail(f"expected {' or '.join(expected) or 'something'}")
        self.position += 1
        return token

    def skip(self):
        """Skips thin spaces; says whether there was one."""
        start = self.position
        while self.here in THIN:
            self.position += 1
        return self.position > start

    def inner(self, method):
        """Parses the bracket that starts here with a method and its own parser."""
        end = matching(self.tokens, self.position)
        parser = Parser(self.tokens[self.position + 1:end], self.names)
        result = getattr(parser, method)()
        parser.skip()
        if parser.here is not None:
            parser.fail("not understood")
        self.position = end + 1
        return result

    def match(self, table):
        """The longest token sequence of the table that stands here, or None."""
        found = [key for key in table if self.tokens[self.position:self.position + len(key)] == key]
        return max(found, key=len, default=None)

    # -- sums and products
    def whole(self):
        result = self.expression()
        self.skip()
        if self.here is not None:
            self.fail("not understood")
        return result

    def expression(self):
        self.skip()
        sign = self.take() if self.here in ("+", "-") else "+"
        terms = [(sign, self.term())]
        while self.skip() or self.here in ("+", "-"):
            if self.here not in ("+", "-"):
                break
            terms.append((self.take(), self.term()))
        return lambda scope: mp.fsum(term(scope) if sign == "+" else -term(scope) for sign, term in terms)

    def term(self):
        self.skip()
        result, tight = self.factor(), False
        while True:
            spaced = self.skip()
            if self.here in (r"\cdot", r"\times", r"\odot"):
                self.take()
                self.skip()
                result, tight = _times(result, self.factor()), False
            elif self.here == "/":
                self.take()
                result, tight = _over(result, self.factor()), True
            elif self.starts_factor():
                if tight and not spaced:
                    self.fail("ambiguous: what does the division divide by")
                result = _times(result, self.factor())
            else:
                return result

    def starts_factor(self):
        here = self.here
        if here is None or here.startswith("text:"):
            return False
        if here == "|":
            return not self.bars
        return here not in {*SEPARATORS, *RELATIONS, *CLOSING.values(), "+", "-", "/", "&", "^", "_", "'", r"\approx"}

    # -- factors
    def factor(self):
        value = self.primary()
        if self.here == "^":
            self.take()
            exponent = self.argument()
            return lambda scope: _power(value(scope), exponent(scope))
        return value

    def argument(self):
        """What TeX takes as an argument: a group in braces or one token."""
        if self.here == "{":
            return self.inner("expression")
        parser = Parser((self.take(),), self.names)
        return parser.whole()

    def primary(self):
        here = self.here
        if here is None:
            self.fail("something is missing")
        if (key := self.match(self.names.functions)) is not None:
            return self.apply(self.names.functions[key], len(key))
        if (key := self.match(self.names.symbols)) is not None:
            return self.symbol(key)
        if here.isdigit():
            return self.number()
        if here == "[" and has_relation(self.tokens[self.position + 1:matching(self.tokens, self.position)]):
            return self.bracket()
        if here in ("(", "[", "{"):
            return self.inner("expression")
        if here == "|":
            return self.absolute()
        if here == r"\lvert":
            return _call(abs, [self.inner("expression")])
        special = {r"\frac": self.fraction, r"\tfrac": self.fraction, r"\dfrac": self.fraction, r"\sqrt": self.root,
                   r"\begin{cases}": self.cases, "name:1": self.indicator, r"\delta": self.kronecker}
        if here in special:
            return special[here]()
        return self.named()

    def named(self):
        here = self.here.removeprefix("name:")
        if (key := self.match(REDUCTIONS)) is not None:
            return self.reduction(REDUCTIONS[key])
        if here in self.names.vectors:
            return self.component()
        if here in FUNCTIONS:
            return self.apply(FUNCTIONS[here], 1)
        if here in CONSTANTS:
            self.take()
            return lambda scope: +CONSTANTS[here]
        return self.fail("unknown symbol")

    def symbol(self, key):
        self.position += len(key)
        name = self.names.symbols[key]
        return lambda scope: scope[name]

    def number(self):
        digits = ""
        while self.here is not None and (self.here.isdigit() or (self.here == "." and "." not in digits)):
            digits += self.take()
        value = mp.mpf(digits)
        return lambda scope: value

    def absolute(self):
        self.take("|")
        self.bars += 1
        inside = self.expression()
        self.take("|")
        self.bars -= 1
        return _call(abs, [inside])

    def fraction(self):
        self.take()
        return _over(self.argument(), self.argument())

    def root(self):
        self.take()
        return _call(_real_root, [self.argument()])

    def apply(self, function, length):
        self.position += length
        exponent = None
        if self.here == "^":
            self.take()
            exponent = self.argument()
        self.skip()
        arguments = self.arguments()
        result = _call(function, arguments)
        return result if exponent is None else lambda scope: _power(result(scope), exponent(scope))

    def arguments(self):
        if self.here in ("(", "[", r"\{"):
            return self.inner("listed")
        argument = self.factor()
        if self.starts_factor() and self.here not in ("(", "["):
            if self.here not in THIN and self.here.removeprefix("name:") not in FUNCTIONS:
                self.fail("ambiguous: where does the argument of the function end")
        elif self.here in ("(", "["):
            self.fail("ambiguous: where does the argument of the function end")
        return [argument]

    def listed(self):
        items = [self.expression()]
        while self.here == ",":
            self.take()
            items.append(self.expression())
        return items

    # -- case distinctions
    def cases(self):
        end = matching(self.tokens, self.position)
        body = self.tokens[self.position + 1:end]
        self.position = end + 1
        breaks = {token for token in body if token.startswith("\\\\")}
        return piecewise([self.row(row) for row in split(body, breaks) if strip(row)])

    def row(self, tokens):
        value, *condition = split(tokens, {"&"})
        if len(condition) != 1:
            raise FormulaError(f"a case needs one value and one condition: {' '.join(tokens)}")
        value = [self.sub(part).whole() for part in split(strip(value, THIN | {","}), {"="})]
        return _agreeing(value), self.sub(condition[0]).condition()

    def sub(self, tokens):
        return Parser(tokens, self.names)

    def indicator(self):
        self.take()
        if self.here not in ("[", r"\{"):
            self.fail("an indicator needs its condition in brackets")
        return self.bracket()

    def bracket(self):
        """Iverson's bracket: 1 where the condition holds, else 0."""
        holds = self.inner("condition")
        return lambda scope: mp.mpf(bool(holds(scope)))

    def condition(self):
        tokens = strip(self.tokens, THIN | {"text:if", "text:for"})
        self.position = len(self.tokens)
        if tokens and tokens[0] in ("text:otherwise", "text:else"):
            return lambda scope: None
        joiners = {token for token in tokens if token.removeprefix("text:") in JOINERS}
        if len(joiners) > 1:
            raise FormulaError(f"'and' and 'or' mixed in a condition: {' '.join(tokens)}")
        parts = [self.sub(strip(part)).comparison() for part in split(tokens, joiners)]
        join = JOINERS[joiners.pop().removeprefix("text:")] if joiners else all
        return lambda scope: join(part(scope) for part in parts)

    def comparison(self):
        sides, relations = [self.expression()], []
        while self.here in RELATIONS:
            relations.append(COMPARE[self.take()])
            sides.append(self.expression())
        self.skip()
        if not relations or self.here is not None:
            self.fail("not a condition")

        def holds(scope):
            values = [side(scope) for side in sides]
            return all(relation(*pair) for relation, pair in zip(relations, zip(values, values[1:])))

        return holds

    # -- vectors
    def subscript(self):
        self.take("_")
        if self.here == "{":
            end = matching(self.tokens, self.position)
            indices = self.tokens[self.position + 1:end]
            self.position = end + 1
        else:
            indices = (self.take(),)
        return indices

    def component(self):
        name = self.take().removeprefix("name:")
        if self.here != "_":
            self.fail(f"the vector {name} needs an index")
        indices = self.subscript()

        def entry(scope):
            value = scope[name]
            for index in indices:
                value = value[scope[index]]
            return value

        return entry

    def kronecker(self):
        self.take()
        first, second = self.subscript()
        return lambda scope: mp.mpf(scope[first] == scope[second])

    def reduction(self, combine):
        r"""`\sum_j`, `\max_{1\le j\le k}`: over all indices, or the first so many."""
        self.position += 2 if self.here == r"\arg" else 1
        index, bound = _index(self.subscript())
        body = self.term()
        size = "length" if bound is None else self.names.symbols[bound]
        return lambda scope: combine(*(body({**scope, index: i}) for i in range(int(scope[size]))))


def _index(subscript):
    """The index letter of a reduction, and the symbol that bounds it (None: all indices)."""
    if len(subscript) == 1:
        return subscript[0], None
    if len(subscript) >= 5 and subscript[0] == "1" and subscript[1] == subscript[3] == r"\le":
        return subscript[2], subscript[4:]
    raise FormulaError(f"not understood as an index: {' '.join(subscript)}")


def _times(left, right):
    return lambda scope: left(scope) * right(scope)


def _over(top, bottom):
    def value(scope):
        divisor = bottom(scope)
        if not divisor:
            raise Undefined("division by zero")
        return top(scope) / divisor

    return value


def _power(base, exponent):
    if not base and exponent <= 0:
        raise Undefined("zero to a power that is not positive")
    return base**exponent


def _real_root(value):
    if isinstance(value, mp.mpc) or value < 0:
        raise Undefined("root of a negative number")
    return mp.sqrt(value)


def _call(function, arguments):
    return lambda scope: function(*(argument(scope) for argument in arguments))


def same(one, other):
    """Equal but for rounding in mpmath."""
    return abs(one - other) <= mp.mpf("1e-30") * (abs(one) + abs(other))


def _agreeing(members):
    """The common value of the members of a chain."""

    def value(scope):
        first, *others = (member(scope) for member in members)
        if not all(same(first, other) for other in others):
            raise FormulaError("the members of a chain differ")
        return first

    return value


def piecewise(rows):
    def value(scope):
        holding = [row for row, holds in rows if holds(scope)]
        otherwise = [row for row, holds in rows if holds(scope) is None]
        values = {row(scope) for row in holding or otherwise}
        if len(values) > 1:
            raise FormulaError("two rows of a case distinction apply and differ")
        if not values:
            raise Undefined("no row of a case distinction applies")
        return values.pop()

    return value
