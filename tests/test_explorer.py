"""The explorer: programs and averages, run by node, agree with actfns; data are small and whole in both languages."""

import doctest
import gzip
import json
import math
import subprocess
from functools import cache

import numpy as np
import pytest

from actfns import catalog
from actfns.lab import meanfield
from book.ext import explorer
from book.ext.explorer import data, tracing, words
from book.ext.maths import node_binary
from book.ext.pages import LANGUAGES, ROOT

FOLDER = ROOT / "book/static/explorer"
FUNCTIONS = data.functions()
ALL_IN = 150_000  # bytes, compressed: everything the page adds
TOLERANCE = 1e-12  # relative: where C and JavaScript round elementary functions differently
X = np.concatenate([np.linspace(-12, 12, 241), [-300.0, -40.3, 0.0, 1e-9, -1e-9, 37.7, 250.0]])


programs = cache(data.script)


def node(script, argument=None):
    """What a script with the explorer's programs and mathematics returns, as JSON; not-a-number comes back as null."""
    source = programs() + (FOLDER / "maths.js").read_text("utf8").replace('"use strict";', "")
    source += f"\nconst given = {json.dumps(argument)};\nconsole.log(JSON.stringify((() => {{ {script} }})()));"
    command = [node_binary(), "-"]
    done = subprocess.run(command, input=source, capture_output=True, text=True, encoding="utf8", timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout)


def moved(function):
    """Parameter values that are not the defaults, where there are parameters."""
    values = {}
    for name, parameter in function.params.items():
        low, high = data.span(parameter)
        near = float(parameter.default) + 0.11 * (high - low) / 2
        values[name] = round(min(near, high), 3)
    return values


CASES = [(function, {}) for function in FUNCTIONS] + [(f, moved(f)) for f in FUNCTIONS if f.params]


@pytest.fixture(scope="module")
def computed():
    """(values, slopes) on X for every case, by node."""
    asked = [[function.id, list((function.defaults | params).values())] for function, params in CASES]
    script = """return given.cases.map(([id, values]) => explorerPrograms[id].map((program) =>
        given.x.map((x) => { const y = Number(program(x, ...values));
            return Number.isFinite(y) ? y : String(y); })));"""
    return node(script, {"cases": asked, "x": X.tolist()})


@pytest.mark.parametrize("module", [data, tracing], ids=lambda module: module.__name__)
def test_examples_in_docstrings(module):
    done = doctest.testmod(module)
    assert done.failed == 0 and done.attempted >= 2


def test_every_function_of_one_number_is_there():
    assert [f.id for f in FUNCTIONS] == [name for name, a in catalog.items() if a.arity == "pointwise"]
    assert len(FUNCTIONS) > 60


@pytest.mark.parametrize("case", range(len(CASES)), ids=[f"{f.id}{'+' if params else ''}" for f, params in CASES])
def test_programs_compute_what_the_catalogue_computes(computed, case):
    function, params = CASES[case]
    for theirs, formula in zip(computed[case], (function, function.derivative)):
        ours = formula(X, **params)
        theirs = np.array([float(value) for value in theirs])
        np.testing.assert_array_equal(np.isfinite(theirs), np.isfinite(ours))
        known = np.isfinite(ours)
        wide = np.finfo(float).tiny / TOLERANCE + TOLERANCE * _scale(function, ours[known])
        assert (abs(theirs[known] - ours[known]) <= TOLERANCE * abs(ours[known]) + wide).all()


def _scale(function, values):
    """Functions written as 1 − erf lose digits in their tail; all others are compared to their own size."""
    return 1.0 if "erf" in data.program(function._function, list(function.params)) else 0.0


def test_error_function_has_all_digits():
    x = np.linspace(-6, 26, 400)
    from scipy.special import erf, erfc

    theirs = np.array(node("return [given.map(erf), given.map(erfc)];", x.tolist()))
    np.testing.assert_allclose(theirs[0], erf(x), rtol=1e-14, atol=1e-16)
    np.testing.assert_allclose(theirs[1], erfc(x), rtol=2e-12)


SMOOTH = ["mish", "tanh", "silu", "gelu", "softplus", "sine", "gaussian"]


@pytest.mark.parametrize("id", [*SMOOTH, "relu", "selu", "leaky_relu", "elu", "hardtanh", "hardshrink"])
@pytest.mark.parametrize("q", [0.04, 1.0, 9.0])
def test_averages_are_those_of_the_mean_field(id, q):
    script = "return explorerMaths.averages(explorerMaths.curvesOf(given.id, given.values), given.q);"
    found = node(script, {"id": id, "values": list(catalog[id].defaults.values()), "q": q})
    tolerance = 1e-9 if id in SMOOTH else 0.01  # a kink or a jump between two nodes
    assert found["second"] == pytest.approx(float(meanfield.variance_map(id, q)), rel=tolerance)
    assert found["slope"] == pytest.approx(float(meanfield.chi(id, q)), rel=tolerance)


def signals(id, **how):
    script = "return explorerMaths.signals(explorerMaths.curvesOf(given.id, given.values), given);"
    return node(script, {"id": id, "values": list(catalog[id].defaults.values()), **how})


def test_layers_follow_the_variance_map():
    rows = signals("tanh", gain=1.7, q=2.0, layers=12)
    q, factors = 2.0, []
    for row in rows:
        assert row["mean"] == pytest.approx(0, abs=1e-12)
        assert 1.7**2 * row["variance"] == pytest.approx(float(meanfield.variance_map("tanh", q, 1.7**2)), rel=1e-9)
        factors.append(float(meanfield.chi("tanh", q, 1.7**2)))
        q = float(meanfield.variance_map("tanh", q, 1.7**2))
    expected = [math.prod(factors[layer + 1 :]) for layer in range(12)]
    np.testing.assert_allclose([row["signal"] for row in rows], expected, rtol=1e-8)


@pytest.mark.parametrize("q", [0.1, 1.0, 10.0])
def test_selu_settles_at_mean_0_and_variance_1(q):
    last = signals("selu", gain=1.0, q=q, layers=100)[-1]
    assert last["mean"] == pytest.approx(0, abs=2e-3) and last["variance"] == pytest.approx(1, abs=5e-3)


def test_sigmoid_vanishes_and_a_large_gain_explodes():
    assert signals("sigmoid", gain=1.0, q=1.0, layers=30)[0]["signal"] < 1e-20
    assert signals("relu", gain=2.5, q=1.0, layers=30)[0]["signal"] > 1e10


def test_second_derivative_is_the_slope_of_the_slope_and_a_gap_at_kinks():
    script = "return given.map((x) => explorerMaths.curvesOf('tanh', []).d2(x));"
    x = np.linspace(-3, 3, 50)
    np.testing.assert_allclose(node(script, x.tolist()), -2 * np.tanh(x) / np.cosh(x) ** 2, atol=1e-6)
    assert node("return [0, 0.5].map(explorerMaths.curvesOf('relu', []).d2);") == [None, 0]


def test_what_cannot_be_written_down_is_refused():
    with pytest.raises(TypeError, match="branches on a value"):
        tracing.program(lambda x: x if x > 0 else 0 * x, [])


def test_equal_lines_are_written_once():
    assert tracing.program(lambda x: (x + 1) * (x + 1), []) == "const t0=x+1,t1=t0*t0;return t1"


@pytest.mark.parametrize("language", list(LANGUAGES))
def test_facts_are_whole(language):
    found = data.facts(language)
    assert found["words"].keys() == words.WORDS["en"].keys()
    scripts = "".join(path.read_text("utf8") for path in FOLDER.glob("*.js"))
    assert all(f"words.{key}" in scripts for key in found["words"] if key != "without"), "nothing is said in vain"
    assert set(found["functions"]) == {function.id for function in FUNCTIONS}
    labels = {tuple(label for label, _ in known["sheet"]) for known in found["functions"].values()}
    assert len(labels) == 1, "sheets stand side by side"
    for function in FUNCTIONS:
        known = found["functions"][function.id]
        assert "$" not in known["name"] and function.name_ko.lower() in known["search"]
        for (name, symbol, default, low, high, step), parameter in zip(known["params"], function.params.values()):
            assert name == parameter.name and symbol.isprintable() and "\\" not in symbol
            assert low <= default <= high and step < (high - low) / 20
            parameter.check(low, function.id), parameter.check(high, function.id)


def test_all_in_is_small():
    scripts = [FOLDER / f"{name}.js" for name in explorer.SCRIPTS] + [FOLDER / "explorer.css"]
    texts = [path.read_bytes() for path in scripts] + [data.script().encode(), data.facts_script("ko").encode()]
    total = sum(len(gzip.compress(text)) for text in texts)
    assert total < ALL_IN / 3, total
    assert {path.stem for path in FOLDER.glob("*.js")} == set(explorer.SCRIPTS)
