"""The built site: what is in the pages, and how they behave in a real browser without network.

Build first (``make book``). The browser tests need Chromium.
"""

from __future__ import annotations

import re
from contextlib import ExitStack
from itertools import pairwise
from urllib.parse import quote, unquote, urlsplit

import imagesize
import pytest
import site_tools as tools

from book.ext.assets import is_filterable
from book.ext.pages import LANGUAGES, counterpart, language_of
from book.ext.repository import github_url, remote_of

pytestmark = pytest.mark.site

PAGES = tools.page_files()
KOREAN = [page for page in PAGES if language_of(page.removesuffix(".html")) == "ko"]
ENGLISH = [page for page in PAGES if page not in KOREAN]


def each(pages):
    """A test for each page; those of one page go to one worker (``--dist loadgroup``), which parses it once."""
    return pytest.mark.parametrize("page", [pytest.param(page, marks=pytest.mark.xdist_group(page)) for page in pages])


def other(page: str) -> str:
    """The page in the other language."""
    name = page.removesuffix(".html")
    return counterpart(name, "en" if language_of(name) == "ko" else "ko") + ".html"


# ---- what is in the pages


def test_there_is_a_site():
    assert {"index.html", "index-ko.html", "search.html", "search-ko.html"} <= set(PAGES)
    assert len(KOREAN) == len(ENGLISH) >= 6


@each(PAGES)
def test_language_and_counterpart(page):
    language = language_of(page.removesuffix(".html"))
    html = tools.soup(page).html
    assert html["lang"] == language
    toggles = html.select("a.language-toggle")
    assert [(t["lang"], t.get_text()) for t in toggles] == [(c, n) for c, n in LANGUAGES.items() if c != language]
    assert other(page) in PAGES
    alternates = {link["hreflang"]: link["href"] for link in html.select("head link[hreflang]")}
    published = html.select_one("link[rel=canonical]") and "search" not in page
    assert set(alternates) == (set(LANGUAGES) if published else set())  # addresses of the published site, or none
    assert all(tools.is_foreign(address) for address in alternates.values())


@each(PAGES)
def test_what_others_show_of_a_page(page):
    """Search engines and messengers: a description, and a picture with a sentence in the language of the page."""
    head, language = tools.soup(page).head, language_of(page.removesuffix(".html"))
    said = {tag.get("property") or tag.get("name"): tag["content"] for tag in head.select("meta[content]")}
    assert len(said["description"]) >= 40 and said["og:description"] == said["description"]
    assert said["og:title"] and bool(tools.HANGUL.search(said["og:site_name"])) == (language == "ko")
    assert said["og:image"].endswith(f"_static/share-{language}.png")
    assert not tools.is_broken(page, said["og:image"])
    assert head.select_one("link[rel=icon]")


@pytest.mark.parametrize("language", LANGUAGES)
def test_picture_beside_a_shared_link(language):
    picture = tools.SITE / f"_static/share-{language}.png"
    assert imagesize.get(picture) == (1200, 630)
    assert picture.stat().st_size <= 60_000


def test_a_missing_page_is_told_in_both_languages():
    page = tools.soup(tools.MISSING)
    links = {a["href"] for a in page.select("a")}
    assert links == {"index.html", "index-ko.html", "search.html", "search-ko.html"}
    assert not [link for link in [*links, "_static/favicon.svg"] if not (tools.SITE / link).is_file()]
    assert page.html["lang"] == "en" and tools.HANGUL.search(page.select_one("[lang=ko]").get_text())
    assert page.select_one("meta[name=robots]")["content"] == "noindex"
    assert not page.select("script, link[rel=stylesheet]")  # it is shown at any depth


@each(PAGES)
def test_pictures_keep_their_place(page):
    """The size in the page has the proportions of the file, and all but the first wait for the reader."""
    images = tools.article(page).select("img")
    for image in images:
        width, height = imagesize.get((tools.SITE / page).parent / image["src"])
        assert int(image["width"]) / int(image["height"]) == pytest.approx(width / height, rel=0.01)
    assert all(image.get("loading") == "lazy" for image in images[1:])


@each(PAGES)
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


@each(PAGES)
def test_nothing_is_loaded_from_another_host(page):
    loaded = [(tag, url) for tag, url in tools.links(page) if tag in ("img", "script", "source", "iframe")]
    styles = [("link", link["href"]) for link in tools.soup(page).select("link[rel=stylesheet], link[rel=preload]")]
    assert not [url for _, url in loaded + styles if tools.is_foreign(url)]


@each(PAGES)
def test_images_have_a_meaningful_text_alternative(page):
    for image in tools.article(page).select("img"):
        alternative = image.get("alt", "").strip()
        assert len(alternative) >= 8 and not re.search(r"\.(png|svg|jpe?g)$|[\\/]_?images", alternative), image
    for drawing in tools.article(page).select("[role=img]"):
        assert len(drawing.get("aria-label", "")) >= 8


@each(PAGES)
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


@each(PAGES)
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


@each([page for page in ENGLISH if page.startswith("chapters")])
def test_both_languages_number_alike(page):
    def numbers(name):
        marks = tools.article(name).select(".caption-number, .eqno, p.admonition-title, h2 .section-number")
        return [found for mark in marks for found in re.findall(r"\d+(?:\.\d+)+", mark.get_text())[:1]]

    assert numbers(page) == numbers(other(page))


@each(KOREAN)
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


CHAPTERS = [page for page in PAGES if re.match(r"chapters/../\d\d-", page)]
ALL_IN, WITHOUT_FIGURES = 600_000, 300_000  # bytes, compressed, of a first visit to a chapter


@each(CHAPTERS)
def test_first_visit_is_light(browser, addresses, page):
    """What Chromium asks for with nothing in store, and the figures that it leaves for later."""
    asked = set()
    with tools.tab_of(browser, addresses["http"]) as tab:
        tab.page.on("request", lambda request: asked.add(request.url))
        tab.open(page)
        tab.run("() => document.fonts.ready.then(() => true)")
        for formats in ("print", "screen"):  # a style for paper may want more
            tab.page.emulate_media(media=formats)
        assert not tab.faults
    files = {unquote(urlsplit(url).path).lstrip("/") for url in asked if not url.startswith("data:")}
    files |= {_resolve(page, image["src"]) for image in tools.soup(page).select("img")}
    figures = {file for file in files if file.startswith("_images/")}
    assert len(files - figures) > 10
    assert sum(map(tools.weight, files)) <= ALL_IN
    assert sum(map(tools.weight, files - figures)) <= WITHOUT_FIGURES


ICONS = """() => [...document.querySelectorAll('[class*="fa-"]')].flatMap(icon => {
    const style = getComputedStyle(icon, '::before'), letter = style.content.replaceAll('"', '');
    const font = `${style.fontWeight} 16px ${style.fontFamily}`;
    return letter.length === 1 && document.fonts.check(font, letter) ? [] : [icon.outerHTML];
})"""


def test_icons_are_in_the_font(served_tab):
    """The font holds only the icons that the site shows (see book/ext/icons.py)."""
    for page in ("index-ko.html", "chapters/en/functions.html", *CHAPTERS[:1]):
        served_tab.open(page)
        served_tab.run("() => document.fonts.ready.then(() => true)")
        assert served_tab.run("() => document.querySelectorAll('[class*=\"fa-\"]').length") >= 5
        assert not served_tab.run(ICONS)


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


def check_formulas(tab, page):
    """All formulas of the open page take up room, in KaTeX's own letters."""
    assert tab.run(HIDDEN_FORMULAS) == 0
    if tools.article(page).select(".katex"):
        assert tab.run("() => document.fonts.ready.then(() => document.fonts.check('16px KaTeX_Main'))")


@each(ENGLISH)
def test_page_opens_from_disk_and_toggle_leads_to_the_counterpart_and_back(file_tab, page):
    file_tab.open(page)
    check_formulas(file_tab, page)
    for target, language in ((other(page), "ko"), (page, "en")):
        file_tab.page.click("a.language-toggle")
        file_tab.page.wait_for_load_state("load")
        assert file_tab.page.url.split("?")[0].endswith(f"/{target}")
        assert file_tab.run("() => document.documentElement.lang") == language
        check_formulas(file_tab, target)


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


SETTLED = 500  # milliseconds until the scripts have set tab stops for what overflows at a new width
ON_A_PHONE = ["scrollable-region-focusable", "target-size", "button-name", "link-name"]


@each(PAGES)
def test_page_is_whole_and_accessible(served_tab, page):
    """One visit: as wide as a desktop, as a phone, and in the dark."""
    tab = served_tab
    tab.open(page)
    check_formulas(tab, page)
    assert tab.run(OVERFLOW) <= 0
    tab.page.set_viewport_size(tools.PHONE)
    assert tab.run(OVERFLOW) <= 0, "wider than a phone"
    tab.page.wait_for_timeout(SETTLED)
    tab.run(tools.axe_script())
    assert not violations(tab, runOnly=ON_A_PHONE), "on a phone"
    tab.page.set_viewport_size(tools.DESKTOP)
    tab.page.wait_for_timeout(SETTLED)
    assert not violations(tab)
    tab.page.emulate_media(color_scheme="dark")
    check_darkness(tab)
    assert not violations(tab, runOnly=["color-contrast"]), "in the dark"


def check_darkness(tab):
    tab.page.wait_for_function("() => document.documentElement.dataset.theme === 'dark'")
    background = tab.run("() => getComputedStyle(document.body).backgroundColor")
    assert max(map(int, re.findall(r"\d+", background)[:3])) < 64


@each(ENGLISH[:1] + KOREAN[:1])
def test_a_page_opened_in_the_dark_is_dark(served_tab, page):
    served_tab.page.emulate_media(color_scheme="dark")
    served_tab.open(page)
    check_darkness(served_tab)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_or_dark_is_settled_before_any_script_of_the_theme(browser, addresses, scheme):
    """Else a page is styled twice: a flash in the dark, and twice the work on a phone."""
    note = "() => window.early ??= document.documentElement.dataset.theme"
    with tools.tab_of(browser, addresses["http"]) as tab:
        tab.page.add_init_script(f"document.addEventListener('readystatechange', {note})")
        tab.page.emulate_media(color_scheme=scheme)
        tab.open(KOREAN[0])
        assert tab.run("() => window.early") == scheme


def test_the_page_for_missing_addresses(file_tab):
    file_tab.open(tools.MISSING)
    for scheme in ("light", "dark"):
        file_tab.page.emulate_media(color_scheme=scheme)
        file_tab.run(tools.axe_script())
        assert not violations(file_tab)
    file_tab.page.set_viewport_size(tools.PHONE)
    assert file_tab.run(OVERFLOW) <= 0


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
    unwanted = (".bd-sidebar-primary", ".language-toggle", ".prev-next-area", ".toggle-button", ".copybtn")
    for selector in (*unwanted, "details.hide:not([open])"):
        assert not served_tab.run(shown, selector), selector


def test_answers_are_printed_and_closed_again(served_tab):
    answers = "details:not([open], .hide)"
    closed = f"() => document.querySelectorAll('article {answers}').length"
    served_tab.open(next(page for page in CHAPTERS if tools.article(page).select(answers)))
    before = served_tab.run(closed)
    assert before >= 1
    served_tab.run("() => dispatchEvent(new Event('beforeprint'))")
    assert served_tab.run(closed) == 0
    served_tab.run("() => dispatchEvent(new Event('afterprint'))")
    assert served_tab.run(closed) == before


TABLES = [page for page in PAGES if is_filterable((tools.SITE / page).read_text("utf8"))]


@each(TABLES)
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
