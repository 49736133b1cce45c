"""Paper pages: title, authors, date, tasks, links, what it is about, results, methods, related papers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from instructerc.leaderboard.board import Board
from instructerc.leaderboard.catalogue import Paper
from instructerc.leaderboard.entry import METRICS, Entry
from instructerc.leaderboard.site.frame import Page, breadcrumbs, headed
from instructerc.leaderboard.site.markup import Markup, join, tag
from instructerc.leaderboard.site.parts import (
    authors_text,
    chips,
    context_chip,
    day_text,
    figure,
    paper_item,
    paper_links,
    standing_chip,
    task_chips,
)

_SECTION = "papers.html"
_MOST_RELATED = 6


def paper_pages(board: Board) -> Iterator[Page]:
    """Yields the page of each paper, and the list of all."""
    papers = sorted(board.catalogue.papers.values(), key=lambda one: one.date or date.min, reverse=True)
    items = tag("ul", [paper_item(board, paper) for paper in papers], class_="papers")
    lead = tag(
        "p", f"{len(papers)} papers with results on this board, newest first. The summaries are ours.", class_="lead"
    )
    body = join(tag("h1", "Papers"), lead, items)
    yield Page(_SECTION, "Papers", "Papers on emotion recognition in conversation, with their results.", body, _SECTION)
    for paper in papers:
        about = f"{paper.title}: results, methods and related papers."
        yield Page(f"paper/{paper.id}.html", paper.title, about, _paper(board, paper), _SECTION)


def _paper(board: Board, paper: Paper) -> Markup:
    when = tag("time", day_text(paper.date), datetime=paper.date.isoformat()) if paper.date else "date not known to us"
    methods = ((board.catalogue.methods[name].name, f"method/{name}.html") for name in paper.methods)
    entries = board.entries_of(paper)
    main = [entry for entry in entries if entry.kind == "main"]
    rest = [entry for entry in entries if entry.kind != "main"]
    head = tag(
        "header",
        tag("h1", paper.title),
        tag("p", authors_text(paper), class_="authors"),
        tag("p", when, " · ", paper.venue, class_="byline"),
        task_chips(board, paper),
        tag("p", paper_links(paper), class_="buttons") if paper.links else None,
        class_="paper-head",
    )
    abstract = tag("p", paper.summary)
    return tag(
        "article",
        breadcrumbs(("Papers", _SECTION)),
        head,
        headed("What it does", abstract, id_="abstract", note="in our own words"),
        headed("Results", _results(board, main), id_="results", note=_count(main)) if main else None,
        headed("Ablations and baselines", _results(board, rest), id_="ablations", note=_count(rest)) if rest else None,
        headed("Methods used", chips(methods, "Methods"), id_="methods"),
        _related(board, paper),
    )


def _count(entries: list[Entry]) -> str:
    return f"{len(entries)} row{'s' if len(entries) != 1 else ''} on this board"


def _results(board: Board, entries: list[Entry]) -> Markup:
    ranks = {
        one.entry.id: one.rank
        for benchmark in board.benchmarks()
        for metric in benchmark.metrics
        for one in benchmark.ranking(metric)
    }
    names = (("Task", "at-wider"), ("Dataset", ""), ("Metric", "at-wide"), ("Value", "score"), ("Model", "name"))
    more = (("Rank", "at-wide end"), ("Context", "at-wide"), ("Standing", "at-wider"))
    head = [tag("th", name, scope="col", class_=class_ or None) for name, class_ in (*names, *more)]
    rows = [_result(board, entry, ranks[entry.id]) for entry in entries]
    caption = tag("caption", "Results of this paper", class_="unseen")
    return tag("table", caption, tag("thead", tag("tr", head)), tag("tbody", rows), class_="results")


def _result(board: Board, entry: Entry, rank: int | None) -> Markup:
    dataset = board.catalogue.datasets[entry.dataset]
    where = f"~/benchmark/{entry.benchmark}.html"
    backbone = tag("small", entry.backbone, class_="backbone") if entry.backbone else None
    brief = tag("span", tag("span", METRICS[entry.metric]), context_chip(entry), class_="brief-row")
    return tag(
        "tr",
        tag("td", board.catalogue.tasks[entry.task].name, class_="at-wider"),
        tag("td", tag("a", dataset.variants[entry.variant].title, href=where)),
        tag("td", METRICS[entry.metric], class_="at-wide"),
        tag("td", figure(entry), class_="score"),
        tag(
            "th",
            tag("a", entry.model, href=f"{where}#r-{entry.id}", class_="model"),
            backbone,
            brief,
            scope="row",
            class_="name",
        ),
        tag("td", "–" if rank is None else f"#{rank}", class_="at-wide end"),
        tag("td", context_chip(entry), class_="at-wide"),
        tag("td", standing_chip(entry), class_="at-wider"),
    )


def _related(board: Board, paper: Paper) -> Markup | None:
    items = []
    for other, datasets, methods in board.related(paper)[:_MOST_RELATED]:
        names = [board.catalogue.datasets[name].name for name in datasets]
        names += [board.catalogue.methods[name].name for name in methods]
        shared = tag("p", "shares ", ", ".join(names), class_="shared")
        items.append(paper_item(board, other, shared))
    if not items:
        return None
    return headed(
        "Related papers", tag("ul", items, class_="papers"), id_="related", note="by shared tasks, datasets and methods"
    )
