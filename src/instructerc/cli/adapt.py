"""`instructerc adapt`: a model for labels of one's own, from a few corrected conversations."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from instructerc.backbones.shipped import MULTILINGUAL
from instructerc.cli.recognize import print_report
from instructerc.cli.shared.flags import ReadingFlags, ReportFormat, expand_flags
from instructerc.cli.shared.group import examples, print_line
from instructerc.cli.shared.progress import Progress

if TYPE_CHECKING:
    from instructerc.recognition.adapt import Adaptation

EPILOG = examples(
    "instructerc recognize chats.jsonl --write label-studio --output tasks.json    # to be corrected by a person",
    "instructerc adapt reviewed.json --output my-model",
    "instructerc adapt labelled.csv more.jsonl --emotion-column feeling --output my-model",
    "instructerc recognize chat.txt --model my-model",
)


@expand_flags
def adapt(
    files: Annotated[
        list[str], typer.Argument(metavar="FILE", help="Files whose turns have emotions; - reads standard input.")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="MODEL", help="Folder for the adapted model.")],
    labels: Annotated[
        str | None,
        typer.Option(
            metavar="SET",
            help="A shipped label set, a YAML file, or words separated by commas; default: the labels in the files.",
        ),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="The embedded model to adapt, a folder or a name: small (the shipped model), multilingual, or auto "
            "(default), which chooses multilingual if its package is installed and at least a fifth of the labelled "
            "conversations are not in English, otherwise small.",
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, metavar="N", help="Random seed for the cross-validation folds.")] = 0,
    threads: Annotated[
        int | None, typer.Option(min=1, metavar="N", help="Number of CPU threads; default: one per core.")
    ] = None,
    format: Annotated[ReportFormat, typer.Option(help="Figures in percent, or JSON with fractions.")] = "table",
    *,
    reading: ReadingFlags,
) -> None:
    """Adapt the embedded model to your own labels, in seconds and without torch.

    Reads 30 to a few thousand labelled turns from any file with emotions, tasks corrected in Label Studio, or exports
    of the page. Turns without an emotion are read as history. Pass the output folder to --model of any command.

    The printed figures come from held-out conversations, so they estimate the quality on new conversations. A note
    says if the adapted model is not better than the label names alone.
    """
    from instructerc.formats import ReadReport
    from instructerc.labels import load_label_set
    from instructerc.recognition.adapt import adapt as fit
    from instructerc.recognition.adapt import check_folder

    label_set = None if labels is None else load_label_set(labels)
    check_folder(output)
    report = ReadReport()
    conversations = [talk for file in files for talk in reading.read(file, report)]
    print_report(report)
    with Progress(total=sum(map(len, conversations))) as progress:
        found = fit(
            conversations, label_set=label_set, model=model, seed=seed, threads=threads, advance=progress.advance
        )
    found.save(output)
    if model != MULTILINGUAL and found.base == MULTILINGUAL:
        print_line("note: adapted multilingual, since conversations are not in English; --model small adapts the other")
    if format == "json":
        import json

        typer.echo(json.dumps(_as_data(found, output), indent=2, ensure_ascii=False))
    else:
        _print_table(found)
    for warning in found.warnings:
        print_line(f"note: {warning}")
    if format == "table":
        typer.echo(f"saved: instructerc recognize FILE --model {output}")


def _as_data(found: Adaptation, output: Path) -> dict[str, Any]:
    learnt, names = found.evaluation.to_dict(), found.names.to_dict()
    # Cross-validation scores turns by what was held out together, which is not a number of conversations.
    for scores in (learnt, names):
        del scores["n_conversations"]
    return {
        "model": str(output),
        "base": found.base,
        "n_turns": found.n_turns,
        "n_conversations": found.n_conversations,
        "labels": dict(found.counts),
        "held_out": learnt,
        "names_alone": names,
        "gain": {"weighted_f1": found.gain.difference, "interval": found.gain.interval},
        "warnings": list(found.warnings),
    }


def _print_table(found: Adaptation) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    counts = ", ".join(f"{label} {count}" for label, count in found.counts.items())
    table = Table(title=Text("held out, percent"), title_justify="left")
    for column in ("", "adapted", "label names alone"):
        table.add_column(column, justify="right" if column else "left")
    sides = (found.evaluation, found.names)
    for name, field in (("weighted F1", "weighted_f1"), ("macro F1", "macro_f1"), ("accuracy", "accuracy")):
        table.add_row(name, *(f"{100 * getattr(side, field):.1f}" for side in sides))
    table.add_row("calibration error", *(f"{100 * (side.expected_calibration_error or 0):.1f}" for side in sides))
    console = Console(highlight=False)
    console.print(Text(f"{found.n_turns} labelled turns of {found.n_conversations} conversations: {counts}"))
    console.print(table)
    low, high = found.gain.interval or (0.0, 0.0)
    between = f" (95 % interval {100 * low:+.1f} to {100 * high:+.1f})" if found.gain.interval else ""
    console.print(f"gain in weighted F1: {100 * found.gain.difference:+.1f} points{between}")
