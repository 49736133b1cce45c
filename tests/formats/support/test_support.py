"""Conversations of help desks: their layouts, what is no message in them, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats import ReadReport

ReadContent = Callable[..., tuple[list[Conversation], ReadReport]]


def _comment(author: int, text: str, minute: int, **more: Any) -> dict[str, Any]:
    when = f"2024-03-11T09:{minute:02}:00Z"
    html = f'<div class="zd-comment"><p>{text}</p></div>'
    return {
        "id": minute,
        "type": "Comment",
        "author_id": author,
        "body": text,
        "html_body": html,
        "plain_body": text,
    } | {
        "public": True,
        "created_at": when,
        "via": {"channel": "web", "source": {"from": {}, "to": {}, "rel": None}},
        **more,
    }


COMMENTS = [
    _comment(11, "My parcel is lost&nbsp;again!", 1),
    _comment(12, "He always complains", 2, public=False),
    _comment(-1, "Ticket was merged", 3),
    _comment(12, "I'm so sorry", 4),
]
USERS = [{"id": 11, "name": "Mia Kern", "role": "end-user"}, {"id": 12, "name": "Kim", "role": "agent"}]


def test_zendesk_with_users(read_content: ReadContent) -> None:
    document = {"comments": COMMENTS[::-1], "users": USERS, "next_page": None, "count": 4}
    [talk], report = read_content(json.dumps(document), "ticket.json")
    assert report.format == "zendesk"
    assert [(turn.speaker, turn.text, turn.start) for turn in talk.utterances] == [
        ("Mia Kern", "My parcel is lost again!", 0.0),
        ("Kim", "I'm so sorry", 180.0),
    ]
    assert sorted(note.split(": ", 1)[1] for note in report.notes) == [
        "1 comment(s) of the system: left out",
        "1 internal note(s): left out",
    ]


def test_zendesk_without_users_names_by_the_mail_or_the_id(read_content: ReadContent) -> None:
    mail = {"channel": "email", "source": {"from": {"address": "mia@example.org", "name": "Mia Kern"}}}
    comments = [_comment(11, "Lost!", 1, via=mail), _comment(12, "Sorry", 2, plain_body=None)]
    for content in (json.dumps(comments), json.dumps({"comments": comments}), "\n".join(map(json.dumps, comments))):
        [talk], report = read_content(content, "ticket.json")
        assert [(turn.speaker, turn.text) for turn in talk.utterances] == [("Mia Kern", "Lost!"), ("12", "Sorry")]
        assert "1 comment(s) by unknown users" in report.notes[0]


def test_zendesk_tickets_and_audits(read_content: ReadContent) -> None:
    tickets = [
        {"id": 5, "requester": USERS[0], "assignee": USERS[1], "comments": COMMENTS},
        {"id": 6, "comments": [_comment(11, "Hello?", 9)], "requester": USERS[0]},
        {"id": 7, "comments": []},
    ]
    for content in (json.dumps(tickets), json.dumps({"tickets": tickets}), "\n".join(map(json.dumps, tickets))):
        talks, _ = read_content(content, "tickets.json")
        assert [(talk.id, [turn.speaker for turn in talk.utterances]) for talk in talks] == [
            ("5", ["Mia Kern", "Kim"]),
            ("6", ["Mia Kern"]),
        ]
    event = {key: value for key, value in COMMENTS[0].items() if key != "created_at"}
    audits = {
        "audits": [{"id": 1, "ticket_id": 5, "created_at": "2024-03-11T09:01:00Z", "author_id": 11, "events": []}]
    }
    audits["audits"][0]["events"] = [event, {"type": "Create", "field_name": "status", "value": "new"}]
    [talk], _ = read_content(json.dumps(audits | {"users": USERS}), "audits.json")
    assert [(turn.speaker, turn.text) for turn in talk.utterances] == [("Mia Kern", "My parcel is lost again!")]


def _part(kind: str, body: str | None, second: int, **author: Any) -> dict[str, Any]:
    author = {"type": "admin", "id": "2", "name": "Kim", **author}
    return {
        "type": "conversation_part",
        "part_type": kind,
        "body": body,
        "created_at": 1710147900 + second,
        "author": author,
    }


def _intercom(name: str | None = "Mia Kern") -> dict[str, Any]:
    body = "<p>My parcel is <b>lost</b> &amp; I'm<br>angry</p>"
    source = {"type": "conversation", "id": "1", "subject": "", "body": body}
    parts = [
        _part("assignment", None, 1),
        _part("note", "<p>He always complains</p>", 2),
        _part("comment", "<p>I'm sorry</p>\n<blockquote class='gmail_quote'>old</blockquote>", 3),
        _part("comment", '<img src="a.png">', 4),
        _part("close", "<p>Bye!</p>", 5, type="bot", name="Operator"),
    ]
    return {
        "type": "conversation",
        "id": "147",
        "created_at": 1710147900,
        "source": source | {"author": {"type": "user", "id": "9", "name": name, "email": ""}},
        "conversation_parts": {"type": "conversation_part.list", "conversation_parts": parts, "total_count": 5},
    }


def test_intercom(read_content: ReadContent) -> None:
    one, other = _intercom(), _intercom(None) | {"id": "148"}
    turns = [("Mia Kern", "My parcel is lost & I'm\nangry", 0.0), ("Kim", "I'm sorry", 3.0), ("Operator", "Bye!", 5.0)]
    [talk], report = read_content(json.dumps(one), "a.json")
    assert (talk.id, [(turn.speaker, turn.text, turn.start) for turn in talk.utterances]) == ("147", turns)
    assert report.format == "intercom"
    assert len(report.notes) == 3
    for content in (
        json.dumps([one, other]),
        json.dumps({"type": "conversation.list", "conversations": [one, other]}),
        f"{json.dumps(one)}\n{json.dumps(other)}\n",
    ):
        talks, _ = read_content(content, "a.json")
        assert [(talk.id, talk.utterances[0].speaker) for talk in talks] == [("147", "Mia Kern"), ("148", "user")]


def test_twilio(read_content: ReadContent) -> None:
    message = {"sid": "IM1", "account_sid": "AC1", "body": "Hi", "date_created": "2024-03-11T09:05:00Z", "media": None}
    messages = [
        message | {"conversation_sid": "CH1", "author": "mia"},
        message | {"conversation_sid": "CH2", "author": "theo"},
        message | {"conversation_sid": "CH1", "author": "kim", "body": None, "sid": "IM2"},
    ]
    talks, report = read_content(json.dumps({"messages": messages, "meta": {}}), "a.json")
    assert [(talk.id, talk.cast) for talk in talks] == [("CH1", ("mia",)), ("CH2", ("theo",))]
    assert "without text" in report.notes[0]
    sms = {"sid": "SM1", "from": "+1", "to": "+2", "body": "Hi", "date_sent": "Thu, 24 Aug 2023 05:01:45 +0000"}
    answer = sms | {"from": "+2", "to": "+1", "body": "Ho", "date_sent": "Thu, 24 Aug 2023 05:02:45 +0000"}
    [talk], _ = read_content(json.dumps([answer, sms, sms | {"status": "failed"}]), "sms.json")
    assert (talk.id, [(turn.speaker, turn.text, turn.start) for turn in talk.utterances]) == (
        "sms",
        [("+1", "Hi", 0.0), ("+2", "Ho", 60.0)],
    )


@pytest.mark.parametrize(
    ("form", "advice"),
    [
        ("zendesk", "give the comments of Zendesk's tickets"),
        ("intercom", "give Intercom's JSON"),
        ("twilio", "give Twilio's JSON"),
    ],
)
def test_other_files_are_refused(read_content: ReadContent, form: str, advice: str) -> None:
    with pytest.raises(InputError, match=advice):
        read_content('{"a": 1}', "a.json", input_format=form)
