"""One result: what a row of the leaderboard says, and which words it may use.

A row is written once. A correction is a new row that names the old one in `replaces`; both stay in the file.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

from instructerc.errors import InputError, did_you_mean

METRICS = {
    "weighted_f1": "Weighted F1",
    "macro_f1": "Macro F1",
    "accuracy": "Accuracy",
    "micro_f1_without_neutral": "Micro F1 without neutral",
}
CONTEXTS = {
    "none": "utterance alone",
    "past": "past only",
    "later": "later turns too",
    "whole": "whole dialogue",
    "unknown": "not stated",
}
STATUSES = {"claimed": "claimed", "re-run": "re-run by others", "ours": "ours"}
SOURCE_KINDS = {
    "paper": "its own paper",
    "repository": "its own repository",
    "secondary": "a secondary source",
    "own": "our own record",
}
KINDS = {"main": "result", "ablation": "ablation", "baseline": "baseline"}
CHOICES: dict[str, tuple[str, ...]] = {
    "metric": tuple(METRICS),
    "context": tuple(CONTEXTS),
    "status": tuple(STATUSES),
    "source_kind": tuple(SOURCE_KINDS),
    "kind": tuple(KINDS),
    "split_basis": ("stated", "assumed"),
    "extra_data": ("yes", "no", "unknown"),
    "chosen_on": ("dev", "test", "unknown"),
}
REQUIRED = ("id", "added", "task", "dataset", "variant", "metric", "value", "model", "year", "context", "source")
_ID = re.compile(r"[a-z0-9]+(?:[-.][a-z0-9]+)*")
# Python's own reading of numbers also takes 6_1.5 and digits of other scripts.
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_FIRST_YEAR, _LAST_YEAR = 1990, 2100
_BILLION = 1000


@dataclass(frozen=True)
class Entry:
    """A result of a model on a test split.

    Attributes:
        id: name of the row, for links.
        added: day on which it joined the file.
        task: id of a task.
        dataset: id of a dataset.
        variant: id of the dataset's test split; rows of two variants are never ranked together.
        split_basis: whether the source states the split, or we assume the usual one.
        metric: what `value` is, one of METRICS.
        value: in percent.
        sd: standard deviation over seeds, in percent points.
        model: name as the source has it.
        kind: a result of its own, an ablation, or a baseline.
        year: of publication.
        backbone: pretrained model below it.
        params_millions: size of that.
        context: which turns an answer may depend on, one of CONTEXTS.
        modality: what is read, such as `text` or `text + speech`.
        extra_data: whether more than the dataset's training split was trained on.
        seeds: number of runs behind the value; None where the source does not say.
        chosen_on: the split on which the epoch was chosen.
        status: who stands for the figure, one of STATUSES.
        source: where the figure is printed.
        source_url: the same as an address.
        source_kind: how near to the work that is.
        checked: day on which we saw the figure in the source; None where we did not.
        paper: id of a paper.
        replaces: id of the row that this one corrects.
        note: what else a reader has to know.
    """

    id: str
    added: date
    task: str
    dataset: str
    variant: str
    metric: str
    value: float
    model: str
    year: int
    context: str
    source: str
    split_basis: str = "stated"
    sd: float | None = None
    kind: str = "main"
    backbone: str = ""
    params_millions: float | None = None
    modality: str = "text"
    extra_data: str = "unknown"
    seeds: int | None = None
    chosen_on: str = "unknown"
    status: str = "claimed"
    source_url: str = ""
    source_kind: str = "paper"
    checked: date | None = None
    paper: str = ""
    replaces: str = ""
    note: str = ""

    @property
    def benchmark(self) -> str:
        """Id of the table in which it is ranked, together with `metric`."""
        return f"{self.dataset}-{self.variant}"

    @property
    def seen(self) -> bool:
        """Whether we saw the figure in its paper, its repository or our own record."""
        return self.checked is not None and self.source_kind != "secondary"

    @property
    def standing(self) -> str:
        """Who stands for the figure, and whether we saw it in its source."""
        if self.source_kind == "secondary":
            return f"{STATUSES[self.status]}, secondary source"
        return STATUSES[self.status] + ("" if self.checked else ", source not seen")


COLUMNS = (
    *("id", "added", "task", "dataset", "variant", "split_basis", "metric", "value", "sd", "model", "kind", "year"),
    *("backbone", "params_millions", "context", "modality", "extra_data", "seeds", "chosen_on"),
    *("status", "source", "source_url", "source_kind", "checked", "paper", "replaces", "note"),
)
DATES = frozenset({"added", "checked"})
NUMBERS = frozenset({"value", "sd", "params_millions"})
COUNTS = frozenset({"year", "seeds"})


def read_entry(record: Mapping[str, Any], where: str = "entry") -> Entry:
    """Returns an entry of a record whose values are text, numbers or dates; a blank one counts as missing.

    Raises:
        InputError: faults of the record, all of them in one message.
    """
    given = {name: value for name, value in record.items() if value is not None and str(value).strip()}
    faults = [f"unknown field {name!r}{did_you_mean(str(name), COLUMNS)}" for name in given if name not in COLUMNS]
    faults += [f"no {name}" for name in REQUIRED if name not in given]
    values: dict[str, Any] = {}
    for name in COLUMNS:
        if name in given:
            try:
                values[name] = _convert(name, given[name])
            except ValueError as error:
                faults.append(f"{name} {given[name]!r}: {error}")
    faults += _contradictions(values)
    if faults:
        raise InputError(f"{where}: {'; '.join(faults)}")
    return Entry(**values)


def _convert(name: str, value: Any) -> Any:
    if name in DATES:
        return _day(value)
    if name in NUMBERS or name in COUNTS:
        return _number(value, whole=name in COUNTS)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("expected text")
    text = str(value).strip()
    if any(not character.isprintable() for character in text):
        raise ValueError("expected one line of printable text")
    if name in ("id", "replaces") and not _ID.fullmatch(text):
        raise ValueError("expected small letters and digits, joined by - or .")
    if name in CHOICES and text not in CHOICES[name]:
        raise ValueError(f"expected {', '.join(CHOICES[name])}{did_you_mean(text, CHOICES[name])}")
    if name == "source_url" and not re.fullmatch(r"(?:https?://|[\w.])[^\s\"'<>]*", text):
        raise ValueError("expected an address")
    return text


def _day(value: Any) -> date:
    # A moment is a date too for Python, and would be written as one that is not read again.
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    try:
        return date.fromisoformat(str(value).strip())
    except ValueError:
        raise ValueError("expected a day, such as 2026-11-27") from None


def _number(value: Any, whole: bool) -> float | int:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("expected a number")
    try:
        number = float(value)
    except (OverflowError, ValueError):
        raise ValueError("expected a number") from None
    # "inf" and "nan" are named below, as the numbers are.
    if isinstance(value, str) and math.isfinite(number) and not _NUMBER.fullmatch(value.strip()):
        raise ValueError("expected a number")
    if not math.isfinite(number) or number < 0:
        raise ValueError("expected a number of 0 or more")
    if not whole:
        return number
    if number != int(number):
        raise ValueError("expected a whole number")
    return int(number)


def _contradictions(values: Mapping[str, Any]) -> list[str]:
    """Returns what cannot be true of the fields that were read."""
    faults = []
    if values.get("value", 0) > 100:
        faults.append(f"value {values['value']}: expected percent, 0 to 100")
    if not _FIRST_YEAR <= values.get("year", _FIRST_YEAR) <= _LAST_YEAR:
        faults.append(f"year {values['year']}: expected {_FIRST_YEAR} to {_LAST_YEAR}")
    if values.get("seeds") == 0:
        faults.append("seeds 0: expected 1 or more")
    if values.get("replaces") and values.get("replaces") == values.get("id"):
        faults.append(f"replaces {values['id']!r}: a row cannot replace itself")
    if values.get("checked") and values.get("added") and values["checked"] > values["added"]:
        faults.append(f"checked {values['checked']}: is after added {values['added']}")
    return faults


def write_record(entry: Entry) -> dict[str, str]:
    """Returns an entry as text by column; `read_entry` gives the same entry back."""
    record = {}
    for name in COLUMNS:
        value = getattr(entry, name)
        if value is None:
            record[name] = ""
        elif isinstance(value, float):
            record[name] = format_number(value)
        else:
            record[name] = value.isoformat() if isinstance(value, date) else str(value)
    return record


def format_number(value: float) -> str:
    """Returns a number in the fewest digits that give it back."""
    return str(int(value)) if value == int(value) else repr(value)


def format_size(millions: float | None) -> str:
    """Returns a number of parameters such as `7B` or `355M`; empty where unknown."""
    if millions is None:
        return ""
    return f"{millions / _BILLION:g}B" if millions >= _BILLION else f"{millions:g}M"


assert set(COLUMNS) == {field.name for field in fields(Entry)}
