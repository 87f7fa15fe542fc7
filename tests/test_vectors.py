"""Functions of several inputs: softmax and its relatives, sparsemax, maxout, the GLU family, CReLU, PolyNorm."""
import functools

import numpy as np
import pytest
import torch
from latex import Formula
from oracle import mp
from oracle_vectors import GATED, VECTORS, entmax_threshold, jacobian, numbers, threshold

import actfns
from actfns import catalog

NOISE = np.array([0.3, -0.7, 1.9, 0.05, -0.4, 2.2])
OPTIONS = {
    "softmax": [{}, {"temperature": 0.3}, {"temperature": 7.0}], "maxout": [{}, {"k": 3}],
    "gumbel_softmax": [{"noise": NOISE}, {"noise": NOISE, "tau": 0.25}],
    "geglu": [{}, {"approximate": "tanh"}], "swiglu_clamped": [{}, {"alpha": 1.0, "limit": 0.75}],
    "polynorm": [{}, {"a1": 1.0, "a2": -0.5, "a3": 0.25, "a0": 0.125, "eps": 0.01},
                 {"kind": "relu"}, {"kind": "relu", "a1": 1.0, "a2": -0.5, "a3": 0.25, "a0": 0.125}],
}
CASES = [(name, options) for name in VECTORS for options in OPTIONS.get(name, [{}])]
NAMES = [name + "".join(f"-{key}={options[key]}" for key in options if key != "noise") for name, options in CASES]
each_case = pytest.mark.parametrize(("name", "options"), CASES, ids=NAMES)
each_backend = pytest.mark.parametrize("backend", ["numpy", "torch"])
each_name = pytest.mark.parametrize("name", VECTORS)

rows = np.random.default_rng(20240229).normal(size=(40, 6))
SAMPLES = np.concatenate([rows[:10], 30 * rows[10:20], 700 * rows[20:30], [[1e4, -1e4, 0.1, 3, 2, 1], [1e3] * 6,
                          [0, -0.0, 1e-300, 5e-324, 1e-20, 0], [89, 90, -89, 88, 0, 1]]])


def call(function, x, backend, **options):
    if backend == "numpy":
        return function(x, **options)
    return function(torch.as_tensor(x), **tensors(options)).numpy()


def tensors(options):
    return {key: torch.as_tensor(value) if isinstance(value, np.ndarray) else value for key, value in options.items()}


def twin(name, options):
    options = {key: numbers(value) if isinstance(value, np.ndarray) else value for key, value in options.items()}
    return functools.partial(VECTORS[name], **options)


# ------------------------------------------------------------------------------------------------------------- values
@each_backend
@each_case
def test_values(name, options, backend):
    """Within (8 + 2κ) ULP, κ_i = Σ_j |z_j ∂f_i/∂z_j| / |f_i|; log-softmax and PolyNorm near 0 within that of 1."""
    got = call(catalog[name], SAMPLES, backend, **options)
    for z, found in zip(SAMPLES, got):
        exact = twin(name, options)(numbers(z))
        slopes = jacobian(twin(name, options), numbers(z))
        shifts = z + options["noise"] if "noise" in options else z
        for entry, slope, result in zip(exact, slopes, found.tolist()):
            moved = mp.fsum(abs(s * mp.mpf(float(shift))) for s, shift in zip(slope, shifts))
            size = max(abs(entry), mp.one) if name in ("log_softmax", "polynorm") else abs(entry)
            allowed = (8 * size + 2 * moved) * mp.ldexp(1, -52) + mp.mpf("3e-308") * (1 + abs(z).max())
            assert abs(entry - mp.mpf(result)) <= allowed, f"{name} at {z}"


@each_backend
@each_case
def test_jacobian(name, options, backend):
    x = rows[:12]
    got = call(catalog[name].derivative, x, backend, **options)
    exact = [jacobian(twin(name, options), numbers(z)) for z in x]
    np.testing.assert_allclose(got, np.array(exact, dtype=float), rtol=1e-13, atol=1e-14)


@each_backend
def test_maxout_and_sparsemax_at_ties(backend):
    tie = np.array([1.0, 1.0, -2.0, -2.0])
    np.testing.assert_array_equal(call(actfns.maxout.derivative, tie, backend), [[1, 0, 0, 0], [0, 0, 1, 0]])
    np.testing.assert_array_equal(call(actfns.sparsemax, tie, backend), [0.5, 0.5, 0, 0])
    edge = np.array([1.0, 0.0, -3.0])  # the second entry is exactly at the edge of the support
    np.testing.assert_array_equal(call(actfns.sparsemax, edge, backend), [1, 0, 0])


# ------------------------------------------------------------------------------------------------------- shape, dtype
@each_backend
@each_case
def test_axis(name, options, backend):
    """Along another axis the result is the transposed one; in the Jacobian the axis comes last."""
    x = rows[:12].reshape(3, 4, 6)
    turned = np.ascontiguousarray(np.moveaxis(x, -1, 0))
    if "noise" in options:
        options = options | {"noise": np.broadcast_to(NOISE, x.shape).copy()}
        turned_options = options | {"noise": np.moveaxis(options["noise"], -1, 0).copy()}
    else:
        turned_options = options
    plain = call(catalog[name], x, backend, **options)
    again = call(catalog[name], turned, backend, axis=0, **turned_options)
    np.testing.assert_allclose(again, np.moveaxis(plain, -1, 0), rtol=1e-14)
    slopes = call(catalog[name].derivative, x, backend, **options)
    assert slopes.shape == (3, 4, plain.shape[-1], 6)
    again = call(catalog[name].derivative, turned, backend, axis=0, **turned_options)
    np.testing.assert_allclose(again, slopes, rtol=1e-13, atol=1e-16)


@each_backend
@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@each_name
def test_dtype_and_finite_results(name, dtype, backend):
    largest = float(np.finfo(dtype).max)
    x = np.array([[0, -0.0, 1, -1, 89, -89], [largest, -largest, largest, 0, 1, 2], [1e4, -1e4, 6, 0, 0, 0]], dtype)
    got = call(catalog[name], x, backend, **({"noise": np.zeros(6, dtype)} if name == "gumbel_softmax" else {}))
    assert got.dtype == x.dtype
    finite = np.isfinite(got.astype(float))
    if name == "log_softmax":  # −2·max does not fit
        finite[1, 1] = True
    if name in ("reglu", "geglu", "swiglu"):  # nor 2·max
        finite[1, 1:] = True
    assert finite.all()


@each_name
def test_bfloat16(name):
    x = torch.tensor(rows, dtype=torch.bfloat16)
    options = {"noise": torch.zeros(6, dtype=torch.bfloat16)} if name == "gumbel_softmax" else {}
    got, double = catalog[name](x, **options), catalog[name](x.double(), **options)
    assert got.dtype == torch.bfloat16
    torch.testing.assert_close(got.double(), double, rtol=2**-8, atol=1e-30)


@each_backend
@pytest.mark.parametrize("name", ["softmax", "softmin", "log_softmax", "sparsemax"])
def test_an_entry_that_is_masked_out(name, backend):
    """−∞ (for softmin +∞) takes no part."""
    gone = np.inf if name == "softmin" else -np.inf
    masked, rest = np.array([1.0, gone, 0.5, gone]), np.array([1.0, 0.5])
    got, kept = call(catalog[name], masked, backend), call(catalog[name], rest, backend)
    np.testing.assert_allclose(got[[0, 2]], kept, rtol=1e-15)
    np.testing.assert_array_equal(got[[1, 3]], -np.inf if name == "log_softmax" else 0)


@each_backend
@each_name
def test_nan_is_not_hidden(name, backend):
    x = np.array([1.0, np.nan, 0.0, 2.0])
    options = {"noise": np.zeros(4)} if name == "gumbel_softmax" else {}
    got = call(catalog[name], x, backend, **options)
    assert np.isnan(got[0] if name == "maxout" else got[1] if name in GATED else got).any()


def test_empty_batch():
    for name in VECTORS:
        assert catalog[name](np.ones((0, 6))).shape[0] == 0


# ------------------------------------------------------------------------------------------------------------- errors
@pytest.mark.parametrize(("name", "shape", "options"), [
    ("maxout", (3, 5), {}), ("maxout", (3, 6), {"k": 4}),
    *((name, (2, 5), {}) for name in GATED), ("softmax", (3, 4), {"axis": 2}),
    ("softmax", (), {}), ("sparsemax", (), {}), ("softmax", (3, 0), {}), ("sparsemax", (0,), {})])
@each_backend
def test_wrong_shapes(name, shape, options, backend):
    with pytest.raises(ValueError, match=name):
        call(catalog[name], np.ones(shape), backend, **options)


@pytest.mark.parametrize(("name", "options"), [
    ("softmax", {"temperature": 0.0}), ("softmax", {"temperature": -1.0}), ("gumbel_softmax", {"tau": 0.0}),
    ("maxout", {"k": 1}), ("swiglu_clamped", {"limit": 0.0}), ("swiglu_clamped", {"alpha": -1.0}),
    ("polynorm", {"eps": 0.0})])
def test_wrong_parameters(name, options):
    with pytest.raises(ValueError, match=f"{name}.*{next(iter(options))}"):
        catalog[name](np.ones(4), **options)
    with pytest.raises(ValueError, match=name):
        catalog[name].module(**options)


@pytest.mark.parametrize("name", VECTORS)
def test_a_number_is_not_a_vector(name):
    with pytest.raises((TypeError, ValueError), match=name):
        catalog[name](1.0)


# -------------------------------------------------------------------------------------------------------------- torch
@each_case
def test_gradients(name, options):
    x = torch.tensor(rows[:3], requires_grad=True)
    function = functools.partial(catalog[name], **tensors(options))
    assert torch.autograd.gradcheck(function, x)
    assert torch.autograd.gradgradcheck(function, x)
    slopes = torch.func.vmap(torch.func.jacrev(function))(x.detach())
    torch.testing.assert_close(slopes, catalog[name].derivative(x.detach(), **tensors(options)), rtol=1e-12, atol=1e-14)


@each_case
def test_compiles(name, options):
    function = functools.partial(catalog[name], **tensors(options))
    x = torch.tensor(rows)
    torch._dynamo.reset()
    torch.testing.assert_close(torch.compile(function, fullgraph=True, backend="eager")(x), function(x), rtol=0, atol=0)


@pytest.mark.parametrize(("name", "peer"), [
    ("softmax", torch.nn.Softmax(-1)), ("softmin", torch.nn.Softmin(-1)), ("log_softmax", torch.nn.LogSoftmax(-1)),
    ("glu", torch.nn.GLU()), ("softmax", torch.nn.Softmax(0))])
def test_equals_torch(name, peer):
    x = torch.tensor(SAMPLES)
    for function in (catalog[name], catalog[name].module(axis=peer.dim)):
        options = {"axis": peer.dim} if function is catalog[name] else {}
        torch.testing.assert_close(function(x, **options), peer(x), rtol=1e-13, atol=1e-15)


@pytest.mark.parametrize("backend", ["numpy", "torch"])
def test_gumbel_softmax_samples_the_softmax(backend):
    """The frequency of each category, against its probability, within five standard errors."""
    logits, draws = np.array([0.0, 1.0, -1.0, 2.0]), 40_000
    np.random.seed(3)
    torch.manual_seed(3)
    samples = call(actfns.gumbel_softmax, np.broadcast_to(logits, (draws, 4)).copy(), backend, hard=True)
    np.testing.assert_array_equal(np.sort(samples, axis=-1), np.broadcast_to([0.0, 0, 0, 1], samples.shape))
    probability = actfns.softmax(logits)
    error = np.sqrt(probability * (1 - probability) / draws)
    assert np.all(np.abs(samples.mean(0) - probability) < 5 * error)


def test_gumbel_softmax_is_straight_through():
    x, noise = torch.tensor(rows[0], requires_grad=True), torch.tensor(NOISE)
    hard = actfns.gumbel_softmax(x, hard=True, noise=noise)
    (slope,) = torch.autograd.grad(hard[2], x)
    torch.testing.assert_close(slope, actfns.gumbel_softmax.derivative(x.detach(), noise=noise)[2])


def test_gated_units_are_value_first():
    """As torch's glu: the first half is the value."""
    value, gate = rows[:5, :3], rows[:5, 3:]
    both = np.concatenate([value, gate], axis=-1)
    for name, function in (("reglu", "relu"), ("geglu", "gelu"), ("swiglu", "silu"), ("glu", "sigmoid")):
        np.testing.assert_allclose(catalog[name](both), value * catalog[function](gate), rtol=1e-15)
    np.testing.assert_allclose(
        actfns.geglu(both, approximate="tanh"), value * actfns.gelu_tanh(gate), rtol=1e-15)
    np.testing.assert_allclose(actfns.swiglu_clamped(both), (value + 1) * actfns.quick_gelu(gate), rtol=1e-15)
    for call in (actfns.geglu, actfns.geglu.derivative):
        with pytest.raises(ValueError, match="geglu: approximate"):
            call(both, approximate="erf")


def test_swiglu_clamped_stays_within_the_published_range():
    corners = actfns.swiglu_clamped(np.array([1e9, -1e9, 1e9, 1e9]))
    np.testing.assert_allclose(corners, [55.999625, -41.999719], rtol=1e-7)


def test_crelu_loses_nothing_and_keeps_the_norm():
    plus, minus = np.split(actfns.crelu(rows), 2, axis=-1)
    np.testing.assert_array_equal(plus - minus, rows)
    np.testing.assert_allclose((plus**2 + minus**2).sum(-1), (rows**2).sum(-1), rtol=1e-14)


def test_bipolar_relu_counts_channels_on_the_axis_given():
    x = np.random.default_rng(5).normal(size=(2, 4, 3))
    got = actfns.bipolar_relu(x, axis=1)
    np.testing.assert_array_equal(got[:, ::2], np.maximum(x[:, ::2], 0))
    np.testing.assert_array_equal(got[:, 1::2], np.minimum(x[:, 1::2], 0))


def test_polyrelu_is_pointwise_and_other_kinds_are_refused():
    want = [(r + r**2 + r**3) / 3 for r in np.maximum(rows[0], 0)]
    np.testing.assert_allclose(actfns.polynorm(rows[0], kind="relu"), want, rtol=1e-14)
    for call in (actfns.polynorm, actfns.polynorm.derivative):
        with pytest.raises(ValueError, match="polynorm: kind"):
            call(rows, kind="gelu")


def test_polynorm_ignores_the_scale():
    plain = actfns.polynorm(rows, eps=1e-300)
    for scale in (1e-3, 1e40, 1e150):
        np.testing.assert_allclose(actfns.polynorm(scale * rows, eps=1e-300), plain, rtol=1e-12, atol=1e-15)
    assert np.isfinite(actfns.polynorm(np.array([6e4, -1.0, 3e3], np.float16))).all()


def test_entmax_lies_between_softmax_and_sparsemax():
    p = actfns.entmax15(rows)
    np.testing.assert_allclose(p.sum(-1), 1, rtol=1e-14)
    assert np.all((actfns.sparsemax(rows) > 0) <= (p > 0)) and np.any(p == 0)
    np.testing.assert_array_equal(actfns.entmax15(np.array([2.0, 0.0])), [1, 0])  # a gap of 2 is enough
    norm = np.linalg.norm(actfns.entmax15.derivative(np.array([0.0, 0.0])), 2)
    assert norm == pytest.approx(2**-0.5)


# -------------------------------------------------------------------------------------------------------------- LaTeX
KEYS = ["formula", "derivative_formula"]


def shown(name, key, **scope):
    """Value of a displayed formula with the vectors, indices and parameters in scope."""
    activation = catalog[name]
    symbols = {parameter.symbol: parameter.name for parameter in activation.params.values() if parameter.symbol}
    symbols |= {r"\tau(z)": "threshold"} | {letter: letter for letter in "ijlmn"}
    vectors = {name for name in "zpgsab" if name in scope}
    symbols = {symbol: name for symbol, name in symbols.items() if symbol not in vectors}
    return Formula(getattr(activation, key), symbols, variables=(), vectors=vectors), scope


def check_formula(name, key, exact, **scope):
    formula, scope = shown(name, key, **scope)
    members = formula.values(**scope)
    assert members and all(abs(member - exact) < mp.mpf("1e-24") for member in members), f"{name} {scope}"


@pytest.mark.parametrize(("name", "options"), [
    (name, options) for name, options in CASES if name not in (*GATED, "maxout", "crelu") and "kind" not in options])
def test_formulas(name, options):
    """f_i and ∂f_i/∂z_j for one vector, with p the function itself (for log-softmax: softmax)."""
    z, function = numbers(rows[1]), twin(name, options)
    values, slopes = function(z), jacobian(function, z)
    thresholds = {"sparsemax": threshold, "entmax15": entmax_threshold}
    extra = {"threshold": thresholds[name](z)} if name in thresholds else {}
    extra |= {"n": len(z)} if name == "polynorm" else {}
    extra |= {key: numbers(value) if key == "noise" else value for key, value in options.items()}
    if "noise" in extra:
        extra["g"] = extra.pop("noise")
    options_only = ("axis", "noise", "hard", "kind")
    defaults = {key: value for key, value in catalog[name].defaults.items() if key not in options_only}
    helpers = {"p": VECTORS["softmax"](z) if name == "log_softmax" else values}
    if name == "sparsemax":
        helpers["s"] = [mp.mpf(value > 0) for value in values]
    for i in range(len(z)):
        check_formula(name, "formula", values[i], z=z, i=i, **(defaults | extra))
        for j in range(len(z)):
            check_formula(name, "derivative_formula", slopes[i][j], z=z, i=i, j=j, **helpers, **(defaults | extra))


@pytest.mark.parametrize("k", [2, 3])
def test_formulas_of_maxout(k):
    """f(z)_i = max over z_ij, j = 1 … k; a square of inputs, so that m runs over as many."""
    z = numbers(rows[:k, :k].ravel())
    groups, values = [z[start:start + k] for start in range(0, k * k, k)], VECTORS["maxout"](z, k)
    slopes = jacobian(lambda z: VECTORS["maxout"](z, k), z)
    for i in range(k):
        check_formula("maxout", "formula", values[i], z=groups, i=i, k=k)
        for unit, j in np.ndindex(k, k):
            check_formula("maxout", "derivative_formula", slopes[i][unit * k + j], z=groups, i=i, l=unit, j=j, k=k)


@pytest.mark.parametrize(("name", "options"), [
    (name, options) for name, options in CASES if name in GATED and "approximate" not in options])
def test_formulas_of_gated_units(name, options):
    z = numbers(rows[2])
    values, slopes = twin(name, options)(z), jacobian(twin(name, options), z)
    options = {key: value for key, value in (catalog[name].defaults | options).items() if key in ("alpha", "limit")}
    for i in range(3):
        check_formula(name, "formula", values[i], a=z[:3], b=z[3:], i=i, **options)
        for j in range(3):
            check_formula(name, "derivative_formula", slopes[i][j], a=z[:3], b=z[3:], i=i, j=j, **options)
            formula, scope = shown(name, "derivative_formula", a=z[:3], b=z[3:], i=i, j=j, **options)
            assert abs(formula.partial("b_j", **scope)[0] - slopes[i][3 + j]) < mp.mpf("1e-24")


def test_formulas_of_crelu():
    """Two formulas, for the two halves of the outputs."""
    z = numbers(rows[3])
    values, slopes = VECTORS["crelu"](z), jacobian(VECTORS["crelu"], z)
    halves = [getattr(catalog["crelu"], key).replace("n+i", "i").split(r",\quad") for key in KEYS]
    for half, (value, slope) in enumerate(zip(*halves)):
        for i, j in np.ndindex(6, 6):
            row = 6 * half + i
            symbols = {letter: letter for letter in "ij"}
            assert Formula(value, symbols, variables=(), vectors="z").values(z=z, i=i, j=j) == [values[row]]
            got, = Formula(slope, symbols, variables=(), vectors="z").values(z=z, i=i, j=j)
            assert abs(got - slopes[row][j]) < mp.mpf("1e-24")


def test_a_wrong_formula_is_noticed(monkeypatch):
    monkeypatch.setattr(catalog["softmax"], "formula", r"f(z)_i=\frac{e^{z_i/T}}{\sum_j e^{z_j}}")
    with pytest.raises(AssertionError):
        test_formulas("softmax", {"temperature": 2.0})
