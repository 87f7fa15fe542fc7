"""Own styles and scripts, on the pages that need them; what the theme loads in vain is dropped."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from book.ext.pages import language_of

_FILTERABLE = re.compile(r'<table[^>]*\bclass="[^"]*\bfilterable\b')
# The theme's sprite of all icons (its web font draws the same ones), source maps, catalogues, live code.
_UNUSED = ("scripts/fontawesome.js*", "**/*.js.map", "**/*.css.map", "locales", "sphinx-thebe.*", "thebe.css")


def is_filterable(body: str) -> bool:
    """Whether a page (HTML) has a table of class ``filterable``."""
    return bool(_FILTERABLE.search(body))


def _configure(app, config):
    config.templates_path.insert(0, str(Path(__file__).resolve().parents[1] / "templates"))


def _add_styles(app):
    app.add_css_file("book.css", priority=900)


def _choose_scripts(app, pagename, templatename, context, doctree):
    """Drop sphinx-thebe (declared twice, a script error on every page); add what this page needs."""
    scripts = context["script_files"]
    scripts[:] = [script for script in scripts if "thebe" not in _text(script).lower()]
    styles = context["css_files"]
    styles[:] = [style for style in styles if "thebe" not in _text(style).lower()]
    app.add_js_file("book.js", priority=900)
    if language_of(pagename) == "ko":
        app.add_js_file("strings-ko.js", priority=901)
    if is_filterable(context.get("body", "")):
        app.add_js_file("filterable.js", priority=902, loading_method="defer")


def _text(asset) -> str:
    return f"{getattr(asset, 'filename', asset)} {getattr(asset, 'attributes', '')}"


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
    app.connect("build-finished", _drop_unused)
