"""`instructerc corpus convert`: a file or a corpus to JSONL or Parquet, and back without loss."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from instructerc.cli.evaluate import check_source
from instructerc.cli.recognize import print_report
from instructerc.cli.shared.flags import CorpusFlag, PathFlag, ReadingFlags, expand_flags
from instructerc.cli.shared.group import check_lossless, examples
from instructerc.errors import InputError

if TYPE_CHECKING:
    from instructerc.formats.lossless import Written

EPILOG = examples(
    "instructerc corpus convert chats.csv --output chats.parquet",
    "instructerc corpus convert --corpus meld --path data/meld --to parquet --output data/meld-parquet",
    "instructerc corpus convert --corpus meld --path data/meld --split test --output test.jsonl",
)
SPLITS = ("train", "dev", "test")

OutputFlag = Annotated[Path, typer.Option("--output", "-o", metavar="PATH", help="File or folder to write.")]
ToFlag = Annotated[
    str | None,
    typer.Option(
        metavar="FORMAT",
        callback=check_lossless,
        help="Format to write: {lossless}; default: by the extension of the output.",
    ),
]
ForceFlag = Annotated[bool, typer.Option("--force", help="Overwrite existing files.")]


@expand_flags
def convert(
    file: Annotated[str | None, typer.Argument(metavar="FILE", help="A file; - reads standard input.")] = None,
    corpus: CorpusFlag = None,
    path: PathFlag = None,
    split: Annotated[
        Literal["train", "dev", "test", "all"],
        typer.Option(
            help="Split of the corpus; all writes a folder with one file per split, to be read with --corpus files."
        ),
    ] = "all",
    to: ToFlag = None,
    force: ForceFlag = False,
    *,
    output: OutputFlag,
    reading: ReadingFlags,
) -> None:
    """Convert a file or a corpus to JSONL or Parquet, without loss.

    Speakers, texts, emotions, times, notes and ids are kept. A file is written completely or not at all.
    """
    from instructerc.corpora import load_corpus
    from instructerc.corpora.own_files import write_folder
    from instructerc.formats import ReadReport
    from instructerc.formats.lossless import kind_of, lossless_formats, write_file

    check_source(file, corpus, path)
    report = ReadReport()
    if corpus and path and split == "all":
        if to is None:
            ways = " or ".join(f"--to {name}" for name in lossless_formats())
            raise InputError(f"{output} becomes a folder with a file for each split: give {ways}")
        splits = {name: load_corpus(corpus, path, name, report) for name in SPLITS}
        print_written(write_folder(splits, output, to, force))
    else:
        kind = to or kind_of(output)
        talks = load_corpus(corpus, path, split, report) if corpus and path else reading.read(str(file), report)
        print_written([write_file(talks, output, kind, force)])
    print_report(report)


def print_written(files: Sequence[Written]) -> None:
    """Prints what was written."""
    for file in files:
        typer.echo(f"{file.path}: {file.n_conversations:,} conversations, {file.n_utterances:,} utterances")
