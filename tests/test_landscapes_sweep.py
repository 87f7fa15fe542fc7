"""Surfaces in chunks, over processes, killed and gone on with: the same numbers, and nothing computed twice."""

import numpy as np
import pytest
import torch
from lab_twin import one_thread  # noqa: F401
from landscape_twin import data_of, module, trained

from actfns import landscapes
from actfns.lab.sweeping.sweep import SweepError
from actfns.landscapes.surfaces import Chunk

A, B = np.linspace(-1, 1, 5), np.linspace(-1, 1, 3)


def setting(kind="mlp norm", activation="prelu"):
    loss = landscapes.objective(trained(kind, activation), samples=50)
    return loss, landscapes.directions(loss, torch.Generator().manual_seed(0), pairs=2)


@pytest.mark.parametrize("chunk", [1, 4, 7, 30, 100])
def test_chunks_and_programs_of_any_size_give_the_same(chunk, tmp_path):
    loss, pairs = setting()
    whole = landscapes.surface(loss, pairs, A, B, norm="batch")
    parts = landscapes.surface(loss, pairs, A, B, norm="batch", jobs=1, chunk=chunk, store=tmp_path / "points.jsonl")
    assert np.array_equal(parts.loss, whole.loss) and np.array_equal(parts.se, whole.se)
    together = landscapes.surface(loss, pairs, A, B, norm="batch", at_once=chunk)
    assert np.abs(together.loss - whole.loss).max() < 1e-12


@pytest.mark.parametrize("kind", ["run", "module"])
def test_processes_give_the_same(kind, tmp_path):
    if kind == "run":
        loss, pairs = setting()
    else:
        loss = landscapes.objective(module(), data_of("mlp"))
        pairs = landscapes.directions(loss, torch.Generator().manual_seed(0), pairs=2)
    whole = landscapes.surface(loss, pairs, A, B)
    made = landscapes.surface(loss, pairs, A, B, jobs=2, chunk=10, store=tmp_path / "points.jsonl")
    assert np.array_equal(made.loss, whole.loss)


def test_a_killed_surface_goes_on(tmp_path, monkeypatch):
    loss, pairs = setting()
    compute, done, options = Chunk.__call__, [], dict(jobs=1, chunk=6, store=tmp_path / "points.jsonl")

    def dying(self, first, last, bar=None):
        if len(done) == 3:
            raise MemoryError("killed")
        done.append(first)
        return compute(self, first, last, bar)

    monkeypatch.setattr(Chunk, "__call__", dying)
    with pytest.raises(SweepError, match="killed"):
        landscapes.surface(loss, pairs, A, B, **options)
    assert done == [0, 6, 12]
    again = []
    monkeypatch.setattr(Chunk, "__call__", lambda self, first, last: again.append(first) or compute(self, first, last))
    made = landscapes.surface(loss, pairs, A, B, **options)
    assert again == [18, 24]
    monkeypatch.undo()
    assert np.array_equal(made.loss, landscapes.surface(loss, pairs, A, B).loss)


def test_a_store_belongs_to_one_surface(tmp_path):
    loss, pairs = setting()
    options = dict(jobs=1, store=tmp_path / "points.jsonl")
    landscapes.surface(loss, pairs, A, B, **options)
    others = landscapes.directions(loss, torch.Generator().manual_seed(1), pairs=2)
    other_data = landscapes.objective(trained("mlp norm", "prelu"), "test", samples=20)
    for change in (dict(directions=others), dict(norm="batch"), dict(a=A / 2), dict(objective=other_data),
                   dict(objective=loss.split(2))):
        arguments = dict(objective=loss, directions=pairs, a=A, b=B) | change
        with pytest.raises(ValueError, match="points.jsonl"):
            landscapes.surface(**arguments, **options)


def test_the_same_weights_with_another_function_are_another_surface(tmp_path):
    """Untrained networks have the same weights whatever the function."""
    def outputs(params, x):
        return torch.tanh(x @ params["w"])

    params, (x, y) = {"w": torch.ones(64, 10, dtype=torch.float64) / 64}, data_of("mlp")
    drawn = landscapes.directions(params, torch.Generator(), axes=1)
    options = dict(jobs=1, store=tmp_path / "points.jsonl")
    runs = [trained("mlp", f) for f in ("mish", "gelu", torch.sin, lambda z: torch.cos(z))]
    surfaces = [landscapes.objective(run, params=runs[0].initial) for run in runs]
    surfaces += [landscapes.objective(f, (x, y), params=params) for f in (outputs, lambda p, x: -outputs(p, x))]
    for k, loss in enumerate(surfaces):
        along = landscapes.directions(loss, torch.Generator(), axes=1) if k < 4 else drawn
        if k:
            with pytest.raises(ValueError, match="points.jsonl"):
                landscapes.line(loss, along, A, **options)
            continue
        landscapes.line(loss, along, A, **options)


def test_lines_and_interpolations_are_swept_too(tmp_path):
    loss, pairs = setting()
    cut = {name: value[:, :1] for name, value in pairs.items()}
    end = landscapes.objective(trained("mlp norm", "prelu", seeds=(5, 6)))
    for slice_, arguments in ((landscapes.line, (loss, cut, A)), (landscapes.interpolate, (loss, end, A))):
        made = slice_(*arguments, norm="recalibrated", jobs=1, chunk=2, store=tmp_path / f"{slice_.__name__}.jsonl")
        assert np.array_equal(made.loss, slice_(*arguments, norm="recalibrated").loss)


def test_points_that_are_not_finite_are_kept(tmp_path):
    loss, pairs = setting()
    made = landscapes.surface(loss, pairs, [0, 1e200], B, jobs=1, store=tmp_path / "points.jsonl")
    assert np.isfinite(made.loss[:, :, 0]).all() and not np.isfinite(made.loss[:, :, 1]).all()
