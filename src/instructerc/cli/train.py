"""`instructerc train`: a recipe to a model."""

from __future__ import annotations

import os
import sys
from contextlib import redirect_stdout
from pathlib import Path
from typing import Annotated

import typer

from instructerc.cli.shared.extras import import_with_extra
from instructerc.cli.shared.group import examples, print_line

EPILOG = examples(
    "instructerc train recipes/embedded.yaml --output runs",
    "instructerc train recipes/embedded.yaml --output runs --resume",
    "instructerc train recipes/embedded.yaml --output trial --set seeds=[1] --set stages.0.epochs=1",
)


def train(
    recipe: Annotated[Path, typer.Argument(metavar="RECIPE", help="The recipe, a YAML file.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="DIR", help="Folder for the runs.")] = Path("runs"),
    changes: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Change a value of the recipe; may be given several times."),
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Continue the run in the output folder.")] = False,
    trackers: Annotated[
        list[str] | None,
        typer.Option(
            "--track",
            metavar="NAME",
            help="Also log the training to tensorboard, trackio, mlflow or wandb; may be given several times.",
        ),
    ] = None,
) -> None:
    """Train a model from a recipe.

    The whole recipe is checked before anything runs. The best model is chosen on the development split, and its folder
    is printed to standard output; progress goes to standard error. Beside each model, dev-CORPUS is a run folder with
    its answers on the development split. After any interruption, --resume continues and gives the same result.
    Requires: pip install 'instructerc[train]'.
    """
    overrides = changes or []
    import_with_extra("instructerc.training.recipe_file", "training", "train").load_recipe(recipe, overrides)
    run = import_with_extra("instructerc.training.run", "training", "train")
    try:
        # The trainer prints its figures; standard output is kept for the folder's name.
        with redirect_stdout(sys.stderr):
            best = run.train(recipe, output, overrides, resume, say=print_line, trackers=trackers or [])
    except KeyboardInterrupt:
        print_line("stopped; the same command with --resume continues")
        raise
    # Of several processes, the first one speaks.
    if os.environ.get("RANK", "0") == "0":
        typer.echo(best)
