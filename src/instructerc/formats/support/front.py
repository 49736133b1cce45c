"""Front: the messages of a conversation as its service gives them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_messages import Message, in_order, read_messages, unix_moment
from instructerc.formats.shared.chat_turns import Said, build_chat
from instructerc.formats.shared.json_document import first_items, read_json_items
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading
from instructerc.formats.support.html_text import html_words, tidy_lines

_LISTS = ("_results",)
_DRAFT = "{n} draft(s): left out"
_QUOTED = "{n} message(s) with quoted text or a signature: cut"


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for messages that are inbound or not, with recipients and a body."""
    return float(any(map(_is_message, first_items(file.peek, _LISTS)[:5])))


def _is_message(item: Any) -> bool:
    return isinstance(item, dict) and {"is_inbound", "body", "recipients", "created_at"} <= item.keys()


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the messages as one conversation in order of time; starts in seconds from the first one.

    Speakers are the authors, or those that the message is from. Quoted text is cut as in mail; drafts are left out.

    Raises:
        InputError: no JSON, or no messages.
        BadRow: a message that cannot be read; its place in the list is given as the line.
    """
    items = [item for _, item in read_json_items(file, reading, _LISTS)]
    if not any(map(_is_message, items)):
        if reading.n_skipped:
            return
        raise InputError(f"{reading.source}: has no list '_results' of messages; give the messages of Front")
    yield from build_chat(reading.stem, in_order(list(read_messages(reading, items, "", _read_message))))


def _read_message(message: Message) -> Said | None:
    # Its patterns take a while to compile, which other forms need not wait for.
    from instructerc.formats.mail.quotes import own_words

    if message.fields.get("is_draft") is True:
        message.repair(_DRAFT)
        return None
    plain = message.first_text("text")
    whole = plain if plain is not None else html_words(message.first_text("body") or "")
    text, is_cut = own_words(whole)
    if is_cut:
        message.repair(_QUOTED)
    return message.said(_sender(message), tidy_lines(text), message.moment("created_at", unix_moment))


def _sender(message: Message) -> str | None:
    author = message.fields.get("author")
    if isinstance(author, dict):
        full = " ".join(name for key in ("first_name", "last_name") if (name := message.first_text(key, of=author)))
        if full:
            return full
    named = _recipient(message.fields)
    own = message.first_text("username", "email", of=author) if isinstance(author, dict) else None
    return own or (None if named is None else message.first_text("name", "handle", of=named))


def _recipient(fields: Mapping[str, Any]) -> dict[str, Any] | None:
    listed = fields.get("recipients")
    people = (one for one in (listed if isinstance(listed, list) else ()) if isinstance(one, dict))
    return next((one for one in people if one.get("role") == "from"), None)


FORMATS = (
    Format(
        name="front",
        title="Front's messages",
        about="the messages of a conversation in Front as JSON; quoted text is cut, drafts are left out",
        times="from the first message",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
