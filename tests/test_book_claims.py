"""Claims on the pages: boxes in notebooks made from the ledger, the way back, and the ledger as a table."""

import doctest
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt

from actfns.claims import TOPICS, VERDICTS, ledger
from book import boxes
from book.ext.claims import table, words
from book.source import SourceError

ROOT = Path(__file__).resolve().parents[1]
TRUE, FALSE, PARTLY = "linear-stack-collapses", "linear-activation-no-learning", "uat-any-function"
CHAPTER = {
    "en": f"""# First

(sec-fold-en)=
## Folding

:::{{claims}} {TRUE}
It **does**, to {{cite:t}}`saxe2014`.
:::

:::{{claims}} {TRUE} {FALSE}
- One thing.
- Another.
:::

:::{{claims}} {PARTLY}
:::
""",
    "ko": f"""# 첫 장

(sec-fold-ko)=
## 접힌다

:::{{claims}} {TRUE}
**정말** 그렇다 {{cite:p}}`saxe2014`.
:::

:::{{claims}} {TRUE} {FALSE}
- 하나.
- 또 하나.
:::

:::{{claims}} {PARTLY}
:::
""",
}


@pytest.mark.parametrize("module", [boxes, table, words], ids=lambda module: module.__name__)
def test_examples_in_docstrings(module):
    done = doctest.testmod(module, extraglobs={"ledger": ledger})
    assert not done.failed


def test_words_are_there_in_both_languages():
    for each in (words.WORDS, boxes.WORDS):
        assert each["en"].keys() == each["ko"].keys()
    assert len(words.WORDS["en"]["columns"]) == len(words.WORDS["ko"]["columns"])


@pytest.mark.parametrize("claim", ledger().values(), ids=lambda claim: claim.id)
def test_texts_need_no_markup_but_code(claim):
    for text in (*claim.claim.values(), *claim.correct.values(), *claim.reference):
        assert text.count("`") % 2 == 0
        plain = re.sub(r"`[^`]+`", "", text)
        assert not re.search(r"\$|\*\*|\]\(|\{\w+\}|<[a-z/]", plain), plain


def small_book(folder, chapter=CHAPTER):
    shutil.copy(ROOT / "_config.yml", folder)
    shutil.copytree(ROOT / "book", folder / "book", ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "actfns").mkdir()
    shutil.copy(ROOT / "actfns/references.bib", folder / "actfns")
    parts = []
    for code, text in chapter.items():
        home = folder / "chapters" / code
        home.mkdir(parents=True)
        shutil.copy(ROOT / f"chapters/{code}/claims.md", home)
        references = "# R\n\n```{bibliography}\n:all:\n```\n"
        for name, content in (("01-a", boxes.expand(text, code)), ("references", references)):
            (home / f"{name}.md").write_text(content, "utf8")
        files = [{"file": f"chapters/{code}/{name}"} for name in ("01-a", "claims", "references")]
        parts.append({"caption": code, "chapters": files})
    parts.append({"chapters": [{"file": "index-ko"}]})
    for name in ("index", "index-ko"):
        (folder / f"{name}.md").write_text("# Start\n\nText.\n", "utf8")
    (folder / "_toc.yml").write_text(yaml.safe_dump({"format": "jb-book", "root": "index", "parts": parts}), "utf8")


def build(folder):
    main = "from jupyter_book.cli.main import main; main()"
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    return subprocess.run([sys.executable, "-c", main, "build", ".", "-W", "--keep-going", "-n"], cwd=folder,
                          env=variables, capture_output=True, text=True, timeout=600)


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """(name of a page) → its HTML, from a book of one chapter and the ledger in each language."""
    folder = tmp_path_factory.mktemp("book")
    small_book(folder)
    done = build(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return lambda name: BeautifulSoup((folder / f"_build/html/chapters/{name}.html").read_text("utf8"), "html.parser")


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_boxes(pages, lang):
    one, two, bare = pages(f"{lang}/01-a").select(".admonition.verdict")
    title = {"en": "The notes said · verdict: ", "ko": "노트의 주장 · 판정: "}[lang]
    notes, measured = {"en": ("Notes", "Measured"), "ko": ("노트", "측정")}[lang]
    claims, name = ledger(), {verdict: names[lang] for verdict, names in VERDICTS.items()}

    assert one.p.get_text() == title + name["true"]
    said, found = (p.get_text() for p in one.select("p:not(.admonition-title)"))
    assert said == f"{notes} {claims[TRUE].claim[lang]} ({name['true']})" and found.startswith(f"{measured} ")
    assert one.select_one(".bibtex-citation")

    assert two.p.get_text() == f"{title}{name['true']}, {name['false']}"
    listed, body = two.select("ul")
    assert [li.get_text().strip() for li in listed.select("li")] == [
        f"{claims[id].claim[lang]} ({name[claims[id].verdict]})" for id in (TRUE, FALSE)]
    assert len(body.select("li")) == 2

    assert claims[PARTLY].correct[lang] in bare.get_text() and name["partly"] in bare.p.get_text()
    entries = {a["href"] for a in pages(f"{lang}/01-a").select(".admonition.verdict a[href*=claim]")}
    assert entries == {f"claims.html#claim-{id}" for id in (TRUE, FALSE, PARTLY)}


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_boxes_come_back_as_they_were(lang):
    full = boxes.expand(CHAPTER[lang], lang)
    assert "{claims}" not in full and full.count("{admonition}") == 3
    assert boxes.collapse(full, lang) == CHAPTER[lang]
    other = ":::{admonition} A\n:class: verdict\nBy hand.\n:::\n"
    assert boxes.collapse(other, lang) == other
    inner = f"::::{{claims}} {TRUE}\nSee\n\n:::{{note}}\nthis\n:::\n::::\n"
    assert boxes.collapse(boxes.expand(inner, lang), lang) == inner


def test_what_code_did_not_settle_is_checked_and_not_measured():
    read = ":::{claims} output-layer-by-task\nIt is.\n:::"
    assert ledger()["output-layer-by-task"].kind == "advice"
    for lang in boxes.WORDS:
        words = boxes.WORDS[lang]
        assert f"**{words['checked']}** It is." in boxes.expand(read, lang)
        assert boxes.collapse(boxes.expand(read, lang), lang) == read
        assert f"**{words['measured']}** It {{{{ is }}}}." in boxes.expand(read.replace("is.", "{{ is }}."), lang)


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_a_verdict_in_a_table(lang):
    row = f"| it does | {{verdict}}`{FALSE}` | see [there](claims.md#claim-{TRUE}) |\n"
    full = boxes.expand(row, lang)
    verdict = VERDICTS["false"][lang]
    assert f"| [{verdict}](claims.md#claim-{FALSE}) |" in full
    assert boxes.collapse(full, lang) == row and boxes.ids(row) == [FALSE]
    older = full.replace(verdict, VERDICTS["depends"][lang])
    with pytest.raises(SourceError, match="actfns/claims/ledger, not in a notebook"):
        boxes.collapse(older, lang)
    assert boxes.collapse(older, lang, [boxes.digest(older.split(" | ")[1])]) == row
    (known,) = boxes.heads(row, lang)
    assert known == boxes.digest(boxes.link(FALSE, lang))
    missing = row.replace(FALSE, "no-such-claim")
    assert boxes.expand(missing, lang) == missing and len(list(boxes.unknown(missing))) == 1


def test_a_verdict_changed_in_a_notebook_is_refused():
    full = boxes.expand(CHAPTER["en"], "en")
    assert boxes.collapse(full.replace("It **does**", "It does"), "en") == CHAPTER["en"].replace("**does**", "does")
    for old, new in (("verdict: true\n", "verdict: false\n"), ("([false]", "([true]"), ("**Measured**", "Measured")):
        with pytest.raises(SourceError, match="actfns/claims/ledger, not in a notebook"):
            boxes.collapse(full.replace(old, new, 1), "en")


def test_a_box_of_an_older_ledger_is_known_again():
    full = boxes.expand(CHAPTER["en"], "en")
    older = full.replace("Layers joined", "Layers that are joined")
    with pytest.raises(SourceError):
        boxes.collapse(older, "en")
    heads = [boxes.digest(boxes.head([TRUE], "en").replace("Layers joined", "Layers that are joined")),
             boxes.digest(boxes.head([TRUE, FALSE], "en").replace("Layers joined", "Layers that are joined"))]
    assert boxes.collapse(older, "en", heads) == CHAPTER["en"]


@pytest.mark.parametrize("lang", ["en", "ko"])
def test_ledger(pages, lang):
    found = pages(f"{lang}/claims").select_one("table.filterable.claims-ledger")
    rows = {row.th["id"].removeprefix("claim-"): row for row in found.tbody.select("tr")}
    assert list(rows) == list(ledger())
    for id, row in rows.items():
        claim, cells = ledger()[id], [cell.get_text() for cell in row.select("td")]
        text = row.th.get_text().split()
        assert text[-1] == id and row.th.a["href"] == f"#claim-{id}"
        assert cells[0] == VERDICTS[claim.verdict][lang] and cells[2] == TOPICS[claim.topic][lang]
        assert cells[1].startswith(re.sub("`", "", claim.correct[lang]))
        assert len(row.select("td")[4]["data-choice"].split(" | ")) == len(claim.notes)
        assert (words.WORDS[lang]["check"] in cells[3]) == (claim.check is not None)
    shown = rows[TRUE].select_one("a[href*='01-a']")
    assert shown["href"].endswith(f"#sec-fold-{lang}") and ("›" in shown.get_text())
    counted = {"en": f"{len(rows)} claims", "ko": f"주장 {len(rows)}개"}[lang]
    assert found.find_previous("p").get_text().startswith(counted)


def test_an_unknown_claim_is_named():
    assert list(boxes.unknown(":::{claims} linear-stack-colapses\nText.\n:::\n")) == [
        "no claim 'linear-stack-colapses'; near: linear-stack-collapses"]
    assert len(list(boxes.unknown(":::{claims}\nText.\n:::\n"))) == 1


@pytest.mark.parametrize("text", [text for claim in ledger().values() for text in claim.claim.values()])
def test_a_claim_reads_the_same_as_markdown(text):
    html = MarkdownIt().render(boxes.markdown(text))
    assert BeautifulSoup(html, "html.parser").get_text().strip() == " ".join(text.replace("`", "").split())
    assert set(re.findall(r"<(\w+)", html)) <= {"p", "code"}
