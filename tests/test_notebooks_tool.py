"""From a chapter's source to two notebooks and back, on a small chapter; its code runs once for most of these tests."""

import base64
import io
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import nbformat
import numpy as np
import pytest
from PIL import Image

from actfns.claims import ledger
from book import check, kernel, notebooks, particles, source
from book.__main__ import main
from book.comparison import TOLERANCE, aligned, difference, fault
from book.source import LANGUAGES, STUB, SourceError

ROOT = Path(__file__).resolve().parent.parent
CHAPTER = """\
---
jupytext:
  text_representation: {extension: .md, format_name: myst}
kernelspec: {name: python3, display_name: Python 3}
---

+++ {"lang": "ko"}

# 시작
끝에서 {{ top:.1f }}이 된다.

+++ {"lang": "en"}

# Start
It ends at {{ top:.1f }}.

```{code-cell}
import numpy as np
import matplotlib.pyplot as plt

x = np.linspace(-3, 3, 51)
rank = np.linalg.matrix_rank(np.outer(x, x))
rank
```

+++ {"lang": "ko"}

(sec-fold)=
## 접힌다
{numref}`fig-fold`와 {eq}`eq-fold`를 보면 계수는 {{ rank:d }}이다 {cite}`mish`.

$$
y = x^{{2}}
$$ (eq-fold)

+++ {"lang": "en"}

(sec-fold)=
## Folds
See {numref}`Figure %s <fig-fold>` and {eq}`eq-fold`: rank {{ rank:d }} {cite}`mish`.

$$
y = x^{{2}}
$$ (eq-fold)

```{code-cell}
---
tags: [hide-input]
figure: fig-fold
caption:
  ko: 계수는 {{ rank:d }}, {ref}`sec-fold`
  en: The rank is {{ rank:d }}, {ref}`sec-fold`
alt:
  ko: 꺾인 곡선
  en: a bent curve
---
top = x.max()
plt.figure(figsize=(2, 1.5))
plt.plot(x, np.maximum(x, 0))
plt.show()
```

+++ {"lang": "ko"}

끝.

+++ {"lang": "en"}

The end.
"""
SOURCE = Path("chapters/01-mini.md")


@pytest.fixture(scope="session")
def written(tmp_path_factory):
    """A folder with the chapter and its notebooks."""
    folder = tmp_path_factory.mktemp("book")
    (folder / "chapters").mkdir()
    (folder / SOURCE).write_text(CHAPTER, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main(["write"]) is None
    return folder


@pytest.fixture
def book(written, tmp_path, monkeypatch):
    """A copy of it to break, as the current folder."""
    shutil.copytree(written, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def no_kernel(monkeypatch):
    monkeypatch.setattr(kernel, "run", lambda *each: pytest.fail("the code ran"))


def edit(path, *changes):
    text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {path}"
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def load(lang):
    return nbformat.read(notebooks.target(SOURCE, lang), 4)


def change(lang, do):
    notebook = load(lang)
    do(notebook)
    nbformat.write(notebook, notebooks.target(SOURCE, lang))


def faults():
    return check.faults(Path("chapters"))


# Writing


def test_both_notebooks_hold_the_same_code_and_outputs(book):
    ko, en = ([cell for cell in load(lang).cells if cell.cell_type == "code"] for lang in LANGUAGES)
    assert [(cell.source, cell.outputs, cell.execution_count) for cell in ko] == [
        (cell.source, cell.outputs, cell.execution_count) for cell in en
    ]
    assert [cell.execution_count for cell in ko] == [1, 2, 3]
    assert ko[0].outputs[0].data["text/plain"] == "np.int64(1)"
    assert "image/png" in ko[1].outputs[0].data


def test_a_notebook_holds_its_own_language(book):
    for lang, own, other in (("ko", "접힌다", "Folds"), ("en", "Folds", "접힌다")):
        notebook = load(lang)
        nbformat.validate(notebook)
        prose = "\n".join(cell.source for cell in notebook.cells if cell.cell_type == "markdown")
        assert own in prose
        assert other not in prose
        assert notebook.cells[-1].source.count("chapters/01-mini.md") == 1


def test_figure_texts_go_where_myst_nb_looks(book):
    found = {lang: next(cell for cell in load(lang).cells if "mystnb" in cell.metadata).metadata for lang in LANGUAGES}
    assert found["en"] == {
        "tags": ["hide-input"],
        "mystnb": {
            "figure": {"name": "fig-fold-en", "caption": "The rank is 1, {ref}`sec-fold-en`"},
            "image": {"alt": "a bent curve"},
        },
    }
    assert found["ko"]["mystnb"]["figure"]["caption"] == "계수는 1, {ref}`sec-fold-ko`"


def test_the_long_form_of_figure_texts():
    long = {"mystnb": {"figure": {"name": "fig-a", "caption": {"ko": "가", "en": "a"}}, "image": {"width": "50%"}}}
    assert notebooks.metadata(long, "ko", {}) == {
        "mystnb": {"figure": {"name": "fig-a-ko", "caption": "가"}, "image": {"width": "50%"}}
    }


def test_values_stand_in_the_text_and_are_printed_by_the_last_cell(book):
    notebook = load("en")
    assert "It ends at 3.0." in notebook.cells[0].source
    assert "rank 1 {cite}" in notebook.cells[2].source
    assert "x^{{2}}" in notebook.cells[2].source, "braces of a formula are no inline value"
    last = notebook.cells[-2]
    assert last.metadata.tags == ["remove-cell"]
    assert last.source.splitlines()[1:] == ['print(f"{top:.1f}")', 'print(f"{rank:d}")']
    assert last.outputs[0].text == "3.0\n1\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("(sec-a)=\n# A", "(sec-a-en)=\n# A"),
        ("{ref}`sec-a` and {eq}`eq-a`", "{ref}`sec-a-en` and {eq}`eq-a-en`"),
        ("{numref}`Fig. %s <fig-a>`", "{numref}`Fig. %s <fig-a-en>`"),
        ("$$ x $$ (eq-a)", "$$ x $$ (eq-a-en)"),
        ("$$\nx\n$$ (eq-a)", "$$\nx\n$$ (eq-a-en)"),
        ("```{exercise}\n:label: ex-a\n", "```{exercise}\n:label: ex-a-en\n"),
        ("```{solution-start} ex-a\n:class: dropdown", "```{solution-start} ex-a-en\n:class: dropdown"),
        ("{prf:ref}`thm-a.b`", "{prf:ref}`thm-a.b-en`"),
        ("{ref}`genindex` {cite}`he-2015` [a](#sec-a) (b-c)", "{ref}`genindex` {cite}`he-2015` [a](#sec-a) (b-c)"),
        ("(self-gated)\n$(x-y)$ and $$\n(a-b)\n$$", "(self-gated)\n$(x-y)$ and $$\n(a-b)\n$$"),
        ("{ref}`fig-a-ko`", "{ref}`fig-a-ko`"),
    ],
)  # fmt: skip
def test_labels_get_their_language(text, expected):
    assert source.localise(text, "en") == expected
    assert source.neutral(expected, "en") == text


def test_writing_again_changes_nothing(book, no_kernel, capsys):
    before = {path: path.read_bytes() for path in book.rglob("*.*") if path.is_file()}
    assert main(["write"]) is None
    assert capsys.readouterr().out == "01-mini: nothing to write\n"
    assert {path: path.read_bytes() for path in book.rglob("*.*") if path.is_file()} == before
    assert faults() == []


def test_prose_alone_does_not_run_the_code(book, no_kernel):
    edit(SOURCE, ("# 시작", "# 처음"), ("# Start", "# Beginning"))
    assert main(["write", "01"]) is None
    assert load("ko").cells[0].source.startswith("# 처음")
    assert load("en").cells[1].outputs
    assert faults() == []


def test_an_inserted_cell_leaves_the_ids_of_the_others(book, no_kernel):
    before = [cell.id for cell in load("en").cells]
    edit(
        SOURCE,
        (
            '+++ {"lang": "ko"}\n\n끝',
            '+++ {"lang": "ko"}\n\n새\n\n+++ {"lang": "en"}\n\nNew\n\n+++ {"lang": "ko"}\n\n끝',
        ),
    )
    assert main(["write"]) is None
    after = [cell.id for cell in load("en").cells]
    assert [name for name in after if name in before] == before
    assert len(set(after)) == len(before) + 1


def test_changed_code_runs(book):
    edit(SOURCE, ("linspace(-3, 3, 51)", "linspace(-2, 2, 51)"))
    assert any("not from a run" in fault for fault in faults())
    assert main(["write"]) is None
    assert "It ends at 2.0." in load("en").cells[0].source
    assert faults() == []


# Runs that fail


def said(place, message):
    """`message` as it reads with the line of the source where the text `place` stands."""
    before, found, _ = SOURCE.read_text(encoding="utf-8").partition(place)
    assert found
    return f"chapters/01-mini.md:{before.count(chr(10)) + 1}: {message}"


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        ("x = np.linspace", "1 / 0\nx = np.linspace", "1 / 0", "ZeroDivisionError: division by zero"),
        ("rank = np", "rank = = np", "rank = = np", "SyntaxError: invalid syntax"),
        ("x = np", "import warnings\nwarnings.warn('mind')\nx = np", "import numpy", "the cell writes to stderr"),
        ("top =", "rank = 5\ntop =", "(sec-fold)", "{{ rank:d }} is 1 here but 5 at the end of the chapter"),
        ("top = x.max()", "", "# 시작", "{{ top:.1f }}: NameError: name 'top' is not defined"),
        ("rank = np", "rank = 0.5 + np", "(sec-fold)", "an inline value of this passage: ValueError"),
        ("top = x.max()", "import os; os._exit(1)", "import os", "Kernel died"),
    ],
)
def test_a_failing_run_names_the_line_and_writes_nothing(book, capsys, old, new, place, message):
    edit(SOURCE, (old, new))
    before = {path: path.read_bytes() for path in book.rglob("*") if path.is_file()}
    assert main(["write"]) == 1
    assert said(place, message) in capsys.readouterr().err
    assert {path: path.read_bytes() for path in book.rglob("*") if path.is_file()} == before


def test_an_expected_exception_is_stored_without_its_traceback(tmp_path):
    path = tmp_path / "01-a.md"
    path.write_text("```{code-cell}\n:tags: [raises-exception]\n\n1 / 0\n```\n")
    (outputs,) = kernel.run(source.read(path))
    assert outputs[0].traceback == ["ZeroDivisionError: division by zero"]


# The check


ALT = "alt:\n  ko: 꺾인 곡선\n  en: a bent curve\n"
DIFFER = "the two languages differ in their"


@pytest.mark.parametrize(
    ("old", "new", "place", "message"),
    [
        ('+++ {"lang": "en"}\n\nThe end.\n', "", "끝.", "a passage in Korean only: its English must follow at once"),
        ('+++ {"lang": "ko"}\n\n끝.\n', "", "The end.", "a passage in English only: its Korean must follow at once"),
        ('+++ {"lang": "en"}\n\nThe end.', "+++\n\nThe end.", "+++\n\nThe end.", "prose without a language"),
        ("# Start", "## Start", "# 시작", f"{DIFFER} headings: Korean 1, English 2"),
        ("끝.", "끝.\n\n$$ x $$", "끝.", f"{DIFFER} formulas: Korean 1, English 0"),
        ("The end.", "![a](a.png)", "끝.", f"{DIFFER} images: Korean 0, English 1"),
        ("The end.", "[a](b.md)", "끝.", f"{DIFFER} links: Korean 0, English 1"),
        ("The end.", "{cite:t}`elu, mish`", "끝.", f"{DIFFER} citations: Korean none, English elu, mish"),
        ("The end.", "{ref}`sec-fold`", "끝.", f"{DIFFER} labels: Korean none, English sec-fold"),
        ("The end.", "{{ rank + 1 }}", "끝.", f"{DIFFER} inline values: Korean none, English rank + 1"),
        ("The end.", "```{note}\na\n```", "끝.", f"{DIFFER} directives: Korean none, English note"),
        ("The end.", f"{STUB}: 끝.", "끝.", "the English still waits for its translation"),
        ("en: a bent curve", f"en: {STUB}", "top =", "the English still waits for its translation"),
        ("rank\n```", "rank;\n```", "import numpy", "a code line ends in ';'"),
        ("rank\n```", "\n" * 8 + "rank\n```", "import numpy", "a code cell of 14 lines"),
        (ALT, "", "top =", "a figure without alt text"),
        (ALT, "alt: x\n", "top =", "alt is written for one language only"),
        ("The end.", "The end of it.", "끝.", "English changed, Korean did not; edit it too, or confirm it: "),
        ("끝.", "마지막.", "마지막.", "Korean changed, English did not; edit it too, or confirm it: "),
        ("en: a bent curve", "en: a line", "top =", "English changed, Korean did not"),
        ("끝.", "{{ 1 + }}", "{{ 1 +", "{{ 1 + }} is not a Python expression"),
        ("끝.", "{{ top:.1f}}", "{{ top:.1f}}", "an inline value needs a blank on both sides"),
    ],
)
def test_the_check_says_what_is_wrong_in_the_source(book, capsys, old, new, place, message):
    assert faults() == []
    edit(SOURCE, (old, new))
    assert any(fault.startswith(said(place, message)) for fault in faults()), faults()
    assert main(["check"]) == 1
    assert said(place, message) in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        (
            "rank\n```",
            "rank + 1\n```",
            "chapters/ko/01-mini.ipynb: its outputs are not from a run of the source's code",
        ),
        (
            "tags: [hide-input]",
            "tags: [hide-cell]",
            "chapters/ko/01-mini.ipynb is out of date with chapters/01-mini.md",
        ),
        ('{"lang": "ko"}\n\n끝', '{"lang": "ko"\n\n끝', "chapters/01-mini.md: Markdown cell"),
    ],
)
def test_the_check_compares_the_notebooks_with_the_source(book, old, new, fault):
    edit(SOURCE, (old, new))
    assert faults()[0].startswith(fault)


def test_a_change_in_one_language_stays_a_fault_until_it_is_settled(book, no_kernel):
    edit(SOURCE, ("The end.", "The very end."))
    assert main(["write"]) is None
    (only,) = faults()
    assert "English changed, Korean did not" in only
    edit(SOURCE, ("끝.", "정말 끝."))
    main(["write"])
    assert faults() == []


def test_a_change_in_one_language_can_be_confirmed(book, no_kernel):
    edit(SOURCE, ("The end.", "The very end."), ("en: a bent curve", "en: a curve with a kink"))
    main(["write"])
    first, second = faults()
    for each in (first, second):
        command = each.split("python -m book ")[1].split()
        assert main(command) is None
    assert faults() == []


def test_undoing_a_change_in_one_language_settles_it(book, no_kernel):
    edit(SOURCE, ("The end.", "The very end."))
    main(["write"])
    edit(SOURCE, ("The very end.", "The end."))
    main(["write"])
    assert faults() == []


def test_a_translation_is_no_change_in_one_language(book, no_kernel):
    passage = '+++ {{"lang": "ko"}}\n\n새\n\n+++ {{"lang": "en"}}\n\n{}\n\n+++ {{"lang": "ko"}}\n\n끝'
    edit(SOURCE, ('+++ {"lang": "ko"}\n\n끝', passage.format(f"{STUB}: 새")))
    main(["write"])
    (only,) = faults()
    assert "still waits for its translation" in only
    edit(SOURCE, (f"{STUB}: 새", "New"))
    main(["write"])
    assert faults() == []


def test_a_notebook_that_was_not_run_is_noticed(book, capsys):
    for lang in LANGUAGES:
        change(lang, lambda notebook: [cell.update(outputs=[]) for cell in notebook.cells if cell.cell_type == "code"])
    assert any("its outputs are not from a run" in fault for fault in faults())
    main(["write"])
    assert "ran the code" in capsys.readouterr().out
    assert faults() == []


def test_outputs_that_differ_between_the_languages_are_noticed(book):
    change("en", lambda notebook: notebook.cells[1].outputs[0].data.update({"text/plain": "2"}))
    (only,) = faults()
    assert only.startswith("chapters/en/01-mini.ipynb is out of date")


def test_missing_broken_and_orphaned_notebooks(book):
    shutil.copy("chapters/ko/01-mini.ipynb", "chapters/ko/02-gone.ipynb")
    notebooks.target(SOURCE, "en").unlink()
    missing, orphan = faults()
    assert missing.startswith("chapters/en/01-mini.ipynb: not written yet")
    assert orphan == "chapters/ko/02-gone.ipynb: there is no source chapters/02-gone.md"
    notebooks.target(SOURCE, "en").write_text("<<<<<<< ours")
    assert faults()[0].startswith("chapters/en/01-mini.ipynb is no notebook any more")


def test_a_label_belongs_to_one_place_of_the_book(book):
    head = SOURCE.read_text(encoding="utf-8").partition("+++")[0]
    passages = "".join(f'+++ {{"lang": "{lang}"}}\n\n(sec-fold)=\n## {title}\n\n' for lang, title in
                       (("ko", "다른 장"), ("en", "Another")))
    cell = "```{code-cell}\n:figure: fig-fold\n\n1\n```\n"
    Path("chapters/02-other.md").write_text(head + passages + cell, encoding="utf-8")
    said = [fault for fault in faults() if "is taken" in fault]
    assert [fault.partition(": ")[2].split(",")[0] for fault in said] == [
        "the label sec-fold is taken", "the label fig-fold is taken"]
    assert all(fault.startswith("chapters/02-other.md:") and "chapters/01-mini.md:" in fault for fault in said)


def test_an_unknown_chapter_is_named(book, capsys):
    assert main(["write", "07"]) == 1
    assert "no chapter 07: there is 01-mini" in capsys.readouterr().err


GLOSSARY = [
    {"ko": "활성화 함수", "en": "activation function", "avoid": ["활성 함수"]},
    {"ko": "기울기", "en": "gradient", "avoid": ["그래디언트", "경사"]},
    {"ko": "경사 하강법", "en": "gradient descent"},
    {"ko": "층", "en": "layer", "avoid": ["레이어", "계층"], "allow": ["계층 구조"]},
]


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("활성 함수를 쓴다", ["활성 함수"]),
        ("그래디언트에서는 레이어마다", ["그래디언트", "레이어"]),
        ("(레이어)", ["레이어"]),
        ("경사가 크다", ["경사"]),
        ("경사 하강법으로", []),
        ("경사 하강법의 경사", ["경사"]),
        ("비경사면 경사면", []),
        ("계층 구조", []),
        ("코드 `레이어`, 식 $레이어$, [글](레이어.md)", []),
        ("활성화 함수와 기울기", []),
    ],
)
def test_forms_that_the_glossary_avoids(text, wrong):
    found = list(check.wrong_terms(text, GLOSSARY))
    assert [sentence.split("'")[3] for sentence in found] == wrong


def test_the_check_reads_the_glossary(book):
    Path("book").mkdir()
    Path("book/glossary.yml").write_text("- {ko: 결말, en: end, avoid: [끝]}", encoding="utf-8")
    assert said("끝.", "the glossary says '결말' (end), not '끝'") in faults()


# The way back


def test_untouched_notebooks_carry_nothing_back(book, capsys):
    for lang in LANGUAGES:
        assert main(["back", f"chapters/{lang}/01-mini.ipynb"]) is None
        assert "nothing to carry back" in capsys.readouterr().out
    assert SOURCE.read_text(encoding="utf-8") == CHAPTER


def test_an_edited_notebook_comes_back_into_its_source(book):
    def do(notebook):
        cells = notebook.cells
        cells[1].source = cells[1].source.replace("51", "61")
        cells[2].source = cells[2].source.replace("Folds", "Folds up").replace("See", "Look at")
        cells.insert(3, nbformat.v4.new_markdown_cell("(sec-new-en)=\n## More\nSee {ref}`sec-new-en`."))
        cells.insert(4, nbformat.v4.new_code_cell("x.sum()", metadata={"tags": ["hide-input"]}))

    change("en", do)
    (only,) = [fault for fault in faults() if "edited by hand" in fault]
    assert only.endswith("carry it back: python -m book back chapters/en/01-mini.ipynb")
    assert main(["write"]) == 1, "an edit is not written over"
    assert main(["back", "chapters/en/01-mini.ipynb"]) is None

    expected = CHAPTER.replace("51)", "61)").replace("Folds", "Folds up").replace("See {num", "Look at {num")
    new = "(sec-new)=\n## More\nSee {ref}`sec-new`.\n\n"
    new = f'+++ {{"lang": "ko"}}\n\n{STUB}: {new}+++ {{"lang": "en"}}\n\n{new}'
    new += "```{code-cell}\n:tags: [hide-input]\n\nx.sum()\n```\n\n"
    before, after = expected.split("```{code-cell}\n---\n")
    assert SOURCE.read_text(encoding="utf-8") == f"{before}{new}```{{code-cell}}\n---\n{after}"

    assert main(["write"]) is None
    assert {fault.split(": ", 1)[1].split(";")[0] for fault in faults()} == {
        "the Korean still waits for its translation",
        "English changed, Korean did not",
    }


def test_a_number_edited_by_hand_is_reported(book, capsys):
    change("ko", lambda notebook: notebook.cells[0].update(source="# 시작\n끝에서 4.0이 된다."))
    main(["back", "chapters/ko/01-mini.ipynb"])
    assert "typed by hand now: {{ top:.1f }}" in capsys.readouterr().out
    assert "끝에서 4.0이 된다." in SOURCE.read_text(encoding="utf-8")


BOX = ":::{{claims}} linear-stack-collapses\n{}, {{{{ rank:d }}}}.\n:::"


@pytest.fixture
def boxed(book):
    """The book with a box on a claim."""
    edit(SOURCE, ("끝.", BOX.format("끝")), ("The end.", BOX.format("The end")))
    assert main(["write"]) is None
    return book


def test_a_box_stands_in_full_in_the_notebooks(boxed, no_kernel):
    claim = ledger()["linear-stack-collapses"]
    for lang, ends in (("ko", "**측정** 끝, 1.\n:::"), ("en", "**Measured** The end, 1.\n:::")):
        text = load(lang).cells[-3].source
        assert text.startswith(":::{admonition}") and text.endswith(ends)
        assert claim.claim[lang] in text and "](claims.md#claim-linear-stack-collapses)" in text
        assert main(["back", f"chapters/{lang}/01-mini.ipynb"]) is None
    assert faults() == []
    assert BOX.format("The end") in SOURCE.read_text(encoding="utf-8")


def test_what_was_measured_comes_back_from_a_box_and_a_verdict_does_not(boxed, capsys):
    change("en", lambda notebook: notebook.cells[-3].update(
        source=notebook.cells[-3].source.replace("The end", "The very end")))
    assert main(["back", "chapters/en/01-mini.ipynb"]) is None
    assert BOX.format("The very end") in SOURCE.read_text(encoding="utf-8")
    change("ko", lambda notebook: notebook.cells[-3].update(
        source=notebook.cells[-3].source.replace("판정: 참", "판정: 거짓")))
    assert main(["back", "chapters/ko/01-mini.ipynb"]) == 1
    assert "are changed in actfns/claims/ledger" in capsys.readouterr().err
    assert any("are changed in actfns/claims/ledger" in fault for fault in faults())


def test_a_changed_ledger_is_noticed_and_written(boxed, no_kernel, monkeypatch):
    old = ledger()["linear-stack-collapses"]
    monkeypatch.setattr("actfns.claims.ledger", lambda: {old.id: replace(old, verdict="depends")})
    assert [fault.split(" is ")[1].split(";")[0] for fault in faults()] == [
        "out of date with chapters/01-mini.md or with the ledger of claims"] * 2
    assert main(["write"]) is None
    assert "verdict: depends" in load("en").cells[-3].source
    assert faults() == []


def test_a_box_on_no_claim_is_not_written(boxed, capsys):
    edit(SOURCE, (BOX.format("끝"), BOX.format("끝").replace("stack", "stak")))
    edit(SOURCE, (BOX.format("The end"), BOX.format("The end").replace("stack", "stak")))
    message = said(":::{claims}", "no claim 'linear-stak-collapses'; near: linear-stack-collapses")
    assert message in faults()
    assert main(["write"]) == 1
    assert message in capsys.readouterr().err


def test_moved_and_removed_cells_come_back_in_both_languages(book):
    def do(notebook):
        notebook.cells.insert(0, notebook.cells.pop(4))
        del notebook.cells[1]

    change("ko", do)
    main(["back", "chapters/ko/01-mini.ipynb"])
    chapter = source.read(SOURCE)
    assert [unit.text("en").splitlines()[0] for unit in chapter.units] == [
        "The end.", "import numpy as np", "(sec-fold)=", "top = x.max()",
    ]  # fmt: skip
    assert chapter.code[1].options["figure"] == "fig-fold"


def test_a_notebook_saved_by_another_program_comes_back(book):
    """Colab and old Jupyter drop cell ids and add metadata of their own."""
    path = notebooks.target(SOURCE, "en")
    raw = json.loads(path.read_text(encoding="utf-8"))
    for cell in raw["cells"]:
        del cell["id"]
        cell["metadata"]["colab"] = {"base_uri": "x"}
    raw["nbformat_minor"] = 0
    raw["cells"][-3]["source"] = ["The very end."]
    path.write_text(json.dumps(raw), encoding="utf-8")
    main(["back", str(path)])
    assert SOURCE.read_text(encoding="utf-8") == CHAPTER.replace("The end.", "The very end.")


def test_a_cell_that_would_end_itself_is_refused(book, capsys):
    change("en", lambda notebook: notebook.cells[4].update(source='Before\n\n+++ {"lang": "ko"}\n\nafter'))
    assert main(["back", "chapters/en/01-mini.ipynb"]) == 1
    assert "that ends it in the source" in capsys.readouterr().err
    assert SOURCE.read_text(encoding="utf-8") == CHAPTER


def test_the_way_back_needs_a_notebook_of_a_chapter(book, capsys):
    assert main(["back", "chapters/fr/01-mini.ipynb"]) == 1
    assert "expected a notebook chapters/LANGUAGE/NAME.ipynb" in capsys.readouterr().err


# nbval compares what was stored, figures included


def test_figures_are_compared_within_a_tolerance(book):
    stored = load("en").cells[3].outputs
    image = stored[0].data["image/png"]
    assert difference(image, image) == 0
    assert fault(stored, stored) is None
    assert fault([], stored) == "0 figures, stored are 1"
    assert difference(image, redrawn(image, noise=2)) < TOLERANCE, "another CPU's anti-aliasing"
    assert difference(image, redrawn(image, spot=2)) > TOLERANCE, "four black pixels"


@pytest.mark.parametrize(("now", "stored", "same"), [
    ("accuracy 0.966 [0.964, 0.968]", "accuracy 0.967 [0.963, 0.968]", True),
    ("0.966", "0.968", False),
    ("-0.4 of 32", "-0.5 of 32", True),
    ("+0.0", "-0.0", True),
    ("31 of 32", "30 of 32", False),
    ("0.96", "0.967", False),
    ("version 2.13.0", "version 2.13.1", False),
    ("relu 0.5", "tanh 0.5", False),
    ("0.5 and 0.7", "0.5", False),
    ("1e-12", "2e-12", False),
])
def test_numbers_may_differ_in_their_last_digit(now, stored, same):
    assert (aligned(now, stored) == stored) == same


def redrawn(image, noise=0, spot=0):
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(image))).convert("RGB")).copy()
    edges = np.random.default_rng(0).random(pixels.shape[:2]) < 0.03
    pixels[edges] = np.where(pixels[edges] > 128, pixels[edges] - noise, pixels[edges] + noise)
    pixels[:spot, :spot] = 0
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "png")
    return base64.b64encode(out.getvalue()).decode()


def nbval():
    options = "-q -p no:xdist -p no:cacheprovider --color=no --nbval --nbval-current-env"
    command = f"-m pytest {options} chapters/en --nbval-sanitize-with"
    return subprocess.run(
        [sys.executable, *command.split(), ROOT / "tests/nbval.cfg"],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


def test_nbval_notices_a_changed_figure_a_changed_number_and_a_warning(book):
    for name in ("conftest.py", "pyproject.toml"):
        shutil.copy(ROOT / name, book)
    right = nbval()
    assert "3 passed" in right.stdout, right.stdout + right.stderr

    def do(notebook):
        cells = notebook.cells
        cells[1].source = (
            cells[1].source.replace("np.linalg", "1 + np.linalg") + "\nimport warnings; warnings.warn('mind')\nrank"
        )
        cells[3].source = cells[3].source.replace("(x, 0)", "(x, 0.1)")

    change("en", do)
    wrong = nbval().stdout
    assert "3 failed" in wrong
    assert "Unexpected output fields from running code: {'stderr'}" in wrong
    assert "a figure differs from the stored one" in wrong
    assert "mismatch 'stdout'" in wrong, "the numbers quoted in the text are compared"


def test_a_source_without_a_final_newline_takes_new_cells(tmp_path):
    path = tmp_path / "chapters" / "01-a.md"
    path.parent.mkdir()
    path.write_text('+++ {"lang": "ko"}\n\n가\n\n+++ {"lang": "en"}\n\na', encoding="utf-8")
    chapter = source.read(path)
    assert source.dumps(chapter) == path.read_text(encoding="utf-8")
    notebook = notebooks.notebooks(chapter, [])["en"]
    notebook.cells.insert(1, nbformat.v4.new_code_cell("1 + 1"))
    source.save(notebooks.target(path, "en"), notebooks.dumps(notebook))
    main(["back", str(notebooks.target(path, "en"))])
    assert [unit.text("en") for unit in source.read(path).units] == ["a", "1 + 1"]


def test_a_source_that_cannot_be_read_is_named(tmp_path):
    path = tmp_path / "01-a.md"
    path.write_text("```{code-cell}\n---\na: [\n---\n```\n")
    with pytest.raises(SourceError, match="01-a.md"):
        source.read(path)


def test_a_particle_follows_the_number_that_is_computed():
    """A later run that gives another number must not leave the particle of the old one."""
    text = "손실은 {{ a:.1f }}으로 내려가 {{ b }}이 {{ a:.1f }}를 넘는다. {{ name }}를 보자."
    assert particles.filled(text, {"a:.1f": "0.9", "b": "13", "name": "relu"}) == (
        "손실은 0.9로 내려가 13이 0.9를 넘는다. relu를 보자."
    )
    assert particles.filled(text, {"a:.1f": "0.3", "b": "4", "name": "x"}) == (
        "손실은 0.3으로 내려가 4가 0.3을 넘는다. x를 보자."
    )
    assert particles.filled("{{ a }}으로도, {{ a }}이다", {"a": "7"}) == "7로도, 7이다"
    assert list(particles.wrong("값은 3를 넘고 `4을` $5을$ ReLU6는 6으로 자른다")) == ["3를 is read 3을"]
