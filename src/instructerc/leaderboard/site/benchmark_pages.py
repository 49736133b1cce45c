"""Benchmark pages: best figures, best over time, filters, the ranked table."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from instructerc.leaderboard.board import Benchmark, Board
from instructerc.leaderboard.entry import METRICS, Entry
from instructerc.leaderboard.site.frame import Page, breadcrumbs, headed
from instructerc.leaderboard.site.markup import Markup, tag
from instructerc.leaderboard.site.parts import benchmark_link, context_group, published, size_text
from instructerc.leaderboard.site.plot import draw_plot
from instructerc.leaderboard.site.rows import filters, ranked_table

_SMALL_MILLIONS = 400
# Above the table: which best figures a visitor asks for first.
_BESTS: dict[str, Callable[[Entry], bool]] = {
    "Best claim": lambda entry: True,
    "Best seen in its source": lambda entry: entry.seen,
    "Seen, past turns only": lambda entry: entry.seen and context_group(entry.context) == "past",
    "Seen, up to 400M": lambda entry: entry.seen and (entry.params_millions or _SMALL_MILLIONS + 1) <= _SMALL_MILLIONS,
    "Best of ours": lambda entry: entry.status == "ours",
}


def benchmark_pages(board: Board) -> Iterator[Page]:
    """Yields the page of each benchmark."""
    for benchmark in board.benchmarks():
        metric = benchmark.metrics[0]
        title = f"Emotion recognition in conversation on {benchmark.variant.title}"
        ranking = benchmark.ranking(metric)
        entries = [one.entry for one in ranking]
        body = tag(
            "div",
            breadcrumbs(("Benchmarks", "index.html"), (benchmark.dataset.name, f"dataset/{benchmark.dataset.id}.html")),
            tag("h1", title),
            tag("p", _lead(benchmark, metric), class_="lead"),
            _others(board, benchmark),
            _tiles(board, entries),
            headed("Best over time", draw_plot(board, entries, f"{METRICS[metric]} over time"), id_="over-time"),
            headed(
                "Results",
                filters(entries),
                ranked_table(board, ranking, METRICS[metric], sortable=True),
                id_="results",
                note=f"{METRICS[metric]} in percent, higher is better",
            ),
            [
                headed(
                    f"By {METRICS[other][0].lower()}{METRICS[other][1:]}",
                    ranked_table(board, benchmark.ranking(other), METRICS[other], sortable=False),
                    id_=f"by-{other.replace('_', '-')}",
                )
                for other in benchmark.metrics[1:]
            ],
            class_="benchmark",
        )
        about = f"{len(entries)} results on {benchmark.variant.title} by {METRICS[metric]}, with context and source."
        yield Page(f"benchmark/{benchmark.id}.html", title, about, body, "index.html")


def _lead(benchmark: Benchmark, metric: str) -> list[str | Markup]:
    variant = benchmark.variant
    about = variant.about if variant.about.endswith(".") else f"{variant.about}."
    return [f"{about} Ranked by {METRICS[metric]}; results on other splits stand on pages of their own."]


def _others(board: Board, benchmark: Benchmark) -> Markup | None:
    """Returns links to the other splits of the dataset, which must not be mixed up with this one."""
    others = [one for one in board.benchmarks() if one.dataset == benchmark.dataset and one.id != benchmark.id]
    if not others:
        return None
    links = [tag("li", benchmark_link(one)) for one in others]
    return tag("div", tag("span", "Not to be compared with"), tag("ul", links), class_="others")


def _tiles(board: Board, entries: list[Entry]) -> Markup:
    tiles = []
    for name, takes in _BESTS.items():
        best = next((entry for entry in entries if entry.kind == "main" and takes(entry)), None)
        if best is None:
            continue
        about = " · ".join(part for part in (size_text(best), published(board, best)) if part)
        link = tag("a", best.model, href=f"#r-{best.id}")
        tiles.append(tag("div", tag("dt", name), tag("dd", tag("b", f"{best.value:.2f}"), link, tag("small", about))))
    return tag("dl", tiles, class_="tiles")
