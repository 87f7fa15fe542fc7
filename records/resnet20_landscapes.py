"""The loss around ResNet-20 on CIFAR-10: ReLU, SiLU and Mish, two seeds each.

The residual network with 20 layers (`lab.resnet(3)`) is trained on all 50,000 images of the JPEG copy of CIFAR-10,
which loses a little of the originals, without augmentation, by gradient descent with momentum in phases of falling
rates. A seed has the same initial weights, order of the data and random numbers for directions under all functions.
Around each network the record keeps surfaces of the training loss over filter-normalised planes, once with frozen
running estimates of batch norm and once (fewer points) with recalibrated ones, and the measures of sharpness with the
error of the trace and of the subsample.

The question: Misra (2020) shows one rendered surface for each function, without directions, scale or policy, and reads
a wider, smoother and lower minimum for Mish. Does that hold with the same scale, several planes and two seeds?
"""

import numpy as np
import torch

from actfns import lab, landscapes

GRID = {"activation": ["relu", "silu", "mish"], "seed": [0, 1]}
SETTINGS = {"blocks": 3, "width": 16, "batch": 128, "momentum": 0.9, "weight_decay": 5e-4, "warmup": 400,
            "phases": [[0.1, 7], [0.01, 3]], "precision": "training under bfloat16 autocast, surfaces in float32",
            "samples": 512, "pairs": 1, "points": 25, "recalibrated_points": 9, "reach": 1.0, "probes": 32,
            "profile_pairs": 8}


def measure_cell(activation, seed, data="cifar10_jpeg", train=None, test=None, **changes):
    """One network: curves, surfaces (pairs, points, points) and sharpness, with the settings but for ``changes``."""
    s = SETTINGS | changes
    images = lab.load_data(data, **({} if data == "digits" else {"train": train, "test": test}))
    runs = trained(images, activation, seed, s)
    run = runs[-1]
    result = {
        "test_accuracy": [value for part in runs for value in part.test_accuracy[0, 1:].round(4)],
        "train_loss": [value for part in runs for value in part.train_loss[0, 1:].round(5)],
        "test_loss": float(run.scores("test")["loss"][0]),
    }
    if run.diverged[0]:
        return result
    few = min(s["samples"], len(images.X_train))
    loss = landscapes.objective(run, samples=few, generator=drawn(seed), batch=s["batch"])
    return result | around(loss, seed, s)


def trained(images, activation, seed, s):
    """The runs of all phases, each going on from the one before; the first one warms up."""
    runs = []
    for lr, epochs in s["phases"]:
        # halves the time; weights stay in float32, and without the cache, which would keep copies of old ones
        with torch.autocast("cpu", torch.bfloat16, cache_enabled=False):
            runs.append(lab.train(images, lab.resnet(s["blocks"], s["width"]), activation, [seed], lr=lr, epochs=epochs,
                                  every=epochs, batch=s["batch"], momentum=s["momentum"],
                                  weight_decay=s["weight_decay"], warmup=0 if runs else s["warmup"],
                                  start=runs[-1] if runs else None, progress=False))
    return runs


def around(loss, seed, s):
    """Surfaces under two policies and the measures of sharpness."""
    planes = landscapes.directions(loss, drawn(1000 + seed), pairs=s["pairs"])
    result = {}
    for norm, points in (("frozen", s["points"]), ("recalibrated", s["recalibrated_points"])):
        at = np.linspace(-s["reach"], s["reach"], points)
        seen = landscapes.surface(loss, planes, at, norm=norm, progress=False)
        result[f"surface_{norm}"] = seen.loss[0].round(5)
        result[f"se_{norm}"] = float(seen.se[0, 0, points // 2, points // 2])
    measured = landscapes.sharpness(loss, probes=s["probes"], pairs=s["profile_pairs"], generator=drawn(2000 + seed))
    return result | {name: float(value[0]) for name, value in measured.table().items()}


def drawn(number):
    return torch.Generator().manual_seed(number)


if __name__ == "__main__":
    lab.records.make(__file__, measure_cell, GRID, settings=SETTINGS)
