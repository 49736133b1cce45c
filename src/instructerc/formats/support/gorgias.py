"""Gorgias: the messages of tickets, as its service gives them."""

from __future__ import annotations

from collections.abc import Iterator
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
from instructerc.formats.support.html_text import html_words, tidy_lines

_LISTS = ("data", "messages")
_INTERNAL = "{n} internal note(s): left out"


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for messages that are from an agent or not, with their text and the time when they were made."""
    return float(any(map(_is_message, first_items(file.peek, _LISTS)[:5])))


def _is_message(item: Any) -> bool:
    return isinstance(item, dict) and {"from_agent", "body_text", "created_datetime", "sender"} <= item.keys()


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields each ticket as a conversation in order of time; starts in seconds from its first message.

    Internal notes are left out and counted. Of mails, the text without what they quote is read where it is given.

    Raises:
        InputError: no JSON, or no messages.
        BadRow: a message that cannot be read; its place in the ticket is given as the line.
    """
    tickets: dict[str, list[Any]] = {}
    for _, item in read_json_items(file, reading, _LISTS):
        ticket = item.get("ticket_id") if isinstance(item, dict) else None
        tickets.setdefault("" if ticket is None else str(ticket), []).append(item)
    if not any(_is_message(item) for items in tickets.values() for item in items):
        if reading.n_skipped:
            return
        raise InputError(f"{reading.source}: has no list 'data' of messages; give the JSON of Gorgias")
    names: set[str] = set()
    for ticket, items in tickets.items():
        where = f"ticket {ticket}, " if len(tickets) > 1 else ""
        said = in_order(list(read_messages(reading, items, where, _read_message)))
        yield from build_chat(unique_name(ticket, reading.stem, names), said)


def _read_message(message: Message) -> Said | None:
    if message.fields.get("public") is False:
        message.repair(_INTERNAL)
        return None
    plain = message.first_text("stripped_text", "body_text")
    text = tidy_lines(plain) if plain is not None else html_words(message.first_text("body_html") or "")
    sender = message.fields.get("sender")
    named = message.first_text("name", "firstname", "email", of=sender) if isinstance(sender, dict) else None
    role = "agent" if message.fields.get("from_agent") is True else "customer"
    moment = message.moment("sent_datetime", iso_moment)
    moment = message.moment("created_datetime", iso_moment) if moment is None else moment
    return message.said(named or role, text, moment)


FORMATS = (
    Format(
        name="gorgias",
        title="Gorgias' tickets",
        about="the messages of Gorgias' tickets as JSON; internal notes are left out",
        speakers="names or roles",
        times="from the first message",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
