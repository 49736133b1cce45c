"""`instructerc export`: a trained model to one that is easier to run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from instructerc.cli.shared.extras import import_with_extra
from instructerc.cli.shared.flags import ReportFormat, named_folder
from instructerc.cli.shared.group import examples, print_line
from instructerc.errors import InputError

if TYPE_CHECKING:
    from instructerc.conversation import Conversation
    from instructerc.labels import LabelSet

CalibrationChoice = Literal["temperature", "prior"]
EPILOG = examples(
    "instructerc export runs/embedded/seed-1/words/model my-model --corpus meld --path data/meld",
    "instructerc export runs/embedded/average/model my-model --corpus everyday=data/everyday --corpus meld=data/meld",
    "instructerc export runs/compact/seed-1/joint/model my-checkpoint",
    "instructerc recognize chat.txt --model my-model",
)


def export(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="Folder of a model that `train` wrote.")],
    output: Annotated[Path, typer.Argument(metavar="OUT", help="Folder for the exported model.")],
    corpus: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=DIR",
            help="Corpus, with the folder of its files, on which an encoder's export is calibrated and checked; may be "
            "given several times.",
        ),
    ] = None,
    path: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Folder with the files of a single --corpus NAME.")
    ] = None,
    foreign: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Labelled conversations in other languages, on which an encoder's export learns how much to lower its "
            "confidence there.",
        ),
    ] = None,
    other_labels: Annotated[
        str | None,
        typer.Option(
            metavar="NAME=DIR",
            help="Corpus whose labels are not the model's own. An encoder's export is calibrated on it for labels that "
            "a user names, and for labels that it was not trained on.",
        ),
    ] = None,
    wording: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Wording that an encoder's export uses; default: the wording of its training. The figures show "
            "whether it suits the model.",
        ),
    ] = None,
    calibration: Annotated[
        CalibrationChoice | None,
        typer.Option(
            help="Calibration of an encoder's export; prior also removes its preference for some labels, measured on "
            "development. Default: the calibration of the model.",
        ),
    ] = None,
    format: Annotated[ReportFormat, typer.Option(help="Print the figures as a table or as JSON.")] = "table",
    trust: Annotated[
        bool, typer.Option("--trust", help="Let a model run its own code and load pickles if it needs to.")
    ] = False,
) -> None:
    """Export a trained model to a form that is easier to run.

    An encoder becomes int8 ONNX, which runs without torch. It is calibrated on the development split of --corpus and
    compared there with the original model; the figures are printed. Give every corpus on which the best epoch was
    chosen: all count equally, and each kind of talk with 300 or more labelled turns gets its own calibration. Requires:
    pip install 'instructerc[train,export]'.

    The adapter of a language model is merged into its base model. The result is a plain Hugging Face checkpoint; its
    folder is printed.
    """
    if not model.is_dir():
        raise InputError(f"{model}: no such model folder; `instructerc train` writes one and prints its name")
    from instructerc.backbones.registry import Export, exported_kinds
    from instructerc.backbones.settings import read_settings

    if read_settings(model).kind not in exported_kinds(Export.GRAPH):
        module = import_with_extra("instructerc.training.merge", "export", "train")
        typer.echo(module.export_merged(model, output, say=print_line, trust=trust))
        return
    corpora = _corpora(corpus or [], path)
    # Read before the export, which takes minutes.
    others = None if other_labels is None else _read_other_labels(model, *named_folder(other_labels))
    foreign_talks = None if foreign is None else _read_talks(foreign)
    module = import_with_extra("instructerc.training.export", "export", "train,export")
    figures = module.export_embedded(model, output, corpora, say=print_line, wording=wording, calibration=calibration)
    if foreign_talks is not None:
        from instructerc.recognition.foreign import calibrate_foreign

        calibrate_foreign(output, foreign_talks)
    if others is not None:
        from instructerc.recognition.other_labels import calibrate_other_labels

        calibrate_other_labels(output, *others)
    if format == "json":
        import json

        typer.echo(json.dumps(figures, indent=2))
        return
    width = max(map(len, figures), default=0)
    for name, value in figures.items():
        typer.echo(f"{name:<{width}}  {value:.4f}" if isinstance(value, float) else f"{name:<{width}}  {value}")


def _read_talks(path: Path) -> list[Conversation]:
    from instructerc.formats import read_conversations

    return list(read_conversations(str(path)))


def _read_other_labels(model: Path, corpus: str, folder: Path) -> tuple[tuple[str, ...], list[Conversation], LabelSet]:
    """Returns the labels of the model's training, and a corpus's development with its labels."""
    from instructerc.corpora import load_corpus
    from instructerc.corpora.catalogue import catalogue
    from instructerc.labels import load_label_set
    from instructerc.training.recipe_file import load_recipe
    from instructerc.training.seen_labels import seen_labels

    dev = load_corpus(corpus, folder, "dev")
    labels = next((load_label_set(entry.label_set) for entry in catalogue() if entry.name == corpus), None)
    if labels is None:
        raise InputError(f"--other-labels {corpus}: give a corpus that `instructerc corpus list` shows")
    return seen_labels(load_recipe(model / "recipe.yaml")), dev, labels


def _corpora(named: Sequence[str], path: Path | None) -> list[tuple[str, Path]]:
    """Returns names and folders of corpora."""
    if not named:
        raise InputError("an encoder's export is calibrated and checked: give --corpus NAME=DIR")
    if path is None:
        return [named_folder(pair) for pair in named]
    if len(named) > 1 or "=" in named[0]:
        raise InputError("--path DIR goes with one --corpus NAME; give several as --corpus NAME=DIR, without --path")
    return [(named[0], path)]
