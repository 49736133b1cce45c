"""`instructerc corpus list` and `check`: which corpora there are, and whether a folder holds one whole."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from instructerc.cli.flags import ReportFormat
from instructerc.cli.group import examples
from instructerc.cli.recognize import print_report

if TYPE_CHECKING:
    from instructerc.corpora.catalogue import CorpusCheck

LIST_EPILOG = examples("instructerc corpus list", "instructerc corpus list --format json")
CHECK_EPILOG = examples("instructerc corpus check data/meld", "instructerc corpus check data/meld --format json")


def list_corpora(
    format: Annotated[ReportFormat, typer.Option(help="A table for a person, or JSON.")] = "table",
) -> None:
    """Show every corpus that is read: what it is, its licence, where it is had, and what its folder holds."""
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
            "licence": entry.licence + ("" if entry.share else "; no weights trained on it may be passed on"),
            "where": entry.where,
            "files": ", ".join(entry.files),
        }
        typer.echo(entry.name)
        for name, text in lines.items():
            typer.echo(f"  {name:<8} {text}")


def check(
    path: Annotated[str, typer.Argument(metavar="DIR", help="A folder with a corpus as its owner gives it out.")],
    format: Annotated[ReportFormat, typer.Option(help="A table for a person, or JSON.")] = "table",
) -> None:
    """Find which corpus a folder holds, read it all, and compare its counts with the published ones.

    The status is 1 where a count is not the published one.
    """
    from instructerc.corpora.catalogue import check_corpus

    found = check_corpus(path)
    if format == "json":
        import json

        report = {
            "corpus": found.entry.name,
            "path": path,
            "stats": {split: asdict(stats) for split, stats in found.stats.items()},
            "differences": [asdict(difference) for difference in found.differences],
            "notes": found.report.notes,
        }
        typer.echo(json.dumps(report, indent=2, ensure_ascii=False))
    else:
        _print_check(found)
    print_report(found.report)
    if found.differences:
        raise typer.Exit(1)


def _print_check(found: CorpusCheck) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

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
