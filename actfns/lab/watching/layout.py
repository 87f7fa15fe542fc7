"""Which axis of a tensor holds the units: what the layers that made it say, else what its number of axes suggests."""

import weakref

import torch
from torch.nn import functional as F

_MIXING = {function: axis for axis, functions in {
    -1: (F.linear, F.bilinear, F.embedding, torch.matmul, torch.Tensor.matmul, torch.Tensor.__matmul__, torch.bmm,
         torch.addmm, torch.baddbmm),
    -2: (F.conv1d, F.conv_transpose1d), -3: (F.conv2d, F.conv_transpose2d), -4: (F.conv3d, F.conv_transpose3d),
}.items() for function in functions}
_SECOND = {F.batch_norm, F.instance_norm, F.group_norm}
_MOVES = {getattr(owner, name) for owner in (torch, torch.Tensor)
          for name in ("permute", "transpose", "swapaxes", "swapdims", "movedim", "moveaxis")}
_RESHAPES = {torch.reshape, torch.Tensor.reshape, torch.Tensor.view, torch.Tensor.expand, torch.einsum}


class Layout:
    """Follows the unit axis through one forward pass. ``channels_first``: True (axis 1) or False (last) overrules."""

    def __init__(self, channels_first=None):
        self.channels_first, self._known = channels_first, {}

    def clear(self):
        """Forget all tensors."""
        self._known.clear()

    def axis(self, z):
        """Unit axis of ``z`` as a non-negative number.

        Convolutions, batch, instance and group norm leave units on the axis before the positions; linear layers and
        matrix products on the last one; other functions where they were. Of a tensor of unknown origin: axis 1 with
        four axes or more, else the last.
        """
        if z.ndim > 1 and self.channels_first is not None:
            return 1 if self.channels_first else z.ndim - 1
        known = self._get(z)
        if known is None:
            known = 1 - z.ndim if z.ndim > 3 else -1
        return z.ndim + known

    def follow(self, func, args, kwargs, result):
        """Note what ``func(*args)`` did to the axis."""
        if not isinstance(result, torch.Tensor) or getattr(func, "__name__", "") == "__get__":
            return
        axis = _MIXING.get(func, 1 - result.ndim if func in _SECOND else None)
        if axis is None:
            axis = self._inherited(func, args, kwargs, result)
        if axis is not None and result.ndim >= -axis:
            key = id(result)
            self._known[key] = weakref.ref(result), axis

    def _inherited(self, func, args, kwargs, result):
        for source in _tensors(args):
            axis = self._get(source)
            if axis is None or source.ndim != result.ndim:
                continue
            if func in _MOVES:
                return _moved(func, args, kwargs, source, axis)
            return axis if func not in _RESHAPES or source.shape == result.shape else None
        return None

    def _get(self, tensor):
        reference, axis = self._known.get(id(tensor), (None, None))
        return axis if reference is not None and reference() is tensor else None


def _tensors(args):
    for value in args:
        if isinstance(value, torch.Tensor):
            yield value
        elif isinstance(value, (tuple, list)):
            yield from (item for item in value if isinstance(item, torch.Tensor))


def _moved(func, args, kwargs, source, axis):
    """Where the axis goes, tried on a tensor without data whose sizes are all different."""
    trial = torch.empty(tuple(range(2, 2 + source.ndim)), device="meta")
    return func(trial, *args[1:], **kwargs).shape.index(2 + source.ndim + axis) - source.ndim
