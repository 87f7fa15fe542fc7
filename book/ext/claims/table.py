"""``{claims-ledger}``: all claims as a table to filter, each under the anchor ``#claim-<id>`` in both languages."""

from __future__ import annotations

import html
from collections import Counter

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from actfns.citations import bibliography
from actfns.claims import KINDS, TOPICS, VERDICTS, ledger
from book.ext.claims.words import WORDS, as_html
from book.ext.pages import language_of


class claims_table(nodes.General, nodes.Element):
    """Stands for the ledger: what its entries link to is known only when all pages have been read."""


class Ledger(SphinxDirective):
    """All claims, in the language of the page."""

    def run(self):
        return [claims_table()]


def table(language: str, place) -> str:
    """The ledger as HTML; ``place(label)`` is (address, text) of what a label of the book stands for, or None."""
    words = WORDS[language]
    heads = "".join(f'<th scope="col"{_choices(k)}>{text}</th>' for k, text in enumerate(words["columns"]))
    rows = "\n".join(row(claim, language, place) for claim in ledger().values())
    return (
        f"<p>{counts(language)}</p>\n"
        f'<table class="filterable claims-ledger"><caption>{words["caption"]}</caption>'
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}\n</tbody></table>\n"
    )


def counts(language: str) -> str:
    """How many claims there are, and how many of each verdict.

    >>> counts("en").split(": ")[0]
    '293 claims'
    """
    found = Counter(claim.verdict for claim in ledger().values())
    each = [f"{VERDICTS[verdict][language]} {found[verdict]}" for verdict in VERDICTS]
    return WORDS[language]["counts"].format(len(ledger()), ", ".join(each))


def _choices(column: int) -> str:
    return f' data-choices="{"sorted" if column == 5 else "as found"}"' if column in (1, 3, 4, 5) else ""


def row(claim, language: str, place) -> str:
    """One claim: what was said, verdict, what is right with sources and place in the book, topic, kind, notes."""
    words = WORDS[language]
    first = (
        f'<th scope="row" id="claim-{claim.id}">{as_html(claim.claim[language])} '
        f'<a class="claim-id" href="#claim-{claim.id}">{claim.id}</a></th>'
    )
    notes = " | ".join(words["note"].format(number) for number in claim.notes)
    kind, checked = KINDS[claim.kind][language], words["check" if claim.check else "no_check"]
    cells = [
        f'<td><span class="claim-verdict {claim.verdict}">{VERDICTS[claim.verdict][language]}</span></td>',
        f"<td>{as_html(claim.correct[language])}{_details(claim, language, place)}</td>",
        f"<td>{TOPICS[claim.topic][language]}</td>",
        f'<td data-choice="{kind} | {checked}">{kind}, {checked}</td>',
        f'<td data-choice="{notes}">{", ".join(map(str, claim.notes))}</td>',
    ]
    return f"<tr>{first}{''.join(cells)}</tr>"


def _details(claim, language: str, place) -> str:
    words, found = WORDS[language], place(claim.where)
    lines = [f'{words["sources"]}: {"; ".join(map(source, claim.reference))}'] if claim.reference else []
    lines += [f'{words["shown"]} <a href="{found[0]}">{html.escape(found[1])}</a>'] if found else []
    return f'<small>{"<br>".join(lines)}</small>' if lines else ""


def source(reference: str) -> str:
    """A reference as HTML: names and year, linked to the publication; a plain text as it is.

    >>> source("saxe2014")
    '<a href="https://arxiv.org/abs/1312.6120">Saxe, McClelland &amp; Ganguli 2014</a>'
    """
    citation = bibliography().get(reference)
    if citation is None:
        return as_html(reference)
    names = [name.split()[-1] for name in citation.authors.split(" and ") if name != "others"]
    short = f"{names[0]} et al." if len(names) > 3 or "others" in citation.authors else " & ".join(
        [", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
    text = html.escape(f"{short} {citation.year}")
    return f'<a href="{citation.link}">{text}</a>' if citation.link else text


class Fill(SphinxPostTransform):
    """Write the ledger, when all pages are known."""

    default_priority = 5

    def run(self, **kwargs):
        for holder in list(self.document.findall(claims_table)):
            text = table(language_of(self.env.docname), self._place)
            holder.replace_self(nodes.raw("", text, format="html"))

    def _place(self, where: str):
        found = place(self.env, where, language_of(self.env.docname))
        if found is None:
            return None
        page, anchor, text = found
        address = self.app.builder.get_relative_uri(self.env.docname, page)
        return (f"{address}#{anchor}" if anchor else address), text


def place(env, where: str, language: str) -> tuple[str, str, str] | None:
    """(page, anchor, text) of a label without its language, or of a chapter by its file name; None if there is none."""
    page, anchor, name = f"chapters/{language}/{where}", "", ""
    if page not in env.found_docs:
        label, standard = f"{where}-{language}", env.get_domain("std")
        page, anchor = standard.anonlabels.get(label, ("", ""))
        name = standard.labels.get(label, ("", "", ""))[2] if where.startswith("sec-") else ""
        if not page:
            exercise = getattr(env, "sphinx_exercise_registry", {}).get(label, {})
            page, anchor = exercise.get("docname", ""), label
    if not page:
        return None
    chapter = env.titles[page].astext()
    return page, anchor, f"{chapter} › {name}" if name and name != chapter else chapter


def _anchors(app, document):
    """Tells MyST that links such as ``claims.md#claim-<id>`` lead somewhere."""
    if next(document.findall(claims_table), None):
        slugs = {f"claim-{claim.id}": (0, f"claim-{claim.id}", claim.id) for claim in ledger().values()}
        app.env.metadata[app.env.docname].setdefault("myst_slugs", {}).update(slugs)


def setup(app):
    app.add_directive("claims-ledger", Ledger)
    app.add_node(claims_table)
    app.add_post_transform(Fill)
    app.connect("doctree-read", _anchors)
