"""`instructerc corpus`: what corpora and files hold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from itertools import chain
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from instructerc.cli import catalogue, convert, fetch, mix, overlap
from instructerc.cli.evaluate import check_source
from instructerc.cli.recognize import print_report
from instructerc.cli.shared.flags import CorpusFlag, PathFlag, ReadingFlags, ReportFormat, expand_flags
from instructerc.cli.shared.group import Commands, examples

if TYPE_CHECKING:
    from instructerc.conversation import Conversation
    from instructerc.corpora import CorpusStats

SPLITS = ("train", "dev", "test")

EPILOG = examples(
    "instructerc corpus stats --corpus meld --path data/meld",
    "instructerc corpus stats --corpus meld --path data/meld --split dev --format json",
    "instructerc corpus stats chats.jsonl",
)
_ROWS = {
    "conversations": "n_conversations",
    "utterances": "n_utterances",
    "speakers": "n_speakers",
    "turns, mean": "mean_turns",
    "turns, most": "max_turns",
    "words, mean": "mean_words",
    "words, most": "max_words",
    "unlabelled": "n_unlabelled",
}

app = Commands(help="List, check, count, convert, mix and download corpora.")


@app.command(epilog=EPILOG)
@expand_flags
def stats(
    file: Annotated[str | None, typer.Argument(metavar="FILE", help="A file; - reads standard input.")] = None,
    corpus: CorpusFlag = None,
    path: PathFlag = None,
    split: Annotated[
        Literal["train", "dev", "test", "all"],
        typer.Option(help="Split of the corpus; all counts each split and their sum."),
    ] = "all",
    format: Annotated[ReportFormat, typer.Option(help="A table for reading, or JSON.")] = "table",
    *,
    reading: ReadingFlags,
) -> None:
    """Count conversations, utterances, speakers and labels of a corpus or a file."""
    from instructerc.corpora import corpus_stats, load_corpus
    from instructerc.formats import ReadReport

    check_source(file, corpus, path)
    report = ReadReport()
    columns: dict[str, CorpusStats] = {}
    if corpus and path:
        names = SPLITS if split == "all" else (split,)
        parts: dict[str, Iterable[Conversation]] = {name: load_corpus(corpus, path, name, report) for name in names}
        columns = {name: corpus_stats(part) for name, part in parts.items()}
        if len(parts) > 1:
            columns["all"] = corpus_stats(chain.from_iterable(parts.values()))
    else:
        columns["all"] = corpus_stats(reading.read(str(file), report))
    if format == "json":
        import json

        source = {"corpus": corpus, "file": file, "stats": {name: asdict(one) for name, one in columns.items()}}
        typer.echo(json.dumps(source, indent=2, ensure_ascii=False))
    else:
        _print_table(columns, corpus or str(file))
    print_report(report)


def _print_table(columns: Mapping[str, CorpusStats], title: str) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title), title_justify="left")
    table.add_column("")
    for name in columns:
        table.add_column(name if len(columns) > 1 else "count", justify="right")
    for name, field in _ROWS.items():
        values = [getattr(column, field) for column in columns.values()]
        table.add_row(name, *(f"{value:.1f}" if isinstance(value, float) else f"{value:,}" for value in values))
    labels = dict.fromkeys(label for column in reversed(list(columns.values())) for label in column.label_counts)
    if labels:
        table.add_section()
    for label in labels:
        table.add_row(Text(label), *(_share(column, label) for column in columns.values()))
    Console(highlight=False).print(table)


def _share(column: CorpusStats, label: str) -> str:
    count = column.label_counts.get(label, 0)
    labelled = column.n_utterances - column.n_unlabelled
    return f"{count:,} {100 * count / max(labelled, 1):5.1f} %"


app.command("list", epilog=catalogue.LIST_EPILOG)(catalogue.list_corpora)
app.command(epilog=catalogue.CHECK_EPILOG)(catalogue.check)
app.command(epilog=overlap.EPILOG)(overlap.overlap)
app.command(epilog=convert.EPILOG)(convert.convert)
app.command(epilog=fetch.EPILOG)(fetch.fetch)
app.command(epilog=mix.EPILOG)(mix.mix)
