"""What the tests of the site share. They are marked `site` and run by `python -m book test site`."""

import os
from pathlib import Path

import pytest

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
