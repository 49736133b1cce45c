"""Pages of datasets, methods and tasks, and the lists of each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from instructerc.leaderboard.board import Benchmark, Board
from instructerc.leaderboard.catalogue import Dataset, Method, Paper, Task
from instructerc.leaderboard.entry import METRICS
from instructerc.leaderboard.site.frame import Page, breadcrumbs, headed
from instructerc.leaderboard.site.markup import Markup, join, tag
from instructerc.leaderboard.site.parts import benchmark_link, figure, outside, paper_item, published


def dataset_pages(board: Board) -> Iterator[Page]:
    """Yields the page of each dataset, and the list of all."""
    datasets = list(board.catalogue.datasets.values())
    cards = [
        tag(
            "li",
            tag("h2", tag("a", one.name, href=f"~/dataset/{one.id}.html")),
            tag("p", one.about),
            _sizes(one),
            class_="card",
        )
        for one in datasets
    ]
    body = join(tag("h1", "Datasets"), tag("ul", cards, class_="cards"))
    yield Page("datasets.html", "Datasets", "Datasets of emotion recognition in conversation.", body, "datasets.html")
    for dataset in datasets:
        benchmarks = [one for one in board.benchmarks() if one.dataset == dataset]
        papers = [paper for paper in board.catalogue.papers.values() if dataset.id in paper.datasets]
        links = [
            outside(url, {"home": "Where to get it", "paper": "Paper"}[name], "button")
            for name, url in dataset.links.items()
        ]
        body = tag(
            "article",
            breadcrumbs(("Datasets", "datasets.html")),
            tag("h1", dataset.name),
            tag("p", dataset.about, class_="lead"),
            tag("p", links, class_="buttons") if links else None,
            headed("Splits", _variants(dataset, benchmarks), id_="splits", note="never ranked together"),
            headed("Labels and licence", _facts(dataset), id_="facts"),
            headed("Papers", _papers(board, papers), id_="papers", note=f"{len(papers)} with results"),
        )
        yield Page(f"dataset/{dataset.id}.html", dataset.name, dataset.about, body, "datasets.html")


def _sizes(dataset: Dataset) -> Markup:
    return tag("p", ", ".join(f"test of {one.test:,}" for one in dataset.variants.values()), class_="byline")


def _variants(dataset: Dataset, benchmarks: list[Benchmark]) -> Markup:
    found = {one.variant.id: one for one in benchmarks}
    rows = []
    for variant in dataset.variants.values():
        benchmark = found.get(variant.id)
        name = benchmark_link(benchmark) if benchmark else variant.title
        best = benchmark.best() if benchmark else None
        rows.append(
            tag(
                "tr",
                tag("th", name, tag("span", variant.about, class_="about"), scope="row", class_="name"),
                tag("td", f"{variant.train:,}", class_="at-wide end"),
                tag("td", f"{variant.test:,}", class_="end"),
                tag("td", str(len(benchmark.entries)) if benchmark else "0", class_="at-wide end"),
                tag(
                    "td",
                    join(figure(best), tag("small", best.model, class_="backbone")) if best else "–",
                    class_="score wide",
                ),
            )
        )
    heads = (
        ("Split", "name"),
        ("Train and dev", "at-wide end"),
        ("Test", "end"),
        ("Results", "at-wide end"),
        ("Best", "score wide"),
    )
    return _table("Splits", heads, rows)


def _facts(dataset: Dataset) -> Markup:
    facts = (
        ("Labels", ", ".join(dataset.labels)),
        ("Scored by", METRICS[dataset.metric]),
        ("Licence", dataset.licence),
    )
    return tag("dl", [[tag("dt", name), tag("dd", text)] for name, text in facts], class_="facts")


def method_pages(board: Board) -> Iterator[Page]:
    """Yields the page of each method, and the list of all."""
    families: dict[str, list[Method]] = {}
    for method in board.catalogue.methods.values():
        families.setdefault(method.family, []).append(method)
    sections = [
        headed(
            family, tag("ul", [_method_card(board, one) for one in methods], class_="cards small"), id_=_slug(family)
        )
        for family, methods in families.items()
    ]
    body = join(tag("h1", "Methods"), tag("p", "What papers do, and which of them do it.", class_="lead"), sections)
    yield Page("methods.html", "Methods", "Methods of emotion recognition in conversation.", body, "methods.html")
    for method in board.catalogue.methods.values():
        papers = _using(board, method)
        body = tag(
            "article",
            breadcrumbs(("Methods", "methods.html"), (method.family, f"methods.html#{_slug(method.family)}")),
            tag("h1", method.name),
            tag("p", method.about, class_="lead"),
            headed("Papers that use it", _papers(board, papers), id_="papers", note=str(len(papers)))
            if papers
            else _own(),
        )
        yield Page(f"method/{method.id}.html", method.name, method.about, body, "methods.html")


def _own() -> Markup:
    return headed("Used by", tag("p", "The project's own models; no paper of this board uses it."), id_="papers")


def _method_card(board: Board, method: Method) -> Markup:
    count = len(_using(board, method))
    note = f"{count} paper{'s' if count != 1 else ''}" if count else "ours"
    link = tag("a", method.name, href=f"~/method/{method.id}.html")
    return tag("li", tag("h3", link), tag("p", method.about), tag("p", note, class_="byline"), class_="card")


def _using(board: Board, method: Method) -> list[Paper]:
    return [paper for paper in board.catalogue.papers.values() if method.id in paper.methods]


def task_pages(board: Board) -> Iterator[Page]:
    """Yields the page of each task, and the list of all."""
    tasks = list(board.catalogue.tasks.values())
    cards = [
        tag("li", tag("h2", tag("a", one.name, href=f"~/task/{one.id}.html")), tag("p", one.about), class_="card")
        for one in tasks
    ]
    body = join(tag("h1", "Tasks"), tag("ul", cards, class_="cards"))
    yield Page("tasks.html", "Tasks", "Tasks around emotions in conversations.", body, "tasks.html")
    for task in tasks:
        papers = [paper for paper in board.catalogue.papers.values() if task.id in paper.tasks]
        body = tag(
            "article",
            breadcrumbs(("Tasks", "tasks.html")),
            tag("h1", task.name),
            tag("p", task.about, class_="lead"),
            _task_benchmarks(board, task),
            headed("Papers", _papers(board, papers), id_="papers", note=str(len(papers))),
        )
        yield Page(f"task/{task.id}.html", task.name, task.about, body, "tasks.html")


def _task_benchmarks(board: Board, task: Task) -> Markup:
    rows = []
    for benchmark in board.benchmarks():
        best = benchmark.best(task.id)
        if best is None:
            continue
        paper = board.paper_of(best)
        link = tag("a", best.model, href=f"~/benchmark/{benchmark.id}.html#r-{best.id}", class_="model")
        code = outside(paper.links["code"], "code") if paper and "code" in paper.links else "–"
        rows.append(
            tag(
                "tr",
                tag("th", benchmark_link(benchmark), scope="row", class_="name"),
                tag("td", link),
                tag("td", figure(best), class_="score"),
                tag("td", published(board, best), class_="at-wide"),
                tag("td", tag("a", paper.title, href=f"~/paper/{paper.id}.html") if paper else "–", class_="at-wider"),
                tag("td", code, class_="at-wide"),
            )
        )
    if not rows:
        text = "No results of its own on this board: papers train it beside recognition and print no figure for it."
        return headed("Benchmarks", tag("p", text), id_="benchmarks")
    heads = (("Benchmark", "name"), ("Best model", ""), ("Value", "score"))
    more = (("Published", "at-wide"), ("Paper", "at-wider"), ("Code", "at-wide"))
    return headed("Benchmarks", _table("Benchmarks", (*heads, *more), rows), id_="benchmarks")


def _table(caption: str, heads: Iterable[tuple[str, str]], rows: list[Markup]) -> Markup:
    cells = [tag("th", name, scope="col", class_=class_ or None) for name, class_ in heads]
    return tag(
        "table",
        tag("caption", caption, class_="unseen"),
        tag("thead", tag("tr", cells)),
        tag("tbody", rows),
        class_="results",
    )


def _papers(board: Board, papers: list[Paper]) -> Markup:
    newest = sorted(papers, key=lambda one: str(one.date or ""), reverse=True)
    return tag("ul", [paper_item(board, paper) for paper in newest], class_="papers")


def _slug(text: str) -> str:
    return text.lower().replace(" ", "-")
