"""The networks of all seeds as one program: one update, one look."""

import torch

from actfns.lab.functions import evaluating
from actfns.lab.networks import run_layers, sample_losses, target_rows
from actfns.lab.record import Evaluation

_PIECE = 128  # samples evaluated at a time, so that the values of a layer stay in the processor's cache


class PlainSGD:
    """Gradient descent with a fixed step and nothing else: ``torch.optim.SGD`` without its bookkeeping.

    That bookkeeping is a twentieth of the time of a whole update here.
    """

    def __init__(self, params, lr):
        self.params, self.lr = params, lr

    def zero_grad(self):
        """Forget the gradients of the last step."""
        for value in self.params:
            value.grad = None

    @torch.no_grad()
    def step(self):
        """Move every parameter that has a gradient against it."""
        moving = [value for value in self.params if value.grad is not None]
        torch._foreach_add_(moving, [value.grad for value in moving], alpha=-self.lr)


class Ensemble:
    """Stacked parameters with the functions of the hidden layers and a loss.

    ``params`` and ``functions`` as in `actfns.lab.networks`; ``outputs`` is the number of network outputs, and
    ``labelled`` says whether targets are classes, so that accuracy has a meaning.
    """

    def __init__(self, params, functions, loss, outputs, labelled):
        self.params, self.functions, self.loss = params, functions, loss
        self.outputs, self.labelled, self.dtype = outputs, labelled, params["W1"].dtype
        self.seeds = len(params["W1"])

    def part(self, x, y):
        """Inputs (samples, features) and targets as tensors (x, rows for the loss, labels)."""
        labels = torch.as_tensor(y)
        return torch.as_tensor(x, dtype=self.dtype), target_rows(labels, self.outputs, self.loss, self.dtype), labels

    def update(self, stepper, part, chosen):
        """One step of every seed on its own batch, whose sample numbers are ``chosen`` (seeds, batch).

        Returns what the batch looked like before the step: losses (seeds, batch), and hits (seeds, batch) or None.
        """
        x, y, labels = part
        flat, batch = chosen.reshape(-1), chosen.shape[1]
        inputs = x.index_select(0, flat).view(self.seeds, batch, -1).mT
        outputs = run_layers(self.params, inputs, self.functions)[1][-1]
        losses = sample_losses(outputs, y.index_select(0, flat).view(self.seeds, batch, *y.shape[1:]), self.loss)
        stepper.zero_grad()
        losses.backward(torch.full_like(losses, 1 / batch))  # of the sum over seeds of each seed's mean loss
        stepper.step()
        if not self.labelled:
            return losses.detach(), None
        return losses.detach(), outputs.detach().max(1).indices == labels.index_select(0, flat).view(self.seeds, batch)

    def epoch(self, stepper, part, order):
        """One pass in the given order (steps, seeds, batch); returns mean loss and accuracy of its batches, (seeds,).

        Each batch counts as it was before its own step.
        """
        losses, hits = zip(*(self.update(stepper, part, chosen) for chosen in order))
        loss = torch.stack(losses).double().mean((0, 2))
        accuracy = torch.stack(hits).double().mean((0, 2)) if self.labelled else torch.full_like(loss, torch.nan)
        return {"loss": loss.numpy(), "accuracy": accuracy.numpy()}

    @torch.no_grad()
    def look(self, part, record=()):
        """Loss, accuracy and layer records over a whole part; see `actfns.lab.record.Evaluation`."""
        evaluation = Evaluation(self.loss, self.labelled, record)
        with evaluating(self.functions):
            for x, y, labels in zip(*(tensor.split(_PIECE) for tensor in part)):
                evaluation.add(self.params, self.functions, x.mT.expand(self.seeds, -1, -1), y, labels)
        return evaluation.result()
