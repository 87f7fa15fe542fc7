"""The catalogue: which functions there are, what is said about each, finding one, adding one."""
import os
import re
import subprocess
import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from latex import Formula
from oracle import POINTWISE, mp, normal_density
from oracle_vectors import VECTORS

import actfns
from actfns import Parameter, activation, catalog, measure, ops, plots
from actfns.citations import bibliography
from book.ext.cards import card, index, sources

IDS = """
    binary_step identity sigmoid hard_sigmoid silu dsilu tanh hardtanh softmax softplus softsign relu leaky_relu prelu
    rrelu srelu relu6 elu pelu selu maxout swish hard_swish elish hard_elish mish mish_variant_atan_softplus
    mish_variant_tanh_softplus mish_variant_x_log_atanexp mish_variant_x_log_tanhexp gelu gelu_tanh celu logsigmoid
    threshold hardshrink softshrink tanhshrink squareplus sparse_plus sparse_sigmoid exponential softmin log_softmax
    sparsemax gumbel_softmax glu quick_gelu squared_relu star_relu xielu dyt derf tanh_softcap sine snake sqrt_softplus
    reglu geglu swiglu swiglu_clamped gtu polynorm acon_c tanhexp logish smish phish lisht serf gaussian gcu relu_n
    elliott isru isrlu sqnl lecun_tanh arctan hard_mish apl pau entmax15 crelu bipolar_relu""".split()
FACTS = {"family": "relu", "name": "x", "name_ko": "x", "formula": "f(x)=x", "derivative_formula": "f'(x)=1"}
each = pytest.mark.parametrize("name", IDS)


def test_the_85_functions_are_there():
    assert len(IDS) == 85 and sorted(catalog) == sorted(IDS) and len(catalog) == 85
    assert sorted([*POINTWISE, *VECTORS]) == sorted(IDS), "every function has a slow twin in the tests"


# --------------------------------------------------------------------------------------------------------------- facts
@each
def test_facts_are_complete(name):
    a = catalog[name]
    assert a.id == name and a.name and a.family and a.year
    assert a.arity == ("pointwise" if name in POINTWISE else "vector")
    assert a.formula.count("{") == a.formula.count("}") and "=" in a.formula
    assert "=" in a.derivative_formula
    assert all(isinstance(parameter, Parameter) and key == parameter.name for key, parameter in a.params.items())
    assert all(parameter.symbol or parameter.option for parameter in a.params.values())


@each
def test_korean_name(name):
    """Korean letters, or a name that Korean text uses as it is, such as ReLU6."""
    a = catalog[name]
    assert re.search("[가-힣]", a.name_ko) or a.name_ko in a.name


def test_names_are_unique():
    for fact in ("name", "name_ko", "formula"):
        values = [getattr(a, fact) for a in catalog.values()]
        assert len(set(values)) == len(values), fact


@each
def test_citation(name):
    citation = catalog[name].citation
    assert citation is bibliography()[citation.key]
    assert citation.authors and citation.title and citation.venue and 1940 < citation.year < 2030
    assert citation.year == catalog[name].year
    assert re.fullmatch(rf"[a-z]+{citation.year}[a-z]*|transformers_dsv4", citation.key)


@each
def test_docstring(name):
    a = catalog[name]
    text = a.__doc__
    assert text.splitlines()[0].endswith(".") or len(text.splitlines()) > 1
    for shown in (a.formula, a.derivative_formula, a.citation_key, *a.params):
        assert shown in text
    assert re.search(rf">>> from actfns import .*\b{name}\b", text) or f'catalog["{name}"]' in text, "an example"
    assert a.convention in text


@each
def test_parameters_match_the_signature(name):
    a = catalog[name]
    x = np.linspace(-1, 1, 6)
    given = {"noise": np.zeros(6)} if name == "gumbel_softmax" else {}
    np.testing.assert_array_equal(a(x, **{**a.defaults, **given}), a(x, **given))
    np.testing.assert_array_equal(a.derivative(x, **{**a.defaults, **given}), a.derivative(x, **given))


# ------------------------------------------------------------------------------------------------------------- finding
@each
def test_found_under_every_name(name):
    a = catalog[name]
    for known in (name, *a.aliases, name.upper(), name.replace("_", "-"), name.replace("_", " ")):
        assert catalog[known] is a and known in catalog
    assert getattr(actfns, name) is a
    assert name in dir(actfns) and name in repr(a) and name in repr(catalog)


def test_aliases_belong_to_one_function():
    names = [re.sub(r"[\s_-]+", "_", name.lower()) for a in catalog.values() for name in {a.id, *a.aliases}]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize(("wrong", "meant"), [
    ("wish", "swish"), ("mishh", "mish"), ("leaky relu 2", "leaky_relu"), ("soft plus", "softplus"),
    ("sofmax", "softmax"), ("Gelu-tan", "gelu_tanh")])
def test_unknown_name_suggests(wrong, meant):
    with pytest.raises(KeyError, match=rf"no activation function is called '{wrong}'.*\b{meant}\b"):
        catalog[wrong]
    assert wrong not in catalog and catalog.get(wrong) is None


def test_unknown_name_without_neighbours():
    with pytest.raises(KeyError, match="list"):
        catalog["qqqqq"]
    for name in (None, 3, ("mish",)):
        with pytest.raises(KeyError):
            catalog[name]
    with pytest.raises(AttributeError, match="'wish'"):
        actfns.wish  # noqa: B018


def test_catalogue_is_a_mapping():
    assert list(catalog) == list(catalog.keys()) and dict(catalog)["mish"] is catalog["mish"]
    assert [a.id for a in catalog.values()] == list(catalog)
    with pytest.raises(TypeError):
        catalog["new"] = catalog["mish"]


# -------------------------------------------------------------------------------------------------------------- adding
@pytest.fixture(autouse=True)
def unchanged():
    """What a test enters and leaves behind is taken out."""
    yield
    for name in set(catalog) - set(IDS):
        catalog.remove(name)


@pytest.fixture
def bent():
    """A function of a stranger, entered for the length of a test."""

    @activation(family="softplus", name="Bent identity", name_ko="굽은 항등 함수", aliases=["bent"],
                formula=r"f(x)=c\,\frac{\sqrt{x^2+1}-1}{2}+x", derivative_formula=r"f'(x)=\frac{c\,x}{2\sqrt{x^2+1}}+1",
                params=[Parameter("c", 1.0, "c", "> 0", learnable=True)], cite="barron2021")
    def bent_identity(x, c=1.0):
        """Bent identity: a hyperbola.

        >>> from actfns import bent_identity
        """
        return c * (ops.hypot(x, 1.0) - 1) / 2 + x

    @bent_identity.derivative_of
    def _(x, c):
        return c * x / ops.hypot(x, 1.0) / 2 + 1

    return bent_identity


def test_an_added_function_is_a_full_member(bent):
    """Catalogue, names, docstring, both backends, gradients, module and LaTeX, from one decorated function."""
    assert catalog["Bent"] is bent is actfns.bent_identity and len(catalog) == 86
    test_facts = (bent.formula, bent.derivative_formula, "barron2021", "c: default 1.0")
    assert all(fact in bent.__doc__ for fact in test_facts)
    x = np.linspace(-3, 3, 13)
    np.testing.assert_allclose(bent(x, c=2.0), np.sqrt(x * x + 1) - 1 + x, rtol=1e-14)
    tensor = torch.tensor(x, requires_grad=True)
    assert torch.autograd.gradcheck(bent, tensor)
    (gradient,) = torch.autograd.grad(bent(tensor).sum(), tensor)
    np.testing.assert_allclose(gradient.numpy(), bent.derivative(x), rtol=1e-13)
    assert bent.module(channels=13)(tensor.reshape(1, 13).float()).shape == (1, 13)
    with pytest.raises(ValueError, match="bent_identity: c must be > 0"):
        bent(x, c=0.0)
    for key, function in (("formula", bent), ("derivative_formula", bent.derivative)):
        shown = [Formula(getattr(bent, key), {"c": "c"}).values(x=point, c=1)[0] for point in x.tolist()]
        np.testing.assert_allclose(function(x), np.array(shown, dtype=float), rtol=1e-13)


def test_an_added_function_is_measured_and_drawn(bent):
    """Property sheet, property table, curves and colour know it without being told."""
    sheet = measure("bent identity")
    assert (sheet.name, sheet.monotonic, sheet.parity) == ("Bent identity", "increasing", "neither")
    table = plots.property_table([*catalog["relu"].aliases[:1], "bent"], ["monotonic", "continuity"])
    assert table.cells["Bent identity", "continuity"] == r"$C^{\infty}$" and ("ReLU", "monotonic") in table.cells
    drawn = plots.curves("bent", ("bent", {"c": 3.0}))
    assert drawn is not None and plots.colour("bent") == plots.colour(bent)
    assert plots.colour("bent") not in {plots.colour(name) for name in catalog if catalog[name].family != "softplus"}
    plt.close("all")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_an_added_function_has_a_card_and_stands_in_the_index(bent, language):
    """It is on the page of its family, in the filterable index under all its names, and in the family tree."""
    assert "\n```{function-card} bent_identity\n" in sources.page("softplus", language)
    for part in (bent.formula, bent.derivative_formula, "barron2021", "`c` (> 0, "):
        assert part in card.head_text(bent, language) + card.tail_text(bent, language)
    assert "fn-graph" in card.measurements(bent, language)
    rows = [row for row in index.table(language, str).split("<tr>") if "bent_identity" in row]
    address = f'href="chapters/{language}/functions/softplus#card-bent-identity"'
    assert len(rows) == 1 and all(text in rows[0] for text in (address, "Bent identity", "굽은 항등 함수", "C∞"))
    assert "bent_identity" in plots.family_tree(lang=language).boxes["softplus"]
    plt.close("all")


ADDITION = '''
from actfns import activation, ops

@activation(family="softplus", name="Bent identity", name_ko="굽은 항등 함수",
            formula=r"f(x)=\\frac{\\sqrt{x^2+1}-1}{2}+x",
            derivative_formula=r"f'(x)=\\frac{x}{2\\sqrt{x^2+1}}+1", cite="barron2021")
def bent_identity(x):
    """Bent identity: a hyperbola.

    >>> from actfns import bent_identity
    >>> bent_identity(0.0), bent_identity.derivative(0.0)
    (0.0, 1.0)
    """
    return (ops.hypot(x, 1.0) - 1) / 2 + x

@bent_identity.derivative_of
def _(x):
    return x / ops.hypot(x, 1.0) / 2 + 1
'''


def test_an_added_function_is_tested_by_the_tests_that_are_there(tmp_path):
    """One decorated definition in one file, and the tests that go through the catalogue go through it, too."""
    (tmp_path / "addition.py").write_text(ADDITION, encoding="utf-8")
    here = Path(__file__).parent
    files = [str(here / name) for name in ("test_docstrings.py", "test_modules.py")]
    command = [sys.executable, "-m", "pytest", "-p", "addition", "-p", "no:cacheprovider", "-n", "0", "-q",
               "-k", "bent_identity", *files]
    path = os.pathsep.join([str(tmp_path), str(here.parent)])
    settings = os.environ | {"PYTHONPATH": path}
    run = subprocess.run(command, cwd=here.parent, env=settings, capture_output=True, text=True)
    counts = {word: int(number) for number, word in re.findall(r"(\d+) (passed|failed|error)", run.stdout)}
    assert run.returncode == 0 and set(counts) == {"passed"} and counts["passed"] >= 4, run.stdout[-2000:]


def test_removed_again(bent):
    catalog.remove("bent_identity")
    assert "bent_identity" not in catalog and "bent" not in catalog and len(catalog) == 85


def test_a_name_that_is_taken(bent):
    with pytest.raises(ValueError, match="already belongs to mish"):
        @activation(**FACTS, aliases=["Mish"], cite="misra2020")
        def other(x):
            return x
    assert "other" not in catalog


def test_parameters_that_are_not_declared():
    with pytest.raises(TypeError, match="other: the signature"):
        @activation(**FACTS, cite="misra2020")
        def other(x, slope=2.0):
            return slope * x


def test_a_citation_that_does_not_exist():
    with pytest.raises(ValueError, match="nobody1900.*references.bib"):
        @activation(**FACTS, cite="nobody1900")
        def other(x):
            return x
    assert "other" not in catalog


# ------------------------------------------------------------------------------------------------ constants, relations
def test_selu_constants_are_the_fixed_point():
    """Mean 0 and variance 1 in, mean 0 and variance 1 out (Klambauer et al. 2017)."""
    selu = POINTWISE["selu"].value

    def moment(power):
        return mp.quad(lambda x: selu(x) ** power * normal_density(x), [-12, 0, 12])

    assert abs(moment(1)) < 1e-20 and abs(moment(2) - 1) < 1e-20


@pytest.mark.parametrize(("one", "params", "other"), [
    ("silu", {}, ("swish", {})), ("relu", {}, ("leaky_relu", {"negative_slope": 0.0})), ("relu6", {}, ("hardtanh", {
        "min_val": 0.0, "max_val": 6.0})), ("sparse_sigmoid", {}, ("hard_sigmoid", {"slope": 0.5})),
    ("elu", {}, ("celu", {})), ("elu", {}, ("pelu", {})), ("relu", {}, ("threshold", {"theta": 0.0}))])
def test_relations(one, params, other):
    x = np.linspace(-9, 9, 1001)
    np.testing.assert_allclose(catalog[one](x, **params), catalog[other[0]](x, **other[1]), rtol=1e-14)


def test_slopes_that_are_functions():
    x = np.linspace(-30, 30, 1001)
    for name, slope in (("softplus", "sigmoid"), ("silu", "dsilu"), ("sparse_plus", "sparse_sigmoid"),
                        ("relu", None), ("exponential", "exponential")):
        want = catalog[slope](x) if slope else catalog["binary_step"](x, value_at_0=0.0)
        np.testing.assert_allclose(catalog[name].derivative(x), want, rtol=1e-14)


def test_mish_slope_at_zero_is_three_fifths():
    assert catalog["mish"].derivative(0.0) == 0.6


def test_a_function_without_its_derivative_says_so():
    @activation(**FACTS, cite="barron2021")
    def unfinished(x):
        return x
    try:
        with pytest.raises(TypeError, match="@unfinished.derivative_of"):
            unfinished.derivative(1.0)
    finally:
        catalog.remove("unfinished")
