"""``{function-card} mish``: everything there is to know about a function, in the language of the page."""

from __future__ import annotations

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.util.nodes import make_refnode

from actfns import catalog
from book.ext.cards import drawing, sheet
from book.ext.cards.words import WORDS, about, card_link, name, plain
from book.ext.pages import LANGUAGES, language_of


class Card(SphinxDirective):
    """The card of the function named in the argument, without its heading."""

    required_arguments = 1

    def run(self):
        function, language = catalog[self.arguments[0]], language_of(self.env.docname)
        head, tail = head_text(function, language), tail_text(function, language)
        picture = nodes.raw("", measurements(function, language, self._explorer(language)), format="html")
        return [*self._parsed(head), picture, *self._parsed(tail)]

    def _explorer(self, language: str) -> str:
        """Address of the explorer, if the book has one."""
        page = f"chapters/{language}/explorer"
        found = page in self.env.found_docs
        return self.env.app.builder.get_relative_uri(self.env.docname, page) if found else ""

    def _parsed(self, text: str) -> list[nodes.Node]:
        holder = nodes.Element()
        self.state.nested_parse(StringList(text.split("\n"), self.state.document["source"]), 0, holder)
        return holder.children


def head_text(function, language: str) -> str:
    """Names, what it is, formula, derivative, parameters (MyST)."""
    other = next(code for code in LANGUAGES if code != language)
    names = [plain(name(function, other)), f"`actfns.{function.id}`", str(function.year or "")]
    if function.aliases:
        names.append(f"{WORDS[language]['also']}: {plain(', '.join(function.aliases))}")
    shown = dict.fromkeys(part for part in names if part and part != plain(name(function, language)))
    blocks = [
        ":::{div} fn-names\n" + " · ".join(shown) + "\n:::",
        about(function, language),
        _display(function.formula),
        _display(function.derivative_formula),
        _parameters(function, language),
    ]
    return "\n\n".join(block for block in blocks if block)


def _display(formula: str) -> str:
    """A formula on lines of its own; a long one breaks where it explains its symbols."""
    lines = formula.split(r"\quad") if len(formula) > 90 else [formula]
    inner = lines[0] if len(lines) == 1 else r"\begin{gathered}" + r"\\".join(lines) + r"\end{gathered}"
    return f"$$\n{inner}\n$$"


def _parameters(function, language: str) -> str:
    found = []
    for parameter in function.params.values():
        if not parameter.option:
            notes = [parameter.domain.replace(">=", "≥")] * (parameter.domain != "real")
            notes += [WORDS[language]["learned"]] * parameter.learnable
            start = f"${parameter.symbol} = {parameter.default:.4g}$ `{parameter.name}`"
            found.append(start + (f" ({', '.join(notes)})" if notes else ""))
    return f"{WORDS[language]['parameters']}: {', '.join(found)}" if found else ""


def measurements(function, language: str, explorer: str = "") -> str:
    """Graph and measured sheet side by side (HTML); the graph leads to the explorer, which has functions of one number.

    `explorer` is the explorer's address as seen from the page."""
    words = WORDS[language]
    legend = words["solid" if function.arity == "pointwise" else "solid_vector"]
    if explorer and function.arity == "pointwise":
        legend += f' <a class="fn-turn" href="{explorer}?f={function.id}">{words["turn"]}</a>'
    return (
        f'<div class="fn-measured"><figure>{drawing.graph(function, language)}'
        f"<figcaption>{legend}</figcaption></figure>{sheet.table(function, language, words['measured'])}</div>"
    )


def tail_text(function, language: str) -> str:
    """How to compute it, its names elsewhere, users, relatives, source, section of the book (a MyST list)."""
    words, known = WORDS[language], function.facts
    elsewhere = " · ".join(f"{framework} `{text}`" for framework, text in known.names.items())
    citation = function.citation
    source = f"{{cite:t}}`{citation.key}`: *{plain(citation.title)}*" if citation else words["unpublished"]
    entries = {
        "traps": known.traps.get(language),
        "names": elsewhere or words["nowhere"],
        "users": known.users.get(language),
        "relatives": _relatives(function, language),
        "source": source,
        "taught": f"{{taught}}`{function.id}`",
    }
    return "\n\n".join(f"{words[key]}\n: {text}" for key, text in entries.items() if text)


def _relatives(function, language: str) -> str:
    words, original = WORDS[language], function.facts.variant_of
    variants = [card_link(other, language) for other in catalog.values() if other.facts.variant_of == function.id]
    parts = [words["made_from"].format(card_link(catalog[original], language))] if original else []
    parts += [words["variants"].format(", ".join(variants))] if variants else []
    return "; ".join(parts)


class taught_link(nodes.Inline, nodes.TextElement):
    """Stands for a link to the section labelled ``sec-fn-<id>``, if there is one."""


class Taught(SphinxRole):
    """``{taught}`mish```: a link to the section that explains a function."""

    def run(self):
        return [taught_link("", self.text, function=self.text)], []


class ResolveTaught(SphinxPostTransform):
    """Link to the section in the language of the page; where there is none, the whole entry goes."""

    default_priority = 5

    def run(self, **kwargs):
        language = language_of(self.env.docname)
        for link in list(self.document.findall(taught_link)):
            reference = self._reference(f"sec-fn-{link['function'].replace('_', '-')}-{language}")
            if reference is not None:
                link.replace_self(reference)
                continue
            entry = link
            while not isinstance(entry, (nodes.definition_list_item, nodes.section, nodes.document)):
                entry = entry.parent
            (entry if isinstance(entry, nodes.definition_list_item) else link).parent.remove(
                entry if isinstance(entry, nodes.definition_list_item) else link
            )

    def _reference(self, label: str) -> nodes.reference | None:
        standard = self.env.get_domain("std")
        page, anchor = standard.anonlabels.get(label, ("", ""))
        if not page:
            return None
        title = standard.labels.get(label, ("", "", ""))[2]
        chapter = self.env.titles[page].astext()
        text = nodes.inline("", f"{chapter} › {title}" if title and title != chapter else chapter)
        return make_refnode(self.app.builder, self.env.docname, page, anchor, text)


def setup(app):
    app.add_directive("function-card", Card)
    app.add_role("taught", Taught())
    app.add_node(taught_link)
    app.add_post_transform(ResolveTaught)
