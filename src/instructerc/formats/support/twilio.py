"""Twilio's messages as its service gives them: of its Conversations, or single ones between two numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_messages import Message, in_order, iso_moment, read_messages
from instructerc.formats.shared.chat_turns import Said, build_chat, unique_name
from instructerc.formats.shared.json_document import first_items, read_json_items
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading

_LISTS = ("messages", "items")
_CHATS = (("conversation_sid", "conversationSid"), ("channel_sid", "channelSid"))
_DATES = ("date_created", "dateCreated", "date_sent", "dateSent")
_UNSENT = "{n} message(s) that were not delivered: left out"


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for messages with an id of Twilio's, words, and an author or two numbers."""
    return float(any(_is_message(one) for one in first_items(file.peek, _LISTS)[:5]))


def _is_message(item: Mapping[str, Any]) -> bool:
    sid = item.get("sid")
    is_twilios = isinstance(sid, str) and sid[:2] in ("IM", "SM", "MM")
    return is_twilios and "body" in item and ("author" in item or {"from", "to"} <= item.keys())


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields each conversation in order of time; messages between two numbers are one.

    Messages without text and those that failed are left out and counted.

    Raises:
        InputError: no JSON, or no messages.
        BadRow: a message that cannot be read; its place is given as the line.
    """
    groups: dict[str, list[Any]] = {}
    for _, item in read_json_items(file, reading, _LISTS):
        groups.setdefault(_chat(item), []).append(item)
    if not any(isinstance(item, dict) and "sid" in item for items in groups.values() for item in items):
        if reading.n_skipped:
            return
        raise InputError(f"{reading.source}: has no list 'messages' with a 'sid' each; give Twilio's JSON")
    names: set[str] = set()
    for chat, items in groups.items():
        said = list(read_messages(reading, items, f"{chat}, " if chat else "", _read_message))
        # Two numbers are no name of a chat that is all of the file.
        given = None if len(groups) == 1 and " " in chat else chat
        yield from build_chat(unique_name(given, reading.stem, names), in_order(said))


def _chat(item: Any) -> str:
    """Returns the id of a message's conversation, or the two numbers of one without."""
    if not isinstance(item, dict):
        return ""
    for keys in _CHATS:
        for key in keys:
            if isinstance(item.get(key), str):
                return str(item[key])
    pair = [item.get(key) for key in ("from", "to")]
    return " ".join(sorted(one for one in pair if isinstance(one, str))) if "author" not in item else ""


def _read_message(message: Message) -> Said | None:
    if message.fields.get("status") in ("failed", "undelivered", "canceled"):
        message.repair(_UNSENT)
        return None
    key = next((key for key in _DATES if message.fields.get(key) is not None), _DATES[0])
    return message.said(
        message.first_text("author", "from"), message.first_text("body") or "", message.moment(key, _moment)
    )


def _moment(value: Any) -> float | None:
    """Returns seconds since 1970 of an ISO time, or of `Thu, 24 Aug 2023 05:01:45 +0000`."""
    moment = iso_moment(value)
    if moment is not None or not isinstance(value, str):
        return moment
    try:
        return parsedate_to_datetime(value).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


FORMATS = (
    Format(
        name="twilio",
        title="Twilio's messages",
        about="Twilio's JSON of Conversations, one conversation each, or of messages between two numbers",
        speakers="authors or numbers",
        times="from the first message",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
