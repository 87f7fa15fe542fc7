"""Run the checks: all, or a selection by id, topic, kind and cost."""

import time
import traceback
from dataclasses import dataclass
from fnmatch import fnmatchcase

from actfns.claims.evidence import Evidence
from actfns.claims.ledger import KINDS, TOPICS, Claim, ledger


@dataclass(frozen=True)
class Result:
    """One claim after its check: ``claim``, ``evidence`` (None if the check crashed), ``error`` (the traceback, or
    an empty text), ``seconds`` of processor time (shared by all claims of one check). `stands` tells all in one.

    >>> from actfns.claims import run
    >>> [result] = run("linear-stack-collapses")
    >>> result.stands, list(result.evidence.numbers)
    (True, ['largest difference'])
    """

    claim: Claim
    evidence: Evidence | None
    error: str = ""
    seconds: float = 0.0

    @property
    def stands(self):
        """Whether the verdict of the ledger stands; a crash of the check counts as no."""
        return self.evidence is not None and self.evidence.stands


def select(*ids, topic=None, kind=None, fast=False):
    """The claims that have a check, in the order of the ledger.

    ``ids``: ids or patterns with ``*`` and ``?`` (none: all), ``topic``, ``kind``, ``fast``: leave out slow checks
    (a slow one that is named in full is kept). Raises `KeyError`, with near matches, where an id or a pattern finds
    nothing, and `ValueError` for an unknown topic or kind, or an id whose claim has no check.

    >>> from actfns.claims import select
    >>> [claim.id for claim in select("linear-stack-*")]
    ['linear-stack-collapses']
    """
    for name, value, known in (("topic", topic, TOPICS), ("kind", kind, KINDS)):
        if value is not None and value not in known:
            raise ValueError(f"no {name} {value!r}; there are {', '.join(known)}")
    return [claim for claim in _named(ids) if topic in (None, claim.topic) and kind in (None, claim.kind)
            and claim.check is not None and not (fast and claim.check.slow and claim.id not in ids)]


def run(*ids, topic=None, kind=None, fast=False, progress=False):
    """Run the checks of a selection (see `select`) and return a list of `Result`, one per claim.

    A check that settles several claims runs once. ``progress``: a bar on stderr (None: only on a terminal).

    >>> from actfns.claims import run
    >>> all(result.stands for result in run("linear-stack-*", fast=True))
    True
    """
    claims = select(*ids, topic=topic, kind=kind, fast=fast)
    done = {}  # the checks that several claims share
    for claim in _bar(claims, progress):
        if claim.check.function not in done:
            done[claim.check.function] = _try(claim.check)
    return [Result(claim, *done[claim.check.function]) for claim in claims]


def _named(ids):
    claims, chosen = ledger(), set()
    for wanted in ids:
        if set("*?[") & set(wanted):
            found = [id for id in claims if fnmatchcase(id, wanted)]
            if not found:
                raise KeyError(f"no claim is like {wanted!r}")
        else:
            found = [claims[wanted].id]
            if claims[wanted].check is None:
                raise ValueError(f"{wanted} has no check: it is {KINDS[claims[wanted].kind]['en']}, settled by its "
                                 f"sources (python -m actfns.claims show {wanted})")
        chosen.update(found)
    return [claim for id, claim in claims.items() if id in chosen or not ids]


def _try(check):
    started = time.process_time()
    try:
        evidence, error = check(), ""
    except Exception:  # a check that crashes has settled nothing, and the others must still run
        evidence, error = None, traceback.format_exc()
    return evidence, error, time.process_time() - started


def _bar(claims, progress):
    try:
        from tqdm import tqdm
    except ImportError:  # an extra of the lab; the checks of mathematics run without it
        return claims
    return tqdm(claims, desc="claims", unit="claim", disable=None if progress is None else not progress)
