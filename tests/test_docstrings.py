"""Every example in a docstring runs and prints what it says, and every public name has one."""

import doctest
import inspect
import pkgutil
from importlib import import_module

import pytest

import actfns

MODULES = [module.name for module in pkgutil.walk_packages(actfns.__path__, "actfns.")]


def run(examples, name):
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    for example in examples:
        runner.run(example)
    assert runner.failures == 0, f"{name}: {runner.failures} of {runner.tries} examples print something else"
    return runner.tries


@pytest.mark.parametrize("name", ["actfns", *MODULES])
def test_examples_of_module(name):
    run(doctest.DocTestFinder().find(import_module(name), name), name)


@pytest.mark.parametrize("id", actfns.catalog)
def test_examples_of_function(id):
    document = doctest.DocTestParser().get_doctest(actfns.catalog[id].__doc__, {}, id, None, None)
    assert run([document], id) >= 2, f"{id} has no example"


@pytest.mark.parametrize("name", ["actfns", *MODULES])
def test_public_names_are_documented(name):
    module = import_module(name)
    assert module.__doc__, f"{name} has no docstring"
    for label, thing in vars(module).items():
        if label.startswith("_") or getattr(thing, "__module__", None) != name:
            continue
        if inspect.isfunction(thing) or inspect.isclass(thing):
            assert inspect.getdoc(thing), f"{name}.{label} has no docstring"
