"""`a.module()`: equal to the function, torch's kernels, learnable parameters, saving, pickling; importing."""
import copy
import io
import pickle
import subprocess
import sys
import warnings

import numpy as np
import pytest
import torch
from grids import OFF_KINKS, cases, full
from oracle import POINTWISE
from torch import nn

import actfns
from actfns import catalog, kernels

CASES, NAMES = cases()
each_case = pytest.mark.parametrize(("name", "params"), CASES, ids=NAMES)
LEARNABLE = sorted(name for name in catalog if any(p.learnable for p in catalog[name].params.values()))
each_learnable = pytest.mark.parametrize("name", LEARNABLE)


def with_channels(*choices):
    """Every learnable function with every choice of channels that it has."""
    spread = {name: any(p.learnable and not p.shared for p in catalog[name].params.values()) for name in LEARNABLE}
    return [(name, *choice) for name in LEARNABLE for choice in choices if choice[0] is None or spread[name]]


X = torch.tensor([-89.0, -40.0, -20.5, -6.5, -3.5, *OFF_KINKS, 20.5, 89.0], dtype=torch.double)

# torch's own modules, and how far they may be from us: (relative, absolute)
EXACT, ROUNDING, KERNELS = (0, 0), (2e-15, 0), (1e-9, 1e-13)
PEERS = {
    "sigmoid": (nn.Sigmoid(), ROUNDING), "hard_sigmoid": (nn.Hardsigmoid(), (3e-15, 0)), "silu": (nn.SiLU(), ROUNDING),
    "tanh": (nn.Tanh(), ROUNDING), "hardtanh": (nn.Hardtanh(), EXACT), "softsign": (nn.Softsign(), ROUNDING),
    "softplus": (nn.Softplus(), (1e-15, 3e-9)),  # beyond 20 torch returns x, a step of ln(1 + e^-20) = 2.06e-9
    "relu": (nn.ReLU(), EXACT), "leaky_relu": (nn.LeakyReLU(), EXACT), "prelu": (nn.PReLU(dtype=torch.double), EXACT),
    "rrelu": (nn.RReLU().eval(), (1e-15, 0)), "relu6": (nn.ReLU6(), EXACT), "elu": (nn.ELU(), ROUNDING),
    "selu": (nn.SELU(), ROUNDING), "hard_swish": (nn.Hardswish(), (3e-15, 0)), "mish": (nn.Mish(), (1e-14, 1e-16)),
    "gelu": (nn.GELU(), (2e-15, 2e-16)),  # 1 + erf cancels on the left
    "gelu_tanh": (nn.GELU(approximate="tanh"), (2e-15, 3e-16)), "celu": (nn.CELU(), ROUNDING),
    "logsigmoid": (nn.LogSigmoid(), (2e-15, 0)), "threshold": (nn.Threshold(1.0, 0.0), EXACT),
    "hardshrink": (nn.Hardshrink(), EXACT), "softshrink": (nn.Softshrink(), EXACT),
    "tanhshrink": (nn.Tanhshrink(), (1e-12, 1e-16)), "identity": (nn.Identity(), EXACT),
    "relu_n": (nn.Hardtanh(0.0, 20.0), EXACT),
}


def own(name, **options):
    """The module that runs our formula."""
    return catalog[name].module(native=False, **options).double()


# ------------------------------------------------------------------------------------------------------------ equality
@each_case
def test_module_equals_the_function(name, params):
    stored = {key: float(np.float32(value)) if catalog[name].params[key].learnable else value
              for key, value in full(name, params).items()}  # torch's default dtype
    want = catalog[name](X, **stored)
    torch.testing.assert_close(own(name, **params).eval()(X), want, rtol=1e-15, atol=0)
    rtol, atol = KERNELS if name in kernels.FUNCTIONS else PEERS.get(name, (None, ROUNDING))[1]
    torch.testing.assert_close(catalog[name].module(**params).double().eval()(X), want, rtol=rtol, atol=atol)


@pytest.mark.parametrize("name", PEERS)
def test_function_equals_torch(name):
    peer, (rtol, atol) = PEERS[name]
    torch.testing.assert_close(catalog[name](X), peer(X), rtol=rtol, atol=atol)


@pytest.mark.parametrize("name", PEERS)
def test_module_runs_the_kernel_of_torch(name):
    """Bit for bit torch's result, and its gradient, on the kinks too."""
    peer, _ = PEERS[name]
    module = catalog[name].module().double().eval()
    results = []
    for function in (module, peer):
        x = torch.cat([X, torch.tensor([0.0, 1.0, -1.0, 3.0, -3.0, 6.0, 0.5, -0.5])]).requires_grad_()
        value = function(x)
        results.append((value.detach(), torch.autograd.grad(value.sum(), x)[0]))
    for ours, theirs in zip(*results):
        torch.testing.assert_close(ours, theirs, rtol=0, atol=0)


@pytest.mark.parametrize("name", PEERS)
def test_slope_at_kinks_is_that_of_torch(name):
    peer, _ = PEERS[name]
    kinks = torch.tensor(POINTWISE[name].kinks(**catalog[name].defaults), dtype=torch.double, requires_grad=True)
    if kinks.numel() and name != "hard_sigmoid":  # torch's 1/6 in the backward pass is the float32 number
        (slope,) = torch.autograd.grad(peer(kinks).sum(), kinks)
        torch.testing.assert_close(catalog[name].derivative(kinks.detach()), slope, rtol=1e-15, atol=0)


def test_kernel_is_not_used_where_it_is_another_function():
    assert catalog["hard_sigmoid"].module(slope=0.2)(torch.tensor(1.0)).item() == pytest.approx(0.7)
    assert catalog["swish"].module(beta=2.0)(torch.tensor(1.0)).item() == pytest.approx(1 / (1 + np.exp(-2)))
    assert catalog["prelu"].module(channels=2, channel_axis=-1)(-torch.ones(3, 4, 2)).shape == (3, 4, 2)


def test_rrelu_draws_slopes_while_training_only():
    module, x = catalog["rrelu"].module(), -torch.ones(2000)
    torch.manual_seed(0)
    slopes = -module.train()(x)
    assert 1 / 8 <= slopes.min() < 0.13 and 0.32 < slopes.max() <= 1 / 3 and slopes.unique().numel() > 1000
    torch.testing.assert_close(-module.eval()(x), torch.full((2000,), 11 / 48))
    torch.testing.assert_close(-own("rrelu").train()(x.double()), torch.full((2000,), 11 / 48, dtype=torch.double))


# ------------------------------------------------------------------------------------------------ learnable parameters
def test_which_functions_learn():
    assert LEARNABLE == ["acon_c", "apl", "derf", "dyt", "pau", "pelu", "polynorm", "prelu", "snake", "srelu",
                         "star_relu", "swish", "xielu"]


def test_shared_parameters_stay_single_numbers():
    """DyT and Derf have one α (and one shift) per layer, γ and β per channel; StarReLU has nothing per channel."""
    shapes = {key: tuple(value.shape) for key, value in catalog["derf"].module(channels=3).named_parameters()}
    assert shapes == {"alpha": (), "s": (), "gamma": (3,), "beta": (3,)}
    assert catalog["dyt"].module(channels=3, channel_axis=-1)(torch.ones(2, 4, 3)).shape == (2, 4, 3)
    with pytest.raises(ValueError, match="star_relu has no learnable parameter to spread"):
        catalog["star_relu"].module(channels=3)
    assert catalog["star_relu"].module(channels=3, shared=["b"]).s.shape == (3,)


def parameters(name, channels):
    return {key: () if channels is None or facts.shared else (channels,)
            for key, facts in catalog[name].params.items() if facts.learnable}


@pytest.mark.parametrize(("name", "channels"), with_channels((None,), (3,)))
def test_parameters_are_registered(name, channels):
    module = catalog[name].module(channels=channels)
    assert {key: tuple(value.shape) for key, value in module.named_parameters()} == parameters(name, channels)
    assert all(value.requires_grad for value in module.parameters())
    for key, value in module.named_parameters():
        assert torch.all(value == torch.tensor(catalog[name].defaults[key]))


@pytest.mark.parametrize(("name", "channels", "axis"), with_channels((None, 1), (3, 1), (3, -1), (2, 0)))
def test_gradients_of_the_parameters(name, channels, axis):
    """Against finite differences, with the input (2, 3, 5, 3)."""
    module = own(name, channels=channels, channel_axis=axis)
    generator = torch.Generator().manual_seed(7)
    x = (3 * torch.randn(2, 3, 5, 3, generator=generator, dtype=torch.double)).requires_grad_()
    with torch.no_grad():
        for offset, value in enumerate(module.parameters()):
            value += 0.01 * offset + 0.1 * torch.arange(value.numel(), dtype=torch.double).reshape(value.shape)
    values = {key: value.detach().requires_grad_() for key, value in module.named_parameters()}

    def run(x, *given):
        return torch.func.functional_call(module, dict(zip(values, given)), (x,))

    assert torch.autograd.gradcheck(run, (x, *values.values()))
    for channel in range(channels or 0):  # each channel with the function that has its parameters
        chosen = {key: value.expand(channels)[channel].item() for key, value in values.items()}
        torch.testing.assert_close(module(x).select(axis, channel), catalog[name](x.select(axis, channel), **chosen))


@each_learnable
def test_a_parameter_is_learned(name):
    """Gradient descent finds the parameters that made the targets."""
    torch.manual_seed(0)
    goal = {"acon_c": {"p1": 0.8, "p2": -0.3}, "apl": {"a1": -0.4, "b1": 1.0}, "derf": {"alpha": 0.8, "s": 0.3},
            "dyt": {"alpha": 0.9, "gamma": 1.5}, "pau": {"a1": 0.7}, "polynorm": {"a1": 0.8, "a3": -0.2, "a0": 0.1},
            "snake": {"a": 1.2}, "star_relu": {"s": 0.4, "b": 0.1}, "xielu": {"alpha_p": 0.3, "alpha_n": 1.4},
            "pelu": {"a": 1.6, "b": 0.7}, "prelu": {"a": -0.3}, "swish": {"beta": 2.5},
            "srelu": {"t_l": -0.5, "a_l": 0.6, "t_r": 1.5, "a_r": -0.2}}[name]
    module, x = own(name, learnable=list(goal)), torch.linspace(-4, 4, 401, dtype=torch.double)
    optimiser = torch.optim.Adam(module.parameters(), lr=0.05)
    for _ in range(400):
        optimiser.zero_grad()
        (module(x) - catalog[name](x, **goal)).square().mean().backward()
        optimiser.step()
    for key, value in goal.items():
        assert getattr(module, key).item() == pytest.approx(value, abs=0.02)


def test_what_is_learned_can_be_chosen():
    for name in LEARNABLE:
        fixed = catalog[name].module(learnable=False)
        assert not list(fixed.parameters())
        torch.testing.assert_close(fixed(-torch.ones(3)), catalog[name](-torch.ones(3)))
    module = catalog["softplus"].module(learnable=["beta"], beta=2.0).double()
    assert [key for key, _ in module.named_parameters()] == ["beta"]
    x = torch.tensor([0.3], dtype=torch.double)
    module(x).backward()
    assert module.beta.grad.item() == pytest.approx(-np.log1p(np.exp(0.6)) / 4 + 0.3 / 2 / (1 + np.exp(-0.6)), rel=1e-6)
    assert [key for key, _ in catalog["srelu"].module(learnable=["a_l"]).named_parameters()] == ["a_l"]


# -------------------------------------------------------------------------------------------------------------- errors
@pytest.mark.parametrize(("make", "error", "why"), [
    (lambda: catalog["relu"].module(channels=3), ValueError, "relu has no learnable parameter"),
    (lambda: catalog["prelu"].module(channels=0), ValueError, "channels"),
    (lambda: catalog["prelu"].module(channels=-1), ValueError, "channels"),
    (lambda: catalog["swish"].module(learnable=["gamma"]), TypeError, "no parameter.*gamma"),
    (lambda: catalog["maxout"].module(learnable=["axis"]), (TypeError, ValueError), "axis"),
    (lambda: catalog["pelu"].module(b=0.0), ValueError, "b must be > 0"),
    (lambda: catalog["prelu"].module(channels=3)(torch.ones(2, 4)), ValueError, "3 channels"),
    (lambda: catalog["prelu"].module(channels=3, native=False)(torch.ones(3)), ValueError, "3 channels"),
    (lambda: catalog["swish"].module()(torch.arange(3)), TypeError, "floating-point"),
    (lambda: catalog["swish"].module()(np.ones(3)), TypeError, "tensor"),
])
def test_bad_use_of_a_module(make, error, why):
    with pytest.raises(error, match=why):
        make()


# ------------------------------------------------------------------------------------------- saving, copying, printing
@pytest.mark.parametrize(("name", "channels"), with_channels((None,), (4,)))
def test_state_dict_round_trip(name, channels):
    first, second = catalog[name].module(channels=channels), catalog[name].module(channels=channels)
    with torch.no_grad():
        for value in first.parameters():
            value.mul_(0.9)
    file = io.BytesIO()
    torch.save(first.state_dict(), file)
    file.seek(0)
    second.load_state_dict(torch.load(file, weights_only=True))
    x = torch.linspace(-3, 3, 40).reshape(10, 4)
    torch.testing.assert_close(first(x), second(x), rtol=0, atol=0)
    assert set(first.state_dict()) == set(parameters(name, channels))


@pytest.mark.parametrize("again", [lambda m: pickle.loads(pickle.dumps(m)), copy.deepcopy, copy.copy],
                         ids=["pickle", "deepcopy", "copy"])
@pytest.mark.parametrize("name", list(catalog))
def test_copies(name, again):
    module = catalog[name].module()
    twin = again(module)
    if name == "gumbel_softmax":
        assert repr(twin) == repr(module)
        return
    x = torch.linspace(-4, 4, 16).reshape(4, 4)
    torch.testing.assert_close(twin.eval()(x), module.eval()(x), rtol=0, atol=0)
    assert twin.activation is catalog[name]
    assert again(catalog[name]) is catalog[name]


@each_case
def test_repr_shows_name_and_parameters(name, params):
    text = repr(catalog[name].module(**params))
    assert name.replace("_", "") in text.lower()
    for key, value in full(name, params).items():
        assert f"{key}={value:.6g}" in text
    assert name in repr(catalog[name])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("name", POINTWISE)
def test_other_dtypes(name, dtype):
    """`.to(dtype)` converts the parameters; input and output keep the dtype of the input."""
    module = catalog[name].module().to(dtype).eval()
    x = torch.linspace(-4, 4, 9, dtype=dtype)
    assert module(x).dtype == dtype and all(value.dtype == dtype for value in module.parameters())
    tolerance = 8 * max(torch.finfo(dtype).eps, 1e-8 if name in LEARNABLE else 0)  # parameters are born in float32
    tolerance *= 10 if name in kernels.FUNCTIONS else 1
    torch.testing.assert_close(module(x).double(), catalog[name](x.double()), rtol=tolerance, atol=tolerance)


def test_modules_move_with_their_network():
    network = nn.Sequential(nn.Linear(3, 4), catalog["srelu"].module(channels=4), nn.Linear(4, 1))
    assert len(list(network.parameters())) == 8
    assert network.to("meta")(torch.empty(2, 3, device="meta")).shape == (2, 1)


def test_modules_compile():
    torch._dynamo.reset()
    network = nn.Sequential(*(catalog[name].module(**params) for name, params in CASES)).double().eval()
    x = torch.tensor(OFF_KINKS)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        compiled = torch.compile(network, fullgraph=True, backend="eager")(x)
    torch.testing.assert_close(compiled, network(x), rtol=1e-12, atol=0)


def test_modules_under_vmap():
    """An ensemble of two networks as one program, as the lab runs it."""
    module = catalog["swish"].module(native=False)
    stacked = {"beta": torch.tensor([0.5, 2.0])}
    x = torch.randn(2, 5)
    got = torch.func.vmap(lambda p, x: torch.func.functional_call(module, p, (x,)))(stacked, x)
    want = torch.stack([catalog["swish"](row, beta=beta) for row, beta in zip(x, (0.5, 2.0))])
    torch.testing.assert_close(got, want)


# ------------------------------------------------------------------------------------------------------------ importing
def fresh(code):
    command = [sys.executable, "-W", "error", "-c", code]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def test_importing_is_light():
    heavy = ["torch", "scipy", "matplotlib", "pandas", "sklearn"]
    code = f"import sys, actfns; print([name for name in {heavy} if name in sys.modules])"
    assert fresh(code).strip() == "[]"


def test_numpy_alone_is_enough():
    """Values and slopes of NumPy arrays never import torch."""
    code = ("import sys, numpy, actfns\n"
            "for a in actfns.catalog.values(): a(numpy.ones(6)); a.derivative(numpy.ones(6))\n"
            "print('torch' in sys.modules)")
    assert fresh(code).strip() == "False"


def test_the_same_object_under_every_name():
    assert actfns.mish is catalog["mish"] is catalog["Mish"]
