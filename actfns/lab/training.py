"""Training an ensemble of seeds as one batched program."""

import math
import time
from collections import deque
from dataclasses import dataclass, field

import numpy as np
import torch

from actfns.lab import networks
from actfns.lab.architectures import mlp
from actfns.lab.data import Data, load_data
from actfns.lab.ensemble import Ensemble, PlainSGD
from actfns.lab.evaluation import checked_records
from actfns.lab.functions import along_units, evaluating, label, layer_functions
from actfns.lab.stats import interval
from actfns.lab.streams import batches, checked_seeds, own_randomness

DECAYS = {"all": "", "weights": "W", "biases": "b"}  # what weight decay pulls on: names that start so


@dataclass(frozen=True)
class Run:
    """What `train` returns: curves per seed as NumPy arrays, and the trained parameters.

    With S seeds and T moments (before the first update, then after each epoch, or as often as was asked for):

    * ``epochs, updates`` (T,): the moments, counted in both ways; both start with 0, or where ``start`` ended
    * ``test_loss, test_accuracy`` (S, T): over the whole test part at that moment
    * ``train_loss, train_accuracy`` (S, T): over the epoch that ends there (over the updates since the moment before,
      where these are fewer), each batch just before its own update, so they lag half an epoch behind; at moment 0 over
      the whole training part. `scores` gives the end state exactly
    * ``layers``: name of a layer record → (S, T, hidden layers), over the whole training part at that moment;
      "dead_units" → a list with one (S, T, units) bool array for each layer
    * ``params``, ``initial``: parameters after and before training, as in `actfns.lab.networks`
    * ``seconds``: duration

    Losses are in nats (or mean squared errors), accuracies between 0 and 1 (nan for a regression).
    """

    activation: str
    data: Data
    network: object
    seeds: tuple
    settings: dict
    epochs: np.ndarray
    updates: np.ndarray
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
        return self._ensemble().outputs(x).numpy()

    def scores(self, part="train"):
        """Loss and accuracy, each (seeds,), of the trained networks over the whole "train" or "test" part."""
        ensemble = self._ensemble()
        return ensemble.look(ensemble.part(*_part(self.data, part)))

    def _ensemble(self):
        functions, learnable = _functions(self.function, self.network, len(self.seeds), self.params["W1"].dtype)
        for name, value in learnable.items():
            value.requires_grad_(False).copy_(self.params[name])
        return Ensemble(self.network, self.params, self.function, functions, self.data, self.settings["loss"])

    @property
    def diverged(self):
        """(seeds,) bool: whether the training loss ended as nan or infinity."""
        return ~np.isfinite(self.train_loss[:, -1])

    def __repr__(self):
        shape = self.network.describe(self.data)
        name, values = ("test accuracy", self.test_accuracy) if self.data.classes else ("test loss", self.test_loss)
        final = f"{values[0, -1]:.3f}" if len(values) < 2 else f"{interval(values[:, -1])}"
        return (f"Run({self.activation}, {self.data.name}, {shape}, {len(self.seeds)} seeds, "
                f"{self.epochs[-1]:g} epochs: {name} {final})")


def train(data="digits", network=(64, 64, 64), activation="relu", seeds=range(32), *, lr=0.1, epochs=20, batch=64,
          momentum=0.0, weight_decay=0.0, decay="all", init="he", optimiser="sgd", loss="cross_entropy", freeze=(),
          warmup=0, clip=None, start=None, record=(), every=1, every_updates=None, dtype=torch.float32,
          progress=None):
    """Train one network per seed, all of them at once, and return a `Run`.

    Args:
        data: a name for `load_data`, or a `Data`.
        network: hidden widths of a multilayer perceptron (``()`` is a linear model; inputs and outputs come from the
            data), or one of `mlp`, `cnn`, `resnet`.
        activation: id, `Activation`, or any callable on torch tensors, applied after every hidden layer; it may
            change the number of units (maxout, CReLU) and nothing else. Learnable parameters of an `Activation` are
            trained along, one scalar per seed and layer.
        seeds: distinct integers; each fixes the initial parameters and the order of the data.
        lr: step size, > 0. epochs: passes over the training part. batch: samples per update and seed, or None for
            the whole training part; what does not fill a batch is left out of that epoch.
        momentum, weight_decay: as in ``torch.optim.SGD``. decay: what the weight decay pulls on, "weights", "biases"
            or "all" (also the learnable parameters of activation and batch norm).
        init: name or callable, see `actfns.lab.stack`.
        optimiser: "sgd", "adam", or a callable from a list of parameters to a ``torch.optim`` optimiser that works
            elementwise (a rule with norms over a whole tensor would mix the seeds).
        loss: "cross_entropy" (class labels) or "mse" (class labels become one-hot; or a regression).
        freeze: numbers of layers, from 1, that stay as initialised.
        warmup: number of updates over which the step grows linearly to ``lr``.
        clip: the largest norm that one seed's whole gradient may have; longer ones are shortened.
        start: a `Run` to go on from (parameters, and the order of the data where it stopped), or a dict of parameters
            like ``run.params`` to take in place of ``init``. Momentum starts anew.
        record: layer records, any of "mean", "second_moment", "zeros", "dead", "dead_units", "saturated",
            "pre_gradient", "weight_gradient"; see `actfns.lab.evaluation`.
        every, every_updates: evaluate after every so many epochs, or updates, and in any case before the first and
            after the last.
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
    network = network if hasattr(network, "run") else mlp(*_hidden(network))
    _check(data, lr, epochs, batch, every, every_updates, warmup, clip, decay, loss, dtype, network)
    functions, learnable = _functions(activation, network, len(seeds), dtype)
    params = networks.initial(network.shapes(data, _units_after(functions, network, len(seeds), dtype)), seeds, init,
                              dtype, bool(network.norm)) | learnable
    done = _take_over(start, seeds, params)
    initial = {name: value.detach().clone() for name, value in params.items()}
    stepper = _optimiser(optimiser, _trained(params, freeze), lr, momentum, weight_decay, decay)
    ensemble = Ensemble(network, params, activation, functions, data, loss)
    size = min(batch or len(data.X_train), len(data.X_train))
    steps = len(data.X_train) // size
    with own_randomness((*seeds, done) if done else seeds):
        updates, seen = _fit(ensemble, stepper, seeds, range(done, done + epochs), size, record,
                             every_updates or every * steps, warmup, clip, progress)
    settings = {"lr": lr, "epochs": epochs, "batch": batch, "momentum": momentum, "weight_decay": weight_decay,
                "decay": decay, "init": _name(init), "optimiser": _name(optimiser), "loss": loss,
                "freeze": tuple(freeze), "warmup": warmup, "clip": clip, "dtype": str(dtype)}
    curves, layers = _curves(seen, record)
    return Run(activation=label(activation), data=data, network=network, seeds=seeds, settings=settings,
               epochs=_epochs(updates, steps), updates=updates, **curves, layers=layers, initial=initial,
               function=activation, params={name: value.detach() for name, value in params.items()},
               seconds=time.perf_counter() - started)


def _fit(ensemble, stepper, seeds, epochs, batch, record, stretch, warmup, clip, progress):
    """Train in place, looking after every ``stretch`` updates; returns the numbers of updates and what was seen."""
    training, test = (ensemble.part(*_part(ensemble.data, name)) for name in ("train", "test"))
    orders = [batches(seed, len(training[0]), batch, skip=epochs.start) for seed in seeds]
    total, rates = len(epochs) * (len(training[0]) // batch), [group["lr"] for group in stepper.param_groups]
    moments, seen = [0], [_seen(ensemble, ensemble.look(training), training, test, record)]
    done, lately = 0, deque(maxlen=min(stretch, len(training[0]) // batch))
    for _ in _bar(epochs, progress):
        for chosen in torch.stack([next(order) for order in orders], dim=1):
            if done < warmup:
                _set_rates(stepper, rates, (done + 1) / warmup)
            lately.append(ensemble.update(stepper, training, chosen, clip))
            done += 1
            if done % stretch == 0 or done == total:
                moments.append(done)
                seen.append(_seen(ensemble, ensemble.scores(lately), training, test, record))
                lately.clear()
    return np.array(moments) + epochs.start * (len(training[0]) // batch), seen


def _seen(ensemble, scores, training, test, record):
    layers = ensemble.look(training, record) if record else {}
    made = {name: value for name, value in layers.items() if name in record}
    for part, values in (("train", scores), ("test", ensemble.look(test))):
        made |= {f"{part}_loss": values["loss"], f"{part}_accuracy": values["accuracy"]}
    return made


def _curves(seen, record):
    """What was seen at each moment, put together along axis 1: (scores, layer records)."""
    made = {name: np.stack([one[name] for one in seen], axis=1) for name in seen[0] if name != "dead_units"}
    if units := [one["dead_units"] for one in seen if "dead_units" in one]:
        made["dead_units"] = [np.stack(moments, axis=1) for moments in zip(*units)]
    layers = {name: made.pop(name) for name in record if name in made}
    return made, layers


def _functions(activation, network, seeds, dtype):
    return layer_functions(activation, network.layers, seeds, dtype, network.seed_axis)


def _units_after(functions, network, seeds, dtype):
    """How many units the activation makes of a given number of pre-activations, found by asking it."""
    axis = network.seed_axis + 1

    def units_after(width):
        z = torch.zeros([seeds, width, 1] if axis == 1 else [1, seeds, width, 1, 1], dtype=dtype)
        with torch.no_grad(), evaluating(functions):
            return along_units(functions[0], z, axis).shape[axis]

    return units_after if functions else lambda width: width


def _take_over(start, seeds, params):
    """Copy the parameters to start from into ``params``; returns how many epochs lie behind them."""
    if start is None:
        return 0
    values = start.params if isinstance(start, Run) else start
    wrong = [name for name in params.keys() | values.keys()
             if name not in params or name not in values or params[name].shape != values[name].shape]
    if wrong or isinstance(start, Run) and start.seeds != seeds:
        raise ValueError(f"start does not fit this network and seeds: {', '.join(sorted(wrong)) or 'other seeds'}")
    for name, value in params.items():
        value.data.copy_(values[name])
    return int(start.epochs[-1]) if isinstance(start, Run) else 0


def _epochs(updates, steps):
    """Updates counted in epochs: whole numbers where they are."""
    return updates // steps if not (updates % steps).any() else updates / steps


def _part(data, name):
    if name not in ("train", "test"):
        raise ValueError(f"a part is 'train' or 'test', got {name!r}")
    return getattr(data, f"X_{name}"), getattr(data, f"y_{name}")


def _trained(params, freeze):
    layers = networks.depth(params)
    if unknown := [layer for layer in freeze if layer not in range(1, layers + 1)]:
        raise ValueError(f"freeze names layers 1 to {layers}, got {unknown}")
    fixed = {f"{kind}{layer}" for layer in freeze for kind in ("W", "b", "scale", "shift")}
    chosen = {name: value for name, value in params.items() if name not in fixed and not name.startswith("running")}
    if not chosen:
        raise ValueError("freeze leaves nothing to train")
    return {name: value.requires_grad_() for name, value in chosen.items()}


def _optimiser(optimiser, params, lr, momentum, weight_decay, decay):
    if callable(optimiser):
        return optimiser(list(params.values()))
    if optimiser not in ("sgd", "adam"):
        raise ValueError(f"optimiser must be 'sgd', 'adam' or a callable, got {optimiser!r}")
    if optimiser == "sgd" and not (momentum or weight_decay):
        return PlainSGD(list(params.values()), lr)
    pulled = [name for name in params if name.startswith(DECAYS[decay])]
    groups = [{"params": [params[name] for name in pulled], "weight_decay": weight_decay},
              {"params": [value for name, value in params.items() if name not in pulled], "weight_decay": 0.0}]
    groups = [group for group in groups if group["params"]]
    if optimiser == "sgd":
        return torch.optim.SGD(groups, lr=lr, momentum=momentum, fused=True)
    if momentum:
        raise ValueError("momentum belongs to 'sgd'; for other settings of Adam pass a callable")
    return torch.optim.Adam(groups, lr=lr, fused=True)


def _set_rates(stepper, rates, factor):
    for group, rate in zip(stepper.param_groups, rates):
        group["lr"] = rate * factor


def _hidden(widths):
    if isinstance(widths, str) or not hasattr(widths, "__iter__"):
        raise TypeError(f"network is a tuple of hidden widths, lab.mlp(…), lab.cnn(…) or lab.resnet(…), got {widths!r}")
    return tuple(widths)


def _check(data, lr, epochs, batch, every, every_updates, warmup, clip, decay, loss, dtype, network):
    if not isinstance(data, Data):
        raise TypeError(f"data must be a name or a Data (see from_arrays), got {type(data).__name__}")
    if not (lr > 0 and math.isfinite(lr)):
        raise ValueError(f"lr must be a positive number, got {lr!r}")
    size = len(data.X_train) if batch is None else batch
    for name, value, least in (("epochs", epochs, 0), ("batch", size, 2 if network.norm else 1), ("every", every, 1),
                               ("every_updates", every_updates or 1, 1), ("warmup", warmup, 0)):
        if not isinstance(value, int) or value < least:
            raise ValueError(f"{name} must be an integer ≥ {least}, got {value!r}")
    if clip is not None and not clip > 0:
        raise ValueError(f"clip must be None or a positive number, got {clip!r}")
    if decay not in DECAYS:
        raise ValueError(f"decay must be one of {', '.join(map(repr, DECAYS))}, got {decay!r}")
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
