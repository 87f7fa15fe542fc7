"""Decimals typed in prose are found, unless the code or book/typed.yml knows them."""

import re
from pathlib import Path

import pytest

from book import check, source, typed

ROOT = Path(__file__).resolve().parents[1]
CHAPTER = """---
kernelspec: {name: python3, display_name: Python 3}
---

+++ {"lang": "ko"}

# 장
학습률 0.3에서 PROSE이다. 3.15.1판, $x=0.111$, `0.222`, {ref}`sec-0.333`, [링크](a0.444.html), {{ rate + 0.555 }}.

+++ {"lang": "en"}

# Chapter
At rate 0.3 it is PROSE. Version 3.15.1, $x=0.111$, `0.222`, {ref}`sec-0.333`, [link](a0.444.html), {{ rate + 0.555 }}.

```{code-cell}
---
caption: {ko: CAPTION, en: CAPTION}
---
rate, share = 0.3, 0.25
```
"""


def told(tmp_path, prose="1", caption="a line", allowed=None):
    text = CHAPTER.replace("PROSE", prose).replace("CAPTION", caption)
    return list(typed.faults(source.read(tmp_path / "01-mini.md", text), {"01-mini": allowed or {}}))


@pytest.mark.parametrize("prose", ["1", "0.25", "25.0%", "0.3 [0.25, 0.30]"])
def test_settings_of_the_code_may_be_typed(tmp_path, prose):
    assert told(tmp_path, prose) == []


@pytest.mark.parametrize("prose, number", [
    ("0.973", "0.973"), ("−0.41", "0.41"), ("97.3%", "97.3"), ("(1.5, 2)", "1.5"),
])
def test_other_decimals_are_told(tmp_path, prose, number):
    [fault] = told(tmp_path, prose)
    assert re.match(rf".*01-mini.md:\d+: {re.escape(number)} is typed \(ko, en\): insert it", fault)


def test_captions_count(tmp_path):
    [fault] = told(tmp_path, caption="near 0.973")
    assert "0.973 is typed" in fault


def test_permissions_are_used_or_told(tmp_path):
    assert told(tmp_path, "0.973", allowed={"0.973": "somebody's table"}) == []
    assert "allows 0.974, which is not typed" in told(tmp_path, allowed={"0.974": "nobody"})[0]


def test_check_counts_a_typed_decimal_as_a_fault(tmp_path):
    (tmp_path / "book").mkdir()
    (tmp_path / "chapters").mkdir()
    text = CHAPTER.replace("PROSE", "0.973").replace("CAPTION", "a line")
    (tmp_path / "chapters" / "01-mini.md").write_text(text, encoding="utf-8")
    assert any("0.973 is typed" in fault for fault in check.faults(tmp_path / "chapters"))
    (tmp_path / "book" / "typed.yml").write_text('01-mini:\n  "0.973": somebody\'s table\n', encoding="utf-8")
    assert not any("is typed" in fault for fault in check.faults(tmp_path / "chapters"))


@pytest.mark.parametrize("path", source.find(ROOT / "chapters"), ids=lambda path: path.stem)
def test_every_decimal_of_the_book_has_its_source(path):
    """Computed, a setting of the code, or explained in book/typed.yml, which explains nothing else."""
    assert list(typed.faults(source.read(path), typed.load(ROOT / "book/typed.yml"))) == []


def test_every_permission_has_a_reason_and_a_chapter():
    allowed = typed.load(ROOT / "book/typed.yml")
    assert allowed.keys() <= {path.stem for path in source.find(ROOT / "chapters")}
    reasons = [reason for numbers in allowed.values() for reason in numbers.values()]
    assert all(isinstance(reason, str) and len(reason) > 10 for reason in reasons)
