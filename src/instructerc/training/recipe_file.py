"""Recipe files: YAML and `--set` changes to a checked recipe."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from instructerc.training.recipe import Recipe
from instructerc.training.yaml_model import load_yaml_model


def load_recipe(path: str | Path, overrides: Sequence[str] = ()) -> Recipe:
    """Returns the recipe in a YAML file with overrides such as `stages.0.epochs=1`.

    Raises:
        RecipeError: a file that cannot be read; else every fault at once, with its line and the nearest name.
    """
    return load_yaml_model(Recipe, path, "recipe", overrides)
