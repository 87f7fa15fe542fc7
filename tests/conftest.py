"""What the tests of the site share. They are marked `site` and run by `python -m book test site`."""

import os
from contextlib import ExitStack
from pathlib import Path

import pytest
import site_tools as tools

from book.stages import ROOT, SITE, chromium


@pytest.fixture(scope="session")
def site() -> Path:
    """The folder of the built site."""
    if not (ROOT / SITE / "index.html").exists():
        pytest.fail(f"{SITE} is missing: python -m book build")
    return ROOT / SITE


@pytest.fixture(scope="session")
def browser():
    """A headless Chromium (playwright's Browser)."""
    from playwright.sync_api import sync_playwright

    if not chromium():
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)("no Chromium: install it or set CHROMIUM")
    sandbox = [] if hasattr(os, "geteuid") and os.geteuid() else ["--no-sandbox"]  # root cannot use Chromium's
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium(), args=sandbox)
        yield started
        started.close()


@pytest.fixture(scope="module")
def page(browser):
    """An empty page to print with."""
    opened = browser.new_page()
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def tabs(browser):
    """{way: tab} of the site as a server gives it ("http") and as it lies on the disk ("file")."""
    with ExitStack() as stack:
        http = stack.enter_context(tools.served())
        bases = {"http": http, "file": tools.SITE.as_uri()}
        yield {way: stack.enter_context(tools.tab_of(browser, base)) for way, base in bases.items()}


@pytest.fixture(params=["http", "file"])
def tab(tabs, request):
    """A tab for each way; the test fails if anything goes wrong in it."""
    yield from _whole(tabs[request.param])


@pytest.fixture
def file_tab(tabs):
    """A tab from disk; the test fails if anything goes wrong in it."""
    yield from _whole(tabs["file"])


def _whole(tab):
    fresh = tab.fresh()
    yield fresh
    assert not fresh.faults
