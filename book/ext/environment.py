"""``{environment} machine`` and ``{environment} chapters``: where the notebooks were run, and what each run took.

Read while the book is built: the runs from ``chapters/runs.json``, the days of the last change from git. A copy of the
book without its history shows no days. A book without a page ``chapters/en/environment.md`` needs nothing of this.
"""

from __future__ import annotations

from pathlib import Path

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

from book import doctor, runs, source
from book.ext.pages import language_of
from book.ext.repository import _git

WORDS = {
    "en": {
        "python": "Python",
        "packages": "Packages",
        "machine": "Machine",
        "cores": "{} cores, no GPU used",
        "pinned": "and {} more, all pinned in `requirements.txt`",
        "only": "Chapters {}",
        "columns": ["Chapter", "run time", "the card says", "changed"],
        "seconds": "{} s",
        "under": "under {} s",
        "all": "All chapters",
        "none": "–",
    },
    "ko": {
        "python": "파이썬",
        "packages": "패키지",
        "machine": "기계",
        "cores": "코어 {}개, GPU는 쓰지 않았다",
        "pinned": "그 밖에 {}개. 모두 `requirements.txt`에 판을 정해 두었다",
        "only": "{}장",
        "columns": ["장", "실행 시간", "안내 상자의 시간", "고친 날"],
        "seconds": "{}초",
        "under": "{}초 이내",
        "all": "모든 장",
        "none": "–",
    },
}
NOT_PACKAGES = ("python", "actfns", "system", "machine", "processor", "cores", "device")


class Environment(SphinxDirective):
    """The part of the page named in the argument, in the language of the page."""

    required_arguments = 1

    def run(self):
        folder = Path(self.env.srcdir, "chapters")
        self.env.note_dependency(str(folder / runs.FILE))
        text = {"machine": machine, "chapters": chapters}[self.arguments[0]](folder, language_of(self.env.docname))
        holder = nodes.Element()
        self.state.nested_parse(StringList(text.split("\n"), self.state.document["source"]), 0, holder)
        return holder.children


def machine(folder: Path, language: str) -> str:
    """Python, packages and machine of the stored runs; once for each, where chapters were run on several (MyST)."""
    words, places = WORDS[language], {}
    for name, run in runs.read(folder).items():
        places.setdefault(tuple(sorted(run["on"].items())), []).append(str(int(name.partition("-")[0])))
    parts = []
    for place, names in places.items():
        here = words["only"].format(", ".join(names)) + "\n\n" if len(places) > 1 else ""
        parts.append(here + _place(dict(place), words))
    return "\n\n".join(parts) or words["none"]


def _place(on: dict, words: dict) -> str:
    packages = [f"{name} {version}" for name, version in on.items() if name not in NOT_PACKAGES]
    more = words["pinned"].format(len(doctor.pinned()) - len(packages))
    built = f"{on['processor']}, {on['system']} {on['machine']}, {words['cores'].format(on['cores'])}"
    entries = (("python", on["python"]), ("packages", f"{', '.join(packages)}; {more}"), ("machine", built))
    return "\n\n".join(f"{words[key]}\n: {text}" for key, text in entries)


def chapters(folder: Path, language: str) -> str:
    """A row for each chapter: what its run took, what its card promises, when its source was last changed (MyST)."""
    words, known, days = WORDS[language], runs.read(folder), changed(folder)
    lines = ["| " + " | ".join(words["columns"]) + " |", "|---|--:|--:|--:|"]
    times = []
    for path in source.find(folder):
        chapter = source.read(path)
        run = known.get(chapter.name, {})
        if run.get("code") != runs.fingerprint(chapter):
            run = {}  # measured before the code was changed: not this chapter's time
        claim = runs.claimed(chapter)
        times.append(run.get("processor"))
        took = words["seconds"].format(f"{times[-1]:.0f}") if run else words["none"]
        promise = words["under"].format(claim) if claim else words["none"]
        day = days.get(path.name, words["none"])
        lines.append(f"| {{doc}}`/chapters/{language}/{chapter.name}` | {took} | {promise} | {day} |")
    total = words["none"] if None in times else words["seconds"].format(f"{sum(times):.0f}")
    return "\n".join([*lines, f"| {words['all']} | {total} | | |"])


def changed(folder: Path) -> dict[str, str]:
    """{source of a chapter: day of its last change}; nothing where git does not know the history."""
    if not (folder.parent / ".git").exists() or _git(folder, "rev-parse", "--is-shallow-repository") != "false":
        return {}
    days = {path.name: _git(folder, "log", "-1", "--format=%cs", "--", path.name) for path in source.find(folder)}
    return {name: day for name, day in days.items() if day}


def setup(app):
    app.add_directive("environment", Environment)
