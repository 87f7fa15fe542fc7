"""What `train` notes down about a network while it trains."""

import torch

from actfns.lab.networks import run_layers, sample_losses

LAYER_RECORDS = ("mean", "second_moment", "zeros", "dead")


class Evaluation:
    """Sums over samples, fed in pieces so that large data sets need little memory; `result` turns them into means.

    Scores: ``loss`` (mean over samples) and ``accuracy`` (share of samples whose largest output is the label; nan for
    a regression), each (seeds,). Layer records, each (seeds, hidden layers):

    * mean, second_moment: E h and E h² over units and samples
    * zeros: share of values exactly 0
    * dead: share of units that are exactly 0 on every sample
    """

    def __init__(self, loss, labelled, record=()):
        self.loss, self.labelled, self.record = loss, labelled, record
        self.samples, self.loss_sum, self.hits, self.layers, self.alive = 0, 0.0, 0, [], []

    def add(self, params, functions, x, y, labels):
        """Count one piece: inputs (seeds, features, n), rows of targets, and labels (n,)."""
        _, values = run_layers(params, x, functions)
        outputs, hidden = values[-1], values[1:-1]
        self.samples += outputs.shape[-1]
        self.loss_sum = self.loss_sum + sample_losses(outputs, y, self.loss).sum(-1)
        if self.labelled:
            self.hits = self.hits + (outputs.max(1).indices == labels).sum(-1)
        if self.record and hidden:
            self._add_layers(hidden)

    def _add_layers(self, hidden):
        sums = [torch.stack([h.mean(1).sum(-1), h.square().mean(1).sum(-1), (h == 0).to(h.dtype).mean(1).sum(-1)], -1)
                for h in hidden]
        alive = [(h != 0).any(-1) for h in hidden]
        self.layers = [a + b for a, b in zip(self.layers, sums)] or sums
        self.alive = [a | b for a, b in zip(self.alive, alive)] if self.alive else alive

    def result(self):
        """Dict of NumPy arrays: loss, accuracy and the layer records asked for."""
        loss = self.loss_sum / self.samples
        accuracy = self.hits.double() / self.samples if self.labelled else torch.full_like(loss, torch.nan)
        made = {"loss": loss, "accuracy": accuracy} | self._layer_results()
        return {name: value.double().numpy() for name, value in made.items()}

    def _layer_results(self):
        if not self.layers:
            return {}
        means = torch.stack(self.layers, 1) / self.samples
        dead = torch.stack([1 - alive.to(means.dtype).mean(-1) for alive in self.alive], 1)
        every = dict(zip(LAYER_RECORDS, (*means.unbind(-1), dead)))
        return {name: every[name] for name in self.record}


def checked_records(record):
    """``record`` as a tuple of names of `LAYER_RECORDS`, or a `ValueError`."""
    names = (record,) if isinstance(record, str) else tuple(record)
    if unknown := [name for name in names if name not in LAYER_RECORDS]:
        raise ValueError(f"cannot record {', '.join(map(repr, unknown))}; available: {', '.join(LAYER_RECORDS)}")
    return names
