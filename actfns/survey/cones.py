"""Composed functions: the parts of a graph that compute one function of one tensor, element by element."""

from dataclasses import dataclass

import torch
from torch.utils._pytree import tree_map

from actfns.survey import operations
from actfns.survey.graph import GIVEN, Node

_LONGEST = 40  # operations of one composed function


@dataclass(frozen=True)
class Cone:
    """All elementwise operations between ``source`` and ``top``, in the order of their execution.

    ``symbols`` are what else enters: learnt numbers and constants.
    """

    source: Node
    top: Node
    inner: tuple
    symbols: tuple

    @property
    def numbers(self):
        """The numbers written in the expression."""
        found = [leaf.value for leaf in self.symbols if leaf.value is not None]
        for node in self.inner:
            found += [float(each) for each in (*node.args, *node.kwargs.values()) if type(each) in (int, float)]
        return found

    @property
    def constants(self):
        """These numbers, their negatives and reciprocals, each once."""
        return list(dict.fromkeys(c for x in self.numbers for c in (x, -x, *([1 / x] if x else []))))

    @property
    def key(self):
        """The expression as text: equal for equal computations."""
        numbers = {id(node): f"n{i}" for i, node in enumerate(self.inner)}
        numbers |= {id(node): f"p{i}" if node.value is None else f"{node.value!r}"
                    for i, node in enumerate(self.symbols)} | {id(self.source): "x"}
        steps = [tree_map(lambda a: numbers[id(a)] if isinstance(a, Node) else a, (str(n.func), n.args, n.kwargs))
                 for n in self.inner]
        return str(steps)

    def __call__(self, x, symbols):
        """(values, learnt): the cone's value in float64 for a tensor, and what it makes of the symbols alone.

        ``symbols`` are numbers for `Cone.symbols`. Raises what torch raises if an operation cannot be repeated.
        """
        values = {id(self.source): x}
        values |= {id(node): torch.tensor(float(value), dtype=x.dtype) for node, value in zip(self.symbols, symbols)}
        for node in self.inner:
            values[id(node)] = _step(node, values)
        learnt = [float(values[id(node)]) for node in self.inner if node.kind < GIVEN and not values[id(node)].ndim]
        return values[id(self.top)], learnt


def _step(node, values):
    def own(value):
        return values[id(value)].clone() if isinstance(value, Node) else value

    args, kwargs = tree_map(own, (node.args, node.kwargs))
    if node.name in operations.COPIES | _RESHAPES:
        return args[0].double() if node.floating else args[0]
    func = node.func.overloadpacket if any(each.is_out for each in node.func._schema.arguments) else node.func
    return func(*args, **{name: value for name, value in kwargs.items() if name not in _PLACES})


_RESHAPES = {"view", "reshape", "unsqueeze", "squeeze", "expand", "select"}
_PLACES = ("dtype", "device", "layout", "pin_memory", "memory_format")


def cones(top):
    """The cones that end in ``top``, the shortest first: one for every tensor through which all of it passes."""
    inner, symbols, frontier = [], [], [top]
    while frontier and len(inner) < _LONGEST:
        node = max(frontier, key=lambda each: each.index)
        if node is not top and len(frontier) == 1:
            yield Cone(node, top, tuple(sorted(inner, key=lambda each: each.index)), tuple(symbols))
        if not _expands(node, top):
            return
        frontier.remove(node)
        inner.append(node)
        for source in node.sources:
            if source.kind < GIVEN:
                _add_constant(source, inner, symbols)
            elif not any(source is each for each in frontier):
                frontier.append(source)


def _add_constant(node, inner, symbols):
    """What is computed from constants and learnt numbers alone goes back to these."""
    if any(node is each for each in (*inner, *symbols)):
        return
    computed = node.func is not None and node.value is None and node.name in operations.ELEMENTWISE | _RESHAPES
    if not computed or not node.sources or len(inner) > _LONGEST:
        symbols.append(node)
        return
    inner.append(node)
    for source in node.sources:
        _add_constant(source, inner, symbols)


def _expands(node, top):
    """Whether a node is computed element by element from tensors no larger than the result."""
    same = node.shape == top.shape and node.floating or node.name in operations.COMPARISONS
    return node.func is not None and node.name in operations.ELEMENTWISE and same

