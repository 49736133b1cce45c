"""Recipe files: YAML and `--set` changes to a checked recipe."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, get_args

import yaml
from pydantic import BaseModel, ValidationError

from instructerc.errors import RecipeError, did_you_mean
from instructerc.training.recipe import Recipe


def load_recipe(path: str | Path, overrides: Sequence[str] = ()) -> Recipe:
    """Returns the recipe in a YAML file with overrides such as `stages.0.epochs=1`.

    Raises:
        RecipeError: a file that cannot be read; else every fault at once, with its line and the nearest name.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
        data, lines = yaml.safe_load(text), _key_lines(yaml.compose(text))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RecipeError(f"recipe {path}: {' '.join(str(error).split())}") from error
    if not isinstance(data, dict):
        raise RecipeError(f"recipe {path}: a mapping is needed, got {type(data).__name__}")
    for override in overrides:
        _apply(data, override)
    try:
        return Recipe.model_validate(data)
    except ValidationError as error:
        faults = [_fault(item, lines) for item in error.errors()]
        raise RecipeError(f"recipe {path} has {len(faults)} fault(s): " + "; ".join(faults)) from error


def _apply(data: dict[str, Any], override: str) -> None:
    key, equals, value = override.partition("=")
    if not equals:
        raise RecipeError(f"--set {override!r}: KEY=VALUE is needed, such as stages.0.epochs=1")
    *parents, last = key.split(".")
    node: Any = data
    for part in parents:
        node = _child(node, part, override)
    parsed = yaml.safe_load(value)
    if isinstance(node, list) and last.isdigit() and int(last) < len(node):
        node[int(last)] = parsed
    elif isinstance(node, dict):
        node[last] = parsed
    else:
        raise RecipeError(f"--set {override!r}: there is no {key!r} in the recipe")


def _child(node: Any, part: str, override: str) -> Any:
    if isinstance(node, dict):
        return node.setdefault(part, {})
    if isinstance(node, list) and part.isdigit() and int(part) < len(node):
        return node[int(part)]
    raise RecipeError(f"--set {override!r}: there is no {part!r} in the recipe")


def _key_lines(node: yaml.Node | None, path: tuple[str | int, ...] = ()) -> dict[tuple[str | int, ...], int]:
    """Returns the line, from 1, of every key and list entry, by its path."""
    lines: dict[tuple[str | int, ...], int] = {}
    pairs: list[tuple[str | int, yaml.Node, yaml.Node]] = []
    if isinstance(node, yaml.MappingNode):
        pairs = [(key.value, key, value) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        pairs = [(index, value, value) for index, value in enumerate(node.value)]
    for name, place, value in pairs:
        lines[(*path, name)] = place.start_mark.line + 1
        lines |= _key_lines(value, (*path, name))
    return lines


def _fault(item: Mapping[str, Any], lines: Mapping[tuple[str | int, ...], int]) -> str:
    location = tuple(item["loc"])
    line = next((lines[location[:end]] for end in range(len(location), 0, -1) if location[:end] in lines), None)
    name = ".".join(map(str, location))
    place = f"line {line}, {name}" if line else name
    if item["type"] == "extra_forbidden":
        accepted = _fields_at(location[:-1])
        return f"{place}: unknown key{did_you_mean(str(location[-1]), accepted)}; accepted: {', '.join(accepted)}"
    if item["type"] == "missing":
        return f"{place}: missing"
    reason = str(item["msg"]).removeprefix("Value error, ")
    return f"{place}: {reason}" + ("" if item["type"] == "value_error" else f", got {item['input']!r}")


def _fields_at(location: tuple[str | int, ...]) -> list[str]:
    model: type[BaseModel] = Recipe
    for part in location:
        if isinstance(part, str):
            annotation = model.model_fields[part].annotation
            kinds = [annotation, *get_args(annotation)]
            model = next(kind for kind in kinds if isinstance(kind, type) and issubclass(kind, BaseModel))
    return list(model.model_fields)
