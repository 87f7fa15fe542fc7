"""Claims on trial: every statement of the source notes, its verdict, and the check that settles it.

>>> from actfns.claims import ledger
>>> claim = ledger()["linear-stack-collapses"]
>>> claim.verdict, claim.kind, claim.notes
('true', 'math', (0, 1, 2, 4))

``python -m actfns.claims`` runs the checks, ``python -m actfns.claims show linear-stack-collapses`` explains one.
The ledger itself is light (it needs PyYAML); checks bring torch and the lab, and are imported when first asked for.
"""

from actfns.claims.evidence import Check, Evidence, check
from actfns.claims.ledger import KINDS, TOPICS, VERDICTS, Claim, ledger
from actfns.claims.running import Result, run, select

__all__ = ["KINDS", "TOPICS", "VERDICTS", "Check", "Claim", "Evidence", "Result", "check", "ledger", "run", "select"]
