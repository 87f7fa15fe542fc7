"""Characters that would come out as empty boxes ("tofu")."""

import logging
import re
import warnings

from matplotlib.cbook import is_math_text
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.mathtext import MathTextParser
from matplotlib.text import Text


def missing_glyphs(figure):
    """The set of characters in the figure's texts that no font in charge can draw; empty if all is well.

    A text without ``$`` may use every font of ``font.family``, one with ``$…$`` only the first (outside the formula)
    and the mathematical fonts (inside).

    >>> import matplotlib.pyplot as plt
    >>> from actfns.plots import style
    >>> with style():
    ...     fig, ax = plt.subplots()
    ...     _ = ax.set_title("기울기 −1, $f'(x)$"), ax.set_xlabel("한자 龍")
    ...     missing_glyphs(fig)
    {'龍'}
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph", UserWarning)  # matplotlib's own remark, once per glyph and place
        figure.draw_without_rendering()
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    return set().union(*map(_missing, texts))


def _missing(text):
    """Missing characters of one text."""
    string, font = text.get_text(), text.get_fontproperties()
    if text.get_parse_math() and is_math_text(string):
        return _missing_in_formula(string, font)
    known = set().union(*(_characters(font, family) for family in font.get_family()))
    return {character for character in string if ord(character) not in known and not character.isspace()}


def _characters(font, family):
    one = font.copy()
    one.set_family(family)
    return get_font(findfont(one)).get_charmap().keys()


def _missing_in_formula(string, font):
    """What matplotlib itself says when it sets the formula; a parser of our own, because it speaks only once."""
    heard = _Listener()
    log = logging.getLogger("matplotlib.mathtext")
    log.addHandler(heard)
    before, log.propagate = log.propagate, False
    try:
        MathTextParser("path").parse(string, prop=FontProperties() if font is None else font)
    finally:
        log.removeHandler(heard)
        log.propagate = before
    return heard.characters


class _Listener(logging.Handler):
    def __init__(self):
        super().__init__(logging.WARNING)
        self.characters = set()

    def emit(self, record):
        self.characters |= {chr(int(code, 16)) for code in re.findall(r"U\+([0-9a-fA-F]+)", record.getMessage())}
