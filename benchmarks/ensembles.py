"""How much faster one batched ensemble of 32 seeds trains than a plain PyTorch loop over the seeds.

Both train 64-64-64-64-10 networks on digits (batch 64, plain SGD) from the same initial weights in the same order of
the data, and evaluate loss and accuracy on training and test part after every epoch. Run from the root of the project:

    python benchmarks/ensembles.py [--pairs 7] [--epochs 8]

Prints ``ensembles: ratio R (min–max of k pairs), goal 8`` with R the median of loop time over ensemble time, the two
timed in turn; exits 1 where the goal is missed.
"""

import argparse
import statistics
import sys
import time

import torch
from torch import nn
from torch.nn import functional as F

from actfns import lab
from actfns.lab.streams import batches

GOAL, SEEDS, WIDTHS, LR, BATCH = 8, range(32), (64, 64, 64), 0.1, 64


def loop(data, epochs):
    """The experiment as one would write it for a single seed, inside a loop; returns the final test accuracies."""
    x, y, x_test, y_test = (torch.as_tensor(a) for a in (data.X_train, data.y_train, data.X_test, data.y_test))
    parts = ((x.float(), y), (x_test.float(), y_test))
    return [_one(parts, seed, epochs)[-1][-1] for seed in SEEDS]


def _one(parts, seed, epochs):
    net = _network(lab.stack((64, *WIDTHS, 10), [seed]))
    stepper, order, (x, y) = torch.optim.SGD(net.parameters(), lr=LR), batches(seed, len(parts[0][0]), BATCH), parts[0]
    seen = [_scores(net, parts)]
    for _ in range(epochs):
        for chosen in next(order):
            stepper.zero_grad()
            F.cross_entropy(net(x[chosen]), y[chosen]).backward()
            stepper.step()
        seen.append(_scores(net, parts))
    return seen


@torch.no_grad()
def _scores(net, parts):
    made = []
    for x, y in parts:
        outputs = net(x)
        made += [F.cross_entropy(outputs, y).item(), (outputs.argmax(1) == y).float().mean().item()]
    return made


def _network(params):
    layers = []
    for k in range(1, len(WIDTHS) + 2):
        linear = nn.Linear(params[f"W{k}"].shape[2], params[f"W{k}"].shape[1])
        linear.weight.data.copy_(params[f"W{k}"][0])
        linear.bias.data.copy_(params[f"b{k}"][0])
        layers += [linear, nn.ReLU()]
    return nn.Sequential(*layers[:-1])


def ensemble(data, epochs):
    """The same with the lab."""
    return lab.train(data, WIDTHS, "relu", SEEDS, lr=LR, epochs=epochs, batch=BATCH).test_accuracy[:, -1].tolist()


def _seconds(function, *arguments):
    started = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - started


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--epochs", type=int, default=8)
    options = parser.parse_args()
    data = lab.load_data("digits")
    difference = max(abs(a - b) for a, b in zip(loop(data, 1), ensemble(data, 1)))  # warms up, too
    if difference > 0.02:  # float32 rounding may turn single test images, no more
        sys.exit(f"ensembles: loop and ensemble disagree by {difference:.3f} in test accuracy")
    ratios = [_seconds(loop, data, options.epochs) / _seconds(ensemble, data, options.epochs)
              for _ in range(options.pairs)]
    middle = statistics.median(ratios)
    print(f"ensembles: ratio {middle:.1f} ({min(ratios):.1f}–{max(ratios):.1f} of {len(ratios)} pairs), goal {GOAL}")
    sys.exit(middle < GOAL)


if __name__ == "__main__":
    main()
