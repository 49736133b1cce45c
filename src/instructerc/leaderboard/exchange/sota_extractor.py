"""The format of Papers With Code's sota-extractor: task → datasets → subdatasets → sota {metrics, rows}.

The format has no place for context, split or status. Each row has a model link `instructerc` for them: a data address
with the whole entry. Programs that know only the format keep it as a link; we read the entry back from it. A row
without one, as other tools write them, becomes an entry whose context is `unknown`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import quote, unquote

from instructerc.errors import InputError
from instructerc.leaderboard.board import Benchmark, Board
from instructerc.leaderboard.catalogue import Catalogue, Dataset, load_catalogue
from instructerc.leaderboard.entry import METRICS, Entry, read_entry
from instructerc.leaderboard.exchange.json_document import entry_fields, parse_document
from instructerc.leaderboard.exchange.order import in_order, order_keys

TITLE = "instructerc"
_PREFIX = "data:application/json,"
_METRIC_NAMES = {
    "weightedf1": "weighted_f1",
    "macrof1": "macro_f1",
    "accuracy": "accuracy",
    "microf1": "micro_f1_without_neutral",
}


def write_sota(board: Board) -> str:
    """Returns the document of a board: a list of its tasks."""
    benchmarks = {benchmark.id: benchmark for benchmark in board.benchmarks()}
    places = order_keys(board.history)
    replaced = [entry for entry in board.history if entry not in board.entries]
    tasks = []
    for task in board.catalogue.tasks.values():
        datasets = [
            _dataset(board, dataset, [one for one in benchmarks.values() if one.dataset == dataset], task.id, places)
            for dataset in board.catalogue.datasets.values()
        ]
        datasets = [one for one in datasets if one["subdatasets"]]
        if not datasets:
            continue
        links = [_link(entry, places) for entry in replaced if entry.task == task.id]
        document: dict[str, Any] = {
            "task": task.name,
            "description": task.about,
            "categories": ["Natural Language Processing"],
        }
        document |= {"datasets": datasets, "subtasks": [], "synonyms": ["ERC"] if task.id == "erc" else []}
        # Replaced rows are history, not results: they go with the first dataset's citations, which no ranking reads.
        if links:
            datasets[0]["dataset_citations"] = links
        tasks.append(document | {"source_link": None})
    return json.dumps(tasks, indent=1, ensure_ascii=False) + "\n"


def _dataset(
    board: Board, dataset: Dataset, benchmarks: Sequence[Benchmark], task: str, places: Mapping[str, int]
) -> dict[str, Any]:
    subdatasets = []
    for benchmark in benchmarks:
        rows = [
            _row(board, one.entry, places)
            for metric in benchmark.metrics
            for one in benchmark.ranking(metric)
            if one.entry.task == task
        ]
        if rows:
            sota = {"metrics": [METRICS[name] for name in benchmark.metrics], "rows": rows}
            about = {"subdataset": benchmark.variant.title, "description": benchmark.variant.about, "sota": sota}
            subdatasets.append(about | {"subdatasets": [], "dataset_links": [], "dataset_citations": []})
    links = [{"title": title, "url": url} for title, url in dataset.links.items()]
    record = {"dataset": dataset.name, "description": dataset.about, "sota": {"metrics": [], "rows": []}}
    return record | {"subdatasets": subdatasets, "dataset_links": links, "dataset_citations": []}


def _row(board: Board, entry: Entry, places: Mapping[str, int]) -> dict[str, Any]:
    paper = board.paper_of(entry)
    code = paper.links.get("code") if paper else None
    return {
        "model_name": entry.model,
        "paper_title": paper.title if paper else "",
        "paper_url": (paper.links.get("paper", "") if paper else "") or entry.source_url,
        "paper_date": paper.date.isoformat() if paper and paper.date else None,
        "code_links": [{"title": code.removeprefix("https://github.com/"), "url": code}] if code else [],
        "model_links": [_link(entry, places)],
        "metrics": {METRICS[entry.metric]: _printed(entry)},
        "uses_additional_data": entry.extra_data == "yes",
    }


def _printed(entry: Entry) -> str:
    return f"{entry.value:.10g}"


def _link(entry: Entry, places: Mapping[str, int]) -> dict[str, str]:
    record = {"place": places[entry.id], **entry_fields(entry)}
    return {"title": TITLE, "url": _PREFIX + quote(json.dumps(record, ensure_ascii=False, separators=(",", ":")))}


def read_sota(text: str, source: str) -> list[Entry]:
    """Returns the entries of a document, with those of replaced rows.

    Raises:
        InputError: not such a document; a row of another tool whose dataset or metric is none of ours.
    """
    document = parse_document(text, source)
    tasks = document if isinstance(document, list) else [document]
    placed: list[tuple[int, Entry]] = []
    try:
        for task in tasks:
            for dataset in task["datasets"]:
                placed += _read_dataset(dataset, str(task["task"]), source, len(placed))
    except (KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{source}: not the format of sota-extractor: {error!r}") from error
    return in_order(placed)


def _read_dataset(dataset: Mapping[str, Any], task: str, source: str, first: int) -> Iterator[tuple[int, Entry]]:
    for citation in dataset.get("dataset_citations", ()):
        if citation.get("title") == TITLE:
            yield _read_link(citation["url"], source)
    tables = [(dataset, ""), *((one, one["subdataset"]) for one in dataset.get("subdatasets", ()))]
    for table, variant in tables:
        for row in table.get("sota", {}).get("rows", ()):
            own = [link for link in row.get("model_links", ()) if link.get("title") == TITLE]
            if own:
                entry = _read_link(own[0]["url"], source)
                _check_value(entry[1], row, source)
                yield entry
            else:
                for metric, value in row["metrics"].items():
                    yield first, _foreign(row, task, dataset["dataset"], variant, (metric, value), source)
                    first += 1


def _read_link(url: str, source: str) -> tuple[int, Entry]:
    try:
        record = json.loads(unquote(url.removeprefix(_PREFIX)))
        place = int(record.pop("place"))
    except (ValueError, KeyError) as error:
        raise InputError(f"{source}: a link {TITLE!r} that is not an entry: {error}") from error
    return place, read_entry(record, source)


def _check_value(entry: Entry, row: Mapping[str, Any], source: str) -> None:
    printed = row["metrics"].get(METRICS[entry.metric])
    if str(printed) != _printed(entry) and not _equal(printed, entry.value):
        raise InputError(f"{source}: {entry.id}: the row has {printed}, its entry {entry.value:g}; change both or none")


def _equal(printed: Any, value: float) -> bool:
    """Returns whether a figure as another program may have written it again is a value."""
    try:
        return float(printed) == value
    except (TypeError, ValueError):
        return False


def _foreign(
    row: Mapping[str, Any], task: str, dataset: str, variant: str, metric: tuple[str, Any], source: str
) -> Entry:
    """Returns an entry for a row that another tool wrote."""
    catalogue = load_catalogue()
    found = _find_dataset(catalogue, dataset, variant)
    if found is None:
        known = ", ".join(one.name for one in catalogue.datasets.values())
        raise InputError(f"{source}: {row['model_name']}: dataset {dataset!r} is not one of ours ({known})")
    name = _METRIC_NAMES.get(re.sub("[^a-z0-9]", "", metric[0].casefold()))
    if name is None:
        raise InputError(
            f"{source}: {row['model_name']}: metric {metric[0]!r} is not one of ours ({', '.join(METRICS)})"
        )
    papers = {paper.title.casefold(): paper.id for paper in catalogue.papers.values()}
    day = row.get("paper_date") or None
    label = f"{row['model_name']} {found[0]} {found[1]} {name}"
    record = {
        "id": re.sub("[^a-z0-9]+", "-", label.casefold()).strip("-"),
        "added": date.today(),
        "task": next((one.id for one in catalogue.tasks.values() if one.name == task), "erc"),
        "dataset": found[0],
        "variant": found[1],
        "split_basis": "stated" if variant else "assumed",
        "metric": name,
        "value": str(metric[1]).strip().rstrip("%"),
        "model": row["model_name"],
        "year": str(day)[:4] if day else date.today().year,
        "context": "unknown",
        "extra_data": "yes" if row.get("uses_additional_data") else "unknown",
        "source": row.get("paper_title") or row.get("paper_url") or source,
        "source_url": row.get("paper_url", ""),
        "source_kind": "secondary",
        "paper": papers.get(str(row.get("paper_title", "")).casefold(), ""),
    }
    return read_entry(record, f"{source}: {row['model_name']}")


def _find_dataset(catalogue: Catalogue, name: str, variant: str) -> tuple[str, str] | None:
    for dataset in catalogue.datasets.values():
        if dataset.name.casefold() == name.casefold():
            for one in dataset.variants.values():
                if variant in (one.title, one.id):
                    return dataset.id, one.id
            return None if variant else (dataset.id, next(iter(dataset.variants)))
    return None
