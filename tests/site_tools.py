"""Helpers for the tests of the built site: pages, links, a local server, tabs of a browser."""

from __future__ import annotations

import contextlib
import functools
import gzip
import http.server
import re
import threading
from dataclasses import dataclass, field
from importlib import util
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from bs4 import BeautifulSoup

ROOT = Path(__file__).resolve().parents[1]
SITE = ROOT / "_build" / "html"
DESKTOP = {"width": 1280, "height": 900}
PHONE = {"width": 375, "height": 760}
HANGUL = re.compile("[가-힣]")


MISSING = "404.html"  # what hosts show for a missing page: no part of the book's navigation


def page_files(site: Path = SITE) -> list[str]:
    """Paths of all pages, relative to the site, sorted."""
    found = (path.relative_to(site) for path in site.rglob("*.html"))
    return sorted(path.as_posix() for path in found if path.parts[0] not in ("_static", "_sources", MISSING))


@functools.cache
def soup(page: str, site: Path = SITE) -> BeautifulSoup:
    """A page, parsed."""
    return BeautifulSoup((site / page).read_text("utf8"), "html.parser")


def article(page: str) -> BeautifulSoup:
    """The text of a page without navigation; search pages have none and give the whole page."""
    return soup(page).select_one("article.bd-article") or soup(page)


def text_of(page: str) -> str:
    """The words of a page as a reader sees them."""
    return " ".join(article(page).get_text(" ").split())


@functools.cache
def anchors(page: str, site: Path = SITE) -> frozenset[str]:
    """All anchors of a page."""
    tags = soup(page, site).find_all(True)
    return frozenset(tag[key] for tag in tags for key in ("id", "name") if tag.has_attr(key))


LINKS = {"a": "href", "link": "href", "img": "src", "script": "src", "source": "src", "iframe": "src", "form": "action"}


def links(page: str, site: Path = SITE) -> list[tuple[str, str]]:
    """All (tag, address) of a page."""
    found = soup(page, site).find_all(list(LINKS))
    return [(tag.name, tag[LINKS[tag.name]]) for tag in found if tag.get(LINKS[tag.name])]


def is_foreign(address: str) -> bool:
    """Whether an address leads off the site."""
    parts = urlsplit(address)
    return bool(parts.scheme and parts.scheme != "data") or bool(parts.netloc)


def is_broken(page: str, address: str, site: Path = SITE) -> bool:
    """Whether an address within the site leads nowhere, or to an anchor that is not there."""
    parts = urlsplit(address)
    if is_foreign(address) or parts.scheme:
        return False
    target = (site / page).parent / unquote(parts.path) if parts.path else site / page
    target = target.resolve()
    if not target.is_file():
        return True
    anchor = unquote(parts.fragment)
    if not anchor or target.suffix != ".html":
        return False
    return anchor not in anchors(target.relative_to(site.resolve()).as_posix(), site)


def style_links(site: Path = SITE) -> list[tuple[str, str]]:
    """All (style sheet, address) in ``url(…)`` and ``@import``."""
    sheets = ((path, path.read_text("utf8")) for path in site.rglob("*.css"))
    pattern = re.compile(r"(?:url\(|@import\s+)[\"']?([^\"')\s;]+)")
    return [(path.relative_to(site).as_posix(), url) for path, sheet in sheets for url in pattern.findall(sheet)]


_COMPRESSED = {".html", ".css", ".js", ".svg", ".json"}


@functools.cache
def weight(file: str, site: Path = SITE) -> int:
    """Bytes of a file of the site as a host sends them: text compressed, pictures and fonts as they are."""
    data = (site / file).read_bytes()
    return len(gzip.compress(data, 6)) if Path(file).suffix in _COMPRESSED else len(data)


def axe_script() -> str:
    """Source of axe-core, from the package axe-playwright-python."""
    folder = Path(util.find_spec("axe_playwright_python").origin).parent
    return next(folder.rglob("axe.min.js")).read_text("utf8")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *arguments):
        pass


class _Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, address):
        """A browser that closes a connection is no fault."""


@contextlib.contextmanager
def served(site: Path = SITE):
    """Address of a local server for the site, while the context lasts."""
    handler = functools.partial(_Quiet, directory=str(site))
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Tab:
    """A browser tab that keeps to one address and notes everything that goes wrong."""

    base: str
    page: object
    faults: list[str] = field(default_factory=list)

    def fresh(self) -> Tab:
        """The tab as a new reader would have it, no faults noted."""
        self.page.set_viewport_size(DESKTOP)
        self.page.emulate_media(media="screen", color_scheme="light", reduced_motion="reduce")
        self.faults.clear()
        return self

    def open(self, path: str) -> None:
        """Load a page of the site and wait until its scripts have run."""
        name, _, query = path.partition("?")
        self.page.goto(f"{self.base}/{quote(name, safe='/#')}{'?' + query if query else ''}", wait_until="load")

    def note(self, message: str) -> None:
        """Remember a fault together with the page it happened on."""
        self.faults.append(f"{self.page.url.removeprefix(self.base)}: {message}")

    def run(self, script: str, argument=None):
        """Value of a JavaScript expression or function on the page."""
        return self.page.evaluate(script, argument)


@contextlib.contextmanager
def tab_of(browser, base: str):
    """A tab; requests to anywhere but ``base`` are noted as faults."""
    context = browser.new_context(viewport=DESKTOP, color_scheme="light", reduced_motion="reduce")
    page = context.new_page()
    opened = Tab(base, page)

    page.on("request", lambda request: _is_away(request.url, base) and opened.note(f"asks for {request.url}"))
    page.on("console", lambda message: message.type == "error" and opened.note(f"console: {message.text}"))
    page.on("pageerror", lambda error: opened.note(f"script error: {error}"))
    page.on("requestfailed", lambda request: _is_fault(request) and opened.note(f"not loaded: {request.url}"))
    page.on("response", lambda answer: answer.status >= 400 and opened.note(f"{answer.status} for {answer.url}"))
    try:
        yield opened
    finally:
        context.close()


def _is_away(url: str, base: str) -> bool:
    return not url.startswith((base, "data:", "blob:"))


def _is_fault(request) -> bool:
    """A request given up because the page was left (ERR_ABORTED) is none."""
    return "ERR_ABORTED" not in (request.failure or "")
