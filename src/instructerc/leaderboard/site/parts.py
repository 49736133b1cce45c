"""Pieces that several pages show: figures, chips, links, papers in a list."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from instructerc.leaderboard.board import Benchmark, Board
from instructerc.leaderboard.catalogue import Paper
from instructerc.leaderboard.entry import CONTEXTS, Entry, format_size
from instructerc.leaderboard.site.markup import Markup, join, tag

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_MOST_AUTHORS = 3


def figure(entry: Entry) -> Markup:
    """Returns the value of an entry, with its standard deviation."""
    sd = None if entry.sd is None else tag("small", f" ± {entry.sd:g}")
    return tag("b", f"{entry.value:.2f}", sd, class_="figure")


def size_text(entry: Entry) -> str:
    """Returns the size of a backbone, such as `7B` or `355M`; empty where unknown."""
    return format_size(entry.params_millions)


def rank_text(rank: int | None) -> str:
    """Returns a rank, or a dash for a row that only repeats a result."""
    return "–" if rank is None else str(rank)


def day_text(day: date) -> str:
    """Returns a day as `21 Sep 2023`."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def published(board: Board, entry: Entry) -> str:
    """Returns when an entry was published: month and year, or the year alone."""
    day, known = board.date_of(entry)
    return f"{_MONTHS[day.month - 1]} {day.year}" if known else str(entry.year)


def context_chip(entry: Entry) -> Markup:
    """Returns the context of an entry in its colour."""
    return tag("span", CONTEXTS[entry.context], class_=f"context {context_group(entry.context)}")


def context_group(context: str) -> str:
    """Returns the group of a context: `past` can answer live, `later` cannot, `unknown` is not stated."""
    return {"none": "past", "past": "past", "later": "later", "whole": "later"}.get(context, "unknown")


def standing_chip(entry: Entry) -> Markup:
    """Returns who stands for a figure, and a mark where we did not see it in its source."""
    kind = {"claimed": "claimed", "re-run": "rerun", "ours": "ours"}[entry.status]
    return tag("span", entry.standing, class_=f"standing {kind}" + ("" if entry.seen else " unseen-source"))


def outside(address: str, text: str, class_: str | None = None) -> Markup:
    """Returns a link that leaves the site; it is followed only when a person does so."""
    return tag("a", text, href=address, rel="noopener noreferrer external", class_=class_)


def address_of(text: str) -> str | None:
    """Returns an address as a link takes it, None for what is none."""
    return text if text.startswith(("http://", "https://")) else None


def benchmark_link(benchmark: Benchmark) -> Markup:
    """Returns a link to a benchmark."""
    return tag("a", benchmark.variant.title, href=f"~/benchmark/{benchmark.id}.html")


def chips(pairs: Iterable[tuple[str, str]], label: str) -> Markup:
    """Returns links as a list of chips, from texts and files."""
    items = [tag("li", tag("a", text, href=f"~/{path}", class_="chip")) for text, path in pairs]
    return tag("ul", items, class_="chips", aria_label=label)


def task_chips(board: Board, paper: Paper) -> Markup:
    """Returns the tasks of a paper."""
    return chips(((board.catalogue.tasks[name].name, f"task/{name}.html") for name in paper.tasks), "Tasks")


def paper_links(paper: Paper) -> Markup:
    """Returns the buttons of a paper: paper, PDF, code."""
    names = {"paper": "Paper", "pdf": "PDF", "code": "Code"}
    return join(*(outside(paper.links[key], name, "button") for key, name in names.items() if key in paper.links))


def authors_text(paper: Paper, short: bool = False) -> str:
    """Returns the authors, in full or the first ones."""
    if not paper.authors:
        return "authors not known to us"
    if short and len(paper.authors) > _MOST_AUTHORS:
        return f"{', '.join(paper.authors[:_MOST_AUTHORS])} and {len(paper.authors) - _MOST_AUTHORS} more"
    return ", ".join(paper.authors)


def paper_item(board: Board, paper: Paper, shared: Markup | None = None) -> Markup:
    """Returns a paper as an item of a list, with its best figures."""
    best = best_places(board, paper)
    line = [
        authors_text(paper, short=True),
        " · ",
        day_text(paper.date) if paper.date else "date not known",
        " · ",
        paper.venue,
    ]
    code = tag("span", "code", class_="has-code") if "code" in paper.links else None
    return tag(
        "li",
        tag("h3", tag("a", paper.title, href=f"~/paper/{paper.id}.html")),
        tag("p", line, code, class_="byline"),
        tag("p", paper.summary, class_="brief"),
        shared,
        best,
        class_="paper",
    )


def best_places(board: Board, paper: Paper) -> Markup | None:
    """Returns the best rank of a paper on each benchmark."""
    items = []
    for benchmark in board.benchmarks():
        ranked = [one for one in benchmark.ranking() if one.rank is not None]
        own = [one for one in ranked if one.entry.paper == paper.id and one.entry.kind == "main"]
        if own:
            text = [
                tag("b", f"#{own[0].rank}"),
                f" {benchmark.variant.title} ",
                tag("span", f"{own[0].entry.value:.2f}"),
            ]
            items.append(tag("li", tag("a", text, href=f"~/benchmark/{benchmark.id}.html#r-{own[0].entry.id}")))
    return tag("ul", items, class_="places", aria_label="Best figures") if items else None
