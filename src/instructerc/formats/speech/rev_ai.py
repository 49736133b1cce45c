"""Transcripts of Rev and Rev.ai: monologues made of words and signs of punctuation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from instructerc.conversation import Conversation
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.json_document import read_spoken
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading

_SOUNDS = "{n} sound(s) that are not words, such as <laugh>: left out"


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a document with monologues that have elements."""
    monologues = _monologues(file.peek.document)
    first = monologues[0] if monologues else None
    return float(monologues == [] or (isinstance(first, dict) and isinstance(first.get("elements"), list)))


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the recording as one conversation, a turn per monologue; speakers by their names, or else their numbers.

    Sounds are left out and counted.

    Raises:
        InputError: no JSON, or no monologues.
        BadRow: a monologue that is none; its place in the list is given as the line.
    """
    fault = "has no list 'monologues'; give the JSON transcript of Rev or Rev.ai"
    return read_spoken(file, reading, lambda document: _turns(document, reading), fault)


def _monologues(document: Any) -> list[Any] | None:
    found = document.get("monologues") if isinstance(document, dict) else None
    return found if isinstance(found, list) else None


def _turns(document: Any, reading: Reading) -> list[Any] | None:
    monologues = _monologues(document)
    if monologues is None:
        return None
    named = document.get("speakers")
    names = {
        str(one.get("id")): one["name"]
        for one in (named if isinstance(named, list) else ())
        if isinstance(one, dict) and isinstance(one.get("name"), str) and one["name"].strip()
    }
    return [_turn(one, names, f"monologue {number}", reading) for number, one in enumerate(monologues, 1)]


def _turn(monologue: Any, names: dict[str, str], place: str, reading: Reading) -> Any:
    elements = monologue.get("elements") if isinstance(monologue, dict) else None
    if not isinstance(elements, list):
        return monologue
    text, times = "", []
    for element in elements:
        value = element.get("value") if isinstance(element, dict) else None
        if not isinstance(value, str):
            continue
        if element.get("type") == "unknown" or (value.startswith("<") and value.endswith(">")):
            reading.repair(place, _SOUNDS)
            continue
        text += value
        times += [element[key] for key in ("ts", "end_ts") if element.get(key) is not None]
    start, end = (times[0], times[-1]) if times else (None, None)
    return {"text": " ".join(text.split()), "speaker": _speaker(monologue, names), "start": start, "end": end}


def _speaker(monologue: dict[str, Any], names: dict[str, str]) -> str | None:
    speaker, info = monologue.get("speaker"), monologue.get("speaker_info")
    shown = info.get("display_name") if isinstance(info, dict) else None
    for name in (monologue.get("speaker_name"), names.get(str(speaker)), shown):
        if isinstance(name, str) and name.strip():
            return name
    return str(speaker) if isinstance(speaker, str | int) else None


FORMATS = (
    Format(
        name="rev-ai",
        title="Rev's transcripts",
        about="Rev's and Rev.ai's JSON: a turn per monologue",
        times="yes",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
