"""Messenger's and Instagram's exports as JSON.

`message_1.json` has UTF-8 written as Latin-1 and the newest message first; chats with encryption from end to end have
names of their own, `senderName` and `timestamp`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.format import Folder, Format, Sureness, Text
from instructerc.formats.shared.chat_messages import HOUSEKEEPING, Message, read_messages
from instructerc.formats.shared.chat_turns import Said, build_chat, unique_name
from instructerc.formats.shared.folders import find_parts, read_file
from instructerc.formats.shared.json_document import read_json_document
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading

WHAT = "an export of Messenger or Instagram (with message_1.json)"

_PART = re.compile(r"message_\d{1,5}\.json", re.ASCII)
_PLACES = ("", "*/", "inbox/*/", "messages/inbox/*/", "*/messages/inbox/*/")
_DEEPEST = 5
_REPAIRED = "{n} text(s) whose letters were written twice over in UTF-8: repaired"
_NO_MESSAGES = ("Subscribe", "Unsubscribe", "Call", "placeholder")
_REMOVED = ("is_unsent", "isUnsent", "is_taken_down")
# Written for a reaction, and for what was sent without words, in the languages of the phone.
_REACTED = r"Reacted|Hat mit|Reaccion\w+|A réagi|Ha reagito|Reagiu|Heeft gereageerd|Zareagow\w+"
_TO_YOURS = r"to your|auf deine|a tu|a un|à votre|à ton|al tuo|à sua|op je|na twoj\S*"
_NOTICE = re.compile(
    rf"(?:{_REACTED}) .{{1,20}} (?:{_TO_YOURS}) \w+|Liked a message|Gefällt eine Nachricht|Le gustó un mensaje"
    r'|Curtiu uma mensagem|A aimé un message|Ha messo "?Mi piace"? a un messaggio|Failed to download media'
    r"|You missed an? (?:audio |video )?(?:call|chat).*",
    re.IGNORECASE,
)
# Behind the name of who did it.
_DID = re.compile(
    r"(?:sent (?:an attachment|a (?:photo|video|voice message|sticker|GIF|link|live location|location|poll))"
    r"|named the group|changed the|set (?:the|your|his|her|their) |created (?:the|a) (?:group|poll)|added |removed "
    r"|left the group|waved at|started (?:a|an) |joined the|missed your|called you|ended the|shared a|pinned "
    r"|unsent a message|reacted .{1,20} to your message$)"
)


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a document whose messages have the name of their sender and a time in milliseconds."""
    document = file.peek.document
    messages = document.get("messages") if isinstance(document, dict) else None
    firsts = messages[:5] if isinstance(messages, list) else ()
    return float(any(isinstance(one, dict) and _is_message(one) for one in firsts))


def _is_message(message: dict[str, Any]) -> bool:
    return {"sender_name", "timestamp_ms"} <= message.keys() or {"senderName", "timestamp"} <= message.keys()


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the chat as one conversation, named after its title or its participants, in the order of time.

    Calls, unsent messages, notices of what somebody did, and messages without text, such as photos, are left out and
    counted.

    Raises:
        InputError: no JSON, or no list of messages.
        BadRow: a message that cannot be read; its place in the list is given as the line.
    """
    name, said = _read_part(file, reading)
    yield from build_chat(unique_name(name, reading.stem, set()), in_order(said))


def matches_folder(folder: Path) -> bool:
    """Returns whether a folder is, or holds in the places that Meta gives them, chats with a `message_1.json`."""
    return any(next(folder.glob(f"{place}message_1.json"), None) is not None for place in _PLACES)


def read_folder(folder: Path, reading: Reading) -> Iterator[Conversation]:
    """Yields each chat of an export, the parts of a long one together, named after its title.

    Links in the folder are not followed.

    Raises:
        InputError: no chat in it.
        BadRow: a message that cannot be read, or a file that is none of Meta's.
    """
    names: set[str] = set()
    found = False
    for chat, parts in find_parts(folder, reading, _is_part, _DEEPEST):
        found = True
        read_parts = [one for part in parts for one in read_file(part, reading, lambda *given: [_read_part(*given)])]
        name = next((name for name, _ in read_parts if name), None)
        said = [one for _, part in read_parts for one in part]
        if said:
            yield from build_chat(unique_name(name, chat.name, names), in_order(said))
    if not found:
        raise InputError(f"{folder}: holds no chat with a file message_1.json; give {WHAT}")


def _is_part(entry: Path) -> bool:
    return _PART.fullmatch(entry.name) is not None and entry.is_file()


def _read_part(file: OpenText, reading: Reading) -> tuple[str | None, list[Said]]:
    """Returns the title of a chat, and what a file of it says."""
    document = read_json_document(file)
    messages = document.get("messages") if isinstance(document, dict) else None
    if not isinstance(messages, list):
        raise InputError(f"{file.source}: has no list 'messages'; give Messenger's or Instagram's message_1.json")
    return _title(document), list(read_messages(reading, messages, "", _read_message))


def in_order(said: list[Said]) -> list[Said]:
    """Returns messages in the order of time; those of one moment in the order in which they were written."""
    moments = [one.moment for one in said if one.moment is not None]
    if moments and moments[0] > moments[-1]:
        # Newest first, also those of one moment.
        said.reverse()
    return sorted(said, key=lambda one: one.moment or 0.0)


def _title(document: dict[str, Any]) -> str | None:
    """Returns what the chat is called: its title, without the number of newer exports, or else who takes part."""
    title, thread, people = (document.get(key) for key in ("title", "threadName", "participants"))
    if isinstance(title, str) and title.strip():
        return repaired(title)
    if isinstance(thread, str) and (name := re.sub(r"_\d+$", "", thread)).strip():
        return repaired(name)
    given = [one.get("name") if isinstance(one, dict) else one for one in (people if isinstance(people, list) else ())]
    return ", ".join(repaired(name) for name in given if isinstance(name, str) and name.strip()) or None


def _read_message(message: Message) -> Said | None:
    fields = message.fields
    given = message.first_text("content", "text") or ""
    named = message.first_text("sender_name", "senderName")
    text, speaker = repaired(given), None if named is None else repaired(named)
    is_event = fields.get("type") in _NO_MESSAGES or "call_duration" in fields
    if is_event or any(fields.get(key) is True for key in _REMOVED) or _is_notice(text, speaker, fields):
        message.repair(HOUSEKEEPING)
        return None
    if text != given:
        message.repair(_REPAIRED)
    key = "timestamp_ms" if "timestamp_ms" in fields else "timestamp"
    return message.said(speaker, text, message.moment(key, _milliseconds))


def _is_notice(text: str, speaker: str | None, fields: dict[str, Any]) -> bool:
    """Returns whether the program says what somebody did: a reaction, or a sentence that begins with the name."""
    if _NOTICE.fullmatch(text.strip()):
        return True
    names = [name for name in (speaker, "You") if name and text.startswith(f"{name} ")]
    return any(_DID.match(text, len(name) + 1) or (name == speaker and "share" in fields) for name in names)


def _milliseconds(value: Any) -> float | None:
    return value / 1000 if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**14 else None


def repaired(text: str) -> str:
    """Returns a text whose letters are bytes of UTF-8 as these letters; every other one as it is."""
    if text.isascii():
        return text
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


FORMATS = (
    Format(
        name="messenger",
        title="Messenger's and Instagram's chats",
        about="Facebook Messenger's and Instagram's `message_1.json`, damaged letters repaired; also Messenger's "
        "export of encrypted chats; or the folder of an export, a conversation per chat",
        times="from the first message",
        file=Text(Sureness.LAYOUT, explains, read),
        folder=Folder(WHAT, matches_folder, read_folder),
    ),
)
