"""Cards and index of functions in the built site, in a real browser without network (build first: ``make book``)."""

from __future__ import annotations

import gzip
import math
import re
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import site_tools as tools

from actfns import catalog, measure
from actfns.plots.colours import luminance
from book.ext.cards import sources, words
from book.ext.pages import LANGUAGES, language_of

pytestmark = pytest.mark.site

INDEX = {language: f"chapters/{language}/functions.html" for language in LANGUAGES}
CARDS = [page for page in tools.page_files() if "/functions/" in page]
NARROW = {"width": 390, "height": 844}
ADDED = 100_000  # bytes
languages = pytest.mark.parametrize("language", list(LANGUAGES))


def card_of(function, language):
    """The section of a function."""
    page = sources.page_of(function, language) + ".html"
    return tools.soup(page).select_one(f"section#{words.anchor(function)}")


# ---- what is in the pages


def test_there_is_a_page_for_every_family_and_language():
    expected = {sources.slug(family) for family in sources.families()}
    for language in LANGUAGES:
        assert {Path(page).stem for page in CARDS if language_of(page.removesuffix(".html")) == language} == expected


@languages
def test_every_row_leads_to_a_card(language):
    rows = tools.soup(INDEX[language]).select("table.fn-index tbody tr")
    assert len(rows) == len(catalog)
    for row, function in zip(rows, catalog.values()):
        page, _, anchor = row.a["href"].partition("#")
        assert page == f"functions/{sources.slug(function.family)}.html"
        assert not tools.is_broken(INDEX[language], row.a["href"])
        assert anchor == words.anchor(function)
        heading = card_of(function, language).find("h2").get_text().replace("’", "'")
        assert heading.startswith(words.name(function, language)) and row.a.get_text() in heading


@languages
def test_every_card_is_whole(language):
    for function in catalog.values():
        found = card_of(function, language)
        assert len(found.select("div.math .katex")) == 2, function.id
        assert found.select_one("svg[role=img]") and len(found.select(".fn-sheet tr")) >= 5
        terms = [term.get_text() for term in found.select("dl > dt")]
        known = words.WORDS[language]
        assert [known[key] for key in ("traps", "names", "users")] == terms[:3], function.id
        assert known["source"] in terms
        assert function.citation is None or found.select_one("a[href*='references.html#']"), function.id


def chapter_labels(language):
    """Function → where the chapters explain it, as far as they are written: labels sec-fn-… in their pages."""
    found = {}
    for page in tools.page_files():
        if re.match(rf"chapters/{language}/\d\d-", page):
            for anchor in tools.anchors(page):
                if named := re.fullmatch(rf"sec-fn-(.+)-{language}", anchor):
                    found[named[1]] = page
    return found


@languages
def test_cards_lead_to_the_section_that_explains_the_function(language):
    explained = chapter_labels(language)
    for function in catalog.values():
        page = explained.get(function.id.replace("_", "-"))
        found = card_of(function, language)
        links = [link["href"] for link in found.select("dl a[href]") if re.search(r"/\d\d-[^/]+\.html", link["href"])]
        assert [Path(urlsplit(link).path).name for link in links] == ([Path(page).name] if page else []), function.id
        assert (words.WORDS[language]["taught"] in [term.get_text() for term in found.select("dt")]) == bool(page)


@languages
def test_functions_of_one_number_lead_to_the_explorer(language):
    for function in catalog.values():
        links = [link["href"] for link in card_of(function, language).select("figcaption a[href]")]
        wanted = [f"../explorer.html?f={function.id}"] if function.arity == "pointwise" else []
        assert links == wanted, function.id


@languages
def test_the_family_tree_is_shown_and_described(language):
    picture = tools.article(INDEX[language]).select_one("figure img")
    assert "family-tree" in picture["src"] and len(picture["alt"]) > 120
    assert bool(tools.HANGUL.search(picture["alt"])) == (language == "ko")
    assert len(picture.find_parent("section").select("p")) >= 2, "its reading"


# ---- how they behave in a browser


SHOWN = """() => [...document.querySelectorAll('table.fn-index tbody tr')].filter(row => !row.hidden)
    .map(row => row.querySelector('a').hash.slice(6))"""
IN_SIGHT = """id => { const box = document.getElementById(id).querySelector('h2').getBoundingClientRect();
    return box.top >= 0 && box.bottom <= window.innerHeight; }"""


@languages
@pytest.mark.parametrize("query", ["미시", "mish", "MISH"])
def test_mish_is_found_on_a_phone_and_one_tap_leads_to_its_card(tab, language, query):
    tab.page.set_viewport_size(NARROW)
    tab.open(INDEX[language])
    tab.page.fill(".filterable-bar input", query)
    found = tab.run(SHOWN)
    assert found[0] == "mish" and len(found) < 15
    tab.page.click("table.fn-index tbody tr:not([hidden]) a >> nth=0")
    tab.page.wait_for_url("**/self-gated.html#card-mish")
    tab.page.wait_for_function(IN_SIGHT, arg="card-mish")
    assert tab.run("() => document.documentElement.scrollWidth - window.innerWidth") <= 0


def test_the_keyboard_is_enough(file_tab):
    """Type, go on with the tab key to the first card, follow it."""
    page = file_tab.page
    file_tab.open(INDEX["en"])
    page.focus(".filterable-bar input")
    page.keyboard.type("hard swish".replace(" ", "-"))
    for _ in range(40):
        page.keyboard.press("Tab")
        if file_tab.run("() => Boolean(document.activeElement.closest('table.fn-index tbody a'))"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/self-gated.html#card-hard-swish")


@languages
def test_properties_are_chosen(file_tab, language):
    """Two choices together leave what has both; the words above still count."""
    page = file_tab.page
    file_tab.open(INDEX[language])
    sheets = {name: measure(a) for name, a in catalog.items() if a.arity == "pointwise"}
    wanted = {
        name.replace("_", "-")
        for name, sheet in sheets.items()
        if sheet.zero_centred and math.isfinite(sheet.inf) and math.isfinite(sheet.sup)
    }
    labels = {"en": ("bounded", "zero-centred", "both sides", "yes"), "ko": ("유계", "0 중심", "양쪽", "예")}[language]
    for label, value in zip(labels[:2], labels[2:]):
        page.get_by_label(label, exact=True).select_option(value)
    assert set(file_tab.run(SHOWN)) == wanted and 5 < len(wanted) < 30
    page.fill(".filterable-bar input", "tanh")
    assert set(file_tab.run(SHOWN)) < wanted
    page.fill(".filterable-bar input", "")
    for label in labels[:2]:
        page.get_by_label(label, exact=True).select_option("")
    assert len(file_tab.run(SHOWN)) == len(catalog)


@languages
def test_choices_fold_away_on_a_phone(file_tab, language):
    file_tab.page.set_viewport_size(NARROW)
    file_tab.open(INDEX[language])
    assert not file_tab.page.locator(".filterable-choices select").first.is_visible()
    file_tab.page.click("details:has(.filterable-choices) > summary")
    assert file_tab.page.locator(".filterable-choices select").count() == 8
    assert file_tab.run("() => document.documentElement.scrollWidth - window.innerWidth") <= 0


@languages
@pytest.mark.parametrize("name", ["mish", "hard_swish", "relu_n"])
def test_from_a_card_to_the_explorer_and_back(tab, language, name):
    """The explorer opens with the function chosen, and the name there leads back to the card."""
    page = tab.page
    tab.open(sources.page_of(catalog[name], language) + ".html")
    page.click(f"#{words.anchor(catalog[name])} a.fn-turn")
    page.wait_for_url(f"**/{language}/explorer.html?f={name}")
    chosen = page.locator(".explorer-list > li a")
    assert chosen.count() == 1 and page.locator("#explorer-graph .curve").count() == 1
    chosen.click()
    page.wait_for_url(f"**/{language}/functions/*.html#{words.anchor(catalog[name])}")
    page.wait_for_function(IN_SIGHT, arg=words.anchor(catalog[name]))


STROKES = """() => [...document.querySelectorAll('.fn-graph, .fn-mini')].map(drawing =>
    getComputedStyle(drawing.querySelector('.value')).stroke)"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_lines_stand_out_in_light_and_dark(file_tab, scheme):
    file_tab.page.emulate_media(color_scheme=scheme)
    for page in (INDEX["en"], *[page for page in CARDS if page.startswith("chapters/en")]):
        file_tab.open(page)
        back = _luminance(file_tab.run("() => getComputedStyle(document.body).backgroundColor"))
        strokes = file_tab.run(STROKES)
        assert strokes
        for stroke in strokes:
            bright, dark = sorted((_luminance(stroke), back), reverse=True)
            assert (bright + 0.05) / (dark + 0.05) >= 2, (page, stroke)


def _luminance(colour: str) -> float:
    return luminance([int(part) / 255 for part in re.findall(r"\d+", colour)[:3]])


def test_the_script_of_tables_is_loaded_only_where_there_is_one():
    for page in CARDS:
        assert "filterable.js" not in (tools.SITE / page).read_text("utf8")


@pytest.mark.parametrize("page", [*INDEX.values(), *CARDS])
def test_first_visit_is_light(browser, tabs, page):
    """What a page adds to what the start page loads into an empty cache, compressed, figures left out."""
    with tools.tab_of(browser, tabs["http"].base) as tab:
        weights = [_weight(tab, each) for each in ("index.html", page)]
    assert weights[1] - weights[0] < ADDED, f"{weights[0] / 1000:.0f} kB and {weights[1] / 1000:.0f} kB"


def _weight(tab, page) -> int:
    """Compressed size of all files that the page asks for, in the cache or not."""
    asked = set()
    tab.page.on("request", lambda request: asked.add(unquote(urlsplit(request.url).path).lstrip("/")))
    tab.open(page)
    tab.run("() => document.fonts.ready.then(() => true)")
    files = [tools.SITE / path for path in asked if (tools.SITE / path).is_file()]
    assert page in asked and len(files) > 5
    return sum(_compressed(file) for file in files if file.suffix not in (".png", ".jpg"))


def _compressed(file: Path) -> int:
    content = file.read_bytes()
    return len(content) if file.suffix == ".woff2" else len(gzip.compress(content, 6))
