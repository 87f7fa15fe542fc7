"""The networks of all seeds as one program: one update, one look."""

import torch

from actfns.lab.evaluation import Evaluation
from actfns.lab.functions import evaluating
from actfns.lab.networks import sample_losses, target_rows

_PIECE = 128  # samples evaluated at a time, so that the values of a layer stay in the processor's cache


class PlainSGD:
    """Gradient descent and nothing else: ``torch.optim.SGD`` without its bookkeeping.

    That bookkeeping is a twentieth of the time of a whole update here.
    """

    def __init__(self, params, lr):
        self.param_groups = [{"params": params, "lr": lr}]

    def zero_grad(self):
        """Forget the gradients of the last step."""
        for value in self.param_groups[0]["params"]:
            value.grad = None

    @torch.no_grad()
    def step(self):
        """Move every parameter that has a gradient against it."""
        group, = self.param_groups
        moving = [value for value in group["params"] if value.grad is not None]
        torch._foreach_add_(moving, [value.grad for value in moving], alpha=-group["lr"])


class Ensemble:
    """Stacked parameters of a network with the functions of its hidden layers, and a loss.

    ``network`` as in `actfns.lab.architectures`, ``params`` and ``functions`` as in `actfns.lab.networks`.
    """

    def __init__(self, network, params, activation, functions, data, loss):
        self.network, self.params, self.functions, self.data = network, params, functions, data
        self.activation, self.loss, self.labelled = activation, loss, bool(data.classes)
        self.dtype, self.seeds = params["W1"].dtype, len(params["W1"])

    def part(self, x, y):
        """Inputs (samples, features) and targets as tensors (x, rows for the loss, labels)."""
        labels = torch.as_tensor(y)
        rows = target_rows(labels, self.data.outputs, self.loss, self.dtype)
        return torch.as_tensor(x, dtype=self.dtype), rows, labels

    def update(self, stepper, part, chosen, clip=None):
        """One step of every seed on its own batch, whose sample numbers are ``chosen`` (seeds, batch).

        Returns what the batch looked like before the step: losses (seeds, batch), and hits (seeds, batch) or None.
        """
        x, y, labels = part
        flat, batch = chosen.reshape(-1), chosen.shape[1]
        inputs = self.network.batch(x, chosen, self.data)
        outputs = self.network.run(self.params, inputs, self.functions, training=True)[-1]
        losses = sample_losses(outputs, y.index_select(0, flat).view(self.seeds, batch, *y.shape[1:]), self.loss)
        stepper.zero_grad()
        losses.backward(torch.full_like(losses, 1 / batch))  # of the sum over seeds of each seed's mean loss
        if clip is not None:
            clip_by_seed([value.grad for value in self.params.values() if value.grad is not None], clip)
        stepper.step()
        if not self.labelled:
            return losses.detach(), None
        return losses.detach(), outputs.detach().max(1).indices == labels.index_select(0, flat).view(self.seeds, batch)

    def scores(self, seen):
        """Mean loss and accuracy, (seeds,), over the batches whose losses and hits are in ``seen``.

        Each batch counts as it was before its own step.
        """
        losses, hits = zip(*seen)
        loss = torch.stack(losses).double().mean((0, 2))
        accuracy = torch.stack(hits).double().mean((0, 2)) if self.labelled else torch.full_like(loss, torch.nan)
        return {"loss": loss.numpy(), "accuracy": accuracy.numpy()}

    @torch.no_grad()
    def look(self, part, record=()):
        """Loss, accuracy and layer records over a whole part; see `actfns.lab.evaluation.Evaluation`."""
        evaluation = Evaluation(self.network, self.activation, self.loss, self.labelled, record)
        with evaluating(self.functions):
            for x, y, labels in zip(*(tensor.split(_PIECE) for tensor in part)):
                shared = self.network.shared(x, self.seeds, self.data)
                evaluation.add(self.params, self.functions, shared, y, labels)
        return evaluation.result()

    @torch.no_grad()
    def outputs(self, x):
        """Outputs (seeds, samples, outputs) for inputs (samples, features)."""
        x = torch.as_tensor(x, dtype=self.dtype)
        if x.ndim != 2 or x.shape[1] != self.data.features:
            raise ValueError(f"inputs must be (samples, {self.data.features}), got {tuple(x.shape)}")
        with evaluating(self.functions):
            shared = self.network.shared(x, self.seeds, self.data)
            return self.network.run(self.params, shared, self.functions)[-1].mT


@torch.no_grad()
def clip_by_seed(gradients, largest):
    """Scale the gradients (seeds, …) of each seed in place so that their common norm is at most ``largest``."""
    norms = torch.stack([gradient.flatten(1).square().sum(1) for gradient in gradients]).sum(0).sqrt()
    factors = (largest / (norms + 1e-6)).clamp(max=1)
    for gradient in gradients:
        gradient.mul_(factors.view(-1, *[1] * (gradient.ndim - 1)))
