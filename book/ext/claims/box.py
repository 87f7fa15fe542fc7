"""``{claims} id id …``: a box with what the notes said and the verdict, from the ledger; its body is what was measured.

Without a body it gives the right statement of the ledger.
"""

from __future__ import annotations

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective

from actfns.claims import VERDICTS, ledger
from book.ext.claims.words import WORDS, inline
from book.ext.pages import language_of


class claim_link(nodes.Inline, nodes.TextElement):
    """Stands for a link to a claim's entry in the ledger of the page's language, where the book has one."""


class Claims(SphinxDirective):
    """A box on one claim or several."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self):
        try:
            claims = [ledger()[id] for id in self.arguments[0].split()]
        except KeyError as error:
            raise self.error(error.args[0]) from None
        self.env.note_dependency(__file__)
        return [self._box(claims, language_of(self.env.docname))]

    def _box(self, claims, language: str) -> nodes.Node:
        box = nodes.admonition("", classes=["verdict"])
        box += nodes.title("", title(claims, language))
        box += said(claims, language)
        measured = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, measured)
        if measured.children:
            box += labelled(measured.children, WORDS[language]["measured"])
        else:
            texts = [nodes.paragraph("", "", *inline(claim.correct[language])) for claim in claims]
            box += labelled(texts, WORDS[language]["right"])
        self.set_source_info(box)
        return box


def title(claims, language: str) -> str:
    """The heading of a box: its verdicts, each once.

    >>> title([ledger()["linear-stack-collapses"], ledger()["linear-activation-no-learning"]], "en")
    'The notes said · verdict: true, false'
    """
    verdicts = dict.fromkeys(VERDICTS[claim.verdict][language] for claim in claims)
    return WORDS[language]["title"].format(", ".join(verdicts))


def said(claims, language: str) -> list[nodes.Node]:
    """What the notes said: a paragraph for one claim, a list for several, with verdicts where they differ."""
    differ = len({claim.verdict for claim in claims}) > 1
    texts = []
    for claim in claims:
        verdict = [nodes.Text(" ("), nodes.strong("", VERDICTS[claim.verdict][language]), nodes.Text(")")]
        link = [nodes.Text(" "), claim_link("", "", claim=claim.id)]
        texts.append([*inline(claim.claim[language]), *(verdict if differ else []), *link])
    if len(claims) == 1:
        return labelled([nodes.paragraph("", "", *texts[0])], WORDS[language]["notes"])
    items = [nodes.list_item("", nodes.paragraph("", "", *text)) for text in texts]
    return [nodes.paragraph("", "", nodes.strong("", WORDS[language]["notes"])), nodes.bullet_list("", *items)]


def labelled(blocks: list[nodes.Node], label: str) -> list[nodes.Node]:
    """Blocks of text with a bold label at their beginning."""
    blocks = list(blocks)
    if isinstance(blocks[0], nodes.paragraph):
        blocks[0].insert(0, [nodes.strong("", label), nodes.Text(" ")])
        return blocks
    return [nodes.paragraph("", "", nodes.strong("", label)), *blocks]


class Link(SphinxPostTransform):
    """Link to the ledger in the language of the page, when all pages are known."""

    default_priority = 5

    def run(self, **kwargs):
        language, here = language_of(self.env.docname), self.env.docname
        page = getattr(self.env, "claims_pages", {}).get(language)
        for link in list(self.document.findall(claim_link)):
            if not page:
                link.parent.remove(link)
                continue
            address = f"{self.app.builder.get_relative_uri(here, page)}#claim-{link['claim']}"
            name, text = WORDS[language]["link"].format(link["claim"]), WORDS[language]["entry"]
            link.replace_self(nodes.reference("", text, internal=True, refuri=address, reftitle=name,
                                              classes=["claim-entry"]))


def setup(app):
    app.add_directive("claims", Claims)
    app.add_node(claim_link)
    app.add_post_transform(Link)
