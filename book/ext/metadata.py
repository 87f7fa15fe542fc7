"""What a page says about itself to others: description, OpenGraph, hreflang, sitemap.

Absolute addresses need the address of the site: ``html.baseurl`` in ``_config.yml`` or the
environment variable ``BOOK_BASEURL``. Without it there is no sitemap and hreflang is relative.
"""

from __future__ import annotations

import html
import os
import re
from pathlib import Path
from xml.sax.saxutils import escape

from docutils import nodes

from book.ext.pages import LANGUAGES, counterpart, language_of

_LOCALES = {"en": "en_GB", "ko": "ko_KR"}
_LONGEST = 200
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

    ``page`` has title, site, description, language and ``links`` (language → address relative to ``base``,
    or relative to the page where ``base`` is empty).
    """
    found = {
        "og:type": "article",
        "og:title": page["title"],
        "og:site_name": page["site"],
        "og:locale": _LOCALES[page["language"]],
        "og:description": page["description"],
        "og:url": base and base + page["links"].get(page["language"], ""),
    }
    lines = [f'<meta property="{k}" content="{html.escape(v)}" />' for k, v in found.items() if v]
    if page["description"]:
        lines.append(f'<meta name="description" content="{html.escape(page["description"])}" />')
    for code, address in page["links"].items():
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


def _add_tags(app, pagename, templatename, context, doctree):
    base, uri = app.config.html_baseurl, app.builder.get_target_uri
    versions = {code: counterpart(pagename, code) for code in LANGUAGES}
    links = {
        code: uri(target) if base else app.builder.get_relative_uri(pagename, target) or uri(target).rsplit("/")[-1]
        for code, target in versions.items()
        if target in app.env.found_docs
    }
    page = {
        "title": re.sub("<[^>]+>", "", context.get("title") or context["docstitle"]),
        "site": context["docstitle"],
        "description": description(doctree),
        "language": language_of(pagename),
        "links": links,
    }
    context["metatags"] = context.get("metatags", "") + tags(page, base)


def _write_sitemap(app, exception):
    base = app.config.html_baseurl
    if exception is None and base and app.builder.format == "html":
        Path(app.outdir, "sitemap.xml").write_text(sitemap(list(app.env.found_docs), base), "utf8")


def setup(app):
    app.connect("config-inited", _configure)
    app.connect("html-page-context", _add_tags, priority=950)
    app.connect("build-finished", _write_sitemap)
