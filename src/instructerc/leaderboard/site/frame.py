"""What every page has around it: head, header with search, footer."""

from __future__ import annotations

from dataclasses import dataclass

from instructerc.leaderboard.site.markup import Child, Markup, tag

NAME = "ERC leaderboard"
SECTIONS = {
    "index.html": "Benchmarks",
    "papers.html": "Papers",
    "datasets.html": "Datasets",
    "methods.html": "Methods",
    "tasks.html": "Tasks",
    "about.html": "About",
}
# Nothing may be asked for but the site's own files.
_POLICY = (
    "default-src 'none'; script-src 'self' file:; style-src 'self' file:; img-src data:; base-uri 'none'; "
    "form-action 'none'"
)
_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Crect width='16' height='16' rx='3' fill='%232a56b5'/%3E"
    "%3Cpath d='M3 12V9h2v3M7 12V6h2v6M11 12V3h2v9' fill='white'/%3E%3C/svg%3E"
)


@dataclass(frozen=True)
class Page:
    """A page.

    Attributes:
        path: its file below the site's folder.
        title: name of the page, without the site's.
        about: what it shows, in a sentence, for search engines.
        body: what stands in `main`; links in it begin at the site's folder, as `render_page` expects.
        section: file of the section that is marked in the header.
    """

    path: str
    title: str
    about: str
    body: Markup
    section: str


def render_page(page: Page) -> str:
    """Returns the HTML document of a page; links that begin with `~/` become relative to it."""
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="description", content=page.about),
        tag("title", f"{page.title} · {NAME}"),
        tag("link", rel="icon", href=_ICON),
        tag("link", rel="stylesheet", href="~/board.css"),
        tag("script", src="~/board.js"),
        tag("script", src="~/search.js", defer=True),
    )
    main = tag("main", page.body, id="main", tabindex="-1")
    skip = tag("a", "Skip to the content", href="#main", class_="skip")
    body = tag("body", skip, _header(page), main, _footer())
    document = f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"
    return document.replace('"~/', f'"{"../" * page.path.count("/")}')


def _header(page: Page) -> Markup:
    links = [tag("a", name, href=f"~/{path}", aria_current=_current(page, path)) for path, name in SECTIONS.items()]
    search = tag(
        "form",
        tag("label", "Search papers, models, datasets and methods", class_="unseen", for_="search"),
        tag(
            "input",
            id="search",
            type="search",
            placeholder="Search",
            autocomplete="off",
            role="combobox",
            aria_expanded="false",
            aria_controls="found",
            aria_autocomplete="list",
        ),
        tag("kbd", "/", aria_hidden="true"),
        tag("ul", id="found", role="listbox", aria_label="Found", hidden=True),
        class_="search",
        role="search",
        hidden=True,
    )
    theme = tag("button", tag("span", "Theme", class_="unseen"), type="button", class_="theme", hidden=True)
    brand = tag("a", tag("span", class_="mark", aria_hidden="true"), NAME, href="~/index.html", class_="brand")
    said = tag("p", class_="unseen", id="said", role="status")
    return tag("header", brand, tag("nav", links, aria_label="Sections"), search, theme, said, class_="top")


def _current(page: Page, path: str) -> str | None:
    if page.path == path:
        return "page"
    return "true" if page.section == path else None


def _footer() -> Markup:
    return tag(
        "footer",
        tag(
            "p",
            "Figures belong to their sources; summaries are ours. Every row names its source and says whether we saw "
            "the figure there. ",
            tag("a", "How to read and extend this board", href="~/about.html"),
            ".",
        ),
        tag(
            "p",
            "Made by ",
            tag("code", "instructerc leaderboard build"),
            ". This page asks for nothing but its own files.",
        ),
        class_="bottom",
    )


def breadcrumbs(*steps: tuple[str, str]) -> Markup:
    """Returns the way to a page, as names and files; the page itself is not in it."""
    items = [tag("li", tag("a", name, href=f"~/{path}")) for name, path in steps]
    return tag("nav", tag("ol", items), class_="crumbs", aria_label="Breadcrumb")


def headed(title: str, *content: Child, id_: str, note: str = "") -> Markup:
    """Returns a section with a heading that can be linked to."""
    heading = tag("h2", tag("a", title, href=f"#{id_}"), tag("small", note) if note else None, id=id_)
    return tag("section", heading, *content, aria_labelledby=id_)
