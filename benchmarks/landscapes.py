"""How much faster a loss surface is here than with the package loss-landscapes, and what a point costs.

A residual network with 8 layers and batch norm, 512 images of 3 × 32 × 32 random numbers, a plane of 4 × 4 points,
float32. The package's function ``random_plane`` walks through the plane, moving the parameters in place, and sends all
images through the network at once; `actfns.landscapes.surface` gets the very same model, data, plane and points, in
two processes (the package: two threads; elapsed time) and in one (one thread; processor time).

    python benchmarks/landscapes.py [--pairs 3] [--points 4]

The package is no requirement: ``pip install --no-deps --target FOLDER loss-landscapes`` and put FOLDER on PYTHONPATH.
Without it the same walk is done here, move by move as the package does it, and the output says so.

Prints ``landscapes two cores: ratio R (min–max of k pairs), goal 1.5`` and the same for one core (goal 1.3), with R the
median of their time over ours, the two timed in turn; then ``landscapes cost …``: the processor time of a point over
that of one forward pass over the data, in the same batches, by the module itself, or by the lab for all seeds of a run
(goal 1.3 at most). Exits 1 where a goal is missed, or where a value differs from the package's at the coordinates
its walk really visits: every second column is one step off its neighbours.
"""

import argparse
import copy
import statistics
import sys
import time

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from actfns import lab, landscapes

GOALS, SAMPLES, BATCH = {"two cores": 1.5, "one core": 1.3, "cost": 1.3}, 512, 128


class Block(nn.Module):
    """A residual block; the shortcut has no parameters."""

    def __init__(self, inside, made, stride):
        super().__init__()
        self.first, self.second = (nn.Conv2d(*sizes, 1, bias=False)
                                   for sizes in ((inside, made, 3, stride), (made, made, 3, 1)))
        self.norms = nn.ModuleList([nn.BatchNorm2d(made), nn.BatchNorm2d(made)])
        self.stride, self.new = stride, made - inside

    def forward(self, x):
        h = self.norms[1](self.second(F.relu(self.norms[0](self.first(x)))))
        return F.relu(h + F.pad(x[..., ::self.stride, ::self.stride], (0, 0, 0, 0, 0, self.new)))


def network():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(3, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU(), Block(16, 16, 1),
                        Block(16, 32, 2), Block(32, 64, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))
    with torch.no_grad():
        for value in net.parameters():  # as if trained: the package divides by zero where the shifts of norms are 0
            value.add_(0.1 * torch.randn(value.shape) if value.ndim == 1 else 0)
    return net.eval()


class Walk:
    """The plane of the package, walked by the package or, where it is missing, by the same moves."""

    def __init__(self, net, x, y, points):
        self.net, self.x, self.y, self.points = net, x, y, points
        try:
            from loss_landscapes import random_plane
            from loss_landscapes.metrics import Loss
            self.package = lambda net: random_plane(net, Loss(F.cross_entropy, x, y), 1, points, "filter")
        except ImportError:
            self.package = None
        self.directions = self._directions()

    def _directions(self):
        """name → (1, 2, …), what ``random_plane`` draws and normalises after ``torch.manual_seed(0)``."""
        torch.manual_seed(0)
        params = [value.detach() for value in self.net.parameters()]
        one = [torch.rand(value.shape) for value in params]
        two = [torch.rand(value.shape) for value in params]
        along = sum((a * b).sum().item() for a, b in zip(one, two)) / sum(a.square().sum().item() for a in one)
        two = [b - along * a for a, b in zip(one, two)]
        for axis in (one, two):
            for step, value in zip(axis, params):
                rows = value.flatten(1) if value.ndim > 1 else value.unsqueeze(1)
                norms = step.flatten(1).norm(dim=1) if step.ndim > 1 else step.abs()
                step.mul_((rows.norm(dim=1) / norms).view(-1, *[1] * (step.ndim - 1)))
            length = _norm(params) / self.points / _norm(axis)
            torch._foreach_mul_(axis, length)
        return {name: torch.stack(pair).unsqueeze(0) for (name, _), *pair in zip(self.net.named_parameters(), one, two)}

    def __call__(self):
        """The package's matrix of losses."""
        net = copy.deepcopy(self.net).requires_grad_(False)
        torch.manual_seed(0)
        return self.package(net) if self.package else self._by_hand(net)

    def _by_hand(self, net):
        values, made = list(net.parameters()), []
        one, two = ([part[0, axis] for part in self.directions.values()] for axis in (0, 1))

        def move(direction, sign):
            for value, step in zip(values, direction):
                value.add_(step, alpha=sign)

        move(one, -self.points / 2)
        move(two, -self.points / 2)
        for i in range(self.points):
            column = []
            for _ in range(self.points):
                move(two, 1 if i % 2 == 0 else -1)
                column.insert(0 if i % 2 else len(column), F.cross_entropy(net(self.x), self.y).item())
            made.append(column)
            move(one, 1)
        return np.array(made)

    def places(self):
        """(i, j) of each value in steps from the centre: where the walk really was."""
        steps = np.arange(self.points) - self.points / 2
        return steps, [steps + (i % 2 == 0) for i in range(self.points)]


def _norm(tensors):
    return sum(value.square().sum().item() for value in tensors) ** 0.5


def ours(walk, jobs):
    """Our surface over the same plane and as many points, none of them shifted."""
    steps, _ = walk.places()
    loss = landscapes.objective(walk.net, (walk.x, walk.y), batch=BATCH)
    return landscapes.surface(loss, walk.directions, steps, jobs=jobs, progress=False).loss[0]


def disagreement(walk):
    """Largest relative difference to the package's losses where its walk was, and the share of columns off the grid."""
    theirs, (rows, columns) = walk(), walk.places()
    loss = landscapes.objective(walk.net, (walk.x, walk.y), batch=BATCH)
    same = np.stack([landscapes.surface(loss, walk.directions, [a], b, progress=False).loss[0, 0]
                     for a, b in zip(rows, columns)])
    return np.abs(theirs / same - 1).max(), np.mean([not np.array_equal(b, columns[1]) for b in columns])


def cost(objective, forward, points=4, rounds=5):
    """Processor time of ``points`` points of a surface over that of as many calls of ``forward()``, in turn."""
    drawn = landscapes.directions(objective, torch.Generator().manual_seed(0))

    def surface():
        landscapes.surface(objective, drawn, np.linspace(-1, 1, points), [0.5], progress=False)

    def passes():
        for _ in range(points):
            forward()

    surface()
    passes()
    return [_seconds(surface, clock=time.process_time) / _seconds(passes, clock=time.process_time)
            for _ in range(rounds)]


@torch.no_grad()
def module_pass(net, x, y):
    return sum(F.cross_entropy(net(part), rows, reduction="sum") for part, rows in zip(x.split(BATCH), y.split(BATCH)))


def costs(walk):
    """The two ratios, by name."""
    loss = landscapes.objective(walk.net, (walk.x, walk.y), batch=BATCH)
    yield "cost, module", cost(loss, lambda: module_pass(walk.net, walk.x, walk.y))
    run = lab.train("digits", (64, 64, 64), "relu", range(16), epochs=1, progress=False)
    yield "cost, run of 16 seeds", cost(landscapes.objective(run), run.scores)


def _seconds(function, *arguments, clock=time.perf_counter):
    started = clock()
    function(*arguments)
    return clock() - started


def _line(name, ratios, goal, missed, most=""):
    print(f"landscapes {name}: ratio {statistics.median(ratios):.2f} ({min(ratios):.2f}–{max(ratios):.2f} of "
          f"{len(ratios)} pairs), goal {goal}{most}", flush=True)
    return missed


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--pairs", type=int, default=3)
    parser.add_argument("--points", type=int, default=4)
    options = parser.parse_args()
    x, y = torch.randn(SAMPLES, 3, 32, 32), torch.arange(SAMPLES) % 10
    walk, missed = Walk(network(), x, y, options.points), False
    difference, shifted = disagreement(walk)
    print(f"peer: {'the package' if walk.package else 'its walk, done here; the package is not installed'}; "
          f"{shifted:.0%} of its columns are one step off the others; largest difference there {difference:.1e}")
    if difference > 1e-3:
        sys.exit("landscapes: the package and we disagree about the loss at the same point")
    for name, cores, clock in (("two cores", 2, time.perf_counter), ("one core", 1, time.process_time)):
        torch.set_num_threads(cores)
        ours(walk, cores)  # starts the processes
        ratios = [_seconds(walk, clock=clock) / _seconds(ours, walk, cores, clock=clock) for _ in range(options.pairs)]
        missed |= _line(name, ratios, GOALS[name], statistics.median(ratios) < GOALS[name])
    for name, ratios in costs(walk):
        missed |= _line(name, ratios, GOALS["cost"], statistics.median(ratios) > GOALS["cost"], " at most")
    sys.exit(missed)


if __name__ == "__main__":
    main()
