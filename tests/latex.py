r"""Evaluates the LaTeX that the package shows, so that a printed formula cannot be wrong unnoticed.

    >>> formula = Formula(r"f(x)=\begin{cases}x,&x>0\\ \alpha(e^{x}-1),&x\le 0\end{cases}", {r"\alpha": "alpha"})
    >>> [float(value) for value in formula.values(x=2.0, alpha=1.0)]
    [2.0]

A formula is a list of statements separated by `,` `;` `\quad` or `\qquad` outside brackets. The first is a chain
`head = member = member …`; every member is evaluated. The others are definitions of helpers (`u=\sqrt{2/\pi}\,x`),
slopes in a parameter (`\partial_\beta f=…`), roundings (`\lambda\approx1.0507`) or constraints (`a,b>0`).
Values are mpmath numbers. Whatever could be read in two ways raises `FormulaError` rather than being guessed.
"""
from latex_library import FUNCTIONS, Undefined
from latex_parser import Names, Parser, piecewise, same
from latex_tokens import RELATIONS, SEPARATORS, FormulaError, has_relation, matching, split, strip, tokenise
from oracle import mp

__all__ = ["Formula", "FormulaError", "Undefined", "tokenise"]


class Formula:
    """A chain of equal members with its helpers; see the top of this file."""

    def __init__(self, text, symbols=None, *, variables=("x",), vectors=(), functions=None):
        self.text = text
        own = {tokenise(symbol): name for symbol, name in (symbols or {}).items()}
        self.names = Names({**own, **{(name,): name for name in variables}}, frozenset(vectors), dict(functions or {}))
        self.members, self.definitions, self.constraints, self.roundings, self.partials = [], [], [], [], {}
        self.head = None
        first, *others = _statements(tokenise(text))
        members = split(first, {"="})
        helpers = [(statement, split(statement, {"="})) for statement in others]
        self._declare(members[0], [pieces[0] for _, pieces in helpers if len(pieces) > 1])
        for statement, pieces in helpers:
            self._helper(statement, [strip(piece) for piece in pieces])
        start = 1 if self.head is not None else 0
        self.members = [self._member(tokens) for tokens in members[start:]]
        if not self.members:
            raise FormulaError(f"nothing stands behind the sign of equality in {text}")

    # -- reading
    def _declare(self, first, helpers):
        self.head = _head(first)
        if self.head and "'" not in first:
            if "".join(self.head).removeprefix("name:") in FUNCTIONS:
                self.head = None  # a function of the library: evaluated like the other members
            else:
                self.names.functions.setdefault(self.head, self._again)
        for tokens in map(strip, helpers):
            if len(tokens) == 3 and tokens[1] == "_":
                self.names = self.names._replace(vectors=self.names.vectors | {tokens[0]})
            elif _partial(tokens) is None and tokens not in self.names.symbols:
                self.names.symbols[tokens] = " ".join(tokens)

    def _helper(self, statement, pieces):
        if len(pieces) > 1:
            key = _partial(pieces[0])
            values = [self._member(piece) for piece in pieces[1:]]
            if key is None:
                self.definitions.append((pieces[0], values))
            else:
                self.partials[self.names.symbols.get(key, "".join(key))] = values
        elif r"\approx" in statement:
            symbol, digits = (strip(side) for side in split(statement, {r"\approx"}))
            self.roundings.append((self._member(symbol), "".join(digits)))
        else:
            self.constraints.append(Parser(statement, self.names).condition())

    def _member(self, tokens):
        pieces = _inline_cases(tokens)
        if pieces is None:
            return Parser(tokens, self.names).whole()
        return piecewise([(Parser(value, self.names).whole(), Parser(condition, self.names).condition())
                          for value, condition in pieces])

    # -- evaluating
    def scope(self, **values):
        scope = {name: _number(value) for name, value in values.items()}
        for name in self.names.vectors & scope.keys():
            scope.setdefault("length", len(scope[name]))
        self._scope = {key: value for key, value in scope.items() if key != "x"}
        for head, members in self.definitions:
            self._define(head, members, scope)
        return scope

    def _define(self, head, members, scope):
        if len(head) == 3 and head[1] == "_":
            rows = [[member({**scope, head[2]: i}) for member in members] for i in range(scope["length"])]
            scope[head[0]] = [row[0] for row in rows]
            values = sum(([(row[0], other) for other in row[1:]] for row in rows), [])
        else:
            name = self.names.symbols[head]
            results = [member(scope) for member in members]
            values = [(scope.setdefault(name, results[0]), other) for other in results]
        for one, other in values:
            if not same(one, other):
                raise FormulaError(f"the definition of {' '.join(head)} contradicts itself or the parameters")

    def values(self, **values):
        """The value of every member of the main chain."""
        scope = self.scope(**values)
        if not all(holds(scope) for holds in self.constraints):
            raise FormulaError(f"a constraint of {self.text} does not hold")
        for member, digits in self.roundings:
            if abs(member(scope) - mp.mpf(digits)) > mp.mpf(10) ** -len(digits.partition(".")[2]) / 2:
                raise FormulaError(f"{digits} is not a correct rounding in {self.text}")
        return [member(scope) for member in self.members]

    def partial(self, name, **values):
        """The values that the formula gives for the slope in a parameter."""
        scope = self.scope(**values)
        return [member(scope) for member in self.partials[name]]

    def _again(self, x):
        return self.members[0](self.scope(**{**self._scope, "x": x}))

    def function(self, **params):
        """The first member as a function of x, to be used in another formula."""
        return lambda x: self.values(x=x, **params)[0]


def _number(value):
    if isinstance(value, (list, tuple)):
        return [_number(item) for item in value]
    return value if isinstance(value, int) else mp.mpf(value)


def _statements(tokens):
    """Splits at separators; puts inline cases `1\\ (x>0),\\quad 0\\ (x<0)` and lists `a,b>0` together again."""
    result, waiting = [], ()
    for piece in split(tokens, SEPARATORS):
        piece = strip(piece)
        if not piece or all(token.startswith("text:") for token in piece):
            continue
        alone = not any(token in RELATIONS or token == r"\approx" for token in piece)
        condition = _trailing_condition(piece)
        if result and condition is not None and len(split(piece, {"="})) == 1:
            result[-1] = (*result[-1], *((r"\qquad",) if condition else ()), *piece)
        elif result and alone:
            waiting += piece
        else:
            sign = [index for index, token in enumerate(piece) if token in RELATIONS][:1]
            result += [(symbol, *piece[sign[0]:]) for symbol in waiting]
            result.append(piece)
            waiting = ()
    if waiting:
        raise FormulaError(f"not a statement: {' '.join(waiting)}")
    return result


def _trailing_condition(tokens):
    """Start of a bracket at the end that holds a condition rather than a factor."""
    if not tokens or tokens[-1] != ")":
        return None
    start = next(i for i in range(len(tokens)) if tokens[i] == "(" and matching(tokens, i) == len(tokens) - 1)
    return start if has_relation(tokens[start + 1:-1]) else None



def _inline_cases(tokens):
    pieces = [strip(piece) for piece in split(tokens, {r"\qquad"})]
    starts = [_trailing_condition(piece) for piece in pieces]
    if None in starts:
        if len(pieces) > 1:
            raise FormulaError(f"a case without a condition in {' '.join(tokens)}")
        return None
    return [(strip(piece[:start]), piece[start + 1:-1]) for piece, start in zip(pieces, starts)]


def _head(tokens):
    """Name of the function that a left side such as `f(x)`, `f_\\beta'(x)` or `p(z)_i` declares.

    Empty for a left side that declares none (`\\partial_x f`, `y_i`), None for an expression to be evaluated.
    """
    tokens = strip(tokens)
    if _partial(tokens) is not None:
        return ()
    body = tokens[:-2] if len(tokens) > 2 and tokens[-2] == "_" else tokens
    if len(body) == 1 and len(tokens) == 3:
        return ()
    if body and body[-1] == ")" and "(" in body:
        name = tuple(token for token in body[:body.index("(")] if token != "'")
        plain = len(name) == 1 or (len(name) == 3 and name[1] == "_")
        if plain and matching(body, body.index("(")) == len(body) - 1:
            return name
    return None


def _partial(tokens):
    r"""Tokens of the symbol s in `\partial_s f` or `\frac{\partial f}{\partial s}`."""
    if tokens[:2] == (r"\partial", "_"):
        if tokens[2] != "{":
            return tokens[2:3]
        return tokens[3:matching(tokens, 2)]
    if tokens[:3] == (r"\frac", "{", r"\partial"):
        second = matching(tokens, 1) + 1
        return tokens[second + 2:matching(tokens, second)]
    return None
