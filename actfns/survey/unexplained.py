"""What changes a signal number by number and belongs to no function that was found: it is said, not passed over."""

import torch

from actfns.survey import operations
from actfns.survey.findings import guards
from actfns.survey.graph import SIGNAL

_LINEAR = operations.MOVES | {"add", "sub", "rsub", "addcmul", "addcdiv", "lerp", "div", "nan_to_num", "fill"}
_FAR = 200  # nodes looked at from one


def unexplained(run, findings):
    """Path → names of such operations, each once.

    Left aside is what belongs to a normalisation, that is, comes from a sum or another reduction or ends in one.
    """
    known = {id(node) for one in findings for node in (one.top, *one.inner)}
    ends, found = {id(node) for node in run.outputs}, {}
    for node in run.nodes:
        if id(node) not in known and _changes(node) and _arrives(node, ends) and not _from_reduction(node):
            found.setdefault(node.path, {})[_named(node)] = True
    return {path: list(names) for path, names in found.items()}


def _named(node):
    return next((each.label for each in node.sources if _compares(each)), node.label)


def _changes(node):
    """Whether an operation is not linear in a signal, number by number, or takes the largest of several numbers."""
    if node.func is None or not node.floating or node.kind != SIGNAL or node.name.endswith("backward"):
        return False
    signals = [each for each in node.sources if each.kind == SIGNAL]
    if node.name == "mul":
        return len(signals) == 2 and signals[0] is signals[1]
    if node.name in ("where", "masked_fill", "to_copy"):
        return any(_compares(each) for each in signals)
    if node.name in operations.CLAMPS and guards(_numbers(node)):
        return False
    number_by_number = torch.Tag.pointwise in getattr(node.func, "tags", ()) or node.name.startswith(_FAMILIES)
    largest = node.name in operations.LARGEST and not _taken_away(node)
    return bool(signals) and node.name not in _LINEAR and (number_by_number or largest)


def _numbers(node):
    constants = [source.value for source in node.sources if source.value is not None]
    return constants + [float(each) for each in (*node.args, *node.kwargs.values()) if type(each) in (int, float)]


def _taken_away(node):
    """Whether a largest value is only subtracted, as in a softmax written out."""
    users = [user for user in node.users if user.floating]
    return all(_taken_away(user) if user.name in operations.MOVES else
               user.name == "sub" and user.sources[0] is not node for user in users)


_FAMILIES = ("special_", "foreach_")


def _compares(node):
    return node.name in operations.COMPARISONS and any(
        each.floating and each.kind == SIGNAL and each.shape == node.shape for each in node.sources)


def _arrives(node, ends):
    """Whether the result goes on to anything but a reduction."""
    seen, waiting = set(), [node]
    while waiting and len(seen) < _FAR:
        each = waiting.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        onward = [user for user in each.users if user.floating and user.name not in operations.REDUCTIONS]
        if id(each) in ends or any(user.name not in _THROUGH for user in onward):
            return True
        waiting += onward
    return False


_THROUGH = operations.ELEMENTWISE | operations.MOVES


def _from_reduction(node):
    """Whether a value was a sum, a mean or a norm before it was moved, scaled and shaped."""
    for _ in range(30):
        signals = [each for each in node.sources if each.kind == SIGNAL and each.floating]
        if not signals:
            return False
        node = signals[0]
        if node.name in operations.REDUCTIONS:
            return True
        if node.name not in _THROUGH:
            return False
    return False
