"""What `train` notes down about a network while it trains."""

import torch

from actfns.lab.functions import flat_below, slopes
from actfns.lab.networks import sample_losses

VALUES = ("mean", "second_moment", "zeros")
SLOPES = ("dead", "dead_units", "saturated")
SIGNALS = ("pre_gradient", "weight_gradient")
LAYER_RECORDS = (*VALUES, *SLOPES, *SIGNALS)


class Evaluation:
    """Sums over samples, fed in pieces so that large data sets need little memory; `result` turns them into means.

    Scores: ``loss`` (mean over samples) and ``accuracy`` (share of samples whose largest output is the label; nan for
    a regression), each (seeds,). Layer records, each (seeds, hidden layers):

    * mean, second_moment: E h and E h² over units and samples
    * zeros: share of values exactly 0
    * dead: share of units whose slope f′(z) is exactly 0 on every sample, so that no gradient reaches their weights
    * dead_units: the same unit by unit, a list with one bool array (seeds, units) for each layer
    * saturated: share of values with |f′(z)| below a hundredth of the largest slope of f (of 1 where that is infinite)
    * pre_gradient: root mean square of dL/dz over units and samples, L the loss of the sample
    * weight_gradient: root mean square of dL/dW over the weights, L the mean loss over all samples

    In a convolutional network a unit is a channel, over all samples and positions; z is what the activation function
    sees, after batch norm.
    """

    def __init__(self, network, activation, loss, labelled, record=()):
        self.network, self.loss, self.labelled, self.record = network, loss, labelled, record
        self.flat = flat_below(activation) if set(record) & set(SLOPES) else None
        self.samples = self.piece = 0
        self.loss_sum, self.hits, self.sums, self.alive, self.pull = 0.0, 0, {}, [], []

    def add(self, params, functions, x, y, labels):
        """Count one piece: network inputs ``x``, rows of targets ``y`` and labels (n,)."""
        signals = bool(set(self.record) & set(SIGNALS))
        if signals:  # own leaves: what is frozen in training has a gradient all the same
            params = {name: value.detach().requires_grad_(name[0] == "W") for name, value in params.items()}
        with torch.set_grad_enabled(signals):
            pre, values, outputs = self.network.run(params, x, functions)
            losses = sample_losses(outputs, y, self.loss)
        self.piece = outputs.shape[-1]
        self.samples += self.piece
        self.loss_sum = self.loss_sum + losses.detach().sum(-1)
        if self.labelled:
            self.hits = self.hits + (outputs.max(1).indices == labels).sum(-1)
        if signals and pre:
            self._add_signals(params, pre, losses)
        for layer, (function, z, h) in enumerate(zip(functions, pre, values)):
            self._add_layer(layer, function, z.detach(), h.detach())

    def _add_layer(self, layer, function, z, h):
        if set(self.record) & set(VALUES):
            h = self.network.by_unit(h)
            self._sum("mean", layer, h)
            self._sum("second_moment", layer, h.square())
            self._sum("zeros", layer, (h == 0).to(h.dtype))
        if self.flat is not None:
            slope = self.network.by_unit(slopes(function, z)).abs()
            self._sum("saturated", layer, (slope < self.flat).to(slope.dtype))
            self._keep(self.alive, layer, (slope != 0).any(-1), torch.logical_or)  # nan: not known to be dead

    def _add_signals(self, params, pre, losses):
        weights = [params[f"W{layer}"] for layer in range(1, len(pre) + 1)]
        found = torch.autograd.grad(losses, [*pre, *weights], torch.ones_like(losses), materialize_grads=True)
        for layer, (back, pull) in enumerate(zip(found, found[len(pre):])):
            self._sum("pre_gradient", layer, self.network.by_unit(back).square())
            self._keep(self.pull, layer, pull, torch.add)

    def _sum(self, name, layer, values):
        """Add the mean over units, samples and positions of a piece, weighted by its number of samples."""
        self._keep(self.sums.setdefault(name, []), layer, values.mean((1, 2)) * self.piece, torch.add)

    @staticmethod
    def _keep(seen, layer, value, join):
        if layer == len(seen):
            seen.append(value)
        else:
            seen[layer] = join(seen[layer], value)

    def result(self):
        """Dict of NumPy arrays: loss, accuracy and the layer records asked for ("dead_units": a list of arrays)."""
        loss = self.loss_sum / self.samples
        accuracy = self.hits.double() / self.samples if self.labelled else torch.full_like(loss, torch.nan)
        scores = {"loss": loss.double().numpy(), "accuracy": accuracy.double().numpy()}
        return scores | {name: self._layers(name) for name in self.record if self.network.layers}

    def _layers(self, name):
        if name == "dead_units":
            return [~alive.numpy() for alive in self.alive]
        if name == "dead":
            made = [1 - alive.double().mean(-1) for alive in self.alive]
        elif name == "weight_gradient":
            made = [(pull / self.samples).square().flatten(1).mean(1).sqrt() for pull in self.pull]
        else:
            made = [total / self.samples for total in self.sums[name]]
            made = [value.sqrt() for value in made] if name == "pre_gradient" else made
        return torch.stack(made, 1).double().numpy()


def checked_records(record):
    """``record`` as a tuple of names of `LAYER_RECORDS`, or a `ValueError`."""
    names = (record,) if isinstance(record, str) else tuple(record)
    if unknown := [name for name in names if name not in LAYER_RECORDS]:
        raise ValueError(f"cannot record {', '.join(map(repr, unknown))}; available: {', '.join(LAYER_RECORDS)}")
    return names
