"""The first cell of a notebook once the book has an address: Colab opens a notebook alone, the cell fetches the rest.

The address is `[project.urls] repository` in pyproject.toml. Without one there is no such cell.
"""

import tomllib
from functools import cache

import nbformat

from .stages import ROOT

START = "# On Colab a notebook comes alone: fetch the book."
LINES = """\
import sys

if "google.colab" in sys.modules:
    !git clone --quiet --depth 1 {address} book
    %pip install --quiet "./book[{extras}]"
    %cd book/chapters"""
EXTRAS = "lab,survey,claims"


@cache
def address():
    """Where the book's repository is published; None as long as it is not."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return project.get("urls", {}).get("repository")


def cells():
    """The cell to begin with, in a list; none without an address."""
    if not address():
        return []
    source = "\n".join([START, LINES.format(address=address(), extras=EXTRAS)])
    return [nbformat.v4.new_code_cell(source, metadata={"tags": ["remove-cell"]})]


def fetches(cell):
    """Whether a notebook's cell is the one that fetches the book."""
    return cell.source.startswith(START)
