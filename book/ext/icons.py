"""Icons: the theme's fonts and rules, cut down to the icons that the site shows.

Font Awesome draws two thousand icons in 300 kB, and the style sheet has a rule for each; the site shows a few dozen.
An icon is shown if a page or a script has its class, or if a style sheet has its character.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

_RULE = re.compile(r'(?P<classes>(?:\.fa-[a-z0-9-]+:{1,2}before,?)+)\{content:"[^"]*"\}')
_CLASS = re.compile(r"\bfa-[a-z0-9-]+")
_CODE = re.compile(r"\\(e[0-9a-f]{3}|f[0-9a-f]{3})\b|([\ue000-\uf8ff])")
_FONTS = "vendor/fontawesome/webfonts"
_SOURCE = re.compile(rf'src:url\(([^)]*{_FONTS}/[\w-]+)\.woff2\) format\("woff2"\),url\([^)]*\) format\("truetype"\)')


def without_unused(sheet: str, shown: set[str]) -> str:
    """The style sheet without the rules of icons whose classes are not ``shown``.

    >>> without_unused('.fa-a:before,.fa-b:before{content:"\\\\f001"}.fa-c:before{content:"\\\\f002"}', {"fa-b"})
    '.fa-a:before,.fa-b:before{content:"\\\\f001"}'
    """
    return _RULE.sub(lambda rule: rule[0] if shown.intersection(_CLASS.findall(rule["classes"])) else "", sheet)


def characters(sheet: str) -> set[int]:
    """Code points of icons in a style sheet.

    >>> sorted(map(hex, characters('a{content:"\\\\f0c9"} b{content:"\\uf3d1"} c{color:#fff0c9}')))
    ['0xf0c9', '0xf3d1']
    """
    return {int(code, 16) if code else ord(letter) for code, letter in _CODE.findall(sheet)}


def cut(font: Path, wanted: set[int]) -> None:
    """Put ``NAME.woff`` with the characters ``wanted`` in the place of ``NAME.ttf`` and ``NAME.woff2``."""
    whole = TTFont(font, recalcTimestamp=False)
    subsetter = subset.Subsetter(subset.Options(notdef_outline=True, layout_features=[]))
    subsetter.populate(unicodes=wanted)
    logging.getLogger("fontTools").setLevel(logging.WARNING)
    subsetter.subset(whole)
    whole.flavor = "woff"
    whole.save(font.with_suffix(".woff"))
    font.unlink()
    font.with_suffix(".woff2").unlink(missing_ok=True)


def reduce(site: Path) -> None:
    """Cut fonts and style sheets of a finished site down to the icons it shows."""
    static = site / "_static"
    pages = (path for path in site.rglob("*.html") if static not in path.parents)
    shown = {name for path in (*pages, *static.rglob("*.js")) for name in _CLASS.findall(path.read_text("utf8"))}
    wanted = set()
    for path in static.rglob("*.css"):
        before = path.read_text("utf8")
        sheet = _SOURCE.sub(r'src:url(\1.woff) format("woff")', without_unused(before, shown))
        wanted |= characters(sheet)
        if sheet != before:
            path.write_text(sheet, "utf8", newline="\n")
    for font in (static / _FONTS).glob("*.ttf"):
        cut(font, wanted)


def _on_finished(app, exception):
    if exception is None and app.builder.format == "html":
        reduce(Path(app.outdir))


def setup(app):
    # After the scripts that nobody loads are gone (priority 500).
    app.connect("build-finished", _on_finished, priority=900)
