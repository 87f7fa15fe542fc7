"""Executing rows of the table: what a library's model really runs, with the versions it was found in."""

from actfns.survey.backbones import backbones
from actfns.survey.building import build
from actfns.survey.libraries import versions
from actfns.survey.observing import observe
from actfns.survey.roles import ROLES


def grid(rows=None):
    """The cells of the record "backbones": dicts ``row`` and ``model``, for the rows with these ids or all.

    Raises `KeyError` for an unknown row.
    """
    chosen = backbones() if not rows else [backbones(row) for row in rows]
    return [{"row": row.id, "model": model["model"]} for row in chosen for model in row.models]


def execute(row, model):
    """Run one model of one row once: a dict of what was found.

    ``counts`` (operation → executions), ``roles`` (role → function → executions), ``parameters``, ``cannot_see``,
    ``device`` and ``versions``. Raises what building the model raises, `ImportError` where its library is missing.
    """
    recipe = next(each for each in backbones(row).models if each["model"] == model)
    try:
        seen = _observed(recipe, "meta")
    except (ValueError, NotImplementedError):  # it must compute with numbers
        seen = _observed(recipe, "cpu")
    roles = {role: dict(seen.role(role)) for role in ROLES if seen.role(role)}
    return {"counts": dict(seen.counts), "roles": roles, "parameters": seen.parameters, "device": seen.device,
            "cannot_see": seen.cannot_see, "versions": versions(model.partition(":")[0])}


def _observed(recipe, device):
    module, inputs, keywords = build(recipe["model"], recipe.get("options"), recipe.get("inputs"), device)
    return observe(module, *inputs, **keywords)
