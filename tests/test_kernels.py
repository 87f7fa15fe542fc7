"""What modules put together from torch's kernels equals the formulas, to the first and the second derivative."""

import pytest
import torch

import actfns
from actfns import catalog, kernels

WAYS = [(name, {}) for name in kernels.FUNCTIONS] + [
    ("binary_step", {"value_at_0": 0.5}), ("swish", {"beta": -2.0}), ("isru", {"alpha": 3.0}),
    ("squareplus", {"b": 0.25}), ("gaussian", {"a": 2.0}), ("tanh_softcap", {"c": 2.0}), ("isrlu", {"alpha": 3.0}),
    ("logish", {"alpha": 2.0, "beta": 0.5}), ("smish", {"alpha": 2.0, "beta": 3.0}),
    ("geglu", {"approximate": "tanh"}), ("geglu", {"axis": 0}), ("swiglu", {"axis": 0}), ("gtu", {"axis": 0}),
    ("swiglu_clamped", {"axis": 0, "alpha": 1.0, "limit": 1.0}),
]


def results(module, x):
    """Value, gradients of input and parameters, and those of a function of the gradients."""
    x = x.clone().requires_grad_()
    wanted, y = [x, *module.parameters()], module(x)
    once = torch.autograd.grad(y, wanted, torch.linspace(-1, 2, y.numel(), dtype=y.dtype).view(y.shape),
                               create_graph=True, materialize_grads=True)
    bend = sum(slope.square().sum() for slope in once)
    twice = torch.autograd.grad(bend, wanted, materialize_grads=True) if bend.requires_grad else map(torch.zeros_like,
                                                                                                    wanted)
    return [y, *once, *twice]


@pytest.mark.parametrize(("name", "params"), WAYS, ids=str)
@pytest.mark.parametrize("reach", [3.0, 30.0])
def test_kernels_equal_the_formulas(name, params, reach):
    x = torch.linspace(-reach, reach, 1200, dtype=torch.double).view(6, 200)[:, torch.randperm(200)]
    modules = [catalog[name].module(native=native, **params).double() for native in (True, False)]
    for fast, slow in zip(*(results(module, x) for module in modules), strict=True):
        torch.testing.assert_close(fast, slow, rtol=1e-9, atol=1e-9)


@pytest.mark.filterwarnings("ignore:.*torch.jit.script.*:DeprecationWarning")  # torch's own, in forward mode
@pytest.mark.parametrize(("x", "b"), [(0.0, 4.0), (-0.3, 0.25), (2.0, 4.0), (-40.0, 4.0), (30.0, 1.0)])
def test_squareplus_in_every_mode_of_differentiation(x, b):
    """Its slope is a formula of its own: forward, backward, twice, in a batch, compiled and with a learned b."""
    x = torch.tensor([x], dtype=torch.double, requires_grad=True)
    fast, slow = (actfns.squareplus.module(b=b, native=native) for native in (True, False))
    assert torch.autograd.gradcheck(fast, x) and torch.autograd.gradgradcheck(fast, x)
    for transform in (torch.func.jacfwd, torch.func.jacrev, torch.func.hessian):
        ours, formula = (torch.func.vmap(transform(f))(x.detach()[None]) for f in (fast, slow))
        torch.testing.assert_close(ours, formula, rtol=1e-9, atol=1e-12)
    learned, formula = (actfns.squareplus.module(b=b, native=native, learnable=["b"]).double()
                        for native in (True, False))
    for ours, theirs in zip(results(learned, x.detach()), results(formula, x.detach()), strict=True):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12)


def test_squareplus_is_compiled_in_one_piece():
    x = torch.linspace(-9, 9, 64)[:, None].requires_grad_()
    module = actfns.squareplus.module()
    compiled = torch.compile(module, fullgraph=True, backend="aot_eager")
    for ours, eager in zip(*((y := f(x), *torch.autograd.grad(y.sum(), x)) for f in (compiled, module))):
        torch.testing.assert_close(ours, eager)


@pytest.mark.parametrize("name", kernels.FUNCTIONS)
def test_values_far_out_are_finite_and_have_finite_gradients(name):
    x = torch.tensor([[-1e6, -1e3, -90.0, -0.0, 0.0, 90.0, 1e3, 1e6]])
    fast, slow = (results(catalog[name].module(native=native), x) for native in (True, False))
    for ours, formula in zip(fast[:2], slow[:2]):
        torch.testing.assert_close(ours, formula, rtol=2e-5, atol=1e-6)


@pytest.mark.parametrize("name", kernels.FUNCTIONS)
def test_half_precision_takes_the_formula(name):
    x = torch.linspace(-4, 4, 64, dtype=torch.bfloat16).view(4, 16)
    module = catalog[name].module().bfloat16()
    want = catalog[name].module(native=False).bfloat16()(x)
    assert torch.equal(module(x), want)


def test_an_odd_number_of_features_is_named():
    with pytest.raises(ValueError, match="swiglu needs an axis of even length, got 3"):
        actfns.swiglu.module()(torch.ones(2, 3))
