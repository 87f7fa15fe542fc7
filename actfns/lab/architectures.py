"""The networks that `train` knows: their shapes, and how all seeds run as one program.

Two layouts. A multilayer perceptron keeps its values as (seeds, units, samples), a batched matrix product per layer. A
convolutional network keeps them as (samples, seeds × channels, height, width): one convolution with a group for each
seed, and batch norm over seeds × channels is batch norm for every seed by itself.
"""

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch.nn import functional as F

from actfns.lab import networks
from actfns.lab.functions import along_units


def mlp(*hidden, norm=None):
    """A multilayer perceptron with the given hidden widths; ``norm="batch"`` puts batch norm before every activation.

    >>> from actfns import lab
    >>> lab.train("digits", lab.mlp(32, 32, norm="batch"), "relu", range(4), epochs=1).test_accuracy.shape
    (4, 2)
    """
    return MLP(_positive("hidden widths", hidden), _checked_norm(norm))


def cnn(*channels, norm=None):
    """A small convolutional network for images: for each entry of ``channels`` (default 8, 16) a 3 × 3 convolution
    with zero padding, batch norm if ``norm="batch"``, the activation, 2 × 2 max pooling; then one dense layer.

    >>> from actfns import lab
    >>> lab.train("digits", lab.cnn(4, 8), "relu", range(4), epochs=1).test_accuracy.shape
    (4, 2)
    """
    return CNN(_positive("channels", channels or (8, 16)), _checked_norm(norm))


def resnet(blocks=3, width=16):
    """The residual network for small images of He et al. (2015), with 6 · ``blocks`` + 2 layers: ResNet-20 for 3.

    A 3 × 3 convolution, three stages of residual blocks with ``width``, 2 ``width`` and 4 ``width`` channels (the
    second and third start with stride 2; shortcuts without parameters: every second pixel, new channels 0), batch norm
    after every convolution, mean over pixels, one dense layer.

    >>> from actfns.lab import resnet
    >>> resnet().layers
    19
    """
    return ResNet(*_positive("blocks and width", (blocks, width)))


@dataclass(frozen=True)
class MLP:
    """See `mlp`. Hidden widths count pre-activations: a function that changes the number of units (maxout, CReLU)
    hands the next layer fewer or more."""

    hidden: tuple
    norm: str | None = None
    seed_axis: ClassVar[int] = 0

    @property
    def layers(self):
        """Number of hidden layers."""
        return len(self.hidden)

    def shapes(self, data, units_after):
        """Shapes of the weights; ``units_after(width)`` is the number of units the activation makes of ``width``."""
        fan_ins = (data.features, *map(units_after, self.hidden))
        return list(zip((*self.hidden, data.outputs), fan_ins))

    def batch(self, x, chosen, data):
        """Samples (seeds, batch) of ``x`` (samples, features), each seed its own."""
        return x.index_select(0, chosen.reshape(-1)).view(*chosen.shape, -1).mT

    def shared(self, x, seeds, data):
        """The same samples (samples, features) for all seeds."""
        return x.mT.expand(seeds, -1, -1)

    def run(self, params, x, functions, training=False):
        """Pre-activations and values of the hidden layers, and outputs (seeds, outputs, samples)."""
        pre, values = networks.run_layers(params, x, functions, training)
        return pre[:-1], values[1:-1], values[-1]

    def by_unit(self, values):
        """Values of a hidden layer as (seeds, units, samples)."""
        return values

    def describe(self, data):
        return "-".join(map(str, (data.features, *self.hidden, data.outputs))) + (" batch norm" if self.norm else "")


class _Convolutional:
    """What convolutional networks share: values (samples, seeds × channels, height, width)."""

    seed_axis: ClassVar[int] = 1

    def batch(self, x, chosen, data):
        picked = x.index_select(0, chosen.mT.reshape(-1))  # samples first, then seeds: channels of one sample in a row
        return picked.view(chosen.shape[1], len(chosen) * data.shape[0], *data.shape[1:])

    def shared(self, x, seeds, data):
        return x.view(len(x), *data.shape)

    def by_unit(self, values):
        """Values (samples, seeds, channels, height, width) as (seeds, channels, samples × height × width)."""
        return values.permute(1, 2, 0, 3, 4).flatten(2)

    def _image(self, data, halvings):
        if len(data.shape) != 3:
            raise ValueError(f"{data.name} has no images: its data has no shape (channels, height, width)")
        if min(data.shape[1:]) < 2 ** halvings:
            raise ValueError(f"images of {data.shape[1]} × {data.shape[2]} cannot be halved {halvings} times")
        return data.shape


@dataclass(frozen=True)
class CNN(_Convolutional):
    """See `cnn`."""

    channels: tuple
    norm: str | None = None

    @property
    def layers(self):
        """Number of hidden layers."""
        return len(self.channels)

    def shapes(self, data, units_after):
        inside, height, width = self._image(data, len(self.channels))
        shapes = []
        for made in self.channels:
            shapes.append((made, inside, 3, 3))
            inside, height, width = units_after(made), height // 2, width // 2
        return [*shapes, (data.outputs, inside * height * width)]

    def run(self, params, x, functions, training=False):
        pre, values = [], []
        for layer, function in enumerate(functions, start=1):
            z = _by_seed(_convolution(params, layer, x, training), params)
            h = along_units(function, z, 2)
            x = F.max_pool2d(h.flatten(1, 2), 2)
            pre.append(z)
            values.append(h)
        return pre, values, _dense(params, len(functions) + 1, _by_seed(x, params))

    def describe(self, data):
        return f"CNN {'-'.join(map(str, self.channels))}" + (" batch norm" if self.norm else "")


@dataclass(frozen=True)
class ResNet(_Convolutional):
    """See `resnet`."""

    blocks: int
    width: int
    norm: ClassVar[str] = "batch"

    @property
    def layers(self):
        """Number of hidden layers."""
        return 1 + 6 * self.blocks

    def shapes(self, data, units_after):
        inside, _, _ = self._image(data, 2)
        if units_after(self.width) != self.width:
            raise ValueError("a residual network adds layers up: its activation has to keep the number of channels")
        made = [self.width, *(self.width << stage for stage in range(3) for _ in range(2 * self.blocks))]
        convolutions = [(out, fan_in, 3, 3) for out, fan_in in zip(made, (inside, *made))]
        return [*convolutions, (data.outputs, made[-1])]

    def run(self, params, x, functions, training=False):
        pre, values = [], []

        def layer(h, stride=1, shortcut=0):
            number = len(pre) + 1
            z = _by_seed(_convolution(params, number, h.flatten(1, 2) if h.ndim == 5 else h, training, stride), params)
            pre.append(z + shortcut)
            values.append(along_units(functions[number - 1], pre[-1], 2))

        layer(x)
        for block in range(3 * self.blocks):
            entry, stride = values[-1], 2 if block in (self.blocks, 2 * self.blocks) else 1
            layer(entry, stride)
            layer(values[-1], shortcut=_shortcut(entry, values[-1].shape[2], stride))
        return pre, values, _dense(params, len(pre) + 1, values[-1].mean((3, 4), keepdim=True))

    def describe(self, data):
        return f"ResNet-{self.layers + 1}"


def _convolution(params, layer, x, training, stride=1):
    """3 × 3 convolution, one group of channels for each seed; inputs that all seeds share need no groups."""
    weight, bias = params[f"W{layer}"], params.get(f"b{layer}")
    bias = None if bias is None else bias.flatten()
    z = F.conv2d(x, weight.flatten(0, 1), bias, stride, padding=1, groups=x.shape[1] // weight.shape[2])
    if bias is not None:
        return z
    scale, shift, mean, var = (params[f"{name}{layer}"].view(-1)
                               for name in ("scale", "shift", "running_mean", "running_var"))
    return F.batch_norm(z, mean, var, scale, shift, training, networks.NORM_MOMENTUM, networks.NORM_EPS)


def _by_seed(z, params):
    """(samples, seeds × channels, …) as (samples, seeds, channels, …)."""
    return z.unflatten(1, (networks.seeds_of(params), -1))


def _dense(params, layer, h):
    """The output layer, (seeds, outputs, samples), for values (samples, seeds, channels, height, width)."""
    return torch.baddbmm(params[f"b{layer}"].unsqueeze(-1), params[f"W{layer}"], h.flatten(2).permute(1, 2, 0))


def _shortcut(h, channels, stride):
    """Every ``stride``-th pixel, with channels of zeros behind the existing ones."""
    return F.pad(h[..., ::stride, ::stride], (0, 0, 0, 0, 0, channels - h.shape[2]))


def _positive(what, numbers):
    if any(not isinstance(number, int) or number < 1 for number in numbers):
        raise ValueError(f"{what} must be positive integers, got {numbers}")
    return tuple(numbers)


def _checked_norm(norm):
    if norm not in (None, "batch"):
        raise ValueError(f"norm must be None or 'batch', got {norm!r}")
    return norm
