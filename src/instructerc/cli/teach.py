"""`instructerc teach`: trained models' mean answers about a recipe's training data."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from instructerc.cli.shared.extras import import_with_extra
from instructerc.cli.shared.group import examples, print_line
from instructerc.errors import InputError

EPILOG = examples(
    "instructerc teach recipes/embedded.yaml runs/teacher/seed-*/joint/model -o runs/teacher/answers.safetensors",
)


def teach(
    recipe: Annotated[Path, typer.Argument(metavar="RECIPE", help="The recipe that will learn from the answers.")],
    models: Annotated[
        list[Path],
        typer.Argument(metavar="MODEL", help="Folders of trained models; one that is named twice counts twice."),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="FILE", help="File for the answers.")],
    label_sets: Annotated[
        list[str] | None,
        typer.Option(
            "--label-set",
            metavar="NAME",
            help="Ask only with this label set of the recipe; may be given several times. Default: with all of them.",
        ),
    ] = None,
    corpora: Annotated[
        list[str] | None,
        typer.Option(
            "--corpus",
            metavar="NAME",
            help="Ask only about this corpus of the recipe; may be given several times. Default: about all of them.",
        ),
    ] = None,
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a value of the recipe; may be given several times."),
    ] = None,
) -> None:
    """Write the mean answers of trained models on a recipe's training data.

    The models answer every corpus of the recipe's last stage, with its label sets and its domain. A stage whose
    `teacher` is the written file learns from these answers. Requires: pip install 'instructerc[train]'.
    """
    for model in models:
        if not (model / "model.json").is_file():
            raise InputError(f"{model}: no such model folder; `instructerc train` writes one and prints its name")
    loaded = import_with_extra("instructerc.training.recipe_file", "training", "train").load_recipe(
        recipe, changes or []
    )
    teaching = import_with_extra("instructerc.training.teaching", "training", "train")
    teaching.write_answers(loaded, models, output, print_line, label_sets, corpora)
    typer.echo(output)
