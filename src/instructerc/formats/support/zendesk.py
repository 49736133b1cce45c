"""Zendesk's tickets: the comments of one as its service gives them, audits with comments, or whole tickets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from html import unescape
from typing import Any

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_messages import Message, iso_moment, read_messages
from instructerc.formats.shared.chat_turns import Said, build_chat, unique_name
from instructerc.formats.shared.json_document import first_items, read_json_document, read_json_items
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading
from instructerc.formats.support.html_text import html_words, tidy_lines

_TICKETS = ("tickets", "results")
_BODIES = ("plain_body", "body", "html_body", "value")
_INTERNAL = "{n} internal note(s): left out"
_SYSTEM = "{n} comment(s) of the system: left out"
_ID_FOR_NAME = "{n} comment(s) by unknown users: named by their id"


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for comments with the id of an author and whether they are public, alone or in tickets or audits."""
    items = first_items(file.peek, _TICKETS)
    for item in [file.peek.document, *items, items]:
        comments = _comments(item)
        if comments:
            first = comments[0]
            return float("author_id" in first and any(body in first for body in _BODIES) and _is_zendesks(first))
    return 0.0


def _is_zendesks(comment: Mapping[str, Any]) -> bool:
    return "public" in comment or "plain_body" in comment or "html_body" in comment or "audit_id" in comment


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields each ticket as a conversation in order of time, named after its id or the file.

    Speakers have their names from the list of users, or else their ids. Internal notes and comments of the system are
    left out and counted.

    Raises:
        InputError: no JSON, or no comments.
        BadRow: a comment that cannot be read; its place in the ticket is given as the line.
    """
    names: set[str] = set()
    document = file.peek.document
    shared = _users(document) if isinstance(document, dict) else {}
    found = False
    for number, item in _tickets(file, reading):
        comments = _comments(item)
        if comments is None:
            continue
        found = True
        users = shared | (_users(item) if isinstance(item, dict) else {})
        where = f"ticket {number}, " if document is None or isinstance(document, list) else ""
        said = list(read_messages(reading, comments, where, partial(_read, users)))
        said.sort(key=lambda one: one.moment or 0.0)
        ticket = item.get("id", _ticket_id(item)) if isinstance(item, dict) else None
        yield from build_chat(unique_name(ticket, reading.stem, names), said)
    if not found and not reading.n_skipped:
        raise InputError(f"{reading.source}: has no comments with 'author_id'; give the comments of Zendesk's tickets")


def _tickets(file: OpenText, reading: Reading) -> Iterator[tuple[int, Any]]:
    """Yields number and value of each ticket; comments that stand alone, one a line, are gathered by their tickets."""
    if _comments(file.peek.document):
        yield 1, read_json_document(file)
        return
    loose: dict[str, list[Any]] = {}
    for number, item in read_json_items(file, reading, _TICKETS):
        if isinstance(item, dict) and _comments(item) is None and "author_id" in item:
            loose.setdefault(str(item.get("ticket_id", "")), []).append(item)
        else:
            yield number, item
    for number, (ticket, comments) in enumerate(loose.items(), 1):
        yield number, {"comments": comments, **({"id": ticket} if ticket else {})}


def _comments(item: Any) -> list[dict[str, Any]] | None:
    """Returns the comments of a ticket, an answer or a list of audits; None of what has none."""
    if isinstance(item, dict):
        for key in ("comments", "audits"):
            if isinstance(item.get(key), list):
                return _comments(item[key])
        ticket = item.get("ticket")
        return _comments(ticket) if isinstance(ticket, dict) and "comments" in ticket else None
    if not isinstance(item, list):
        return None
    found = []
    for one in item:
        if isinstance(one, dict) and isinstance(one.get("events"), list):
            events = [event for event in one["events"] if isinstance(event, dict) and event.get("type") == "Comment"]
            found += [{"created_at": one.get("created_at"), "author_id": one.get("author_id"), **it} for it in events]
        elif isinstance(one, dict) and "author_id" in one:
            found.append(one)
    return found or None


def _ticket_id(item: Mapping[str, Any]) -> Any:
    ticket = item.get("ticket")
    return ticket.get("id") if isinstance(ticket, dict) else item.get("ticket_id")


def _users(item: Mapping[str, Any]) -> dict[str, str]:
    """Returns names by id of the users that stand beside comments, or in a ticket."""
    listed = item.get("users")
    ticket = item.get("ticket")
    people = list(listed) if isinstance(listed, list) else []
    for holder in (item, ticket if isinstance(ticket, dict) else {}):
        people += [holder.get(key) for key in ("requester", "submitter", "assignee")]
    return {
        str(one["id"]): one["name"]
        for one in people
        if isinstance(one, dict) and "id" in one and isinstance(one.get("name"), str) and one["name"].strip()
    }


def _read(users: Mapping[str, str], message: Message) -> Said | None:
    fields = message.fields
    if fields.get("public") is False:
        message.repair(_INTERNAL)
        return None
    author = fields.get("author_id")
    if author == -1:
        message.repair(_SYSTEM)
        return None
    speaker = users.get(str(author)) or _sender(fields)
    said = message.said(speaker or (None if author is None else str(author)), _words(message), _moment(message))
    if said is not None and speaker is None and author is not None:
        message.repair(_ID_FOR_NAME)
    return said


def _moment(message: Message) -> float | None:
    return message.moment("created_at", iso_moment)


def _words(message: Message) -> str:
    plain = message.first_text("plain_body")
    if plain is not None:
        # Zendesk leaves the blanks of HTML in it.
        return tidy_lines(unescape(plain))
    html = message.first_text("html_body")
    return html_words(html) if html is not None else tidy_lines(message.first_text("body", "value") or "")


def _sender(fields: Mapping[str, Any]) -> str | None:
    """Returns the name that a mail came from."""
    found: Any = fields
    for key in ("via", "source", "from", "name"):
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, str) and found.strip() else None


FORMATS = (
    Format(
        name="zendesk",
        title="Zendesk's tickets",
        about="the comments of Zendesk's tickets as JSON, with or without users; internal notes are left out",
        times="from the first message",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
