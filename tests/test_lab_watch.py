"""Dead and saturated units in models of every kind: counted right, and without a trace on the model."""

import copy
import pickle

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.modules import module as torch_module
from torch.overrides import _get_current_function_mode

import actfns
from actfns.lab.functions import flat_below
from actfns.lab.watching import elementwise, tracing
from actfns.lab.watching.watch import watch

IDS = {"hardsigmoid": "hard_sigmoid", "hardswish": "hard_swish"}


class Apply(nn.Module):
    """A model that is one function."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *inputs):
        return self.function(*inputs)


class Block(nn.Module):
    """The basic block of a residual network: one in-place ReLU in two places."""

    def __init__(self, channels):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)

    def forward(self, x):
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        out += x
        return self.relu(out)


def mlp(*functions, width=16):
    layers = [part for f in functions for part in (nn.Linear(width, width), f)]
    return nn.Sequential(*layers, nn.Linear(width, 3))


def kill(layer, units):
    with torch.no_grad():
        layer.bias[:units] = -1e6


def slow_loop(activation, z, flat):
    """(dead units, saturated share) of z (samples, units) from the closed form, one value at a time."""
    dead, saturated = [], 0
    for column in z.T.tolist():
        slopes = [activation.derivative(value) for value in column]
        dead.append(all(slope == 0 for slope in slopes))
        saturated += sum(abs(slope) < flat for slope in slopes)
    return dead, saturated / z.numel()


@pytest.mark.parametrize("name", [n for n in elementwise.NAMES if n not in ("prelu", "threshold")])
def test_counts_are_those_of_a_slow_loop(name):
    activation = actfns.catalog[IDS.get(name, name)]
    z = torch.linspace(-12, 12, 240, dtype=torch.float64).reshape(8, 30).T.contiguous()  # each unit on its stretch
    dead, saturated = slow_loop(activation, z, 0.01 * (1 - 1e-4) * actfns.measure(activation).slope_sup)
    with watch(Apply(getattr(F, name))) as w:
        w_out = Apply(getattr(F, name))(z)  # another model: not counted
        out = w._tracer.model(z)
    assert torch.equal(out, w_out) or name == "rrelu"
    (layer,) = w.layers
    assert (layer.name, layer.function, layer.units, layer.seen) == ("model", name, 8, 30)
    assert layer.dead_units.tolist() == dead and layer.saturated == pytest.approx(saturated)


def test_saturation_starts_where_the_lab_says():
    for name in actfns.catalog:
        activation = actfns.catalog[name]
        if activation.arity == "pointwise":
            module = activation.module(learnable=False, native=False).eval()
            made = elementwise.flat_below(module, torch.zeros(2, 3, dtype=torch.float64), 1)
            assert made.item() == pytest.approx(flat_below(activation), rel=5e-3), name  # the watch looks on a grid


def test_every_spelling_is_seen():
    z = torch.randn(5, 4)
    spellings = [F.relu, lambda z: F.relu(z.clone(), True), torch.relu, lambda z: torch.relu_(z.clone()),
                 torch.Tensor.relu,
                 lambda z: z.clone().relu_(), lambda z: z.clamp(min=0), lambda z: torch.clamp(z, 0, 6),
                 lambda z: z.clone().clamp_(0), lambda z: z.clamp_min(0), F.relu6, torch.sigmoid,
                 lambda z: z.clone().sigmoid_(), torch.special.expit, torch.tanh, F.tanh, F.gelu, F.silu, F.hardtanh,
                 lambda z: F.threshold(z, 0.1, 0.0), lambda z: F.leaky_relu_(z.clone(), 0.2),
                 lambda z: F.prelu(z, torch.full((4,), 0.1)), lambda z: torch.clip(z, -1, 1),
                 lambda z: torch.sigmoid(z, out=torch.empty_like(z)), nn.ReLU(), nn.Mish(), nn.Softplus(beta=2)]
    for function in spellings:
        model = Apply(function)
        with watch(model) as w:
            model(z)
        assert len(w.layers) == 1 and not w.unseen, function
    others = (lambda z: z.clamp(min=1e-6), lambda z: z.clamp(max=1), lambda z: z.clamp(0.1, 1), torch.exp, F.dropout)
    for function in others:
        model = Apply(function)
        with watch(model) as w:
            model(z)
        assert not w.layers
    assert w.verdict == "nothing seen yet: call the model"


def test_names_say_the_bounds():
    model = nn.Sequential(nn.ReLU6(), nn.Hardtanh(-2, 2), nn.Hardtanh(), Apply(lambda z: z.clamp(0, 6)))
    with watch(model) as w:
        model(torch.tensor([[7.0, -1.0, 1.0]]))
    assert [layer.function for layer in w.layers] == ["relu6", "hardtanh(-2, 2)", "hardtanh", "clamp(0, 6)"]
    assert w.layers[0].dead_units.tolist() == [True, True, False]


def test_killed_units_are_counted_where_they_are():
    model = nn.Sequential(nn.Conv2d(3, 12, 3), nn.BatchNorm2d(12), nn.ReLU(), nn.Conv2d(12, 8, 3), nn.GELU(),
                          nn.Flatten(), nn.Linear(8 * 4 * 4, 20), nn.Tanh(), nn.Linear(20, 2))
    kill(model[1], 5)
    kill(model[3], 3)
    with torch.no_grad():
        model[6].weight[:4] = 0
        model[6].bias[:4] = 7.0  # tanh'(7) = 3e-6: flat, not dead
    with watch(model) as w:
        for _ in range(3):
            model(torch.randn(6, 3, 8, 8))
    relu, gelu, tanh = w.layers
    assert [(layer.name, layer.units, layer.seen) for layer in w.layers] == [
        ("2", 12, 3 * 6 * 36), ("4", 8, 3 * 6 * 16), ("7", 20, 18)]
    assert relu.dead_units.tolist() == [True] * 5 + [False] * 7 and relu.dead_share == 5 / 12
    assert gelu.dead == 3 and gelu.dead_units[:3].all()
    assert tanh.dead == 0 and (tanh.saturated_units[:4] == 1).all() and tanh.saturated < 0.3
    assert relu.verdict == "5 of 12 units are dead in layer '2' (relu)"
    assert w.verdict == f"8 of 40 units are dead in 2 of 3 layers; {relu.verdict}"


def test_dead_means_on_everything_seen_until_reset():
    model = mlp(nn.ReLU(), width=3)
    with torch.no_grad():
        model[0].weight.copy_(torch.eye(3))
        model[0].bias.zero_()
    w = watch(model)
    model(torch.tensor([[1.0, -1.0, -1.0]]))
    assert w.layers[0].dead_units.tolist() == [False, True, True]
    model(torch.tensor([[-1.0, 1.0, -1.0]]))
    assert w.layers[0].dead_units.tolist() == [False, False, True] and w.layers[0].saturated == pytest.approx(4 / 6)
    w.reset()
    assert w.layers == []
    model(torch.tensor([[-1.0, 1.0, -1.0]]))
    w.detach()
    model(torch.ones(1, 3))
    assert w.layers[0].dead == 2 and w.layers[0].seen == 1


def test_one_module_in_two_places_is_two_rows():
    model = nn.Sequential(nn.Conv2d(3, 8, 1), Block(8), Block(8)).eval()
    x = torch.randn(4, 3, 6, 6)
    seen = []
    with torch.no_grad():
        h = model[0](x)
        for block in (model[1], model[2]):
            kill(block.bn1, 2)
            a = block.bn1(block.conv1(h))
            b = block.bn2(block.conv2(a.relu())) + h
            seen += [a, b]
            h = b.relu()
    with watch(model) as w:
        out = model(x)
    assert torch.equal(out, h)
    assert [layer.name for layer in w.layers] == ["1.relu", "1.relu#2", "2.relu", "2.relu#2"]
    for layer, z in zip(w.layers, seen):
        assert layer.dead_units.tolist() == (z <= 0).all(dim=(0, 2, 3)).tolist()
        assert layer.saturated == pytest.approx((z <= 0).double().mean().item())


def test_branches_and_loops_keep_their_rows():
    class Model(nn.Module):
        def forward(self, x, first):
            if first:
                x = torch.relu(x)
            for k in range(2 if first else 1):
                x = torch.tanh(x + k)
            return torch.relu(x) if first else torch.sigmoid(torch.relu(x))

    model = Model()
    with watch(model) as w:
        model(torch.ones(2, 3), True)
        model(-torch.ones(2, 3), False)
        model(torch.ones(2, 3), True)
    assert [(layer.function, layer.seen) for layer in w.layers] == [
        ("relu", 4), ("tanh", 6), ("tanh", 4), ("relu", 4), ("relu", 2), ("sigmoid", 2)]
    assert [layer.name for layer in w.layers] == ["model", *(f"model#{k}" for k in range(2, 7))]
    assert [layer.dead for layer in w.layers] == [0, 0, 0, 0, 3, 0]


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("norm_first", [True, False])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_transformer_blocks_run_undisturbed_and_are_seen(activation, norm_first, training):
    torch.manual_seed(0)
    model = nn.TransformerEncoderLayer(8, 2, 16, activation=activation, norm_first=norm_first, batch_first=True)
    model.train(training)
    kill(model.linear1, 3)
    x = torch.randn(4, 5, 8)
    for grad in (True, False):
        with torch.set_grad_enabled(grad):
            plain = under_seed(model, x)
            with watch(model) as w:
                watched = under_seed(model, x)
        assert all(map(torch.equal, plain, watched))
        (layer,) = w.layers
        assert (layer.units, layer.dead, layer.seen, layer.function) == (16, 3, 20, activation)
        assert w.unseen == {"self_attn": "multi_head_attention_forward is not elementwise"}


def under_seed(model, *inputs):
    """(output, state of the random generator afterwards)"""
    torch.manual_seed(1)
    return model(*inputs), torch.get_rng_state()


def operations(model, *inputs):
    with torch.profiler.profile() as profile:
        model(*inputs)
    return [event.name for event in profile.events()]


def test_fused_encoder_keeps_its_kernel_and_is_looked_into():
    torch.manual_seed(0)  # other weights may have a dead unit of their own
    model = nn.TransformerEncoder(nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), 2).eval()
    kill(model.layers[1].linear1, 5)
    x, mask = torch.randn(4, 5, 8), torch.zeros(4, 5, dtype=torch.bool)
    mask[:, 3:] = True
    with torch.no_grad():
        with pytest.warns(UserWarning, match="nested tensors"):
            plain = model(x, src_key_padding_mask=mask)
        with watch(model) as w:
            watched = model(x, src_key_padding_mask=mask)
            assert "aten::_transformer_encoder_layer_fwd" in operations(model, x)
    assert torch.equal(plain, watched)
    assert [(layer.name, layer.dead) for layer in w.layers] == [("layers.0", 0), ("layers.1", 5)]


def test_hooks_of_the_user_fire_once_and_are_respected():
    model, calls = nn.TransformerEncoderLayer(8, 2, 16, batch_first=True).eval(), []
    model.linear1.register_forward_hook(lambda *args: calls.append(1))
    with torch.no_grad(), watch(model) as w:
        model(torch.randn(2, 5, 8))
    assert calls == [1] and list(w.unseen.values()) == ["a fused kernel, and hooks that would fire twice"]


def test_outputs_gradients_and_random_numbers_stay():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 8), nn.RReLU(), nn.Dropout(), nn.Linear(8, 8), nn.BatchNorm1d(8),
                          nn.ReLU(inplace=True), nn.Linear(8, 4), nn.PReLU(4), nn.Hardswish(inplace=True))
    x = torch.randn(10, 6)
    twin = copy.deepcopy(model)
    with watch(model) as w:
        for _ in range(3):
            train_step(model, x)
    for _ in range(3):
        train_step(twin, x)
    assert all(torch.equal(a, b) for a, b in zip(model.state_dict().values(), twin.state_dict().values()))
    assert [layer.function for layer in w.layers] == ["rrelu", "relu", "prelu", "hardswish"]
    assert {layer.seen for layer in w.layers} == {30}


def train_step(model, x):
    out, _ = under_seed(model, x)
    model.zero_grad()
    out.square().sum().backward()
    with torch.no_grad():
        for value in model.parameters():
            value -= 0.01 * value.grad


def test_any_mode_of_differentiation():
    model = mlp(nn.ReLU(), nn.Tanh())
    kill(model[0], 4)
    x = torch.randn(9, 16)
    for mode in (torch.enable_grad, torch.no_grad, torch.inference_mode):
        w = watch(model)
        with mode():
            model(x)
            model(x)
        w.detach()
        assert [(layer.dead, layer.seen) for layer in w.layers] == [(4, 18), (0, 18)]
    with watch(model) as w:
        with torch.inference_mode():
            model(x)
        model(x)
        torch.func.vmap(model)(x[:, None])
        assert w.unseen["1"] == "relu of a tensor inside vmap or another transformation"
    assert w.layers[0].seen == 18


def test_prelu_is_judged_channel_by_channel():
    model = nn.Sequential(nn.PReLU(3))
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor([0.0, 0.005, 300.0]))
    with watch(model) as w:
        model(torch.tensor([[-1.0, -1.0, 1.0], [-2.0, 1.0, -1.0]]))
    assert w.layers[0].dead_units.tolist() == [True, False, False]
    assert w.layers[0].saturated_units.tolist() == [1.0, 0.5, 0.5]


@pytest.mark.parametrize("model, shape, units", [
    (nn.Sequential(nn.Linear(5, 7), nn.ReLU()), (4, 5), 7),
    (nn.Sequential(nn.Linear(5, 7), nn.ReLU()), (2, 3, 5), 7),
    (nn.Sequential(nn.Linear(5, 7), nn.LayerNorm(7), nn.GELU()), (2, 3, 4, 5), 7),
    (nn.Sequential(nn.Linear(5, 7), nn.ReLU()), (5,), 7),
    (nn.Sequential(nn.Conv1d(5, 7, 1), nn.BatchNorm1d(7), nn.ReLU()), (2, 5, 9), 7),
    (nn.Sequential(nn.Conv1d(5, 7, 1), nn.ReLU()), (5, 9), 7),
    (nn.Sequential(nn.Conv2d(5, 7, 1), nn.Dropout(), nn.ReLU()), (2, 5, 3, 4), 7),
    (nn.Sequential(nn.Conv2d(5, 7, 1), nn.ReLU()), (5, 3, 4), 7),
    (nn.Sequential(nn.ConvTranspose3d(5, 7, 1), nn.ReLU()), (2, 5, 2, 3, 4), 7),
    (nn.Sequential(nn.Conv2d(5, 7, 1), nn.Flatten(), nn.ReLU()), (2, 5, 3, 4), 84),
    (nn.Sequential(nn.Conv2d(5, 7, 1), Apply(lambda x: x.permute(0, 2, 3, 1)), nn.ReLU()), (2, 5, 3, 4), 7),
    (nn.Sequential(nn.Conv1d(5, 7, 1), Apply(lambda x: x.transpose(1, 2)), nn.ReLU()), (2, 5, 9), 7),
    (nn.Sequential(nn.Conv1d(5, 7, 1), Apply(lambda x: torch.cat([x, x], dim=1)), nn.ReLU()), (2, 5, 9), 14),
    (nn.Sequential(nn.Linear(9, 9), Apply(lambda x: x.transpose(dim0=1, dim1=2)), nn.ReLU()), (2, 5, 9), 9),
])
def test_units_are_where_the_layers_put_them(model, shape, units):
    with watch(model) as w:
        model(torch.randn(shape))
    (layer,) = w.layers
    assert layer.units == units and layer.seen * units == model(torch.randn(shape)).numel()


def test_units_are_where_the_user_says():
    for first, units in ((True, 5), (False, 9), (None, 9)):
        model = Apply(torch.relu)
        with watch(model, channels_first=first) as w:
            model(torch.randn(2, 5, 9))
        assert w.layers[0].units == units


def test_own_modules_count_as_one_function():
    class Swish(nn.Module):
        def __init__(self, units):
            super().__init__()
            self.beta = nn.Parameter(torch.ones(units))

        def forward(self, x):
            return x * torch.sigmoid(self.beta * x)

    model = nn.Sequential(nn.Linear(4, 6), Swish(6), nn.Linear(6, 6), actfns.catalog["squareplus"].module())
    kill(model[0], 2)
    with watch(model) as w:
        model(torch.randn(8, 4))
    assert [(layer.name, layer.function, layer.dead) for layer in w.layers] == [
        ("1", "sigmoid", 2), ("3", "Squareplus", 0)]
    with watch(model, also=(Swish,)) as w:
        model(torch.randn(8, 4))
    assert [(layer.name, layer.function, layer.dead) for layer in w.layers] == [
        ("1", "Swish", 2), ("3", "Squareplus", 0)]
    assert model.training and not w.unseen
    keywords = Apply(lambda z: model[1](x=z))
    keywords.inner = model[1]
    with watch(keywords, also=(Swish,)) as w:
        keywords(torch.randn(8, 6))
    assert w.layers == [] and w.unseen == {"inner": "Swish called without a positional tensor"}


def plain_relu(x):
    return torch.relu(x)


@pytest.mark.filterwarnings("ignore:.torch.jit.script:DeprecationWarning")
def test_what_is_not_elementwise_is_named():
    class Model(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm, self.glu, self.head = nn.LSTM(4, 6), nn.GLU(), nn.Linear(3, 3)
            self.script = torch.jit.script(nn.Sequential(nn.Linear(3, 3), nn.ReLU()))

        def forward(self, x):
            return F.softmax(self.script(self.head(self.glu(self.lstm(x)[0]))), dim=-1)

    model = Model()
    with watch(model) as w:
        model(torch.randn(5, 2, 4))
    hidden = nn.Sequential(Apply(torch.compile(torch.relu)), Apply(torch.jit.script(plain_relu)))
    with watch(hidden) as w_hidden:
        pass
    assert w_hidden.unseen == {"0": "a compiled function", "1": "a scripted function"}
    assert w.layers == [] and w.unseen == {
        "script": "scripted", "lstm": "lstm is not elementwise", "glu": "glu is not elementwise",
        "model": "softmax is not elementwise"}
    assert "not counted in 'lstm'" in str(w)


@pytest.mark.filterwarnings("ignore:.torch.jit.script:DeprecationWarning")
def test_what_cannot_be_watched_is_refused():
    with pytest.raises(ValueError, match="compiled"):
        watch(torch.compile(mlp(nn.ReLU())))
    inner = mlp(nn.ReLU())
    inner[0].compile()
    with pytest.raises(ValueError, match="0 is compiled"):
        watch(inner)
    inner = mlp(nn.ReLU())
    inner.forward = torch.compile(inner.forward)
    with pytest.raises(ValueError, match="the model is compiled"):
        watch(inner)
    with pytest.raises(ValueError, match="scripted"):
        watch(torch.jit.script(mlp(nn.ReLU())))
    with pytest.raises(TypeError, match="Module"):
        watch(torch.relu)
    assert clean()


def clean():
    hooks = (torch_module._global_forward_hooks, torch_module._global_forward_pre_hooks,
             torch_module._global_forward_hooks_always_called, torch_module._global_forward_hooks_with_kwargs)
    return not any(hooks) and _get_current_function_mode() is None


def test_nothing_is_left_behind():
    model = nn.Sequential(Block(4), nn.TransformerEncoderLayer(8, 2, 16, batch_first=True, dropout=0)).eval()
    model = nn.Sequential(model[0], nn.Flatten(2), nn.Linear(64, 8), model[1]).eval()
    x = torch.randn(2, 4, 8, 8)
    before = {name: dict(module.__dict__) for name, module in model.named_modules()}
    keys, plain = list(model.state_dict()), operations(model, x)
    w = watch(model)
    model(x)
    during = {name: dict(module.__dict__) for name, module in model.named_modules()}
    w.detach()
    w.detach()
    after = {name: dict(module.__dict__) for name, module in model.named_modules()}
    assert {k: v.keys() for k, v in before.items()} == {k: v.keys() for k, v in during.items()}
    for name, kept in before.items():
        assert all(kept[key] is after[name][key] and kept[key] is during[name][key] for key in kept), name
    assert list(model.state_dict()) == keys and operations(model, x) == plain and clean()
    assert pickle.loads(pickle.dumps(w.layers[0])).dead == w.layers[0].dead


def test_copies_are_not_watched():
    model = mlp(nn.ReLU())
    with watch(model) as w:
        twin = copy.deepcopy(model)
        twin(torch.randn(3, 16))
        assert w.layers == []
        model(torch.randn(3, 16))
    assert w.layers[0].seen == 3


@pytest.mark.parametrize("error", [RuntimeError, KeyboardInterrupt])
def test_an_error_inside_forward_ends_the_looking(error):
    class Breaks(nn.Module):
        def forward(self, x):
            if x.sum() > 0:
                raise error
            return torch.relu(x)

    model = nn.Sequential(nn.ReLU(), Breaks())
    w = watch(model)
    with pytest.raises(error):
        model(torch.ones(2, 3))
    torch.relu(torch.ones(7, 3))
    nn.Sequential(nn.ReLU())(torch.ones(7, 3))
    model(-torch.ones(4, 3))
    assert [(layer.name, layer.seen) for layer in w.layers] == [("0", 6), ("1", 4)]
    with pytest.raises(error):
        model(torch.ones(2, 3))
    w.detach()
    assert clean()


def test_two_watches_see_the_same():
    model = nn.Sequential(mlp(nn.ReLU()), nn.ReLU())
    with watch(model) as outer, watch(model[0]) as inner:
        model(torch.randn(3, 16))
    assert [layer.name for layer in outer.layers] == ["0.1", "1"]
    assert [layer.name for layer in inner.layers] == ["1"]
    assert clean()


def test_two_watches_of_one_model():
    model = nn.Sequential(nn.Linear(8, 8), nn.TransformerEncoderLayer(8, 2, 16, batch_first=True), nn.ReLU()).eval()
    x = torch.randn(3, 5, 8)
    with torch.no_grad():
        plain = model(x)
        first, second = watch(model), watch(model)
        assert torch.equal(model(x), plain) and torch.equal(model(x), plain)
        first.detach()
        model(x)
        second.detach()
    assert [layer.seen for layer in first.layers] == [30, 30] and [layer.seen for layer in second.layers] == [45, 45]
    assert clean()


def test_half_precision_and_nan():
    model = nn.Sequential(nn.ReLU(), nn.Sigmoid())
    with watch(model) as w:
        model(torch.tensor([[1.0, -1.0, torch.nan]], dtype=torch.bfloat16))
        model(torch.ones(1, 3, dtype=torch.bfloat16) * torch.tensor([1, -1, 1]))
    assert w.layers[0].dead_units.tolist() == [False, True, False]
    with watch(nn.Sequential(nn.ReLU())) as w:
        w._tracer.model(torch.full((2, 1), torch.nan))
    assert w.layers[0].dead == 0  # a slope that nobody knows is not 0


def test_report():
    model = mlp(nn.ReLU(), nn.Tanh())
    kill(model[0], 1)
    with watch(model) as w:
        model(torch.randn(500, 16))
        live = w.table()
    table = w.table()
    assert table.equals(live)
    assert list(table) == ["layer", "function", "units", "dead", "dead_share", "saturated", "seen"]
    assert table.dead.tolist() == [1, 0] and table.dead_share[0] == 1 / 16
    lines = str(w).splitlines()
    assert lines[1].split()[:4] == ["1", "relu", "16", "1"] and lines[-1] == w.layers[0].verdict
    assert w.layers[0].verdict == "1 of 16 units is dead in layer '1' (relu)"
    page = w._repr_html_()
    assert page.count("<tr>") == 3 and "<td>relu</td>" in page and "is dead in layer" in page
    assert repr(w) == "<watch: 2 layers>" and np.issubdtype(w.layers[0].dead_units.dtype, np.bool_)


def test_tracer_serves_other_observers():
    class Names:
        def __init__(self):
            self.seen = []

        def start(self):
            self.seen.append("start")

        def wants(self, func):
            return func in (torch.relu, F.relu, F.softmax)

        def before(self, call):
            return f"{call.path}:{call.func.__name__}:{call.turn}"

        def after(self, func, args, kwargs, result, kept):
            if kept:
                self.seen.append((kept, tuple(result.shape)))

    model = nn.Sequential(nn.ReLU(), Apply(lambda x: torch.relu(x).softmax(-1)), Apply(lambda x: F.softmax(x, 0)))
    names = Names()
    tracer = tracing.Tracer(model, names)
    model(torch.ones(2, 3))
    tracer.detach()
    assert names.seen == ["start", ("0:relu:0", (2, 3)), ("1:relu:0", (2, 3)), ("2:softmax:0", (2, 3))]


@pytest.mark.parametrize("name, rows, place, kind", [
    ("resnet18", 17, "layer1.0.relu#2", nn.ReLU), ("googlenet", 57, "conv1", nn.BatchNorm2d),
    ("mobilenet_v3_small", 42, "features.0.2", None), ("swin_t", 12, "features.1.0.mlp.1", None)])
def test_networks_of_torchvision(name, rows, place, kind):
    models = pytest.importorskip("torchvision.models")  # there is no build of it for the CPU build of torch
    options = {"aux_logits": False, "init_weights": False} if name == "googlenet" else {}
    torch.manual_seed(0)
    model = getattr(models, name)(weights=None, **options).eval()
    x = torch.randn(2, 3, 64, 64)
    with torch.no_grad():
        plain, expected = dead_by_hooks(model, kind, x)
        with watch(model) as w:
            watched = model(x)
    assert torch.equal(plain, watched) and len(w.layers) == rows and place in [layer.name for layer in w.layers]
    if kind is not None:
        assert [layer.dead_units.tolist() for layer in w.layers] == expected and sum(map(sum, expected)) > 100
    if name == "swin_t":  # channels last, (N, H, W, C)
        assert {layer.units for layer in w.layers} == {384, 768, 1536, 3072}


def dead_by_hooks(model, kind, x):
    """(output, dead ReLUs of every call) from what enters each ReLU module, or leaves each batch norm."""
    found = []

    def note(z):
        found.append((z <= 0).all(dim=(0, 2, 3)).tolist())

    hooks = [module.register_forward_pre_hook(lambda m, args: note(args[0])) if kind is nn.ReLU else
             module.register_forward_hook(lambda m, args, out: note(out))
             for module in model.modules() if kind is not None and isinstance(module, kind)]
    out = model(x)
    for hook in hooks:
        hook.remove()
    return out, found
