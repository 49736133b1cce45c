"""Google Chat as Takeout exports it: `messages.json` of a group or of a chat of two."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_messages import Message, read_messages
from instructerc.formats.shared.chat_turns import Said, build_chat
from instructerc.formats.shared.json_document import read_json_document
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading

_MONTHS = (
    *("january", "february", "march", "april", "may", "june"),
    *("july", "august", "september", "october", "november", "december"),
)
_DATE = re.compile(r"\w+, (\w+) (\d{1,2}), (\d{4}) at (\d{1,2}):(\d{2}):(\d{2})[\s\u202f]([AP])M UTC", re.ASCII)


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a document whose first message has a creator and a date."""
    document = file.peek.document
    messages = document.get("messages") if isinstance(document, dict) else None
    first = messages[0] if isinstance(messages, list) and messages else None
    return float(isinstance(first, dict) and isinstance(first.get("creator"), dict) and "created_date" in first)


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the chat as one conversation, named after the file.

    Messages without text, such as pictures and deleted ones, are left out and counted.

    Raises:
        InputError: no JSON, or no list of messages.
        BadRow: a message that cannot be read; its place in the list is given as the line.
    """
    document = read_json_document(file)
    messages = document.get("messages") if isinstance(document, dict) else None
    if not isinstance(messages, list):
        raise InputError(f"{reading.source}: has no list 'messages'; give the messages.json of Google Takeout's Chat")
    yield from build_chat(reading.stem, list(read_messages(reading, messages, "", _read_message)))


def _read_message(message: Message) -> Said | None:
    creator = message.fields.get("creator")
    speaker = message.first_text("name", "email", of=creator) if isinstance(creator, dict) else None
    return message.said(speaker, message.first_text("text") or "", message.moment("created_date", _moment))


def _moment(value: Any) -> float | None:
    """Returns seconds since 1970 of `Tuesday, December 24, 2024 at 9:05:00 PM UTC`; None of another text."""
    found = _DATE.fullmatch(value) if isinstance(value, str) else None
    if found is None or found[1].casefold() not in _MONTHS:
        return None
    hour = int(found[4]) % 12 + 12 * (found[7] == "P")
    month = _MONTHS.index(found[1].casefold()) + 1
    try:
        moment = datetime(int(found[3]), month, int(found[2]), hour, int(found[5]), int(found[6]), tzinfo=UTC)
    except ValueError:
        return None
    return moment.timestamp()


FORMATS = (
    Format(
        name="google-chat",
        title="Google Chat's chats",
        about="Google Chat's `messages.json` from Takeout",
        times="from the first message",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
