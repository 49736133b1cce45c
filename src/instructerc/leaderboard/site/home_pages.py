"""The first page, with all benchmarks, and the page that says how to read and extend the board."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from instructerc.leaderboard.board import Benchmark, Board
from instructerc.leaderboard.entry import CONTEXTS, METRICS
from instructerc.leaderboard.site.frame import Page, headed
from instructerc.leaderboard.site.markup import Markup, join, tag
from instructerc.leaderboard.site.parts import context_group, paper_item
from instructerc.leaderboard.site.plot import draw_spark

_NEWEST = 5
_TITLE = "Emotion recognition in conversation"


def home_pages(board: Board) -> Iterator[Page]:
    """Yields the first page and the page about the board."""
    benchmarks = board.benchmarks()
    papers = sorted(board.catalogue.papers.values(), key=lambda one: one.date or date.min, reverse=True)
    lead = (
        f"{len(board.entries)} results of {len(papers)} papers and of our own models on {len(benchmarks)} benchmarks. Each says "
        "which turns a model may read, where the figure is printed and whether we saw it there."
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
    yield Page("about.html", "About this board", "How to read, check and extend the board.", _about(), "about.html")


def _card(board: Board, benchmark: Benchmark) -> Markup:
    metric = benchmark.metrics[0]
    entries = [one.entry for one in benchmark.ranking(metric)]
    main = [entry for entry in entries if entry.kind == "main"] or entries
    past = next((entry for entry in main if context_group(entry.context) == "past"), None)
    bests = [("Best", main[0])] + ([("Past turns", past)] if past and past is not main[0] else [])
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
    contexts = {
        "none": "The model reads the utterance and nothing around it.",
        "past": "The model reads the utterance and turns before it, so it can answer while people talk.",
        "later": "The model also reads turns that follow, which nobody has while people talk.",
        "whole": "Something was made from the whole dialogue first, such as a description of each speaker.",
        "unknown": "Our source does not say. It counts as neither.",
    }
    standings = {
        "claimed": "The authors, or those who quote them, print the figure.",
        "re-run by others": "Someone else ran the code and reports what came out.",
        "ours": "We ran it; the record stands in the repository.",
        "source not seen": "The figure reached us by way of others, and we could not look at the source itself.",
    }
    names = [(CONTEXTS[key], text) for key, text in contexts.items()]
    how = (
        "Rows are only ever added. A correction is a new row that names the old one, and both stay in the file. Add a run of "
        "your own, or a figure from a paper, from the command line:"
    )
    commands = (
        "instructerc leaderboard add RUN_FOLDER --board results.csv\n"
        "instructerc leaderboard add entry.yaml --board results.csv\n"
        "instructerc leaderboard build --board results.csv -o site"
    )
    return join(
        tag("h1", "About this board"),
        tag(
            "p",
            "Figures of emotion recognition in conversation are easy to print side by side and hard to compare: models read "
            "different turns, test on different splits of the same corpus, and choose their epoch on different data. This board "
            "keeps them apart.",
            class_="lead",
        ),
        headed("Context", _terms(names), id_="context", note="which turns an answer may depend on"),
        headed("Standing", _terms(list(standings.items())), id_="standing", note="who stands for a figure"),
        headed(
            "Splits",
            tag(
                "p",
                "EmoryNLP has test splits of 984 and of 1328 utterances, IEMOCAP of 1623 and of 1622. They are different "
                "benchmarks, each with a page of its own, and never ranked together.",
            ),
            id_="splits",
        ),
        headed("Add a result", tag("p", how), tag("pre", tag("code", commands), tabindex="0"), id_="add"),
        headed(
            "What the order does not say",
            tag(
                "p",
                "Most figures are single runs. The one baseline here with eight seeds has a standard deviation of "
                "0.41 points on MELD, so neighbours in a table rarely differ. Some epochs were chosen on the test split; the notes of "
                "a row say so where it is known.",
            ),
            id_="order",
        ),
    )


def _terms(pairs: list[tuple[str, str]]) -> Markup:
    return tag("dl", [[tag("dt", name), tag("dd", text)] for name, text in pairs], class_="facts")
