"""How nbval compares outputs, as a pytest plugin: text to the last printed digit, figures within a tolerance.

Another CPU adds in another order and rounds differently. So a number with decimals may differ by one unit in its last
printed place, and a figure by a trace of grey; whole numbers and everything else are compared as they stand. A cell
tagged ``chaotic`` draws trainings that amplify rounding: its figures are only counted.
"""

import base64
import copy
import io
import re
from itertools import zip_longest

import numpy as np
from PIL import Image

NUMBER = re.compile(r"(?<![\w.])[-+−]?\d+\.(\d+)(?![\w.])")
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

    def compare(test, ref, skip_compare=None):
        same = compare_text(as_rounded(test, ref), ref, skip_compare)
        chaotic = "chaotic" in item.cell.metadata.get("tags", ())
        message = fault(test, ref) if not chaotic or len(figures(test)) != len(figures(ref)) else None
        if message:
            item.comparison_traceback.append(message)
        return same and not message

    item.compare_outputs = compare
