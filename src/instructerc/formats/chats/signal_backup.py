"""Signal's own export of chats, `main.jsonl`: the frames of a backup, one JSON object a line."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from instructerc.conversation import Conversation
from instructerc.errors import BadRow, InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_turns import Said, build_chat, unique_name
from instructerc.formats.shared.dated_chat import ATTACHMENT, DELETED, NOTICE
from instructerc.formats.shared.lines import OpenText, check_characters
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, build_utterance

_FRAMES = ("account", "recipient", "chat", "chatItem", "stickerPack", "adHocCall", "notificationProfile", "chatFolder")


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns the share of the rows that are frames of a backup, if chats or recipients are among them."""
    rows = file.peek.rows
    frames = [row for row in rows if any(isinstance(row.get(name), dict) for name in _FRAMES)]
    marked = any("recipient" in row or "chatItem" in row for row in frames)
    return len(frames) / max(1, len(rows) - ("backupTimeMs" in rows[0])) if marked else 0.0


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields each chat as a conversation, named after the person or group; starts in seconds from its first message.

    Calls, changes of the group, deleted messages and those without text are left out and counted.

    Raises:
        InputError: no chat.
        BadRow: a line that is not a JSON object.
    """
    people: dict[str, str] = {}
    chats: dict[str, str] = {}
    said: dict[str, list[Said]] = {}
    for line, frame in _frames(file, reading):
        if isinstance(one := frame.get("recipient"), dict):
            people[str(one.get("id"))] = _name(one)
        elif isinstance(one := frame.get("chat"), dict):
            chats[str(one.get("id"))] = str(one.get("recipientId"))
        elif isinstance(one := frame.get("chatItem"), dict):
            try:
                found = _say(line, one, people, reading)
            except BadRow as error:
                reading.skip(error)
                continue
            if found is not None:
                said.setdefault(str(one.get("chatId")), []).append(found)
    if not said and not reading.n_skipped:
        raise InputError(f"{reading.source}: has no message of a chat; give main.jsonl of Signal's export")
    names: set[str] = set()
    for number, chat in enumerate(said, 1):
        name = unique_name(people.get(chats.get(chat, ""), ""), f"{reading.stem}/{number}", names)
        yield from build_chat(name, sorted(said[chat], key=lambda one: one.moment or 0.0))


def _frames(file: OpenText, reading: Reading) -> Iterator[tuple[int, dict[str, Any]]]:
    for raw in reading.rows(file.lines):
        if not raw.strip():
            continue
        number = file.lines.number
        try:
            check_characters(raw, reading.source, number)
            frame = json.loads(raw)
            if not isinstance(frame, dict):
                raise reading.bad(number, "is not a JSON object")
        except BadRow as error:
            reading.skip(error)
        except (ValueError, RecursionError):
            reading.skip(reading.bad(number, "is not a JSON object"))
        else:
            yield number, frame


def _name(recipient: dict[str, Any]) -> str:
    if isinstance(recipient.get("self"), dict):
        return "Me"
    contact, group = recipient.get("contact"), recipient.get("group")
    if isinstance(contact, dict):
        nickname = contact.get("nickname")
        parts = [nickname.get("given"), nickname.get("family")] if isinstance(nickname, dict) else []
        ways = (
            parts,
            [contact.get("systemGivenName"), contact.get("systemFamilyName")],
            [contact.get("profileGivenName"), contact.get("profileFamilyName")],
            [contact.get("username")],
            [contact.get("e164")],
        )
        return next((" ".join(words) for way in ways if (words := [str(part) for part in way if part])), "")
    if isinstance(group, dict):
        title: Any = group.get("snapshot")
        for key in ("title", "title"):
            title = title.get(key) if isinstance(title, dict) else title
        return title if isinstance(title, str) else ""
    return ""


def _say(line: int, item: dict[str, Any], people: dict[str, str], reading: Reading) -> Said | None:
    message = item.get("standardMessage")
    if isinstance(item.get("remoteDeletedMessage"), dict):
        reading.repair(line, DELETED)
        return None
    if not isinstance(message, dict):
        reading.repair(line, NOTICE if "updateMessage" in item else ATTACHMENT)
        return None
    words = message.get("text")
    text = words.get("body") if isinstance(words, dict) else None
    if not isinstance(text, str) or not text.strip():
        reading.repair(line, ATTACHMENT)
        return None
    sent = str(item.get("dateSent", ""))
    moment = int(sent) / 1000 if sent.isascii() and sent.isdigit() and len(sent) < 15 else None
    author = str(item.get("authorId"))
    speaker = people.get(author) or f"Person {author}"
    return Said(build_utterance(reading, line, speaker=speaker, text=text.strip()), moment)


FORMATS = (
    Format(
        name="signal-backup",
        title="Signal's own export",
        about="Signal Desktop's exported chats, `main.jsonl`: one conversation per chat",
        times="from the first message",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
