"""The words of cards and index in both languages, and how numbers stand there."""

from __future__ import annotations

import math
import re

from actfns import catalog, facts
from actfns._measure import wording

WORDS = {
    "en": {
        "also": "also",
        "parameters": "Parameters",
        "learned": "learned",
        "convention": "At the edge",
        "traps": "Computing it",
        "names": "Elsewhere",
        "nowhere": "not in torch, jax or Keras",
        "users": "Used in",
        "relatives": "Relatives",
        "made_from": "made from {}",
        "variants": "variants: {}",
        "source": "Source",
        "unpublished": "not published",
        "taught": "Explained in",
        "measured": "Measured",
        "cards_of": "Cards of {}.",
        "solid": "Solid: f. Dashed: its slope f′.",
        "turn": "Turn it in the explorer",
        "solid_vector": "Solid: the outputs for the inputs (1, x). Dashed: their slopes in x.",
        "at": "{} at {}",
        "everywhere": "everywhere",
        "left_right": "left {}, right {}",
        "finite16": "finite in float16",
        "outputs": "outputs for 4 inputs",
        "sum_is_one": "outputs sum to 1",
        "shift": "adding a constant to all inputs changes nothing",
        "smallest": "smallest output seen",
        "largest": "largest output seen",
    },
    "ko": {
        "also": "다른 이름",
        "parameters": "매개변수",
        "learned": "학습",
        "convention": "경계에서",
        "traps": "계산할 때",
        "names": "다른 곳에서는",
        "nowhere": "torch, jax, Keras에 없다",
        "users": "쓰인 곳",
        "relatives": "가까운 함수",
        "made_from": "바탕: {}",
        "variants": "변형: {}",
        "source": "출처",
        "unpublished": "발표된 적이 없다",
        "taught": "설명하는 곳",
        "measured": "측정값",
        "cards_of": "카드에 있는 함수: {}.",
        "solid": "실선은 f, 파선은 도함수 f′이다.",
        "turn": "탐색기에서 움직여 보기",
        "solid_vector": "실선은 입력 (1, x)에 대한 출력, 파선은 그 출력을 x로 미분한 값이다.",
        "at": "{} ({}에서)",
        "everywhere": "모든 수",
        "left_right": "왼쪽 {}, 오른쪽 {}",
        "finite16": "float16에서 유한한 범위",
        "outputs": "입력 4개에 대한 출력 수",
        "sum_is_one": "출력의 합이 1",
        "shift": "모든 입력에 같은 수를 더해도 그대로",
        "smallest": "나타난 가장 작은 출력",
        "largest": "나타난 가장 큰 출력",
    },
}
ALT = {
    "en": {
        "graph": "Graph of {name} and, dashed, of its slope for x from {lo} to {hi}: range {range}, {monotonic}",
        "monotonic": {
            "increasing": "increasing",
            "decreasing": "decreasing",
            "constant": "constant",
            "no": "neither increasing nor decreasing",
        },
        "minimum": ", lowest point {} at {}",
        "kinks": ", kinks at {}",
        "jumps": ", jumps at {}",
        "slope": ", slope {} at 0",
        "vector": "Graph of the outputs of {name} for the inputs 1 and x, x from {lo} to {hi}, and, dashed, of their "
        "slopes: from {first} to {last}",
    },
    "ko": {
        "graph": "{name}의 그래프와 파선으로 그린 도함수, x는 {lo}부터 {hi}까지. 치역 {range}, {monotonic}",
        "monotonic": {"increasing": "증가 함수", "decreasing": "감소 함수", "constant": "상수 함수", "no": "단조 아님"},
        "minimum": ", 가장 낮은 점 {} ({}에서)",
        "kinks": ", 꺾인점 {}",
        "jumps": ", 불연속점 {}",
        "slope": ", 0에서의 미분계수 {}",
        "vector": "입력이 1과 x일 때 {name}의 출력과 파선으로 그린 미분계수의 그래프, x는 {lo}부터 {hi}까지. "
        "출력은 {first}에서 {last}까지",
    },
}
INDEX = {
    "en": {
        "caption": "All functions",
        "columns": "function, graph, family, year, range, bounded, smoothness, monotonic, zero-centred, "
        "learned parameters, inputs",
        "bounded": {(1, 1): "both sides", (1, 0): "below", (0, 1): "above", (0, 0): "no"},
        "inputs": {"pointwise": "one", "vector": "several"},
        "jump": "jump",
        "decade": "{}s",
        "any": "any",
    },
    "ko": {
        "caption": "모든 함수",
        "columns": "함수, 그래프, 계열, 연도, 치역, 유계, 매끄러움, 단조, 0 중심, 배우는 매개변수, 입력",
        "bounded": {(1, 1): "양쪽", (1, 0): "아래로", (0, 1): "위로", (0, 0): "아니요"},
        "inputs": {"pointwise": "하나", "vector": "여럿"},
        "jump": "불연속",
        "decade": "{}년대",
        "any": "모두",
    },
}


def name(function, language: str) -> str:
    """Name of a function in a language.

    >>> name(catalog["mish"], "ko")
    '미시 (Mish)'
    """
    return function.name_ko if language == "ko" else function.name


def family_name(id: str, language: str) -> str:
    """Name of a family in a language."""
    return facts.family(id).name[language]


def about(function, language: str) -> str:
    """What a function is, in a sentence or two of MyST text; empty where nobody has said it in that language.

    >>> about(catalog["relu"], "en")
    'Negative values become 0, positive ones stay.'
    """
    known = function.facts.about.get(language)
    return known or (_from_docstring(function) if language == "en" else "")


def _from_docstring(function) -> str:
    """The docstring's first paragraph without the function's name, other functions as links to their cards."""
    before, colon, after = function.summary.partition(": ")
    names = {n.casefold() for n in (function.id, *function.aliases, function.name, function.name.split(" (")[0])}
    text = _capitalised(after) if colon and before.casefold() in names else function.summary
    parts = text.split("`")
    parts[::2] = map(plain, parts[::2])
    parts[1::2] = [card_link(catalog[p], "en") if p in catalog else f"`{p}`" for p in parts[1::2]]
    return "".join(parts)


def _capitalised(text: str) -> str:
    """With a capital letter, unless it begins with a symbol such as x."""
    return text[:1].upper() + text[1:] if text[1:2].isalpha() else text


def plain(text: str) -> str:
    """Text in which nothing is markup."""
    return re.sub(r"([\\`*_$\[\]<>{}|~^#])", r"\\\1", text)


def card_link(function, language: str) -> str:
    """MyST link to a card."""
    return f"{{ref}}`{short(name(function, language))} <{anchor(function)}-{language}>`"


def anchor(function) -> str:
    """Anchor of a card, the same in both languages; its label has the language behind it.

    >>> anchor(catalog["hard_mish"])
    'card-hard-mish'
    """
    return f"card-{function.id.replace('_', '-')}"


def short(name: str) -> str:
    """A name without its explanation: “ReLU (rectified linear unit)” → “ReLU”."""
    return re.sub(r" \([^()]*\)$", "", name)


def number(value, language: str = "en", digits: int = 4) -> str:
    """A value of a sheet as text, with so many digits.

    >>> number(-0.123456), number((0.0, float("inf")))
    ('−0.1235', '0, ∞')
    """
    return wording.value_text(_rounded(value, digits), language)


def _rounded(value, digits):
    if isinstance(value, tuple):
        return tuple(_rounded(part, digits) for part in value)
    if isinstance(value, float) and math.isfinite(value):
        return float(f"{value:.{digits}g}") + 0.0
    return value
