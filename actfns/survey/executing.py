"""Executing rows of the table: what a library's model really runs, with the versions it was found in."""

import warnings

import torch

from actfns.survey.backbones import backbones
from actfns.survey.building import build
from actfns.survey.libraries import versions
from actfns.survey.observing import observe


def grid(rows=None):
    """The cells of the record "backbones": dicts ``row`` and ``model``, for the rows with these ids or all.

    Raises `KeyError` for an unknown row.
    """
    chosen = backbones() if not rows else [backbones(row) for row in rows]
    return [{"row": row.id, "model": model["model"]} for row in chosen for model in row.models]


def execute(row, model):
    """Run one model of one row once: a dict of what was found.

    ``counts`` (operation → executions), ``roles`` and ``elements`` (role → function → executions, and the numbers they
    made), ``parameters``, ``device``, ``modules`` (how many activation modules of torch.nn the model holds) and
    ``never_called`` (how many of these did not run), ``cannot_see`` and ``versions``.
    Raises `KeyError` for a model the row has not, what building it raises, `ImportError` where its library is missing.
    """
    recipe = next((each for each in backbones(row).models if each["model"] == model), None)
    if recipe is None:
        raise KeyError(f"the row {row} has no model {model!r}; it has "
                       f"{', '.join(each['model'] for each in backbones(row).models) or 'none'}")
    try:
        seen, modules = _observed(recipe, "meta")
    except (ValueError, NotImplementedError):  # it must compute with numbers
        seen, modules = _observed(recipe, "cpu")
    return {"counts": dict(seen.counts), "roles": _by_role(seen, "calls"), "elements": _by_role(seen, "elements"),
            "parameters": seen.parameters, "device": seen.device, "modules": modules,
            "never_called": len(seen.never_called),
            "cannot_see": seen.cannot_see, "versions": versions(model.partition(":")[0])}


def _observed(recipe, device):
    with warnings.catch_warnings(), torch.random.fork_rng(devices=[]):
        warnings.simplefilter("ignore")  # what libraries have to say about their own code
        torch.manual_seed(0)  # the course of a few depends on their random weights
        module, inputs, keywords = build(recipe["model"], recipe.get("options"), recipe.get("inputs"), device)
        return observe(module, *inputs, **keywords), sum(map(_is_activation, module.modules()))


def _is_activation(module):
    kept = type(module).__module__ == "torch.nn.modules.activation"
    return kept and not isinstance(module, torch.nn.MultiheadAttention)


def _by_role(seen, what):
    found = {}
    for row in seen.rows:
        functions, name = found.setdefault(row.role, {}), row.function or row.operation
        functions[name] = functions.get(name, 0) + getattr(row, what)
    return found
