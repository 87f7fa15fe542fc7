"""The table of published architectures, read from ``backbones.yml``."""

from dataclasses import dataclass, field, fields
from functools import cache
from importlib.resources import files


@dataclass(frozen=True)
class Backbone:
    """One architecture.

    * ``id, name, year, domain``; ``hidden, gate, attention, output``: its functions by role, "none" where it has none
    * ``parameters``: number, as text, with its source; ``paper``, ``arxiv``: where it was published
    * ``notes_row``: what the source notes' table says, with ``verdict`` and ``correction``, or None
    * ``main``: catalogue id of its main function; only where nobody can execute it (see `actfns.survey.main`)
    * ``models``: dicts that `actfns.survey.building.build` takes; empty where no library has the model
    * ``sources``: dicts ``where`` and ``found``, what was read there; ``verify``: where to look it up; ``remarks``
    """

    id: str
    name: str
    year: int
    domain: str
    hidden: str
    gate: str
    attention: str
    output: str
    parameters: str
    paper: str
    arxiv: str = ""
    main: str = ""
    notes_row: dict | None = field(default=None, repr=False)
    models: tuple = field(default=(), repr=False)
    sources: tuple = field(default=(), repr=False)
    verify: tuple = field(default=(), repr=False)
    remarks: tuple = field(default=(), repr=False)

    @property
    def known_from(self):
        """Where its functions are known from.

        "library" if a library has the model, "ours" if we wrote it from the paper, "source" if the authors' code was
        read, else "paper"; those of the first two kinds can be executed.
        """
        if self.models:
            return "ours" if self.models[0]["model"].startswith("ours:") else "library"
        return "source" if any(each["where"] != "the paper" for each in self.sources) else "paper"

    @property
    def link(self):
        """Address of the paper, or an empty string."""
        return self.arxiv and f"https://arxiv.org/abs/{self.arxiv}"


@cache
def _rows():
    import yaml

    text = files("actfns.survey").joinpath("backbones.yml").read_text("utf8")
    rows = [Backbone(**{name: tuple(value) if isinstance(value, list) else value for name, value in row.items()})
            for row in yaml.safe_load(text)]
    return {row.id: row for row in rows}


def backbones(id=None):
    """All rows of the table as a list of `Backbone`, or the one with this id. Raises `KeyError` if there is none.

    >>> from actfns import survey
    >>> survey.backbones("nin").hidden[:4], survey.backbones("nin").notes_row["hidden"]
    ('ReLU', 'No activation')
    """
    if id is None:
        return list(_rows().values())
    if id not in _rows():
        from difflib import get_close_matches

        raise KeyError(f"unknown backbone {id!r}; near: {', '.join(get_close_matches(str(id), _rows())) or 'none'}")
    return _rows()[id]


def table():
    """`pandas.DataFrame` of all rows, for filtering; its index is the id.

    >>> from actfns import survey
    >>> int(survey.table().query("domain == 'language' and year >= 2023").hidden.str.contains("SwiGLU").sum()) > 10
    True
    """
    import pandas

    columns = [each.name for each in fields(Backbone)][:11] + ["known_from"]
    return pandas.DataFrame([[getattr(row, name) for name in columns] for row in backbones()],
                            columns=columns).set_index("id")
