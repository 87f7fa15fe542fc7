"""Checks of the topic softmax."""

import numpy as np
import torch

import actfns
from actfns import lab
from actfns.claims.evidence import Evidence, check

_SEEDS = range(20)


@check("softmax-distribution")
def is_a_distribution():
    """1000 random vectors up to ±50: entries, sums, order, and what adding 1000 to every entry changes."""
    z = np.random.default_rng(0).uniform(-50, 50, (1000, 7))
    p = actfns.softmax(z, axis=-1)
    off = float(np.abs(p.sum(-1) - 1).max())
    moved = float(np.abs(actfns.softmax(z + 1000, axis=-1) - p).max())
    return Evidence(off < 1e-12 and p.min() >= 0 and p.max() <= 1 and moved < 1e-9
                    and bool((z.argmax(-1) == p.argmax(-1)).all()),
                    {"largest |sum - 1|": off, "smallest entry": float(p.min()), "largest entry": float(p.max()),
                     "largest change when 1000 is added": moved})


@check("softmax-for-multiclass")
def entropy_of_logits():
    """Cross-entropy of logits against -log softmax at the label; softmax of two equal, certain labels."""
    z = torch.randn(200, 10, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    label = torch.arange(200) % 10
    by_hand = -torch.log(actfns.softmax(z, axis=-1))[torch.arange(200), label]
    gap = (torch.nn.functional.cross_entropy(z, label, reduction="none") - by_hand).abs().max().item()
    both = np.array([30.0, 30.0, -30.0])
    shared, apart = float(actfns.softmax(both, axis=-1)[0]), float(actfns.sigmoid(both)[0])
    return Evidence(gap < 1e-12 and shared <= 0.5 < 0.99 < apart,
                    {"largest difference": gap, "softmax, two labels at once": shared, "sigmoid, the same": apart})


@check("softmax-only-at-output", slow=True)
def softmax_as_hidden():
    """Accuracy on digits with softmax in one and in two hidden layers, the better of two rates; and its mean value."""
    best = {depth: max((lab.train("digits", (64,) * depth, "softmax", _SEEDS, lr=lr, epochs=5, every=5)
                        .test_accuracy[:, -1] for lr in (2.0, 8.0)), key=np.mean) for depth in (1, 2)}
    one, two = (lab.interval(best[depth]) for depth in (1, 2))
    _, (hidden,) = lab.forward(lab.stack((64, 64, 10), _SEEDS), lab.load_data("digits").X_test, "softmax", hidden=True)
    size = hidden.mean().item()
    return Evidence(one.low > 0.7 and two.high < 0.5 and abs(size * 64 - 1) < 1e-4,
                    {"one hidden layer": one, "two hidden layers": two, "mean value in a layer of 64": size})
