"""Slow, obviously right twins of the lab: one network at a time, in float64, in the words of any tutorial."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

import actfns
from actfns import lab
from actfns.lab.streams import batches

DOUBLE = torch.float64


@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Small products gain nothing from threads, and test processes side by side would get in each other's way."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


def _small():
    """200 training and 100 test digits: enough for every path, quick in float64."""
    data = lab.load_data("digits")
    return lab.from_arrays(data.X_train[:200], data.y_train[:200], data.X_test[:100], data.y_test[:100], name="small")


SMALL = _small()


def plain_network(params, k, activation):
    """Seed k of stacked parameters as an ordinary ``nn.Sequential``, every layer with an activation of its own."""
    depth, layers = sum(name.startswith("W") for name in params), []
    for layer in range(1, depth + 1):
        weight = params[f"W{layer}"][k]
        linear = nn.Linear(weight.shape[1], weight.shape[0], dtype=weight.dtype)
        linear.weight.data.copy_(weight)
        linear.bias.data.copy_(params[f"b{layer}"][k])
        layers += [linear, plain_activation(activation)]
    return nn.Sequential(*layers[:-1])


def plain_activation(activation):
    if isinstance(activation, str):
        activation = actfns.catalog[activation]
        learnable = any(parameter.learnable for parameter in activation.params.values())
        return activation.module(native=not learnable).to(DOUBLE).eval()

    class Function(nn.Module):
        def forward(self, z):
            return activation(z)

    return Function()


def plain_loss(outputs, y, loss):
    if loss == "cross_entropy":
        return F.cross_entropy(outputs, y)
    return F.mse_loss(outputs, F.one_hot(y, outputs.shape[1]).to(outputs.dtype))


def plain_training(data, widths, activation, seed, *, epochs, batch=64, init="he", loss="cross_entropy", frozen=(),
                   stepper=lambda parameters: torch.optim.SGD(parameters, lr=0.1)):
    """(network, test losses, test accuracies) of one seed, trained as in any tutorial."""
    x, y, x_test, y_test = (torch.as_tensor(a) for a in (data.X_train, data.y_train, data.X_test, data.y_test))
    net = plain_network(lab.stack((data.features, *widths, data.outputs), [seed], init, DOUBLE), 0, activation)
    for layer in frozen:
        net[2 * layer - 2].requires_grad_(False)
    stepper = stepper([p for p in net.parameters() if p.requires_grad])
    order, curve = batches(seed, len(x), batch or len(x)), []
    for epoch in range(epochs + 1):
        for chosen in next(order) if epoch else ():
            stepper.zero_grad()
            plain_loss(net(x[chosen]), y[chosen], loss).backward()
            stepper.step()
        with torch.no_grad():
            outputs = net(x_test)
        curve.append((plain_loss(outputs, y_test, loss).item(), (outputs.argmax(1) == y_test).double().mean().item()))
    return net, *np.array(curve).T


def plain_propagation(activation, depth, x, signal, params, k, gain):
    """Moments of one network, layer by layer, from an ordinary ``nn.Sequential`` with retained gradients."""
    net, z, seen = plain_network(params, k, activation), [], []
    h = torch.as_tensor(x)
    for layer in range(depth):
        net[2 * layer].weight.data.mul_(gain)
        inputs = h.detach()
        z.append(net[2 * layer](h))
        z[-1].retain_grad()
        h = plain_activation(activation)(z[-1])
        seen.append((inputs, z[-1], h))
    h.backward(signal)
    rows = []
    for inputs, pre, values in seen:
        weight = torch.einsum("ni,nj->nij", pre.grad, inputs).square().mean()
        rows.append([pre.mean(), pre.var(correction=0), values.mean(), values.var(correction=0), values.square().mean(),
                     pre.grad.mean(), pre.grad.var(correction=0), pre.grad.square().mean(), weight])
    return np.array([[value.item() for value in row] for row in rows]).T
