"""New entries from a file that a person wrote."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

from instructerc.compat.yaml_text import load_yaml
from instructerc.errors import InputError, one_line
from instructerc.leaderboard.board import check_references
from instructerc.leaderboard.catalogue import load_catalogue
from instructerc.leaderboard.entry import Entry, read_entry


def entries_of_file(path: Path, changes: Mapping[str, str]) -> list[Entry]:
    """Returns the entries of a YAML or JSON file: the fields of one, or a list of several.

    What follows from the rest may be left out: `id`, `added` (today), `task`, and `year` where the paper is known. A
    correction is called by the row that it replaces, with `-corrected`.

    Args:
        path: of the file.
        changes: fields that replace those of the file.

    Raises:
        InputError: the file cannot be read, or an entry has faults; all of them are named.
    """
    import yaml

    try:
        data = load_yaml(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"{path}: cannot be read: {one_line(error)}") from error
    records = data if isinstance(data, list) else [data]
    if not records or not all(isinstance(record, Mapping) for record in records):
        raise InputError(f"{path}: expected the fields of an entry, or a list of entries")
    entries = [
        read_entry(complete_record({**record, **changes}), f"{path}: entry {n}") for n, record in enumerate(records, 1)
    ]
    check_references([*_stand_ins(entries), *entries], load_catalogue(), str(path))
    return entries


def complete_record(record: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a record with what follows from the rest of it."""
    complete: dict[str, Any] = {"task": "erc", "added": date.today(), **record}
    paper = load_catalogue().papers.get(str(record.get("paper", "")))
    if "year" not in complete and paper is not None and paper.date is not None:
        complete["year"] = paper.date.year
    if "id" not in complete:
        # A correction is of the same model and metric as the row before it.
        complete["id"] = f"{complete['replaces']}-corrected" if complete.get("replaces") else _identity(complete)
    return complete


def _identity(record: Mapping[str, Any]) -> str:
    words = [str(record.get(name, "")) for name in ("model", "backbone", "dataset", "variant", "metric")]
    return re.sub("[^a-z0-9]+", "-", " ".join(words).casefold()).strip("-")


def _stand_ins(entries: Sequence[Entry]) -> list[Entry]:
    """Returns rows to be replaced that are not among the entries; whether they exist is seen when they are added."""
    own = {entry.id for entry in entries}
    return [replace(entry, id=entry.replaces, replaces="") for entry in entries if entry.replaces not in ("", *own)]
