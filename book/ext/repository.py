"""Repository links, Colab and Binder buttons: from the git remote, absent when there is none.

The remote is read at build time, so a fork links to itself and a copy without a remote links to nothing.

Binder installs what ``.binder`` names. Colab opens a notebook alone: where ``pyproject.toml`` gives the repository's
address, the notebook's first cell fetches the rest; where it does not, the page shows the lines to run first.
"""

from __future__ import annotations

import os
import re
import subprocess
from html import escape
from pathlib import Path
from urllib.parse import quote

from book import colab
from book.ext.pages import ROOT, language_of

_GITHUB = re.compile(
    r"(?:https?://(?:[^@/]+@)?|ssh://git@|git@|git://)github\.com[/:](?P<owner>[\w.-]+)/(?P<name>[\w.-]+?)(?:\.git)?/?"
)
LAUNCH = {
    "notebook_interface": "jupyterlab",
    "binderhub_url": "https://mybinder.org",
    "colab_url": "https://colab.research.google.com",
    "thebe": False,
}


COLAB = """\
!git clone --quiet --depth 1 --branch {branch} {url} book
%pip install --quiet "./book[{extras}]"
%cd book/{folder}"""
FIRST = {
    "en": "On Colab, run these lines in a cell of their own first",
    "ko": "Colab에서는 셀을 하나 만들어 이 줄을 먼저 실행하자",
}


def github_url(remote: str) -> str | None:
    """Web address of a GitHub remote without credentials; ``None`` for any other remote.

    >>> github_url("git@github.com:someone/book.git")
    'https://github.com/someone/book'
    """
    match = _GITHUB.fullmatch(remote.strip())
    return f"https://github.com/{match['owner']}/{match['name']}" if match else None


def remote_of(folder: Path) -> str:
    """Address of the remote ``origin`` of the repository whose root is ``folder``; empty if there is none."""
    if not (folder / ".git").exists():
        return ""  # do not report a repository that merely contains this folder
    return _git(folder, "remote", "get-url", "origin")


def branch_of(folder: Path) -> str:
    """Default branch of the remote; ``main`` where git does not know it."""
    head = _git(folder, "symbolic-ref", "--short", "refs/remotes/origin/HEAD")
    return head.removeprefix("origin/") or "main"


def _git(folder: Path, *arguments: str) -> str:
    environment = {k: v for k, v in os.environ.items() if k not in ("GIT_DIR", "GIT_WORK_TREE")}
    command = ["git", "-C", str(folder), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, timeout=30, check=False)
    except OSError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def theme_options(remote: str, branch: str = "main") -> dict:
    """Options of sphinx-book-theme for a remote: all links for a GitHub repository, else none."""
    url = github_url(remote)
    return {
        "repository_url": url or "",
        "repository_branch": branch,
        "path_to_docs": "",
        "use_repository_button": bool(url),
        "use_issues_button": bool(url),
        "use_edit_page_button": bool(url),
        "launch_buttons": LAUNCH if url else {},
    }


def source_of(page: str, root: Path = ROOT) -> str | None:
    """Text source of a page that is generated from one (``chapters/02-x.md`` for both its notebooks)."""
    match = re.fullmatch(r"chapters/[a-z]{2}/(\d\d-.+)", page)
    source = f"chapters/{match[1]}.md" if match else ""
    return source if source and (root / source).is_file() else None


def first_lines(page: str, options: dict) -> str:
    """What stands under the title of a notebook's page: the lines to run first on Colab, if the notebook lacks them."""
    url = options.get("repository_url")
    if not url or colab.address():
        return ""
    folder = page.rpartition("/")[0]
    lines = COLAB.format(branch=options["repository_branch"], url=url, folder=folder, extras=colab.EXTRAS)
    code = f'<div class="highlight"><pre>{escape(lines)}</pre></div>'
    return f'<details class="launch-first"><summary>{FIRST[language_of(page)]}</summary>{code}</details>'


def _show_first_lines(app, pagename, templatename, context, doctree):
    if context.get("page_source_suffix") == ".ipynb":
        shown = "</h1>" + first_lines(pagename, app.config.html_theme_options)
        context["body"] = context["body"].replace("</h1>", shown, 1)


def _configure(app, config):
    folder = Path(app.srcdir)
    config.html_theme_options.update(theme_options(remote_of(folder), branch_of(folder)))


def _edit_the_source(app, pagename, templatename, context, doctree):
    """“Suggest edit” opens the text source, not the notebook made from it."""
    source = source_of(pagename, Path(app.srcdir))
    options = app.config.html_theme_options
    if not source or not options["repository_url"]:
        return
    url = f"{options['repository_url']}/edit/{options['repository_branch']}/{quote(source)}"
    for group in context.get("header_buttons", []):
        for button in group.get("buttons", []):
            if button.get("label") == "source-edit-button":
                button["url"] = url


def setup(app):
    app.connect("config-inited", _configure)
    app.connect("html-page-context", _show_first_lines)
    # After the theme has made its buttons (priority 501).
    app.connect("html-page-context", _edit_the_source, priority=900)
