"""Slow, obviously right twins of `actfns.landscapes`: one network, one point, one batch after the other."""

import numpy as np
import torch
from lab_twin import DOUBLE
from test_lab_architectures import NETWORKS, TINY, Plain, images
from torch import nn
from torch.nn import functional as F

from actfns import lab


def trained(kind, activation="mish", seeds=(0, 1), **settings):
    """A short run of one of the small networks, in float64."""
    return lab.train(TINY, NETWORKS[kind], activation, seeds, lr=0.05, epochs=2, batch=32, dtype=DOUBLE, **settings)


def plain(kind, activation, values, k):
    """Seed ``k`` of a dictionary of stacked parameters and running estimates as an ordinary module."""
    net = Plain(kind, activation)
    with torch.no_grad():
        for name, value in net.values().items():
            value.copy_(values[name][k])
    return net


def module(norm=True, image=False, activation=nn.Mish):
    """A small module with or without batch norm, its running estimates no longer those of the start."""
    torch.manual_seed(3)
    if image:
        net = nn.Sequential(nn.Conv2d(1, 2, 3, 2), nn.BatchNorm2d(2), activation(), nn.Flatten(), nn.Linear(18, 10))
    else:
        net = nn.Sequential(nn.Linear(64, 7), nn.BatchNorm1d(7) if norm else nn.Identity(), activation(),
                            nn.Linear(7, 10))
    net.to(DOUBLE).train()
    for part in torch.as_tensor(TINY.X_train).split(32):
        net(part.view(-1, 1, 8, 8) if image else part)
    return net


def data_of(kind, part="train"):
    x, y = getattr(TINY, f"X_{part}"), getattr(TINY, f"y_{part}")
    return images(kind, x), torch.as_tensor(y)


def mean_loss(net, x, y, norm="frozen", batches=1):
    """Mean loss of a module under a policy for batch norm, set by hand; ``batches`` of one size each."""
    parts = list(zip(x.chunk(batches), y.chunk(batches)))
    if norm == "recalibrated":
        torch.optim.swa_utils.update_bn([part for part, _ in parts], net)
    net.train(norm == "batch")
    with torch.no_grad():
        return sum(F.cross_entropy(net(x), y, reduction="sum").item() for x, y in parts) / len(y)


def full_hessian(function, params):
    """Hessian of ``function(params)``, a scalar, by differentiating every entry of the gradient: (n, n)."""
    leaves = [value.detach().clone().requires_grad_() for value in params.values()]
    slopes = torch.autograd.grad(function(dict(zip(params, leaves))), leaves, create_graph=True)
    slopes = torch.cat([slope.flatten() for slope in slopes])
    rows = [torch.autograd.grad(slope, leaves, retain_graph=True, materialize_grads=True) for slope in slopes]
    return torch.stack([torch.cat([part.flatten() for part in row]) for row in rows]).numpy()


def in_a_row(params):
    return np.concatenate([value.detach().numpy().ravel() for value in params.values()])
