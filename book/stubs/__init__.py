"""Exercises to work on, made from their solutions: a notebook per chapter and language in _build/exercises.

A solution is code in the chapter that prints what was asked for, and its stored output is compared with a fresh run
by the tests of the notebooks. A stub shows the same lines with blanks for the numbers, and `check` compares what a
reader puts there with the numbers that the solution printed. Nothing is written twice.
"""

import ast
import re
from pathlib import Path

import nbformat

from .. import notebooks
from ..source import SourceError, find, neutral, save
from ..stages import ROOT
from .answers import INTERVAL, NUMBER, judge
from .cells import needed
from .solutions import exercises, stored
from .words import WORDS

OUT = Path("_build/exercises")
CHAPTERS = ROOT / "chapters"


def check(chapter, label, answer, lang="en"):
    """Compare a reader's answers with what the solution printed; `NotYet` says in a sentence what is still to do."""
    path = find(CHAPTERS, [chapter])[0]
    for exercise in exercises(path, lang):
        if exercise.label == label:
            return print(judge(exercise, answer, lang))
    raise SourceError(f"{path.stem} has no exercise {label}")


def make(folder, names=(), languages=("ko", "en")):
    """Write the notebooks with the stubs of the chapters that `names` mean, one after the other: (file, exercises)."""
    for path in find(folder, names):
        for lang in languages:
            target = ROOT / OUT / lang / f"{path.stem}.ipynb"
            book = notebook(path, lang)
            save(target, notebooks.dumps(book))
            yield target.relative_to(ROOT), len(exercises(path, lang))


def notebook(path, lang):
    """The chapter's exercises with stubs, behind the cells of the chapter that their solutions need."""
    from ..paper import contents  # brings Sphinx, which `check` can do without

    chapter, _, _ = stored(path, lang)
    all_, words = exercises(path, lang), WORDS[lang]
    text, _, _, say = contents(path, lang)
    title = re.search(r"^# (.+)$", text, re.MULTILINE)[1]
    cells = [_text(words["title"].format(title=title)), _code(_START), _text(words["given"])]
    codes = [unit.text(lang) for unit in chapter.code]
    inside = {code for exercise in all_ for code, _ in exercise.code}
    before = sorted({k for exercise in all_ for k in needed(codes[: exercise.before], exercise.code)})
    cells += [_code(codes[k]) for k in before if codes[k] not in inside]
    for exercise in all_:
        cells.append(_text(words["exercise"].format(number=exercise.number, title=exercise.title)))
        cells.append(_text(say.clean(neutral(exercise.text, lang)).strip()))
        cells += [_code(words["work"]), _code(stub(exercise, path, lang))]
    notebooks.identify(cells)
    return nbformat.v4.new_notebook(cells=cells, metadata=dict(notebooks.METADATA))


_START = """import sys
from pathlib import Path

_book = next(folder for folder in Path.cwd().resolve().parents if (folder / "_toc.yml").exists())
sys.path.insert(0, str(_book))
from book import stubs"""


def _text(text):
    return nbformat.v4.new_markdown_cell(text)


def _code(text):
    return nbformat.v4.new_code_cell(text)


def stub(exercise, path, lang):
    """The cell that a reader fills in: the solution's lines with blanks, and the check."""
    rows = exercise.rows() or [(WORDS[lang]["paper"], [""])]
    lines = ["answer = {", *(f"    {row!r}: {_blank(answers)}," + _hint(answers) for row, answers in rows), "}"]
    return "\n".join([*lines, f'stubs.check("{path.stem[:2]}", "{exercise.label}", answer, "{lang}")'])


def _blank(answers):
    return "..." if len(answers) == 1 else f"({', '.join(['...'] * len(answers))})"


def _hint(answers):
    """A comment that shows the form of answers that are not just a number each."""
    forms = [_form(answer) for answer in answers]
    return f"  # {', '.join(forms)}" if set(forms) != {"…"} else ""


def _form(answer):
    """What an answer looks like, without what it says.

    >>> [_form(text) for text in ("0.3 [0.2, 0.4]", "True", "[0.2 0.8]", "{'sin': '0.1'}")]
    ['…', 'True | False', '[…, …]', "{'sin': …}"]
    """
    if answer in ("True", "False"):
        return "True | False"
    try:
        value = ast.literal_eval(answer)
    except (SyntaxError, ValueError):
        value = re.findall(NUMBER, INTERVAL.sub(r"\1", answer))
        value = value if len(value) > 1 else answer
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: …" for key in value) + "}"
    return f"[{', '.join(['…'] * len(value))}]" if isinstance(value, list) else "…"
