"""The fields of a message's head: who wrote it and when, in the letters that they stand for."""

from __future__ import annotations

import re
from datetime import UTC
from email.errors import MessageError
from email.header import Header, decode_header
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime

from instructerc.formats.mail.body import decode

_NAMED = re.compile(r"\s*(?P<name>[^<>]{0,200}?)\s*<\s*(?P<address>[^<>\s]{0,200})\s*>")
_HIDDEN_AT = re.compile(r"^(\s*[\w.+-]{1,64}) at ([\w-]{1,64}(?:\.[\w-]{1,64}){1,8})(?=\s*(?:$|\())")
_VIA = re.compile(r"\s+via\s+.+", re.IGNORECASE)
_LONGEST = 4000


def text_of(message: Message, name: str) -> str:
    """Returns a field as text in one line; `""` where it is missing."""
    return _decoded(message.get(name))


def _decoded(value: str | Header | None) -> str:
    if value is None:
        return ""
    text = str(value)[:_LONGEST] if isinstance(value, str) else _raw(value)
    try:
        parts = decode_header(text)
    except (MessageError, ValueError, LookupError):
        parts = [(text, None)]
    words = [decode(part, named)[0] if isinstance(part, bytes) else _bytes_as_text(part) for part, named in parts]
    return " ".join("".join(words).split())


def _raw(value: Header) -> str:
    """Returns a field with bytes that are no ASCII, as the parser keeps it."""
    parts = decode_header(value)
    return "".join(decode(part, None)[0] if isinstance(part, bytes) else part for part, _ in parts)[:_LONGEST]


def _bytes_as_text(part: str) -> str:
    try:
        return decode(part.encode("ascii", "surrogateescape"), None)[0]
    except UnicodeEncodeError:
        return part


def address_of(message: Message) -> tuple[str, str]:
    """Returns name and address of who wrote a message; `""` for what is not said."""
    for field in ("From", "Sender", "Reply-To"):
        value = message.get(field)
        if value is None:
            continue
        text = str(value)[:_LONGEST] if isinstance(value, str) else _raw(value)
        # Archives of lists hide the sign in addresses.
        text = _HIDDEN_AT.sub(r"\1@\2", text)
        found = _NAMED.match(text)
        name, address = (found["name"], found["address"]) if found else parseaddr(text)
        shown = _decoded(name.replace("\\", "")).strip("\"' ")
        if message.get("List-Id") is not None or message.get("List-Post") is not None:
            # Lists write themselves behind the name of who wrote to them.
            shown = _VIA.sub("", shown)
        if not shown and "@" not in address:
            shown, address = _decoded(text).strip("<> "), ""
        if shown or address:
            return shown if shown != address else "", address.casefold()
    return "", ""


def moment_of(message: Message) -> float | None:
    """Returns when a message was sent in seconds since 1970, in UTC where no zone is named; None if not said."""
    for field in ("Date", "Sent"):
        try:
            moment = parsedate_to_datetime(text_of(message, field))
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, TypeError, IndexError, OverflowError):
            continue
    return None
