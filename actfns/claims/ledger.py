"""The ledger: what the notes said, in our words, with verdict and reason (``ledger/<topic>.yml``)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path

import yaml

from actfns.citations import bibliography

LANGUAGES = ("en", "ko")
FOLDER = Path(__file__).parent / "ledger"
TOPICS = {
    "why-nonlinear": {"en": "Why nonlinear", "ko": "왜 비선형인가"},
    "sigmoid": {"en": "Sigmoid", "ko": "시그모이드"},
    "tanh": {"en": "tanh", "ko": "tanh"},
    "relu": {"en": "ReLU", "ko": "ReLU"},
    "dying-relu": {"en": "Dying ReLU", "ko": "죽은 ReLU"},
    "leaky": {"en": "Leaky ReLU and PReLU", "ko": "리키 ReLU와 PReLU"},
    "elu": {"en": "ELU", "ko": "ELU"},
    "selu": {"en": "SELU", "ko": "SELU"},
    "swish": {"en": "Swish", "ko": "Swish"},
    "elish": {"en": "ELiSH", "ko": "ELiSH"},
    "mish": {"en": "Mish", "ko": "Mish"},
    "softplus": {"en": "Softplus", "ko": "softplus"},
    "softsign": {"en": "Softsign", "ko": "softsign"},
    "softmax": {"en": "Softmax", "ko": "소프트맥스"},
    "maxout": {"en": "Maxout", "ko": "maxout"},
    "properties": {"en": "Properties", "ko": "성질"},
    "zigzag": {"en": "Zero-centring and the zig-zag", "ko": "0 중심과 지그재그"},
    "vanishing-gradient": {"en": "Vanishing gradients", "ko": "기울기 소실"},
    "training-comparison": {"en": "Training compared", "ko": "학습 비교"},
    "practice": {"en": "Practice", "ko": "실무"},
    "backbones": {"en": "Backbones", "ko": "백본"},
}
KINDS = {
    "math": {"en": "mathematics", "ko": "수학"},
    "numeric": {"en": "numerics", "ko": "수치 계산"},
    "experiment": {"en": "experiment", "ko": "실험"},
    "literature": {"en": "literature", "ko": "문헌"},
    "history": {"en": "history", "ko": "역사"},
    "advice": {"en": "advice", "ko": "조언"},
}
VERDICTS = {
    "true": {"en": "true", "ko": "참"},
    "false": {"en": "false", "ko": "거짓"},
    "partly": {"en": "partly", "ko": "일부만 참"},
    "depends": {"en": "depends", "ko": "조건에 따라 다름"},
    "unverifiable": {"en": "unverifiable", "ko": "확인할 수 없음"},
}
EXECUTABLE = ("math", "numeric", "experiment")  # the kinds that code can settle: none of them may lack a check
_FIELDS = {"kind": str, "notes": list, "claim": dict, "verdict": str, "correct": dict, "reference": list, "where": str}
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_KEY = re.compile(r"[a-z]+\d{4}[a-z]?")


@dataclass(frozen=True)
class Claim:
    """One statement of the notes.

    ``id, topic, kind`` (see `TOPICS`, `KINDS`), ``notes``: numbers of the source notes that make it, ``claim`` and
    ``correct`` (the right statement and its reason): language → text, ``verdict`` (see `VERDICTS`), ``reference``:
    keys of the bibliography or plain text, ``where``: label of the section or figure that shows it.

    >>> from actfns.claims import ledger
    >>> ledger()["linear-activation-no-learning"].verdict
    'false'
    """

    id: str
    topic: str
    kind: str
    notes: tuple
    claim: dict
    verdict: str
    correct: dict
    reference: tuple
    where: str

    @property
    def check(self):
        """The `Check` that settles the claim (imports its module), or None."""
        from actfns.claims.evidence import find

        return find(self.id, self.topic)

    @property
    def executable(self):
        """Whether code can settle the claim, so that it needs a check."""
        return self.kind in EXECUTABLE

    @property
    def sources(self):
        """The references as text: each key of the bibliography becomes its entry."""
        return tuple(str(bibliography().get(text, text)) for text in self.reference)


class Ledger(Mapping):
    """All claims: id → `Claim`, in the order of the topics. An unknown id raises `KeyError` with near matches.

    >>> from actfns.claims import ledger
    >>> ledger()["linear-stack-colapses"]
    Traceback (most recent call last):
        ...
    KeyError: "no claim 'linear-stack-colapses'; near: linear-stack-collapses"
    """

    def __init__(self, claims):
        self._claims = {claim.id: claim for claim in claims}

    def __getitem__(self, id):
        try:
            return self._claims[id]
        except KeyError:
            near = get_close_matches(str(id), self._claims, n=4)
            hint = f"; near: {', '.join(near)}" if near else f"; there are {len(self)} claims"
            raise KeyError(f"no claim {id!r}{hint}") from None

    def __iter__(self):
        return iter(self._claims)

    def __len__(self):
        return len(self._claims)


@cache
def ledger():
    """The `Ledger` of the package, read once.

    >>> from actfns.claims import ledger
    >>> ledger()["nonlinearity-essential"].claim["en"]
    'A nonlinear activation is what lets a network fit complex, non-linear patterns.'
    """
    return read(FOLDER)


def read(folder):
    """The ledger in a folder of ``<topic>.yml`` files. Raises `ValueError` that names file, id and fault.

    >>> from actfns.claims.ledger import FOLDER, read
    >>> "linear-stack-collapses" in read(FOLDER)
    True
    """
    claims = {}
    for path in sorted(Path(folder).glob("*.yml"), key=lambda path: [*TOPICS, path.stem].index(path.stem)):
        if path.stem not in TOPICS:
            raise ValueError(f"{path.name}: {path.stem!r} is no topic; the topics are {', '.join(TOPICS)}")
        for id, entry in _load(path).items():
            if id in claims:
                raise ValueError(f"{path.name}: {id} is in {claims[id].topic}.yml already")
            claims[id] = _claim(id, path.stem, entry, f"{path.name}: {id}")
    return Ledger(claims.values())


def _claim(id, topic, entry, place):
    if not _ID.fullmatch(str(id)):
        raise ValueError(f"{place}: an id is lower-case words joined by hyphens")
    if not isinstance(entry, dict):
        raise ValueError(f"{place}: its fields are missing")
    for name in {*_FIELDS, *entry}:
        if name not in entry:
            raise ValueError(f"{place}: {name} is missing")
        if name not in _FIELDS:
            raise ValueError(f"{place}: {name!r} is no field; the fields are {', '.join(_FIELDS)}")
        if not isinstance(entry[name], _FIELDS[name]):
            raise ValueError(f"{place}: {name} must be a {_FIELDS[name].__name__}, got {entry[name]!r}")
    for name, known in (("kind", KINDS), ("verdict", VERDICTS)):
        if entry[name] not in known:
            raise ValueError(f"{place}: {entry[name]!r} is no {name}; there are {', '.join(known)}")
    for name in ("claim", "correct"):
        _languages(entry[name], f"{place}: {name}")
    if not entry["notes"] or any(note not in range(5) for note in entry["notes"]):
        raise ValueError(f"{place}: notes are numbers of the source notes, 0 to 4, got {entry['notes']}")
    for text in entry["reference"]:
        if not isinstance(text, str) or (_KEY.fullmatch(text) and text not in bibliography()):
            raise ValueError(f"{place}: {text!r} is not in references.bib")
    return Claim(id, topic, **{**entry, "notes": tuple(entry["notes"]), "reference": tuple(entry["reference"])})


def _languages(texts, place):
    if set(texts) != set(LANGUAGES) or not all(isinstance(text, str) and text.strip() for text in texts.values()):
        raise ValueError(f"{place} needs a text in en and one in ko")


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML in which a key given twice is a fault, not a silent replacement."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=True) for key, _ in node.value]
        twice = next((key for key in keys if keys.count(key) > 1), None)
        if twice is not None:
            raise ValueError(f"line {node.start_mark.line + 1}: {twice!r} is given twice")
        return super().construct_mapping(node, deep)


def _load(path):
    try:
        entries = yaml.load(path.read_text("utf8"), _Loader)
    except (yaml.YAMLError, ValueError) as error:
        raise ValueError(f"{path.name}: {error}") from error
    if not isinstance(entries, dict):
        raise ValueError(f"{path.name}: a mapping from ids to claims is wanted")
    return entries
