"""Exercises to work on, made from their solutions: a notebook per chapter and language in _build/exercises.

A solution is code in the chapter that prints what was asked for, and its stored output is compared with a fresh run
by the tests of the notebooks. A stub shows the same lines with blanks for the numbers, and `check` compares what a
reader puts there with the numbers that the solution printed. Nothing is written twice.
"""

import ast
import builtins
import re
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from . import notebooks
from .source import SourceError, find, neutral, read, save
from .stages import ROOT

OUT = Path("_build/exercises")
CHAPTERS = ROOT / "chapters"
BLANK = "?"
_FENCE = re.compile(
    r"^```\{(exercise|solution)-(start|end)\}[ ]*(.*)\n(?::label: (\S+)\n)?(?::class: .*\n)?```\n?", re.MULTILINE
)
_NUMBER = r"(?<![\w.])[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_INTERVAL = re.compile(rf"({_NUMBER}) \[({_NUMBER}), ({_NUMBER})\](?:, p = {_NUMBER})?")
_OPEN = ("no set answer", "정해진 답은 없다", "Make a gate, for instance", "게이트를 하나 만들어 보자. 예를 들어")

WORDS = {
    "ko": {
        "title": "# {title}: 연습 문제\n\n문제마다 `...`을 자기 답으로 바꾸고 확인 칸을 실행해 보자. 답은 장의 풀이가 "
        "출력한 수와 견준다. 맨 앞의 칸들은 장의 코드 가운데 문제를 푸는 데 필요한 것이다.",
        "given": "## 장에서 가져온 것",
        "exercise": "## 연습 문제 {number}. {title}",
        "work": "# 여기에서 풀어 보자.",
        "paper": "종이에서 구한 답",
        "unfinished": "연습 문제 {number}: 빈칸 {total}개 가운데 {left}개가 아직 `...`이다. 위의 칸에서 구해 그 자리에 "
        "넣고 확인 칸을 다시 실행해 보자.",
        "keys": "연습 문제 {number}: answer에 줄 {row!r}이 없다. 왼쪽의 줄은 그대로 두고 오른쪽만 바꾸자.",
        "wrong": "연습 문제 {number}: 아직 아니다. 줄 {row!r}에 넣은 {given!r}, 이 답이 맞지 않는다. 식과 단위를 "
        "다시 보고, 그래도 다르면 장의 풀이와 견주어 보자.",
        "count": "연습 문제 {number}: 줄 {row!r}의 답은 {wanted}개인데 {got}개가 있다. 괄호로 묶어 적자: (…, …).",
        "open": "연습 문제 {number}: 다 채웠다. 정해진 답이 없는 문제이니 장의 풀이와 견주고, 왜 다른지 말해 보자.",
        "right": "연습 문제 {number}: 맞다. 푼 길을 장의 풀이와 견주어 보자.",
        "unchecked": "연습 문제 {number}: 적었다. 손으로 푸는 문제이니 장의 풀이와 견주어 보자.",
    },
    "en": {
        "title": "# {title}: exercises\n\nIn every exercise replace each `...` by your answer and run the cell that "
        "checks it. Answers are compared with what the chapter's solutions printed. The cells that come first "
        "are those of the chapter that the exercises build on.",
        "given": "## From the chapter",
        "exercise": "## Exercise {number}. {title}",
        "work": "# Work here.",
        "paper": "found on paper",
        "unfinished": "Exercise {number}: {left} of {total} blanks still hold `...`. Work them out in the cell above, "
        "put them in their places and run the check again.",
        "keys": "Exercise {number}: answer has no line {row!r}. Leave the lines on the left as they are and change "
        "only what is on the right.",
        "wrong": "Exercise {number}: not yet. In the line {row!r}, {given!r} is not right. Look at formula and units "
        "again; if they seem right, compare with the solution in the chapter.",
        "count": "Exercise {number}: the line {row!r} asks for {wanted} answers and has {got}. Write them as (…, …).",
        "open": "Exercise {number}: complete. There is no set answer; compare with the solution in the chapter and say "
        "why yours differs.",
        "right": "Exercise {number}: right. Compare your way with the solution in the chapter.",
        "unchecked": "Exercise {number}: noted. This one is done by hand; compare with the solution in the chapter.",
    },
}


class NotYet(Exception):
    """An answer that is missing or wrong; the message says what to do."""

    def _render_traceback_(self):
        """What Jupyter shows: the sentence, no traceback through this file."""
        return [str(self)]


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
        return any(words in self.text for words in _OPEN)

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


def make(folder, names=(), languages=("ko", "en")):
    """Write the notebooks with the stubs of the chapters that `names` mean, one after the other: (file, exercises)."""
    for path in find(folder, names):
        for lang in languages:
            target = ROOT / OUT / lang / f"{path.stem}.ipynb"
            book = notebook(path, lang)
            save(target, notebooks.dumps(book))
            yield target.relative_to(ROOT), len(exercises(path, lang))


def exercises(path, lang):
    """The exercises of the chapter in the file `path`, with their solutions' code and what it printed."""
    chapter, outputs, values = _stored(path, lang)
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


def _stored(path, lang):
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
    loops = {name.id for each in ast.walk(tree) if isinstance(each, ast.For) for name in _names(each.target)}
    for call in ast.walk(tree):
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "print":
            between = next((word.value.value for word in call.keywords if word.arg == "sep"), " ")
            yield re.compile(re.escape(between).join(_pattern(part, loops) for part in call.args))


def _letters(pattern):
    return len(re.sub(r"\(.*?\)|\W", "", pattern.pattern))


def _names(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.Name)]


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
    return bool(re.search(rf"{_NUMBER}|True|False|'|inf|nan", text))


def _blanked(line, spans):
    for start, end in reversed(spans):
        line = line[:start] + BLANK + line[end:]
    return line.strip()


# The notebook


def notebook(path, lang):
    """The chapter's exercises with stubs, behind the cells of the chapter that their solutions need."""
    from .paper import contents  # brings Sphinx, which `check` can do without

    chapter, _, _ = _stored(path, lang)
    all_, words = exercises(path, lang), WORDS[lang]
    text, _, _, say = contents(path, lang)
    title = re.search(r"^# (.+)$", text, re.MULTILINE)[1]
    cells = [_text(words["title"].format(title=title)), _code(_START), _text(words["given"])]
    codes = [unit.text(lang) for unit in chapter.code]
    inside = {code for exercise in all_ for code, _ in exercise.code}
    needed = sorted({k for exercise in all_ for k in slice_(codes[: exercise.before], exercise.code)})
    cells += [_code(codes[k]) for k in needed if codes[k] not in inside]
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
        value = re.findall(_NUMBER, _INTERVAL.sub(r"\1", answer))
        value = value if len(value) > 1 else answer
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key!r}: …" for key in value) + "}"
    return f"[{', '.join(['…'] * len(value))}]" if isinstance(value, list) else "…"


def slice_(codes, solution):
    """Indices of the cells among `codes` that make what the solution uses, and what those use in turn."""
    wanted, kept = _flow("\n".join(code for code, _ in solution))[0], []
    for k in reversed(range(len(codes))):
        used, bound, changed = _flow(codes[k])
        if wanted & (bound | changed):
            kept.append(k)
            wanted = (wanted - bound) | used | (wanted & changed)
    return sorted(kept)


def _flow(code):
    """Names that a piece of code needs from before, those that it binds, and those whose object it changes."""
    used, bound, changed = set(), set(), set()
    for statement in ast.parse(code).body:
        nodes = list(ast.walk(statement))
        local = set().union(*map(_local, nodes))
        loops = {name.id for node in nodes if isinstance(node, ast.For | ast.With) for name in _stored_in(node)}
        loaded = {name.id for name in _names(statement) if isinstance(name.ctx, ast.Load)}
        used |= loaded - local - loops - bound - set(dir(builtins))
        bound |= set().union(*map(_binds, nodes)) - local
        changed |= set().union(*map(_changes, nodes))
    return used, bound, changed


def _stored_in(tree):
    return [name for name in _names(tree) if isinstance(name.ctx, ast.Store)]


def _local(node):
    """Names that only a comprehension or a function knows."""
    if isinstance(node, ast.comprehension):
        return {name.id for name in _names(node.target)}
    if isinstance(node, ast.FunctionDef | ast.Lambda):
        body = node.body if isinstance(node.body, list) else []
        return {arg.arg for arg in ast.walk(node.args) if isinstance(arg, ast.arg)} | {
            name.id for each in body for name in _stored_in(each)
        }
    return set()


def _binds(node):
    if isinstance(node, ast.Import | ast.ImportFrom):
        return {(alias.asname or alias.name).partition(".")[0] for alias in node.names}
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return {node.name}
    return {node.id} if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store) else set()


def _changes(node):
    """By an item or an attribute, by a method that changes its object, or by drawing from a generator."""
    if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.ctx, ast.Store):
        return {name.id for name in _names(node)[:1]}
    if isinstance(node, ast.AugAssign):
        return {name.id for name in _names(node.target)[:1]}
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Name):
        owner = node.func.value.id
        return {owner} if owner == "rng" or node.func.attr in ("append", "extend", "update", "style") else set()
    return set()


# The check


def check(chapter, label, answer, lang="en"):
    """Compare a reader's answers with what the solution printed; `NotYet` says in a sentence what is still to do."""
    path = find(CHAPTERS, [chapter])[0]
    for exercise in exercises(path, lang):
        if exercise.label == label:
            return print(judge(exercise, answer, lang))
    raise SourceError(f"{path.stem} has no exercise {label}")


def judge(exercise, answer, lang):
    """The sentence for an answer that passes; `NotYet` for any other."""

    def say(what, **about):
        return WORDS[lang][what].format(number=exercise.number, **about)

    rows = exercise.rows() or [(WORDS[lang]["paper"], [])]
    for row, _ in rows:
        if row not in answer:
            raise NotYet(say("keys", row=row))
    given = {row: _tuple(answer[row], wanted) for row, wanted in rows}
    flat = [value for values in given.values() for value in values]
    if left := sum(value is ... for value in flat):
        raise NotYet(say("unfinished", left=left, total=len(flat)))
    if exercise.is_open or not exercise.rows():
        return say("open" if exercise.is_open else "unchecked")
    for row, wanted in rows:
        if len(given[row]) != len(wanted):
            raise NotYet(say("count", row=row, wanted=len(wanted), got=len(given[row])))
        for value, text in zip(given[row], wanted, strict=True):
            if not agrees(value, text):
                raise NotYet(say("wrong", row=row, given=value))
    return say("right")


def _tuple(value, wanted):
    """The blanks of a row: several stand in a tuple, a single one may be anything."""
    return value if isinstance(value, tuple) and len(wanted) > 1 else (value,)


def agrees(value, text):
    """Whether `value` is what the solution printed as `text`: words alike, numbers within what was printed.

    A number printed with its interval may lie anywhere in that interval; any other may be off by one unit of the last
    digit printed, which is how far rounding can differ on another machine.
    """
    text, shown = (some.replace("\N{MINUS SIGN}", "-") for some in (text, _INTERVAL.sub(r"\1", _plain(value))))
    bands = [_band(match) for match in re.finditer(rf"{_INTERVAL.pattern}|({_NUMBER})(%?)", text)]
    numbers = [float(number) for number in re.findall(_NUMBER, shown)]
    words, said = _words(_INTERVAL.sub("", text)), _words(shown)
    if len(numbers) != len(bands) or (words and said != words and (said or not bands)):
        return False
    return all(
        low <= number <= high or (share and low <= 100 * number <= high)
        for number, (low, high, share) in zip(numbers, bands, strict=True)
    )


def _plain(value):
    """A value in digits: NumPy's numbers and torch's tensors as Python's."""
    return str(value.tolist() if hasattr(value, "tolist") else getattr(value, "mean", value))


def _words(text):
    return re.findall(r"(?<![\w.])[^\W\d]\w*", text.lower())


def _band(match):
    """(least, greatest, whether in per cent) of the numbers that pass for the one printed."""
    mean, low, high, single, percent = match.groups()
    if mean is not None:
        slack = max(_unit(low), 0.5 * (float(high) - float(low)))
        return float(low) - slack, float(high) + slack, False
    return float(single) - 1.01 * _unit(single), float(single) + 1.01 * _unit(single), bool(percent)


def _unit(number):
    """The value of one unit of the last digit of a printed number."""
    mantissa, _, exponent = number.lower().partition("e")
    return 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
