"""Mattermost: the JSON lines of its bulk export, or the posts of a channel as its service and `mmctl` give them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_messages import (
    HOUSEKEEPING,
    Message,
    in_order,
    millisecond_moment,
    read_messages,
)
from instructerc.formats.shared.chat_turns import Said, build_chat, unique_name
from instructerc.formats.shared.json_document import first_items, read_json_document, read_json_items
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading

_POSTS = ("post", "direct_post")
_KINDS = (*_POSTS, "version", "team", "channel", "user", "direct_channel", "emoji", "scheme", "role", "bot")
_DELETED = "{n} deleted message(s): left out"
_BY_ID = "{n} message(s) named by the id of their user, as no names are given"


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for lines whose objects have a member that is called as their type, or for posts of channels."""
    rows = file.peek.rows[:5]
    if rows and all(row.get("type") in _KINDS and row["type"] in row for row in rows):
        return float(isinstance(rows[0].get("version"), int) or any(isinstance(row[row["type"]], dict) for row in rows))
    return float(any(map(_is_post, _api_posts(file.peek.document) or first_items(file.peek)[:5])))


def _is_post(item: Any) -> bool:
    return isinstance(item, dict) and {"channel_id", "user_id", "message", "create_at"} <= item.keys()


def _api_posts(document: Any) -> list[Any]:
    """Returns the posts of an answer of the service, in the order that it gives; nothing of what is none."""
    posts = document.get("posts") if isinstance(document, dict) else None
    order = document.get("order") if isinstance(document, dict) else None
    if not isinstance(posts, dict) or not isinstance(order, list):
        return []
    return [posts[key] for key in order if isinstance(key, str) and key in posts]


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields a conversation per channel in order of time, answers among the other messages, named after the channel.

    Chats of a few people are named after them. Messages of the system and deleted ones are left out and counted.

    Raises:
        InputError: no JSON, or no posts.
        BadRow: a post that cannot be read; its place in the channel is given as the line.
    """
    channels: dict[str, list[Any]] = {}
    for _, item in _items(file, reading):
        for channel, post in _posts_in(item):
            channels.setdefault(channel, []).append(post)
    if not channels and not reading.n_skipped:
        raise InputError(f"{reading.source}: has no posts; give Mattermost's bulk export, or the posts of a channel")
    names: set[str] = set()
    for channel, posts in channels.items():
        where = f"{channel}, " if len(channels) > 1 else ""
        said = list(read_messages(reading, posts, where, _read_message))
        yield from build_chat(unique_name(channel, reading.stem, names), in_order(said))


def _items(file: OpenText, reading: Reading) -> Iterator[tuple[int, Any]]:
    if _api_posts(file.peek.document):
        # What was looked at may be the beginning of a file that is cut off.
        return iter(enumerate(_api_posts(read_json_document(file)), 1))
    return read_json_items(file, reading)


def _posts_in(item: Any) -> Iterator[tuple[str, Any]]:
    """Yields a post and the answers to it, each with the name of its channel."""
    if _is_post(item):
        yield str(item["channel_id"]), item
        return
    kind = item.get("type") if isinstance(item, dict) else None
    post = item.get(kind) if kind in _POSTS else None
    if not isinstance(post, dict):
        return
    channel = _channel(post)
    yield channel, post
    answers = post.get("replies")
    for answer in answers if isinstance(answers, list) else ():
        yield channel, answer


def _channel(post: Mapping[str, Any]) -> str:
    members = post.get("channel_members")
    if isinstance(members, list):
        return ", ".join(sorted(map(str, members)))
    return "/".join(part for key in ("team", "channel") if isinstance(part := post.get(key), str))


def _read_message(message: Message) -> Said | None:
    if (message.first_text("type") or "").startswith(("system_", "custom_")):
        message.repair(HOUSEKEEPING)
        return None
    if message.fields.get("delete_at"):
        message.repair(_DELETED)
        return None
    named = message.first_text("user", "username") or _bot(message.fields)
    moment = message.moment("create_at", millisecond_moment)
    said = message.said(named or message.first_text("user_id"), message.first_text("message") or "", moment)
    if said is not None and named is None:
        message.repair(_BY_ID)
    return said


def _bot(fields: Mapping[str, Any]) -> str | None:
    props = fields.get("props")
    name = props.get("override_username") if isinstance(props, dict) else None
    return name if isinstance(name, str) and name.strip() else None


FORMATS = (
    Format(
        name="mattermost",
        title="Mattermost's channels",
        about="Mattermost's bulk export (JSON lines) or the posts of a channel as JSON: one conversation per channel, "
        "answers in time order",
        speakers="names or ids",
        times="from the first message",
        file=Text(Sureness.LAYOUT, explains, read),
        extensions=("jsonl",),
    ),
)
