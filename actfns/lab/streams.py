"""Random streams: what is drawn for one seed never depends on which other seeds, layers or functions are around."""

import zlib
from contextlib import contextmanager

import numpy as np
import torch


def stream(seed, purpose, index=0):
    """A ``torch.Generator`` for one seed and one purpose ("init", "order", …), independent of all others.

    ``index`` tells several streams of one purpose apart, such as the layers of a network.
    """
    entropy = np.random.SeedSequence([seed, zlib.crc32(purpose.encode()), index])
    return torch.Generator().manual_seed(int(entropy.generate_state(1, np.uint64)[0]))


@contextmanager
def own_randomness(seeds):
    """torch's global generator fixed by the seeds and given back as it was, for functions that draw by themselves."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(np.random.SeedSequence(seeds).generate_state(1)[0]))
        yield


def checked_seeds(seeds):
    """``seeds`` as a tuple of distinct non-negative integers, or an error that says what to pass."""
    if isinstance(seeds, (int, str)) or not hasattr(seeds, "__iter__"):
        raise TypeError(f"seeds is a sequence of integers such as range(32), got {seeds!r}")
    seeds = tuple(seeds)
    if not seeds or any(not isinstance(seed, (int, np.integer)) or seed < 0 for seed in seeds):
        raise ValueError(f"seeds must be one or more non-negative integers, got {seeds!r}")
    if len(set(seeds)) != len(seeds):
        raise ValueError("seeds must differ: a repeated seed is the same experiment again, not a new one")
    return tuple(int(seed) for seed in seeds)


def batches(seed, samples, batch, skip=0):
    """Endless iterator over epochs of one seed: each an index tensor (steps, batch), shuffled afresh.

    What does not fill a batch is left out of that epoch (another remainder each time). ``skip`` epochs are passed over.
    """
    generator, steps = stream(seed, "order"), samples // batch
    for _ in range(skip):
        torch.randperm(samples, generator=generator)
    while True:
        yield torch.randperm(samples, generator=generator)[: steps * batch].view(steps, batch)
