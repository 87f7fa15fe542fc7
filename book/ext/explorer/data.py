"""What the explorer knows, written by Python: programs of all functions of one number, their names, their sheets."""

from __future__ import annotations

import json

from actfns import catalog
from actfns.plots.colours import colour, dash
from book.ext.cards import sheet, sources
from book.ext.cards.words import anchor, family_name, name, short
from book.ext.explorer.tracing import program
from book.ext.explorer.words import WORDS
from book.start_figure import on_dark

GREEK = {"alpha": "α", "beta": "β", "gamma": "γ", "lambda": "λ", "theta": "θ", "omega": "ω"}
SUBSCRIPTS = str.maketrans("0123456789lrpn", "₀₁₂₃₄₅₆₇₈₉ₗᵣₚₙ")


def functions() -> list:
    """The functions of one number, in the order of the catalogue."""
    return [function for function in catalog.values() if function.arity == "pointwise"]


def title(function, language: str) -> str:
    """Short name; in Korean the English one where that is the name people know.

    >>> title(catalog["mish"], "ko"), title(catalog["sigmoid"], "ko")
    ('Mish', '시그모이드')
    """
    own = name(function, language)
    english = short(function.name)
    known = language != "ko" or f"({english})".lower() not in own.lower()
    return short(own) if known else own.rpartition("(")[2].rstrip(")")


def symbol(latex: str) -> str:
    """A parameter's symbol without LaTeX.

    >>> symbol(r"\\omega_0"), symbol("a_1"), symbol(r"\\beta")
    ('ω₀', 'a₁', 'β')
    """
    letter, _, below = latex.lstrip("\\").partition("_")
    return GREEK.get(letter, letter) + below.strip("{}").translate(SUBSCRIPTS)


def span(parameter) -> tuple[float, float]:
    """Between which values the slider of a parameter moves."""
    at = float(parameter.default)
    if parameter.domain == "real":
        return at - 3, at + 3
    return (0.0 if "=" in parameter.domain else at / 20), max(4 * at, 1.0)


def script() -> str:
    """``explorer/functions.js``: an object of programs, f and its slope, by id."""
    lines = []
    for function in functions():
        names = [parameter for parameter, known in function.params.items() if not known.option]
        head = f"(x{''.join(f',{one}' for one in names)})=>"
        both = (program(formula, names) for formula in (function._function, function._slope))
        lines.append(f"{function.id}:[{','.join(f'{head}{{{text}}}' for text in both)}]")
    head = '"use strict";\n// Written from actfns.families while the book is built.\nconst explorerPrograms = {\n'
    return head + ",\n".join(lines) + "\n};\n"


def facts(language: str) -> dict:
    """What the page says in a language: names, parameters, sheets, words."""
    return {"words": WORDS[language], "functions": {function.id: _of(function, language) for function in functions()}}


def _of(function, language):
    light = colour(function)
    known = {
        "name": title(function, language),
        "search": " ".join([function.id, function.name, function.name_ko, *function.aliases]).lower(),
        "family": family_name(function.family, language),
        "card": f"functions/{sources.slug(function.family)}.html#{anchor(function)}",
        "light": light,
        "dark": on_dark(light),
        "dash": "" if dash(function) == "-" else " ".join(f"{2 * length:g}" for length in dash(function)[1]),
        "params": [_parameter(known) for known in function.params.values() if not known.option],
        "sheet": sheet.rows(function, language),
    }
    if function._require:
        known["needs"] = function._require[0].split()
    return known


def _parameter(known):
    low, high = span(known)
    step = 0.1 if high - low > 20 else 0.01
    ends = [round(round(end / step) * step, 2) for end in (max(low, step) if low > 0 else low, high)]
    return [known.name, symbol(known.symbol), float(known.default), *ends, step]


def facts_script(language: str) -> str:
    """``explorer/facts-<language>.js``."""
    text = json.dumps(facts(language), ensure_ascii=False, separators=(",", ":"))
    return f'"use strict";\nconst explorerFacts = {text};\n'
