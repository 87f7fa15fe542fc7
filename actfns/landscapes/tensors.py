"""Dictionaries of tensors whose first axis counts copies of a network: seeds, points of a grid, probes."""

import hashlib

import torch


def copies_of(params):
    """Number of copies stacked in ``params``."""
    return len(next(iter(params.values())))


def sizes(params):
    """Number of entries of each tensor in one copy."""
    return [value[0].numel() for value in params.values()]


def repeated(params, times):
    """``times`` copies of all copies, one after the other: (K, …) → (times · K, …)."""
    return {name: value.repeat(times, *[1] * (value.ndim - 1)) for name, value in params.items()}


def shifted(params, direction, amount):
    """``params`` + ``amount`` · ``direction``, an ordinary number of times."""
    moved = torch._foreach_add(list(params.values()), list(direction.values()), alpha=amount)
    return dict(zip(params, moved))


def flat(params):
    """One row per copy, (K, n), the tensors one after the other."""
    return torch.cat([value.reshape(len(value), -1) for value in params.values()], 1)


def shaped(rows, like):
    """The dictionary that `flat` made ``rows`` of; further axes in front of the last are kept in front of all."""
    parts = rows.split(sizes(like), -1)
    return {name: part.reshape(*rows.shape[:-1], *value.shape[1:])
            for (name, value), part in zip(like.items(), parts)}


def fingerprint(*dictionaries):
    """16 hexadecimal digits that change with any name, shape, type or bit of the tensors."""
    seen = hashlib.sha256()
    for dictionary in dictionaries:
        for name, value in dictionary.items():
            array = value.detach().cpu().contiguous()
            seen.update(f"{name} {tuple(array.shape)} {array.dtype}".encode())
            seen.update(array.flatten().view(torch.uint8).numpy())
    return seen.hexdigest()[:16]
