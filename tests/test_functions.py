"""Pointwise functions at the edges: special values, shapes and types, wrong input, and torch's machinery."""
import functools
import math
import warnings

import numpy as np
import oracle
import pytest
import torch
from grids import EDGES, MAX, OFF_KINKS, cases, full, kinks
from oracle import POINTWISE, mp
from test_accuracy import evaluate, narrow_excess

from actfns import catalog

CASES, NAMES = cases()
each_case = pytest.mark.parametrize(("name", "params"), CASES, ids=NAMES)
each_name = pytest.mark.parametrize("name", POINTWISE)
each_order = pytest.mark.parametrize("order", [0, 1], ids=["value", "slope"])
FORMATS = [("numpy", dtype) for dtype in ("float16", "float32", "float64")] + [
    ("torch", dtype) for dtype in ("float16", "bfloat16", "float32", "float64")]
each_format = pytest.mark.parametrize(("backend", "dtype"), FORMATS)
ODD = ["identity", "tanh", "hardtanh", "softsign", "tanhshrink", "tanh_softcap", "isru", "sqnl", "lecun_tanh", "arctan",
       "sine", "gcu"]  # these keep the sign of zero


def edges(dtype):
    """The edge points of the format, with its own largest, smallest normal and smallest numbers."""
    info = torch.finfo(getattr(torch, dtype))
    own = [info.max, info.tiny, info.smallest_normal * 2.0 ** -{2: 5, 4: 20, 8: 40}[info.bits // 8]]
    points = torch.tensor([*EDGES, *own, *(-value for value in own)], dtype=torch.double)
    return np.unique(points.to(getattr(torch, dtype)).double().numpy(), equal_nan=True)


def beyond(name, params, order, sign):
    """The limit at ±∞: the exact function at ±10^400, as a double; nan where there is none."""
    if POINTWISE[name].ends is not None:
        return float(POINTWISE[name].ends[order][sign > 0])
    function = POINTWISE[name][order]
    return oracle.to_float(mp.mpf(function(sign * mp.mpf("1e400"), **oracle.mpf_params(full(name, params)))))


def expected(name, params, order, x):
    finite = np.isfinite(x)
    exact = oracle.exact(name, order, np.where(finite, x, 1.0), **full(name, params))
    limits = np.where(x > 0, beyond(name, params, order, 1), beyond(name, params, order, -1))
    return np.where(np.isnan(x), np.nan, np.where(finite, exact.high, limits)), np.where(finite, exact.condition, 0)


# ---------------------------------------------------------------------------------------------------- special values
@each_format
@each_order
@each_case
def test_edges(name, params, order, backend, dtype):
    """±0, ±tiny, ±89, ±10⁴, ±max, ±∞ and nan: the exact result, rounded."""
    x = edges(dtype)
    x = x if order == 0 else x[~np.isin(x, kinks(name, params))]
    want, condition = expected(name, params, order, x)
    got = evaluate(name, order, x, params, backend, dtype)
    np.testing.assert_array_equal(np.isnan(got), np.isnan(want))
    with np.errstate(all="ignore"):
        excess = edge_excess(got, want, condition, dtype)
    assert (np.isnan(want) | (got == want) | (excess <= 1)).all(), (x, got, want)


def edge_excess(got, want, condition, dtype):
    """Error over the bound; an infinity for a number that fits counts as infinite error."""
    if dtype != "float64":
        return narrow_excess(got, want, condition, dtype)
    error = np.abs(got - want) / ((8 + 2 * condition) * np.finfo(float).eps * np.abs(want))
    return np.where(np.abs(want) < np.finfo(float).tiny, np.abs(got - want) / np.finfo(float).tiny, error)


@each_format
@each_name
def test_sign_of_zero(name, backend, dtype):
    """Odd functions keep it; the rest may do as they like, but alike in NumPy and torch."""
    zeros = np.array([0.0, -0.0])
    got = evaluate(name, 0, zeros, {}, backend, dtype)
    np.testing.assert_array_equal(np.signbit(got), np.signbit(evaluate(name, 0, zeros, {}, "numpy")))
    if name in ODD:
        np.testing.assert_array_equal(np.signbit(got), [False, True])


@each_case
def test_slope_at_kinks_is_one_of_the_two_sides(name, params):
    if params == {"lambd": 0.0}:
        pytest.skip("two kinks meet and vanish; the slope keeps the convention of each, as torch's")
    for kink in kinks(name, params):
        one = oracle.exact(name, 1, np.nextafter(kink, -np.inf), **full(name, params)).high[0]
        other = oracle.exact(name, 1, np.nextafter(kink, np.inf), **full(name, params)).high[0]
        slopes = [evaluate(name, 1, np.array([kink]), params, backend)[0] for backend in ("numpy", "torch")]
        assert slopes[0] == slopes[1] and min(abs(slopes[0] - side) for side in (one, other)) < 1e-14
        assert catalog[name].convention or one == other, f"{name} has a kink at {kink} but documents no convention"


# ----------------------------------------------------------------------------------------------------- shape and type
LAYOUTS = {
    "0-d": np.array(0.7), "empty": np.zeros((0,)), "empty-rows": np.zeros((3, 0, 2)),
    "rows": np.linspace(-4, 4, 24).reshape(2, 3, 4), "strided": np.linspace(-4, 4, 24)[::3],
    "reversed": np.linspace(-4, 4, 9)[::-1], "transposed": np.linspace(-4, 4, 12).reshape(3, 4).T,
    "broadcast": np.broadcast_to(np.linspace(-4, 4, 4), (3, 4)), "fortran": np.asfortranarray(np.eye(3)),
}


@pytest.mark.parametrize("layout", LAYOUTS)
@each_order
@each_name
def test_layouts(name, order, layout):
    x = LAYOUTS[layout]
    function = catalog[name] if order == 0 else catalog[name].derivative
    before, got = x.copy(), function(x)
    assert isinstance(got, np.ndarray) and got.shape == x.shape and got.dtype == x.dtype
    flat = np.array([function(value) for value in x.ravel().tolist()]).reshape(x.shape)
    np.testing.assert_allclose(got, flat, rtol=1e-14, atol=1e-300)  # NumPy's vector code rounds otherwise
    np.testing.assert_array_equal(x, before)
    assert not np.shares_memory(x, got)
    tensor = torch.from_numpy(x.copy())
    tensor = tensor.T if layout == "transposed" else tensor
    again = function(tensor)
    assert again.shape == tensor.shape and again.dtype == tensor.dtype
    np.testing.assert_allclose(again.numpy(), function(tensor.numpy()), rtol=1e-14, atol=1e-300)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", ">f8", ">f4", "<f2"])
@each_order
@each_name
def test_dtype_of_arrays_and_scalars(name, order, dtype):
    function = catalog[name] if order == 0 else catalog[name].derivative
    x = np.array([-1.5, 0.25, 2.0], dtype=dtype)
    assert function(x).dtype == x.dtype
    assert type(function(x[0])) is type(x[0])
    np.testing.assert_allclose(function(x).astype(float), function(x.astype(float)), rtol=2e-3)


@each_order
@each_name
def test_python_numbers(name, order):
    function = catalog[name] if order == 0 else catalog[name].derivative
    for x in (0.75, -3, 2, math.inf):
        assert type(function(x)) is float
        np.testing.assert_array_equal(function(x), function(np.array(float(x)))[()])  # nan equals nan
    assert math.isnan(function(math.nan))


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@each_name
def test_dtype_of_tensors(name, dtype):
    x = torch.tensor([[-1.5, 0.25], [2.0, 7.0]], dtype=getattr(torch, dtype))
    for function in (catalog[name], catalog[name].derivative):
        assert function(x).dtype == x.dtype and function(x).shape == x.shape
        assert function(x[0, 0]).shape == () and function(x[:0]).shape == (0, 2)
    assert not catalog[name](x).requires_grad
    assert catalog[name](x.clone().requires_grad_()).requires_grad


@pytest.mark.parametrize("x", [
    np.arange(3), np.array([True]), np.array([1j]), np.array(["a"]), np.array([1.0, None]), [1.0, 2.0], (1.0,), "1.0",
    None, True, 1j, {"x": 1.0}, np.int64(3), np.bool_(True), np.array(["2020-01-01"], dtype="M8[D]"),
    torch.arange(3), torch.tensor([True]), torch.tensor([1j])], ids=lambda x: f"{type(x).__name__}-{x}")
@pytest.mark.parametrize("name", POINTWISE)
def test_what_is_not_a_number_is_refused(name, x):
    """TypeError, with a sentence that names the function and says what to pass."""
    for function in (catalog[name], catalog[name].derivative):
        with pytest.raises(TypeError, match=rf"^{name}\b.*(pass|takes)"):
            function(x)


# ---------------------------------------------------------------------------------------------------------- parameters
def outside(domain):
    return {"> 0": [0.0, -1.0, math.nan], ">= 0": [-1.0, math.nan], ">= 2": [1, 0], "real": []}[domain]


WRONG = [(name, parameter, value) for name in POINTWISE
         for parameter, facts in catalog[name].params.items() for value in outside(facts.domain)]


@pytest.mark.parametrize(("name", "parameter", "value"), WRONG)
def test_parameter_outside_its_domain(name, parameter, value):
    for call in (catalog[name], catalog[name].derivative, lambda x, **params: catalog[name].module(**params)):
        with pytest.raises(ValueError, match=f"{name}.*{parameter} must be"):
            call(1.0, **{parameter: value})
    with pytest.raises(ValueError, match=parameter):
        catalog[name](np.ones(2), **{parameter: np.array([1.0, value])})


@pytest.mark.parametrize(("name", "params"), [
    ("hardtanh", {"min_val": 1.0}), ("hardtanh", {"min_val": 2.0, "max_val": -2.0}), ("srelu", {"t_l": 5.0}),
    ("srelu", {"t_l": 1.0, "t_r": 1.0}), ("xielu", {"alpha_n": 0.5}), ("xielu", {"beta": 1.0}),
    ("rrelu", {"lower": 0.5}), ("rrelu", {"lower": 0.3, "upper": 0.2})])
def test_parameters_that_do_not_go_together(name, params):
    for call in (catalog[name], catalog[name].derivative, lambda x, **params: catalog[name].module(**params)):
        with pytest.raises(ValueError, match=f"{name} needs"):
            call(1.0, **params)


@pytest.mark.parametrize("value", ["0.5", None, [1.0], 1j], ids=repr)
@pytest.mark.parametrize(("name", "parameter"), [(n, p) for n in POINTWISE for p in catalog[n].params])
def test_parameter_that_is_not_a_number(name, parameter, value):
    with pytest.raises(TypeError, match=f"{name}.*{parameter}"):
        catalog[name](1.0, **{parameter: value})


@each_name
def test_unknown_parameter(name):
    for call in (catalog[name], catalog[name].derivative, lambda x, **params: catalog[name].module(**params)):
        with pytest.raises(TypeError, match=f"{name} has no parameter 'nonsense'"):
            call(1.0, nonsense=2.0)


@each_case
def test_parameters_may_be_arrays(name, params):
    """One value per column, by broadcasting, as for a parameter per channel."""
    if params:
        x = np.linspace(-3, 3, 8).reshape(4, 2)
        column = {key: np.array([value, value]) for key, value in params.items()}
        for function in (catalog[name], catalog[name].derivative):
            np.testing.assert_allclose(function(x, **column), function(x, **params), rtol=1e-12, atol=1e-15)
            tensors = {key: torch.tensor(value) for key, value in column.items()}
            ours = function(torch.tensor(x), **tensors).numpy()
            np.testing.assert_allclose(ours, function(x, **params), rtol=1e-12, atol=1e-15)
            assert function(x.astype(np.float32), **column).dtype == np.float32
            assert function(torch.tensor(x, dtype=torch.float16), **tensors).dtype == torch.float16


# --------------------------------------------------------------------------------------------------------------- torch
def grid(name, params):
    finite = EDGES[np.isfinite(EDGES)]
    return np.unique(np.concatenate([finite, [MAX, -MAX], kinks(name, params), OFF_KINKS, np.linspace(-40, 40, 161),
                                     [709.0, -709.0, 720.0, -720.0, 1e155, -1e155, 1e-300, -1e-300]]))


@each_case
def test_autograd_is_finite_and_equals_the_slope(name, params):
    """The `where` trap: a branch that is not taken must not spoil the gradient. Kinks included."""
    x = torch.tensor(grid(name, params), requires_grad=True)
    (gradient,) = torch.autograd.grad(catalog[name](x, **params).sum(), x)
    slope = catalog[name].derivative(x.detach(), **params)
    bad = x.detach()[torch.isfinite(slope) & ~torch.isfinite(gradient)].tolist()
    assert bad == []
    torch.testing.assert_close(gradient, slope, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32"])
@each_name
def test_autograd_is_finite_in_shorter_formats(name, dtype):
    x = torch.tensor(grid(name, {})).to(getattr(torch, dtype)).requires_grad_()
    (gradient,) = torch.autograd.grad(catalog[name](x).sum(), x)
    slope = catalog[name].derivative(x.detach())
    bad = x.detach()[torch.isfinite(x.detach()) & torch.isfinite(slope) & ~torch.isfinite(gradient)].tolist()
    assert bad == [] and gradient.dtype == x.dtype


@each_case
def test_gradcheck(name, params):
    """First and second derivatives off the kinks, also in the parameters."""
    x = torch.tensor(OFF_KINKS, requires_grad=True)
    if name == "exponential":
        x = (x.detach() / 3).requires_grad_()  # the numerical derivative is absolute
    assert torch.autograd.gradcheck(functools.partial(catalog[name], **params), x)
    assert torch.autograd.gradgradcheck(functools.partial(catalog[name], **params), x)
    values = {key: value for key, value in full(name, params).items() if not catalog[name].params[key].option}
    if values:
        tensors = [torch.tensor(float(value), dtype=torch.double, requires_grad=True) for value in values.values()]
        assert torch.autograd.gradcheck(lambda *given: catalog[name](x.detach(), **dict(zip(values, given))), tensors)


@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated")  # torch's own forward mode
@each_case
def test_functional_transforms(name, params):
    function = functools.partial(catalog[name], **params)
    x = torch.tensor(OFF_KINKS)
    rows = x.reshape(13, 1).expand(13, 2)
    torch.testing.assert_close(torch.func.vmap(function)(rows), function(rows), rtol=1e-14, atol=0)
    slope = catalog[name].derivative(x, **params)
    torch.testing.assert_close(torch.func.vmap(torch.func.grad(function))(x), slope, rtol=1e-11, atol=1e-14)
    torch.testing.assert_close(torch.func.jacrev(function)(x), torch.diag(slope), rtol=1e-11, atol=1e-14)
    torch.testing.assert_close(torch.func.jacfwd(function)(x), torch.diag(slope), rtol=1e-11, atol=1e-14)
    hessian = torch.func.vmap(torch.func.grad(torch.func.grad(function)))(x)
    assert torch.isfinite(hessian).all()


def compiles(functions, backend):
    """All the functions in one graph: no break, no warning, the same results."""
    torch._dynamo.reset()
    x = torch.tensor(OFF_KINKS, requires_grad=True)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        got = torch.compile(lambda x: [function(x) for function in functions], fullgraph=True, backend=backend)(x)
    for function, result in zip(functions, got):
        torch.testing.assert_close(result, function(x), rtol=1e-15, atol=0)
    return x, got


def test_compiles_without_a_break_or_a_warning():
    compiles([functools.partial(catalog[name], **params) for name, params in CASES], "eager")
    compiles([catalog[name].derivative for name in POINTWISE], "eager")


@pytest.mark.slow
@each_case
def test_each_function_compiles(name, params):
    for backend in ("eager", "aot_eager"):
        for function in (catalog[name], catalog[name].derivative):
            compiles([functools.partial(function, **params)], backend)


def test_compiles_with_gradients():
    """Forward and backward through AOT autograd, as in training."""
    names = ["mish", "softplus", "gelu", "prelu", "hard_swish"]
    x, got = compiles([catalog[name] for name in names], "aot_eager")
    for name, result in zip(names, got):
        (gradient,) = torch.autograd.grad(result.sum(), x, retain_graph=True)
        torch.testing.assert_close(gradient, catalog[name].derivative(x.detach()), rtol=1e-12, atol=1e-14)


def test_compiles_with_a_parameter_that_changes():
    torch._dynamo.reset()
    x = torch.tensor(OFF_KINKS)
    compiled = torch.compile(lambda x, beta: catalog["swish"](x, beta=beta), fullgraph=True, backend="eager")
    for beta in (1.0, 2.0, 0.5):
        torch.testing.assert_close(compiled(x, beta), catalog["swish"](x, beta=beta))


def test_meta_tensors_pass():
    for name in POINTWISE:
        assert catalog[name](torch.empty(3, 4, device="meta")).shape == (3, 4)
