"""nbval compares text; as a pytest plugin this makes it compare the figures, too."""

import base64
import io

import numpy as np
from PIL import Image

TOLERANCE = 0.5  # of 255, root mean square: another CPU's anti-aliasing stays below, one changed character does not


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


def pytest_itemcollected(item):
    if type(item).__name__ != "IPyNbCell":
        return
    compare_text = item.compare_outputs

    def compare(test, ref, skip_compare=None):
        same = compare_text(test, ref, skip_compare)
        message = fault(test, ref)
        if message:
            item.comparison_traceback.append(message)
        return same and not message

    item.compare_outputs = compare
