"""What `python -m book check` looks at: each sentence it yields is one fault."""

import re

import yaml

from . import boxes, notebooks, particles, typed
from .agreement import changed_alone, fingerprint
from .back import edited
from .kernel import fstring
from .source import LANGUAGES, STUB, VALUE, SourceError, defined, find, labels, read

MAX_LINES = 12  # of a code cell
HANGUL = "가-힣"
PARTICLES = (
    "은 는 이 가 을 를 의 에 에서 에게 로 으로 와 과 랑 도 만 까지 부터 보다 처럼 마다 밖에 들 "
    "이다 다 이고 고 이며 며 이란 란 이라 라 인 임"
).split()


def faults(folder, names=()):
    """Every fault of the chapters in `folder` (those that `names` mean) and of their notebooks, as sentences."""
    glossary = load_glossary(folder.parent / "book" / "glossary.yml")
    allowed = typed.load(folder.parent / "book" / "typed.yml")
    found = [fault for path in find(folder, names) for fault in _faults_of(path, glossary, allowed)]
    found += twice_defined(find(folder))
    for notebook in sorted(folder.glob("[a-z][a-z]/[0-9]*.ipynb")):
        if not (source := folder / f"{notebook.stem}.md").exists():
            found.append(f"{notebook}: there is no source {source}")
    return found


def twice_defined(paths):
    """Labels that two places of the book define."""
    places = {}
    for path in paths:
        try:
            chapter = read(path)
        except SourceError:
            continue  # said already
        for unit in chapter.units:
            for label in sorted(defined(unit)):
                places.setdefault(label, []).append(f"{path}:{unit.line}")
    for label, (first, *others) in places.items():
        yield from (f"{place}: the label {label} is taken, see {first}" for place in others)


def _faults_of(path, glossary, allowed):
    try:
        chapter = read(path)
        yield from lint(chapter, glossary)
        yield from typed.faults(chapter, allowed)
        yield from check_notebooks(chapter)
    except SourceError as error:
        yield str(error)


# The source


def lint(chapter, glossary=()):
    for unit in chapter.units:
        for message in _lint_code(unit) if unit.kind == "code" else ():
            yield f"{chapter.path}:{unit.line}: {message}"
        for pair in unit.pairs():
            for message in (*_lint_pair(pair), *_lint_korean(pair["ko"], glossary), *boxes.unknown(pair["ko"])):
                yield f"{chapter.path}:{unit.line}: {message}"
        for expression in unit.values():
            try:
                compile(fstring(expression), "", "eval")
            except SyntaxError as error:
                yield f"{chapter.path}:{unit.line}: {{{{ {expression} }}}} is not a Python expression: {error.msg}"


def _lint_code(unit):
    lines = unit.text("en").splitlines()
    if len(lines) > MAX_LINES:
        yield f"a code cell of {len(lines)} lines; at most {MAX_LINES} fit a reader's head, move the rest into actfns"
    if any(line.rstrip().endswith(";") for line in lines):
        yield "a code line ends in ';', which hides nothing when the notebook is tested: end the cell with plt.show()"
    for text in ("caption", "alt"):
        if isinstance(unit.options.get(text), str):
            yield f"{text} is written for one language only: {text}: {{ko: …, en: …}}"


def _lint_pair(pair):
    for lang, text in pair.items():
        if text.startswith(STUB):
            yield f"the {LANGUAGES[lang]} still waits for its translation"
    if any(text.startswith(STUB) for text in pair.values()):
        return
    for text in pair.values():
        if broken := re.search(r"\{\{ .*", VALUE.sub("", text)):
            yield f"an inline value needs a blank on both sides, {{{{ value }}}}, and this has not: {broken[0]:.40}"
    features = {lang: _features(text) for lang, text in pair.items()}
    for what, ko in features["ko"].items():
        if ko != (en := features["en"][what]):
            yield f"the two languages differ in their {what}: Korean {_say(ko)}, English {_say(en)}"


def _features(text):
    """What both languages of a passage must have alike; sentences may differ."""
    prose = re.sub(r"^(```|~~~)(?!\{).*?^\1", "", text, flags=re.MULTILINE | re.DOTALL)  # code that is only shown
    return {
        "headings": [len(marks) for marks in re.findall(r"^(#+) ", prose, re.MULTILINE)],
        "formulas": prose.count("$$") // 2,
        "directives": re.findall(r"^[ ]*(?:`{3,}|:{3,})\{([\w:-]+)\}", prose, re.MULTILINE),
        "images": len(re.findall(r"!\[", prose)),
        "links": len(re.findall(r"(?<!!)\[[^\]\n]*\]\(|<https?://", prose)),
        "citations": sorted(set(re.findall(r"[^,\s]+", ",".join(re.findall(r"\{cite[\w:]*\}`([^`]+)`", prose))))),
        "labels": sorted(labels(prose)),
        "claims": boxes.ids(prose),
        "inline values": sorted(set(VALUE.findall(prose))),
    }


def _say(value):
    return ", ".join(map(str, value)) or "none" if isinstance(value, list) else value


def _lint_korean(text, glossary):
    yield from wrong_terms(text, glossary)
    yield from particles.wrong(VALUE.sub("", text))


# The glossary


def load_glossary(path):
    return yaml.safe_load(path.read_text(encoding="utf-8")) or [] if path.exists() else []


def wrong_terms(text, glossary):
    """Sentences about forms that the glossary avoids: whole words, not in code, formulas, other terms."""
    text = re.sub(r"`[^`]*`|\$[^$]*\$|\]\([^)]*\)", " ", text)
    right = [term for entry in glossary for term in (entry["ko"], *entry.get("allow", ())) if term]
    for entry in glossary:
        for form in entry.get("avoid") or ():
            if form not in text:
                continue
            within = sorted((term for term in right if form in term and form != term), key=len, reverse=True)
            rest = re.sub("|".join(map(re.escape, within)), " ", text) if within else text
            if re.search(rf"(?<![{HANGUL}\w]){re.escape(form)}(?:{'|'.join(PARTICLES)})*(?![{HANGUL}\w])", rest):
                yield f"the glossary says '{entry['ko']}' ({entry['en']}), not '{form}'"


# The notebooks


def check_notebooks(chapter):
    old = {lang: notebooks.load(notebooks.target(chapter.path, lang)) for lang in LANGUAGES}
    again = f"python -m book write {chapter.name}"
    if missing := [str(notebooks.target(chapter.path, lang)) for lang in LANGUAGES if not old[lang]]:
        yield f"{' and '.join(missing)}: not written yet; run {again}"
        return
    yield from _one_sided(chapter, notebooks.record(old["ko"]).get("agreed", ()))
    by_hand = [lang for lang in LANGUAGES if edited(chapter, old[lang], lang)]
    for lang in by_hand:
        path = notebooks.target(chapter.path, lang)
        yield f"{path} was edited by hand; carry it back: python -m book back {path}"
    outputs = notebooks.stored_outputs(chapter, old["ko"])
    if outputs is None and not by_hand:
        yield f"{notebooks.target(chapter.path, 'ko')}: its outputs are not from a run of the source's code: {again}"
    if outputs is None or by_hand:
        return
    yield from _images(chapter, outputs)
    for lang, notebook in notebooks.notebooks(chapter, outputs, old["ko"]).items():
        path = notebooks.target(chapter.path, lang)
        if notebooks.dumps(notebook) != path.read_text(encoding="utf-8"):
            others = " or with the ledger of claims" if notebooks.record(notebook).get("boxes") else ""
            yield f"{path} is out of date with {chapter.path}{others}; run {again}"


def _one_sided(chapter, agreed):
    known, names = [pair.split() for pair in agreed], list(LANGUAGES.values())
    for unit in chapter.units:
        for pair in unit.pairs():
            side = changed_alone(fingerprint(pair), known)
            if side is not None:
                yield (
                    f"{chapter.path}:{unit.line}: {names[side]} changed, {names[1 - side]} did not; edit it too, "
                    f"or confirm it: python -m book write --same {chapter.name.split('-')[0]}:{unit.line}"
                )


def _images(chapter, outputs):
    for unit, shown in zip(chapter.code, outputs, strict=False):  # the values may follow
        images = any("image/png" in output.get("data", {}) for output in shown)
        described = notebooks.metadata(unit.options, "ko", {}).get("mystnb", {}).get("image", {}).get("alt")
        if images and not described and not {"remove-cell", "remove-output"} & set(unit.options.get("tags", ())):
            yield f"{chapter.path}:{unit.line}: a figure without alt text: give the cell alt: {{ko: …, en: …}}"
