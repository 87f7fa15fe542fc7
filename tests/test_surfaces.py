"""Surfaces to turn: what travels to the page, what is refused, and how notebook and page carry it."""

import base64
import gzip
import io
import json
import re
from pathlib import Path

import matplotlib

matplotlib.use("agg")

import numpy as np  # noqa: E402
import pytest  # noqa: E402
from PIL import Image  # noqa: E402

from actfns import plots  # noqa: E402
from actfns.plots import colours, turnable  # noqa: E402
from actfns.plots.turnable import HEIGHT, LIGHT, MIME, cut_cell, placed  # noqa: E402
from book import comparison  # noqa: E402
from book.ext import surfaces  # noqa: E402

X = np.linspace(-1, 1, 31)
U, V = np.meshgrid(X, X, indexing="ij")
BOWL = 0.5 + U**2 + 3 * V**2
SCRIPT = Path(__file__).resolve().parents[1] / "book/static/surface.js"
LIMIT = 60_000  # bytes, compressed


def heights(made, which=0):
    return np.array(made.payload["surfaces"][which]["z"])


# ---- what travels


def test_heights_are_shares_of_one_scale_for_all_surfaces():
    made = turnable({"relu": BOWL, "mish": 2 * BOWL}, X)
    low, high = BOWL.min(), 2 * BOWL.max()
    for k, z in enumerate((BOWL, 2 * BOWL)):
        np.testing.assert_allclose(heights(made, k) * (high - low) + low, z, atol=0.00051 * (high - low))


def test_rows_are_the_first_coordinate():
    z = heights(turnable(U + 0 * V, X))
    assert np.ptp(z, axis=1).max() == 0 and np.ptp(z[:, 0]) == 1


def test_numbers_have_three_decimals_and_stay_small():
    rng = np.random.default_rng(0)
    rough = {name: rng.random((41, 41)) for name in ("relu", "swish", "mish")}  # noise is what compresses worst
    text = turnable(rough, np.linspace(-1, 1, 41)).text()
    decimals = {len(found) for found in re.findall(r"\d\.(\d+)", text.split('"surfaces"')[1])}
    assert decimals == {3}
    size = len(gzip.compress(text.encode())) + len(gzip.compress(SCRIPT.read_bytes()))
    assert size < LIMIT / 3, size
    assert json.loads(text) == turnable(rough, np.linspace(-1, 1, 41)).payload


def test_a_logarithmic_axis_is_linear_in_the_exponent():
    made = turnable(10 ** (2 * U), X, log=True)
    np.testing.assert_allclose(heights(made)[:, 0], (X + 1) / 2, atol=0.00051)
    assert [text for _, text in made.payload["ticks"]] == ["0.01", "0.1", "1", "10", "100"]
    np.testing.assert_allclose([at for at, _ in made.payload["ticks"]], np.linspace(0, 1, 5))


@pytest.mark.parametrize("log", [False, True])
def test_a_ceiling_is_the_top_of_the_scale_and_infinity_lies_above_it(log):
    z = BOWL.copy()
    z[0, 0] = np.inf
    made = turnable(z, X, ceiling=2.0, log=log)
    shown = heights(made)
    assert ((shown > 1) == (z > 2.0)).mean() > 0.99 and shown[0, 0] == shown.max() == 3
    assert max(at for at, _ in made.payload["ticks"]) <= 1


def test_a_constant_surface_lies_on_the_floor():
    assert np.ptp(heights(turnable(0 * U, X))) == 0


def test_titles_that_are_functions_have_their_name_and_colour():
    first, second = turnable({"relu": BOWL, "other": BOWL}, X).payload["surfaces"]
    assert (first["title"], first["colour"]) == ("ReLU", colours.ink(colours.colour("relu")))
    assert second["title"] == "other" and "colour" not in second


@pytest.mark.parametrize(("z", "a", "options", "message"), [
    (BOWL[:-1], X, {}, r"shape \(31, 31\)"),
    (np.where(U > 0, np.nan, BOWL), X, {}, "nan at 465 points"),
    (np.where(U > 0, np.inf, BOWL), X, {}, "give a ceiling"),
    (-np.where(U > 0, np.inf, BOWL), X, {"ceiling": 1}, "infinite"),
    (BOWL, X, {"ceiling": 0.1}, "nothing lies below the ceiling"),
    (BOWL - 1, X, {"log": True}, "positive values only"),
    (BOWL, X**3, {}, "even steps"),
    (BOWL, X[::-1], {}, "even steps"),
    (BOWL, np.linspace(0, 1, 100), {}, "3 to 61"),
    (BOWL, X[:2], {}, "3 to 61"),
    ({}, X, {}, "between 1 and 4"),
    ({str(k): BOWL for k in range(5)}, X, {}, "between 1 and 4"),
    ({r"$\beta=2$": BOWL}, X, {}, "plain text"),
    (BOWL, X, {"view": (0, 90)}, "10 to 80 degrees"),
])
def test_what_cannot_be_shown_is_refused_in_words(z, a, options, message):
    with pytest.raises(ValueError, match=message):
        turnable(z, a, **options)


# ---- the picture


def test_picture_has_the_width_of_the_book_and_all_its_letters():
    made = turnable({"relu": BOWL, "Swish, β = 2": BOWL, "mish": BOWL}, X)
    figure = made.figure()
    with plots.style():
        assert not plots.missing_glyphs(figure)
    size = Image.open(io.BytesIO(made._repr_png_())).size
    assert size[0] == pytest.approx(6.2 * 168, abs=1)
    assert [axes.get_title(loc="center") for axes in figure.axes] == ["ReLU", "Swish, β = 2", "Mish"]


def test_near_cells_are_drawn_after_far_ones():
    for turn in (-35, 20, 100, 200, 300):
        made = turnable(0 * U, X, view=(turn, 30))
        cells = made.figure().axes[0].collections[-1].get_paths()
        centres = np.array([cell.vertices[:4].mean(0) for cell in cells])
        ups = centres[:, 1]  # on a flat surface what is farther is higher
        rows = ups.reshape(30, 30)
        assert (np.diff(rows, axis=1) < 0).all() and (np.diff(rows, axis=0) < 0).all()


def test_what_is_above_the_ceiling_is_cut_at_it():
    slope = np.array([0.0, 2.0, 2.0, 0.0])
    corners = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], float)
    assert cut_cell(corners, slope)[:, 0].max() == 0.5
    made = turnable(U + 0 * V, X, ceiling=0.02, view=(0, 40))
    right = [cell.vertices[:, 0].max() for cell in made.figure().axes[0].collections[-1].get_paths()]
    assert max(right) == pytest.approx(0.02, abs=0.001)


def test_nothing_is_nearer_than_the_near_corner():
    rng = np.random.default_rng(1)
    x, y, z = rng.uniform(-1, 1, (3, 500))
    for turn in (0, 77, 200):
        right, up = placed(x, y, abs(z), (turn, 30))
        reach = np.sqrt(2) * 0.5 + HEIGHT / 2 * np.cos(np.radians(30))
        assert abs(right).max() <= np.sqrt(2) and abs(up).max() <= reach


# ---- from the notebook to the page


def output(made):
    data, metadata = made._repr_mimebundle_()
    data["image/png"] = base64.b64encode(data["image/png"]).decode()
    return {"output_type": "execute_result", "data": data, "metadata": metadata, "execution_count": None}


def test_a_last_digit_may_differ_on_another_machine_but_no_more():
    stored, moved, other = [output(turnable(1.03 * BOWL + shift * U, X)) for shift in (0, 1e-3, 1e-2)]
    changed = [now["data"][MIME] != stored["data"][MIME] for now in (moved, other)]
    rounded = [comparison.as_rounded([now], [stored])[0] for now in (moved, other)]
    same = [now["data"][MIME] == stored["data"][MIME] for now in rounded]
    assert changed == [True, True] and same == [True, False]


def test_page_gets_the_data_behind_the_cell_and_the_picture_stays():
    made = turnable({"</script>": BOWL}, X)
    code = {"cell_type": "code", "outputs": [output(made)]}
    prose = {"cell_type": "markdown", "source": "text"}
    first, data, last = surfaces.with_data_shown([code, prose])
    assert first["outputs"][0]["data"].keys() == {"text/plain", "image/png"} and last is prose
    assert data["cell_type"] == "raw" and surfaces.has_surface(data["source"])
    inner = data["source"].removeprefix(surfaces.embedded("").removesuffix("</script>")).removesuffix("</script>")
    assert "</" not in inner and json.loads(inner) == made.payload
    assert not surfaces.has_surface("<p>surface-data</p>")


def test_package_extension_and_script_agree():
    script = SCRIPT.read_text("utf8")
    assert surfaces.MIME == MIME
    assert f"const HEIGHT = {HEIGHT};" in script and f"const LIGHT = [{', '.join(map(str, LIGHT))}];" in script
