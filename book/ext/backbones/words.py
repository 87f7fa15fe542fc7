"""The words of the table of architectures in both languages."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import yaml

from actfns import catalog
from book.ext.cards.words import name

WORDS = {
    "en": {
        "caption": "Published architectures and their activation functions",
        "columns": "architecture, year, domain, main function, hidden, gate, attention, output, executed, known from, "
        "paper",
        "known": {"library": "run", "ours": "run, written for this book", "source": "authors' code", "paper": "paper"},
        "any": "any",
        "made": "{count} models were run, on {date}, with {versions}.",
    },
    "ko": {
        "caption": "발표된 구조와 그 활성화 함수",
        "columns": "구조, 연도, 분야, 주된 함수, 은닉, 게이트, 어텐션, 출력, 실행된 연산, 근거, 논문",
        "known": {"library": "실행", "ours": "이 책의 코드로 실행", "source": "저자의 코드", "paper": "논문"},
        "any": "모두",
        "made": "모델 {count}개를 {date}에 {versions}로 실행했다.",
    },
}


@cache
def _korean() -> dict:
    return yaml.safe_load(Path(__file__).with_name("ko.yml").read_text("utf8"))


def said(text: str, language: str) -> str:
    """A wording or domain of the table in a language; names of functions alone are the same in both.

    >>> said("vision", "ko"), said("ReLU6", "ko"), said("none", "ko"), said("none", "en")
    ('영상', 'ReLU6', '없음', 'none')
    """
    return _korean().get(text, text) if language == "ko" else text


def function_name(id: str, language: str) -> str:
    """Short name of a catalogue function; of others what they are called.

    >>> function_name("relu", "ko"), function_name("gelu", "en"), function_name("fft", "en")
    ('ReLU', 'GELU', 'fft')
    """
    return re.sub(r" \([^()]*\)$", "", name(catalog[id], language)) if id in catalog else id
