"""The way back: carries what somebody changed in a notebook into the chapter's source."""

import re
from dataclasses import replace
from difflib import SequenceMatcher
from pathlib import Path

from . import boxes, notebooks, source
from .source import LANGUAGES, STUB, VALUE, Cell, SourceError, Unit


def back(path):
    """Carries the edited notebook `path` into its source. Returns the changes, a line each."""
    path = Path(path)
    lang, file = path.parent.name, path.parent.parent / f"{path.stem}.md"
    if lang not in LANGUAGES or not path.exists() or not file.exists():
        raise SourceError(
            f"{path}: expected a notebook chapters/LANGUAGE/NAME.ipynb made from a source chapters/NAME.md"
        )
    text, changes = carry(source.read(file), notebooks.load(path), lang)
    if changes:
        source.save(file, text)
    return changes


def edited(chapter, notebook, lang):
    """Whether somebody changed the notebook by hand and has not carried that back into the source."""
    if not notebook or notebooks.record(notebook).get("cells") == notebooks.shown(notebook.cells):
        return False
    return bool(carry(chapter, notebook, lang)[1])


def carry(chapter, notebook, lang):
    """(text of the source with the notebook's edits, [what changed]). The options of code cells stay as they are."""
    values, heads = (notebooks.record(notebook).get(name, {}) for name in ("values", "boxes"))
    cells = [cell for cell in notebook.cells if cell.source.strip() and not notebooks.added(cell)]
    changes, units = [], []
    partners = _partners([(unit.kind, notebooks.shown_text(unit, lang, values)) for unit in chapter.units], cells)
    for cell, partner in zip(cells, partners, strict=True):
        old = None if partner is None else chapter.units[partner]
        if old and notebooks.shown_text(old, lang, values) == cell.source:
            units.append(old)
            continue
        text = cell.source
        if cell.cell_type == "markdown":
            text = boxes.collapse(source.neutral(text, lang), lang, heads)
        units.append(_new(cell, text, lang) if old is None else _edited(old, text, lang, values))
        if partner is None:
            changes.append(f"new {_named(cell)}")
        elif units[-1] is not old:
            changes.append(f"line {old.line}: changed {_named(cell)}{_lost(old.text(lang), units[-1].text(lang))}")
    for place, unit in enumerate(chapter.units):
        if place not in partners:
            changes.append(f"line {unit.line}: removed a cell, in both languages")
    kept = [partner for partner in partners if partner is not None]
    if kept != sorted(kept):
        changes.append("moved cells")
    return _checked(replace(chapter, units=tuple(units)), lang), changes


def _named(cell):
    return f"{'code' if cell.cell_type == 'code' else 'prose'}: {cell.source.splitlines()[0][:60]}"


def _lost(old, new):
    lost = [f"{{{{ {each} }}}}" for each in VALUE.findall(old) if each not in VALUE.findall(new)]
    return f" (typed by hand now: {', '.join(lost)})" if lost else ""


def _checked(chapter, lang):
    """The chapter's file; SourceError if reading it again would give other cells."""
    text = source.dumps(chapter)
    try:
        got = [unit.text(lang) for unit in source.read(chapter.path, text).units]
    except SourceError:
        got = None
    if got != [unit.text(lang) for unit in chapter.units]:
        raise SourceError(
            f"{chapter.path}: a cell of the notebook has a line (+++, a fence) that ends it in the source"
        )
    return text


def _partners(shown, cells):
    """For each of the notebook's cells the place of the unit it came from, or None if it is new."""
    now = [(cell.cell_type, cell.source) for cell in cells]
    partners, free = [None] * len(now), set(range(len(shown)))
    blocks = SequenceMatcher(None, shown, now, autojunk=False).get_opcodes()
    for _, a, b, c, d in (block for block in blocks if block[0] == "equal"):
        partners[c:d] = range(a, b)
        free -= set(range(a, b))
    for new, cell in enumerate(now):  # moved as it was
        same = [old for old in sorted(free) if partners[new] is None and shown[old] == cell]
        if same:
            partners[new] = same[0]
            free.remove(same[0])
    for _, a, b, c, d in blocks:
        for kind in ("code", "markdown"):
            olds = [old for old in range(a, b) if old in free and shown[old][0] == kind]
            news = [new for new in range(c, d) if partners[new] is None and now[new][0] == kind]
            pairs = zip(news, olds, strict=True) if len(news) == len(olds) else _alike(news, olds, shown, now)
            for new, old in pairs:
                partners[new] = old
                free.remove(old)
    return partners


def _alike(news, olds, shown, now):
    """(new, old) for the cells whose texts have more than half in common, the best first."""
    ratios = {(new, old): SequenceMatcher(None, shown[old][1], now[new][1]).ratio() for new in news for old in olds}
    while ratios and max(ratios.values()) > 0.5:
        best = max(ratios, key=ratios.get)
        yield best
        ratios = {pair: ratio for pair, ratio in ratios.items() if pair[0] != best[0] and pair[1] != best[1]}


def _edited(unit, new, lang, values):
    """`unit` with the text `new` in `lang`; the other language's text stays, the check then asks for it."""
    old = unit.text(lang)
    if unit.kind == "markdown":
        new = _with_expressions(old, new, values)
    if new == old:
        return unit

    def edit(each):
        if each.lang not in (lang, None):
            return each
        before, _, after = each.raw.rpartition(old)
        return replace(each, raw=before + new + after, text=new)

    return replace(unit, cells=tuple(edit(each) for each in unit.cells))


def _with_expressions(template, edited, values):
    """`edited` with the expressions of `template` again where the notebook showed their values."""
    plain, spans, end = "", [], 0
    for match in VALUE.finditer(template):
        plain += template[end : match.start()]
        value = values.get(match[1], match[0])
        spans.append((len(plain), len(plain) + len(value), match[0]))
        plain, end = plain + value, match.end()
    plain += template[end:]
    kept = SequenceMatcher(None, plain, edited, autojunk=False).get_matching_blocks()
    for start, stop, expression in reversed(spans):
        for block in kept:
            if block.a <= start and stop <= block.a + block.size:
                shift = block.b - block.a
                edited = edited[: start + shift] + expression + edited[stop + shift :]
    return edited


def _new(cell, text, lang):
    if cell.cell_type == "code":
        fence = "`" * max([3, *(len(run) + 1 for run in re.findall("`{3,}", text))])
        tags = f":tags: [{', '.join(cell.metadata['tags'])}]\n\n" if cell.metadata.get("tags") else ""
        return Unit((Cell(f"{fence}{{code-cell}}\n{tags}{text}\n{fence}\n\n", text, 0),))
    texts = {each: text if each == lang else f"{STUB}: {text}" for each in LANGUAGES}
    return Unit(tuple(Cell(f'+++ {{"lang": "{each}"}}\n\n{text}\n\n', text, 0, each) for each, text in texts.items()))
