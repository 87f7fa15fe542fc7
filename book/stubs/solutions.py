"""A chapter's exercises: their text, their solutions' code, and the blanks in what that code printed."""

import ast
import re
from dataclasses import dataclass, field

from .. import notebooks
from ..source import SourceError, read
from .answers import NUMBER
from .words import OPEN

BLANK = "?"
_FENCE = re.compile(
    r"^```\{(exercise|solution)-(start|end)\}[ ]*(.*)\n(?::label: (\S+)\n)?(?::class: .*\n)?```\n?", re.MULTILINE
)


@dataclass
class Exercise:
    label: str
    number: str
    title: str
    text: str = ""
    code: list = field(default_factory=list)  # of the solution: (code, its printed text)
    before: int = 0  # how many of the chapter's code cells stand before it

    @property
    def is_open(self):
        return any(words in self.text for words in OPEN)

    def rows(self):
        """[(line with blanks, [what stands in each])] of everything that the solution prints."""
        found = {}
        for code, printed in self.code:
            patterns = sorted(_patterns(code), key=_letters, reverse=True)  # the one with most words first
            for line in printed.splitlines():
                match = next((match for pattern in patterns if (match := pattern.fullmatch(line))), None)
                if blanks := [k for k in range(1, match.re.groups + 1) if _says(match[k])] if match else []:
                    row = _blanked(line, [match.span(k) for k in blanks])
                    if row in found or not re.search(r"\w", row):
                        row = f"{len(found) + 1}. {row}"
                    found[row] = [match[k].strip() for k in blanks]
        return list(found.items())


def exercises(path, lang):
    """The exercises of the chapter in the file `path`, with their solutions' code and what it printed."""
    chapter, outputs, values = stored(path, lang)
    number = int(path.stem.partition("-")[0])
    found, inside, count = [], None, 0
    for unit in chapter.units:
        if unit.kind == "code":
            if inside == "solution":
                found[-1].code.append((unit.text(lang), _printed(outputs[count])))
            count += 1
            continue
        text = notebooks.shown_text(unit, lang, values)
        place = 0
        for fence in _FENCE.finditer(text):
            if inside == "exercise":
                found[-1].text += text[place : fence.start()]
            kind, end, argument, label = fence.groups()
            inside, place = (kind if end == "start" else None), fence.end()
            if inside == "exercise":
                label = label.removesuffix(f"-{lang}")
                found.append(Exercise(label, f"{number}.{len(found) + 1}", argument.strip(), before=count))
        if inside == "exercise":
            found[-1].text += text[place:]
    return found


def stored(path, lang):
    chapter, notebook = read(path), notebooks.load(notebooks.target(path, lang))
    outputs = notebooks.stored_outputs(chapter, notebook)
    if outputs is None:
        raise SourceError(f"{path}: no outputs of its code are stored; first: python -m book write {chapter.name}")
    return chapter, outputs, notebooks.record(notebook).get("values", {})


def _printed(outputs):
    return "".join(output.get("text", "") for output in outputs if output.get("name") == "stdout")


# Reading what a solution prints: which parts of a line are words of it, which are answers


def _patterns(code):
    """A pattern for the lines of every `print` in `code`; its groups are the answers."""
    tree = ast.parse(code)
    targets = [each.target for each in ast.walk(tree) if isinstance(each, ast.For)]
    loops = {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "print":
            between = next((word.value.value for word in call.keywords if word.arg == "sep"), " ")
            yield re.compile(re.escape(between).join(_pattern(part, loops) for part in call.args))


def _letters(pattern):
    return len(re.sub(r"\(.*?\)|\W", "", pattern.pattern))


def _pattern(part, loops):
    if isinstance(part, ast.Constant):
        return re.escape(str(part.value))
    if not isinstance(part, ast.JoinedStr):
        return "(.*)" if isinstance(part, ast.Starred) else r"(\[.*\]|\{.*\}|\S.*?)"
    return "".join(
        re.escape(piece.value) if isinstance(piece, ast.Constant) else ".+?" if _is_word(piece, loops) else "(.+?)"
        for piece in part.values
    )


def _is_word(piece, loops):
    """Whether a field of an f-string names its line rather than answers: a loop's variable without decimals."""
    decimals = piece.format_spec is not None and "." in ast.unparse(piece.format_spec)
    return isinstance(piece.value, ast.Name) and piece.value.id in loops and not decimals


def _says(text):
    """Whether a part of a line can be an answer: a number, a truth value, a word in quotes. A bare word is a label."""
    return bool(re.search(rf"{NUMBER}|True|False|'|inf|nan", text))


def _blanked(line, spans):
    for start, end in reversed(spans):
        line = line[:start] + BLANK + line[end:]
    return line.strip()
