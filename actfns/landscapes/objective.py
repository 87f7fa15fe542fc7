"""The mean loss of a network over a data set, as a pure function of a dictionary of parameters."""

import copy
from dataclasses import replace

import torch
from torch.func import functional_call
from torch.nn import functional as F

from actfns.lab import networks
from actfns.lab.functions import label, layer_functions, named
from actfns.lab.streams import stream
from actfns.lab.training import Run
from actfns.landscapes.tensors import copies_of, repeated

POLICIES = ("frozen", "batch", "recalibrated")
_ONCE = {"hardsigmoid"}  # torch's kernels that cannot be differentiated twice


def objective(model, data="train", *, loss=None, params=None, samples=None, generator=None, batch=128, dtype=None):
    """The mean loss of ``model`` over ``data`` as a function of its parameters, an `Objective`.

    L(θ) = 1/n Σ loss(model_θ(x_i), y_i). Nothing is changed in place: the model, its buffers and its mode stay as they
    are, and later training of the model does not change the objective.

    Args:
        model: a `Run` (all its seeds become one batched program; parameters have the seeds as first axis), a
            ``torch.nn.Module``, or a function ``model(params, x)`` → outputs, for which ``params`` is needed.
        data: for a run "train" or "test"; for all (inputs, targets), the inputs one tensor or array with the samples
            first (a tuple of them for a module with several inputs).
        loss: "cross_entropy" (class numbers, nats), "mse" (mean over outputs), or a function of (outputs, targets) to
            one loss per sample, (n,). Default: the run's own, else "cross_entropy". A run takes the two names only.
        params: parameters to take in place of the model's own, such as ``run.initial``.
        samples: how many of the samples to keep, drawn once without replacement by ``generator`` (a
            ``torch.Generator``; default: a fixed one). None keeps all.
        batch: samples per forward pass. The values of a layer should fit a processor's cache: for several seeds of a
            network on colour images 32 is faster, on a GPU much more. Batches differ by at most one sample in size;
            results are exact means over samples, whatever the batch (except with batch statistics, see `surface`).
        dtype: torch.float32 or torch.float64 for parameters and data; None keeps the model's.

    Raises `TypeError` or `ValueError` for what does not fit.

    >>> from actfns import lab, landscapes
    >>> run = lab.train("circles", (8,), "tanh", range(4), epochs=1)
    >>> landscapes.objective(run, "test")().shape
    torch.Size([4])
    """
    if batch < 1 or int(batch) != batch:
        raise ValueError(f"batch must be a positive integer, got {batch!r}")
    if isinstance(model, Run):
        made = RunObjective(model, params, data, loss, dtype)
    elif isinstance(model, torch.nn.Module):
        made = ModelObjective(*_of_module(model, params, dtype), data, loss or "cross_entropy")
    elif callable(model):
        if params is None:
            raise TypeError("a function model(params, x) needs params, a dictionary of tensors")
        made = ModelObjective(model, _detached(params, dtype), {}, data, loss or "cross_entropy")
    else:
        raise TypeError(f"model is a Run, a torch.nn.Module or a function of (params, x), got {type(model).__name__}")
    made.batch = int(batch)
    return made if samples is None else made.subset(samples, generator)


class Objective:
    """Mean loss over a data set; made by `objective`.

    * ``params``: the parameters where it was made, a dictionary of tensors (of a run: (seeds, …))
    * ``buffers``: running estimates of batch norm and other buffers there
    * ``stacked``: whether the first axis of the parameters counts seeds
    * ``samples, population``: samples used, and how many they were drawn from

    ``objective(params, norm="frozen")`` is the mean loss, a float64 tensor of shape (), or (seeds,) for a run; policies
    for batch norm as in `surface`.
    """

    def __init__(self, params, buffers, stacked, inputs, targets):
        self.params, self.buffers, self.stacked = params, buffers, stacked
        self.inputs, self.targets, self.batch, self.batches = inputs, targets, 128, None
        self.samples = self.population = _samples(inputs, targets)

    def __call__(self, params=None, norm="frozen"):
        params = self.params if params is None else _fitting(params, self.params)
        return self.natural(self.moments(self.stack(params), norm=norm)[0])

    def subset(self, samples, generator=None):
        """The same with ``samples`` of the samples, drawn without replacement."""
        if not isinstance(samples, int) or not 1 <= samples <= self.samples:
            raise ValueError(f"samples must be an integer from 1 to {self.samples}, got {samples!r}")
        order = torch.randperm(self.samples, generator=generator or stream(0, "samples"))[:samples]
        made = copy.copy(self)
        made.inputs = tuple(part[order.to(part.device)] for part in self.inputs)
        made.targets, made.samples, made.batches = self.targets[order.to(self.targets.device)], samples, None
        return made

    def split(self, batches):
        """The same, evaluated in so many batches, as equal as can be, whatever ``batch`` says."""
        if not isinstance(batches, int) or not 1 <= batches <= self.samples:
            raise ValueError(f"batches must be an integer from 1 to {self.samples}, got {batches!r}")
        made = copy.copy(self)
        made.batches = batches
        return made

    def stack(self, values):
        """A dictionary in the shape of ``params`` or ``buffers`` with the copies as first axis."""
        return values if self.stacked else {name: value.unsqueeze(0) for name, value in values.items()}

    def natural(self, result):
        """What was computed per copy, (copies, …), without that axis where there are no seeds."""
        return result if self.stacked else result[0]

    def pieces(self):
        """The data in batches: (inputs, targets), sizes at most ``batch`` and as equal as can be."""
        count = self.batches or -(-self.samples // self.batch)
        parts = [part.tensor_split(count) for part in (*self.inputs, self.targets)]
        return [(piece[:-1], piece[-1]) for piece in zip(*parts)]

    @torch.no_grad()
    def moments(self, params, buffers=None, norm="frozen"):
        """Mean and variance of the loss over samples, float64 (K,), for K stacked copies of the parameters."""
        buffers, training = self.prepared(params, buffers, norm)
        total = squares = 0.0
        for x, y in self.pieces():
            seen = {name: value.clone() for name, value in buffers.items()} if training else buffers
            losses = self.losses(params, seen, x, y, training).double()
            total, squares = total + losses.sum(1), squares + losses.square().sum(1)
        mean = total / self.samples
        return mean, (squares - self.samples * mean.square()).clamp(min=0) / max(self.samples - 1, 1)

    def check(self, norm):
        """A `ValueError` for a policy that does not exist or that the batches are too small for."""
        if norm not in POLICIES:
            raise ValueError(f"norm must be one of {', '.join(map(repr, POLICIES))}, got {norm!r}")
        if norm != "frozen" and self.estimates() and min(len(y) for _, y in self.pieces()) < 2:
            raise ValueError(f"norm={norm!r} needs batches of at least two samples")

    def prepared(self, params, buffers=None, norm="frozen"):
        """Buffers for K stacked copies under a policy, and whether batch norm is to use the batch."""
        self.check(norm)
        buffers = self.stack(self.buffers) if buffers is None else buffers
        if buffers and copies_of(buffers) != copies_of(params):
            buffers = repeated(buffers, copies_of(params) // copies_of(buffers))
        if norm == "recalibrated" and self.estimates():
            return self.recalibrated(params, buffers), False
        return buffers, norm == "batch" and bool(self.estimates())

    @torch.no_grad()
    def recalibrated(self, params, buffers):
        """Buffers whose running estimates are the means of the batches' statistics at ``params``.

        Every batch counts with its share of the samples, as in ``torch.optim.swa_utils.update_bn``.
        """
        made = dict(buffers) | {name: torch.zeros_like(buffers[name]) for name in self.estimates()}
        for x, y in self.pieces():
            seen = self.statistics(params, buffers, x, y)
            for name in self.estimates():
                made[name] = made[name] + seen[name] * (len(y) / self.samples)
        return made

    def described(self):
        """Network and loss in words."""
        raise NotImplementedError

    def estimates(self):
        """Names of the buffers that are running estimates of batch norm."""
        raise NotImplementedError

    def losses(self, params, buffers, x, y, training):
        """Loss of each copy and sample, (K, n)."""
        raise NotImplementedError

    def statistics(self, params, buffers, x, y):
        """Mean and variance that batch norm sees in one batch, under the names of `estimates`."""
        raise NotImplementedError


class ModelObjective(Objective):
    """An `Objective` of a function (params, x) → outputs, or of a module."""

    def __init__(self, model, params, buffers, data, loss):
        first = next((value for value in params.values() if value.is_floating_point()), None)
        if first is None:
            raise ValueError("the model has no parameters")
        super().__init__(params, buffers, False, *_arrays(data, first, several=True))
        self.model, self.loss, self.name = model, _sample_loss(loss), label(loss) if callable(loss) else loss
        self.norms = [] if not isinstance(model, torch.nn.Module) else _norms(model)

    def described(self):
        model = str(self.model) if isinstance(self.model, torch.nn.Module) else label(self.model)
        return f"{' '.join(model.split())}, {self.name}"

    def estimates(self):
        return tuple(f"{name}.{kind}".lstrip(".") for name, _ in self.norms for kind in ("running_mean", "running_var"))

    def losses(self, params, buffers, x, y, training):
        for _, module in self.norms:
            module.train(training)

        def one(params, buffers):
            return self._sample_losses(params, buffers, x, y)

        if copies_of(params) == 1:
            return one(*({name: value[0] for name, value in part.items()} for part in (params, buffers))).unsqueeze(0)
        return torch.vmap(one)(params, buffers)

    def statistics(self, params, buffers, x, y):
        made = {name: value.clone() for name, value in buffers.items()}
        self.losses(params, made, x, y, training=True)  # momentum is 1 in this copy of the model
        return made

    def _sample_losses(self, params, buffers, x, y):
        if isinstance(self.model, torch.nn.Module):
            outputs = functional_call(self.model, (params, buffers), x)
        else:
            outputs = self.model(params, *x)
        losses = self.loss(outputs, y)
        if losses.shape != y.shape[:1]:
            raise ValueError(f"the loss must give one number per sample, ({len(y)},), got {tuple(losses.shape)}; "
                             "torch's losses do so with reduction='none'")
        return losses


class RunObjective(Objective):
    """An `Objective` of all seeds of a `Run`: one batched program."""

    def __init__(self, run, params, data, loss, dtype):
        values = _detached(run.params if params is None else _fitting(params, run.params), dtype)
        buffers = {name: value for name, value in values.items() if name.startswith("running")}
        params = {name: value for name, value in values.items() if name not in buffers}
        self.loss = run.settings["loss"] if loss is None else loss
        if self.loss not in ("cross_entropy", "mse"):
            raise ValueError(f"the loss of a run is 'cross_entropy' or 'mse', got {self.loss!r}")
        if isinstance(data, str):
            if data not in ("train", "test"):
                raise ValueError(f"data is 'train', 'test' or (inputs, targets), got {data!r}")
            data = getattr(run.data, f"X_{data}"), getattr(run.data, f"y_{data}")
        inputs, targets = _arrays(data, params["W1"])
        super().__init__(params, buffers, True, inputs,
                         networks.target_rows(targets, run.data.outputs, self.loss, params["W1"].dtype))
        self.network, self.activation = run.network, run.function
        self.shape = replace(run.data, X_train=run.data.X_train[:1], y_train=run.data.y_train[:1],
                             X_test=run.data.X_test[:1], y_test=run.data.y_test[:1])

    def described(self):
        return f"{label(self.activation)}, {self.network.describe(self.shape)}, {self.loss}"

    def estimates(self):
        return tuple(self.buffers)

    def losses(self, params, buffers, x, y, training):
        values = {name: value.contiguous() for name, value in (params | buffers).items()}
        shared = self.network.shared(x[0], copies_of(params), self.shape)
        outputs = self.network.run(values, shared, self._functions(params), training)[-1]
        return networks.sample_losses(outputs, y, self.loss)

    def statistics(self, params, buffers, x, y):
        made = {name: torch.zeros_like(value) for name, value in buffers.items()}
        self.losses(params, made, x, y, training=True)
        return {name: value / networks.NORM_MOMENTUM for name, value in made.items()}

    def _functions(self, params):
        modules, learnable = layer_functions(self.activation, self.network.layers, copies_of(params),
                                             params["W1"].dtype, self.network.seed_axis)
        if torch.is_grad_enabled() and getattr(next(iter(modules), None), "kernel", None) in _ONCE:
            modules = [named(self.activation).module(native=False)] * len(modules)
        for module in modules:
            module.eval()
        if not learnable:
            return modules
        return [_bound(module, layer, params) for layer, module in enumerate(modules, start=1)]


def _bound(module, layer, params):
    own = {name: params[f"f{layer}.{name}"] for name, _ in module.named_parameters()}
    return lambda z: functional_call(module, own, (z,))


def _of_module(model, params, dtype):
    """A copy of the module that nobody else changes, its parameters and its buffers."""
    model = copy.deepcopy(model).eval()
    own = _detached(dict(model.named_parameters()), dtype)
    if params is not None:
        own = _detached(_fitting(params, own), dtype)
    buffers = _detached(dict(model.named_buffers()), dtype)
    for _, module in _norms(model):
        module.momentum = 1.0  # what batch norm leaves behind is then the batch's statistics
    return model, own, buffers


def _norms(model):
    kind = torch.nn.modules.batchnorm._BatchNorm
    return [(name, module) for name, module in model.named_modules()
            if isinstance(module, kind) and module.track_running_stats]


def _detached(values, dtype):
    if dtype not in (None, torch.float32, torch.float64):
        raise ValueError(f"dtype must be None, torch.float32 or torch.float64, got {dtype}")
    return {name: (value.detach().clone() if dtype is None or not value.is_floating_point()
                   else value.detach().to(dtype, copy=True)) for name, value in values.items()}


def _fitting(params, like):
    """``params`` in the order of ``like``; a `ValueError` names what is missing, unknown or of another shape."""
    wrong = sorted(name for name in params.keys() | like.keys()
                   if name not in params or name not in like or params[name].shape != like[name].shape)
    if wrong:
        raise ValueError(f"params do not fit the model: {', '.join(wrong)}")
    return {name: params[name] for name in like}


def _arrays(data, like, several=False):
    """(inputs, targets) as tensors on the device of ``like``, floating-point ones in its dtype; inputs a tuple."""
    if not isinstance(data, tuple | list) or len(data) != 2:
        raise TypeError(f"data is (inputs, targets), got {data!r:.60}")
    inputs = data[0] if several and isinstance(data[0], tuple) else (data[0],)
    return tuple(_tensor(part, like) for part in inputs), _tensor(data[1], like)


def _tensor(values, like):
    values = torch.as_tensor(values).detach().to(like.device)
    return values.to(like.dtype) if values.is_floating_point() else values


def _samples(inputs, targets):
    if not len(targets) or any(len(part) != len(targets) for part in inputs):
        raise ValueError(f"need as many inputs as targets and at least one, got {[len(part) for part in inputs]} "
                         f"and {len(targets)}")
    return len(targets)


def _sample_loss(loss):
    if callable(loss):
        return loss
    if loss == "cross_entropy":
        return lambda outputs, y: F.cross_entropy(outputs, y, reduction="none")
    if loss == "mse":
        return lambda outputs, y: (outputs - y.reshape(outputs.shape)).square().flatten(1).mean(1)
    raise ValueError(f"loss must be 'cross_entropy', 'mse' or a function of (outputs, targets), got {loss!r}")
