"""Surfaces to turn: the data that `actfns.plots.turnable` left beside its picture go into the page.

A notebook's output holds the picture and, under a type of its own, the data. Here, before the notebook is read, the
data become a cell of HTML behind it: ``surface.js`` finds them there, and draws in the place of the picture, the last
one above. The picture keeps caption, number and alternative text, and is what is printed.
"""

from __future__ import annotations

import json
import re

MIME = "text/x-actfns-surfaces"  # that of actfns.plots.turnable; a book without actfns needs none of it
_DATA = re.compile(r"""<script[^>]*\bclass="surface-data""")


def has_surface(body: str) -> bool:
    """Whether a page (HTML) has a surface to turn."""
    return bool(_DATA.search(body))


def embedded(text: str) -> str:
    """The data as an element of the page that shows nothing.

    >>> embedded('{"titles": ["</b>"]}')
    '<script type="application/json" class="surface-data">{"titles": ["<\\\\/b>"]}</script>'
    """
    return f'<script type="application/json" class="surface-data">{text.replace("</", "<" + chr(92) + "/")}</script>'


def with_data_shown(cells: list[dict]) -> list[dict]:
    """Cells of a notebook, each that shows a surface followed by a cell with its data."""
    found = []
    for cell in cells:
        texts = [output["data"].pop(MIME) for output in cell.get("outputs", ()) if MIME in output.get("data", {})]
        found.append(cell)
        for text in texts:
            found.append({"cell_type": "raw", "id": f"surface-{len(found)}", "source": embedded("".join(text)),
                          "metadata": {"format": "text/html"}})
    return found


def _on_read(app, docname, source):
    if MIME in source[0] and str(app.env.doc2path(docname)).endswith(".ipynb"):
        notebook = json.loads(source[0])
        notebook["cells"] = with_data_shown(notebook["cells"])
        source[0] = json.dumps(notebook, ensure_ascii=False)


def _add_script(app, pagename, templatename, context, doctree):
    if has_surface(context.get("body", "")):
        app.add_js_file("surface.js", priority=903, loading_method="defer")


def setup(app):
    app.connect("source-read", _on_read)
    # After the scripts of a page were chosen (priority 990).
    app.connect("html-page-context", _add_script, priority=991)
