"""Style sheets and icons of the theme, cut down to what the site shows.

The theme brings all of Bootstrap and two thousand icons; the site uses a small part. A rule is kept unless it needs
a class that no page and no script has; an icon is kept if a style sheet that was cut so has its character.
"""

from __future__ import annotations

import logging
import re
from pathlib import Path

from fontTools import subset
from fontTools.ttLib import TTFont

_RULE = re.compile(r"(?P<licence>\s*(?:/\*.*?\*/\s*)*)(?P<selectors>[^{};]+)\{(?P<body>[^{}]*)\}", re.DOTALL)
_COMMA = re.compile(r",(?![^()]*\))")
_CONDITION = re.compile(r":(?:not|is|where|has)\((?:[^()]|\([^()]*\))*\)")
_NEEDED = re.compile(r"\.(-?[A-Za-z_][\w-]*)")
_CLASSES = re.compile(r'\bclass="([^"]*)"')
_WORD = re.compile(r"[A-Za-z_][\w-]*")
_SHEETS = ("styles/pydata-sphinx-theme.css", "sphinx-design.min.css")
_PUT_TOGETHER = ("bs-",)  # classes that Bootstrap's script composes when it needs them
_CODE = re.compile(r"\\(e[0-9a-f]{3}|f[0-9a-f]{3})\b|([\ue000-\uf8ff])")
_FONTS = "vendor/fontawesome/webfonts"
_SOURCE = re.compile(rf'src:url\(([^)]*{_FONTS}/[\w-]+)\.woff2\) format\("woff2"\),url\([^)]*\) format\("truetype"\)')


def without_unused(sheet: str, classes: set[str]) -> str:
    """The style sheet without selectors that need a class not among ``classes``, and rules that have no other.

    >>> without_unused("a,.b .c,.b:not(.c){d:e}@media f{.c{g:h}}", {"b"})
    'a,.b:not(.c){d:e}@media f{}'
    """

    def left(rule: re.Match) -> str:
        kept = [selector for selector in _COMMA.split(rule["selectors"]) if _applies(selector, classes)]
        return rule["licence"] + (f"{','.join(kept)}{{{rule['body']}}}" if kept else "")

    return _RULE.sub(left, sheet)


def _applies(selector: str, classes: set[str]) -> bool:
    needed = _NEEDED.findall(_CONDITION.sub("", selector))
    return all(name in classes or name.startswith(_PUT_TOGETHER) for name in needed)


def used_classes(site: Path) -> set[str]:
    """Classes of all pages, and every word of every script: it may be a class that the script sets."""
    static = site / "_static"
    pages = (path for path in site.rglob("*.html") if static not in path.parents)
    lists = {names for path in pages for names in _CLASSES.findall(path.read_text("utf8"))}
    words = {word for path in static.rglob("*.js") for word in _WORD.findall(path.read_text("utf8"))}
    return words.union(*(names.split() for names in lists))


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
    """Cut style sheets and icon fonts of a finished site down to what it shows."""
    static = site / "_static"
    classes, wanted = used_classes(site), set()
    for path in static.rglob("*.css"):
        sheet = path.read_text("utf8")
        if path.relative_to(static).as_posix() in _SHEETS:
            sheet = _SOURCE.sub(r'src:url(\1.woff) format("woff")', without_unused(sheet, classes))
            path.write_text(sheet, "utf8", newline="\n")
        wanted |= characters(sheet)
    for font in (static / _FONTS).glob("*.ttf"):
        cut(font, wanted)


def _on_finished(app, exception):
    if exception is None and app.builder.format == "html":
        reduce(Path(app.outdir))


def setup(app):
    # After the scripts that nobody loads are gone (priority 500).
    app.connect("build-finished", _on_finished, priority=900)
