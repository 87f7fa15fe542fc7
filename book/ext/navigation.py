"""Toggle, sidebar, previous/next and titles: all in the language of the page."""

from __future__ import annotations

import posixpath

from bs4 import BeautifulSoup

from book.ext.localise import translate
from book.ext.pages import LANGUAGES, counterpart, language_of
from book.ext.search import search_pages


def own_part(toctree: str, page: str, home: str) -> str:
    """The sidebar ``toctree`` of ``page`` (HTML) without the entries of other languages and ``home``."""
    soup = BeautifulSoup(toctree, "html.parser")
    for item in soup.select("li.toctree-l1"):
        target = _target(item.find("a")["href"], page)
        if language_of(target) != language_of(page) or target == home:
            item.decompose()
    for part in soup.find_all("ul", recursive=False):
        if not part.find("li"):
            caption = part.find_previous_sibling()
            if caption is not None and caption.name == "p":
                caption.decompose()
            part.decompose()
    return str(soup)


def named(toctree: str, language: str) -> str:
    """The sidebar with a name for each button that unfolds an entry; the theme draws an icon only."""
    soup = BeautifulSoup(str(toctree), "html.parser")
    for button in soup.select("li > details > summary"):
        entry = button.find_parent("li").find("a").get_text(" ", strip=True)
        button["aria-label"] = f"{entry}: {translate('subpages', language)}"
    return str(soup)


def _target(href: str, page: str) -> str:
    """Name of the page that a relative address in ``page`` leads to."""
    path = href.split("#")[0]
    return posixpath.normpath(posixpath.join(posixpath.dirname(page), path)).removesuffix(".html") if path else page


def _alternatives(app, page: str, pathto) -> list[dict]:
    """The other languages of a page: code, name and address."""
    known = app.env.found_docs | set(search_pages())
    others = [code for code in LANGUAGES if code != language_of(page)]
    found = [(code, counterpart(page, code)) for code in others if counterpart(page, code) in known]
    return [{"code": code, "name": LANGUAGES[code], "href": pathto(target)} for code, target in found]


def _own_pathto(pathto, language: str, shared: set[str]):
    """``pathto`` that leads to the start and search pages of ``language``."""

    def own(target, *args, **kwargs):
        return pathto(counterpart(target, language) if target in shared else target, *args, **kwargs)

    return own


def _before_theme(app, pagename, templatename, context, doctree):
    language = language_of(pagename)
    pathto, toctree = context["pathto"], context["toctree"]
    title = app.config.titles.get(language, app.config.html_title)
    context["alternatives"] = _alternatives(app, pagename, pathto)
    context["toggle_label"] = translate("Language", language)
    context["docstitle"] = title
    context["titlesuffix"] = f" — {title}"
    context["pathto"] = _own_pathto(pathto, language, {app.config.root_doc, "search"})
    home = counterpart(app.config.root_doc, language)
    context["toctree"] = lambda **kwargs: own_part(toctree(**kwargs), pagename, home)
    context["default_mode"] = "auto"  # the theme's script complains about an empty mode
    for direction in ("prev", "next"):
        neighbour = _neighbour(app, pagename, direction)
        if neighbour and language_of(neighbour) != language:
            context[direction] = None


def _neighbour(app, page: str, direction: str) -> str | None:
    _, previous, following = app.builder.relations.get(page) or (None, None, None)
    return previous if direction == "prev" else following


def _after_theme(app, pagename, templatename, context, doctree):
    language = language_of(pagename)
    context["theme_search_bar_text"] = translate("Search...", language)
    context["root_title"] = translate("Start", language)
    if make := context.get("generate_toctree_html"):
        context["generate_toctree_html"] = lambda *args, **kwargs: named(make(*args, **kwargs), language)
    context["is_home"] = pagename == counterpart(app.config.root_doc, language)


def _configure(app, config):
    config.html_theme_options["article_header_end"] = ["toggle.html", "article-header-buttons.html"]
    config.html_theme_options["use_fullscreen_button"] = False


def setup(app):
    app.connect("config-inited", _configure)
    app.connect("html-page-context", _before_theme, priority=2)
    app.connect("html-page-context", _after_theme, priority=950)
