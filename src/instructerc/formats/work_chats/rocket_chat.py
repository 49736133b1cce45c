"""Rocket.Chat: the messages of a room as its service gives them, as a room is exported, or as its database has them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_messages import (
    HOUSEKEEPING,
    Message,
    in_order,
    iso_moment,
    millisecond_moment,
    read_messages,
)
from instructerc.formats.shared.chat_turns import Said, build_chat, unique_name
from instructerc.formats.shared.json_document import first_items, read_json_items
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for messages with `msg`, `ts` and the name of a user."""
    return float(any(map(_is_message, first_items(file.peek, ("messages",))[:5])))


def _is_message(item: Mapping[str, Any]) -> bool:
    user = item.get("u")
    has_user = isinstance(user, dict) and "username" in user and "rid" in item
    has_name = isinstance(item.get("username"), str)
    return "msg" in item and isinstance(item.get("ts"), str | dict) and (has_user or has_name)


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields each room as a conversation in order of time; starts in seconds from its first message.

    Speakers have their usernames, as names may be shared. What happened in the room is left out and counted.

    Raises:
        InputError: no JSON, or no messages.
        BadRow: a message that cannot be read; its place in the room is given as the line.
    """
    rooms: dict[str, list[Any]] = {}
    for _, item in read_json_items(file, reading, ("messages",)):
        room = item.get("rid") if isinstance(item, dict) else None
        rooms.setdefault(room if isinstance(room, str) else "", []).append(item)
    if not any(isinstance(item, dict) and _is_message(item) for items in rooms.values() for item in items):
        if reading.n_skipped:
            return
        raise InputError(f"{reading.source}: has no messages with 'msg' and 'ts'; give the messages of Rocket.Chat")
    names: set[str] = set()
    for room, items in rooms.items():
        several = len(rooms) > 1
        said = list(read_messages(reading, items, f"room {room}, " if several else "", _read_message))
        yield from build_chat(unique_name(room if several else None, reading.stem, names), in_order(said))


def _read_message(message: Message) -> Said | None:
    # Only what happened has a kind: `uj` is who joined, and `e2e` what was encrypted.
    if message.first_text("t", "type") is not None:
        message.repair(HOUSEKEEPING)
        return None
    user = message.fields.get("u")
    speaker = message.first_text("username", "name", of=user if isinstance(user, dict) else message.fields)
    return message.said(speaker, message.first_text("msg") or "", message.moment("ts", _moment))


def _moment(value: Any) -> float | None:
    # The database writes {"$date": …}, with a text or the milliseconds.
    value = value.get("$date") if isinstance(value, dict) else value
    moment = iso_moment(value)
    return millisecond_moment(value) if moment is None else moment


FORMATS = (
    Format(
        name="rocket-chat",
        title="Rocket.Chat's rooms",
        about="the messages of a Rocket.Chat room as JSON: of its service, exported, or a line each from its database",
        times="from the first message",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
