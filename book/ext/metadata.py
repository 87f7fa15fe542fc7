"""What a page says about itself to others: description, OpenGraph, hreflang, sitemap, robots.txt, 404.html.

Absolute addresses need the address of the site: ``html.baseurl`` in ``_config.yml`` or the
environment variable ``BOOK_BASEURL``. Without it there is neither a sitemap nor hreflang, which must be absolute.
"""

from __future__ import annotations

import html
import os
import re
from pathlib import Path
from xml.sax.saxutils import escape

from docutils import nodes

from book.ext import sharing
from book.ext.pages import LANGUAGES, counterpart, language_of

_LOCALES = {"en": "en_GB", "ko": "ko_KR"}
_LONGEST = 200
MISSING = "404"  # the page that hosts show for an address that does not exist
_SITEMAP = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:xhtml="http://www.w3.org/1999/xhtml">\n'
    "{}\n</urlset>\n"
)


def description(doctree: nodes.document | None) -> str:
    """The first paragraph of a page, at most 200 characters, cut between words."""
    if doctree is None:
        return ""
    for paragraph in doctree.findall(nodes.paragraph):
        text = " ".join(paragraph.astext().split())
        if len(text) > 40 and isinstance(paragraph.parent, nodes.section):
            return text if len(text) <= _LONGEST else text[:_LONGEST].rsplit(" ", 1)[0] + " …"
    return ""


def tags(page: dict, base: str) -> str:
    """``<meta>`` and ``<link>`` tags of a page.

    ``page`` has title, site, description, language, picture and ``links`` (language → address relative to ``base``).
    Where ``base`` is empty, the picture is relative to the page.
    """
    found = {
        "og:type": "article",
        "og:title": page["title"],
        "og:site_name": page["site"],
        "og:locale": _LOCALES[page["language"]],
        "og:description": page["description"],
        "og:url": base and base + page["links"].get(page["language"], ""),
        "og:image": base + page["picture"],
        "og:image:width": str(sharing.WIDTH),
        "og:image:height": str(sharing.HEIGHT),
        "og:image:alt": page["site"],
    }
    lines = [f'<meta property="{k}" content="{html.escape(v)}" />' for k, v in found.items() if v]
    lines.append('<meta name="twitter:card" content="summary_large_image" />')
    if page["description"]:
        lines.append(f'<meta name="description" content="{html.escape(page["description"])}" />')
    for code, address in page["links"].items() if base else ():
        lines.append(f'<link rel="alternate" hreflang="{code}" href="{html.escape(base + address)}" />')
    return "\n    " + "\n    ".join(lines)


def sitemap(pages: list[str], base: str) -> str:
    """``sitemap.xml`` of the pages (names without suffix), each with its languages."""
    return _SITEMAP.format("\n".join(_url(page, base) for page in sorted(pages)))


def _url(page: str, base: str) -> str:
    link = '<xhtml:link rel="alternate" hreflang="{}" href="{}"/>'
    links = "".join(link.format(code, escape(f"{base}{counterpart(page, code)}.html")) for code in LANGUAGES)
    return f"<url><loc>{escape(base + page)}.html</loc>{links}</url>"


def _configure(app, config):
    base = os.environ.get("BOOK_BASEURL") or config.html_baseurl
    config.html_baseurl = base.rstrip("/") + "/" if base else ""
    config.html_additional_pages = {**config.html_additional_pages, MISSING: f"{MISSING}.html"}
    config.html_context = {**config.html_context, "titles": config.titles, "site_address": config.html_baseurl}


def _add_tags(app, pagename, templatename, context, doctree):
    base = app.config.html_baseurl
    versions = {code: counterpart(pagename, code) for code in LANGUAGES}
    links = {code: app.builder.get_target_uri(page) for code, page in versions.items() if page in app.env.found_docs}
    language = language_of(pagename)
    tagline = " ".join(app.config.taglines.get(language, "").split())
    is_start = pagename == counterpart(app.config.root_doc, language)
    picture = sharing.name(language)
    page = {
        "title": re.sub("<[^>]+>", "", context.get("title") or context["docstitle"]),
        "site": context["docstitle"],
        "description": tagline if is_start else description(doctree) or tagline,
        "language": language,
        "links": links,
        "picture": picture if base else context["pathto"](picture, 1),
    }
    context["metatags"] = context.get("metatags", "") + tags(page, base)


def robots(base: str) -> str:
    """``robots.txt``: everything may be read; where the list of pages is.

    >>> robots("https://example.org/")
    'User-agent: *\\nAllow: /\\nSitemap: https://example.org/sitemap.xml\\n'
    """
    return "User-agent: *\nAllow: /\n" + (f"Sitemap: {base}sitemap.xml\n" if base else "")


def _write_lists(app, exception):
    if exception is not None or app.builder.format != "html":
        return
    base, folder = app.config.html_baseurl, Path(app.outdir)
    (folder / "robots.txt").write_text(robots(base), "utf8")
    if base:
        (folder / "sitemap.xml").write_text(sitemap(list(app.env.found_docs), base), "utf8")


def setup(app):
    app.connect("config-inited", _configure)
    app.connect("html-page-context", _add_tags, priority=950)
    app.connect("build-finished", _write_lists)
