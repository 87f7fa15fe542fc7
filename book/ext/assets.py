"""Own styles and scripts, on the pages that need them; what the theme loads in vain is dropped."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from book.ext.pages import language_of
from book.ext.search import search_pages

_FILTERABLE = re.compile(r'<table[^>]*\bclass="[^"]*\bfilterable\b')
# The theme's sprite of all icons (its web font draws the same ones), source maps, catalogues, live code.
# Styles and scripts that only some pages need: part of the file's name, and what such a page has in its text.
_ONLY_WITH = {"sphinx-design": "sd-", "design-tabs": "sd-tab", "katex": 'class="katex'}
_UNUSED = ("scripts/fontawesome.js*", "**/*.js.map", "**/*.css.map", "locales", "sphinx-thebe.*", "thebe.css")


def is_filterable(body: str) -> bool:
    """Whether a page (HTML) has a table of class ``filterable``."""
    return bool(_FILTERABLE.search(body))


def _configure(app, config):
    config.templates_path.insert(0, str(Path(__file__).resolve().parents[1] / "templates"))


def _add_styles(app):
    app.add_css_file("book.css", priority=900)


def _choose_scripts(app, pagename, templatename, context, doctree):
    """Drop what this page does not need, and sphinx-thebe (declared twice, a script error on every page)."""
    body = context.get("body", "")
    vain = ["thebe", *(part for part, sign in _ONLY_WITH.items() if sign not in body)]
    for assets in (context["script_files"], context["css_files"]):
        assets[:] = [asset for asset in assets if not any(part in _text(asset).lower() for part in vain)]
    app.add_js_file("book.js", priority=900)
    if language_of(pagename) == "ko":
        app.add_js_file("strings-ko.js", priority=901)
    if is_filterable(context.get("body", "")):
        app.add_js_file("filterable.js", priority=902, loading_method="defer")


def _text(asset) -> str:
    return f"{getattr(asset, 'filename', asset)} {getattr(asset, 'attributes', '')}"


def _defer_scripts(app, pagename, templatename, context, doctree):
    """Let the text appear before the scripts are read; their order stays.

    Not the options, which a script within the page uses, and not where Sphinx adds scripts for the search.
    """
    if pagename in search_pages():
        return
    context["script_files"][:] = [_deferred(script) for script in context["script_files"]]


def _deferred(script):
    """A copy of a script (other pages share the object) that waits for the page."""
    if not script.filename or str(script.filename).endswith("documentation_options.js"):
        return script
    return type(script)(script.filename, priority=script.priority, **{**script.attributes, "defer": "defer"})


def _drop_unused(app, exception):
    if exception is None and app.builder.format == "html":
        static = Path(app.outdir, "_static")
        for path in {found for pattern in _UNUSED for found in static.glob(pattern)}:
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def setup(app):
    app.connect("config-inited", _configure)
    app.connect("builder-inited", _add_styles)
    # After everything else has added its scripts.
    app.connect("html-page-context", _choose_scripts, priority=990)
    # When all scripts are there (the last come at 991).
    app.connect("html-page-context", _defer_scripts, priority=995)
    app.connect("build-finished", _drop_unused)
