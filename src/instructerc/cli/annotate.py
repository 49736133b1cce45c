"""`instructerc annotate`: the emotion of every turn of more conversations than memory holds."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from instructerc.cli.shared.flags import LayoutFlags, ModelFlags, expand_flags
from instructerc.cli.shared.group import FAILED, examples, print_line
from instructerc.cli.shared.progress import Progress

if TYPE_CHECKING:
    from instructerc.scale.engines.base import Engine
    from instructerc.scale.model import ModelChoice
    from instructerc.scale.run import Advance

EPILOG = examples(
    "instructerc annotate chats/ -o chats-emotions",
    "instructerc annotate 'calls-*.parquet' -o calls-emotions --processes 8",
    "instructerc annotate s3://bucket/chats -o s3://bucket/emotions --work scratch",
    "instructerc annotate chats.jsonl -o emotions --format jsonl --ids separate",
    "instructerc annotate chats/ -o emotions --labels meld --model 'openai://gpu-1:8000/Qwen/Qwen3-8B'",
)


@expand_flags
def annotate(
    inputs: Annotated[
        list[str], typer.Argument(metavar="INPUT", help="Files, folders, globs, or URLs of an object store.")
    ],
    output: Annotated[str, typer.Option("--output", "-o", metavar="DIR", help="Folder or URL for the output files.")],
    format: Annotated[
        Literal["parquet", "jsonl"], typer.Option("--format", help="Format of the output files.")
    ] = "parquet",
    ids: Annotated[
        Literal["merge", "separate", "refuse"],
        typer.Option(
            help="What to do if an id occurs in several files: merge makes one conversation from its rows, separate "
            "makes one per file, refuse ends with an error before anything is written."
        ),
    ] = "merge",
    max_turns: Annotated[
        int,
        typer.Option(
            min=1, metavar="N", help="Refuse conversations with more turns, since a conversation is held in memory."
        ),
    ] = 100_000,
    processes: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Workers; default: one per core for the shipped model, otherwise one."),
    ] = None,
    engine: Annotated[
        Literal["local", "ray"], typer.Option(help="local: processes on this machine; ray: actors of a Ray cluster.")
    ] = "local",
    address: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Ray cluster to connect to; local starts a new one. Default: the cluster in RAY_ADDRESS, otherwise "
            "the one started last on this machine, otherwise a new one.",
        ),
    ] = None,
    gpus: Annotated[float, typer.Option(min=0, metavar="N", help="GPUs for each Ray actor.")] = 0.0,
    work: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Local folder for temporary files; default: _work in the output folder."),
    ] = None,
    metrics: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write progress to this file for Prometheus's textfile collector."),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print the final counts as JSON.")] = False,
    *,
    model: ModelFlags,
    layout: LayoutFlags,
) -> None:
    """Recognise the emotion of every turn in any number of files, with bounded memory.

    For each input, one file is written into the output folder, with the answers beside the turns. If the input is
    Parquet or JSONL, the output keeps all its columns; otherwise it has what is read. A conversation is answered as a
    whole even if its rows are spread over several files. Rows that cannot be read are listed in _refused in the output
    folder, with their position and the reason.

    If the command is stopped in any way, the same command continues where it was.

    Supported formats, which are detected from the content: {format titles}.
    """
    from instructerc.scale.options import AnnotateOptions
    from instructerc.scale.run import annotate as run_annotation

    options = AnnotateOptions(format, ids, max_turns, layout.input_format, layout.options(), work, metrics)
    with ExitStack() as stack:
        workers = stack.enter_context(_engine(engine, model, processes, address, gpus))

        def begin(total: int | None) -> Advance:
            return stack.enter_context(Progress(total, with_rate=True)).advance

        try:
            account = run_annotation(inputs, output, workers, options, begin)
        except KeyboardInterrupt:
            print_line("stopped; the same command continues")
            raise
    if json:
        from json import dumps

        typer.echo(dumps(account.to_data()))
    else:
        typer.echo(account.to_table())
    if account.n_refused:
        print_line(
            f"note: {account.n_refused} row(s) were refused; _refused in the output folder lists their positions and "
            "reasons"
        )
    if not account.adds_up:
        print_line(f"error: {account.n_in} rows in, but {account.n_out} out and {account.n_refused} refused")
        raise typer.Exit(FAILED)


def _engine(kind: str, model: ModelFlags, processes: int | None, address: str | None, gpus: float) -> Engine:
    from instructerc.errors import InputError
    from instructerc.scale.model import ModelChoice

    choice = ModelChoice(
        model.model,
        model.labels,
        model.min_probability,
        model.trust,
        model.wording,
        model.calibration,
        model.chat,
        model.dtype,
    )
    if kind == "ray":
        from instructerc.scale.engines.ray import RayEngine

        return RayEngine(choice, processes, model.threads, address, gpus)
    if address is not None or gpus:
        raise InputError("--address and --gpus work only with --engine ray")
    from instructerc.scale.engines.local import LocalEngine

    n_workers = processes or _default_workers(choice)
    threads = model.threads or max(1, (os.cpu_count() or 1) // n_workers)
    return LocalEngine(choice, n_workers, threads)


def _default_workers(choice: ModelChoice) -> int:
    """Returns one process per core where a model is small and gains by copies, else one."""
    return (os.cpu_count() or 1) if choice.is_small() else 1
