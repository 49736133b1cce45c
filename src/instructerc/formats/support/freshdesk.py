"""Freshdesk: tickets with their conversations, or the conversations of one ticket, as its service gives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
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

_LISTS = ("tickets", "conversations")
_INTERNAL = "{n} internal note(s): left out"
_ROLE_FOR_NAME = "{n} message(s) without the name of the sender: named by the role and id"


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for messages that are incoming or not and private or not, alone or in tickets."""
    items = first_items(file.peek, _LISTS)[:5]
    return float(any(_is_message(item) or _is_ticket(item) for item in items) or _is_ticket(file.peek.document))


def _is_message(item: Any) -> bool:
    return isinstance(item, dict) and {"incoming", "private", "body_text", "user_id"} <= item.keys()


def _is_ticket(item: Any) -> bool:
    messages = item.get("conversations") if isinstance(item, dict) else None
    has_words = isinstance(item, dict) and "description_text" in item
    return has_words and isinstance(messages, list) and all(map(_is_message, messages[:5]))


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields each ticket as a conversation in order of time, its description first; named after its id.

    The one who asked has a name where the ticket gives it; others are named by role and id, as the service gives no
    names of them. Internal notes are left out and counted.

    Raises:
        InputError: no JSON, or no messages.
        BadRow: a message that cannot be read; its place in the ticket is given as the line.
    """
    names: set[str] = set()
    found = False
    for number, ticket in _tickets(file, reading):
        found = True
        where = f"ticket {number}, "
        say = partial(_read_message, _people(ticket))
        said = in_order(list(read_messages(reading, _messages(ticket), where, say)))
        yield from build_chat(unique_name(ticket.get("id"), reading.stem, names), said)
    if not found and not reading.n_skipped:
        raise InputError(f"{reading.source}: has no tickets with 'conversations'; give the JSON of Freshdesk")


def _tickets(file: OpenText, reading: Reading) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yields number and fields of each ticket; messages that stand alone are gathered by their tickets."""
    loose: dict[Any, list[Any]] = {}
    lists = () if _is_ticket(file.peek.document) else _LISTS
    for number, item in read_json_items(file, reading, lists):
        if _is_ticket(item):
            yield number, item
        elif isinstance(item, dict):
            ticket = item.get("ticket_id")
            loose.setdefault(ticket if isinstance(ticket, int | str) else None, []).append(item)
    for number, (ticket, items) in enumerate(loose.items(), 1):
        if any(map(_is_message, items)):
            yield number, {"id": ticket, "conversations": items}


def _messages(ticket: Mapping[str, Any]) -> list[Any]:
    messages = list(ticket["conversations"])
    if "description_text" not in ticket:
        return messages
    first = {"body_text": ticket.get("description_text"), "body": ticket.get("description"), "incoming": True}
    return [{**first, "user_id": ticket.get("requester_id"), "created_at": ticket.get("created_at")}, *messages]


def _people(ticket: Mapping[str, Any]) -> dict[Any, str]:
    """Returns names by id of the one who asked and the one who answers, where the ticket gives them."""
    found: dict[Any, str] = {}
    for role in ("requester", "responder"):
        person = ticket.get(role)
        name = person.get("name") if isinstance(person, dict) else None
        if isinstance(person, dict) and isinstance(name, str) and name.strip():
            found |= {one: name for one in (person.get("id"), ticket.get(f"{role}_id")) if isinstance(one, int | str)}
    return found


def _read_message(people: Mapping[Any, str], message: Message) -> Said | None:
    fields = message.fields
    if fields.get("private") is True:
        message.repair(_INTERNAL)
        return None
    plain = message.first_text("body_text")
    text = tidy_lines(plain) if plain is not None else html_words(message.first_text("body") or "")
    person = fields.get("user_id")
    named = people.get(person) if isinstance(person, int | str) else None
    role = "customer" if fields.get("incoming") is True else "agent"
    otherwise = role if person is None else f"{role} {person}"
    said = message.said(named or otherwise, text, message.moment("created_at", iso_moment))
    if said is not None and named is None:
        message.repair(_ROLE_FOR_NAME)
    return said


FORMATS = (
    Format(
        name="freshdesk",
        title="Freshdesk's tickets",
        about="Freshdesk's tickets with their conversations as JSON, or the conversations of one; internal notes are "
        "left out",
        speakers="names, or roles with ids",
        times="from the first message",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
