"""Pictures keep their place: each has its size in the page, so that the text does not jump when they arrive.

All but the first are loaded when the reader comes near them.
"""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.util.images import get_image_size

_IMAGE = re.compile(r"<img\b[^>]*>")
_STYLE = re.compile(r' style="width: (\d+)px; height: (\d+)px;?"')
_FILE = re.compile(r' src="[^"]*/_images/([^"]+)"')


def with_sizes(body: str, files: dict[str, Path]) -> str:
    """The page (HTML) with a width and a height on its pictures; ``files`` are those that bring none, by their name.

    >>> with_sizes('<img src="a/_images/b.png" style="width: 4px; height: 2px;" /> <img alt="x">', {})
    '<img src="a/_images/b.png" width="4" height="2" /> <img loading="lazy" alt="x">'
    """
    first, *rest = _IMAGE.split(body)
    images = [_sized(image, files) for image in _IMAGE.findall(body)]
    images[1:] = [image.replace("<img", '<img loading="lazy"', 1) for image in images[1:]]
    return first + "".join(image + text for image, text in zip(images, rest, strict=True))


def _sized(image: str, files: dict[str, Path]) -> str:
    attributes = ' width="{}" height="{}"'
    if style := _STYLE.search(image):
        return image.replace(style[0], attributes.format(*style.groups()))
    file = _FILE.search(image)
    size = get_image_size(str(files[file[1]])) if file and file[1] in files else None
    return image.replace("<img", "<img" + attributes.format(*size), 1) if size else image


def _on_page(app, pagename, templatename, context, doctree):
    if "<img" in context.get("body", ""):
        files = {name: Path(app.srcdir, source) for source, name in app.builder.images.items()}
        context["body"] = with_sizes(context["body"], files)


def setup(app):
    app.connect("html-page-context", _on_page)
