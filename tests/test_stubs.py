"""Exercise stubs: every one fails with a sentence, a wrong answer is told so, the solution's own answer passes."""

import contextlib
import io
import re
from types import SimpleNamespace

import nbformat
import pytest
from nbclient import NotebookClient

from book import stubs
from book.__main__ import main
from book.source import SourceError, find, read
from book.stubs import answers, cells
from book.stubs.solutions import Exercise

CHAPTERS = stubs.CHAPTERS
ALL = [(path, lang) for path in find(CHAPTERS) for lang in ("ko", "en")]
NAMES = [f"{path.stem[:2]}-{lang}" for path, lang in ALL]


def verdict(exercise, answer, lang):
    """What the check says: (whether it accepts, its sentence)."""
    try:
        return True, answers.judge(exercise, answer, lang)
    except answers.NotYet as error:
        return False, str(error)


def right(exercise):
    """The answers that the solution printed, as a reader would type them."""
    return {row: tuple(map(typed, texts)) if len(texts) > 1 else typed(texts[0]) for row, texts in exercise.rows()}


def typed(text):
    """Python for a printed answer: a number where it is one, else the text."""
    mean = answers.INTERVAL.sub(r"\1", text).rstrip("%")
    with contextlib.suppress(ValueError):
        return float(mean)
    return mean


def spoilt(value):
    if isinstance(value, tuple):
        return tuple(map(spoilt, value))
    if isinstance(value, float):
        return 3 * value + 17
    other = re.sub(answers.NUMBER, lambda number: str(3 * float(number[0]) + 17), value)
    return other if other != value else f"not {value}"


@pytest.mark.parametrize(("path", "lang"), ALL, ids=NAMES)
def test_every_stub_fails_with_a_sentence_that_says_what_to_do(path, lang):
    found = stubs.exercises(path, lang)
    assert len(found) >= 3 and len({exercise.label for exercise in found}) == len(found)
    for exercise in found:
        code = stubs.stub(exercise, path, lang)
        with pytest.raises(answers.NotYet) as error:
            exec(code, {"stubs": SimpleNamespace(check=lambda *asked, own=exercise: answers.judge(own, *asked[2:]))})
        assert exercise.number in str(error.value)
        assert ("still hold `...`" if lang == "en" else "아직 `...`이다") in str(error.value)


@pytest.mark.parametrize(("path", "lang"), ALL, ids=NAMES)
def test_the_solution_passes_and_a_wrong_answer_is_told_so(path, lang):
    for exercise in stubs.exercises(path, lang):
        answer = right(exercise)
        if not answer:  # by hand: only that something was written
            continue
        accepted, sentence = verdict(exercise, answer, lang)
        assert accepted, (exercise.label, sentence)
        if exercise.is_open:
            assert ("no set answer" if lang == "en" else "정해진 답이 없는") in sentence
            continue
        for row in answer:
            accepted, sentence = verdict(exercise, answer | {row: spoilt(answer[row])}, lang)
            assert not accepted and row in sentence, (exercise.label, row, answer[row])


@pytest.mark.parametrize("path", find(CHAPTERS), ids=lambda path: path.stem)
def test_no_cell_of_the_chapter_takes_the_name_that_the_check_goes_by(path):
    first, *others = [cell.source for cell in stubs.notebook(path, "en").cells if cell.cell_type == "code"]
    assert "stubs" in cells.flow(first)[1]
    assert not any("stubs" in cells.flow(source)[1] for source in others)


def test_exercises_done_by_hand_alone_are_few():
    without = [each.label for path in find(CHAPTERS) for each in stubs.exercises(path, "en") if not each.rows()]
    assert len(without) <= 1, without


@pytest.mark.parametrize(
    ("value", "text", "passes"),
    [
        (0.25, "0.25", True),
        (0.26, "0.25", True),  # a unit of the last digit
        (0.27, "0.25", False),
        (-0.25, "0.25", False),
        (0.86, "0.860 [0.853, 0.866]", True),
        (0.87, "0.860 [0.853, 0.866]", True),
        (0.90, "0.860 [0.853, 0.866]", False),
        ("0.86 [0.85, 0.87]", "0.860 [0.853, 0.866]", True),  # an interval of one's own
        (0.03, "+0.037 [+0.010, +0.064], p = 0.009", True),
        (1.0, "100%", True),
        (100, "100%", True),
        (0.5, "100%", False),
        (True, "True", True),
        (False, "True", False),
        (1, "True", False),
        ([0.2, 0.3, 0.5], "[0.2 0.3 0.5]", True),
        ([0.2, 0.3], "[0.2 0.3 0.5]", False),
        ([9e-07, 2e-04, 0.2], "['9e-07', '2e-04', '2e-01']", True),
        ([9e-06, 2e-04, 0.2], "['9e-07', '2e-04', '2e-01']", False),
        ("[-1, 1]", "[−1, 1]", True),
        ("", "0.25", False),
    ],
)
def test_what_counts_as_the_same_answer(value, text, passes):
    assert answers.agrees(value, text) is passes


def test_a_stub_shows_the_form_of_an_answer_and_nothing_of_what_it_says():
    code = 'print("shares", shares, fine)\nprint("level", level)\nprint("parts", parts)'
    exercise = Exercise(
        "ex-own", "1.1", "Own", code=[(code, "shares {'sin': '0.12'} True\nlevel 0.5\nparts [0.25, 0.75]\n")]
    )
    lines = stubs.stub(exercise, find(CHAPTERS, ["01"])[0], "en").splitlines()
    assert lines[1:4] == [
        "    'shares ? ?': (..., ...),  # {'sin': …}, True | False",
        "    'level ?': ...,",
        "    'parts ?': ...,  # […, …]",
    ]
    assert not re.search("0.12|0.5|0.25", "\n".join(lines))


def test_words_among_numbers_count():
    text = "[{'mish': 1}, {'tanh': 1}]"
    assert answers.agrees([{"mish": 1}, {"tanh": 1}], text)
    assert not answers.agrees([{"mish": 1}, {"mish": 1}], text)
    assert not answers.agrees("mish", "['mobilenet_v1', 'mobilenet_v3']")


def test_arrays_tensors_and_intervals_are_answers():
    import numpy as np
    import torch

    from actfns import lab

    assert answers.agrees(np.float64(0.25), "0.25") and answers.agrees(np.array([0.5, 1.0]), "[0.5, 1.0]")
    assert answers.agrees(torch.tensor(0.25), "0.25") and answers.agrees(np.bool_(True), "True")
    band = lab.interval([0.24, 0.25, 0.26])
    assert answers.agrees(band, "0.25 [0.24, 0.26]") and answers.agrees(
        lab.paired([2.0, 3.5], [1.0, 2.0]), "1.3 [1.2, 1.4]"
    )


def test_the_check_of_a_notebook_finds_its_exercise(capsys):
    path = find(CHAPTERS, ["14"])[0]
    first = stubs.exercises(path, "ko")[0]
    stubs.check("14", first.label, right(first), "ko")
    assert capsys.readouterr().out.startswith("연습 문제 14.1: 맞다.")
    with pytest.raises(answers.NotYet, match="연습 문제 14.1: 아직 아니다"):
        stubs.check("14", first.label, {row: spoilt(value) for row, value in right(first).items()}, "ko")
    with pytest.raises(SourceError, match="14-numerics has no exercise ex-mistyped"):
        stubs.check("14", "ex-mistyped", {})


def test_rows_are_kept_and_counted():
    path = find(CHAPTERS, ["10"])[0]
    exercise = next(each for each in stubs.exercises(path, "en") if each.label == "ex-shift")
    answer = right(exercise)
    row = next(iter(answer))
    accepted, sentence = verdict(exercise, {"mine": 1}, "en")
    assert not accepted and "Leave the lines on the left as they are" in sentence
    accepted, sentence = verdict(exercise, answer | {row: 1.0}, "en")
    assert not accepted and "asks for 2 answers and has 1" in sentence


def test_the_slice_follows_names_not_lines():
    codes = [
        "import numpy as np",
        "a = np.ones(3)",
        "b = [a for a in range(3)]",
        "a[0] = 2",
        "c = 5",
        "d = a.sum()",
    ]
    assert cells.needed(codes, [("print(d)", "")]) == [0, 1, 3, 5]
    assert cells.needed(codes, [("for c in b:\n    print(c)", "")]) == [2]
    assert cells.needed(codes, [("def f(a):\n    return a\nprint(f(c))", "")]) == [4]
    drawn = ["rng = make()", "x = rng.normal()", "y = rng.normal()"]
    assert cells.needed(drawn, [("print(y)", "")]) == [0, 1, 2]  # an earlier draw changes a later one


def test_the_command_writes_notebooks_that_show_no_solution(monkeypatch, tmp_path, capsys):
    monkeypatch.chdir(stubs.ROOT)
    monkeypatch.setattr(stubs, "OUT", tmp_path)
    monkeypatch.setattr(stubs, "ROOT", tmp_path)
    assert main(["stubs", "02"]) is None
    assert capsys.readouterr().out.count("3 exercises") == 2
    path = find(CHAPTERS, ["02"])[0]
    for lang in ("ko", "en"):
        book = nbformat.read(tmp_path / lang / "02-properties.ipynb", 4)
        nbformat.validate(book)
        sources = [cell.source for cell in book.cells]
        solutions = {code for exercise in stubs.exercises(path, lang) for code, _ in exercise.code}
        assert not solutions & set(sources)
        assert sum("check(" in source and "answer = {" in source for source in sources) == 3
        assert all(not cell.get("outputs") for cell in book.cells)
        assert not re.search(r"\{[\w:]+\}`", "".join(sources))  # roles mean nothing outside the book


def test_in_jupyter_every_stub_shows_its_sentence_and_nothing_else_fails():
    (target, _), *_ = stubs.make(CHAPTERS, ["14"], ["en"])
    book = nbformat.read(stubs.ROOT / target, 4)
    folder = str((stubs.ROOT / target).parent)
    NotebookClient(book, kernel_name="python3", allow_errors=True, resources={"metadata": {"path": folder}}).execute()
    errors = [output for cell in book.cells for output in cell.get("outputs", ()) if output.output_type == "error"]
    assert [error.ename for error in errors] == ["NotYet"] * 3
    assert all("still hold `...`" in line for error in errors for line in error.traceback)


@pytest.mark.slow
@pytest.mark.parametrize("path", find(CHAPTERS), ids=lambda path: path.stem)
def test_solutions_run_on_the_cells_given_and_pass_their_own_checks(path):
    run_and_check(path)


def test_solutions_of_one_chapter_run_on_the_cells_given():
    run_and_check(find(CHAPTERS, ["14"])[0])


def run_and_check(path):
    """Run a stub notebook as a reader who knows the solutions would."""
    import matplotlib

    matplotlib.use("Agg")
    codes = [unit.text("en") for unit in read(path).code]
    for exercise in stubs.exercises(path, "en"):
        names, printed = {}, io.StringIO()
        for k in cells.needed(codes[: exercise.before], exercise.code):
            with contextlib.redirect_stdout(io.StringIO()):
                exec(codes[k], names)
        fresh = []
        for code, _ in exercise.code:
            with contextlib.redirect_stdout(printed := io.StringIO()):
                exec(code, names)
            fresh.append((code, printed.getvalue()))
        live = Exercise(exercise.label, exercise.number, exercise.title, code=fresh)
        assert [row for row, _ in live.rows()] == [row for row, _ in exercise.rows()]
        accepted, sentence = verdict(exercise, right(live) or {"found on paper": "1"}, "en")
        assert accepted, (exercise.label, sentence)
