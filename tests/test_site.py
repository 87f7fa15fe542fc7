"""The built site: what is in the pages, and how they behave in a real browser without network.

Build first (``make book``). The browser tests need Chromium.
"""

from __future__ import annotations

import re
from contextlib import ExitStack
from itertools import pairwise
from urllib.parse import quote

import pytest
import site_tools as tools

from book.ext.pages import LANGUAGES, counterpart, language_of
from book.ext.repository import github_url, remote_of

pytestmark = pytest.mark.site

PAGES = tools.page_files()
KOREAN = [page for page in PAGES if language_of(page.removesuffix(".html")) == "ko"]
ENGLISH = [page for page in PAGES if page not in KOREAN]
WAYS = ("http", "file")


def other(page: str) -> str:
    """The page in the other language."""
    name = page.removesuffix(".html")
    return counterpart(name, "en" if language_of(name) == "ko" else "ko") + ".html"


# ---- what is in the pages


def test_there_is_a_site():
    assert {"index.html", "index-ko.html", "search.html", "search-ko.html"} <= set(PAGES)
    assert len(KOREAN) == len(ENGLISH) >= 6


@pytest.mark.parametrize("page", PAGES)
def test_language_and_counterpart(page):
    language = language_of(page.removesuffix(".html"))
    html = tools.soup(page).html
    assert html["lang"] == language
    toggles = html.select("a.language-toggle")
    assert [(t["lang"], t.get_text()) for t in toggles] == [(c, n) for c, n in LANGUAGES.items() if c != language]
    assert other(page) in PAGES
    if "search" not in page:
        assert {link["hreflang"] for link in html.select("head link[rel=alternate]")} == set(LANGUAGES)
        assert html.select_one("meta[name=description]") or "references" in page


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    broken = sorted({address for _, address in tools.links(page) if tools.is_broken(page, address)})
    assert not broken


def test_style_sheets_find_their_files():
    sheets = tools.style_links()
    assert sheets
    assert not [(sheet, url) for sheet, url in sheets if tools.is_foreign(url) or _missing(sheet, url)]


def _missing(sheet: str, url: str) -> bool:
    path = re.split("[?#]", url)[0]
    return bool(path) and not url.startswith("data:") and not ((tools.SITE / sheet).parent / path).is_file()


@pytest.mark.parametrize("page", PAGES)
def test_nothing_is_loaded_from_another_host(page):
    loaded = [(tag, url) for tag, url in tools.links(page) if tag in ("img", "script", "source", "iframe")]
    styles = [("link", link["href"]) for link in tools.soup(page).select("link[rel=stylesheet], link[rel=preload]")]
    assert not [url for _, url in loaded + styles if tools.is_foreign(url)]


@pytest.mark.parametrize("page", PAGES)
def test_images_have_a_meaningful_text_alternative(page):
    for image in tools.article(page).select("img"):
        alternative = image.get("alt", "").strip()
        assert len(alternative) >= 8 and not re.search(r"\.(png|svg|jpe?g)$|[\\/]_?images", alternative), image
    for drawing in tools.article(page).select("[role=img]"):
        assert len(drawing.get("aria-label", "")) >= 8


@pytest.mark.parametrize("page", PAGES)
def test_formulas_are_rendered(page):
    content = tools.article(page)
    assert not content.select(".katex-error")
    assert all(formula.select_one(".katex") for formula in content.select("span.math, div.math"))
    left = " ".join(_prose(content))
    assert not re.search(r"\$[^$\s][^$]*\$|\\\(|\\\[|\\begin\{", left)


def _prose(part):
    """Pieces of text outside code, formulas and outputs."""
    for child in part.children:
        if isinstance(child, str):
            yield child
        elif child.name not in ("script", "style", "pre", "code") and not _OTHER & set(child.get("class", ())):
            yield from _prose(child)


_OTHER = {"katex", "cell_output"}


def test_some_page_has_formulas():
    assert any(tools.article(page).select(".katex") for page in PAGES)


@pytest.mark.parametrize("page", PAGES)
def test_navigation_stays_in_the_language(page):
    language = language_of(page.removesuffix(".html"))
    inner = tools.soup(page).select("nav.bd-docs-nav a[href], .prev-next-area a[href], a.navbar-brand")
    targets = [_resolve(page, link["href"]) for link in inner]
    assert len(targets) >= 4
    assert {language_of(target.removesuffix(".html")) for target in targets} == {language}


def _resolve(page: str, href: str) -> str:
    path = href.split("#")[0]
    return ((tools.SITE / page).parent / path).resolve().relative_to(tools.SITE.resolve()).as_posix() if path else page


def test_previous_and_next_run_through_each_language():
    for start in ("index.html", "index-ko.html"):
        seen, page = [], start
        while page:
            seen.append(page)
            following = tools.soup(page).select_one("a.right-next")
            page = _resolve(page, following["href"]) if following else None
        assert len(seen) == len(set(seen)) == len(KOREAN) - 1  # all but the search page
        for before, after in pairwise(seen):
            assert _resolve(after, tools.soup(after).select_one("a.left-prev")["href"]) == before


def test_chapters_have_the_number_in_their_file_name():
    chapters = [page for page in PAGES if re.match(r"chapters/../\d\d-", page)]
    assert chapters
    for page in chapters:
        number = int(page.split("/")[-1][:2])
        assert tools.article(page).h1.get_text().startswith(f"{number}. ")


@pytest.mark.parametrize("page", [page for page in ENGLISH if page.startswith("chapters")])
def test_both_languages_number_alike(page):
    def numbers(name):
        marks = tools.article(name).select(".caption-number, .eqno, p.admonition-title, h2 .section-number")
        return [found for mark in marks for found in re.findall(r"\d+(?:\.\d+)+", mark.get_text())[:1]]

    assert numbers(page) == numbers(other(page))


@pytest.mark.parametrize("page", KOREAN)
def test_korean_pages_speak_korean(page):
    """Every label that the theme or an extension adds has Korean in it (names of products aside)."""
    kept = re.compile(r"English|Colab|Binder|JupyterHub|\.(ipynb|md|pdf)|Ctrl.*|")
    document = tools.soup(page)
    labels = [tag[key] for key in ("title", "aria-label", "placeholder") for tag in document.select(f"[{key}]")]
    buttons = document.select("button, .btn, summary, .prev-next-subtitle, .onthispage")
    labels += [tag.get_text(" ", strip=True) for tag in buttons]
    foreign = {text for text in labels if not tools.HANGUL.search(text) and not kept.fullmatch(text.strip())}
    assert not foreign - _definitions(page)
    assert tools.HANGUL.search(document.title.get_text())


def _definitions(page: str) -> set[str]:
    return {link["title"] for link in tools.soup(page).select("a.term-link[title]")}


def test_buttons_follow_the_git_remote():
    url = github_url(remote_of(tools.ROOT))
    chapter = next(page for page in PAGES if page.startswith("chapters/ko/01"))
    found = {u for _, u in tools.links(chapter) if tools.is_foreign(u) and re.search("github.com|colab|mybinder", u)}
    header = {a["href"] for a in tools.soup(chapter).select(".article-header-buttons a[href]")} & found
    assert bool(header) == bool(url)
    assert all(url.removeprefix("https://github.com") in link for link in header)


# ---- how they behave in a browser


@pytest.fixture(scope="module")
def addresses():
    with tools.served() as http:
        yield {"http": http, "file": tools.SITE.as_uri()}


@pytest.fixture(scope="module")
def tabs(browser, addresses):
    with ExitStack() as stack:
        yield {way: stack.enter_context(tools.tab_of(browser, base)) for way, base in addresses.items()}


@pytest.fixture
def served_tab(tabs):
    yield tabs["http"].fresh()
    assert not tabs["http"].faults


@pytest.fixture
def file_tab(tabs):
    yield tabs["file"].fresh()
    assert not tabs["file"].faults


@pytest.fixture(params=["served_tab", "file_tab"], ids=["http", "file"])
def tab(request):
    return request.getfixturevalue(request.param)


HIDDEN_FORMULAS = """() => [...document.querySelectorAll('article .katex')].filter(k => {
    const box = (k.querySelector('.katex-html') || k).getBoundingClientRect();
    return !k.closest('details:not([open]), .toggle-hidden, .onlyprint') && !(box.width > 0 && box.height > 0);
}).length"""
OVERFLOW = "() => document.documentElement.scrollWidth - window.innerWidth"


@pytest.mark.parametrize("page", PAGES)
def test_page_opens_without_a_fault(tab, page):
    tab.open(page)
    assert tab.run(HIDDEN_FORMULAS) == 0
    if tools.article(page).select(".katex"):
        assert tab.run("() => document.fonts.ready.then(() => document.fonts.check('16px KaTeX_Main'))")
    assert tab.run(OVERFLOW) <= 0
    tab.page.set_viewport_size(tools.PHONE)
    assert tab.run(OVERFLOW) <= 0, "wider than a phone"


@pytest.mark.parametrize("page", ENGLISH)
def test_toggle_leads_to_the_counterpart_and_back(file_tab, page):
    file_tab.open(page)
    for target, language in ((other(page), "ko"), (page, "en")):
        file_tab.page.click("a.language-toggle")
        assert file_tab.page.url.split("?")[0].endswith(f"/{target}")
        assert file_tab.run("() => document.documentElement.lang") == language


def found_by(tab, search_page: str, query: str) -> list[str]:
    """Pages that a search finds, in order."""
    tab.open(f"{search_page}?q={quote(query)}")
    tab.page.wait_for_function("() => document.querySelector('#search-results .search-summary')?.innerText")
    hrefs = tab.run("() => [...document.querySelectorAll('#search-results li > a')].map(a => a.getAttribute('href'))")
    return [href.split("#")[0].split("?")[0] for href in hrefs]


@pytest.mark.parametrize("query", ["미분", "기울", "포화"])
def test_korean_search_finds_words_with_particles(tab, query):
    attached = {page for page in KOREAN if re.search(f"{query}[가-힣]", tools.text_of(page)) and "search" not in page}
    assert attached, "no page to find"
    found = found_by(tab, "search-ko.html", query)
    assert attached <= set(found)


def test_english_search_and_own_language_first(tab):
    found = found_by(tab, "search.html", "gradient")
    assert {page for page in ENGLISH if re.search(r"\bgradient\b", tools.text_of(page))} <= set(found)
    languages = [language_of(page.removesuffix(".html")) for page in found]
    assert languages == sorted(languages)  # en before ko


def test_search_keeps_the_language_and_the_query(tab):
    tab.open("index-ko.html")
    tab.page.click(".search-button-field")
    tab.page.fill("#pst-search-dialog input[name=q]", "포화")
    tab.page.keyboard.press("Enter")
    tab.page.wait_for_url("**/search-ko.html?q=*")
    assert tab.page.input_value(".bd-search-container input[name=q]") == "포화"
    tab.page.click("a.language-toggle")
    tab.page.wait_for_url("**/search.html?q=*")
    assert tab.page.input_value(".bd-search-container input[name=q]") == "포화"


SHORTEN = """([selectors, count]) => selectors.forEach(selector =>
    document.querySelectorAll(selector).forEach((entry, place) => place < count || entry.remove()))"""
ALIKE = ["dl.terms > *", ".citation", "table.filterable tbody tr", "ul.search > li", "pre", ".katex"]


def violations(tab, **options) -> list[tuple]:
    """Serious and critical faults that axe finds; of many things that are alike the first eight stand for all."""
    tab.run(SHORTEN, [ALIKE, 8])
    options |= {"resultTypes": ["violations"], "preload": False}
    found = tab.run("options => axe.run(document, options)", options)
    worst = [fault for fault in found["violations"] if fault["impact"] in ("serious", "critical")]
    return [(fault["id"], [node["html"] for node in fault["nodes"][:3]]) for fault in worst]


@pytest.mark.parametrize("page", PAGES)
def test_accessible(served_tab, page):
    served_tab.open(page)
    served_tab.run(tools.axe_script())
    assert not violations(served_tab)
    served_tab.page.set_viewport_size(tools.PHONE)
    served_tab.open(page)
    served_tab.run("() => document.fonts.ready.then(() => true)")  # tab stops are set for what overflows by then
    served_tab.run(tools.axe_script())
    rules = ["scrollable-region-focusable", "target-size", "button-name", "link-name"]
    assert not violations(served_tab, runOnly=rules), "on a phone"


@pytest.mark.parametrize("page", PAGES)
def test_readable_in_the_dark(served_tab, page):
    served_tab.page.emulate_media(color_scheme="dark")
    served_tab.open(page)
    assert served_tab.run("() => document.documentElement.dataset.theme") == "dark"
    background = served_tab.run("() => getComputedStyle(document.body).backgroundColor")
    assert max(map(int, re.findall(r"\d+", background)[:3])) < 64
    served_tab.run(tools.axe_script())
    assert not violations(served_tab, runOnly=["color-contrast"])


def test_theme_switch(browser, addresses):
    with tools.tab_of(browser, addresses["http"]) as tab:
        tab.open("index-ko.html")
        themes = set()
        for _ in range(3):
            tab.page.click(".theme-switch-button")
            themes.add(tab.run("() => document.documentElement.dataset.theme"))
        assert themes == {"light", "dark"}
        assert not tab.faults


def test_print_has_the_text_and_no_navigation(served_tab):
    served_tab.page.emulate_media(media="print")
    served_tab.open(next(page for page in PAGES if page.startswith("chapters/ko/01")))
    shown = "selector => [...document.querySelectorAll(selector)].some(e => e.getClientRects().length > 0)"
    assert served_tab.run(shown, "article.bd-article") and served_tab.run(shown, "article h1")
    for selector in (".bd-sidebar-primary", ".language-toggle", ".prev-next-area"):
        assert not served_tab.run(shown, selector), selector


TABLES = [page for page in PAGES if (tools.SITE / page).is_file() and tools.soup(page).select("table.filterable")]


@pytest.mark.parametrize("page", TABLES)
def test_tables_in_the_book_filter_and_sort(tab, page):
    tab.open(page)
    rows = "() => [...document.querySelectorAll('table.filterable')[0].tBodies[0].rows].filter(r => !r.hidden).length"
    everything = tab.run(rows)
    name = tab.run("() => document.querySelector('table.filterable').tBodies[0].rows[1].cells[0].textContent.trim()")
    tab.page.fill(".filterable-bar input", name)
    assert 1 <= tab.run(rows) < everything
    tab.page.fill(".filterable-bar input", "no such row anywhere")
    assert tab.run(rows) == 0
    tab.page.fill(".filterable-bar input", "")
    assert tab.run(rows) == everything
    header = tab.page.locator("table.filterable").first.locator("thead th button").first
    header.click()
    assert tab.run("() => document.querySelectorAll('table.filterable th[aria-sort=ascending]').length") == 1


CELLS = {"a": "10", "b": "−2", "c": "∞", "d": "–", "e": "9e-1"}
SMALL_TABLE = """<!DOCTYPE html><html lang="ko"><title>표</title><table class="filterable">
<thead><tr><th>f</th><th>max</th></tr></thead><tbody>{}</tbody></table><script src="filterable.js"></script></html>"""
ORDER = """() => [...document.querySelectorAll('tbody tr')].filter(row => !row.hidden)
    .map(row => row.cells[0].textContent).join('')"""


def test_sorting_knows_numbers_infinity_and_gaps(browser, tmp_path):
    rows = "".join(f"<tr><th>{name}</th><td>{value}</td></tr>" for name, value in CELLS.items())
    (tmp_path / "table.html").write_text(SMALL_TABLE.format(rows), "utf8")
    (tmp_path / "filterable.js").write_bytes((tools.ROOT / "book/static/filterable.js").read_bytes())
    with tools.tab_of(browser, tmp_path.as_uri()) as tab:
        tab.open("table.html")
        for expected in ("beacd", "caebd"):  # ascending, then descending; the gap stays last
            tab.page.click("thead th:nth-child(2) button")
            assert tab.run(ORDER) == expected
        tab.page.fill("input", "∞ c")
        assert tab.run(ORDER) == "c"
        assert tab.page.inner_text("[role=status]") == "5행 가운데 1행"
        assert not tab.faults
