"""The reference cards: facts of every function in both languages, cards, index and family tree made from them."""

import doctest
import itertools
import re
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from bs4 import BeautifulSoup

from actfns import activation, catalog, facts, measure, plots
from book.ext import glossary
from book.ext.cards import card, drawing, index, sheet, sources, words

ROOT = Path(__file__).resolve().parents[1]
BOTH = ("en", "ko")
HANGUL = re.compile("[가-힣]")
each = pytest.mark.parametrize("name", list(catalog))
pointwise = pytest.mark.parametrize("name", [name for name, a in catalog.items() if a.arity == "pointwise"])
languages = pytest.mark.parametrize("language", BOTH)


@pytest.mark.parametrize("module", [drawing, sheet, sources, words], ids=lambda module: module.__name__)
def test_examples_in_docstrings(module):
    done = doctest.testmod(module)
    assert done.attempted and not done.failed


# --------------------------------------------------------------------------------------------------------------- facts
def test_facts_are_of_functions_and_families_that_exist():
    ids, families = facts.known()
    assert set(ids) == set(catalog)
    assert set(families) == {a.family for a in catalog.values()}


@each
@languages
def test_texts_are_there_in_both_languages(name, language):
    a = catalog[name]
    for text in (a.facts.traps[language], a.facts.users[language], words.about(a, language), words.name(a, language)):
        assert text.strip() == text and len(text) > 1
    for text in (a.facts.traps[language], words.about(a, language)):
        assert text.endswith(".") and bool(HANGUL.search(text)) == (language == "ko")
    shared = a.facts.users["en"] == a.facts.users["ko"]  # names only
    assert shared or a.facts.users[language].endswith(".") and bool(HANGUL.search(a.facts.users["ko"]))
    assert not HANGUL.search(a.facts.users["en"])


@pytest.mark.parametrize("family", facts.known()[1])
@languages
def test_families_are_named_and_described(family, language):
    found = facts.family(family)
    for text in (found.name[language], found.about[language]):
        assert bool(HANGUL.search(text)) == (language == "ko")
    assert found.about[language].endswith(".") and len(found.about[language]) > 40


def test_korean_texts_use_the_words_of_the_glossary():
    forbidden = [bad for term in glossary.terms().values() for bad in term.avoid]
    known = {name: a.facts for name, a in catalog.items()}
    said = {name: " ".join((f.about["ko"], f.traps["ko"], f.users["ko"])) for name, f in known.items()}
    said |= {family: facts.family(family).about["ko"] for family in facts.known()[1]}
    assert not [(name, bad) for name, text in said.items() for bad in forbidden if bad in text]


@each
def test_names_in_torch_exist(name):
    """Those in jax and keras are recorded: they are not installed here."""
    a = catalog[name]
    thing = torch
    for part in re.split(r"[ (]", a.facts.torch)[0].split(".")[1:]:
        thing = getattr(thing, part)
    assert bool(a.facts.torch) or a.native is None
    assert re.fullmatch(r"(jax\.(nn|numpy)\.\w+.*)?", a.facts.jax)
    assert re.fullmatch(r"(keras\.(activations|layers)\.\w+.*)?", a.facts.keras)


CLASS = re.compile(r"torch\.nn\.([A-Z]\w+)( \(β = 1\))?")
NEEDS = {"Softmax": {"dim": -1}, "Softmin": {"dim": -1}, "LogSoftmax": {"dim": -1},
         "Threshold": {"threshold": 1.0, "value": 0.0}}


@pytest.mark.parametrize("name", [name for name, a in catalog.items() if CLASS.fullmatch(a.facts.torch)])
def test_torch_modules_compute_the_function(name):
    """A torch.nn class that is named without arguments gives our values at its and our defaults."""
    a, kind = catalog[name], CLASS.fullmatch(catalog[name].facts.torch)[1]
    module = getattr(torch.nn, kind)(**NEEDS.get(kind, {})).eval()
    x = torch.linspace(-8, 8, 64, dtype=torch.float64)
    np.testing.assert_allclose(module.double()(x).detach(), a(x), rtol=1e-6, atol=1e-8)


def test_originals_are_in_the_catalogue_and_nothing_is_its_own_ancestor():
    for a in catalog.values():
        line = [a]
        while line[-1].facts.variant_of:
            line.append(catalog[line[-1].facts.variant_of])
            assert line[-1] not in line[:-1]


def test_a_fact_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="mish: there is no such fact as user; there are torch"):
        facts.from_table("mish", {"user": "me"})


# --------------------------------------------------------------------------------------------------------------- cards
@each
@languages
def test_a_card_has_everything(name, language):
    a = catalog[name]
    head, tail = card.head_text(a, language), card.tail_text(a, language)
    for part in (a.formula, a.derivative_formula):
        assert all(piece in head for piece in part.split(r"\quad"))
    assert f"`actfns.{name}`" in head and words.about(a, language) in head
    assert all(f"`{p.name}`" in head for p in a.params.values() if not p.option)
    assert all(text in tail for text in (a.facts.traps[language], a.facts.users[language], a.citation_key))
    assert all(text in tail for text in a.facts.names.values())
    assert f"{{taught}}`{name}`" in tail
    measured = BeautifulSoup(card.measurements(a, language, "there"), "html.parser")
    links = [link["href"] for link in measured.select("a")]
    assert links == ([f"there?f={name}"] if a.arity == "pointwise" else [])
    cells = [cell.get_text() for cell in measured.select(".fn-sheet th, .fn-sheet td")]
    assert len(cells) >= 10 and all(cell.strip() for cell in cells)
    alternative = measured.select_one("[role=img]")["aria-label"]
    assert bool(HANGUL.search(alternative)) == (language == "ko") and len(alternative) > 40


def test_the_sheet_says_what_was_measured():
    rows = dict(sheet.rows(catalog["mish"], "en"))
    found = measure("mish")
    assert rows["minimum"] == f"−{-found.minimum:.4g} at −{-found.minimum_at:.4g}"
    assert (rows["continuity class"], rows["monotonic"], rows["zero-centred"]) == ("C∞", "no", "no")
    assert rows["range"] == "[−0.3088, ∞)" and rows["slope at 0"] == "0.6"
    assert dict(sheet.rows(catalog["relu"], "ko"))["꺾인점"] == "0"
    assert dict(sheet.rows(catalog["exponential"], "en"))["finite in float16"] == "[−65500, 11.09]"
    several = dict(sheet.rows(catalog["softmax"], "en"))
    assert several["outputs sum to 1"] == "yes" and dict(sheet.rows(catalog["glu"], "en"))["outputs sum to 1"] == "no"


def path_points(path):
    """The points of each piece of an SVG path of M and L."""
    return [np.array([list(map(float, p.split())) for p in piece.split("L")]) for piece in path["d"].split("M")[1:]]


@pointwise
def test_the_lines_are_the_function_and_its_slope(name):
    """Back from pixels to numbers: every point lies on f or f′, and every x is covered."""
    a = catalog[name]
    soup = BeautifulSoup(drawing.graph(a, "en"), "html.parser")
    lo, hi = drawing.span(a)
    bottom, top = drawing.heights(*drawing.curves(a, lo, hi), lo, hi)
    frame = soup.select_one("svg svg")
    wide, tall = float(frame["width"]), float(frame["height"])
    for kind, f in (("value", a), ("slope", a.derivative)):
        pieces = [points for path in soup.select(f"path.{kind}") for points in path_points(path)]
        pixel = 1.01 * 0.05 * (hi - lo) / wide  # coordinates are rounded to a tenth
        for points in pieces:
            x, y = lo + points[:, 0] / wide * (hi - lo), top - points[:, 1] / tall * (top - bottom)
            near = np.array([f(np.clip(x + shift * pixel, lo, hi)) for shift in np.linspace(-1, 1, 9)])
            low, high = near.min(axis=0), near.max(axis=0)
            room = 0.06 / tall * (top - bottom) + 0.01 * np.abs(high - low)
            seen = (y > bottom) & (y < top)
            assert np.all((y >= low - room) & (y <= high + room) | ~seen), kind
        ends = np.array([[points[0, 0], points[-1, 0]] for points in pieces])
        assert np.isclose(np.ptp(ends, axis=1).sum(), wide, atol=0.5), kind


@each
@languages
def test_graphs_are_drawings_with_words(name, language):
    for text in (drawing.graph(catalog[name], language), drawing.thumbnail(catalog[name])):
        svg = ET.fromstring(text)
        paths = [node for node in svg.iter() if node.tag.endswith("path")]
        assert len(paths) >= 2 and "nan" not in text and "inf" not in text
        assert len(text) < 9000
    said = drawing.alternative(catalog["relu6"], language)
    assert "0, 6" in said and "−8" in said


# --------------------------------------------------------------------------------------------------------------- index
def rows_of(language):
    soup = BeautifulSoup(index.table(language, lambda page: page + ".html"), "html.parser")
    return soup.select("tbody tr")


def found_by(rows, text):
    """What the filter does: all words somewhere in the row."""
    return [row.a["href"].partition("#")[2].removeprefix("card-").replace("-", "_") for row in rows
            if all(word in row.get_text().lower() for word in text.lower().split())]


@languages
def test_every_function_is_in_the_index_and_its_link_leads_to_its_card(language):
    rows = rows_of(language)
    assert [row.a.get_text() for row in rows] == [words.name(a, language) for a in catalog.values()]
    for row, a in zip(rows, catalog.values()):
        page, _, anchor = row.a["href"].partition("#")
        folder, stem = Path(page).parent, Path(page).stem
        assert folder.as_posix() == f"chapters/{language}/functions"
        family = next(family for family in sources.families() if sources.slug(family) == stem)
        text = sources.page(family, language)
        assert f"({anchor}-{language})=\n## " in text and f"```{{function-card}} {a.id}\n" in text


@languages
def test_names_ids_and_aliases_are_found_in_either_language(language):
    rows = rows_of(language)
    for query, wanted in (("미시", "mish"), ("mish", "mish"), ("Misra", None), ("logistic", "sigmoid"),
                          ("normalised exponential", "softmax"), ("leaky_relu", "leaky_relu"), ("게이트 선형", "glu")):
        assert (wanted in found_by(rows, query)) if wanted else not found_by(rows, query), query
    for a in catalog.values():
        for known in (a.id, a.name, a.name_ko, *a.aliases):
            assert a.id in found_by(rows, known), known


@pointwise
def test_properties_in_the_index_are_the_measured_ones(name):
    found, place = measure(name), list(catalog).index(name)
    cells = [cell.get_text() for cell in rows_of("en")[place].find_all(["th", "td"])]
    bounded = {(True, True): "both sides", (True, False): "below", (False, True): "above", (False, False): "no"}
    assert cells[5] == bounded[bool(np.isfinite(found.inf)), bool(np.isfinite(found.sup))]
    assert (cells[6] == "jump") == bool(found.jumps) and (cells[6] == "C∞") == (found.continuity == np.inf)
    assert cells[7] == found.monotonic and (cells[8] == "yes") == found.zero_centred
    assert (cells[9] == "yes") == any(p.learnable for p in catalog[name].params.values()) and cells[10] == "one"


def test_columns_offer_choices():
    soup = BeautifulSoup(index.table("ko", str), "html.parser")
    headers = soup.select("thead th")
    assert {len(row.find_all(["th", "td"], recursive=False)) for row in soup.select("tbody tr")} == {len(headers)}
    chosen = {header.get_text() for header in headers if header.has_attr("data-choices")}
    assert chosen == {"계열", "연도", "유계", "매끄러움", "단조", "0 중심", "배우는 매개변수", "입력"}
    assert soup.select_one("td[data-choice]")["data-choice"].endswith("년대")


# --------------------------------------------------------------------------------------------------------------- pages
def test_pages_are_written_once_and_stale_ones_removed(tmp_path):
    for language in BOTH:
        (tmp_path / "chapters" / language).mkdir(parents=True)
    sources.write(tmp_path)
    files = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.*")}
    assert len(files) == 2 * (len(sources.families()) + 1)
    stale = tmp_path / "chapters/ko/functions/gone.md"
    stale.write_text("# gone")
    sources.write(tmp_path)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.*")} == files


def test_git_ignores_the_pages():
    if not (ROOT / ".git").exists():
        pytest.skip("not a repository")
    command = ["git", "-C", str(ROOT), "check-ignore", "chapters/ko/functions/relu.md"]
    assert subprocess.run(command, capture_output=True).returncode == 0


# ------------------------------------------------------------------------------------------------- without facts, added
@pytest.fixture
def bare():
    """A function that says nothing of itself but its formula, in a family of its own."""

    @activation(family="of/mine", name="Bare", name_ko="맨 함수", formula="f(x)=2x", derivative_formula="f'(x)=2")
    def bare_function(x):
        return 2 * x

    @bare_function.derivative_of
    def _(x):
        return 2 + 0 * x

    yield bare_function
    catalog.remove("bare_function")


@languages
def test_a_function_without_facts_has_a_card(bare, language):
    assert {"en": "맨 함수", "ko": "Bare"}[language] in card.head_text(bare, language)
    assert bare.derivative_formula in card.head_text(bare, language)
    assert words.WORDS[language]["nowhere"] in card.tail_text(bare, language)
    assert words.WORDS[language]["unpublished"] in card.tail_text(bare, language)
    assert "fn-graph" in card.measurements(bare, language)
    assert "bare_function" in found_by(rows_of(language), "맨 함수")
    page = sources.page("of/mine", language)
    assert page.startswith(f"(functions-of-mine-{language})=\n# of/mine\n") and len(page.split("\n")[3]) > 12


def test_facts_may_stand_in_the_decorator():
    table = {"torch": "torch.nn.Tanh", "users": {"en": "Us.", "ko": "우리."}, "variant_of": "tanh"}

    @activation(family="tanh", name="Own", name_ko="제 함수", formula="f(x)=x", derivative_formula="f'(x)=1",
                facts=table)
    def own_function(x):
        """Own: mine.

        More.
        """
        return x

    try:
        assert own_function.facts.torch == "torch.nn.Tanh" and own_function.summary == "Own: mine."
        tail = card.tail_text(own_function, "ko")
        assert "우리." in tail and "card-tanh-ko" in tail and words.about(own_function, "en") == "Mine."
        assert "card-own-function-en" in card.tail_text(catalog["tanh"], "en")
    finally:
        catalog.remove("own_function")


# ---------------------------------------------------------------------------------------------------------- family tree
@pytest.fixture
def tree(request):
    with plots.style():
        axes = plots.family_tree(lang=getattr(request, "param", None))
        axes.figure.canvas.draw()
        yield axes
        plt.close(axes.figure)


@pytest.mark.parametrize("tree", [None, "en", "ko"], indirect=True)
def test_the_tree_shows_every_function_once(tree):
    assert sorted(itertools.chain(*tree.boxes.values())) == sorted(catalog) == sorted(tree.places)
    assert not plots.missing_glyphs(tree.figure)
    frame = tree.figure.bbox
    boxes = [text.get_window_extent() for text in tree.texts]
    assert all(frame.x0 <= box.x0 and box.x1 <= frame.x1 and frame.y0 <= box.y0 for box in boxes)
    for one, other in itertools.combinations(boxes, 2):
        across = min(one.x1, other.x1) - max(one.x0, other.x0)
        assert across <= 0 or min(one.y1, other.y1) - max(one.y0, other.y0) <= 1


def test_variants_hang_from_their_originals(tree):
    wanted = {(a.facts.variant_of, a.id) for a in catalog.values() if a.facts.variant_of
              and catalog[a.facts.variant_of].family == a.family}
    assert set(tree.links) == wanted and len(wanted) == len(tree.links) > 40
    for original, variant in tree.links:
        assert tree.places[variant][0] > tree.places[original][0] and tree.places[variant][1] < tree.places[original][1]
    arrows = [text.get_text() for text in tree.texts if "←" in text.get_text()]
    assert len(arrows) == sum(bool(a.facts.variant_of) for a in catalog.values()) - len(wanted)
    assert sum(line.get_linestyle() == "--" for line in tree.lines) == len(wanted)
