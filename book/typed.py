"""Decimals typed by hand: where a chapter's prose says 0.973, a cell should have computed it.

A decimal is taken for a setting where the chapter's code has it as a number (or it is that many per cent). Others need
a line in ``book/typed.yml``, which says where they come from; what is left is a fault (``python -m book check``).
"""

import re

import yaml

from .source import VALUE

_CODE = re.compile(r"^(`{3,}|~~~)(?!\{).*?^\1", re.MULTILINE | re.DOTALL)  # code that is only shown
_ELSEWHERE = re.compile(  # formulas, code, roles, addresses, options of directives
    r"\$\$.*?\$\$|\$[^$]*\$|`[^`]*`|\{[\w:]+\}`[^`]*`|\]\([^)]*\)|^:\w[\w-]*:.*?$", re.MULTILINE | re.DOTALL
)
_DECIMAL = re.compile(r"(?<![\w.,])\d+\.\d+(?!\.?\d)")
_LITERAL = re.compile(r"(?<![\w.])\d+\.?\d*(?:e[+-]?\d+)?")


def load(path):
    """Chapter → {number as typed: where it comes from}."""
    return yaml.safe_load(path.read_text(encoding="utf-8")) or {} if path.exists() else {}


def faults(chapter, allowed):
    """A sentence for every typed decimal of the chapter whose source nobody has named, and for idle permissions."""
    named, known, seen = allowed.get(chapter.name) or {}, settings(chapter), set()
    for unit in chapter.units:
        found = typed(unit)
        seen |= set(found)
        for number, languages in found.items():
            if number not in named and float(number) not in known:
                yield (
                    f"{chapter.path}:{unit.line}: {number} is typed ({', '.join(languages)}): insert it, "
                    "{{ value:.2f }}, or say in book/typed.yml where it comes from"
                )
    for number in named.keys() - seen:
        yield f"{chapter.path}: book/typed.yml allows {number}, which is not typed there"


def typed(unit):
    """Decimal → languages, for those in the prose of a unit: its passages, captions and text alternatives."""
    found = {}
    for pair in unit.pairs():
        for lang, text in pair.items():
            for match in _DECIMAL.finditer(_ELSEWHERE.sub(" ", VALUE.sub(" ", _CODE.sub("", text)))):
                found.setdefault(match[0], {})[lang] = True
    return {number: list(languages) for number, languages in found.items()}


def settings(chapter):
    """The numbers in the code of the chapter, and the same as per cent."""
    numbers = {float(found) for unit in chapter.code for found in _LITERAL.findall(unit.text("en"))}
    return numbers | {number / 100 for number in numbers} | {round(100 * number, 10) for number in numbers}
