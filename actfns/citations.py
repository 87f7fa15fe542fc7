"""The bibliography of the book, read from ``references.bib``."""

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_ENTRY = re.compile(r"@(?P<kind>\w+)\{(?P<key>[^,]+),\n(?P<body>.*?)\n\}", re.DOTALL)
_FIELD = re.compile(r"^\s*(\w+)\s*=\s*\{(.*)\},?$", re.MULTILINE)
_VENUES = ("journal", "booktitle", "publisher", "howpublished")
_LETTERS = {r"{\"u}": "ü", r"{\'e}": "é", r"{\`e}": "è", r"{\'a}": "á", r"{\o}": "ø", r"{\L}": "Ł", r"\&": "&"}


@dataclass(frozen=True)
class Citation:
    """One publication: ``key``, ``authors`` (a string, names joined by "and"), ``title``, ``venue``, ``year``,
    ``doi`` and ``arxiv`` (empty when there is none).

    >>> from actfns.citations import bibliography
    >>> bibliography()["misra2020"].year
    2020
    """

    key: str
    authors: str
    title: str
    venue: str
    year: int
    doi: str = ""
    arxiv: str = ""

    @property
    def link(self):
        """Address of the publication, or an empty string."""
        if self.arxiv:
            return f"https://arxiv.org/abs/{self.arxiv}"
        return f"https://doi.org/{self.doi}" if self.doi else ""

    def __str__(self):
        return ", ".join(part for part in (self.authors, self.title, self.venue, str(self.year), self.link) if part)


@cache
def bibliography():
    """All entries of ``references.bib`` as a dict: citation key → `Citation`."""
    text = files("actfns").joinpath("references.bib").read_text("utf8")
    return {e["key"]: _citation(e["key"], dict(_FIELD.findall(e["body"]))) for e in _ENTRY.finditer(text)}


def _citation(key, fields):
    fields = {name.lower(): _plain(value) for name, value in fields.items()}
    venue = next((fields[name] for name in _VENUES if name in fields), "")
    return Citation(key, fields["author"], fields["title"], venue, int(fields["year"]),
                    doi=fields.get("doi", ""), arxiv=fields.get("eprint", ""))


def _plain(value):
    for tex, letter in _LETTERS.items():
        value = value.replace(tex, letter)
    return value.replace("{", "").replace("}", "")
