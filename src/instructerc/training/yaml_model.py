"""Settings as YAML files: read, changed by `KEY=VALUE`, and checked whole, so that all faults are told at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar, get_args

import yaml
from pydantic import BaseModel, ValidationError

from instructerc.compat.yaml_text import load_yaml
from instructerc.errors import RecipeError, did_you_mean, reason_of

Model = TypeVar("Model", bound=BaseModel)
Location = tuple[str | int, ...]


def load_yaml_model(kind: type[Model], path: str | Path, what: str, overrides: Sequence[str] = ()) -> Model:
    """Returns the settings in a YAML file.

    Args:
        kind: what they are checked against.
        path: the file.
        what: its name for a person, such as `recipe`.
        overrides: changes such as `stages.0.epochs=1`.

    Raises:
        RecipeError: a file that cannot be read; else every fault at once, with its line and the nearest name.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
        data = load_yaml(text)
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise RecipeError(f"{what} {path}: {reason_of(error)}") from error
    if not isinstance(data, dict):
        raise RecipeError(f"{what} {path}: expected a mapping, got {type(data).__name__}")
    for override in overrides:
        _apply(data, override, what)
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        lines = _key_lines(yaml.compose(text, yaml.SafeLoader))
        faults = [_fault(item, lines, kind, what) for item in error.errors()]
        raise RecipeError(f"{what} {path} has {len(faults)} fault(s): " + "; ".join(faults)) from error


def _apply(data: dict[str, Any], override: str, what: str) -> None:
    key, equals, value = override.partition("=")
    if not equals:
        raise RecipeError(f"--set {override!r}: expected KEY=VALUE, such as stages.0.epochs=1")
    *parents, last = key.split(".")
    node: Any = data
    for part in parents:
        node = _child(node, part, override, what)
    try:
        parsed = load_yaml(value)
    except yaml.YAMLError as error:
        raise RecipeError(f"--set {key}: the value is no YAML: {reason_of(error)}") from error
    if isinstance(node, list) and last.isdigit() and int(last) < len(node):
        node[int(last)] = parsed
    elif isinstance(node, dict):
        node[last] = parsed
    else:
        raise RecipeError(f"--set {override!r}: there is no {key!r} in the {what}")


def _child(node: Any, part: str, override: str, what: str) -> Any:
    if isinstance(node, dict):
        return node.setdefault(part, {})
    if isinstance(node, list) and part.isdigit() and int(part) < len(node):
        return node[int(part)]
    raise RecipeError(f"--set {override!r}: there is no {part!r} in the {what}")


def _key_lines(node: yaml.Node | None, path: Location = ()) -> dict[Location, int]:
    """Returns the line, from 1, of every key and list entry, by its path."""
    lines: dict[Location, int] = {}
    pairs: list[tuple[str | int, yaml.Node, yaml.Node]] = []
    if isinstance(node, yaml.MappingNode):
        pairs = [(key.value, key, value) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        pairs = [(index, value, value) for index, value in enumerate(node.value)]
    for name, place, value in pairs:
        lines[(*path, name)] = place.start_mark.line + 1
        lines |= _key_lines(value, (*path, name))
    return lines


def _fault(item: Mapping[str, Any], lines: Mapping[Location, int], kind: type[BaseModel], what: str) -> str:
    location = tuple(item["loc"])
    line = next((lines[location[:end]] for end in range(len(location), 0, -1) if location[:end] in lines), None)
    name = ".".join(map(str, location)) or f"the {what}"
    place = f"line {line}, {name}" if line else name
    if item["type"] == "extra_forbidden":
        accepted = _fields_at(kind, location[:-1])
        return f"{place}: unknown key{did_you_mean(str(location[-1]), accepted)}; accepted: {', '.join(accepted)}"
    if item["type"] == "missing":
        return f"{place}: missing"
    reason = str(item["msg"]).removeprefix("Value error, ")
    return f"{place}: {reason}" + ("" if item["type"] == "value_error" else f", got {item['input']!r}")


def _fields_at(kind: type[BaseModel], location: Sequence[str | int]) -> list[str]:
    for part in location:
        if isinstance(part, str):
            inside = _kinds(kind.model_fields[part].annotation)
            kind = next(one for one in inside if issubclass(one, BaseModel))
    return list(kind.model_fields)


def _kinds(annotation: Any) -> list[type]:
    """Returns the classes that an annotation names, however deep."""
    if isinstance(annotation, type) and not get_args(annotation):
        return [annotation]
    return [kind for part in get_args(annotation) for kind in _kinds(part)]
