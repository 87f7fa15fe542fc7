"""How nbval compares outputs, as a pytest plugin: text to the last printed digit, figures within a tolerance.

Another CPU adds in another order and rounds differently. So a number with decimals may differ by one unit in its last
printed place, and a figure by a trace of grey; whole numbers and everything else are compared as they stand.

Trainings at the edge of divergence amplify rounding errors until the networks are others. A cell that shows such
networks is tagged ``chaotic`` and asserts what must hold for any of them; its outputs are compared where this machine
rounds like the one that wrote the notebook, else only its figures are counted.
"""

import base64
import copy
import hashlib
import io
import re
from functools import cache
from itertools import zip_longest

import numpy as np
from PIL import Image

from .notebooks import chaotic

NUMBER = re.compile(r"(?<![\w.])[-+−]?\d+\.(\d+)(?![\w.])")
TOLERANCE = 0.5  # of 255, root mean square: another CPU's anti-aliasing stays below, one changed character does not


@cache
def arithmetic():
    """A fingerprint of how this machine rounds: sums, products, exponentials and gradients in both precisions."""
    import torch

    made, generator = hashlib.sha256(), torch.Generator().manual_seed(0)
    for dtype in (torch.float32, torch.float64):
        x, w = (torch.randn(4, 64, 64, generator=generator, dtype=torch.float64).to(dtype) for _ in range(2))
        x.requires_grad_()
        h = torch.baddbmm(x, w, x / 8).tanh().softmax(1) * x.exp()
        z = torch.conv2d(h[:, None], w[:, None, :3, :3])
        g = torch.autograd.grad((h.square().mean() + z.relu().sum()).log(), x)[0]
        for value in (h, z, g, x.detach().sum((0, 1)), torch.from_numpy(x[0].detach().numpy() @ w[0].numpy())):
            made.update(value.detach().numpy().tobytes())
    return made.hexdigest()[:12]


def difference(first, second):
    """Root mean square of the difference of two PNG images (base64) in grey levels; infinite if their sizes differ."""
    first, second = _pixels(first), _pixels(second)
    return float(np.sqrt(np.mean((first - second) ** 2))) if first.shape == second.shape else np.inf


def _pixels(image):
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(image))).convert("RGB"), float)


def figures(outputs):
    return [output["data"]["image/png"] for output in outputs if "image/png" in output.get("data", {})]


def fault(now, stored):
    """What is wrong with the figures of the outputs `now`, compared with those stored; None if nothing is."""
    now, stored = figures(now), figures(stored)
    if len(now) != len(stored):
        return f"{len(now)} figures, stored are {len(stored)}"
    worst = max(map(difference, now, stored), default=0.0)
    said = f"a figure differs from the stored one by {worst:.2f} grey levels (rms, at most {TOLERANCE})"
    return said if worst > TOLERANCE else None


def as_rounded(outputs, stored):
    """`outputs` with every number that differs from the stored one by its last digit only replaced by that one."""
    outputs = copy.deepcopy(outputs)
    for now, old in zip(outputs, stored):
        if "text" in now and "text" in old:
            now["text"] = aligned(now["text"], old["text"])
        for kind, value in now.get("data", {}).items():
            if isinstance(value, str) and kind.startswith("text/") and kind in old.get("data", {}):
                now["data"][kind] = aligned(value, old["data"][kind])
    return outputs


def aligned(now, stored):
    """The text `now` with the numbers of `stored` where they differ by one unit in the last printed place at most."""
    matches = list(zip_longest(NUMBER.finditer(now), NUMBER.finditer(stored)))
    for mine, other in reversed(matches):
        if mine and other and _close(mine, other):
            now = now[: mine.start()] + other[0] + now[mine.end() :]
    return now


def _close(mine, other):
    a, b = (float(match[0].replace("−", "-")) for match in (mine, other))
    return len(mine[1]) == len(other[1]) and abs(a - b) < 1.01 * 10.0 ** -len(other[1])


def pytest_itemcollected(item):
    if type(item).__name__ != "IPyNbCell":
        return
    compare_text = item.compare_outputs
    written = item.parent.nb.metadata.get("book", {}).get("arithmetic")
    other_networks = written and chaotic(item.cell) and written != arithmetic()

    def compare(test, ref, skip_compare=None):
        if other_networks:
            return len(figures(test)) == len(figures(ref))
        same = compare_text(as_rounded(test, ref), ref, skip_compare)
        message = fault(test, ref)
        if message:
            item.comparison_traceback.append(message)
        return same and not message

    item.compare_outputs = compare
