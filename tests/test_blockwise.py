"""Large arrays and tensors, evaluated a block at a time, against the same formula at once."""

from importlib import import_module

import numpy as np
import pytest
import torch

import actfns
from actfns import blockwise

ARRAYS = import_module("actfns.activation")  # the decorator bears the same name
POINTWISE = [f for f in actfns.catalog if actfns.catalog[f].arity == "pointwise"]
WITHOUT_KERNEL = [f for f in actfns.catalog if actfns.catalog[f].module().kernel is None and f != "gumbel_softmax"]


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch):
    monkeypatch.setattr(ARRAYS, "_BLOCK", 16)
    monkeypatch.setattr(blockwise, "LARGE", 64)
    monkeypatch.setattr(blockwise, "_BLOCK", 48)


def numbers(dtype=torch.float64):
    return 3 * torch.randn(20, 12, generator=torch.Generator().manual_seed(0), dtype=torch.float64).to(dtype)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
@pytest.mark.parametrize("name", POINTWISE)
def test_arrays(name, dtype, monkeypatch):
    a, x = actfns.catalog[name], numbers().numpy().astype(dtype)
    x[:2, :6] = [[0.0, -0.0, np.inf, -np.inf, np.nan, 1e4]] * 2
    made = a(x), a.derivative(x), a(x[:, ::2]), a(x.T)
    monkeypatch.setattr(ARRAYS, "_BLOCK", 10**9)
    for by_blocks, whole in zip(made, (a(x), a.derivative(x), a(x[:, ::2]), a(x.T))):
        assert by_blocks.dtype == whole.dtype == dtype and by_blocks.shape == whole.shape
        assert np.allclose(by_blocks, whole, rtol=4 * np.finfo(dtype).eps, atol=0, equal_nan=True)


def test_one_value_of_a_parameter_for_each_column():
    slopes = np.linspace(0, 1, 12)
    assert np.array_equal(actfns.leaky_relu(numbers().numpy(), negative_slope=slopes)[3],
                          actfns.leaky_relu(numbers().numpy()[3], negative_slope=slopes))


@pytest.mark.parametrize("name", WITHOUT_KERNEL)
def test_values_and_gradients(name):
    """The first derivatives, those of the parameters and the second ones are those of the formula left to autograd."""
    found = []
    for native in (True, False):
        module, x = actfns.catalog[name].module(native=native).double(), numbers().requires_grad_()
        y = module(1.0 * x)
        wanted, slope = [x, *module.parameters()], torch.linspace(-1, 2, y.numel(), dtype=y.dtype).view(y.shape)
        y = y if y.requires_grad else y + 0 * x  # the step function
        once = torch.autograd.grad(y, wanted, slope, retain_graph=True, materialize_grads=True)
        again = torch.autograd.grad(y, wanted, slope, create_graph=True, materialize_grads=True)
        bend = sum(g.square().sum() for g in again)
        twice = torch.autograd.grad(bend, wanted, materialize_grads=True) if bend.requires_grad else map(torch.zeros_like, wanted)
        found.append([y, *once, *again, *twice])
    for by_blocks, whole in zip(*found, strict=True):
        assert torch.allclose(by_blocks, whole, rtol=1e-11, atol=1e-11)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16, torch.float32])
def test_the_dtype_stays(dtype):
    x = numbers(dtype).requires_grad_()
    y = actfns.logish.module()(x * 1)
    y.sum().backward()
    assert type(y.grad_fn).__name__ == "_BlockwiseBackward" and y.dtype == x.grad.dtype == dtype


def test_only_the_input_is_kept():
    def kept(native):
        seen = []
        with torch.autograd.graph.saved_tensors_hooks(lambda t: seen.append(t.numel()) or t, lambda t: t):
            actfns.smish.module(native=native)(numbers().requires_grad_())
        return sum(seen)

    assert kept(True) == numbers().numel() < kept(False) / 4


def test_a_parameter_alone_can_need_a_gradient():
    module = actfns.swish.module(beta=1.5).double()
    module(numbers()).sum().backward()
    beta = torch.tensor(1.5, dtype=torch.float64, requires_grad=True)
    actfns.swish(numbers(), beta=beta).sum().backward()
    assert module.beta.grad.item() == pytest.approx(beta.grad.item())


@pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated")  # torch's own, where it first needs forward mode
def test_transformations_see_the_formula():
    module, x = actfns.logish.module(), numbers()
    slope = actfns.logish.derivative(x)
    assert torch.allclose(torch.func.grad(lambda v: module(v).sum())(x), slope)
    assert torch.allclose(torch.func.jvp(module, (x,), (torch.ones_like(x),))[1], slope)
    assert torch.allclose(torch.vmap(module)(x), module(x))
    with torch.autograd.forward_ad.dual_level():
        dual = torch.autograd.forward_ad.make_dual(x, torch.ones_like(x))
        assert torch.allclose(torch.autograd.forward_ad.unpack_dual(module(dual)).tangent, slope)


@pytest.mark.parametrize("x", [numbers().T, numbers()[:4, :4], numbers().to("meta")])
def test_what_does_not_fit_is_left_to_autograd(x):
    assert type(actfns.logish.module()(x.requires_grad_()).grad_fn).__name__ != "_BlockwiseBackward"


def test_values_for_channels_and_along_another_axis():
    module = actfns.swish.module(channels=12).double()
    assert torch.equal(module(numbers()), actfns.swish(numbers(), beta=torch.ones(12, dtype=torch.float64)))
    assert torch.equal(actfns.sparsemax.module(axis=0)(numbers()), actfns.sparsemax(numbers().T).T)


def test_operations_are_counted():
    assert [actfns.catalog[name].operations for name in ("arctan", "gcu")] == [1, 2]
    assert min(actfns.catalog[name].operations for name in ("mish", "logish", "elu")) > 5
