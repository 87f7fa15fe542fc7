"""The table of published architectures on the site: every row, in both languages, with an address of its own."""

import doctest
import re

import pytest
from bs4 import BeautifulSoup

from actfns import lab, survey
from book.ext.backbones import index, words

BOTH = ("en", "ko")
HANGUL = re.compile("[가-힣]")
SUFFIX = r"( \(([Ss]wish|SiLU|giant|7B|beta=1|Mamba-2|SwiGLU( and Mamba)?)\))?"
NAMES = re.compile(rf"h-swish|hard-swish|xIELU|tanh|sin\(30 x\)|[A-Z]\w+{SUFFIX}")  # the same in both languages
languages = pytest.mark.parametrize("language", BOTH)


@pytest.fixture(scope="module", params=BOTH)
def page(request):
    return request.param, BeautifulSoup(index.table(request.param), "html.parser")


def test_examples_in_docstrings():
    done = doctest.testmod(words)
    assert done.attempted and not done.failed


def test_every_architecture_has_a_row_that_its_address_names(page):
    _, table = page
    rows = table.select("tbody tr")
    assert [row["id"] for row in rows] == [f"backbone-{backbone.id}" for backbone in survey.backbones()]
    assert all(row.th.a["href"] == f"#{row['id']}" for row in rows)
    assert len({len(row.find_all(["th", "td"])) for row in rows} | {len(table.select("thead th"))}) == 1


def test_rows_tell_what_ran(page):
    _, table = page
    cells = lab.record("backbones").cells
    for entry in cells:
        row = table.find(id=f"backbone-{entry['cell']['row']}").get_text(" ")
        assert entry["cell"]["model"] in row
        assert all(f"{name} {number}" in row for name, number in entry["result"]["counts"].items())
    assert "sigmoid 16" in table.find(id="backbone-senet").get_text(" ")


def test_choices_are_few_and_never_empty(page):
    _, table = page
    heads = table.select("thead th")
    for column in index.CHOICES:
        values = {row.find_all(["th", "td"])[column].get_text() for row in table.select("tbody tr")}
        assert heads[column].has_attr("data-choices") and 3 < len(values) < 30 and all(values)


def test_korean_wording_is_complete_and_of_this_table():
    rows = survey.table()
    used = {text for column in ("domain", "hidden", "gate", "attention", "output") for text in rows[column]}
    korean = words._korean()
    assert set(korean) <= used
    assert [text for text in used - set(korean) if not NAMES.fullmatch(text)] == []
    plain = [text for text, said in korean.items() if not HANGUL.search(said)]
    assert all(re.fullmatch(r"[\w(); =.·/×-]+", korean[text]) for text in plain)


@languages
def test_markup_in_names_is_escaped(language):
    assert "<" not in BeautifulSoup(index.table(language), "html.parser").get_text()
