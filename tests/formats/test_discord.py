"""Channels of Discord as DiscordChatExporter writes them."""

from __future__ import annotations

import io
import json

import pytest

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow, InputError
from instructerc.formats import ReadOptions, ReadReport, read_conversations


def _message(content: str, seconds: str, author: dict[str, object] | None = None, kind: str = "Default"):
    return {
        "id": "1",
        "type": kind,
        "timestamp": f"2024-12-24T21:05:{seconds}+01:00",
        "timestampEdited": None,
        "callEndedTimestamp": None,
        "isPinned": False,
        "content": content,
        "author": author or {"id": "7", "name": "ann", "discriminator": "0000", "nickname": "Ann L.", "isBot": False},
        "attachments": [],
        "embeds": [],
        "mentions": [],
    }


CHANNEL = {
    "guild": {"id": "1", "name": "Friends", "iconUrl": "https://example.org/a.png"},
    "channel": {"id": "2", "type": "GuildTextChat", "category": "Text", "name": "general", "topic": None},
    "dateRange": {"after": None, "before": None},
    "exportedAt": "2024-12-25T10:00:00.0000000+00:00",
    "messages": [
        _message("Joined the server.", "00", kind="GuildMemberJoin"),
        _message("Hi @Bo\nhow are you?", "01.25"),
        _message("", "02"),
        _message("We won!", "03.5000000", {"id": "8", "name": "bo", "nickname": None}, kind="Reply"),
    ],
    "messageCount": 4,
}


def _read(data: object, *, input_format: str | None = None, **options: object):
    report = ReadReport(anomalies=[])
    stream = io.StringIO(data if isinstance(data, str) else json.dumps(data, indent=2))
    given = ReadOptions(**options)
    return list(read_conversations(stream, input_format=input_format, options=given, report=report)), report


def test_a_channel():
    talks, report = _read(CHANNEL)
    assert talks == [
        Conversation(
            "general",
            [Utterance("Ann L.", "Hi @Bo\nhow are you?", start=0), Utterance("bo", "We won!", start=2.25)],
        )
    ]
    assert report.notes == [
        "<stream>: 1 message(s) without a speaker, such as who joined: left out",
        "<stream>: 1 message(s) without text, such as a lone file or sticker: left out",
    ]
    assert [odd.place for odd in report.anomalies or []] == ["message 1", "message 3"]


def test_a_channel_without_a_name_is_named_after_the_file():
    [talk] = _read(CHANNEL | {"channel": {"id": "2"}})[0]
    assert talk.id == "conversation"


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (5, ":1: message 1: must be an object, got 5"),
        ({"content": "a"}, ":1: message 1: has no 'author', so its speaker is unknown"),
        ({"content": 5, "author": {}}, ":1: message 1: 'content' must be text, got 5"),
        ({"content": "a", "author": {"nickname": []}}, r":1: message 1: 'nickname' must be text, got \[\]"),
        (
            {"content": "a", "author": {}, "timestamp": "soon"},
            ":1: message 1: 'timestamp' is 'soon', which is not a time",
        ),
    ],
)
def test_a_wrong_message_is_told_and_can_be_passed_over(message, said):
    data = CHANNEL | {"messages": [message, CHANNEL["messages"][1]]}
    with pytest.raises(BadRow, match=said):
        _read(data)
    [talk], report = _read(data, skip_bad=True)
    assert len(talk) == len(report.skipped) == 1


@pytest.mark.parametrize("data", [{"a": 1}, [], {"guild": {}, "channel": {}, "messages": 5}])
def test_another_document_is_refused(data):
    with pytest.raises(InputError, match="has no list 'messages'; give DiscordChatExporter's JSON"):
        _read(data, input_format="discord")
