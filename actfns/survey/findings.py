"""What in a recorded graph is an activation function: single operations, composed functions, insides of kernels."""

from dataclasses import dataclass

from actfns.survey import operations
from actfns.survey.cones import cones
from actfns.survey.fused import inside
from actfns.survey.graph import GIVEN, LEARNT, SIGNAL, Node
from actfns.survey.recognise import native, recognise


@dataclass(eq=False)
class Finding:
    """One execution of a function: the node with its result, the operations it is made of, its catalogue id.

    ``inner`` are the nodes of a composed function.
    ``kernel`` names what contains it, if it was not an operation of its own; ``role`` is None until it is found.
    """

    top: Node
    operations: tuple
    function: str | None
    kernel: str = ""
    role: str | None = None
    calls: int = 1
    elements: int = 0
    inner: tuple = ()


def findings(nodes):
    """All `Finding`s of a graph in the order of their execution.

    From the last node back: a node is the end of a composed function if a cone that ends there is one of the catalogue
    and holds an activation; its other operations are then not looked at again.
    """
    bare = not any(node.kind in (LEARNT, SIGNAL) for node in nodes)
    found, used = [], set()
    for node in reversed(nodes):
        if node.func is None or id(node) in used:
            continue
        fused = inside(node)
        found += [Finding(node, (one.operation,), one.function, node.name, one.role, one.calls, one.elements)
                  for one in fused]
        if not fused and (one := _finding(node, bare, used)):
            found.append(one)
    return found[::-1]


def _finding(node, bare, used):
    if node.name in operations.WHOLE_ROWS:
        kernel = operations.kernel(node.func)
        return Finding(node, (node.label,), operations.WHOLE_ROWS[node.name], kernel, elements=node.numel)
    if node.name not in operations.ELEMENTWISE or not node.floating or node.kind < LEARNT:
        return None
    if composed := _softmax(node, used) or _composed(node, bare, used):
        return composed
    counts = node.name in operations.ACTIVATIONS or (
        node.name in operations.ELEMENTARY and (node.kind == SIGNAL or bare and node.kind == GIVEN))
    if not counts:
        return None
    return Finding(node, (node.label,), native(node.name), elements=node.numel)


def _softmax(top, used):
    """A softmax written out: e/Σe with e = exp(x), or exp(x − log Σ exp(x))."""
    if top.name == "div" and len(top.sources) == 2:
        part, whole = (_unmoved(node) for node in top.sources)
        parts = (part, _unmoved(whole.sources[0])) if whole.name == "sum" and whole.sources else ()
    elif top.name == "exp" and (difference := _unmoved(top.sources[0])).name == "sub" and len(difference.sources) == 2:
        part, whole = (_unmoved(node) for node in difference.sources)
        parts = (part, _unmoved(whole.sources[0])) if whole.name == "logsumexp" else ()
    else:
        return None
    same = parts and (parts[0] is parts[1] or _same_exponentials(*parts))
    if not same or top.name == "div" and parts[0].name not in ("exp", "exp2"):
        return None
    inner = tuple(dict.fromkeys((*parts, whole))) if top.name == "div" else (whole, top)
    used.update(id(node) for node in inner)
    names = tuple(node.label for node in inner if node.name != "sum")
    return Finding(top, names, "softmax", elements=top.numel, inner=inner)


def _same_exponentials(a, b):
    return a.name == b.name == "exp" and _unmoved(a.sources[0]) is _unmoved(b.sources[0])


def _unmoved(node):
    """The node whose numbers these are, before views, copies and guards."""
    while node.sources and (node.name in operations.MOVES or node.name in _GUARDS and len(node.sources) == 1):
        node = node.sources[0]
    return node


def _composed(top, bare, used):
    found = None
    for cone in cones(top) if top.name not in operations.COPIES else ():
        parts = [node for node in cone.inner if node.name in _PARTS] or _comparisons(cone)
        if not parts or any(id(node) in used for node in parts) or not _counts(cone, parts, bare):
            continue
        if any(_goes_on(node, cone) for node in parts if node.name in operations.ACTIVATIONS):
            continue
        alone = cone.inner == (top,) and top.name in _OWN_NAME
        if function := native(top.name) if alone else recognise(cone):
            found = cone, parts, function
            if function not in _LAST_STEPS:
                break
    return found and _made(top, used, *found)


def _comparisons(cone):
    """What is left to name a function by that is written as x·(x > 0)."""
    return [node for node in cone.inner if node.name in operations.COMPARISONS and node is not cone.top]


def _goes_on(node, cone):
    """Whether an activation inside a cone is also used outside it: then it stands for itself, as before an LRN."""
    inside = {id(each) for each in cone.inner}
    return node is not cone.top and any(id(user) not in inside and (user.users or user.name != "overwritten")
                                        for user in node.users)


def _made(top, used, cone, parts, function):
    used.update(id(node) for node in cone.inner if node is not top)
    own = len(cone.inner) > 1 and function in _OWN
    names = (function,) if own else tuple(node.label for node in parts)
    return Finding(top, names, function, elements=top.numel, inner=cone.inner)


_GUARDS = {"add", "clamp", "clamp_min"}  # against division by zero
_OWN_NAME = {"celu", "prelu", "rrelu", "mish", "silu"}  # equal to another function at some parameters, or random
_LAST_STEPS = {"exponential", "relu_n"}  # perhaps of something else: clamp(x/6 + 1/2, 0, 1) is a hard sigmoid
_OWN = {"softsign", "tanhshrink"}  # torch composes these two itself
_PARTS = operations.ACTIVATIONS | operations.ELEMENTARY | operations.CLAMPS | operations.SHAPING


def guards(bounds):
    """Whether these are limits against division by zero or overflow, or of coordinates at the edge of an image."""
    return any(0 < abs(bound) < 0.01 or abs(bound) > 100 for bound in bounds)


def _counts(cone, parts, bare):
    """Whether this is an activation function rather than preparation of the input or of a table of positions."""
    if all(node.name in operations.CLAMPS for node in parts) and guards(cone.numbers):
        return False
    named = any(node.name in operations.ACTIVATIONS for node in parts)
    return named or cone.top.kind == SIGNAL or bare and cone.top.kind == GIVEN
