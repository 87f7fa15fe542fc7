"""The glossary: ``book/glossary.yml`` → a page per language, and links to it.

``{terms}`` writes all entries in the language of the page, each under the anchor ``#term-<id>``
(the same in both languages). ``{g}`saturation``` shows the term in the language of the page and
links to its entry; in Korean the first one on a page reads 포화(saturation), the later ones 포화.
``{g}`포화된다 <saturation>``` shows a text of its own.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from docutils import nodes
from sphinx.errors import ExtensionError
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import ReferenceRole, SphinxDirective
from sphinx.util.nodes import make_refnode

from book.ext.pages import LANGUAGES, language_of

FILE = Path(__file__).resolve().parents[1] / "glossary.yml"
_LABELS = {
    "en": {"see": "See also: ", "avoid": ""},
    "ko": {"see": "함께 보기: ", "avoid": "쓰지 않는 말: "},
}


@dataclass(frozen=True)
class Term:
    """One entry: names and definitions by language; ``avoid`` is linted, ``unlike`` only shown."""

    id: str
    en: str
    ko: str
    definition: dict[str, str]
    avoid: tuple[str, ...] = ()
    unlike: tuple[str, ...] = ()
    see: tuple[str, ...] = ()

    def name(self, language: str) -> str:
        """The term in a language."""
        return getattr(self, language)


@cache
def terms(file: Path = FILE) -> dict[str, Term]:
    """All entries by id.

    Raises ``ExtensionError`` where an entry is incomplete, doubled, or refers to one that does not exist.
    """
    found: dict[str, Term] = {}
    for entry in yaml.safe_load(file.read_text("utf8")):
        term = _term(entry)
        if term.id in found:
            raise ExtensionError(f"glossary: {term.id} is there twice")
        found[term.id] = term
    unknown = sorted({other for term in found.values() for other in term.see} - set(found))
    if unknown:
        raise ExtensionError(f"glossary: 'see' names unknown terms: {', '.join(unknown)}")
    return found


def _term(entry: dict) -> Term:
    lists = {key: tuple(entry.get(key, ())) for key in ("avoid", "unlike", "see")}
    try:
        term = Term(id=entry["id"], en=entry["en"], ko=entry["ko"], definition=entry["definition"], **lists)
    except KeyError as missing:
        raise ExtensionError(f"glossary: {entry.get('id', entry)} has no {missing}") from None
    if set(term.definition) != set(LANGUAGES):
        raise ExtensionError(f"glossary: {term.id} needs a definition in each of {', '.join(LANGUAGES)}")
    return term


def in_order(entries: dict[str, Term], language: str) -> list[Term]:
    """Entries in the alphabetical order of a language."""
    return sorted(entries.values(), key=lambda term: term.name(language).casefold())


def short(name: str) -> str:
    """A term without the explanation in brackets behind it.

    >>> short("activation (value)")
    'activation'
    """
    return re.sub(r" \(.*\)$", "", name)


class Terms(SphinxDirective):
    """All entries as a definition list."""

    def run(self):
        self.env.note_dependency(str(FILE))
        language = language_of(self.env.docname)
        entries = in_order(terms(), language)
        return [nodes.definition_list("", *(self._item(term, language) for term in entries), classes=["terms"])]

    def _item(self, term: Term, language: str) -> nodes.definition_list_item:
        definition = nodes.definition("", nodes.paragraph("", "", *self._inline(term.definition[language])))
        if language == "ko" and (term.avoid or term.unlike):
            names = ", ".join(term.avoid + term.unlike)
            definition += nodes.paragraph("", _LABELS["ko"]["avoid"] + names, classes=["terms-note"])
        if term.see:
            definition += _see_also(term, language)
        return nodes.definition_list_item("", _headword(term, language), definition)

    def _inline(self, text: str) -> list[nodes.Node]:
        children, messages = self.state.inline_text(text, self.lineno)
        return [*children, *messages]


def _headword(term: Term, language: str) -> nodes.term:
    other = next(code for code in LANGUAGES if code != language)
    second = nodes.inline("", term.name(other), classes=["terms-other", f"language-{other}"])
    return nodes.term("", "", nodes.inline("", term.name(language)), nodes.Text(" "), second, ids=[f"term-{term.id}"])


def _see_also(term: Term, language: str) -> nodes.paragraph:
    paragraph = nodes.paragraph("", _LABELS[language]["see"], classes=["terms-note"])
    for position, other in enumerate(term.see):
        name = terms()[other].name(language)
        paragraph += nodes.Text(", " if position else "")
        paragraph += nodes.reference("", name, internal=True, refid=f"term-{other}")
    return paragraph


class glossary_link(nodes.Inline, nodes.TextElement):
    """A link to an entry; becomes a reference when the page is written."""


class TermRole(ReferenceRole):
    """``{g}`id``` or ``{g}`text <id>```."""

    def run(self):
        if self.target not in terms():
            message = self.inliner.reporter.warning(f"no such term in the glossary: {self.target}", line=self.lineno)
            return [nodes.literal("", self.target)], [message]
        link = glossary_link("", self._text(terms()[self.target]), term=self.target)
        return [link], []

    def _text(self, term: Term) -> str:
        language = language_of(self.env.docname)
        used = self.env.temp_data.setdefault("glossary_terms", set())
        first = term.id not in used
        used.add(term.id)
        if self.has_explicit_title:
            return self.title
        return f"{term.ko}({short(term.en)})" if language == "ko" and first else short(term.name(language))


class ResolveTerms(SphinxPostTransform):
    """Point links to the glossary in the language of their page."""

    default_priority = 5

    def run(self, **kwargs):
        page = self.env.docname
        language = language_of(page)
        glossary = f"chapters/{language}/glossary"
        for link in list(self.document.findall(glossary_link)):
            term = terms()[link["term"]]
            text = nodes.inline("", link.astext())
            target = f"term-{term.id}"
            reference = make_refnode(self.app.builder, page, glossary, target, text, _plain(term, language))
            reference["classes"].append("term-link")
            link.replace_self(reference)


def _plain(term: Term, language: str) -> str:
    return term.definition[language].replace("$", "").replace("`", "").strip()


def setup(app):
    app.add_directive("terms", Terms)
    app.add_role("g", TermRole())
    app.add_node(glossary_link)
    app.add_post_transform(ResolveTerms)
    app.connect("builder-inited", lambda app: terms.cache_clear())
