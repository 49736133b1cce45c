"""Slack's exports: a folder with a folder per channel, in which each day is a JSON file; or one such day.

Names come from `users.json`, `org_users.json`, or the profiles that messages carry. Replies in threads stand where they
were written in time, among the other messages of the channel.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.format import Folder, Format, Sureness, Text
from instructerc.formats.shared.chat_messages import HOUSEKEEPING, Message, read_messages, unix_moment
from instructerc.formats.shared.chat_turns import Said, build_chat, unique_name
from instructerc.formats.shared.folders import find_parts, read_file
from instructerc.formats.shared.json_document import read_json_document
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions, ReadReport
from instructerc.formats.shared.reading import Reading

WHAT = "a Slack export, or of one of its channels (with files such as 2024-12-24.json)"

# The second one is of an organisation with several workspaces.
_USERS = ("users.json", "org_users.json")
_LISTS = ("channels.json", "groups.json", "dms.json", "mpims.json")
# What stands beside each other within a line of a block.
_WITHIN_LINE = ("text", "emoji", "user", "link", "channel", "usergroup", "broadcast")
_DEEPEST_BLOCK = 12
_REPLIES = "slackdump_thread_replies"
_NAMED = ("messages", "members", "users", "channels")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}\.json", re.ASCII)
# How a day begins: a list of messages with their times, or an empty one.
_MARK_OF_DAY = re.compile(rb'"ts"\s*:\s*"\d{9,11}\.\d{6}"|\A[\s\xef\xbb\xbf]*\[\s*\]')
_FOLDERS_LOOKED_AT = 1000
# Those of an organisation stand in folders of its workspaces.
_DEEPEST = 4
_TS = re.compile(r"\d{9,11}\.\d{6}", re.ASCII)
# What somebody says; every other subtype tells what happened in the channel.
_SAID = (None, "bot_message", "me_message", "file_share", "thread_broadcast", "reply_broadcast")
_ID_FOR_NAME = "{n} message(s) by unknown users: named by their id"
# <@U1>, <#C1|general>, <!here>, <http://x|label>; Slack writes every other < as &lt;
_MARK = re.compile(r"<([@#!]?)([^<>|]*)(?:\|([^<>]*))?>")

Names = Mapping[str, str]


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a list that begins with messages of Slack's, with `ts`, or for an answer of its service."""
    return float(any(map(_is_message, (_messages_of(file.peek.document) or ())[:5])))


def _is_message(item: Any) -> bool:
    ts = item.get("ts") if isinstance(item, dict) else None
    return isinstance(ts, str) and _TS.fullmatch(ts) is not None and item.get("type", "message") == "message"


def matches_folder(folder: Path) -> bool:
    """Returns whether a folder has Slack's lists of users or channels, or is, or holds, a channel with its days."""
    if _has_lists(folder):
        return True
    for channel in (folder, *_folders_in(folder)):
        days = [entry for entry in _entries(channel) if _is_day(entry)]
        if days:
            return _MARK_OF_DAY.search(_head(days[0])) is not None
    return False


def _folders_in(folder: Path) -> list[Path]:
    return [entry for entry in _entries(folder) if entry.is_dir() and not entry.is_symlink()][:_FOLDERS_LOOKED_AT]


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _is_day(entry: Path) -> bool:
    return _DAY.fullmatch(entry.name) is not None and entry.is_file() and not entry.is_symlink()


def _head(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(4096)
    except OSError:
        return b""


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
    found = list(find_parts(folder, reading, _is_day, _DEEPEST))
    if not found:
        raise InputError(f"{folder}: holds no folder of a channel with a file such as 2024-12-24.json; give {WHAT}")
    # Of a channel that is given alone, the lists stand where it came from.
    beside = folder.absolute().parent if found[0][0] == folder and not _has_lists(folder) else folder
    names = _by_id((user, _name(user)) for name in _USERS for user in _read_list(beside / name, reading))
    channels = _by_id((item, item.get("name")) for name in _LISTS for item in _read_list(beside / name, reading))
    names = names or _names_in_messages(found, reading)
    taken: set[str] = set()
    for channel, days in found:
        said: list[Said] = []
        for day in days:
            said += read_file(day, reading, lambda file, _: _read_day(file, reading, names, channels))
        name = reading.stem if channel == folder else channel.name
        if said:
            yield from build_chat(unique_name(name, channel.name, taken), _in_order(said))


def _names_in_messages(channels: Iterable[tuple[Path, list[Path]]], reading: Reading) -> dict[str, str]:
    """Returns the names that messages carry, where there is no list of users."""
    names: dict[str, str] = {}
    # What is wrong in a day is told when it is read for its messages.
    quiet = Reading(reading.source, reading.stem, replace(reading.options, skip_bad=True), ReadReport())
    for _, days in channels:
        for day in days:
            names |= _names_of(read_file(day, quiet, _read_items))
    return names


def _has_lists(folder: Path) -> bool:
    return any((folder / name).is_file() for name in (*_USERS, *_LISTS))


def _read_list(path: Path, reading: Reading) -> list[dict[str, Any]]:
    """Returns the objects of one of the lists beside the channels; none where it is missing."""
    return _objects(read_file(path, reading, _read_items)) if path.is_file() and not path.is_symlink() else []


def _messages_of(document: Any) -> list[Any] | None:
    """Returns a list of messages, or of users or channels, alone or under its name; None where there is none."""
    if not isinstance(document, dict):
        return document if isinstance(document, list) else None
    found = document.get("messages")
    if isinstance(found, dict) and isinstance(found.get("matches"), list):
        # An answer of `search.messages`.
        matches: list[Any] = found["matches"]
        return matches
    return next((document[key] for key in _NAMED if isinstance(document.get(key), list)), None)


def _read_items(file: OpenText, _: Reading) -> list[Any]:
    items = _messages_of(read_json_document(file))
    if items is None:
        raise InputError(f"{file.source}: is not of a Slack export, where each file is a list")
    return items


def _objects(items: list[Any]) -> list[dict[str, Any]]:
    return [item for item in items if isinstance(item, dict)]


def _read_day(file: OpenText, reading: Reading, names: Names, channels: Names) -> list[Said]:
    items = _with_replies(_read_items(file, reading))
    known = _names_of(items) | dict(names)
    return list(read_messages(reading, items, "", lambda message: _read_message(message, known, channels)))


def _with_replies(items: list[Any]) -> list[Any]:
    """Returns messages with the replies that slackdump puts within the first of a thread."""
    if not any(_REPLIES in item for item in _objects(items)):
        return items
    return [
        one
        for item in items
        for one in (item, *((isinstance(item, dict) and isinstance(item.get(_REPLIES), list) and item[_REPLIES]) or ()))
    ]


def _names_of(items: list[Any]) -> dict[str, str]:
    """Returns the names by id that messages carry of who wrote them."""
    names = {}
    for item in _objects(items):
        user, profile = item.get("user"), item.get("user_profile")
        if isinstance(user, str) and isinstance(profile, dict) and (name := _name({**profile, "profile": profile})):
            names[user] = name
    return names


def _read_message(message: Message, names: Names, channels: Names) -> Said | None:
    if message.fields.get("subtype") not in _SAID or message.fields.get("type", "message") != "message":
        message.repair(HOUSEKEEPING)
        return None
    moment = message.moment("ts", unix_moment)
    if moment is None:
        raise message.bad("has no 'ts', the time when it was written")
    text = _plain(message.first_text("text") or _words_of(message.fields.get("blocks")), names, channels)
    said = message.said(_speaker(message, names), text, moment)
    if said is not None and said.utterance.speaker in (message.fields.get("user"), message.fields.get("bot_id")):
        message.repair(_ID_FOR_NAME)
    return said


def _words_of(block: Any, depth: int = 0) -> str:
    """Returns the words of blocks, which some messages have in place of a text."""
    if depth > _DEEPEST_BLOCK:
        return ""
    if isinstance(block, list):
        parts = [words for one in block if (words := _words_of(one, depth + 1))]
        is_line = all(one.get("type") in _WITHIN_LINE for one in _objects(block))
        return ("" if is_line else "\n").join(parts)
    if not isinstance(block, dict):
        return block if isinstance(block, str) and depth else ""
    if block.get("type") == "emoji":
        return f":{block.get('name')}:"
    if isinstance(block.get("user_id"), str):
        return f"<@{block['user_id']}>"
    return next((words for key in ("text", "elements", "url") if (words := _words_of(block.get(key), depth + 1))), "")


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

    return _MARK.sub(shown, text).replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


FORMATS = (
    Format(
        name="slack",
        title="Slack's exports",
        about="the folder of a Slack export or of one channel, a conversation per channel with replies in time order; "
        "or the JSON of one day",
        times="from the first message",
        file=Text(Sureness.LAYOUT, explains, read),
        folder=Folder(WHAT, matches_folder, read_folder),
    ),
)
