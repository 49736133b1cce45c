"""Instagram's export of 2019 and 2020: `messages.json`, a list of chats whose newest message comes first."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from instructerc.conversation import Conversation
from instructerc.errors import BadRow, InputError
from instructerc.formats.chats.messenger import in_order, repaired
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_messages import HOUSEKEEPING, Message, iso_moment, read_messages
from instructerc.formats.shared.chat_turns import Said, build_chat, unique_name
from instructerc.formats.shared.json_document import read_json_document
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, show

_CHATS_LOOKED_AT = 50
# What somebody did, and not what they said.
_ACTIONS = ("video_call_action", "action", "poll", "call_duration")
_SHARED = ("story_share", "media_share_caption", "media_share_url", "profile_share_username", "live_video_share")

_SHARES = "{n} share(s) of stories, posts or profiles without words: left out"
_LIKES = "{n} like(s) of messages: left out"


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a list of chats with participants, whose messages have a sender and the time of their making."""
    chats = _chats_of(file.peek.document) or []
    return float(any(_is_chat(one) for one in chats[:_CHATS_LOOKED_AT]))


def _chats_of(document: Any) -> list[Any] | None:
    """Returns the chats of a document, which may be a single one."""
    if isinstance(document, dict):
        return [document]
    return document if isinstance(document, list) else None


def _is_chat(chat: Any) -> bool:
    if not isinstance(chat, dict) or not isinstance(chat.get("participants"), list):
        return False
    said = chat.get("conversation")
    first = said[0] if isinstance(said, list) and said else None
    return isinstance(first, dict) and {"sender", "created_at"} <= first.keys()


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields each chat as a conversation, named after who takes part, in the order of time.

    Calls, likes, and messages without words, such as photos and shared stories, are left out and counted. A heart that
    is sent as a message is its text.

    Raises:
        InputError: no JSON, or no list of chats.
        BadRow: a chat or a message that cannot be read; its place in the list is given as the line.
    """
    chats = _chats_of(read_json_document(file))
    if chats is None:
        raise InputError(f"{file.source}: has no list of chats; give messages.json of Instagram's export")
    names: set[str] = set()
    for number, chat in enumerate(chats, 1):
        try:
            said = list(_read_chat(chat, number, len(chats), reading))
        except BadRow as error:
            reading.skip(error)
            continue
        if said:
            yield from build_chat(unique_name(_title(chat), f"{reading.stem}/{number}", names), in_order(said))


def _read_chat(chat: Any, number: int, n_chats: int, reading: Reading) -> Iterator[Said]:
    items = chat.get("conversation") if isinstance(chat, dict) else None
    if not isinstance(items, list):
        raise reading.bad(number, f"chat {number}: must have a list 'conversation', got {show(chat)}")
    where = f"chat {number}, " if n_chats > 1 else ""
    return read_messages(reading, items, where, _read_message)


def _title(chat: dict[str, Any]) -> str | None:
    """Returns who takes part; None where nobody is named."""
    people = chat.get("participants")
    given = people if isinstance(people, list) else ()
    return ", ".join(repaired(name) for name in given if isinstance(name, str) and name.strip()) or None


def _read_message(message: Message) -> Said | None:
    fields = message.fields
    if any(fields.get(key) is not None for key in _ACTIONS):
        message.repair(HOUSEKEEPING)
        return None
    for _ in fields["likes"] if isinstance(fields.get("likes"), list) else ():
        message.repair(_LIKES)
    text, speaker = message.first_text("text", "heart"), message.first_text("sender")
    if text is None and any(fields.get(key) is not None for key in _SHARED):
        message.repair(_SHARES)
        return None
    moment = message.moment("created_at", iso_moment)
    return message.said(None if speaker is None else repaired(speaker), repaired(text or ""), moment)


FORMATS = (
    Format(
        name="instagram",
        title="Instagram's chats of 2019 and 2020",
        about="Instagram's `messages.json` of 2019 and 2020: one conversation per chat; later exports are `messenger`",
        times="from the first message",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
