"""`instructerc corpus list` and `check`: which corpora there are, and whether a folder holds a complete one."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from instructerc.cli.shared.flags import ReportFormat
from instructerc.cli.shared.group import examples

if TYPE_CHECKING:
    from instructerc.corpora.on_disk.check import CorpusCheck

LIST_EPILOG = examples("instructerc corpus list", "instructerc corpus list --format json")
CHECK_EPILOG = examples(
    "instructerc corpus check data/meld",
    "instructerc corpus check data --all",
    "instructerc corpus check data --format json",
)


def list_corpora(
    format: Annotated[ReportFormat, typer.Option(help="A table for reading, or JSON.")] = "table",
) -> None:
    """List the supported corpora, with description, size, licence, source and files."""
    from instructerc.corpora.catalogue import catalogue

    if format == "json":
        import json

        typer.echo(json.dumps([asdict(entry) for entry in catalogue()], indent=2, ensure_ascii=False))
        return
    for entry in catalogue():
        sizes = [str(counts.utterances or "?") for counts in entry.published.values()]
        size = f"{' / '.join(sizes)} utterances ({' / '.join(entry.published)})"
        lines = {
            "what": entry.about,
            "size": size if entry.published else "not published",
            "licence": entry.licence + ("" if entry.share else "; weights trained on it may not be distributed"),
            "where": entry.where,
            "files": ", ".join(entry.files),
        }
        typer.echo(entry.name)
        for name, text in lines.items():
            typer.echo(f"  {name:<8} {text}")


def check(
    path: Annotated[
        str, typer.Argument(metavar="DIR", help="A folder that contains a corpus, or several in sub-folders.")
    ],
    every: Annotated[
        bool, typer.Option("--all", help="Print the location of every anomaly, not only the first.")
    ] = False,
    format: Annotated[ReportFormat, typer.Option(help="A table for reading, or JSON.")] = "table",
) -> None:
    """Find the corpora in a folder, read them completely and compare their counts with the published ones.

    Also lists every anomaly, with file and line if known: repairs, turns without words, times that run backwards, gaps
    in ids, speakers that are several people, labels that are not in the corpus's label set, conversations that occur in
    two splits. The exit status is 1 if a count differs from the published one.
    """
    from instructerc.corpora.on_disk.check import check_corpus
    from instructerc.corpora.on_disk.find import find_corpora

    checks = []
    for folder, entry in find_corpora(path):
        found = check_corpus(folder, entry)
        checks.append(_to_data(found, folder))
        if format == "table":
            _print_check(found, folder)
            _print_anomalies(found, every)
    if format == "json":
        import json

        typer.echo(json.dumps(checks, indent=2, ensure_ascii=False))
    if any(one["differences"] for one in checks):
        raise typer.Exit(1)


def _to_data(found: CorpusCheck, folder: Path) -> dict[str, Any]:
    return {
        "corpus": found.entry.name,
        "path": str(folder),
        "stats": {split: asdict(stats) for split, stats in found.stats.items()},
        "differences": [asdict(difference) for difference in found.differences],
        "notes": found.report.notes,
        "anomalies": [asdict(anomaly) for anomaly in found.report.anomalies or ()],
    }


def _print_anomalies(found: CorpusCheck, every: bool) -> None:
    """Prints the anomalies by kind, in the order in which they were met first."""
    kinds: dict[str, list[str]] = {}
    for anomaly in found.report.anomalies or ():
        kinds.setdefault(anomaly.what, []).append(f"{anomaly.source}:{anomaly.place}")
    for what, places in kinds.items():
        if every:
            for place in places:
                typer.echo(f"{place}: {what}")
        else:
            more = f", and {len(places) - 1:,} more" if len(places) > 1 else ""
            typer.echo(f"{len(places):,} x {what}: {places[0]}{more}")
    if kinds and not every:
        typer.echo("--all prints every place")


def _print_check(found: CorpusCheck, folder: Path) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    typer.echo(f"{folder}")
    table = Table(title=Text(f"{found.entry.name}: found, and published"), title_justify="left")
    table.add_column("")
    for split in found.stats:
        table.add_column(split, justify="right")
    wrong = {(difference.split, difference.what) for difference in found.differences}
    labels = dict.fromkeys(label for stats in found.stats.values() for label in stats.label_counts)
    for what in ("conversations", "utterances", *labels):
        cells = []
        for split, stats in found.stats.items():
            counts = {"conversations": stats.n_conversations, "utterances": stats.n_utterances, **stats.label_counts}
            published = found.entry.published.get(split)
            known = {} if published is None else {**published.labels, **asdict(published)}
            expected = known.get(what)
            said = "unpublished" if expected is None else f"{expected:,}" if (split, what) in wrong else "same"
            cells.append(f"{counts.get(what, 0):,}  {said}")
        table.add_row(Text(what), *cells)
    Console(highlight=False).print(table)
    typer.echo(
        f"{len(found.differences)} count(s) differ from the published ones"
        if found.differences
        else "every published count is the same"
    )
