"""Chats as they are copied out of windows, and lists of turns as many services give them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from layouts.chats import Turns, times_of


def _half(when: datetime) -> str:
    return f"{when:%I:%M %p}".lstrip("0")


def _discord(turns: Turns) -> str:
    return "\n".join(f"{name} — Today at {_half(when)}\n{text}" for when, name, text in times_of(turns))


def _slack(turns: Turns) -> str:
    return "\n".join(f"{name} {_half(when)}\n{text}" for when, name, text in times_of(turns))


def _teams(turns: Turns) -> str:
    return "\n".join(f"[{when:%d.%m. %H:%M}] {name}\n{text}\n" for when, name, text in times_of(turns))


def _zoom(turns: Turns) -> str:
    return "\n".join(f"{name} to Everyone {_half(when)}\n{text}" for when, name, text in times_of(turns))


def _rows(turns: Turns) -> str:
    return json.dumps({"title": "Call", "transcript": [{"speakerName": name, "text": text} for name, text in turns]})


def _nested_rows(turns: Turns) -> str:
    rows = [
        {"author": {"id": name, "displayName": name}, "body": text, "createdAt": when.isoformat()}
        for when, name, text in times_of(turns)
    ]
    return json.dumps({"status": "ok", "data": {"entries": rows}}, indent=1)


def _speaker_words(turns: Turns) -> str:
    words = [
        {"text": word, "type": "word", "speaker_id": name, "start": place + 0.1, "end": place + 0.9}
        for place, (name, text) in enumerate(turns)
        for word in text.split()
    ]
    return json.dumps({"language_code": "en", "text": " ".join(text for _, text in turns), "words": words})


COPIED: dict[str, Callable[[Turns], str]] = {
    "copied-chat.discord": _discord,
    "copied-chat.slack": _slack,
    "copied-chat.teams": _teams,
    "copied-chat.zoom": _zoom,
    "json-rows": _rows,
    "json-rows.nested": _nested_rows,
    "speaker-words": _speaker_words,
}
