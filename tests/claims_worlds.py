"""Worlds in which what the checks measure is inverted; a verdict that stands in them all was never measured."""

import dataclasses
import inspect
import sys
from contextlib import contextmanager

import actfns
from actfns import lab


def _losers_win(train):
    def inverted(*args, **settings):
        run = train(*args, **settings)
        changed = {name: 1 - getattr(run, name) for name in ("test_accuracy", "train_accuracy")}
        changed |= {name: 1 / (1e-3 + getattr(run, name)) for name in ("test_loss", "train_loss")}
        return dataclasses.replace(run, **changed)

    return inverted


def _signals_turned(propagate):
    def inverted(*args, **settings):
        p = propagate(*args, **settings)
        turned = {name: 1 / (1e-300 + getattr(p, name)) for name in ("back_second_moment", "var", "pre_var")}
        return dataclasses.replace(p, **turned)

    return inverted


def _signs_mixed(one_signed):
    return lambda *args: 1 - one_signed(*args)


def _biases_lost(fold):
    def inverted(params):
        weight, bias = fold(params)
        return weight, 0 * bias

    return inverted


LAB = {"train": _losers_win, "propagate": _signals_turned, "one_signed": _signs_mixed, "fold": _biases_lost}


@contextmanager
def inverted(name):
    """The world in which ``lab.<name>`` finds the opposite."""
    real = getattr(lab, name)
    with _forgotten():
        setattr(lab, name, LAB[name](real))
        try:
            yield
        finally:
            setattr(lab, name, real)


@contextmanager
def swapped(first, second):
    """The world in which two functions of the catalogue have each other's values and slopes."""
    one, two = actfns.catalog[first], actfns.catalog[second]
    names = ("_function", "_derivative")
    before = {name: (getattr(one, name), getattr(two, name)) for name in names}
    with _forgotten():
        for name, (a, b) in before.items():
            setattr(one, name, b), setattr(two, name, a)
        try:
            yield
        finally:
            for name, (a, b) in before.items():
                setattr(one, name, a), setattr(two, name, b)


@contextmanager
def _forgotten():
    """Whatever the checks remember from before is forgotten, here and afterwards."""
    _forget()
    try:
        yield
    finally:
        _forget()


def _forget():
    for name, module in list(sys.modules.items()):
        if name.startswith(("actfns.claims.checks", "actfns.measure", "actfns._measure")):
            for _, thing in inspect.getmembers(module, lambda thing: hasattr(thing, "cache_clear")):
                thing.cache_clear()
