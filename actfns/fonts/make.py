"""Make ActfnsSans-Regular.ttf, the Korean font of the book's figures, from NanumSquareR.ttf.

    python actfns/fonts/make.py path/to/NanumSquareR.ttf

The source is part of Debian's package fonts-nanum 20200506-1 (SIL Open Font License 1.1). What is kept of Hangul
syllables, compatibility jamo, Latin, Greek and mathematical signs is what the source draws. It has all 11,172 syllables
in its table and draws 2,479, those of KS X 1001 among them; the rest are blank, and a blank that counts as a letter
keeps programs from taking another font. Hinting is dropped.
What is added: the minus sign U+2212, which the source lacks, copied from the plus sign's bar. The licence reserves
the name of the source, so the result has a name of its own.
"""

import sys
from pathlib import Path

from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

NAME = "ActfnsSans"
MINUS, SPACES = 0x2212, (0x20, 0xA0)
RANGES = [
    (0x0020, 0x007E), (0x00A0, 0x017F),  # Latin
    (0x0370, 0x03FF),  # Greek
    (0x2010, 0x2027), (0x2030, 0x203B), (0x2070, 0x209F),  # punctuation, primes, superscripts
    (0x2190, 0x21FF), (0x2200, 0x22FF), (0x25A0, 0x25FF),  # arrows, mathematical signs, geometric shapes
    (0x3131, 0x318E), (0xAC00, 0xD7A3),  # jamo, syllables
]
TABLES = ["GDEF", "GPOS", "GSUB", "FFTM", "gasp", "kern"]
LICENCE = "This Font Software is licensed under the SIL Open Font License, Version 1.1. https://openfontlicense.org"


def make(source, target):
    """Write the renamed subset of the font file ``source`` to ``target``; the same source gives the same bytes."""
    font = TTFont(source, recalcTimestamp=False)
    subset(font)
    add_minus(font)
    rename(font)
    font.save(target)


def subset(font):
    """Keep the characters of `RANGES` that have a shape, without hinting and layout tables."""
    options = Options()
    options.hinting, options.legacy_kern, options.layout_features, options.name_IDs = False, False, [], ["*"]
    options.drop_tables += TABLES
    subsetter = Subsetter(options)
    wanted, shapes = {code for first, last in RANGES for code in range(first, last + 1)}, font["glyf"]
    kept = {code for code, name in font.getBestCmap().items()
            if code in wanted and (code in SPACES or len(shapes[name].getCoordinates(shapes)[0]))}
    subsetter.populate(unicodes=kept)
    subsetter.subset(font)
    for table in font["cmap"].tables:  # a blank stays where another glyph is made of it
        table.cmap = {code: name for code, name in table.cmap.items() if code in kept}


def add_minus(font):
    """Draw U+2212 as the horizontal bar of the plus sign: same width, weight and height."""
    plus = font.getBestCmap()[ord("+")]
    glyph, (advance, bearing) = font["glyf"][plus], font["hmtx"][plus]
    low, high = bar(glyph.getCoordinates(font["glyf"])[0], glyph)
    pen = TTGlyphPen(None)
    pen.moveTo((glyph.xMin, low))
    for point in [(glyph.xMin, high), (glyph.xMax, high), (glyph.xMax, low)]:
        pen.lineTo(point)
    pen.closePath()
    font.setGlyphOrder([*font.getGlyphOrder(), "minus"])
    font["glyf"]["minus"], font["hmtx"]["minus"] = pen.glyph(), (advance, bearing)
    for table in font["cmap"].tables:
        if table.isUnicode():
            table.cmap[MINUS] = "minus"


def bar(points, glyph):
    """Lower and upper edge of the bar: the heights of the points at the far left of the plus sign."""
    heights = sorted(y for x, y in points if x == glyph.xMin)
    return heights[0], heights[-1]


def rename(font):
    """Replace the names; the copyright notice stays (its text is garbled in the source's first record)."""
    names = font["name"]
    notice = names.getName(0, 3, 1, 0x409).toUnicode().replace("ⓒ", "(c)")
    notice += " Subset and minus sign: the authors of actfns."
    names.names = []
    for number, text in {0: notice, 1: NAME, 2: "Regular", 3: f"{NAME} 1.0", 4: NAME, 5: "Version 1.0",
                         6: f"{NAME}-Regular", 13: LICENCE, 14: "https://openfontlicense.org"}.items():
        names.setName(text, number, platformID=3, platEncID=1, langID=0x409)


if __name__ == "__main__":
    make(sys.argv[1], Path(__file__).with_name(f"{NAME}-Regular.ttf"))
