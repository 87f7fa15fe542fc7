"""Which of a chapter's code cells a solution needs: those that make the names it uses, and what they use in turn."""

import ast
import builtins


def needed(codes, solution):
    """Indices of the cells among `codes` that make what the solution uses, and what those use in turn."""
    wanted, kept = flow("\n".join(code for code, _ in solution))[0], []
    for k in reversed(range(len(codes))):
        used, bound, changed = flow(codes[k])
        if wanted & (bound | changed):
            kept.append(k)
            wanted = (wanted - bound) | used | (wanted & changed)
    return sorted(kept)


def flow(code):
    """Names that a piece of code needs from before, those that it binds, and those whose object it changes."""
    used, bound, changed = set(), set(), set()
    for statement in ast.parse(code).body:
        nodes = list(ast.walk(statement))
        local = set().union(*map(_local, nodes))
        loops = {name.id for node in nodes if isinstance(node, ast.For | ast.With) for name in _stored_in(node)}
        loaded = {name.id for name in _names(statement) if isinstance(name.ctx, ast.Load)}
        used |= loaded - local - loops - bound - set(dir(builtins))
        bound |= set().union(*map(_binds, nodes)) - local
        changed |= set().union(*map(_changes, nodes))
    return used, bound, changed


def _names(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.Name)]


def _stored_in(tree):
    return [name for name in _names(tree) if isinstance(name.ctx, ast.Store)]


def _local(node):
    """Names that only a comprehension or a function knows."""
    if isinstance(node, ast.comprehension):
        return {name.id for name in _names(node.target)}
    if isinstance(node, ast.FunctionDef | ast.Lambda):
        body = node.body if isinstance(node.body, list) else []
        return {arg.arg for arg in ast.walk(node.args) if isinstance(arg, ast.arg)} | {
            name.id for each in body for name in _stored_in(each)
        }
    return set()


def _binds(node):
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    return {node.id} if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) else set()


def _changes(node):
    """By an item or an attribute, by a method that changes its object, or by drawing from a generator."""
    if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store):
        return {name.id for name in _names(node)[:1]}
    if isinstance(node, ast.AugAssign):
        return {name.id for name in _names(node.target)[:1]}
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
        owner = node.func.value.id
        return {owner} if owner == "rng" or node.func.attr in ("append", "extend", "update", "style") else set()
    return set()
