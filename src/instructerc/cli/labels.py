"""`instructerc labels`: label sets, wheels of feelings, and what a mapping between them does and loses."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from instructerc.cli.shared.flags import ReportFormat
from instructerc.cli.shared.group import Commands, examples
from instructerc.errors import InputError

if TYPE_CHECKING:
    from instructerc.labels import LabelMapping, LabelSet, Wheel

SHOW_EPILOG = examples(
    "instructerc labels show",
    "instructerc labels show emorynlp",
    "instructerc labels show willcox --wheel",
    "instructerc labels show meld --lang de",
    "instructerc labels show my-labels.yaml --format json",
)
MAP_EPILOG = examples(
    "instructerc labels map goemotions wheel",
    "instructerc labels map iemocap paper --format json",
    "instructerc labels map my-labels.yaml meld",
)

app = Commands(help="Show label sets, feeling wheels and mappings.")


@app.command(epilog=SHOW_EPILOG)
def show(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="SET",
            help="A label set, a YAML file, or words separated by commas; without it, all sets are listed.",
        ),
    ] = None,
    wheel: Annotated[bool, typer.Option("--wheel", help="Treat SET as the name of a feeling wheel.")] = False,
    lang: Annotated[
        str | None,
        typer.Option(
            metavar="CODE",
            help="Show instead what the labels are called in this language, such as de or zh: all words that --labels "
            "takes for them, and descriptions.",
        ),
    ] = None,
    format: Annotated[ReportFormat, typer.Option(help="A table for reading, or JSON.")] = "table",
) -> None:
    """Show a feeling wheel, or the labels of a set with their synonyms, valence, arousal and place on the wheel."""
    from instructerc.labels import load_label_set, load_wheel

    if lang is not None and (name is None or wheel):
        raise InputError("--lang shows the words of a label set; give one, without --wheel")
    if name is None:
        _list_all(format)
    elif wheel:
        _show_wheel(load_wheel(name), format)
    elif lang is not None:
        _show_words(load_label_set(name), lang, format)
    else:
        _show_set(load_label_set(name), format)


@app.command("map", epilog=MAP_EPILOG)
def map_set(
    source: Annotated[str, typer.Argument(metavar="SET", help="The label set to map, or a YAML file.")],
    target: Annotated[str, typer.Argument(metavar="TARGET", help="A mapping (paper, wheel, ekman) or a label set.")],
    format: Annotated[ReportFormat, typer.Option(help="A table for reading, or JSON.")] = "table",
) -> None:
    """Show how each label maps to another set, by which rule, and what is lost.

    Labels without a target are lost, and so is the difference between labels that are merged. If there is no shipped
    mapping between the two sets, labels are compared by their words.
    """
    from instructerc.labels import map_labels

    mapping = map_labels(source, target)
    if format == "json":
        _print_json(
            {
                "mapping": mapping.name,
                "source": mapping.source.name,
                "target": mapping.target.name,
                "labels": [
                    {"label": entry.label, "target": entry.target, "rule": entry.rule, "feeling": entry.feeling}
                    for entry in mapping.entries
                ],
                "merged": mapping.merged,
                "lost": mapping.lost,
                "unreached": mapping.unreached,
            }
        )
        return
    by = f"mapping {mapping.name}" if mapping.name else "by their words alone"
    rows = [
        (entry.label, entry.target or "-", entry.rule + (f": {entry.feeling}" if entry.feeling else ""))
        for entry in mapping.entries
    ]
    title = f"{mapping.source.name} to {mapping.target.name}, {by}"
    _print_table(title, (mapping.source.name, mapping.target.name, "rule"), rows)
    _print_losses(mapping)


def _print_losses(mapping: LabelMapping) -> None:
    for target, labels in mapping.merged.items():
        typer.echo(f"merged into {target}: {', '.join(labels)}")
    typer.echo(f"without a target: {', '.join(mapping.lost) or 'none'}")
    typer.echo(f"labels of {mapping.target.name} that nothing maps to: {', '.join(mapping.unreached) or 'none'}")


def _list_all(format: ReportFormat) -> None:
    from instructerc.labels import load_label_set, load_wheel, shipped_label_sets, shipped_mappings, shipped_wheels
    from instructerc.labels.mapping import mapped_sets

    sets = {name: load_label_set(name).names for name in shipped_label_sets()}
    wheels = {name: load_wheel(name) for name in shipped_wheels()}
    mappings = {name: mapped_sets(name) for name in shipped_mappings()}
    if format == "json":
        about = {name: {"about": wheel.about, "edition": wheel.edition} for name, wheel in wheels.items()}
        _print_json({"label_sets": sets, "wheels": about, "mappings": mappings})
        return
    _print_table("Label sets", ("name", "labels"), [(name, ", ".join(labels)) for name, labels in sets.items()])
    rows = [(name, wheel.about, wheel.edition) for name, wheel in wheels.items()]
    _print_table("Feeling wheels (labels show NAME --wheel)", ("name", "what", "edition"), rows)
    rows_of_two = [(name, ", ".join(begins)) for name, begins in mappings.items()]
    _print_table("Mappings (labels map SET NAME)", ("name", "from"), rows_of_two)


def _show_set(labels: LabelSet, format: ReportFormat) -> None:
    from instructerc.labels import affect_of, place_on_wheel
    from instructerc.labels.affect import affect_source

    places = place_on_wheel(labels)
    rows: list[dict[str, Any]] = []
    for label in labels.names:
        affect = affect_of(label, labels)
        rows.append(
            {
                "label": label,
                "aliases": labels.aliases.get(label, ()),
                "description": labels.descriptions.get(label),
                "valence": affect and affect.valence,
                "arousal": affect and affect.arousal,
                "rated_as": affect and affect.term,
                "wheel": places[label],
            }
        )
    source = affect_source()
    if format == "json":
        _print_json({"name": labels.name, "labels": rows, "ignored": labels.ignored, "affect_source": source})
        return
    described = any(row["description"] for row in rows)
    columns = ("label", "other words", "valence", "arousal", "on the wheel", *(["description"] if described else []))
    cells = [
        (
            row["label"],
            ", ".join(row["aliases"]),
            "-" if row["valence"] is None else f"{row['valence']:+.2f}",
            "-" if row["arousal"] is None else f"{row['arousal']:+.2f}",
            " > ".join(row["wheel"] or ("-",)),
            *([row["description"] or ""] if described else []),
        )
        for row in rows
    ]
    _print_table(labels.name, columns, cells)
    typer.echo(f"not scored: {', '.join(labels.ignored) or 'none'}")
    typer.echo(f"valence and arousal, -1 to 1: {source}")


def _show_words(labels: LabelSet, lang: str, format: ReportFormat) -> None:
    """Shows what a set's labels are called in a language; a word that it lacks is the label itself."""
    from instructerc.labels import label_description, label_words
    from instructerc.labels.languages import check_language

    code = check_language(lang)
    rows = [(label, label_words(label, code), label_description(label, code)) for label in labels.names]
    if format == "json":
        entries = [
            {"label": label, "name": words[0], "aliases": words[1:], "description": described or None}
            for label, words, described in rows
        ]
        _print_json({"name": labels.name, "language": code, "labels": entries})
        return
    cells = [(label, words[0], ", ".join(words[1:]), described) for label, words, described in rows]
    _print_table(f"{labels.name} ({code})", ("label", "name", "other words", "description"), cells)


def _show_wheel(wheel: Wheel, format: ReportFormat) -> None:
    if format == "json":
        about = {"name": wheel.name, "about": wheel.about, "edition": wheel.edition, "source": wheel.source}
        _print_json({**about, "feelings": wheel.feelings, "dyads": wheel.dyads})
        return
    rows = [
        (core if place == 0 else "", feeling, ", ".join(outer))
        for core, middle in wheel.feelings.items()
        for place, (feeling, outer) in enumerate(middle.items())
    ]
    outermost = any(outer for _, _, outer in rows)
    columns = ("core", "middle ring", "outer ring") if outermost else ("core", "rings")
    _print_table(f"{wheel.about} ({wheel.edition})", columns, [row[: len(columns)] for row in rows])
    if wheel.dyads:
        _print_table(
            "Made of two", ("feeling", "of"), [(name, " + ".join(parts)) for name, parts in wheel.dyads.items()]
        )
    typer.echo(wheel.source)


def _print_table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(title), title_justify="left")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    Console(highlight=False).print(table)


def _print_json(data: Any) -> None:
    import json

    typer.echo(json.dumps(data, indent=2, ensure_ascii=False))
