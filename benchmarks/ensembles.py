"""How much faster the lab trains an ensemble of seeds than a loop over the seeds in plain PyTorch.

Digits, 32 seeds, batch 64, SGD, float32, on this machine's cores: a 64-64-64-64-10 multilayer perceptron, and a
convolutional network with 8 and 16 channels. Both ways start from the same weights, see the same batches, look at the
training and the test part before the first epoch, record training loss and accuracy from the batches and look at the
test part after every epoch.

    python benchmarks/ensembles.py [--pairs 7] [--epochs 8]

Prints ``ensembles mlp: ratio R (min–max of k pairs), goal 8`` and the same for the cnn, with R the median of loop time
over ensemble time, the two timed in turn; exits 1 where a goal is missed.
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

GOALS, SEEDS, LR, BATCH = {"mlp": 8, "cnn": 1.5}, range(32), 0.1, 64
NETWORKS = {"mlp": lab.mlp(64, 64, 64), "cnn": lab.cnn(8, 16)}


def loop(kind, data, epochs):
    """The experiment as one would write it for a single seed, inside a loop; returns the final test accuracies."""
    start = lab.train(data, NETWORKS[kind], "relu", SEEDS, epochs=0).params
    parts = [(_inputs(kind, x), torch.as_tensor(y))
             for x, y in ((data.X_train, data.y_train), (data.X_test, data.y_test))]
    return [_one(_network(kind, start, k), parts, seed, epochs) for k, seed in enumerate(SEEDS)]


def _one(net, parts, seed, epochs):
    stepper, order, (x, y) = torch.optim.SGD(net.parameters(), lr=LR), batches(seed, len(parts[0][0]), BATCH), parts[0]
    seen = [[_scores(net, part) for part in parts]]
    for _ in range(epochs):
        running = []
        for chosen in next(order):
            stepper.zero_grad()
            outputs = net(x[chosen])
            loss = F.cross_entropy(outputs, y[chosen])
            loss.backward()
            stepper.step()
            running.append((loss.detach(), (outputs.argmax(1) == y[chosen]).float().mean()))
        seen.append([torch.tensor(running).mean(0).tolist(), _scores(net, parts[1])])
    return seen[-1][1][1]


@torch.no_grad()
def _scores(net, part):
    outputs = net(part[0])
    return [F.cross_entropy(outputs, part[1]).item(), (outputs.argmax(1) == part[1]).float().mean().item()]


def _inputs(kind, x):
    x = torch.as_tensor(x).float()
    return x if kind == "mlp" else x.view(-1, 1, 8, 8)


def _network(kind, params, seed):
    layers, last = [], sum(name.startswith("W") for name in params)
    for k in range(1, last + 1):
        made, inside = params[f"W{k}"].shape[1:3]
        dense = kind == "mlp" or k == last
        weighted = nn.Linear(inside, made) if dense else nn.Conv2d(inside, made, 3, padding=1)
        weighted.weight.data.copy_(params[f"W{k}"][seed])
        weighted.bias.data.copy_(params[f"b{k}"][seed])
        layers += [weighted] if k == last else [weighted, nn.ReLU()] + [nn.MaxPool2d(2)] * (not dense)
        layers += [nn.Flatten()] if kind == "cnn" and k == last - 1 else []
    return nn.Sequential(*layers)


def ensemble(kind, data, epochs):
    """The same with the lab."""
    return lab.train(data, NETWORKS[kind], "relu", SEEDS, lr=LR, epochs=epochs, batch=BATCH).test_accuracy[:, -1]


def _seconds(function, *arguments):
    started = time.perf_counter()
    function(*arguments)
    return time.perf_counter() - started


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--epochs", type=int, default=8)
    options = parser.parse_args()
    missed, data = False, lab.load_data("digits")
    for kind, goal in GOALS.items():
        difference = max(abs(a - b) for a, b in zip(loop(kind, data, 1), ensemble(kind, data, 1)))  # warms up, too
        if difference > 0.02:  # float32 rounding may turn single test images, no more
            sys.exit(f"ensembles {kind}: loop and ensemble disagree by {difference:.3f} in test accuracy")
        ratios = [_seconds(loop, kind, data, options.epochs) / _seconds(ensemble, kind, data, options.epochs)
                  for _ in range(options.pairs)]
        middle = statistics.median(ratios)
        print(f"ensembles {kind}: ratio {middle:.1f} ({min(ratios):.1f}–{max(ratios):.1f} of {len(ratios)} pairs), "
              f"goal {goal}", flush=True)
        missed |= middle < goal
    sys.exit(missed)


if __name__ == "__main__":
    main()
