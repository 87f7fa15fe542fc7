"""What is known of a function beyond its formula: names elsewhere, traps, users (``facts.toml``)."""

import tomllib
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

LANGUAGES = ("en", "ko")
_PLAIN = ("torch", "jax", "keras", "variant_of", "notes")
_TEXTS = ("about", "traps", "users")


@dataclass(frozen=True)
class Facts:
    """What is known of one function; empty where nothing is.

    ``torch, jax, keras``: its names there. ``variant_of``: id of the function it was made from. ``notes``: whether the
    source notes of the book treat it. ``about``, ``traps`` (how to compute it, what goes wrong), ``users``:
    language → a sentence or two, with formulas as ``$…$``.

    >>> from actfns import mish
    >>> mish.facts.torch, mish.facts.users["en"]
    ('torch.nn.Mish', 'The backbone of YOLOv4 (CSPDarknet53).')
    """

    torch: str = ""
    jax: str = ""
    keras: str = ""
    variant_of: str = ""
    notes: bool = False
    about: dict = field(default_factory=dict)
    traps: dict = field(default_factory=dict)
    users: dict = field(default_factory=dict)

    @property
    def names(self):
        """Framework → name, of those frameworks that have the function."""
        found = {"torch": self.torch, "jax": self.jax, "keras": self.keras}
        return {framework: name for framework, name in found.items() if name}


@dataclass(frozen=True)
class Family:
    """A family of functions: ``name`` and ``about`` by language.

    >>> family("relu").name["ko"]
    'ReLU 계열'
    """

    id: str
    name: dict
    about: dict = field(default_factory=dict)


def of(id):
    """The `Facts` of the function with that id."""
    return from_table(id, _table().get(id, {}))


def family(id):
    """The `Family` of that id; one that nothing is known of bears its id as its name."""
    return Family(id, **({"name": dict.fromkeys(LANGUAGES, id)} | _table()["family"].get(id, {})))


def known():
    """The ids that ``facts.toml`` has facts of, and those of families."""
    return [id for id in _table() if id != "family"], list(_table()["family"])


def from_table(owner, table):
    """`Facts` of a table as in ``facts.toml``; a text without languages (names only) serves for all of them."""
    if unknown := set(table) - {*_PLAIN, *_TEXTS}:
        raise ValueError(f"{owner}: there is no such fact as {', '.join(sorted(unknown))}; "
                         f"there are {', '.join((*_PLAIN, *_TEXTS))}")
    texts = {key: _by_language(table[key]) for key in _TEXTS if key in table}
    return Facts(**{key: table[key] for key in _PLAIN if key in table}, **texts)


def _by_language(text):
    return dict.fromkeys(LANGUAGES, text) if isinstance(text, str) else text


@cache
def _table():
    return tomllib.loads(files("actfns").joinpath("facts.toml").read_text("utf8"))
