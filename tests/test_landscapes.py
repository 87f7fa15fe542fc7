"""Directions and slices of the loss: every promised norm and angle, every point against one set by hand."""

import copy

import numpy as np
import pytest
import torch
from lab_twin import DOUBLE, one_thread  # noqa: F401
from landscape_twin import data_of, mean_loss, module, plain, trained
from test_lab_architectures import NETWORKS, TINY
from torch import nn
from torch.nn import functional as F

import actfns
from actfns import lab, landscapes
from actfns.lab.streams import stream
from actfns.landscapes.objective import POLICIES

A, B = [-1.0, 0.5], [-0.7, 0.0, 1.0]


def generator(seed=0):
    return torch.Generator().manual_seed(seed)


def test_the_package_is_named_by_actfns():
    assert actfns.landscapes is landscapes and "landscapes" in dir(actfns)


# directions

PARAMS = {"conv": torch.randn(4, 3, 2, 2, generator=generator()), "conv.b": torch.randn(4, generator=generator(1)),
          "dense": torch.randn(5, 7, generator=generator(2)), "dense.b": torch.randn(5, generator=generator(3))}
WEIGHTS = ("conv", "dense")


@pytest.mark.parametrize("orthogonal", [True, False])
@pytest.mark.parametrize("vectors", ["zero", "keep"])
def test_filters_have_the_norms_of_their_weights(vectors, orthogonal):
    made = landscapes.directions(PARAMS, generator(), pairs=3, axes=3 if orthogonal else 2, vectors=vectors,
                                 orthogonal=orthogonal)
    for name in WEIGHTS:
        expected = PARAMS[name].flatten(1).norm(dim=1)
        assert torch.allclose(made[name].flatten(3).norm(dim=3), expected.expand(*made[name].shape[:3]), rtol=1e-6)
    for name in ("conv.b", "dense.b"):
        expected = PARAMS[name].norm() if vectors == "keep" else torch.tensor(0.0)
        assert torch.allclose(made[name].norm(dim=2), expected.expand(made[name].shape[:2]), rtol=1e-6)
    for name, value in made.items():
        assert value.shape == (3, 3 if orthogonal else 2, *PARAMS[name].shape) and value.dtype == torch.float32


def test_layers_have_the_norms_of_their_weights():
    made = landscapes.directions(PARAMS, generator(), pairs=2, normalise="layer", vectors="keep")
    for name, value in made.items():
        assert torch.allclose(value.flatten(2).norm(dim=2), PARAMS[name].norm().expand(2, 2), rtol=1e-6)
    filters = made["dense"].norm(dim=3) / PARAMS["dense"].norm(dim=1)
    assert filters.std() > 0.05  # not what "filter" does


def test_without_normalisation_entries_are_standard_normal():
    made = landscapes.directions({"W": torch.zeros(200, 300)}, generator(), normalise="none", orthogonal=False)["W"]
    assert abs(made.mean()) < 5 * 120_000 ** -0.5 and abs(made.std() - 1) < 5 * 240_000 ** -0.5
    assert abs((made ** 4).mean() - 3) < 5 * (96 / 120_000) ** 0.5  # uniform ones would have 1.8
    assert (landscapes.cosines({"W": made[0, 0]}, {"W": made[0, 1]})) != 0


@pytest.mark.parametrize("normalise", ["filter", "layer", "none"])
@pytest.mark.parametrize("vectors", ["zero", "keep"])
def test_axes_of_a_pair_are_orthogonal(normalise, vectors):
    params = {name: value.to(DOUBLE) for name, value in PARAMS.items()}
    made = landscapes.directions(params, generator(), pairs=4, axes=3, normalise=normalise, vectors=vectors)
    for pair in range(4):
        axes = [{name: value[pair, axis] for name, value in made.items()} for axis in range(3)]
        for first, second in ((0, 1), (0, 2), (1, 2)):
            assert abs(landscapes.cosines(axes[first], axes[second])) < 1e-14
            if normalise == "filter":
                assert (made["dense"][pair, first] * made["dense"][pair, second]).sum(1).abs().max() < 1e-14
    first, other = ({name: value[pair, 0] for name, value in made.items()} for pair in (0, 1))
    assert 0 < abs(landscapes.cosines(first, other)) < 0.5


def test_angles_left_to_chance_spread_as_they_should():
    made = landscapes.directions({"W": torch.zeros(10, 40)}, generator(), pairs=400, normalise="none",
                                 orthogonal=False)
    found = [landscapes.cosines({"W": one[0]}, {"W": one[1]}) for one in made["W"]]
    assert abs(np.std(found) * 20 - 1) < 0.15 and abs(np.mean(found)) < 5 / 400


def test_directions_are_drawn_alike_whatever_else_is_asked():
    def draw(seed=0, pairs=2, dtype=torch.float32, **options):
        return landscapes.directions({name: value.to(dtype) for name, value in PARAMS.items()}, generator(seed),
                                     pairs=pairs, **options)["dense"]

    assert torch.equal(draw(), draw()) and not torch.equal(draw(), draw(1))
    assert torch.equal(draw(), draw(pairs=5)[:2])
    assert torch.equal(draw(), draw(vectors="keep"))
    assert torch.equal(draw(), draw(dtype=DOUBLE).float())


def test_every_seed_has_its_own_directions_and_norms():
    params = lab.stack((3, 5, 2), range(4))
    made = landscapes.directions(params, [stream(seed, "directions") for seed in range(4)], stacked=True)
    assert made["W1"].shape == (1, 2, 4, 5, 3)
    assert torch.allclose(made["W1"].norm(dim=-1), params["W1"].norm(dim=-1).expand(1, 2, 4, 5))
    fewer = {name: value[2:3] for name, value in params.items()}
    alone = landscapes.directions(fewer, [stream(2, "directions")], stacked=True)
    assert torch.equal(made["W2"][:, :, 2:3], alone["W2"])
    shared = landscapes.directions(params, generator(), stacked=True)
    assert not torch.allclose(shared["W1"][0, 0, 0], shared["W1"][0, 0, 1])
    plain = landscapes.directions({name: value[0] for name, value in params.items()}, generator(), axes=1)
    one = landscapes.directions({name: value[:1] for name, value in params.items()}, generator(), axes=1, stacked=True)
    assert torch.equal(plain["W1"], one["W1"][:, :, 0])


@pytest.mark.parametrize("options, error", [
    ({"normalise": "weight"}, "normalise must be"), ({"vectors": "drop"}, "vectors must be"), ({"pairs": 0}, "pairs"),
    ({"axes": 1.5}, "axes must be"), ({"axes": 8}, "orthogonal axes need as many weights"),
    ({"generator": [generator()]}, "for no seeds"),
])
def test_directions_refuse(options, error):
    with pytest.raises(ValueError, match=error):
        landscapes.directions(PARAMS, **{"generator": generator()} | options)
    with pytest.raises(TypeError, match="torch.Generator"):
        landscapes.directions(PARAMS, 0)
    with pytest.raises(ValueError, match="nothing to move"):
        landscapes.directions({"b": torch.ones(3)}, generator())


# the objective

@pytest.mark.parametrize("kind", NETWORKS)
def test_a_run_has_the_loss_it_had(kind):
    run = trained(kind, "prelu")
    assert np.abs(landscapes.objective(run, "test")().numpy() - run.test_loss[:, -1]).max() < 1e-12
    first = landscapes.objective(run, "train", params=run.initial)()
    assert np.abs(first.numpy() - run.train_loss[:, 0]).max() < 1e-12
    elsewhere = landscapes.objective(run, "train", dtype=torch.float32)
    assert elsewhere.params["W1"].dtype == torch.float32
    assert torch.allclose(elsewhere(), landscapes.objective(run)(), rtol=1e-4)


def test_losses_other_than_cross_entropy():
    net, (x, y) = module(), data_of("mlp")
    rows = F.one_hot(y, 10).to(DOUBLE)
    with torch.no_grad():
        outputs = net.eval()(x)
    own = landscapes.objective(net, (x, y), loss=lambda z, y: F.cross_entropy(z, y, reduction="none") ** 2)
    assert torch.isclose(own(), F.cross_entropy(outputs, y, reduction="none").square().mean())
    squared = landscapes.objective(net, (x, rows), loss="mse")()
    assert torch.isclose(squared, F.mse_loss(outputs, rows))
    run = trained("mlp", loss="mse")
    assert np.allclose(landscapes.objective(run)(), run.scores()["loss"])
    assert np.allclose(landscapes.objective(run, loss="cross_entropy")(),
                       [F.cross_entropy(torch.as_tensor(z), y).item() for z in run.outputs(x)])


def test_several_inputs_and_a_plain_function():
    x, y = torch.randn(6, 3, generator=generator()), torch.zeros(6, 1)

    class Sum(nn.Module):
        def __init__(self):
            super().__init__()
            self.weight = nn.Parameter(torch.ones(3, 1))

        def forward(self, x, more):
            return (x + more) @ self.weight

    both = landscapes.objective(Sum(), ((x, x), y), loss="mse")()
    alone = landscapes.objective(lambda p, x: x @ p["w"], (x, y), loss="mse", params={"w": 2 * torch.ones(3, 1)})()
    assert both.dtype == DOUBLE and torch.isclose(both, alone)


@pytest.mark.parametrize("samples", [10, 60])
def test_the_standard_error_is_that_of_subsets(samples):
    """Over many subsets, the losses spread as each of them says: also near the whole, where they hardly differ."""
    net, (x, y) = module(norm=False), data_of("mlp")
    still = landscapes.directions(dict(net.named_parameters()), generator(), axes=1)
    found = [landscapes.line(landscapes.objective(net, (x, y), samples=samples, generator=generator(k)), still, [0.0])
             for k in range(400)]
    spread = np.std([one.loss for one in found], ddof=1)
    assert spread == pytest.approx(np.sqrt(np.mean([one.se ** 2 for one in found])), rel=0.12)
    whole = landscapes.line(landscapes.objective(net, (x, y)), still, [0.0])
    assert whole.se == 0 and abs(np.mean([one.loss for one in found]) - whole.loss) < 4 * spread / 20
    assert (found[0].samples, found[0].population) == (samples, 96)


def test_the_standard_error_of_one_point_by_hand():
    net, (x, y) = module(), data_of("mlp")
    part = landscapes.objective(net, (x, y), samples=30, batch=7)
    losses = F.cross_entropy(net.eval()(part.inputs[0]), part.targets, reduction="none").detach().numpy()
    made = landscapes.line(part, landscapes.directions(part, generator(), axes=1), [0])
    assert made.loss.item() == pytest.approx(losses.mean(), rel=1e-12)
    assert made.se.item() == pytest.approx(losses.std(ddof=1) / 30 ** 0.5 * (1 - 30 / 96) ** 0.5, rel=1e-9)


@pytest.mark.parametrize("arguments, error", [
    ({"batch": 0}, "batch must be"), ({"samples": 0}, "samples must be"), ({"samples": 97}, "samples must be"),
    ({"loss": "hinge"}, "loss must be"), ({"data": (TINY.X_train, TINY.y_train[:5])}, "as many inputs as targets"),
    ({"params": {"0.weight": torch.zeros(7, 64)}}, "params do not fit"), ({"dtype": torch.float16}, "dtype must be"),
])
def test_objectives_refuse(arguments, error):
    with pytest.raises(ValueError, match=error):
        landscapes.objective(module(), **{"data": data_of("mlp")} | arguments)


def test_objectives_refuse_by_type():
    run = trained("mlp")
    with pytest.raises(TypeError, match="model is a Run"):
        landscapes.objective(3)
    with pytest.raises(TypeError, match="needs params"):
        landscapes.objective(lambda p, x: x, data_of("mlp"))
    with pytest.raises(TypeError, match=r"data is \(inputs, targets\)"):
        landscapes.objective(module())
    with pytest.raises(ValueError, match="data is 'train'"):
        landscapes.objective(run, "validation")
    with pytest.raises(ValueError, match="loss of a run"):
        landscapes.objective(run, loss=F.mse_loss)
    with pytest.raises(ValueError, match="norm must be"):
        landscapes.objective(run)(norm="eval")
    with pytest.raises(ValueError, match="one number per sample"):
        landscapes.objective(module(), data_of("mlp"), loss=F.cross_entropy)()
    with pytest.raises(ValueError, match="params do not fit the model: W1"):
        landscapes.objective(run)(run.params | {"W1": torch.zeros(1)})


# slices: every point by hand

@pytest.mark.parametrize("norm", POLICIES)
@pytest.mark.parametrize("kind", NETWORKS)
@pytest.mark.parametrize("at_once", [1, 5])
def test_every_point_of_a_runs_surface(kind, norm, at_once):
    activation = "prelu" if kind == "cnn norm" else "mish"
    run = trained(kind, activation)
    loss = landscapes.objective(run, "train", batch=48)
    pairs = landscapes.directions(loss, generator(), pairs=2)
    before = {name: value.clone() for name, value in run.params.items()}
    made = landscapes.surface(loss, pairs, A, B, norm=norm, at_once=at_once)
    assert made.loss.shape == made.se.shape == (2, 2, 2, 3) and made.norm == norm
    assert all(torch.equal(run.params[name], value) for name, value in before.items())
    x, y = data_of(kind)
    for k, pair, i, j in np.ndindex(made.loss.shape):
        values = run.params | {name: run.params[name] + A[i] * value[pair, 0] + B[j] * value[pair, 1]
                               for name, value in pairs.items()}
        net = plain(kind, activation, values, k)
        assert made.loss[k, pair, i, j] == pytest.approx(mean_loss(net, x, y, norm, 2), rel=1e-10)
    if "norm" in kind or kind == "resnet":
        assert len({np.round(landscapes.line(loss, {name: value[:, :1] for name, value in pairs.items()}, [1.0],
                                             norm=policy).loss.sum(), 6) for policy in POLICIES}) == 3


@pytest.mark.parametrize("norm", POLICIES)
@pytest.mark.parametrize("image", [False, True])
@pytest.mark.parametrize("at_once", [1, 5])
def test_every_point_of_a_modules_surface(image, norm, at_once):
    net = module(image=image).train()
    state = copy.deepcopy(net.state_dict())
    x, y = data_of("cnn" if image else "mlp")
    loss = landscapes.objective(net, (x, y), batch=32)
    pairs = landscapes.directions(loss, generator(), pairs=2)
    made = landscapes.surface(loss, pairs, A, B, norm=norm, at_once=at_once)
    assert made.loss.shape == (2, 2, 3)
    assert net.training and net[1].momentum == 0.1
    assert all(torch.equal(value, state[name]) for name, value in net.state_dict().items())
    for pair, i, j in np.ndindex(made.loss.shape):
        moved = copy.deepcopy(net)
        with torch.no_grad():
            for name, value in moved.named_parameters():
                value.add_(A[i] * pairs[name][pair, 0]).add_(B[j] * pairs[name][pair, 1])
        assert made.loss[pair, i, j] == pytest.approx(mean_loss(moved, x, y, norm, 3), rel=1e-10)


def test_later_training_of_the_module_changes_nothing():
    net = module()
    loss = landscapes.objective(net, data_of("mlp"))
    before = loss()
    with torch.no_grad():
        net[0].weight.zero_()
        net[1].running_mean.add_(1)
    assert loss() == before


def test_dropout_is_off_and_momentum_none_is_fine():
    net = nn.Sequential(nn.Linear(64, 9), nn.BatchNorm1d(9, momentum=None), nn.Dropout(0.5), nn.Linear(9, 10))
    net.to(DOUBLE)
    x, y = data_of("mlp")
    loss = landscapes.objective(net, (x, y))
    for norm in POLICIES:
        assert loss(norm=norm) == loss(norm=norm)
    twin = copy.deepcopy(net)
    twin[2].p = 0.0
    assert loss(norm="recalibrated").item() == pytest.approx(mean_loss(twin, x, y, "recalibrated"), rel=1e-12)
    assert net[1].momentum is None and net.training


def test_norms_without_running_estimates_have_one_policy():
    net = nn.Sequential(nn.Linear(64, 9), nn.BatchNorm1d(9, track_running_stats=False), nn.Linear(9, 10)).to(DOUBLE)
    loss = landscapes.objective(net, data_of("mlp"))
    assert loss(norm="frozen") == loss(norm="batch") == loss(norm="recalibrated")


@pytest.mark.parametrize("kind", ["mlp", "cnn norm"])
def test_batches_do_not_matter(kind):
    run = trained(kind)
    loss = landscapes.objective(run)
    pairs = landscapes.directions(loss, generator())
    whole = landscapes.surface(loss.split(1), pairs, A)
    for batches in (2, 4, 8, 7, 96):
        parts = landscapes.surface(loss.split(batches), pairs, A)
        assert np.abs(parts.loss - whole.loss).max() < 1e-12
    for made, batches in ((loss.split(7), 7), (loss.split(60), 60), (landscapes.objective(run, batch=13), 8)):
        sizes = [len(y) for _, y in made.pieces()]
        assert sum(sizes) == 96 and max(sizes) - min(sizes) <= 1 and len(sizes) == batches
    with pytest.raises(ValueError, match="batches must be"):
        loss.split(97)


def test_lines_are_cuts_through_surfaces():
    loss = landscapes.objective(trained("mlp"))
    pairs = landscapes.directions(loss, generator(), pairs=3)
    first = {name: value[:, :1] for name, value in pairs.items()}
    cut = landscapes.line(loss, first, A)
    assert np.array_equal(cut.loss, landscapes.surface(loss, pairs, A, [0.0]).loss[..., 0])
    assert cut.b is None and cut.a.tolist() == A
    one = {name: value[1:2] for name, value in pairs.items()}
    alone, among = (landscapes.surface(loss, chosen, A, B).loss for chosen in (one, pairs))
    assert np.array_equal(alone[:, 0], among[:, 1])
    assert "losses from" in str(cut)


def test_single_precision_agrees_with_double():
    run = trained("cnn norm")
    double, single = (landscapes.objective(run, dtype=dtype) for dtype in (None, torch.float32))
    pairs = landscapes.directions(double, generator())
    ours, theirs = (landscapes.surface(loss, pairs, A, B).loss for loss in (double, single))
    assert np.abs(ours / theirs - 1).max() < 1e-4 and theirs.dtype == np.float64


def test_surfaces_refuse():
    loss = landscapes.objective(trained("mlp"))
    pairs = landscapes.directions(loss, generator())
    with pytest.raises(ValueError, match="axes=1"):
        landscapes.line(loss, pairs, A)
    with pytest.raises(ValueError, match="for each parameter"):
        landscapes.surface(loss, {"W1": pairs["W1"]}, A)
    with pytest.raises(ValueError, match="for each parameter"):
        landscapes.surface(loss, pairs | {"W1": pairs["W1"][..., :1]}, A)
    with pytest.raises(ValueError, match="a must be finite numbers in one row"):
        landscapes.surface(loss, pairs, [[0.0]])
    with pytest.raises(ValueError, match="b must be finite"):
        landscapes.surface(loss, pairs, A, [np.nan])
    with pytest.raises(ValueError, match="norm must be"):
        landscapes.surface(loss, pairs, A, norm="eval")
    with pytest.raises(ValueError, match="at least two samples"):
        landscapes.objective(module(), data_of("mlp")).split(96)(norm="batch")
    with pytest.raises(ValueError, match="at_once must be"):
        landscapes.surface(loss, pairs, A, at_once=0)
    with pytest.raises(ValueError, match="chunk must be"):
        landscapes.surface(loss, pairs, A, chunk=-1)


def test_a_network_that_overflows_has_a_loss_of_nothing_finite():
    loss = landscapes.objective(trained("mlp"))
    pairs = landscapes.directions(loss, generator())
    assert not np.isfinite(landscapes.surface(loss, pairs, [1e200]).loss).any()


# between two solutions and along training

@pytest.mark.parametrize("norm", ["frozen", "recalibrated"])
def test_interpolation_ends_at_its_ends(norm):
    first, last = trained("cnn norm", seeds=(0, 1)), trained("cnn norm", seeds=(2, 3))
    start, end = landscapes.objective(first), landscapes.objective(last)
    made = landscapes.interpolate(start, end, [0, 0.3, 1], norm=norm)
    assert made.loss.shape == (2, 3)
    assert np.array_equal(made.loss[:, 0], start(norm=norm)) and np.array_equal(made.loss[:, 2], end(norm=norm))
    x, y = data_of("cnn norm")
    for k in range(2):
        mixed = {name: 0.7 * value + 0.3 * last.params[name] for name, value in first.params.items()}
        net = plain("cnn norm", "mish", mixed, k)
        assert made.loss[k, 1] == pytest.approx(mean_loss(net, x, y, norm), rel=1e-10)
    assert np.array_equal(landscapes.interpolate(start, end, [0, 0.3, 1], norm=norm, at_once=2).loss.round(12),
                          made.loss.round(12))


def test_interpolation_between_modules():
    first, last, data = module(), module(), data_of("mlp")
    with torch.no_grad():
        last[0].weight.mul_(0.5)
        last[1].running_var.mul_(2)
    made = landscapes.interpolate(*(landscapes.objective(net, data) for net in (first, last)), [0, 1])
    assert made.loss == pytest.approx([mean_loss(net, *data) for net in (first, last)], rel=1e-12)
    with pytest.raises(ValueError, match="different params"):
        landscapes.interpolate(landscapes.objective(first, data), landscapes.objective(trained("mlp")), [0])


@pytest.fixture(scope="module")
def path():
    runs = [trained("mlp norm")]
    for _ in range(4):
        runs.append(lab.train(TINY, NETWORKS["mlp norm"], "mish", (0, 1), lr=0.3, epochs=1, batch=32, dtype=DOUBLE,
                              start=runs[-1]))
    return [runs[0].initial, *(run.params for run in runs)], landscapes.objective(runs[-1])


@pytest.mark.parametrize("about", ["end", "mean"])
def test_principal_directions_are_numpys(path, about):
    snapshots, loss = path
    made = landscapes.trajectory(loss, snapshots, axes=3, about=about)
    for k in range(2):
        rows = np.stack([np.concatenate([one[name][k].numpy().ravel() for name in loss.params]) for one in snapshots])
        seen = rows - (rows[-1] if about == "end" else rows.mean(0))
        _, lengths, main = np.linalg.svd(seen, full_matrices=False)
        assert made.share[k] == pytest.approx((lengths ** 2 / (lengths ** 2).sum())[:3], rel=1e-9)
        found = np.stack([np.concatenate([value[0, axis, k].numpy().ravel() for value in made.directions.values()])
                          for axis in range(3)])
        assert np.abs(found @ found.T - np.eye(3)).max() < 1e-12
        assert np.abs(np.abs((found * main[:3]).sum(1)) - 1).max() < 1e-9
        assert np.abs(made.coordinates[k] - (rows - rows[-1]) @ found.T).max() < 1e-9
        assert (made.coordinates[k, 0] >= 0).all() and not made.coordinates[k, -1].any()
        if about == "mean":
            from sklearn.decomposition import PCA
            assert made.share[k] == pytest.approx(PCA(3).fit(rows).explained_variance_ratio_, rel=1e-9)


def test_the_surface_lies_under_the_path(path):
    """With as many axes as the path has dimensions, the loss at a coordinate is the loss of the snapshot."""
    snapshots, loss = path
    chosen = [snapshots[0], snapshots[3], snapshots[-1]]
    made = landscapes.trajectory(loss, chosen)
    assert made.share.sum(1) == pytest.approx([1, 1], abs=1e-12)
    for k in range(2):
        for step, (a, b) in enumerate(made.coordinates[k]):
            there = landscapes.surface(loss, made.directions, [a], [b]).loss[k, 0, 0, 0]
            own = {name: chosen[step][name] for name in loss.params}
            assert there == pytest.approx(loss(own)[k].item(), rel=1e-9)


def test_a_random_walk_has_a_large_share_too():
    steps = torch.randn(200, 4000, dtype=DOUBLE, generator=generator())
    walk = [{"w": row.view(1, -1)} for row in steps.cumsum(0)]
    data = torch.zeros(1, 1), torch.zeros(1, 1)
    loss = landscapes.objective(lambda p, x: x, data, loss="mse", params=walk[-1])
    share = landscapes.trajectory(loss, walk, about="mean").share
    assert share == pytest.approx([6 / np.pi ** 2, 6 / (4 * np.pi ** 2)], abs=0.03)


def test_trajectories_refuse(path):
    snapshots, loss = path
    with pytest.raises(ValueError, match="at least two"):
        landscapes.trajectory(loss, snapshots[:1])
    with pytest.raises(ValueError, match="axes must be"):
        landscapes.trajectory(loss, snapshots, axes=6)
    with pytest.raises(ValueError, match="about must be"):
        landscapes.trajectory(loss, snapshots, about="start")
    with pytest.raises(ValueError, match="do not differ"):
        landscapes.trajectory(loss, snapshots[-1:] * 3)
    with pytest.raises(ValueError, match="lacks scale1"):
        landscapes.trajectory(loss, [{"W1": snapshots[0]["W1"]}] * 3)
