"""What a run is a run of."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from datetime import date as calendar_date
from typing import Any, Literal, get_args

from instructerc.errors import InputError, did_you_mean

Maker = Literal["train", "evaluate", "reproduce"]
Context = Literal["past", "both"]


@dataclass(frozen=True, kw_only=True)
class RunAbout:
    """What was asked of which model; the head of `metrics.json`.

    Attributes:
        made_by: the command that wrote the run.
        model: the model for a reader: its folder's name, or `embedded`.
        kind: its backbone, such as `encoder`.
        base: weights that it was trained from, where that is known.
        parameters: how many it has, where that is known.
        label_set: name of the labels.
        wording: version of its prompts.
        corpus: name of the corpus, or None for a file.
        split: of the corpus.
        file: name of the file, or None for a corpus.
        context: whether a turn is answered from earlier turns alone, or from later ones too.
        history: as the recipe says it: `trunk` or `window`, and its turns.
        min_probability: below it the model abstained.
        seed: of the training, where there was one.
        recipe: name of the recipe that trained the model.
        table: table of `instructerc reproduce`.
        row: row of that table.
        date: day on which it was made, ISO 8601.
    """

    made_by: Maker
    model: str
    kind: str
    label_set: str
    wording: str
    date: str
    base: str | None = None
    parameters: int | None = None
    corpus: str | None = None
    split: str | None = None
    file: str | None = None
    context: Context = "past"
    history: str | None = None
    min_probability: float = 0.0
    seed: int | None = None
    recipe: str | None = None
    table: str | None = None
    row: str | None = None

    @property
    def source(self) -> str:
        """What was answered, for a reader: corpus and split, or the file."""
        return f"{self.corpus} {self.split}" if self.corpus else str(self.file)

    @property
    def identity(self) -> tuple[str | None, ...]:
        """What the seeds of one model share; its name may be of the seed's own folder, its recipe's end with it."""
        recipe = None if self.recipe is None else re.sub(r"-seed-\d+$", "", self.recipe)
        return recipe, self.kind, self.base, self.source

    def to_data(self) -> dict[str, Any]:
        """Returns it as plain JSON data."""
        return asdict(self)

    @classmethod
    def from_data(cls, data: Any, source: str) -> RunAbout:
        """Returns what `to_data` wrote.

        Args:
            data: as JSON gives it.
            source: name for error messages.

        Raises:
            InputError: a field that is missing, unknown or of another type.
        """
        if not isinstance(data, Mapping):
            raise InputError(f"{source}: `about` is {type(data).__name__}; it must be an object")
        known = {field.name: field for field in fields(cls)}
        for name in data:
            if name not in known:
                raise InputError(f"{source}: `about` has an unknown field {name!r}{did_you_mean(str(name), known)}")
        for name in ("made_by", "model", "kind", "label_set", "wording", "date"):
            if not isinstance(data.get(name), str):
                raise InputError(f"{source}: `about` needs the text {name!r}, got {data.get(name)!r}")
        _check_choice(data, "made_by", get_args(Maker), source)
        _check_choice({"context": "past", **data}, "context", get_args(Context), source)
        for name in ("seed", "parameters"):
            value = data.get(name)
            if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
                raise InputError(f"{source}: `about` has {name} {value!r}; it must be a whole number or null")
        least = data.get("min_probability", 0.0)
        if isinstance(least, bool) or not isinstance(least, int | float) or not 0 <= least <= 1:
            raise InputError(f"{source}: `about` has min_probability {least!r}; it must be a number from 0 to 1")
        try:
            calendar_date.fromisoformat(data["date"][:10])
        except ValueError:
            raise InputError(f"{source}: `about` has date {data['date']!r}; it must be a day, as 2026-11-27") from None
        for name in ("base", "corpus", "split", "file", "history", "recipe", "table", "row"):
            if not isinstance(data.get(name), str | None):
                raise InputError(f"{source}: `about` has {name} {data[name]!r}; it must be text or null")
        return cls(**data)


def _check_choice(data: Mapping[str, Any], name: str, accepted: tuple[str, ...], source: str) -> None:
    if data[name] not in accepted:
        raise InputError(f"{source}: `about` has {name} {data[name]!r}; it must be one of {', '.join(accepted)}")
