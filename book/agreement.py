"""Which passages agree: what a change in one language alone is told by.

Notebooks remember a pair of digests for every text that is written once per language. A pair of which one side is new
and the other is not has been changed in one language only.
"""

import hashlib
import json

from .source import LANGUAGES, STUB


def digest(value):
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:12]


def agreement(chapter, known, confirmed=()):
    """The pairs of texts that agree, as "ko en" digests. A pair of which one side alone changed keeps its old entry.

    `confirmed` holds the lines of passages that are right although one side alone changed; None stands for all."""
    agreed, known = [], [pair.split() for pair in known]
    for unit in chapter.units:
        for pair in unit.pairs():
            new = fingerprint(pair)
            side = changed_alone(new, known)
            if side is None or None in confirmed or any(cell.line in confirmed for cell in unit.cells):
                agreed += [new] if new else []
            else:
                agreed += [old for old in known if old[1 - side] == new[1 - side]]
    return list(dict.fromkeys(" ".join(pair) for pair in agreed))


def fingerprint(pair):
    """The digests of both sides; nothing while one of them waits for its translation."""
    return [] if any(text.startswith(STUB) for text in pair.values()) else [digest(pair[lang]) for lang in LANGUAGES]


def changed_alone(pair, known):
    """The side (0, 1) of a fingerprint that is new while the other is as it was, else None."""
    new = [all(pair[side] != old[side] for old in known) for side in range(len(pair))]
    return new.index(True) if any(new) and not all(new) else None
