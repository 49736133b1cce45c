"""Slack's exports: a folder with a folder per channel, in which each day is a JSON file; or one such day.

Names come from `users.json`, or from the profile that a message carries. Replies in threads stand where they were
written in time, among the other messages of the channel.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.format import Folder, Format, Sureness, Text
from instructerc.formats.shared.chat_messages import HOUSEKEEPING, Message, read_messages, unix_moment
from instructerc.formats.shared.chat_turns import Said, build_chat
from instructerc.formats.shared.emoji import show_emoji
from instructerc.formats.shared.folders import list_folder, read_file
from instructerc.formats.shared.json_document import read_json_document
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading

WHAT = "a Slack export (with users.json, or channels.json)"

_USERS = "users.json"
_LISTS = ("channels.json", "groups.json", "dms.json", "mpims.json")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\.json", re.ASCII)
_TS = re.compile(r"\d{9,11}\.\d{6}", re.ASCII)
# What somebody says; every other subtype tells what happened in the channel.
_SAID = (None, "bot_message", "me_message", "file_share", "thread_broadcast", "reply_broadcast")
_ID_FOR_NAME = "{n} message(s) by unknown users: named by their id"
# <@U1>, <#C1|general>, <!here>, <http://x|label>; Slack writes every other < as &lt;
_MARK = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")

Names = Mapping[str, str]


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a list whose first item is a message of Slack's, with `ts`, or for an answer of its service."""
    messages = _messages_of(file.peek.document)
    first = messages[0] if messages else None
    if not isinstance(first, dict) or first.get("type") != "message":
        return 0.0
    ts = first.get("ts")
    return float(isinstance(ts, str) and _TS.fullmatch(ts) is not None)


def matches_folder(folder: Path) -> bool:
    """Returns whether a folder has Slack's lists of users or channels."""
    return any((folder / name).is_file() for name in (_USERS, *_LISTS))


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields one day, or an answer of `conversations.history`, as a conversation named after the file, in time order.

    Raises:
        InputError: no JSON, or no list.
        BadRow: a message that cannot be read; its place in the list is given as the line.
    """
    yield from build_chat(reading.stem, _in_order(_read_day(file, reading, {}, {})))


def read_folder(folder: Path, reading: Reading) -> Iterator[Conversation]:
    """Yields a conversation per channel, named after its folder, in time order.

    Links in the folder are not followed.

    Raises:
        InputError: there is no folder of a channel in it.
        BadRow: a message that cannot be read, or a file that is not Slack's.
    """
    entries = list_folder(folder, reading)
    names = _by_id((user, _name(user)) for user in _read_list(_USERS, entries, reading))
    channels = _by_id((item, item.get("name")) for name in _LISTS for item in _read_list(name, entries, reading))

    def read_day(file: OpenText, reading: Reading) -> list[Said]:
        return _read_day(file, reading, names, channels)

    found = False
    for entry in entries:
        days = [day for day in list_folder(entry, reading) if _DAY.fullmatch(day.name)] if entry.is_dir() else []
        said: list[Said] = []
        for day in days:
            found = True
            said += (
                read_file(day, reading, lambda file, _: _read_day(file, reading, names, channels))
                if day.is_file()
                else []
            )
        yield from build_chat(entry.name, _in_order(said))
    if not found:
        raise InputError(f"{folder}: holds no folder of a channel with a file such as 2024-12-24.json; give {WHAT}")


def _read_list(name: str, entries: list[Path], reading: Reading) -> list[dict[str, Any]]:
    """Returns the objects of one of the lists beside the channels; none where it is missing."""
    found = [entry for entry in entries if entry.name == name and entry.is_file()]
    return _objects(read_file(found[0], reading, _read_items)) if found else []


def _messages_of(document: Any) -> list[Any] | None:
    """Returns a list of messages, alone or under that name; None where there is none."""
    messages = document.get("messages") if isinstance(document, dict) else document
    return messages if isinstance(messages, list) else None


def _read_items(file: OpenText, _: Reading) -> list[Any]:
    items = _messages_of(read_json_document(file))
    if items is None:
        raise InputError(f"{file.source}: is not of a Slack export, where each file is a list")
    return items


def _objects(items: list[Any]) -> list[dict[str, Any]]:
    return [item for item in items if isinstance(item, dict)]


def _read_day(file: OpenText, reading: Reading, names: Names, channels: Names) -> list[Said]:
    items = _read_items(file, reading)
    known = {}
    for item in _objects(items):
        user, profile = item.get("user"), item.get("user_profile")
        if isinstance(user, str) and isinstance(profile, dict) and (name := _name({**profile, "profile": profile})):
            known[user] = name
    known |= names
    return list(read_messages(reading, items, "", lambda message: _read_message(message, known, channels)))


def _read_message(message: Message, names: Names, channels: Names) -> Said | None:
    if message.fields.get("subtype") not in _SAID or message.fields.get("type", "message") != "message":
        message.repair(HOUSEKEEPING)
        return None
    moment = message.moment("ts", unix_moment)
    if moment is None:
        raise message.bad("has no 'ts', the time when it was written")
    text = _plain(message.first_text("text") or "", names, channels)
    said = message.said(_speaker(message, names), text, moment)
    if said is not None and said.utterance.speaker in (message.fields.get("user"), message.fields.get("bot_id")):
        message.repair(_ID_FOR_NAME)
    return said


def _in_order(said: list[Said]) -> list[Said]:
    return sorted(said, key=lambda one: one.moment or 0.0)


def _speaker(message: Message, names: Names) -> str | None:
    user = message.first_text("user")
    known = names.get(user or "")
    if known and message.fields.get("subtype") != "bot_message":
        return known
    bot = message.fields.get("bot_profile")
    of_bot = message.first_text("name", of=bot) if isinstance(bot, dict) else None
    return message.first_text("username") or of_bot or known or user or message.first_text("bot_id")


def _by_id(named: Iterable[tuple[dict[str, Any], Any]]) -> dict[str, str]:
    return {
        item["id"]: name for item, name in named if isinstance(item.get("id"), str) and isinstance(name, str) and name
    }


def _name(user: dict[str, Any]) -> str | None:
    """Returns what a user is called: the display name, else the real name, else the account's."""
    profile = user.get("profile")
    shown = profile if isinstance(profile, dict) else {}
    for value in (shown.get("display_name"), user.get("real_name"), shown.get("real_name"), user.get("name")):
        if isinstance(value, str) and value.strip():
            return value
    return None


def _plain(text: str, names: Names, channels: Names) -> str:
    """Returns a text as Slack shows it: names for the ids of users and channels, labels for links, signs for emoji."""

    def shown(mark: re.Match[str]) -> str:
        kind, target, label = mark.groups()
        if kind == "@":
            return f"@{names.get(target) or label or target}"
        if kind == "#":
            return f"#{label or channels.get(target) or target}"
        return label or (f"@{target}" if kind == "!" else target)

    return show_emoji(_MARK.sub(shown, text)).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


FORMATS = (
    Format(
        name="slack",
        title="Slack's exports",
        about="the folder of a Slack export, one conversation per channel with replies in time order; "
        "or the JSON of one day",
        times="from the first message",
        file=Text(Sureness.LAYOUT, explains, read),
        folder=Folder(WHAT, matches_folder, read_folder),
    ),
)
