"""Turn any callable into a safe function from float64 arrays to float64 arrays."""

from __future__ import annotations

import sys

import numpy as np

GOLDEN = (np.sqrt(5) - 1) / 2
FLOATS = ("float16", "float32", "float64")
_MODES = {"array": "a NumPy array", "scalar": "a float", "torch": "a tensor", "torch32": "a float32 tensor"}
_EDGE_ERRORS = (OverflowError, ValueError, ZeroDivisionError)


def spread(count: int, low: float, high: float) -> np.ndarray:
    """`count` points of (low, high), evenly filling and never on a regular grid (golden-ratio sequence)."""
    return low + (high - low) * ((0.5 + GOLDEN * np.arange(1, count + 1)) % 1)


class Pointwise:
    """A stranger's function, checked and without side effects.

    Calling it takes a float64 array of any shape and returns float64 values of the same shape; the function
    itself only ever sees copies. `mode` says how it is called: "array", "scalar" (one Python float at a time),
    "torch" or "torch32" (tensors). `eps` is the rounding unit of what it returns.
    Raises `TypeError` where it cannot be called or returns no real numbers, `ValueError` where it is not pointwise.
    """

    def __init__(self, f, params=None, name=None):
        if not callable(f):
            raise TypeError(f"measure needs a function of an array, got {type(f).__name__}")
        self.function, self.params = f, dict(params or {})
        self.name = name or _name_of(f)
        self.notes: list[tuple[str, dict]] = []
        self.evaluations = 0
        self.mode = self._find_mode()
        self.eps = self._check()

    def __call__(self, x):
        x = np.asarray(x, dtype=np.float64)
        flat = np.ascontiguousarray(x).reshape(-1)
        self.evaluations += flat.size
        y = _real(self._call(flat)) if flat.size else flat
        if y.shape != flat.shape:
            raise ValueError(self._wrong_shape(flat.shape, y.shape))
        return y.astype(np.float64).reshape(x.shape)

    def raw(self, x):
        """Values in the precision that the function itself returns for the precision of `x`."""
        return _real(self._call(x))

    def companion(self, g):
        """`g` (say, a derivative that the function carries) called in the same way; None if it cannot be."""
        try:
            return Pointwise(g, self.params, "derivative")
        except (TypeError, ValueError):
            return None

    def _call(self, x):
        return _CALLS[self.mode](self.function, self.params, x)

    def _find_mode(self):
        sample, errors = spread(8, -2.0, 2.0), {}
        for mode in ("array", "scalar", "torch", "torch32"):
            if mode.startswith("torch") and "torch" not in sys.modules:
                continue
            try:
                y = _real(_CALLS[mode](self.function, self.params, sample))
                if mode == "scalar" and not np.isfinite(y).any():
                    raise ValueError("no finite value on (-2, 2)")
            except Exception as error:  # whatever a stranger's function raises on the wrong kind of input
                errors[mode] = error
            else:
                if mode != "array":
                    self.notes.append((f"mode_{mode}", {}))
                return mode
        story = "; ".join(f"with {_MODES[m]} it raised {type(e).__name__}: {e}" for m, e in errors.items())
        raise TypeError(f"{self.name} is no function of one real number: {story}") from errors["array"]

    def _check(self):
        x = spread(64, -4.0, 4.0)
        given = x.copy()
        y = _real(_CALLS[self.mode](self.function, self.params, given, False))
        if y.shape != x.shape:
            raise ValueError(self._wrong_shape(x.shape, y.shape))
        if not np.array_equal(given, x):
            self.notes.append(("mutates", {}))
        eps = self._rounding_unit(y.dtype)
        eps = max(eps, self._hidden_precision(y))
        y, order = y.astype(np.float64), np.argsort(spread(64, 0, 1))[:23]
        slack = 64 * eps * (1 + np.abs(np.where(np.isfinite(y), y, 0)))
        if _differ(self(x), y, 0.0):
            raise ValueError(f"{self.name} gives different values for the same input: fix its random state first")
        if _differ(self(x[order]), y[order], slack[order]):
            raise ValueError(
                f"{self.name} is not pointwise: the value at one entry changes with the other entries "
                "(softmax and normalisations do this); measure needs f(x)[i] to depend on x[i] only"
            )
        return eps

    def _wrong_shape(self, given, got):
        return (
            f"{self.name} returned shape {got} for an array of shape {given}; a pointwise function returns one value "
            "for each entry (a constant: np.full_like(x, c))"
        )

    def _rounding_unit(self, dtype):
        if dtype.kind != "f":
            self.notes.append(("whole_dtype", {"dtype": dtype.name}))
            return np.finfo(np.float64).eps
        if dtype.itemsize < 8:
            self.notes.append(("short_dtype", {"dtype": dtype.name}))
        return float(np.finfo(dtype).eps) if dtype.itemsize <= 8 else np.finfo(np.float64).eps

    def _hidden_precision(self, y):
        """Rounding unit of a function that works in a shorter format than it returns."""
        if y.dtype.kind != "f":
            return 0.0
        mantissa = np.frexp(y[np.isfinite(y)].astype(np.float64))[0]
        for short in ("float16", "float32"):
            last_bit = mantissa / np.finfo(short).eps  # an odd half where a number fills all digits of `short`
            full = np.mod(last_bit, 1) == 0.5
            if np.dtype(short) < y.dtype and np.all(np.mod(2 * last_bit, 1) == 0) and full.mean() > 0.2:
                self.notes.append(("hidden_precision", {"dtype": short}))
                return float(np.finfo(short).eps)
        return 0.0


def _name_of(f):
    for attribute in ("name", "__name__"):
        name = getattr(f, attribute, None)
        if isinstance(name, str):
            return "f" if name == "<lambda>" else name
    inner = getattr(f, "func", None)
    return _name_of(inner) if inner is not None else type(f).__name__


def _real(y):
    if hasattr(y, "detach"):
        y = y.detach().cpu().numpy()
    y = np.asarray(y)
    if y.dtype.kind not in "fiub":
        raise TypeError(f"expected real numbers, the function returned {y.dtype}")
    return y


def _differ(y, z, slack):
    same = (y == z) | (np.isnan(y) & np.isnan(z))
    with np.errstate(invalid="ignore"):
        return bool(np.any(~same & ~(np.abs(y - z) <= slack)))


def _call_array(f, params, x, protect=True):
    return f(x.copy() if protect else x, **params)


def _call_scalar(f, params, x, protect=True):
    def one(value):
        try:
            return f(value, **params)
        except _EDGE_ERRORS:
            return np.nan

    return np.array([one(value) for value in x.tolist()]).reshape(-1)


def _call_torch(f, params, x, protect=True):
    import torch

    with torch.no_grad():
        return f(torch.from_numpy(np.array(x)), **params)


def _call_torch32(f, params, x, protect=True):
    return _call_torch(f, params, np.asarray(x, dtype=np.float32))


_CALLS = {"array": _call_array, "scalar": _call_scalar, "torch": _call_torch, "torch32": _call_torch32}
