"""Training an ensemble of seeds as one batched program."""

import math
import time
from dataclasses import dataclass, field

import numpy as np
import torch

from actfns.lab import networks
from actfns.lab.data import Data, load_data
from actfns.lab.ensemble import Ensemble, PlainSGD
from actfns.lab.functions import label, layer_functions
from actfns.lab.record import checked_records
from actfns.lab.stats import interval
from actfns.lab.streams import batches, checked_seeds, own_randomness


@dataclass(frozen=True)
class Run:
    """What `train` returns: curves per seed as NumPy arrays, and the trained parameters.

    With S seeds and T moments (before the first update, then after each epoch or each ``every`` epochs):

    * ``epochs`` (T,): the moments, starting with 0
    * ``test_loss, test_accuracy`` (S, T): over the whole test part at that moment
    * ``train_loss, train_accuracy`` (S, T): over the epoch that ends there, each batch just before its own update, so
      they lag half an epoch behind; at moment 0 over the whole training part. `scores` gives the end state exactly
    * ``layers``: name of a layer record → (S, T, hidden layers), over the whole training part at that moment
    * ``params``, ``initial``: parameters after and before training, as in `actfns.lab.networks`
    * ``seconds``: duration

    Losses are in nats (or mean squared errors), accuracies between 0 and 1 (nan for a regression).
    """

    activation: str
    data: Data
    widths: tuple
    seeds: tuple
    settings: dict
    epochs: np.ndarray
    train_loss: np.ndarray
    train_accuracy: np.ndarray
    test_loss: np.ndarray
    test_accuracy: np.ndarray
    layers: dict
    params: dict
    initial: dict
    seconds: float
    function: object = field(repr=False)

    def outputs(self, x):
        """Outputs (seeds, samples, outputs) of the trained networks for inputs (samples, features), a NumPy array."""
        with torch.no_grad():
            return networks.forward(self.params, x, self.function).numpy()

    def scores(self, part="train"):
        """Loss and accuracy, each (seeds,), of the trained networks over the whole "train" or "test" part."""
        ensemble = _ensemble(self.params, networks.bound_functions(self.function, self.params), self.data,
                             self.settings["loss"])
        return ensemble.look(ensemble.part(*_part(self.data, part)))

    @property
    def diverged(self):
        """(seeds,) bool: whether the training loss ended as nan or infinity."""
        return ~np.isfinite(self.train_loss[:, -1])

    def __repr__(self):
        shape = "-".join(map(str, self.widths))
        name, values = ("test accuracy", self.test_accuracy) if self.data.classes else ("test loss", self.test_loss)
        final = f"{values[0, -1]:.3f}" if len(values) < 2 else f"{interval(values[:, -1])}"
        return (f"Run({self.activation}, {self.data.name}, {shape}, {len(self.seeds)} seeds, "
                f"{self.epochs[-1]} epochs: {name} {final})")


def train(data="digits", widths=(64, 64, 64), activation="relu", seeds=range(32), *, lr=0.1, epochs=20, batch=64,
          momentum=0.0, weight_decay=0.0, init="he", optimiser="sgd", loss="cross_entropy", freeze=(), record=(),
          every=1, dtype=torch.float32, progress=None):
    """Train one multilayer perceptron per seed, all of them at once, and return a `Run`.

    Args:
        data: a name for `load_data`, or a `Data`.
        widths: hidden widths only; ``()`` is a linear model. Inputs and outputs come from the data.
        activation: id, `Activation`, or any callable on torch tensors that keeps the shape, applied after every
            hidden layer. Learnable parameters of an `Activation` are trained along, one scalar per seed and layer.
        seeds: distinct integers; each fixes the initial parameters and the order of the data.
        lr: step size, > 0. epochs: passes over the training part. batch: samples per update and seed, or None for
            the whole training part; what does not fill a batch is left out of that epoch.
        momentum, weight_decay: as in ``torch.optim.SGD`` (decay also pulls on biases and learnable parameters).
        init: name or callable, see `actfns.lab.stack`.
        optimiser: "sgd", "adam", or a callable from a list of parameters to a ``torch.optim`` optimiser that works
            elementwise (a rule with norms over a whole tensor would mix the seeds).
        loss: "cross_entropy" (class labels) or "mse" (class labels become one-hot; or a regression).
        freeze: numbers of layers, from 1, that stay as initialised.
        record: layer records, any of "mean", "second_moment", "zeros", "dead"; see `actfns.lab.record`.
        every: evaluate after every so many epochs, and in any case before the first and after the last.
        dtype: torch.float32 or torch.float64.
        progress: True or False for a progress bar; None shows one on a terminal only.

    The gradient of the summed loss with respect to one seed's parameters is that seed's own gradient, so the seeds
    train independently; a seed's curve agrees with that of a single network trained in a plain loop up to rounding
    (about 1e−12 in float64). On one machine with one version of torch the numbers repeat exactly. A function that
    draws random numbers (RReLU while training) draws them for the ensemble as a whole: it repeats, but is not paired.

    Raises `KeyError` for an unknown data set or activation, `ValueError` or `TypeError` for settings that do not fit.

    >>> from actfns import lab
    >>> lab.train("circles", (16,), "relu", range(8), epochs=20, lr=0.3).test_loss.shape
    (8, 21)
    """
    started = time.perf_counter()
    _keep_freed_memory()
    data = load_data(data) if isinstance(data, str) else data
    seeds, record = checked_seeds(seeds), checked_records(record)
    _check(data, lr, epochs, batch, every, loss, dtype)
    widths = networks.checked_widths((data.features, *widths, data.outputs))
    params = networks.stack(widths, seeds, init, dtype)
    functions, learnable = layer_functions(activation, len(widths) - 2, len(seeds), dtype)
    params |= learnable
    initial = {name: value.detach().clone() for name, value in params.items()}
    stepper = _optimiser(optimiser, _trained(params, freeze), lr, momentum, weight_decay)
    ensemble = _ensemble(params, functions, data, loss)
    with own_randomness(seeds):
        moments, seen = _fit(ensemble, stepper, data, seeds, epochs, batch, record, every, progress)
    settings = {"lr": lr, "epochs": epochs, "batch": batch, "momentum": momentum, "weight_decay": weight_decay,
                "init": _name(init), "optimiser": _name(optimiser), "loss": loss, "freeze": tuple(freeze),
                "dtype": str(dtype)}
    curves = {name: np.stack([one[name] for one in seen], axis=1) for name in seen[0]}
    layers = {name: curves.pop(name) for name in record if name in curves}
    return Run(activation=label(activation), data=data, widths=widths, seeds=seeds, settings=settings,
               epochs=np.array(moments), **curves, layers=layers, initial=initial, function=activation,
               params={name: value.detach() for name, value in params.items()}, seconds=time.perf_counter() - started)


def _fit(ensemble, stepper, data, seeds, epochs, batch, record, every, progress):
    """Train in place; returns the moments and what was seen at each."""
    training, test = (ensemble.part(*_part(data, name)) for name in ("train", "test"))
    samples = len(data.X_train)
    orders = [batches(seed, samples, min(batch or samples, samples)) for seed in seeds]
    moments, seen = [0], [_seen(ensemble, ensemble.look(training), training, test, record)]
    for epoch in _bar(range(1, epochs + 1), progress):
        scores = ensemble.epoch(stepper, training, torch.stack([next(order) for order in orders], dim=1))
        if epoch % every == 0 or epoch == epochs:
            moments.append(epoch)
            seen.append(_seen(ensemble, scores, training, test, record))
    return moments, seen


def _seen(ensemble, scores, training, test, record):
    layers = ensemble.look(training, record) if record else {}
    made = {name: value for name, value in layers.items() if name in record}
    for part, values in (("train", scores), ("test", ensemble.look(test))):
        made |= {f"{part}_loss": values["loss"], f"{part}_accuracy": values["accuracy"]}
    return made


def _ensemble(params, functions, data, loss):
    return Ensemble(params, functions, loss, data.outputs, bool(data.classes))


def _part(data, name):
    if name not in ("train", "test"):
        raise ValueError(f"a part is 'train' or 'test', got {name!r}")
    return getattr(data, f"X_{name}"), getattr(data, f"y_{name}")


def _trained(params, freeze):
    layers = networks.depth(params)
    if unknown := [layer for layer in freeze if layer not in range(1, layers + 1)]:
        raise ValueError(f"freeze names layers 1 to {layers}, got {unknown}")
    frozen = {f"{kind}{layer}" for layer in freeze for kind in "Wb"}
    chosen = [value for name, value in params.items() if name not in frozen]
    if not chosen:
        raise ValueError("freeze leaves nothing to train")
    return [value.requires_grad_() for value in chosen]


def _optimiser(optimiser, params, lr, momentum, weight_decay):
    if callable(optimiser):
        return optimiser(params)
    if optimiser == "sgd" and not (momentum or weight_decay):
        return PlainSGD(params, lr)
    if optimiser == "sgd":
        return torch.optim.SGD(params, lr=lr, momentum=momentum, weight_decay=weight_decay, fused=True)
    if optimiser != "adam":
        raise ValueError(f"optimiser must be 'sgd', 'adam' or a callable, got {optimiser!r}")
    if momentum:
        raise ValueError("momentum belongs to 'sgd'; for other settings of Adam pass a callable")
    return torch.optim.Adam(params, lr=lr, weight_decay=weight_decay, fused=True)


def _check(data, lr, epochs, batch, every, loss, dtype):
    if not isinstance(data, Data):
        raise TypeError(f"data must be a name or a Data (see from_arrays), got {type(data).__name__}")
    if not (lr > 0 and math.isfinite(lr)):
        raise ValueError(f"lr must be a positive number, got {lr!r}")
    for name, value, least in (("epochs", epochs, 0), ("batch", 1 if batch is None else batch, 1), ("every", every, 1)):
        if not isinstance(value, int) or value < least:
            raise ValueError(f"{name} must be an integer ≥ {least}, got {value!r}")
    if loss not in ("cross_entropy", "mse"):
        raise ValueError(f"loss must be 'cross_entropy' or 'mse', got {loss!r}")
    if loss == "cross_entropy" and not data.classes:
        raise TypeError(f"cross_entropy needs integer class labels, {data.name} has {data.y_train.dtype} targets; "
                        "use loss='mse' for a regression")
    if dtype not in (torch.float32, torch.float64):
        raise ValueError(f"dtype must be torch.float32 or torch.float64, got {dtype}")


def _keep_freed_memory():
    """Let glibc reuse blocks of some hundred kilobytes instead of asking the system for new pages in every step.

    Freeing one large block raises the size from which malloc maps memory afresh (up to 32 MiB); this saves the
    hundred page faults of each update and does nothing under other allocators.
    """
    torch.empty(2**25 - 2**16, dtype=torch.uint8)


def _name(choice):
    return choice if isinstance(choice, str) else getattr(choice, "__name__", type(choice).__name__)


def _bar(epochs, progress):
    from tqdm import tqdm

    return tqdm(epochs, desc="epochs", disable=None if progress is None else not progress)
