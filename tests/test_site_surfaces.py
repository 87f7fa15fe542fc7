"""Surfaces to turn in a real browser, from disk and without network: a small book with one page per language."""

from __future__ import annotations

import base64
import gzip
import os
import shutil
import subprocess
import sys

import matplotlib

matplotlib.use("agg")

import nbformat  # noqa: E402
import numpy as np  # noqa: E402
import pytest  # noqa: E402
import site_tools as tools  # noqa: E402
import yaml  # noqa: E402
from bs4 import BeautifulSoup  # noqa: E402

from actfns.plots import turnable  # noqa: E402

pytestmark = pytest.mark.site

LIMIT = 60_000  # bytes, compressed: what a page may weigh beyond itself
TEXTS = {
    "en": {"title": "Surfaces", "alt": "Two bowls, lowest in the middle", "caption": "Two bowls, cut off above 2.5."},
    "ko": {"title": "곡면", "alt": "가운데가 가장 낮은 그릇 둘", "caption": "그릇 모양 곡면 둘. 2.5 위는 잘라 냈다."},
}
languages = pytest.mark.parametrize("language", list(TEXTS))


def notebook(language):
    """A page with two surfaces side by side; the code cell comes with its stored output."""
    x = np.linspace(-1, 1, 31)
    bowl = 0.3 + x[:, None] ** 2 + 3 * x**2
    data, metadata = turnable({"relu": bowl + 0.2 * np.cos(9 * x), "mish": bowl}, x, ceiling=2.5)._repr_mimebundle_()
    data["image/png"] = base64.b64encode(data["image/png"]).decode()
    texts = TEXTS[language]
    shown = {"figure": {"name": f"fig-bowls-{language}", "caption": texts["caption"]}, "image": {"alt": texts["alt"]}}
    result = nbformat.v4.new_output("execute_result", data, metadata=metadata, execution_count=1)
    known = {"metadata": {"mystnb": shown}, "outputs": [result], "execution_count": 1}
    code = nbformat.v4.new_code_cell("turnable(surfaces, x)", **known)
    link = nbformat.v4.new_markdown_cell(f"{{numref}}`fig-bowls-{language}`")
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    cells = [nbformat.v4.new_markdown_cell(f"# {texts['title']}"), code, link]
    return nbformat.v4.new_notebook(cells=cells, metadata=kernel)


@pytest.fixture(scope="module")
def small_site(tmp_path_factory):
    """The folder of a built book with two pages, the real configuration and extension."""
    folder = tmp_path_factory.mktemp("surfaces")
    shutil.copy(tools.ROOT / "_config.yml", folder)
    for package in ("book", "actfns"):
        shutil.copytree(tools.ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    for language in TEXTS:
        home = folder / "chapters" / language
        home.mkdir(parents=True)
        nbformat.write(notebook(language), home / "12-surfaces.ipynb")
    for name, title in (("index", "Start"), ("index-ko", "처음")):
        (folder / f"{name}.md").write_text(f"# {title}\n\nText.\n", "utf8")
    pages = [{"numbered": True, "chapters": [{"file": f"chapters/{language}/12-surfaces"}]} for language in TEXTS]
    toc = {"format": "jb-book", "root": "index", "parts": [*pages, {"chapters": [{"file": "index-ko"}]}]}
    (folder / "_toc.yml").write_text(yaml.safe_dump(toc), "utf8")
    main = "from jupyter_book.cli.main import main; main()"
    command = [sys.executable, "-c", main, "build", ".", "-W", "--keep-going", "-n"]
    done = subprocess.run(command, cwd=folder, env=os.environ | {"NO_COLOR": "1"}, capture_output=True, timeout=300)
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    return folder / "_build/html"


def page_of(language):
    return f"chapters/{language}/12-surfaces.html"


@pytest.fixture(scope="module")
def opened(browser, small_site):
    with tools.tab_of(browser, small_site.as_uri()) as tab:
        yield tab


@pytest.fixture
def tab(opened):
    fresh = opened.fresh()
    yield fresh
    assert not fresh.faults


PIXELS = """() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => {
    const canvas = document.querySelector('canvas.surface');
    const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data;
    let sum = 0, drawn = 0;
    for (let k = 0; k < data.length; k += 4) {
        if (data[k + 3]) drawn += 1;
        sum = (31 * sum + data[k] + 3 * data[k + 1] + 7 * data[k + 2] + 11 * data[k + 3]) % 2147483647;
    }
    done({ sum, drawn, width: canvas.width, shown: canvas.clientWidth });
})))"""


@languages
def test_page_keeps_picture_caption_and_alternative_text(small_site, language):
    page = BeautifulSoup((small_site / page_of(language)).read_text("utf8"), "html.parser")
    figures = page.select("article figure")
    assert len(figures) == 1 and figures[0].img["alt"] == TEXTS[language]["alt"]
    assert TEXTS[language]["caption"] in figures[0].figcaption.get_text()
    link = page.select_one(f"article p a[href='#fig-bowls-{language}'] .std-numref")
    assert link.get_text() == {"en": "Fig. 12.1", "ko": "그림 12.1"}[language]
    assert len(page.select("script.surface-data")) == 1
    start = (small_site / "index.html").read_text("utf8")
    assert "surface.js" not in start and "surface-data" not in start
    weight = len(gzip.compress(page.select_one("script.surface-data").string.encode()))
    weight += len(gzip.compress((small_site / "_static/surface.js").read_bytes()))
    assert weight < LIMIT / 4, weight


def test_numbers_are_not_indexed(small_site):
    assert "0.1" not in (small_site / "searchindex.js").read_text("utf8").replace("2.0.1", "")


@languages
def test_mouse_turns(tab, language):
    tab.open(page_of(language))
    box = tab.page.locator("canvas.surface").bounding_box()
    before = tab.run(PIXELS)
    assert before["drawn"] > 10_000
    x, y = box["x"] + box["width"] / 4, box["y"] + box["height"] / 2
    tab.page.mouse.move(x, y)
    tab.page.mouse.down()
    tab.page.mouse.move(x + 80, y + 20, steps=4)
    tab.page.mouse.up()
    turned = tab.run(PIXELS)
    assert turned["sum"] != before["sum"] and turned["drawn"] > 10_000
    tab.page.mouse.move(x - 80, y, steps=2)
    assert tab.run(PIXELS)["sum"] == turned["sum"], "without a button held nothing turns"


@languages
def test_keyboard_turns_and_brings_back(tab, language):
    tab.open(page_of(language))
    page, canvas = tab.page, tab.page.locator("canvas.surface")
    canvas.scroll_into_view_if_needed()
    first = tab.run(PIXELS)
    canvas.focus()
    seen = [first["sum"]]
    for key in ("ArrowLeft", "ArrowUp", "ArrowRight", "ArrowDown"):
        at = tab.run("() => window.scrollY")
        page.keyboard.press(key)
        seen.append(tab.run(PIXELS)["sum"])
        assert tab.run("() => window.scrollY") == at
    assert len(set(seen[:-1])) == 4 and seen[-1] == seen[0], "four different views, then round again"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("Home")
    assert tab.run(PIXELS)["sum"] == first["sum"]
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert tab.run(PIXELS)["sum"] != first["sum"], "the first button turns, too"


@languages
def test_what_assistive_software_hears(tab, language):
    tab.open(page_of(language))
    canvas = tab.page.get_by_role("application", name=TEXTS[language]["alt"])
    assert canvas.count() == 1 and canvas.get_attribute("tabindex") == "0"
    hint = tab.run("id => document.getElementById(id).textContent", canvas.get_attribute("aria-describedby"))
    assert ("arrow keys" if language == "en" else "화살표 키") in hint
    canvas.press("ArrowLeft")
    assert "320°" in tab.page.locator(".surface-said").text_content()
    tab.run(tools.axe_script() + "; 1")
    assert tab.run("() => axe.run('article', { preload: false }).then(found => found.violations.map(x => x.id))") == []


def test_ring_shows_where_the_focus_is(tab):
    tab.open(page_of("en"))
    tab.page.locator("canvas.surface").focus()
    tab.page.keyboard.press("ArrowLeft")
    assert tab.run("() => getComputedStyle(document.activeElement).outlineStyle") == "solid"


def test_fingers_turn_sideways_and_scroll_upwards(browser, small_site):
    context = browser.new_context(viewport=tools.PHONE, has_touch=True, is_mobile=True, device_scale_factor=2)
    page = context.new_page()
    page.goto(f"{small_site.as_uri()}/{page_of('ko')}")
    canvas = page.locator("canvas.surface")
    assert canvas.evaluate("canvas => getComputedStyle(canvas).touchAction") == "pan-y"
    assert page.evaluate("() => document.documentElement.scrollWidth <= window.innerWidth")
    before = page.evaluate(PIXELS)
    assert before["width"] == 2 * before["shown"], "as fine as the screen"
    box = canvas.bounding_box()
    spot = {"x": box["x"] + 60, "y": box["y"] + 60}
    touch = context.new_cdp_session(page)
    touch.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [spot]})
    for step in range(1, 6):
        moved = {"x": spot["x"] + 15 * step, "y": spot["y"]}
        touch.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [moved]})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    assert page.evaluate(PIXELS)["sum"] != before["sum"]
    context.close()


def test_dark_pages_have_light_letters(tab):
    tab.open(page_of("en"))
    light = tab.run(PIXELS)["sum"]
    tab.run("() => document.documentElement.setAttribute('data-theme', 'dark')")
    assert tab.run(PIXELS)["sum"] != light


def test_paper_gets_the_picture(tab):
    tab.open(page_of("en"))
    picture, frame = tab.page.locator("article figure img"), tab.page.locator(".surface-frame")
    assert not picture.is_visible() and frame.is_visible()
    tab.page.emulate_media(media="print")
    assert picture.is_visible() and not frame.is_visible()


def test_without_scripts_the_picture_stands(browser, small_site):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{small_site.as_uri()}/{page_of('en')}")
    assert page.locator("article figure img").is_visible()
    context.close()
