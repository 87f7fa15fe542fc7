"""The examples of both READMEs are the same and print what they say."""

import doctest
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

def examples(name):
    text = "\n".join(re.findall(r"```python\n(.*?)```", (ROOT / name).read_text("utf8"), re.DOTALL))
    return re.sub(r"^(>>> .*?)\s+# .*$", r"\1", text, flags=re.MULTILINE)  # the comments differ between languages


def with_traceback(text):
    return re.sub(r"^([\w.]+: no )", r"Traceback (most recent call last):\n\1", text, flags=re.MULTILINE)


def test_same_examples():
    assert examples("README.md") == examples("README.ko.md")


@pytest.mark.parametrize("name", ["README.md", "README.ko.md"])
def test_examples_run(name):
    document = doctest.DocTestParser().get_doctest(with_traceback(examples(name)), {}, name, name, 0)
    runner = doctest.DocTestRunner()
    runner.run(document)
    assert runner.tries >= 5 and runner.failures == 0
