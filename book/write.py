"""Writes the notebooks of a source, running its code if that changed."""

from . import boxes, kernel, notebooks, runs
from .back import edited
from .comparison import arithmetic
from .notebooks import target
from .source import LANGUAGES, SourceError, read, save


def write(path, force=False, confirmed=()):
    """Brings the notebooks of the source `path` up to date, running its code if that changed. Returns what was done."""
    chapter = read(path)
    for unit in chapter.units:
        for message in (boxes.unknown(unit.text("en")) if unit.kind != "code" else ()):
            raise chapter.error(unit.line, message)
    old = {lang: notebooks.load(target(path, lang)) for lang in LANGUAGES}
    for lang in LANGUAGES:
        if not force and edited(chapter, old[lang], lang):
            raise SourceError(
                f"{target(path, lang)} was edited by hand: carry it back (python -m book back {target(path, lang)}) "
                "or give the edits up (python -m book write --force)"
            )
    outputs = None if force else notebooks.stored_outputs(chapter, old["ko"])
    done = "" if outputs is not None else "ran the code, "
    rounding = arithmetic() if outputs is None else None
    meter = runs.Meter() if outputs is None else None
    outputs = kernel.run(chapter, meter) if outputs is None else outputs
    new = notebooks.notebooks(chapter, outputs, old["ko"] or old["en"], confirmed, rounding)
    changed = [str(file) for lang in LANGUAGES if save(file := target(path, lang), notebooks.dumps(new[lang]))]
    if meter:
        runs.keep(chapter, meter)
    return done + ("wrote " + " and ".join(changed) if changed else "nothing to write")
