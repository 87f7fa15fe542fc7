"""``python -m actfns.claims``: run the checks of the ledger, list its claims, explain one."""

import argparse
import sys
from collections import Counter

from actfns.claims.evidence import shown
from actfns.claims.ledger import KINDS, TOPICS, VERDICTS, ledger
from actfns.claims.running import run

COMMANDS = ("run", "show", "list")


def main(arguments=None):
    """Run one command; returns the exit status: 0, 1 if a verdict no longer stands, 2 if nothing could be run."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    if not arguments or arguments[0] not in (*COMMANDS, "-h", "--help"):
        arguments.insert(0, "run")
    chosen = _parser().parse_args(arguments)
    try:
        return {"run": _run, "show": _show, "list": _list}[chosen.command](chosen)
    except (LookupError, ValueError) as error:
        print(error.args[0], file=sys.stderr)
        return 2


def _parser():
    parser = argparse.ArgumentParser(prog="python -m actfns.claims", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    runs = commands.add_parser("run", help="run the checks (all, if nothing is chosen); the word may be left out")
    runs.add_argument("--fast", action="store_true", help="leave out the checks that take more than a second")
    runs.add_argument("--numbers", action="store_true", help="print the evidence of every claim, not only of failures")
    lists = commands.add_parser("list", help="the claims: verdict, kind, id, and whether a check settles it")
    for command in (runs, lists):
        command.add_argument("--topic", choices=TOPICS, metavar="TOPIC", help=", ".join(TOPICS))
        command.add_argument("--kind", choices=KINDS, metavar="KIND", help=", ".join(KINDS))
    runs.add_argument("ids", nargs="*", metavar="ID", help="ids, or patterns such as 'sigmoid-*'")
    shows = commands.add_parser("show", help="one claim: verdict, reason, sources, and its evidence now")
    shows.add_argument("ids", nargs="+", metavar="ID")
    shows.add_argument("--lang", choices=("en", "ko"), help="only this language")
    shows.add_argument("--no-run", action="store_true", help="do not run the check")
    return parser


def _run(chosen):
    results = run(*chosen.ids, topic=chosen.topic, kind=chosen.kind, fast=chosen.fast, progress=None)
    for result in results:
        state = "stands" if result.stands else "FALLS" if result.evidence else "CRASHED"
        print(f"{state:8}{result.claim.verdict:14}{result.seconds:6.1f} s  {result.claim.id}")
        if result.evidence and (chosen.numbers or not result.stands):
            for name, value in result.evidence.numbers.items():
                print(f"{'':8}{name}: {shown(value)}")
        if result.error:
            print(result.error.rstrip())
    fallen = [result.claim.id for result in results if not result.stands]
    print(_summary(results, fallen))
    if not results:
        print("nothing was chosen", file=sys.stderr)
        return 2
    return 1 if fallen else 0


def _summary(results, fallen):
    verdicts = Counter(result.claim.verdict for result in results if result.stands)
    counts = ", ".join(f"{verdicts[verdict]} {verdict}" for verdict in VERDICTS if verdicts[verdict])
    lost = f"; {len(fallen)} do not: {', '.join(fallen)}" if fallen else ""
    return f"{len(results) - len(fallen)} of {len(results)} verdicts stand ({counts or 'none'}){lost}"


def _list(chosen):
    claims = [claim for claim in ledger().values()
              if chosen.topic in (None, claim.topic) and chosen.kind in (None, claim.kind)]
    for claim in claims:
        how = "-" if claim.check is None else "slow" if claim.check.slow else "fast"
        print(f"{claim.verdict:14}{claim.kind:12}{how:6}{claim.id}")
    checked = sum(claim.check is not None for claim in claims)
    print(f"{len(claims)} claims, {checked} of them settled by a check")
    return 0


def _show(chosen):
    stands = True
    for id in chosen.ids:
        claim = ledger()[id]
        print(f"{claim.id}\n  {claim.verdict} · {claim.kind} · {claim.topic} · notes {_listed(claim.notes)}")
        for lang in (chosen.lang,) if chosen.lang else ("en", "ko"):
            print(f"  {claim.claim[lang]}\n    {VERDICTS[claim.verdict][lang]}: {claim.correct[lang]}")
        print(f"  shown in the book at {claim.where}")
        for source in claim.sources:
            print(f"  {source}")
        if claim.check is None:
            print("  no check: sources settle it")
        elif chosen.no_run:
            print(f"  check: {claim.check.compares}")
        else:
            stands &= _evidence(claim)
    return 0 if stands else 1


def _evidence(claim):
    print(f"  check: {claim.check.compares}", flush=True)
    [result] = run(claim.id)
    print(f"    the verdict {'stands' if result.stands else 'DOES NOT STAND'}")
    for name, value in result.evidence.numbers.items() if result.evidence else ():
        print(f"    {name}: {shown(value)}")
    if result.error:
        print(result.error.rstrip())
    return result.stands


def _listed(notes):
    return ", ".join(map(str, notes))


if __name__ == "__main__":
    sys.exit(main())
