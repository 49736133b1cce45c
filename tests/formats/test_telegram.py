"""Telegram Desktop's result.json: a chat, an account, texts in parts, people who are gone."""

from __future__ import annotations

import io
import json

import pytest

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow, InputError
from instructerc.formats import ReadOptions, ReadReport, read_conversations

CHAT = {
    "name": "Ann",
    "type": "personal_chat",
    "id": 4211,
    "messages": [
        {
            "id": 1,
            "type": "service",
            "date": "2024-12-24T21:04:00",
            "date_unixtime": "1735070640",
            "actor": "Bo",
            "actor_id": "user2",
            "action": "phone_call",
            "text": "",
            "text_entities": [],
        },
        {
            "id": 2,
            "type": "message",
            "date": "2024-12-24T21:05:00",
            "date_unixtime": "1735070700",
            "from": "Ann",
            "from_id": "user1",
            "text": [
                "See ",
                {"type": "link", "text": "http://example.org"},
                {"type": "bold", "text": "!"},
                "\nBye",
            ],
            "text_entities": [{"type": "plain", "text": "See "}],
        },
        {
            "id": 3,
            "type": "message",
            "date": "2024-12-24T21:05:01",
            "from": None,
            "from_id": "user2",
            "photo": "(File not included. Change data exporting settings to download.)",
            "text": "",
        },
        {
            "id": 4,
            "type": "message",
            "date": "2024-12-24T21:06:00",
            "date_unixtime": "1735070760",
            "from": None,
            "from_id": "user2",
            "text": "We won!",
        },
    ],
}
ACCOUNT = {
    "about": "Here is the data you requested.",
    "personal_information": {"user_id": 1, "first_name": "Ann"},
    "contacts": {"about": "", "list": []},
    "chats": {
        "about": "This page lists all chats.",
        "list": [
            {"name": "Bo", "type": "personal_chat", "id": 1, "messages": [_ for _ in CHAT["messages"] if _["id"] == 2]},
            {"type": "saved_messages", "id": 2, "messages": [_ for _ in CHAT["messages"] if _["id"] > 2]},
            {"name": "Bo", "type": "bot_chat", "id": 3, "messages": [_ for _ in CHAT["messages"] if _["id"] == 4]},
            {"name": "Cy", "type": "personal_chat", "id": 4, "messages": []},
        ],
    },
}


def _read(data: object, *, input_format: str | None = None, **options: object):
    report = ReadReport(anomalies=[])
    stream = io.StringIO(data if isinstance(data, str) else json.dumps(data, indent=1))
    given = ReadOptions(**options)
    return list(read_conversations(stream, input_format=input_format, options=given, report=report)), report


def test_a_chat():
    talks, report = _read(CHAT)
    assert talks == [
        Conversation(
            "Ann",
            [Utterance("Ann", "See http://example.org!\nBye", start=0), Utterance("user2", "We won!", start=60)],
        )
    ]
    assert report.notes == [
        "<stream>: 1 message(s) without a speaker, such as who joined: left out",
        "<stream>: 1 message(s) without text, such as a lone file or sticker: left out",
    ]
    assert [odd.place for odd in report.anomalies or []] == ["message 1", "message 3"]


def test_an_account_has_a_conversation_per_chat():
    talks, report = _read(ACCOUNT)
    assert [(talk.id, talk.cast) for talk in talks] == [
        ("Bo", ("Ann",)),
        ("conversation/2", ("user2",)),
        ("Bo/3", ("user2",)),
    ]
    assert [odd.place for odd in report.anomalies or []] == ["chat 2, message 1"]


@pytest.mark.parametrize(
    "change",
    [
        # What the head does not show any more, or shows first.
        {"personal_information": {"bio": "x" * 100_000}},
        {"contacts": {"list": [{"name": "x" * 100_000}]}},
        {"chats": {"about": "", "list": [{"name": "x", "id": 1, "type": "t", "messages": CHAT["messages"] * 200}]}},
    ],
)
def test_an_account_is_found_by_its_beginning(change):
    talks, _ = _read(ACCOUNT | change)
    assert talks[0].cast[0] == "Ann"


def test_times_of_old_versions_have_no_zone():
    messages = [
        {"id": 1, "type": "message", "date": f"2020-02-0{day}T10:00:00", "from": "Ann", "text": "Hi"} for day in (1, 2)
    ]
    [talk] = _read({"name": "A", "type": "private_group", "id": 1, "messages": messages})[0]
    assert [turn.start for turn in talk.utterances] == [0, 86_400]


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ({"type": "message", "text": 5}, ":1: message 1: 'text' must be text or a list of texts"),
        ({"type": "message", "text": ["a", {"href": "b"}]}, ":1: message 1: 'text' must be text or a list of texts"),
        ({"text": "a"}, ":1: message 1: expected 'type' and 'text'"),
        (5, ":1: message 1: must be an object, got 5"),
        ({"type": "message", "text": "a", "from": 5}, ":1: message 1: 'from' must be text, got 5"),
        ({"type": "message", "text": "a", "date": "soon"}, ":1: message 1: 'date' is 'soon', which is not a time"),
        ({"type": "message", "text": "a", "date_unixtime": "-1"}, "'date_unixtime' is '-1', which is not a time"),
        ({"type": "message", "text": "\ud83d", "from": "A"}, ":1: text contains half of a surrogate pair"),
    ],
)
def test_a_wrong_message_is_told_and_can_be_passed_over(message, said):
    data = {"name": "A", "type": "private_group", "id": 1, "messages": [message, CHAT["messages"][3]]}
    with pytest.raises(BadRow, match=said):
        _read(data, input_format="telegram")
    [talk], report = _read(data, input_format="telegram", skip_bad=True)
    assert len(talk) == len(report.skipped) == 1


@pytest.mark.parametrize("data", [{"a": 1}, [], {"messages": {}}, {"chats": {"list": [5, {"messages": 5}]}}, "5"])
def test_another_document_is_refused(data):
    with pytest.raises(InputError, match=r"has no list 'messages', nor chats with one; give Telegram's result\.json"):
        _read(data, input_format="telegram")


def test_a_name_that_is_no_text_does_not_become_an_id():
    data = CHAT | {"name": "A\ud83d\0"}
    [talk] = _read(data)[0]
    assert talk.id == "A\ufffd\ufffd"
