"""Dead and saturated units in anybody's network, while it runs."""

import torch

from actfns.lab.watching import elementwise
from actfns.lab.watching.layout import Layout
from actfns.lab.watching.tracing import Tracer
from actfns.lab.watching.watched import COLUMNS, Count, to_html, to_text, verdict
from actfns.module import ActivationModule


def watch(model, *, also=(), channels_first=None):
    """Watch the activation functions of ``model``, any ``torch.nn.Module``, until `Watch.detach`: a `Watch`.

    As a context manager it detaches at the end; results stay.

    Args:
        also: module types of your own that are elementwise activation functions themselves; they count as one function
            instead of being looked into, as the modules of ``actfns`` do.
        channels_first: where the units are: True for axis 1, False for the last axis. By default the layers say it:
            axis 1 after convolutions and batch norm, last after linear layers; see ``watching/layout.py``.

    Seen are torch's activation functions in every form: modules, ``F.relu``, ``torch.relu``, ``x.relu_()``, clamps
    that are a ReLU or hard tanh. Each place in the code is a row of its own, so one module used twice gives two.
    Composed functions are seen in parts (x · sigmoid(x) as a sigmoid) unless ``also`` names their module. Not
    elementwise, hence left out and named in `Watch.unseen`: softmax and attention, GLU, recurrent kernels. Not visible
    at all: what scripted functions, compiled functions and custom kernels do inside, and ``model.forward(x)`` called
    directly: call ``model(x)``.

    Outputs, gradients and random numbers are those of the unwatched model, bit for bit. Every forward pass costs
    about a backward pass through its activation functions; torch's fused encoder layers run twice.

    Raises `ValueError` for scripted and compiled models and for `DataParallel` over several devices.

    >>> import torch
    >>> from actfns import lab
    >>> model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU())
    >>> _ = torch.nn.init.ones_(model[0].weight), torch.nn.init.constant_(model[0].bias[:1], -1e6)
    >>> with lab.watch(model) as w:
    ...     _ = model(torch.ones(5, 3))
    >>> print(w.verdict)
    1 of 4 units is dead in layer '1' (relu)
    """
    return Watch(model, also=also, channels_first=channels_first)


def _own_formulas(model):
    """Types of the elementwise modules of ``actfns`` that run their formula, not a kernel of torch."""
    found = model.modules() if isinstance(model, torch.nn.Module) else ()
    return {type(m) for m in found
            if isinstance(m, ActivationModule) and m.activation.arity == "pointwise" and m.kernel is None}


class Watch:
    """What `watch` returns: ``layers`` (`WatchedLayer`s in the order they first ran), ``table()``, ``verdict``.

    Accumulates over forward passes until `reset`; prints as a table. ``unseen``: dict place → what was not counted.
    """

    def __init__(self, model, *, also=(), channels_first=None):
        self._counter = _Counter(channels_first)
        self._tracer = Tracer(model, self._counter, (*also, *_own_formulas(model)))

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.detach()

    def detach(self):
        """Stop watching: no hook and no mode is left, and the counts stay."""
        self._tracer.detach()

    def reset(self):
        """Forget what was seen; go on watching."""
        self._counter.clear()

    @property
    def layers(self):
        """List of `WatchedLayer`."""
        return self._counter.layers()

    @property
    def unseen(self):
        """Dict place → what was there and was not counted."""
        return self._tracer.unseen | self._counter.unseen

    @property
    def verdict(self):
        """One line: how many units are dead, and where most of them are."""
        return verdict(self.layers)

    def table(self):
        """`pandas.DataFrame`, one row per layer."""
        import pandas

        return pandas.DataFrame([layer.row() for layer in self.layers], columns=list(COLUMNS))

    def __str__(self):
        return to_text(self.layers, self.unseen)

    def _repr_html_(self):
        return to_html(self.layers, self.unseen)

    def __repr__(self):
        return f"<watch: {len(self.layers)} layers>"


class _Counter:
    """The observer behind a `Watch`: a `Count` for every place, function and number of units."""

    def __init__(self, channels_first):
        self.counts, self.unseen, self.layout = {}, {}, Layout(channels_first)

    def clear(self):
        self.counts, self.unseen = {}, {}

    def layers(self):
        numbers, made = {}, []
        for (path, function, *place, _), count in self.counts.items():
            known = numbers.setdefault(path, {})
            number = known.setdefault(tuple(place), len(known) + 1)
            made.append(count.layer((path or "model") + (f"#{number}" if number > 1 else ""), function))
        return made

    def start(self):
        self.layout.clear()

    def wants(self, func):
        return func in elementwise.ELEMENTWISE or func in elementwise.CLAMPING or func in elementwise.NOT_ELEMENTWISE

    def before(self, call):
        """Count slopes at the input, before the call can overwrite it."""
        if call.func in elementwise.NOT_ELEMENTWISE:
            self._miss(call, f"{elementwise.NOT_ELEMENTWISE[call.func]} is not elementwise")
            return
        found = elementwise.recognise(call.func, call.args, call.kwargs)
        if found is None:
            if isinstance(call.func, torch.nn.Module):
                self._miss(call, f"{type(call.func).__name__} called without a positional tensor")
            return
        name, function, z = found
        if reason := _not_countable(z):
            self._miss(call, f"{name} of {reason}")
            return
        try:
            with torch.inference_mode(False), torch.no_grad():
                self._count(call, name, function, z.detach(), self.layout.axis(z))
        except (RuntimeError, ValueError, TypeError) as error:
            self._miss(call, f"{name}: {str(error).splitlines()[0]}")

    def after(self, func, args, kwargs, result, kept):
        self.layout.follow(func, args, kwargs, result)

    def _count(self, call, name, function, z, axis):
        if z.ndim == 1:
            z, axis = z[None], 1
        slope = elementwise.own_slopes(function, z)
        if slope.shape != z.shape:
            raise ValueError("the output has another shape than the input")
        key = (call.path, name, call.site, call.turn, z.shape[axis])
        count = self.counts.get(key) or Count(z.shape[axis], z.device)
        count.add(slope, axis, _flat(count, call.func, function, z, axis))
        self.counts[key] = count

    def _miss(self, call, reason):
        self.unseen[call.path or "model"] = reason


def _flat(count, func, function, z, axis):
    """The threshold of saturation, found once where nothing is learnt."""
    if elementwise.learnt(func):
        return elementwise.flat_below(function, z, axis, z.shape[axis])
    if count.flat is None:
        count.flat = elementwise.flat_below(function, z, axis)
    return count.flat


def _not_countable(z):
    """Why the slopes at this tensor are not counted, or ""."""
    if not z.is_floating_point():
        return f"{z.dtype} numbers"
    if type(z) not in (torch.Tensor, torch.nn.Parameter) or z.layout is not torch.strided or z.is_nested:
        return "a special kind of tensor"
    if z.is_meta:
        return "a tensor without data"
    if torch._C._functorch.is_functorch_wrapped_tensor(z):
        return "a tensor inside vmap or another transformation"
    return "" if z.ndim and z.numel() else "no units"
