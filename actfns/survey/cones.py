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
        """The cone's value in float64 for a tensor of any shape; ``symbols`` are numbers for `Cone.symbols`.

        Raises what torch raises if an operation cannot be repeated on a tensor of this shape.
        """
        values = {id(self.source): x}
        values |= {id(node): torch.tensor(float(value), dtype=x.dtype) for node, value in zip(self.symbols, symbols)}
        for node in self.inner:
            values[id(node)] = _step(node, values)
        return values[id(self.top)]


def _step(node, values):
    def own(value):
        return values[id(value)].clone() if isinstance(value, Node) else value

    args, kwargs = tree_map(own, (node.args, node.kwargs))
    if node.name in operations.COPIES:
        return args[0]
    return node.func(*args, **{name: value for name, value in kwargs.items() if name not in _PLACES})


_PLACES = ("dtype", "device", "layout", "pin_memory", "memory_format")


def cones(top):
    """The cones that end in ``top``, the shortest first: one for every tensor through which all of it passes."""
    inner, symbols, frontier = [], [], [top]
    while frontier and len(inner) < _LONGEST:
        node = max(frontier, key=lambda each: each.index)
        if node is not top and len(frontier) == 1:
            yield Cone(node, top, tuple(reversed(inner)), tuple(symbols))
        if not _expands(node, top):
            return
        frontier.remove(node)
        inner.append(node)
        for source in node.sources:
            kept = frontier if source.kind >= GIVEN else symbols
            if not any(source is each for each in kept):
                kept.append(source)


def _expands(node, top):
    """Whether a node is computed element by element from tensors no larger than the result."""
    same = node.shape == top.shape and node.floating or node.name in _COMPARISONS
    return node.func is not None and node.name in operations.ELEMENTWISE and same and "out" not in node.kwargs


_COMPARISONS = {"gt", "lt", "ge", "le", "eq", "ne", "logical_not"}
