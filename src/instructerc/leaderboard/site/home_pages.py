"""The first page, with all benchmarks, and the page that says how to read and extend the board."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from instructerc.leaderboard.board import Benchmark, Board
from instructerc.leaderboard.catalogue import read_data
from instructerc.leaderboard.entry import METRICS
from instructerc.leaderboard.site.frame import Page, headed
from instructerc.leaderboard.site.markup import Markup, join, tag
from instructerc.leaderboard.site.parts import context_group, paper_item
from instructerc.leaderboard.site.plot import draw_spark

_NEWEST = 5
_TITLE = "Emotion recognition in conversation"
_ABOUT = "About this board"


def home_pages(board: Board) -> Iterator[Page]:
    """Yields the first page and the page about the board."""
    benchmarks = sorted(board.benchmarks(), key=lambda one: -len(one.entries))
    papers = sorted(board.catalogue.papers.values(), key=lambda one: one.date or date.min, reverse=True)
    lead = (
        f"{len(board.entries)} results of {len(papers)} papers and of our own models on {len(benchmarks)} benchmarks. "
        "Each says which turns a model may read, where the figure is printed and whether we saw it there."
    )
    body = join(
        tag("div", tag("h1", _TITLE), tag("p", lead, class_="lead"), class_="hero"),
        headed(
            "Benchmarks", tag("ul", [_card(board, one) for one in benchmarks], class_="benchmarks"), id_="benchmarks"
        ),
        headed(
            "Newest papers",
            tag("ul", [paper_item(board, paper) for paper in papers[:_NEWEST]], class_="papers"),
            tag("p", tag("a", "All papers", href="~/papers.html")),
            id_="newest",
        ),
    )
    yield Page("index.html", _TITLE, lead, body, "index.html")
    yield Page("about.html", _ABOUT, "How to read, check and extend the board.", _about(), "about.html")


def _card(board: Board, benchmark: Benchmark) -> Markup:
    metric = benchmark.metrics[0]
    entries = [one.entry for one in benchmark.ranking(metric)]
    main = [entry for entry in entries if entry.kind == "main"] or entries
    past = next((entry for entry in main if entry.seen and context_group(entry.context) == "past"), None)
    bests = [("Highest", main[0])] + ([("Seen, past", past)] if past and past is not main[0] else [])
    lines = [
        tag("div", tag("dt", name), tag("dd", tag("b", f"{entry.value:.2f}"), " ", tag("span", entry.model)))
        for name, entry in bests
    ]
    link = tag("a", benchmark.variant.title, href=f"~/benchmark/{benchmark.id}.html")
    about = f"{METRICS[metric]} · {len(entries)} result{'s' if len(entries) != 1 else ''}"
    return tag(
        "li",
        draw_spark(board, entries),
        tag("h3", link),
        tag("p", about, class_="byline"),
        tag("dl", lines),
        class_="card",
    )


def _about() -> Markup:
    about = read_data("about")
    sections = [
        headed(
            section["title"],
            tag("p", section["text"]) if "text" in section else None,
            _terms(section["terms"]) if "terms" in section else None,
            tag("pre", tag("code", section["commands"]), tabindex="0") if "commands" in section else None,
            id_=section["id"],
            note=section.get("note", ""),
        )
        for section in about["sections"]
    ]
    return join(tag("h1", _ABOUT), tag("p", about["lead"], class_="lead"), sections)


def _terms(terms: Mapping[str, str]) -> Markup:
    return tag("dl", [[tag("dt", name), tag("dd", text)] for name, text in terms.items()], class_="facts")
