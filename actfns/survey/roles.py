"""Which part a function plays, read off the graph: where its result goes.

* gate: its result multiplies another tensor. Of two functions that are multiplied the gate is the smaller tensor, else
  the one between 0 and 1, else the one that is not just a limit (hardtanh), else both.
* attention: its result enters a matrix product with another tensor that depends on the input.
* output: its result is the model's output, moved or scaled perhaps, and nothing else is computed from it.
* hidden: everything else.
"""

from actfns.survey import operations
from actfns.survey.graph import GIVEN

ROLES = ("hidden", "gate", "attention", "output")
_RANKS = dict.fromkeys(("sigmoid", "hard_sigmoid", "softmax", "sparse_sigmoid"), 0) | {"hardtanh": 2}  # 1: the others
_FAR = 400  # nodes looked at for one role
_FIRST_STATES = {"zeros", "zeros_like", "new_zeros"}
_SCALING = {"mul", "div", "add", "sub", "rsub", "addcmul"}


def set_roles(findings, outputs):
    """Give every finding without a role its role; ``outputs`` are the nodes of the model's results."""
    made = {id(finding.top): finding for finding in findings}
    ends = {id(node) for node in outputs}
    for finding in findings:
        if finding.role is None:
            finding.role = "gate" if finding.function == "glu" else _role(finding, made, ends)


def _role(finding, made, ends):
    seen, waiting, met = set(), [finding.top], set()
    while waiting and len(seen) < _FAR:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        if id(node) in ends:
            met.add("output")
        for user in node.users:
            effect = _effect(node, user, made)
            if effect == "passes":
                waiting.append(user)
            else:
                met.add(effect)
    return _decided(finding, met)


def _decided(finding, met):
    order = ("attention", "gate") if finding.function == "softmax" else ("gate", "attention")
    for role in order:
        if role in met:
            return role
    return "output" if met == {"output"} else "hidden"


def _effect(node, user, made):
    """What becomes of a node's value in the operation that uses it."""
    others = [each for each in user.sources if each is not node]
    if user.name in operations.PRODUCTS and others:
        both = all(each.kind >= GIVEN for each in user.sources[-2:])
        return "attention" if both and any(node is each for each in user.sources[-2:]) else "weight"
    if id(user) in made:
        return "function"
    if user.name in operations.MOVES:
        return "passes"
    if user.name not in _SCALING:
        return "other"
    rival = next((each for each in others if each.kind >= GIVEN or _first_state(each)), None)
    if rival is None or user.name == "div" and user.sources[0] is node:
        return "passes" if others or len(user.sources) == 1 else "other"
    if user.name != "mul":
        return "other"
    return "gate" if _gates(node, rival, made) else "passes"


def _first_state(node):
    """Whether this is the state of zeros that a recurrent cell gates in its first step."""
    while node.name in operations.MOVES and node.sources:
        node = node.sources[0]
    return node.name in _FIRST_STATES


def _gates(node, rival, made):
    """Whether of two factors this is the gate."""
    mine, theirs = _origin(node, made), _origin(rival, made)
    if theirs == "normaliser" or node.numel > rival.numel:
        return False
    if theirs is None or node.numel < rival.numel:
        return True
    rank, other = (1 if each is None else _RANKS.get(each.function, 1) for each in (mine, theirs))
    return rank <= other


def _origin(node, made):
    """The finding, or "normaliser", that a node's value comes from by moving and scaling; None if there is none."""
    for _ in range(30):
        if id(node) in made:
            return made[id(node)]
        if node.name in operations.NORMALISERS or node.name == "pow":
            return "normaliser"
        signals = [each for each in node.sources if each.kind >= GIVEN]
        if not signals or node.name not in operations.MOVES | _SCALING or (
                node.name in _SCALING and len(signals) > 1):
            return None
        node = signals[0]
    return None
