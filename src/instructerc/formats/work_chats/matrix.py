"""Matrix: a room as Element exports it as JSON, or the events of a room as a server gives them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_messages import (
    HOUSEKEEPING,
    Message,
    in_order,
    millisecond_moment,
    read_messages,
)
from instructerc.formats.shared.chat_turns import Said, build_chat, unique_name
from instructerc.formats.shared.json_document import first_items, items_of, read_json_document
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading

_LISTS = ("messages", "chunk")
_SECRET = "{n} message(s) that were exported without their key: left out"
_EDITS = "{n} edit(s): the message has its last words"
_FILES = ("m.image", "m.file", "m.audio", "m.video", "m.location")
_SAID = ("m.room.message", "m.sticker")
# Before an answer stand the lines that it answers, and a blank one.
_ANSWERED = re.compile(r"> <@[^>\n]{1,255}>.*\n(?:>.*\n)*\n?")


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a list of events with a sender such as `@mia:example.org`, and the time of its server."""
    return float(any(map(_is_event, first_items(file.peek, _LISTS)[:5])))


def _is_event(item: Any) -> bool:
    sender = item.get("sender") if isinstance(item, dict) else None
    return isinstance(sender, str) and sender.startswith("@") and "origin_server_ts" in item and "type" in item


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the room as one conversation in order of time, named after it; starts in seconds from the first message.

    People have the names that they have in the room, or else their ids. Edited messages have their last words. What is
    no message, files without words and what could not be decrypted are left out and counted.

    Raises:
        InputError: no JSON, or no events.
        BadRow: an event that cannot be read; its place in the list is given as the line.
    """
    document = read_json_document(file)
    events = items_of(document, _LISTS)
    if not any(map(_is_event, events)):
        raise InputError(f"{reading.source}: has no list 'messages' of events; give the JSON that Element exports")
    edits = _edits(events)
    known = {event.get("event_id") for event in events if isinstance(event, dict)}
    say = partial(_read_message, _names(events), edits, known)
    room = document.get("room_name") if isinstance(document, dict) else None
    yield from build_chat(
        unique_name(room, reading.stem, set()), in_order(list(read_messages(reading, events, "", say)))
    )


def _names(events: Sequence[Any]) -> dict[str, str]:
    """Returns the last name of each person in the room, with the id behind it where several have the same one."""
    names: dict[str, str] = {}
    for event in events:
        content = event.get("content") if isinstance(event, dict) else None
        name = content.get("displayname") if isinstance(content, dict) else None
        person = event.get("state_key") if isinstance(event, dict) else None
        if isinstance(name, str) and name.strip() and isinstance(person, str) and event.get("type") == "m.room.member":
            names[person] = name
    shared = Counter(names.values())
    return {person: name if shared[name] == 1 else f"{name} ({person})" for person, name in names.items()}


def _edited(content: Mapping[str, Any]) -> str | None:
    """Returns the id of the message that a content is the new one of; None where it is none."""
    relation = content.get("m.relates_to")
    is_edit = isinstance(relation, dict) and relation.get("rel_type") == "m.replace"
    target = relation.get("event_id") if isinstance(relation, dict) and is_edit else None
    return target if isinstance(target, str) else None


def _edits(events: Sequence[Any]) -> dict[tuple[str, str], dict[str, Any]]:
    """Returns the newest content of each message that its sender edited, by its id and its sender."""
    found: dict[tuple[str, str], tuple[float, dict[str, Any]]] = {}
    for event in filter(_is_event, events):
        content = event.get("content")
        target = _edited(content) if isinstance(content, dict) else None
        new = content.get("m.new_content") if target is not None else None
        if target is None or not isinstance(new, dict):
            continue
        key, moment = (target, event["sender"]), millisecond_moment(event["origin_server_ts"]) or 0.0
        if key not in found or found[key][0] <= moment:
            found[key] = moment, new
    return {key: content for key, (_, content) in found.items()}


def _read_message(
    names: Mapping[str, str],
    edits: Mapping[tuple[str, str], dict[str, Any]],
    known: set[Any],
    message: Message,
) -> Said | None:
    kind, sender = message.first_text("type"), message.first_text("sender")
    content = message.fields.get("content")
    if kind == "m.room.encrypted":
        message.repair(_SECRET)
        return None
    if kind not in _SAID or sender is None or not isinstance(content, dict):
        message.repair(HOUSEKEEPING)
        return None
    target = _edited(content)
    if target is not None and target in known:
        message.repair(_EDITS)
        return None
    # Of an edited message that is not in the export, the edit is all that there is.
    new = content.get("m.new_content") if target is not None else None
    content = edits.get((str(message.fields.get("event_id")), sender), new if isinstance(new, dict) else content)
    text = _words(message, content, kind)
    return message.said(names.get(sender, sender), text, message.moment("origin_server_ts", millisecond_moment))


def _words(message: Message, content: dict[str, Any], kind: str) -> str:
    body = message.first_text("body", of=content) or ""
    if kind != "m.room.message":
        return ""
    if content.get("msgtype") in _FILES:
        # A file has its name there, unless that stands beside it.
        return body if content.get("filename") not in (None, body) else ""
    relation = content.get("m.relates_to")
    is_answer = isinstance(relation, dict) and "m.in_reply_to" in relation
    return _ANSWERED.sub("", body, count=1) if is_answer and body.startswith("> <@") else body


FORMATS = (
    Format(
        name="matrix",
        title="Matrix rooms",
        about="a Matrix room as Element exports it as JSON, or as a server gives its events; edits are applied",
        times="from the first message",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
