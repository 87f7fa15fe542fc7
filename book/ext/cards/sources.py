"""The pages of the cards as text files, written before Sphinx looks for its sources (git ignores them).

``chapters/<language>/functions/<family>.md`` holds a heading and a ``{function-card}`` per function;
``family-tree.png`` beside it the family tree. Families are in the order of the catalogue.
"""

from __future__ import annotations

import re
from pathlib import Path

from docutils import nodes
from sphinx import addnodes

import actfns
from actfns import facts
from book.ext.cards.words import WORDS, anchor, family_name, name, plain, short
from book.ext.pages import LANGUAGES

FOLDER = "functions"
_PAGE = re.compile(rf"chapters/(?P<language>[a-z]{{2}})/{FOLDER}/(?P<slug>[^/]+)")


def families() -> dict[str, list]:
    """Family → its functions, in the order of the catalogue."""
    found: dict[str, list] = {}
    for function in actfns.catalog.values():
        found.setdefault(function.family, []).append(function)
    return found


def slug(family: str) -> str:
    """Name of a family's page.

    >>> slug("learned/adaptive")
    'learned-adaptive'
    """
    return re.sub(r"[^a-z0-9]+", "-", family.lower()).strip("-")


def page_of(function, language: str) -> str:
    """Sphinx's name of the page with the card of a function.

    >>> page_of(actfns.mish, "ko")
    'chapters/ko/functions/self-gated'
    """
    return f"chapters/{language}/{FOLDER}/{slug(function.family)}"


def page(family: str, language: str) -> str:
    """Source of a family's page: what the family is, and its cards."""
    members = families()[family]
    names = ", ".join(plain(short(name(function, language))) for function in members)
    text = [
        f"(functions-{slug(family)}-{language})=",
        f"# {plain(family_name(family, language))}",
        "",
        facts.family(family).about.get(language) or WORDS[language]["cards_of"].format(names),
    ]
    for function in members:
        text += ["", f"({anchor(function)}-{language})=", f"## {plain(name(function, language))}"]
        text += ["", f"```{{function-card}} {function.id}", "```"]
    return "\n".join(text) + "\n"


def write(root: Path) -> None:
    """Write what is new or has changed, remove what is no longer there."""
    for language in LANGUAGES:
        folder = root / "chapters" / language / FOLDER
        wanted = {f"{slug(family)}.md": page(family, language).encode() for family in families()}
        wanted["family-tree.png"] = _tree(language)
        folder.mkdir(exist_ok=True)
        for file in folder.iterdir():
            if file.name not in wanted:
                file.unlink()
        for file, content in wanted.items():
            if not (folder / file).exists() or (folder / file).read_bytes() != content:
                (folder / file).write_bytes(content)


def _tree(language: str) -> bytes:
    import matplotlib.pyplot as plt

    from actfns import plots

    with plt.rc_context({"backend": "agg"}), plots.style():
        figure = plots.family_tree(lang=language).figure
        picture = plots.png(figure)
        plt.close(figure)
    return picture


def _order(app, doctree):
    """The index page lists the families in the order of the catalogue; anchors of cards are alike in all languages."""
    order = [slug(family) for family in families()]
    for tree in doctree.findall(addnodes.toctree):
        if all(_PAGE.fullmatch(docname) for docname in tree["includefiles"]):
            tree["includefiles"].sort(key=lambda docname: order.index(docname.split("/")[-1]))
            tree["entries"].sort(key=lambda entry: order.index(entry[1].split("/")[-1]))
    if found := _PAGE.fullmatch(app.env.docname):
        for section in doctree.findall(nodes.section):
            own = next((id for id in section["ids"] if id.startswith("card-")), "")
            if own:  # the first one is what tables of contents link to
                section["ids"].insert(0, own.removesuffix(f"-{found['language']}"))


def setup(app):
    # After the anchors of headings (priority 100), before Sphinx collects the tables of contents (priority 500).
    app.connect("doctree-read", _order, priority=110)
