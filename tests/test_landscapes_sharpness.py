"""Curvature against the whole Hessian, worst cases against a search, and what rescaling does to each measure."""

import numpy as np
import pytest
import torch
from lab_twin import DOUBLE, one_thread  # noqa: F401
from landscape_twin import data_of, full_hessian, in_a_row, module, plain, trained
from torch import nn
from torch.func import functional_call
from torch.nn import functional as F

import actfns
from actfns import lab, landscapes
from actfns.landscapes.tensors import flat

SPLITS = [1, 2, 4, 8]
rng = np.random.default_rng(0)
POINTS = lab.from_arrays(rng.normal(size=(40, 3)), rng.integers(0, 3, 40), name="points")


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def small_run(activation="tanh", hidden=(4, 3), seeds=range(3), **settings):
    return lab.train(POINTS, hidden, activation, seeds, lr=0.2, epochs=6, batch=10, dtype=DOUBLE, **settings)


def hessian_of(run, k, activation):
    """The whole Hessian of one seed's mean training loss."""
    x, y = torch.as_tensor(POINTS.X_train), torch.as_tensor(POINTS.y_train)

    def loss(params):
        stacked = {name: value.unsqueeze(0) for name, value in params.items()}
        return F.cross_entropy(lab.forward(stacked, x, activation)[0], y)

    return full_hessian(loss, {name: value[k] for name, value in run.params.items()})


@pytest.mark.parametrize("activation, batches", [("tanh", 1), ("gelu", 1), ("relu", 8), *(("mish", n) for n in SPLITS)])
def test_eigenvalues_and_trace_are_those_of_the_whole_hessian(activation, batches):
    run = small_run(activation)
    loss = landscapes.objective(run).split(batches)
    found, exact = landscapes.eigenvalues(loss), landscapes.trace(loss, probes="all")
    for k in range(3):
        whole = hessian_of(run, k, activation)
        values = np.linalg.eigvalsh(whole)
        assert found.largest[k] == pytest.approx(values[-1], abs=1e-6)
        assert found.smallest[k] == pytest.approx(values[0], abs=1e-6)
        assert found.dominant[k] == pytest.approx(values[np.abs(values).argmax()], abs=1e-6)
        assert exact.mean[k] == pytest.approx(np.trace(whole), abs=1e-6)
        assert exact.values[k] == pytest.approx(np.diag(whole), abs=1e-9)
    assert (found.residuals < 1e-6).all() and not exact.se.any()


@pytest.mark.parametrize("image", [False, True])
@pytest.mark.parametrize("batches", SPLITS)
def test_the_hessian_of_a_module(image, batches):
    net, (x, y) = module(image=image), data_of("cnn" if image else "mlp")
    net.eval()
    x, y = x[:40], y[:40]
    loss = landscapes.objective(net, (x, y)).split(batches)
    vector = {name: torch.randn(value.shape, dtype=DOUBLE, generator=generator())
              for name, value in loss.params.items()}
    whole = full_hessian(lambda params: F.cross_entropy(functional_call(net, params, x), y), loss.params)
    product = in_a_row(landscapes.hessian_product(loss, vector))
    assert np.abs(product - whole @ in_a_row(vector)).max() < 1e-10
    values, found = np.linalg.eigvalsh(whole), landscapes.eigenvalues(loss)
    assert (found.largest, found.smallest) == pytest.approx((values[-1], values[0]), abs=1e-6)
    assert isinstance(found.largest, float)
    made = landscapes.gradient(loss)
    expected = torch.autograd.grad(F.cross_entropy(net(x), y), list(net.parameters()))
    assert np.abs(in_a_row(made) - in_a_row(dict(enumerate(expected)))).max() < 1e-12


@pytest.mark.parametrize("kind", ["mlp norm", "cnn", "cnn norm", "resnet"])
def test_the_curvature_of_a_networks_seeds(kind):
    """Along a line through the point, the second difference of the loss is the quadratic form of the Hessian."""
    loss = landscapes.objective(trained(kind, "prelu" if kind == "cnn norm" else "mish"))
    along = landscapes.directions(loss, generator(), axes=1, vectors="keep", orthogonal=False)
    vector = {name: value[0, 0] for name, value in along.items()}
    product = landscapes.hessian_product(loss, vector)
    bend = (flat(product) * flat(vector)).sum(1).numpy()
    h = 1e-5
    seen = landscapes.line(loss, along, [-h, 0, h]).loss[:, 0]
    assert (seen[:, 0] - 2 * seen[:, 1] + seen[:, 2]) / h ** 2 == pytest.approx(bend, rel=1e-3)
    slope = (flat(landscapes.gradient(loss)) * flat(vector)).sum(1).numpy()
    assert (seen[:, 2] - seen[:, 0]) / (2 * h) == pytest.approx(slope, rel=1e-3)


LEFT_OUT = {"exponential": "overflows", "gumbel_softmax": "draws numbers", "reglu": "a sample lies on its kink"}


@pytest.mark.parametrize("activation", [f for f in actfns.catalog if f not in LEFT_OUT])
def test_the_curvature_of_every_function(activation):
    """The product is the difference of gradients on either side."""
    run = small_run(activation, (6, 6), seeds=(0, 1))
    loss = landscapes.objective(run, params=run.initial)
    vector = landscapes.directions(loss, generator(1), axes=1, vectors="keep", normalise="none")
    vector, h = {name: value[0, 0] for name, value in vector.items()}, 1e-6
    low, high = (flat(landscapes.gradient(landscapes.objective(run, params={
        name: value + step * vector[name] for name, value in run.initial.items()}))) for step in (-h, h))
    expected = (high - low) / (2 * h)
    assert (flat(landscapes.hessian_product(loss, vector)) - expected).norm() < 1e-4 * expected.norm()


@pytest.mark.parametrize("norm", ["batch", "recalibrated"])
def test_policies_for_batch_norm_have_a_curvature_of_their_own(norm):
    net, (x, y) = module(), data_of("mlp")
    found = landscapes.eigenvalues(landscapes.objective(net, (x, y)), norm=norm).largest
    if norm == "recalibrated":
        torch.optim.swa_utils.update_bn([x], net)
    net.train(norm == "batch")
    state = {name: value.clone() for name, value in net.named_buffers()}
    whole = full_hessian(lambda params: F.cross_entropy(functional_call(net, (params, dict(state)), x), y),
                         dict(net.named_parameters()))
    assert found == pytest.approx(np.linalg.eigvalsh(whole)[-1], rel=1e-6)


def test_eigenvectors_are_directions():
    run = small_run("mish", seeds=(0, 1))
    loss = landscapes.objective(run)
    found = landscapes.eigenvalues(loss)
    for axis, value in enumerate((found.largest, found.smallest)):
        vector = {name: part[0, axis] for name, part in found.directions.items()}
        assert flat(vector).norm(dim=1).numpy() == pytest.approx(np.ones(2), abs=1e-12)
        along = {name: part[:, axis:axis + 1] for name, part in found.directions.items()}
        h = 1e-3
        seen = landscapes.line(loss, along, [-h, 0, h]).loss[:, 0]
        assert (seen[:, 0] - 2 * seen[:, 1] + seen[:, 2]) / h ** 2 == pytest.approx(value, abs=1e-4)
    assert landscapes.surface(loss, found.directions, [0, 0.1]).loss.shape == (2, 1, 2, 2)


def test_eigenvalues_keep_their_signs():
    data = torch.zeros(2, 1, dtype=DOUBLE), torch.zeros(2, dtype=DOUBLE)
    scales = torch.cat([torch.tensor([3.0, -5.0]), torch.linspace(-1, 1, 40)]).to(DOUBLE)
    loss = landscapes.objective(lambda p, x: p["w"], data, loss=lambda w, y: (scales * w.square() / 2).sum() + 0 * y,
                                params={"w": torch.zeros(42, dtype=DOUBLE)})
    found = landscapes.eigenvalues(loss)
    assert (found.largest, found.smallest, found.dominant) == pytest.approx((3, -5, -5), abs=1e-10)
    assert landscapes.eigenvalues(loss, generator(7)).largest == pytest.approx(3, abs=1e-10)
    assert landscapes.trace(loss, probes=4).values == pytest.approx(np.full(4, -2.0), abs=1e-10)  # diagonal: exact


def test_a_loss_without_curvature_and_without_slope():
    data = torch.ones(3, 1), torch.zeros(3)
    linear = landscapes.objective(lambda p, x: x @ p["w"], data, loss=lambda z, y: z, params={"w": torch.ones(1)})
    assert landscapes.eigenvalues(linear).largest == 0 and landscapes.gradient(linear)["w"] == 1
    flat_ = landscapes.objective(lambda p, x: x[:, 0], data, loss=lambda z, y: z, params={"w": torch.ones(1)})
    assert landscapes.gradient(flat_)["w"] == 0 and landscapes.sam(flat_) == 0


def test_the_random_trace_is_unbiased_and_knows_its_error():
    run = small_run("mish", seeds=(0,))
    loss, whole = landscapes.objective(run), hessian_of(run, 0, "mish")
    drawn, found = generator(3), landscapes.trace(loss, generator(3), probes=50)
    for value in found.values[0]:
        signs = torch.randint(2, (1, len(whole)), generator=drawn).numpy()[0] * 2.0 - 1
        assert value == pytest.approx(signs @ whole @ signs, abs=1e-10)
    assert found.mean == found.values.mean() and found.se == pytest.approx(found.values.std(ddof=1) / 50 ** 0.5)
    many = landscapes.trace(loss, generator(1), probes=2000)
    variance = 2 * (whole ** 2).sum() - 2 * (np.diag(whole) ** 2).sum()  # of vᵀHv for random signs
    assert many.values.var() == pytest.approx(variance, rel=0.15)
    assert abs(many.mean - np.trace(whole)) < 4 * many.se


@pytest.mark.parametrize("batches", SPLITS)
def test_every_measure_is_the_same_for_all_splits(batches):
    loss = landscapes.objective(trained("mlp norm", "mish"))
    whole, parts = landscapes.sharpness(loss.split(1)), landscapes.sharpness(loss.split(batches))
    for name, value in whole.table().items():
        assert parts.table()[name] == pytest.approx(value, rel=1e-6, abs=1e-9), name
    assert set(vars(whole)) == {"loss", "largest", "smallest", "trace", "trace_se", "sam", "adaptive", "rise",
                                "rise_se"}


@pytest.mark.parametrize("kind", ["mlp norm", "cnn", "cnn norm", "resnet"])
def test_every_seed_is_as_sharp_as_its_ordinary_network(kind):
    activation = "prelu" if kind == "cnn norm" else "mish"
    run = trained(kind, activation)
    found = landscapes.sharpness(landscapes.objective(run).split(3), probes=2, pairs=2)
    for k in range(2):
        net = plain(kind, activation, run.params, k)
        alone = landscapes.sharpness(landscapes.objective(net, data_of(kind)), probes=2, pairs=2)
        for name in ("loss", "largest", "smallest", "sam", "adaptive"):
            assert getattr(found, name)[k] == pytest.approx(getattr(alone, name), rel=1e-6), name


def test_single_precision_is_good_enough_for_sharpness():
    run = trained("mlp", "mish")
    double, single = (landscapes.sharpness(landscapes.objective(run, dtype=dtype)) for dtype in (None, torch.float32))
    for name, value in double.table().items():
        assert single.table()[name] == pytest.approx(value, rel=0.01, abs=0.01), name


# worst cases

def bowl(w):
    """A loss of two parameters with a curved valley and a slope."""
    return (1 - w[..., 0]) ** 2 + 3 * (w[..., 1] - w[..., 0] ** 2) ** 2 + torch.sin(3 * w[..., 1])


def two_parameters(w):
    data = torch.zeros(2, 1, dtype=DOUBLE), torch.zeros(2, dtype=DOUBLE)
    return landscapes.objective(lambda p, x: bowl(p["w"]).expand(2), data, loss=lambda z, y: z,
                                params={"w": torch.tensor(w, dtype=DOUBLE)})


@pytest.mark.parametrize("adaptive", [False, True])
@pytest.mark.parametrize("radius", [0.01, 0.1, 0.3])
@pytest.mark.parametrize("w", [(0.5, -0.4), (1.2, 0.7), (-0.8, 0.9)])
def test_the_worst_case_is_that_of_a_search(w, radius, adaptive):
    centre = torch.tensor(w, dtype=DOUBLE)
    angles, lengths = torch.linspace(0, 2 * np.pi, 2001, dtype=DOUBLE), torch.linspace(0, radius, 201, dtype=DOUBLE)
    disc = lengths[:, None, None] * torch.stack([angles.cos(), angles.sin()], 1)
    best = (bowl(centre + disc * (centre.abs() if adaptive else 1)).max() - bowl(centre)).item()
    found = [landscapes.sam(two_parameters(w), radius, adaptive=adaptive, steps=steps) for steps in (1, 200)]
    assert found[0] <= found[1] <= best * (1 + 1e-4)
    assert found[1] == pytest.approx(best, rel=1e-3)


def test_one_step_is_the_published_formula():
    run = small_run("mish", seeds=(0, 1))
    loss, slope = landscapes.objective(run), landscapes.gradient(landscapes.objective(run))
    for k in range(2):
        g, w = (in_a_row({name: value[k] for name, value in part.items()}) for part in (slope, loss.params))
        for adaptive, step in ((False, 0.05 * g / np.linalg.norm(g)),
                               (True, 0.05 * w ** 2 * g / np.linalg.norm(w * g))):
            values, used = {name: value.clone() for name, value in loss.params.items()}, 0
            for value in values.values():
                size = value[k].numel()
                value[k] += torch.as_tensor(step[used:used + size].reshape(value[k].shape))
                used += size
            rise = (loss(values) - loss())[k].item()
            assert landscapes.sam(loss, 0.05, adaptive=adaptive)[k] == pytest.approx(rise, rel=1e-9)


def test_sam_refuses():
    loss = two_parameters((0.5, 0.5))
    for radius in (0, -1, np.inf, np.nan):
        with pytest.raises(ValueError, match="radius must be"):
            landscapes.sam(loss, radius)
    with pytest.raises(ValueError, match="steps must be"):
        landscapes.sam(loss, steps=0)
    with pytest.raises(ValueError, match="probes must be"):
        landscapes.trace(loss, probes=1)


def test_the_profile_is_a_mean_over_directions():
    loss = landscapes.objective(small_run("tanh"))
    made = landscapes.profile(loss, [0.25, 0.5], generator(2), pairs=6)
    drawn = landscapes.directions(loss, generator(2), pairs=6, axes=1, orthogonal=False)
    for pair in range(6):
        moved = {name: loss.params[name] + 0.5 * value[pair, 0] for name, value in drawn.items()}
        assert made.rise[:, pair, 1] == pytest.approx((loss(moved) - loss()).numpy(), rel=1e-9)
    found = made.interval()
    assert found.mean.shape == (3, 2) and found.n == 6
    assert found.mean == pytest.approx(made.rise.mean(1)) and (found.low < found.mean).all()


# the rescaling test

def rescaled(activation):
    run = small_run(activation, (8, 6), seeds=range(4))
    factors = [10, 0.5, 0.2]
    x = torch.as_tensor(POINTS.X_train)
    same = landscapes.rescale(run.params, factors)
    outputs = [lab.forward(params, x, activation) for params in (run.params, same)]
    change = (outputs[0] - outputs[1]).abs().max().item() / outputs[0].abs().max().item()
    found = []
    for params in (run.params, same):
        loss = landscapes.objective(run, params=params)
        found.append(landscapes.sharpness(loss, generator=None).table())
    return change, *found


def test_raw_curvature_changes_under_rescaling_and_scale_free_measures_do_not():
    change, before, after = rescaled("relu")
    assert change < 1e-13
    assert after["loss"] == pytest.approx(before["loss"], rel=1e-12)
    assert (after["largest"] > 5 * before["largest"]).all() and (after["trace"] > 5 * before["trace"]).all()
    assert (np.abs(after["sam"] / before["sam"] - 1) > 0.2).all()
    assert after["adaptive"] == pytest.approx(before["adaptive"], rel=1e-9)
    assert after["rise"] == pytest.approx(before["rise"], rel=1e-9)


@pytest.mark.parametrize("activation", ["mish", "swish", "gelu", "tanh"])
def test_other_functions_have_no_such_freedom(activation):
    assert rescaled(activation)[0] > 0.05


def test_rescaling_a_module():
    net = nn.Sequential(nn.Conv2d(1, 3, 3), nn.LeakyReLU(), nn.Flatten(), nn.Linear(108, 5, bias=False), nn.ReLU(),
                        nn.Linear(5, 4)).to(DOUBLE)
    x, params = torch.randn(6, 1, 8, 8, dtype=DOUBLE, generator=generator()), dict(net.named_parameters())
    same = landscapes.rescale(params, [4, 0.5, 0.5])
    assert torch.allclose(functional_call(net, same, x), net(x), rtol=1e-12, atol=1e-14)
    assert torch.equal(same["0.weight"], 4 * params["0.weight"]) and same.keys() == params.keys()


@pytest.mark.parametrize("params, factors, error", [
    ({"W1": torch.ones(1, 2, 2), "b1": torch.ones(1, 2)}, [2.0], "product 1"),
    ({"W1": torch.ones(1, 2, 2), "b1": torch.ones(1, 2)}, [1.0, 1.0], "need 1 positive factors"),
    ({"W1": torch.ones(1, 2, 2), "W2": torch.ones(1, 2, 2)}, [-1.0, -1.0], "need 2 positive factors"),
    ({"W1": torch.ones(1, 2, 2), "scale1": torch.ones(1, 2)}, [1.0], "weights and biases only"),
    ({"0.weight": torch.ones(2, 2), "1.weight": torch.ones(2)}, [1.0, 1.0], "leave norms out"),
    ({"w": torch.ones(2)}, [], "weights and biases only"),
])
def test_rescaling_refuses(params, factors, error):
    with pytest.raises(ValueError, match=error):
        landscapes.rescale(params, factors)
