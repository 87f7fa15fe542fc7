"""The explorer in a real browser, from disk and without network (build first: ``make book``)."""

from __future__ import annotations

import gzip
import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
import site_tools as tools

from actfns import catalog
from book.ext import explorer
from book.ext.pages import LANGUAGES, counterpart

pytestmark = pytest.mark.site

PAGE = {language: f"chapters/{language}/explorer.html" for language in LANGUAGES}
ADDED = 150_000  # bytes, compressed
languages = pytest.mark.parametrize("language", list(LANGUAGES))


CURVES = "() => [...document.querySelectorAll('#explorer-graph .curve')].map(curve => curve.getAttribute('d'))"
READ = "() => [...document.querySelectorAll('.explorer-value')].map(output => output.textContent)"


def asked(tab):
    """The query of the tab's address, once it has been written."""
    tab.page.wait_for_timeout(300)
    return parse_qs(urlsplit(tab.page.url).query)


def shown(tab):
    """Names of the functions chosen."""
    return tab.page.locator(".explorer-list > li a").all_inner_texts()


@languages
def test_a_function_is_found_by_its_korean_name_and_drawn(tab, language):
    tab.open(PAGE[language])
    before = tab.run(CURVES)
    assert len(before) == 4
    tab.page.fill("#explorer-search", "스위시")
    visible = tab.page.locator(".explorer-results button:visible")
    ids = {button.get_attribute("data-id") for button in visible.all()}
    assert {"swish", "hard_swish"} <= ids and len(ids) < 12
    tab.page.locator(".explorer-results button[data-id=swish]").click()
    assert "Swish" in " ".join(shown(tab)) or "스위시" in " ".join(shown(tab))
    after = tab.run(CURVES)
    assert len(after) == 5 and after[:4] == before
    assert asked(tab)["f"][-1] == "swish"
    tab.page.locator(".explorer-results button[data-id=swish]").click()
    assert tab.run(CURVES) == before


@languages
def test_parameters_slide_and_the_address_brings_the_view_back(tab, language):
    tab.open(PAGE[language] + "?f=swish")
    before, value = tab.run(CURVES), tab.run(READ)
    slider = tab.page.locator(".explorer-list input[type=range]")
    slider.focus()
    for _ in range(30):
        tab.page.keyboard.press("ArrowRight")
    slid = tab.run(CURVES)
    assert slid != before and tab.run(READ) != value
    name, key, beta = asked(tab)["f"][0].split("*")
    assert (name, key) == ("swish", "beta") and float(beta) == pytest.approx(1.3)
    assert float(_number(tab.run(READ)[0])) == pytest.approx(float(catalog["swish"](1.0, beta=1.3)), abs=5e-5)
    address = tab.page.url
    tab.page.goto("about:blank")
    tab.page.goto(address)
    assert tab.run(CURVES) == slid
    tab.page.locator(".explorer-reset").click()
    assert tab.run(CURVES) == before


def _number(text):
    return text.split(" = ")[1].replace("−", "-")


@languages
@pytest.mark.parametrize(("order", "compute"), [
    ("f", lambda a, x: a(x)), ("d1", lambda a, x: a.derivative(x)), ("gate", lambda a, x: a(x) / x),
    ("d2", lambda a, x: (a.derivative(x + 1e-5) - a.derivative(x - 1e-5)) / 2e-5),
], ids=["f", "slope", "gate", "second"])
def test_values_read_are_those_of_the_catalogue(file_tab, language, order, compute):
    chosen = ["mish", "gelu", "selu", "softsign", "elish"]
    query = "&".join(f"f={name}" for name in chosen)
    file_tab.open(f"{PAGE[language]}?{query}&show={order}&at=-1.7")
    for name, text in zip(chosen, file_tab.run(READ), strict=True):
        assert float(_number(text)) == pytest.approx(compute(catalog[name], -1.7), rel=5e-4, abs=6e-5), name


@languages
def test_a_view_is_chosen_by_keyboard_alone(file_tab, language):
    """Order by arrow keys, a function by typing and Enter, values by the slider; focus is always to be seen."""
    file_tab.open(PAGE[language])
    page = file_tab.page
    page.locator(".explorer-choice input").first.focus()
    page.keyboard.press("ArrowRight")
    assert asked(file_tab)["show"] == ["d1"]
    ring = file_tab.run("() => getComputedStyle(document.activeElement.nextElementSibling).outlineStyle")
    assert ring == "solid"
    page.focus("#explorer-search")
    page.keyboard.type("gelu")
    page.keyboard.press("Enter")
    assert any(name.startswith("gelu") for name in asked(file_tab)["f"])
    count = len(shown(file_tab))
    page.locator(".explorer-remove").last.focus()
    page.keyboard.press("Enter")
    assert len(shown(file_tab)) == count - 1


def test_jumps_and_kinks_leave_gaps(file_tab):
    file_tab.open(PAGE["en"] + "?f=binary_step&f=hardshrink&f=relu")
    step, shrink, relu = file_tab.run(CURVES)
    assert (step.count("M"), shrink.count("M"), relu.count("M")) == (2, 3, 1)
    file_tab.open(PAGE["en"] + "?f=relu&show=d1")
    assert file_tab.run(CURVES)[0].count("M") == 2


def test_logarithmic_axes_show_both_sides(file_tab):
    file_tab.open(PAGE["en"] + "?f=sigmoid&show=d1&logx=1&logy=1&reach=30")
    right, left = file_tab.run(CURVES)
    assert right == left, "the slope of the sigmoid is even"
    assert file_tab.page.locator(".explorer-chart .faint").count() == 1


DEPTH = """() => [...document.querySelectorAll('[data-part=depth] tbody tr')]
    .map(row => [...row.cells].map(cell => cell.textContent))"""


@languages
def test_signals_vanish_explode_and_settle(file_tab, language):
    vanish, explode = {"en": ("vanishes", "explodes"), "ko": ("소실", "폭주")}[language]
    file_tab.open(PAGE[language] + "?f=sigmoid&f=relu&f=selu&layers=60&q=10")
    file_tab.page.wait_for_function("() => document.querySelectorAll('[data-part=depth] tbody tr').length === 3")
    sigmoid, relu, selu = file_tab.run(DEPTH)
    assert sigmoid[1] == relu[1] == vanish
    assert abs(float(selu[2].replace("−", "-"))) < 0.01 and float(selu[3]) == pytest.approx(1, abs=0.02)
    gain = file_tab.page.locator("[data-part=depth] input[type=range]").first
    gain.evaluate("slider => { slider.value = 2.5; slider.dispatchEvent(new Event('input')); }")
    said = "word => document.querySelector('[data-part=depth] tbody').textContent.includes(word)"
    file_tab.page.wait_for_function(said, arg=explode)
    assert asked(file_tab)["gain"] == ["2.5"]
    presets = file_tab.page.locator(".explorer-presets button")
    presets.nth(1).click()
    assert float(asked(file_tab)["gain"][0]) == pytest.approx(2**0.5, abs=1e-3)


@languages
def test_sheets_stand_side_by_side(file_tab, language):
    file_tab.open(PAGE[language] + "?f=relu&f=mish")
    head = file_tab.page.locator("[data-part=sheet] thead th").all_inner_texts()
    rows = file_tab.page.locator("[data-part=sheet] tbody tr").count()
    assert len(head) == 3 and rows >= 15
    assert "−0.3088" in file_tab.page.locator("[data-part=sheet]").inner_text()


@languages
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_assistive_software_finds_no_fault(file_tab, language, scheme):
    file_tab.page.emulate_media(color_scheme=scheme)
    file_tab.open(PAGE[language] + "?f=relu&f=srelu&f=mish&f=swish*beta*2")
    graph = file_tab.page.locator("#explorer-graph svg")
    assert graph.get_attribute("role") == "img"
    label = graph.get_attribute("aria-label")
    assert "ReLU" in label and bool(tools.HANGUL.search(label)) == (language == "ko")
    file_tab.page.wait_for_selector("#explorer-signal svg")
    file_tab.run(tools.axe_script() + "; 1")
    found = file_tab.run("""() => axe.run('article', { preload: false }).then(result =>
        result.violations.map(fault => `${fault.id}: ${fault.nodes[0].html.slice(0, 150)}`))""")
    assert found == []


@languages
def test_phones_have_room(file_tab, language):
    file_tab.page.set_viewport_size(tools.PHONE)
    file_tab.open(PAGE[language])
    file_tab.page.wait_for_selector("#explorer-signal svg")
    assert file_tab.run("() => document.documentElement.scrollWidth - window.innerWidth") <= 0


def test_lines_change_with_the_colours_of_the_page(file_tab):
    look = "() => getComputedStyle(document.querySelector('#explorer-graph .curve')).stroke"
    file_tab.open(PAGE["en"] + "?f=mish")
    light = file_tab.run(look)
    file_tab.page.emulate_media(color_scheme="dark")
    file_tab.open(PAGE["en"] + "?f=mish")
    assert file_tab.run(look) != light


@languages
def test_the_other_language_shows_the_same_view(file_tab, language):
    other = next(code for code in LANGUAGES if code != language)
    file_tab.open(PAGE[language] + "?f=gelu&show=d1")
    before = file_tab.run(CURVES)
    file_tab.page.locator("a.language-toggle").first.click()
    file_tab.page.wait_for_url(f"**/{other}/explorer.html*")
    assert file_tab.run(CURVES) == before
    assert counterpart(f"chapters/{language}/explorer", other) + ".html" == PAGE[other]


@pytest.mark.parametrize("query", ["f=nosuch&show=huh&gain=99&q=x&layers=-3", "f=swish*beta*1e9", "f=", "%F0%9F%98%80"])
def test_nonsense_in_the_address_does_no_harm(file_tab, query):
    file_tab.open(f"{PAGE['en']}?{query}")
    assert file_tab.page.locator("#explorer-graph svg").count() == 1
    assert file_tab.page.locator(".explorer-choice input:checked").get_attribute("value") == "f"


@languages
def test_links_of_the_page_lead_to_views(file_tab, language):
    links = [link["href"] for link in tools.article(PAGE[language]).select("li > p > a[href^='?'], li > a[href^='?']")]
    assert len(links) == 8
    for link in links:
        query, _, place = link.partition("#")
        wanted = [one.split("*")[0] for one in parse_qs(query[1:])["f"]]
        assert all(name in catalog for name in wanted)
        assert not place or place in tools.anchors(PAGE[language])
        file_tab.open(PAGE[language] + query)
        assert file_tab.page.locator(".explorer-list > li").count() == len(wanted)


def test_the_page_is_light():
    page = tools.soup(PAGE["ko"])
    own = [tag["src"].split("?")[0] for tag in page.select("script[src]") if "explorer/" in tag["src"]]
    own += [tag["href"].split("?")[0] for tag in page.select("link[href]") if "explorer/" in tag["href"]]
    assert len(own) == len(explorer.SCRIPTS) + 3
    files = [(tools.SITE / PAGE["ko"]).parent / unquote(path) for path in own]
    total = sum(len(gzip.compress(file.read_bytes())) for file in files)
    assert total < ADDED / 3, total
    others = [path for path in tools.page_files() if not re.search("explorer", path)]
    assert not any("explorer/maths.js" in (tools.SITE / path).read_text("utf8") for path in others)
