"""Korean particles follow the sound before them; behind a computed number they are chosen when the number is known."""

import re

from .source import VALUE

PAIRS = ("은", "는"), ("이", "가"), ("을", "를"), ("과", "와"), ("으로", "로")  # behind a consonant, behind a vowel
_PAIR_OF = {particle: pair for pair in PAIRS for particle in pair}
_PARTICLE = "(으로|로|[은는이가을를과와])(?=부터|는|도|만|[^가-힣]|$)"
_BEHIND_VALUE = re.compile(rf"{VALUE.pattern}(?:{_PARTICLE})?")
_TYPED = re.compile(rf"(?<![\w.%/-])([\d.,]*\d%?){_PARTICLE}")  # 2/3 ends in its numerator


def filled(text, values):
    """`text` with the values of its expressions, and with the particles that go with them."""

    def fill(match):
        expression, written = match.groups()
        value = values.get(expression, match[0].removesuffix(written or ""))
        return value + (right(value, written) if written else "")

    return _BEHIND_VALUE.sub(fill, text)


def right(number, written):
    """The particle for what is `written` behind a number; behind anything else what is written.

    >>> right("0.96", "로"), right("7.1", "으로"), right("0.2", "을"), right("71%", "은"), right("10", "와")
    ('으로', '로', '를', '는', '과')
    """
    if not re.search(r"\d%?$", number):
        return written
    consonant, vowel = _PAIR_OF[written]
    behind_l = number[-1] in "178" and vowel == "로"  # 일, 칠, 팔
    return consonant if number[-1] in "013678" and not behind_l else vowel  # 영, 십, 일, 삼, 육, 칠, 팔


def wrong(text):
    """Sentences about particles that do not fit the number typed before them."""
    for number, written in _TYPED.findall(re.sub(r"`[^`]*`|\$[^$]*\$|\]\([^)]*\)", " ", text)):
        if right(number, written) != written:
            yield f"{number}{written} is read {number}{right(number, written)}"
