"""A reader's answers beside what the solution printed."""

import re

from .words import WORDS

NUMBER = r"(?<![\w.])[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
INTERVAL = re.compile(rf"({NUMBER}) \[({NUMBER}), ({NUMBER})\](?:, p = {NUMBER})?")


class NotYet(Exception):
    """An answer that is missing or wrong; the message says what to do."""

    def _render_traceback_(self):
        """What Jupyter shows: the sentence, no traceback through this file."""
        return [str(self)]


def judge(exercise, answer, lang):
    """The sentence for an answer that passes; `NotYet` for any other."""

    def say(what, **about):
        return WORDS[lang][what].format(number=exercise.number, **about)

    rows = exercise.rows() or [(WORDS[lang]["paper"], [])]
    for row, _ in rows:
        if row not in answer:
            raise NotYet(say("keys", row=row))
    given = {row: _tuple(answer[row], wanted) for row, wanted in rows}
    flat = [value for values in given.values() for value in values]
    if left := sum(value is ... for value in flat):
        raise NotYet(say("unfinished", left=left, total=len(flat)))
    if exercise.is_open or not exercise.rows():
        return say("open" if exercise.is_open else "unchecked")
    for row, wanted in rows:
        if len(given[row]) != len(wanted):
            raise NotYet(say("count", row=row, wanted=len(wanted), got=len(given[row])))
        for value, text in zip(given[row], wanted, strict=True):
            if not agrees(value, text):
                raise NotYet(say("wrong", row=row, given=value))
    return say("right")


def _tuple(value, wanted):
    """The blanks of a row: several stand in a tuple, a single one may be anything."""
    return value if isinstance(value, tuple) and len(wanted) > 1 else (value,)


def agrees(value, text):
    """Whether `value` is what the solution printed as `text`: words alike, numbers within what was printed.

    A number printed with its interval may lie anywhere in that interval; any other may be off by one unit of the last
    digit printed, which is how far rounding can differ on another machine.
    """
    text, shown = (some.replace("\N{MINUS SIGN}", "-") for some in (text, INTERVAL.sub(r"\1", _plain(value))))
    bands = [_band(match) for match in re.finditer(rf"{INTERVAL.pattern}|({NUMBER})(%?)", text)]
    numbers = [float(number) for number in re.findall(NUMBER, shown)]
    words, said = _words(INTERVAL.sub("", text)), _words(shown)
    if len(numbers) != len(bands) or (words and said != words and (said or not bands)):
        return False
    return all(
        low <= number <= high or (share and low <= 100 * number <= high)
        for number, (low, high, share) in zip(numbers, bands, strict=True)
    )


def _plain(value):
    """A value in digits: NumPy's numbers and torch's tensors as Python's."""
    return str(value.tolist() if hasattr(value, "tolist") else getattr(value, "mean", value))


def _words(text):
    return re.findall(r"(?<![\w.])[^\W\d]\w*", text.lower())


def _band(match):
    """(least, greatest, whether in per cent) of the numbers that pass for the one printed."""
    mean, low, high, single, percent = match.groups()
    if mean is not None:
        slack = max(_unit(low), 0.5 * (float(high) - float(low)))
        return float(low) - slack, float(high) + slack, False
    return float(single) - 1.01 * _unit(single), float(single) + 1.01 * _unit(single), bool(percent)


def _unit(number):
    """The value of one unit of the last digit of a printed number."""
    mantissa, _, exponent = number.lower().partition("e")
    return 10.0 ** (int(exponent or 0) - len(mantissa.partition(".")[2]))
