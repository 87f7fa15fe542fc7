"""python -m book: write, check, back, build, test, handouts, slides, stubs, doctor."""

import argparse
import sys
from pathlib import Path

from . import doctor

try:
    from . import check, runs, source, stages, stubs
    from .back import back
    from .source import SourceError
    from .write import write
except ImportError:  # packages are missing: whatever was asked for, say which
    if not doctor.run():
        raise
    sys.exit(1)

CHAPTERS = Path("chapters")


def main(arguments=None):
    options = _parser().parse_args(arguments)
    try:
        return options.run(options)
    except (SourceError, stages.Failed) as error:
        return _fail(error)
    except KeyboardInterrupt:
        return _fail("stopped; nothing is half-written")


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m book", description="Sources to notebooks to a website, and the tests."
    )
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")

    def verb(run, text):
        added = verbs.add_parser(run.__name__.strip("_"), help=text, description=text)
        added.set_defaults(run=run)
        return added

    writing = verb(_write, "make the notebooks of both languages from chapters/NN-name.md; run the code if it changed")
    writing.add_argument("--force", action="store_true", help="run the code anyway; give up edits made in a notebook")
    same = "the passage at that line (or all) is right though only one language changed"
    writing.add_argument("--same", action="append", default=[], metavar="NN[:LINE]", help=same)
    checking = verb(_check, "say what is out of date, untranslated or against the rules of a source")
    verb(_back, "carry an edited notebook into its source").add_argument("notebooks", nargs="+")
    building = verb(_build, "build the website in _build/html; warnings are errors")
    printing = verb(_handouts, "print one A4 page per chapter and language: _build/handouts/LANGUAGE/NN-name.pdf")
    showing = verb(_slides, "print each chapter's slides for the presenter: _build/slides/LANGUAGE/NN-name.pdf")
    verb(_doctor, "say whether this machine has what the book needs, and exactly what is missing")
    emptying = verb(_stubs, "make notebooks with the exercises to work on: _build/exercises/LANGUAGE/NN-name.ipynb")
    for each in (writing, checking, printing, showing, emptying):
        each.add_argument("chapters", nargs="*", help="numbers, names or files; all if none is given")
    testing = verb(_test, "test the code, the sources, the notebooks and the site")
    known = ", ".join(stages.TESTS)
    testing.add_argument("stages", nargs="*", metavar="STAGE", help=f"{known}; all if none is given")
    testing.add_argument("--slow", action="store_true", help="also run the full, slow tests")
    for each in (building, testing):
        each.add_argument("--again", action="store_true", help="even what passed before")
    return parser


def _write(options):
    confirmed = [_place(place) for place in options.same]
    names = options.chapters or [path.stem for path, _ in confirmed]
    for path in source.find(CHAPTERS, names):
        lines = [line for each, line in confirmed if each == path]
        print(f"{path.stem}: {write(path, options.force, lines)}", flush=True)


def _place(place):
    """(path, line or None) of "01:57" or "01"."""
    name, _, line = place.partition(":")
    if line and not line.isdigit():
        raise SourceError(f"--same {place}: expected a chapter's number, or number:line as the check prints it")
    return source.find(CHAPTERS, [name])[0], int(line) if line else None


def _check(options):
    faults = check.faults(CHAPTERS, options.chapters)
    for fault in faults:
        print(fault)
    for note in runs.untimed(CHAPTERS, options.chapters):
        print(f"note: {note}")
    print(f"{len(faults)} faults" if faults else "sources and notebooks agree")
    return bool(faults)


def _back(options):
    for path in options.notebooks:
        changes = back(path)
        print(f"{path}: " + ("nothing to carry back" if not changes else "carried into its source:"))
        for change in changes:
            print(f"  {change}")
        if changes:
            print(f"Read the source again, then: python -m book write {Path(path).stem}")


def _build(options):
    stages.build(options.again)


def _handouts(options):
    from . import handouts  # brings Sphinx, which the other commands can do without

    for path, size in handouts.make(CHAPTERS, options.chapters):
        print(f"{path}: text of {size} points", flush=True)


def _slides(options):
    from . import slides

    for path, count in slides.make(CHAPTERS, options.chapters):
        print(f"{path}: {count} slides", flush=True)


def _doctor(options):
    return bool(doctor.run())


def _stubs(options):
    for path, count in stubs.make(CHAPTERS, options.chapters):
        print(f"{path}: {count} exercises", flush=True)


def _test(options):
    if unknown := set(options.stages) - set(stages.TESTS):
        raise stages.Failed(f"no stage {', '.join(unknown)}: there are {', '.join(stages.TESTS)}")
    stages.test(options.stages, options.slow, options.again)
    print("Tested: everything passed")


def _fail(message):
    print(message, file=sys.stderr)
    return 1


if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # a Windows console need not know Korean to be told what is wrong
    sys.exit(main())
