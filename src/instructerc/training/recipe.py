"""Recipes: an experiment as data, checked whole before anything runs."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from instructerc.errors import InstructERCError, RecipeError, did_you_mean
from instructerc.labels import load_label_set
from instructerc.prompts import EMOTION_RECOGNITION, TASKS, load_wording


def _checked(load: Callable[[str], object], name: str) -> None:
    """Turns our errors into the kind that a validator collects."""
    try:
        load(name)
    except InstructERCError as error:
        raise ValueError(str(error)) from error


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class CorpusRecipe(_Section):
    """One corpus to train on."""

    name: str = Field(description="name of a corpus that `corpora.load_corpus` reads")
    path: str = Field(description="its folder; relative to where the command runs")
    label_sets: Annotated[list[str], Field(min_length=1)] = Field(
        description="options of its emotion tasks, each a shipped name or a YAML file; several are all asked"
    )
    weight: float = Field(1.0, gt=0, description="factor of the losses of its questions")

    @field_validator("label_sets")
    @classmethod
    def _known_label_sets(cls, value: list[str]) -> list[str]:
        for source in value:
            _checked(load_label_set, source)
        return value


class BackboneRecipe(_Section):
    """What is trained."""

    kind: Literal["encoder"] = "encoder"
    base: str = Field(description="base weights: a hub name, a folder, or all-MiniLM-L6-v2 from its package")
    max_tokens: int = Field(512, ge=16, description="window, in tokens")
    min_history: int = Field(12, ge=0, description="earlier turns that every target sees where they exist and fit")


class StageRecipe(_Section):
    """One training, from the weights that the stage before it selected; defaults as the paper's (section 4.3)."""

    name: str = Field(description="name of the stage's folder")
    corpora: Annotated[list[CorpusRecipe], Field(min_length=1)] = Field(
        description="what is trained on; the development split of the first one selects the epoch"
    )
    tasks: dict[str, float] = Field({EMOTION_RECOGNITION: 1.0}, description="loss weight by task; 0 leaves it out")
    speaker_history: bool = Field(False, description="speaker identification sees the earlier turns")
    shared: bool = Field(False, description="trained once, with the first seed, for all seeds")
    epochs: int = Field(3, ge=1, description="passes over the training splits")
    batch_size: int = Field(8, ge=1, description="conversations (trunks) per step and process")
    accumulation: int = Field(1, ge=1, description="steps per update of the weights")
    learning_rate: float = Field(1e-4, gt=0, description="peak of the linear schedule")
    warmup_share: float = Field(0.1, ge=0, lt=1, description="share of the updates that warm up")
    weight_decay: float = Field(0.0, ge=0, description="AdamW's decay")
    max_grad_norm: float = Field(1.0, gt=0, description="gradients are clipped at this norm")
    precision: Literal["fp32", "bf16"] = Field("bf16", description="of the forward pass; weights stay float32")

    @field_validator("tasks")
    @classmethod
    def _known_tasks(cls, value: dict[str, float]) -> dict[str, float]:
        for task, weight in value.items():
            if task not in TASKS:
                raise ValueError(f"no task {task!r}; there are {', '.join(TASKS)}{did_you_mean(task, TASKS)}")
            if weight < 0:
                raise ValueError(f"task {task!r} has the negative weight {weight}")
        if not any(value.values()):
            raise ValueError("every task has weight 0: nothing would be learnt")
        return value


class Recipe(_Section):
    """A whole experiment."""

    name: str = Field(description="name of the run's folder")
    prompt: str = Field("encoder-1", description="version of the wording")
    backbone: BackboneRecipe
    stages: Annotated[list[StageRecipe], Field(min_length=1)]
    seeds: Annotated[list[int], Field(min_length=1)] = [1]
    average_seeds: bool = Field(
        False, description="the run ends in the mean of the seeds' weights, not in the best seed"
    )

    @field_validator("prompt")
    @classmethod
    def _known_prompt(cls, value: str) -> str:
        _checked(load_wording, value)
        return value

    def to_yaml(self) -> str:
        """Returns the resolved recipe, every default written out."""
        return yaml.safe_dump(self.model_dump(), sort_keys=False, allow_unicode=True)


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
