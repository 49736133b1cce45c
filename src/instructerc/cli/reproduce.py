"""`instructerc reproduce`: a table of the paper, our figures beside the published ones."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from instructerc.cli.shared.extras import import_with_extra
from instructerc.cli.shared.flags import ReportFormat
from instructerc.cli.shared.group import examples, print_line
from instructerc.errors import InputError

if TYPE_CHECKING:
    from instructerc.conversation import Conversation
    from instructerc.evaluation.runs import Run
    from instructerc.experiments.reproduce import Reproduction

EPILOG = examples(
    "instructerc reproduce --list",
    "instructerc reproduce main --backbone meta-llama/Llama-2-7b-hf --corpus meld",
    "instructerc reproduce window --backbone Qwen/Qwen3-8B-Base --row 1 --row 12 --data meld=MELD",
    "instructerc reproduce all --backbone all-MiniLM-L6-v2 --recipe encoder --minutes 300 --publish results",
    "instructerc reproduce zero-shot --backbone Qwen/Qwen3-8B --set backbone.chat=true --format json",
)
INCOMPLETE = 1
_FEATURE = "reproducing a table"


def reproduce(
    table: Annotated[
        str | None, typer.Argument(metavar="TABLE", help="Name of a shipped table, your own YAML file, or all.")
    ] = None,
    backbone: Annotated[
        str | None, typer.Option("--backbone", metavar="NAME", help="Base model: hub name or folder.")
    ] = None,
    corpora: Annotated[
        list[str] | None,
        typer.Option("--corpus", metavar="NAME", help="Run only this corpus; may be given several times."),
    ] = None,
    rows: Annotated[
        list[str] | None, typer.Option("--row", metavar="NAME", help="Run only this row; may be given several times.")
    ] = None,
    data: Annotated[
        list[str] | None,
        typer.Option("--data", metavar="NAME=DIR", help="Folder of a corpus; default: data/NAME."),
    ] = None,
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for the results.")] = Path(
        "runs"
    ),
    seeds: Annotated[
        str | None, typer.Option(metavar="LIST", help="Seeds separated by commas; default: the recipe's, 1,2,3.")
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a value in every recipe; may be given several times."),
    ] = None,
    recipe: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Recipe instead of the table's: encoder for a small encoder, or your own file."
        ),
    ] = None,
    minutes: Annotated[
        float | None,
        typer.Option(min=0, metavar="N", help="Start no training after this many minutes; default: no limit."),
    ] = None,
    publish: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Copy the run folders of all finished rows to this folder, without models."),
    ] = None,
    format: Annotated[ReportFormat, typer.Option(help="A table in percent, or JSON with fractions.")] = "table",
    shown: Annotated[bool, typer.Option("--list", help="Show all tables with their rows, and exit.")] = False,
) -> None:
    """Train and test the rows of a table of the paper.

    Every row is trained with several seeds on each corpus. The epoch is chosen on the development split, and each
    trained model is tested once. The folder OUTPUT/TABLE/BACKBONE gets rows.jsonl, with a line per seed and a summary
    per row, and table.md, with our figures beside the published ones. TABLE all runs every table that tests an idea of
    the paper, one after another.

    After an interruption, the same command continues and trains nothing twice. If a corpus is missing, the others still
    run, and the exit status is 1. Requires: pip install 'instructerc[train]'.
    """
    tables = import_with_extra("instructerc.experiments.tables", _FEATURE, "train")
    if shown:
        _print_tables([table] if table else tables.shipped_tables(), format)
        return
    if table is None or backbone is None:
        raise InputError("give TABLE and --backbone NAME; --list shows the tables")
    jobs = import_with_extra("instructerc.experiments.jobs", _FEATURE, "train")
    wanted = jobs.Wanted(
        backbone=backbone,
        output=output,
        rows=tuple(rows or ()),
        corpora=tuple(corpora or ()),
        data=dict(_folder(pair) for pair in data or ()),
        seeds=_numbers(seeds),
        changes=tuple(changes or ()),
        recipe=recipe,
        until=None if minutes is None else time.monotonic() + 60 * minutes,
        lenient=table == "all" or recipe is not None,
    )
    known = [tables.load_table(name) for name in (tables.ALL if table == "all" else [table])]
    if table != "all":
        jobs.check_wanted(known[0], wanted)
    training = import_with_extra("instructerc.experiments.reproduce", _FEATURE, "train")
    left_out = False
    try:
        for one in known:
            # The trainer prints its figures; standard output is kept for the table.
            with redirect_stdout(sys.stderr):
                if table == "all":
                    print_line(f"table {one.name}")
                done = training.reproduce(one, wanted, _score_model, say=print_line)
            # Of several processes, the first one speaks.
            if os.environ.get("RANK", "0") == "0":
                _print(done, one.name, backbone, format)
                if publish is not None:
                    training.publish(one, wanted, publish)
            left_out = left_out or bool(done.left_out)
    except KeyboardInterrupt:
        print_line("stopped; the same command continues")
        raise
    if left_out:
        raise typer.Exit(INCOMPLETE)


def _folder(pair: str) -> tuple[str, str]:
    name, equals, folder = pair.partition("=")
    if not (name and equals and folder):
        raise InputError(f"--data {pair!r}: expected NAME=DIR, such as meld=data/meld")
    return name, folder


def _numbers(text: str | None) -> tuple[int, ...]:
    words = [] if text is None else [word.strip() for word in text.split(",")]
    if not all(word.isdecimal() for word in words):
        raise InputError(f"--seeds {text!r}: expected whole numbers separated by commas, such as 1,2,3")
    return tuple(dict.fromkeys(map(int, words)))


def _score_model(model: Path, corpus: str, conversations: Sequence[Conversation], oracle: bool = False) -> Run:
    """Returns a model's answers to a corpus, as `evaluate` makes them, without the texts.

    With `oracle` its demonstrations have the gold label, as no user's could.
    """
    from dataclasses import replace

    from instructerc.cli.shared.progress import Progress
    from instructerc.recognition import Recognizer
    from instructerc.recognition.runs import run_of

    # Trained a moment ago from the user's own recipe, which said what it may do.
    recognizer = Recognizer.from_pretrained(model, trust=True).for_corpus(corpus)
    if oracle:
        recognizer.builder = replace(recognizer.builder, with_answers=True, same_label=True)
    recognitions = []
    with Progress(total=sum(map(len, conversations))) as progress:
        for answers in recognizer.recognize_many(conversations):
            recognitions.append(answers)
            progress.advance(len(answers))
    return run_of(
        *(recognizer, conversations, recognitions),
        model=model,
        made_by="reproduce",
        corpus=corpus,
        split="test",
    )


def _print(done: Reproduction, table: str, backbone: str, format: ReportFormat) -> None:
    if format == "json":
        import json

        about = {"table": table, "backbone": backbone, "folder": str(done.folder), "left_out": dict(done.left_out)}
        typer.echo(json.dumps(about | {"rows": done.summaries}, indent=2, ensure_ascii=False))
        return
    typer.echo(done.markdown, nl=False)


def _print_tables(names: Sequence[str], format: ReportFormat) -> None:
    import json

    from instructerc.experiments.tables import load_table

    loaded = [load_table(name) for name in names]
    if format == "json":
        data = {one.name: {"title": one.title, "rows": [row.name for row in one.rows]} for one in loaded}
        typer.echo(json.dumps(data, indent=2, ensure_ascii=False))
        return
    width = max(len(row.name) for one in loaded for row in one.rows)
    for one in loaded:
        typer.echo(f"{one.name}: {one.title}, on {', '.join(corpus.name for corpus in one.corpora)}")
        for row in one.rows:
            typer.echo(f"  {row.name:{width}}  {row.about}".rstrip())
