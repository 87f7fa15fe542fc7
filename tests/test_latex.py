"""The LaTeX that readers see says what the code computes: every member of every formula is evaluated and compared."""
import re

import numpy as np
import pytest
from grids import OFF_KINKS, cases, full, kinks
from latex import Formula, FormulaError, Undefined, tokenise
from oracle import POINTWISE, mp, mpf_params

from actfns import catalog

CASES, NAMES = cases()
each_case = pytest.mark.parametrize(("name", "params"), CASES, ids=NAMES)
X = np.concatenate([np.linspace(-7, 7, 57), OFF_KINKS, [-90.0, 1e-6, -1e-6, 80.0]])
TOLERANCE = mp.mpf("1e-16")  # SELU shows its constants with 17 digits
NOISE = mp.mpf("1e-70")  # textbook formulas cancel in the tails even with 80 digits
KEYS = ["formula", "derivative_formula"]


def symbols(activation):
    return {parameter.symbol: name for name, parameter in activation.params.items() if parameter.symbol}


def read(name, params, key, text=None):
    """The displayed formula; in that of the slope, f is the function itself."""
    activation = catalog[name]
    functions = {}
    if key == "derivative_formula":
        functions = {("f",): Formula(activation.formula, symbols(activation)).function(**full(name, params))}
    return Formula(text or getattr(activation, key), symbols(activation), functions=functions)


def points(name, params):
    return np.unique(np.concatenate([X, kinks(name, params)]))


def compare(name, params, key, formula):
    """Compares with the oracle at every point; returns the points where the formula has no value."""
    oracle = POINTWISE[name].value if key == "formula" else POINTWISE[name].slope
    values, missing = full(name, params), []
    for x in points(name, params).tolist():
        exact = oracle(mp.mpf(x), **mpf_params(values))
        try:
            members = formula.values(x=x, **values)
        except Undefined:
            missing.append(x)
            continue
        for number, member in enumerate(members):
            assert abs(member - exact) <= TOLERANCE * abs(exact) + NOISE, f"member {number} at x={x!r}"
    return missing


@pytest.mark.parametrize("key", KEYS)
@each_case
def test_formula_agrees_with_the_oracle(name, params, key):
    missing = compare(name, params, key, read(name, params, key))
    assert set(missing) <= (set() if key == "formula" else set(kinks(name, params)))


@pytest.mark.parametrize("key", KEYS)
@each_case
def test_formula_agrees_with_the_code(name, params, key):
    formula = read(name, params, key)
    code = catalog[name] if key == "formula" else catalog[name].derivative
    x = np.setdiff1d(points(name, params), kinks(name, params))
    shown = np.array([[float(v) for v in formula.values(x=point, **full(name, params))] for point in x.tolist()])
    np.testing.assert_allclose(np.broadcast_to(code(x, **params)[:, None], shown.shape), shown, rtol=1e-12, atol=1e-15)


# --------------------------------------------------------------------------------------------- the tester is tested
SWAPS = [(r"\+", "-"), (r"(?<![{(\[&,=])-", "+"), (">", "<"), ("<", ">"), (r"\\ge(?![a-z])", r"\\le"),
         (r"\\le(?![a-z])", r"\\ge"), (r"\\max", r"\\min"), (r"\\min", r"\\max"), (r"\\tanh", r"\\arctan"),
         (r"\\arctan", r"\\tanh"), (r"\\ln", r"\\exp"), (r"\\sigma\(", r"\\tanh("), (r"\\Phi", r"\\sigma"),
         (r"\\varphi", r"\\sigma"), (r"e\^", "2^"), ("sech", "tanh"), ("erf", "tanh"), ("softplus", "ReLU")]


def mutants(text):
    """Copies of a formula with one character or function changed."""
    for match in re.finditer(r"\d", text):
        yield text[:match.start()] + str((int(match[0]) + 1) % 10) + text[match.end():]
    for pattern, replacement in SWAPS:
        for match in re.finditer(pattern, text):
            yield text[:match.start()] + match.expand(replacement) + text[match.end():]


# Changes that change nothing: for x < 0 the hard sigmoid is below 1/2, whatever its upper cap; the 17th digit.
HARMLESS = {"hard_elish": [r"(e^{x}-1)\max(0,\min(2,"], "selu": ["1.6732632423543773", "1.0507009873554806"]}


def unnoticed(name, key):
    for text in mutants(getattr(catalog[name], key)):
        if not any(fragment in text for fragment in HARMLESS.get(name, [])):
            if all(accepted(name, params, key, text) for params in ({}, *POINTWISE[name].others)):
                yield text


def accepted(name, params, key, text):
    try:
        return set(compare(name, params, key, read(name, params, key, text))) <= set(kinks(name, params))
    except (AssertionError, FormulaError, Undefined):
        return False


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("name", POINTWISE)
def test_every_changed_formula_is_noticed(name, key):
    assert list(unnoticed(name, key)) == []


@pytest.mark.parametrize(("text", "why"), [
    (r"f(x)=\tanh 2x", "ambiguous"), (r"f(x)=1/2x", "ambiguous"), (r"f(x)=\gamma x", "unknown"),
    (r"f(x)=(x", "never closed"), (r"f(x)=x\quad y", "not a statement"), (r"f(x)=", "missing"), (r"f(x)", "nothing"),
    (r"f(x)=\begin{cases}x,&x\ge0\\-x,&x\ge0\end{cases}", "apply and differ"),
    (r"f(x)=x\quad \pi\approx3.15", "rounding"), (r"f(x)=x\quad x<0", "constraint"),
    (r"f(x)=x+u\quad u=x=2x", "contradicts"),
])
def test_unclear_or_wrong_text_is_refused(text, why):
    with pytest.raises(FormulaError, match=why):
        Formula(text).values(x=1.0)


def test_what_the_evaluator_reads():
    formula = Formula(r"f(x)=\frac12x^2|x|\ (x>0),\quad -x/\alpha\ (x\le 0)", {r"\alpha": "alpha"})
    assert [formula.values(x=x, alpha=4) for x in (2, -2)] == [[4], [mp.mpf(1) / 2]]
    assert tokenise(r"t^{l}") == tokenise("t^l")
    assert Formula(r"f(z)_i=\sum_j z_j-z_i", vectors="z").values(z=[1, 2, 4], i=1) == [5]
