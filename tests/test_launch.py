"""Starting a notebook from its page: only where the book has a public repository, and with what the notebook needs."""

import re
import tomllib
from types import SimpleNamespace

import pytest

from book import colab, notebooks
from book.back import edited
from book.ext import repository
from book.source import read
from book.stages import ROOT

REMOTE = "git@github.com:someone/notes.git"
PAGE = {"en": "chapters/en/04-relu-family", "ko": "chapters/ko/04-relu-family"}
BODY = "<h1>ReLU</h1><p>text</p><h1>not here</h1>"


def shown(page, remote, suffix=".ipynb"):
    """The body of a page as the handler leaves it."""
    options = repository.theme_options(remote, "trunk")
    app = SimpleNamespace(config=SimpleNamespace(html_theme_options=options))
    context = {"body": BODY, "page_source_suffix": suffix}
    repository._show_first_lines(app, page, "page.html", context, None)
    return context["body"]


@pytest.mark.parametrize("language", PAGE)
def test_colab_is_told_where_the_book_is_and_where_to_work(language):
    body = shown(PAGE[language], REMOTE)
    assert body.count("launch-first") == 1 and body.startswith("<h1>ReLU</h1><details")
    assert "!git clone --quiet --depth 1 --branch trunk https://github.com/someone/notes book\n" in body
    assert f"%cd book/chapters/{language}</pre>" in body
    assert bool(re.search("[가-힣]", body)) == (language == "ko")


@pytest.mark.parametrize("remote", ["", "/srv/git/book.git", "https://gitlab.com/a/b"])
def test_nothing_shows_without_a_public_repository(remote):
    assert shown(PAGE["en"], remote) == BODY
    assert not repository.theme_options(remote)["launch_buttons"]


def test_pages_that_are_no_notebooks_have_no_lines():
    assert shown("chapters/en/glossary", REMOTE, ".md") == BODY


def test_a_repository_gives_both_buttons():
    buttons = repository.theme_options(REMOTE)["launch_buttons"]
    assert buttons["binderhub_url"] and buttons["colab_url"] and not buttons["thebe"]


def notebook(monkeypatch, address):
    """The notebook of chapter 14 as it is written where the book has this address."""
    monkeypatch.setattr(colab, "address", lambda: address)
    chapter = read(ROOT / "chapters/14-numerics.md")
    old = notebooks.load(notebooks.target(chapter.path, "en"))
    outputs = notebooks.stored_outputs(chapter, old)
    return chapter, notebooks.notebooks(chapter, outputs, old)["en"]


def test_a_published_book_is_fetched_by_the_first_cell(monkeypatch):
    chapter, made = notebook(monkeypatch, "https://github.com/someone/notes")
    title, first, *rest = made.cells
    assert title.source.startswith("# ") and "--depth 1 https://github.com/someone/notes book" in first.source
    assert first.metadata["tags"] == ["remove-cell"] and not first.outputs
    assert notebooks.stored_outputs(chapter, made) and not edited(chapter, made, "en")
    assert shown(PAGE["en"], REMOTE) == BODY  # one set of lines is enough
    plain = notebook(monkeypatch, None)[1]
    assert [cell.source for cell in plain.cells] == [title.source, *(cell.source for cell in rest)]


@pytest.mark.parametrize("there", [True, False])
def test_the_first_cell_does_something_on_colab_alone(monkeypatch, there):
    from IPython.core.interactiveshell import InteractiveShell

    _, made = notebook(monkeypatch, "https://github.com/someone/notes")
    code = InteractiveShell().transform_cell(made.cells[1].source)
    ran, modules = [], {"google.colab": None} if there else {}
    shell = SimpleNamespace(system=ran.append, run_line_magic=lambda name, line: ran.append(f"{name} {line}"))
    names = {"get_ipython": lambda: shell, "__builtins__": __builtins__}
    exec(code.replace("import sys", ""), names | {"sys": SimpleNamespace(modules=modules)})
    assert [line.split()[0] for line in ran] == (["git", "pip", "cd"] if there else [])


def test_what_is_installed_there_exists():
    """The extras that Colab asks for, and a Python on Binder that the package allows."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert set(colab.EXTRAS.split(",")) <= set(project["optional-dependencies"])
    wanted, oldest = (
        tuple(map(int, re.search(r"(\d+)\.(\d+)", text).groups()))
        for text in ((ROOT / ".binder/runtime.txt").read_text(encoding="utf-8"), project["requires-python"])
    )
    assert wanted >= oldest
    line = (ROOT / ".binder/requirements.txt").read_text(encoding="utf-8").splitlines()[-1]
    assert (ROOT / ".binder" / line.removeprefix("-r ")).resolve() == ROOT / "requirements.txt"
