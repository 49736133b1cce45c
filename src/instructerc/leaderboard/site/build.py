"""Writes the site: every page, the index for the search, style and script."""

from __future__ import annotations

import json
from collections.abc import Iterator
from importlib import resources
from itertools import chain
from pathlib import Path

from instructerc.errors import InputError
from instructerc.leaderboard.board import Board
from instructerc.leaderboard.site.benchmark_pages import benchmark_pages
from instructerc.leaderboard.site.frame import Page, render_page
from instructerc.leaderboard.site.home_pages import home_pages
from instructerc.leaderboard.site.paper_pages import paper_pages
from instructerc.leaderboard.site.topic_pages import dataset_pages, method_pages, task_pages

_ASSETS = ("board.css", "board.js")
_MARK = ".instructerc-leaderboard"


def build_site(board: Board, folder: Path) -> list[Path]:
    """Writes the site into a folder and returns its files; what only an earlier build wrote there is removed.

    Raises:
        InputError: the folder holds other things than a site of ours, or cannot be written.
    """
    old = _old_files(folder)
    texts = {page.path: render_page(page) for page in site_pages(board)}
    texts["search.js"] = (
        f"const FINDS = {json.dumps(list(_finds(board)), ensure_ascii=False, separators=(',', ':'))};\n"
    )
    assets = resources.files("instructerc.leaderboard") / "site" / "assets"
    texts |= {name: (assets / name).read_text(encoding="utf-8") for name in _ASSETS}
    texts[_MARK] = "\n".join(sorted(texts)) + "\n"
    try:
        for name, text in texts.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8", newline="\n")
        for name in old - set(texts):
            (folder / name).unlink(missing_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be written: {error.strerror or error}") from error
    return [folder / name for name in texts if name != _MARK]


def _old_files(folder: Path) -> set[str]:
    """Returns the files that an earlier build wrote."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder}: is a file; give a folder")
    mark = folder / _MARK
    if mark.is_file():
        names = set(mark.read_text(encoding="utf-8").split("\n")) - {""}
        return {name for name in names if not Path(name).is_absolute() and ".." not in Path(name).parts}
    if folder.exists() and any(folder.iterdir()):
        raise InputError(f"{folder}: is not empty and contains no leaderboard site; give a new or empty folder")
    return set()


def site_pages(board: Board) -> Iterator[Page]:
    """Yields all pages of the site."""
    kinds = (home_pages, benchmark_pages, paper_pages, dataset_pages, method_pages, task_pages)
    yield from chain.from_iterable(pages(board) for pages in kinds)


def _finds(board: Board) -> Iterator[tuple[str, str, str, str]]:
    """Yields what the search knows: kind, name, more words, file."""
    catalogue = board.catalogue
    for paper in catalogue.papers.values():
        year = str(paper.date.year) if paper.date else paper.venue
        yield "Paper", paper.title, f"{', '.join(paper.authors)} {year} {paper.venue}", f"paper/{paper.id}.html"
    for benchmark in board.benchmarks():
        yield "Benchmark", benchmark.variant.title, benchmark.dataset.name, f"benchmark/{benchmark.id}.html"
        for one in benchmark.ranking():
            about = (f"{one.entry.value:.2f} on {benchmark.variant.title}", one.entry.backbone)
            words = " · ".join(part for part in about if part)
            yield "Result", one.entry.model, words, f"benchmark/{benchmark.id}.html#r-{one.entry.id}"
    for dataset in catalogue.datasets.values():
        yield "Dataset", dataset.name, ", ".join(dataset.labels), f"dataset/{dataset.id}.html"
    for method in catalogue.methods.values():
        yield "Method", method.name, method.family, f"method/{method.id}.html"
    for task in catalogue.tasks.values():
        yield "Task", task.name, "", f"task/{task.id}.html"
