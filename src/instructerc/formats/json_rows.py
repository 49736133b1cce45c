"""Turns as objects in one list somewhere in a JSON document, with names that many programs give their fields.

`{"title": …, "transcript": [{"speaker": …, "text": …}]}`, or `[{"author": {"name": …}, "content": …}]`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.columns import KNOWN_NAMES, fold_name
from instructerc.formats.shared.json_document import read_items, read_json_document
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, build_utterance, show

_DEEPEST = 2
_LOOKED_AT = 50
_TEXTS = KNOWN_NAMES["text"] | {"line", "caption", "words", "value", "phrase"}
_WHO = KNOWN_NAMES["speaker"] | {"displayname", "nickname", "speakerid", "sendername", "authorname", "agent", "actor"}
_STARTS = KNOWN_NAMES["start"] | {
    "startts",
    "starttimestamp",
    "timestamp",
    "createdat",
    "sentat",
    "date",
    "datetime",
    "ts",
}
_ENDS = KNOWN_NAMES["end"] | {"endts", "endtimestamp"}
_MILLISECONDS = {"startms": "start", "starttimems": "start", "offsetms": "start", "endms": "end", "endtimems": "end"}
_NAMES = ("displayname", "nickname", "globalname", "realname", "name", "username", "login", "id")
_KINDS = ("type", "messagetype", "kind", "event")
_NOBODY = frozenset(
    [
        "system",
        "service",
        "notification",
        "event",
        "join",
        "leave",
        "joined",
        "left",
        "guildmemberjoin",
        "groupevent",
        "reaction",
    ]
)


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns the share of the first objects of the document's list that are turns; nothing where "
    "it is not one list."""
    items = _find(file.peek.document)
    rows = [_row(item) for item in items[:_LOOKED_AT]] if items else []
    return sum(row is not None for row in rows) / len(rows) if rows else 0.0


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the list as one conversation, named after the file.

    Objects without words, and those of a kind such as `system`, are left out and counted.

    Raises:
        InputError: no JSON, or no such list.
        BadRow: an object that is no turn; its place in the list is given as the line.
    """
    items = _find(read_json_document(file))
    if items is None:
        raise InputError(f"{reading.source}: is not JSON with one list of objects that have a speaker and a text")
    turns = list(read_items(reading, items, lambda number, item: _turn(item, number, reading)))
    if turns:
        yield Conversation(reading.stem, turns)


def _find(document: Any, depth: int = 0) -> list[Any] | None:
    """Returns the one list of turns in a document; None where there is none, or more than one."""
    if isinstance(document, list):
        rows = [_row(item) for item in document[:_LOOKED_AT]]
        known = [row for row in rows if row is not None and (row["speaker"] is not None or row["start"] is not None)]
        return document if rows and 2 * len(known) > len(rows) else None
    if not isinstance(document, dict) or depth > _DEEPEST:
        return None
    found = [one for value in document.values() if (one := _find(value, depth + 1)) is not None]
    return found[0] if len(found) == 1 else None


def _row(item: Any) -> dict[str, Any] | None:
    """Returns speaker, text, start and end of an object; None where it has no text."""
    if not isinstance(item, Mapping):
        return None
    row: dict[str, Any] = {"speaker": None, "text": None, "start": None, "end": None}
    for key, value in item.items():
        name = fold_name(str(key))
        if name in _TEXTS and row["text"] is None and isinstance(value, str):
            row["text"] = value
        elif name in _WHO and row["speaker"] is None:
            row["speaker"] = _name_of(value)
        elif name in _MILLISECONDS and isinstance(value, int | float):
            row[_MILLISECONDS[name]] = value / 1000
        elif name in _STARTS and row["start"] is None:
            row["start"] = value
        elif name in _ENDS and row["end"] is None:
            row["end"] = value
    return row if row["text"] is not None else None


def _name_of(value: Any) -> str | None:
    if isinstance(value, Mapping):
        folded = {fold_name(str(key)): one for key, one in value.items()}
        value = next(
            (folded[name] for name in _NAMES if isinstance(folded.get(name), str | int) and folded[name]), None
        )
    if isinstance(value, bool) or not isinstance(value, str | int):
        return None
    return str(value)


def _turn(item: Any, number: int, reading: Reading) -> Utterance | None:
    row = _row(item)
    if row is None:
        if isinstance(item, Mapping):
            reading.repair(f"object {number}", "{n} object(s) without text: left out")
            return None
        raise reading.bad(number, f"object {number}: expected 'speaker' and 'text', got {show(item)}")
    kinds = {fold_name(str(item.get(key, ""))) for key in item if fold_name(str(key)) in _KINDS}
    if kinds & _NOBODY or not row["text"].strip():
        reading.repair(f"object {number}", "{n} notice(s) or message(s) without words: left out")
        return None
    row["text"] = row["text"].strip()
    return build_utterance(reading, number, **row)


FORMATS = (
    Format(
        name="json-rows",
        title="turns as a list in a JSON document",
        about="a JSON document with one list of objects that have a speaker and a text, under any name: "
        '`{"transcript": [{"speaker": …, "text": …}]}`; fields under the names that many programs give them',
        speakers="if given",
        times="if given",
        file=Text(Sureness.COLUMNS, explains, read),
    ),
)
