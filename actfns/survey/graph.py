"""The graph of operations that a model executes, recorded while it runs."""

from dataclasses import dataclass, field

import torch
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes
from torch.utils._pytree import tree_leaves, tree_map
from torch.utils.weak import WeakTensorKeyDictionary

from actfns.survey import operations

CONSTANT, LEARNT, GIVEN, SIGNAL = range(4)  # what a tensor depends on


@dataclass(eq=False)
class Node:
    """One tensor: the result of ``func`` (None for a leaf), its arguments with nodes in place of tensors.

    ``kind`` says what it depends on: constants only, learnt numbers only, the model's input before any weight, or both
    input and weights (a signal). ``users`` are the nodes that took it as an argument; ``value`` is a known constant.
    """

    name: str
    func: object = None
    args: tuple = ()
    kwargs: dict = field(default_factory=dict)
    path: str = ""
    shape: tuple = ()
    floating: bool = True
    kind: int = CONSTANT
    value: float | None = None
    index: int = 0
    users: list = field(default_factory=list, repr=False)

    @property
    def numel(self):
        """Number of elements."""
        return torch.Size(self.shape).numel()

    @property
    def sources(self):
        """The nodes among the arguments, in their order."""
        return [leaf for leaf in tree_leaves((self.args, self.kwargs)) if isinstance(leaf, Node)]

    @property
    def label(self):
        """The operation as torch spells it, with the arguments that matter."""
        return operations.spelled(self.func, self.args, self.kwargs)


class Recorder(TorchDispatchMode):
    """Records every operation that reaches torch's dispatcher, in this thread, as `Node`s in ``nodes``.

    ``leaves`` maps the tensors known before the run to their kind; ``places`` names the running module.
    """

    supports_higher_order_operators = True

    def __init__(self, places, leaves):
        super().__init__()
        self.places, self.nodes = places, []
        self.foreign, self.decided, self.unknown = {}, {}, {}  # by path: what cannot be followed
        self._known = WeakTensorKeyDictionary()
        for tensor, kind in leaves:
            self._known[tensor] = self._leaf(tensor, kind)

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        before = tree_map(self._node_or_value, (args, kwargs))
        result = func(*args, **kwargs)
        self._note(func, *before, result)
        return result

    def node(self, tensor):
        """The node of a tensor; a leaf without history if nobody knows where it comes from."""
        if tensor not in self._known:
            learnt = isinstance(tensor, torch.nn.Parameter)  # one that the model does not know
            self._known[tensor] = self._leaf(tensor, LEARNT if learnt else CONSTANT)
            if tensor.is_floating_point() and 0 not in _shape(tensor) != ():
                self.unknown.setdefault(self.places.path, set()).add(_has_numbers(tensor))
        return self._known[tensor]

    def _node_or_value(self, value):
        return self.node(value) if isinstance(value, torch.Tensor) else value

    def _leaf(self, tensor, kind):
        value = _number(tensor) if kind == CONSTANT else None
        return Node("leaf", kind=kind, shape=_shape(tensor), floating=tensor.is_floating_point(), value=value, index=-1)

    def _note(self, func, args, kwargs, result):
        path, name = self.places.path, operations.name(func)
        if name in ("local_scalar_dense", "is_nonzero", "equal", "nonzero"):
            self._decides(name, args, path)
        if operations.namespace(func) not in ("aten", "prim", "prims", "profiler"):
            self.foreign[path, str(func)] = self.foreign.get((path, str(func)), 0) + 1
        kwargs = {name: value for name, value in kwargs.items() if name != "out"}  # what stood there does not matter
        tensors = [leaf for leaf in tree_leaves(result) if isinstance(leaf, torch.Tensor)]
        if not tensors:
            return
        node = Node(name, func, args, kwargs, path)
        node.kind = _kind(node, tensors[0].is_floating_point())
        if node.kind == CONSTANT:
            node.value = _constant(node, tensors[0])
        self._add(node, tensors[0])
        if isinstance(result, torch.Tensor):
            self._remember(result, node)
        else:
            for number, tensor in enumerate(tensors):
                part = Node("getitem", None, (node, number), {}, path, kind=node.kind)
                self._add(part, tensor)
                self._remember(tensor, part)

    def _decides(self, name, args, path):
        if any(isinstance(node, Node) and node.kind >= GIVEN for node in args):
            self.decided[path] = name

    def _add(self, node, tensor):
        node.shape, node.floating, node.index = _shape(tensor), tensor.is_floating_point(), len(self.nodes)
        self.nodes.append(node)
        for source in node.sources:
            source.users.append(node)

    def _remember(self, tensor, node):
        """A tensor is now this node's; one overwritten through a view of it becomes a new one."""
        base = tensor._base
        if base is not None and base in self._known and _overwrites(node):
            changed = Node("overwritten", None, (self._known[base], node), {}, node.path, kind=node.kind)
            self._add(changed, base)
            self._known[base] = changed
        self._known[tensor] = node


def _constant(node, tensor):
    """The value of a constant that an operation made, as far as it can be told."""
    if node.name == "scalar_tensor":
        return float(node.args[0])
    if node.name == "full" and not _shape(tensor):
        return float(node.args[1])
    if node.name in operations.FILLED and not _shape(tensor):
        return operations.FILLED[node.name]
    return node.args[0].value if node.name in operations.COPIES and node.sources else _number(tensor)


def _number(tensor):
    """The value of a constant that is a single number, or None."""
    tensor = getattr(tensor, "constant", tensor)  # what a fake tensor made of a number remembers
    if type(tensor) is not torch.Tensor or tensor.is_meta or tensor.layout is not torch.strided or tensor.ndim:
        return None
    with _disable_current_modes():
        return None if tensor.is_complex() else float(tensor)


def _has_numbers(tensor):
    return type(tensor) is torch.Tensor and not tensor.is_meta


def _shape(tensor):
    return () if tensor.is_nested else tuple(tensor.shape)


def _overwrites(node):
    return node.func is not None and hasattr(node.func, "_schema") and node.func._schema.is_mutable


def _kind(node, floating):
    """What a result depends on. Weights make a signal of whatever they meet; whole numbers alone make none."""
    if node.name in operations.FRESH:
        return CONSTANT
    kinds = [source.kind for source in node.sources if source.floating or source.kind != GIVEN or not floating]
    meeting = LEARNT in kinds and (GIVEN in kinds or node.name in operations.WEIGHTED)
    return SIGNAL if meeting else max(kinds, default=CONSTANT)
