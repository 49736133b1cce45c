"""Conversations of help desks that came later, and of Dialogflow: who speaks, what is no message, and bad input."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from layouts import LAYOUTS
from layouts.talks import TALKS

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats import ReadReport

ReadContent = Callable[..., tuple[list[Conversation], ReadReport]]


def _said(talk: Conversation) -> list[tuple[str, str, float | None]]:
    return [(turn.speaker, turn.text, turn.start) for turn in talk.utterances]


def _notes(report: ReadReport) -> list[str]:
    return sorted(note.split(": ", 1)[1] for note in report.notes)


def _when(second: int) -> str:
    return f"2024-03-11T09:05:{second:02}Z"


def test_livechat_keeps_notes_and_files_out(read_content: ReadContent) -> None:
    def event(second: int, text: str, author: str, **more: Any) -> dict[str, Any]:
        return {"type": "message", "text": text, "author_id": author, "created_at": _when(second), **more}

    users = [{"id": "a1", "type": "customer", "name": ""}, {"id": "kim@x.example", "type": "agent", "name": "Kim"}]
    events = [
        event(1, "Where is it?", "a1", visibility="all"),
        event(2, "He again", "kim@x.example", visibility="agents"),
        {"type": "file", "author_id": "a1", "created_at": _when(3), "url": "x"},
        {"type": "system_message", "text": "Kim joined", "created_at": _when(4)},
        event(5, "I am sorry", "kim@x.example"),
    ]
    chat = {"id": "Q1", "users": users, "thread": {"id": "T", "events": events}}
    later = {"id": "Q2", "users": users, "threads": [{"events": events[:1]}, {"events": events[4:]}]}
    talks, report = read_content(json.dumps({"chats": [chat, later], "found_chats": 2}), "chats.json")
    assert report.format == "livechat"
    assert [(talk.id, _said(talk)) for talk in talks] == [
        (name, [("customer", "Where is it?", 0.0), ("Kim", "I am sorry", 4.0)]) for name in ("Q1", "Q2")
    ]
    assert _notes(report) == [
        "1 internal note(s): left out",
        "2 event(s) that are no messages, such as files, forms and notices: left out",
    ]
    [alone], _ = read_content(json.dumps(chat), "chat.json")
    assert alone == talks[0]


def test_chatwoot_with_numbers_and_with_words(read_content: ReadContent) -> None:
    def message(second: int, kind: Any, content: str | None, name: str | None, **more: Any) -> dict[str, Any]:
        sender = None if name is None else {"id": 1, "name": name}
        head = {"message_type": kind, "content": content, "created_at": 1710147900 + second, "private": False}
        return {**head, "conversation_id": 7, "sender": sender, **more}

    for kinds in ((0, 1, 2, 3), ("incoming", "outgoing", "activity", "template")):
        messages = [
            message(0, kinds[0], "Where is it?", "Mia"),
            message(1, kinds[2], "Kim was assigned", None),
            message(2, kinds[1], "He again", "Kim", private=True),
            message(3, kinds[1], "I am sorry", "Kim"),
            message(4, kinds[0], None, "Mia", attachments=[{}]),
            message(5, kinds[3], "Rate us", None),
        ]
        [talk], report = read_content(json.dumps({"meta": {}, "payload": messages}), "messages.json")
        assert (report.format, talk.id) == ("chatwoot", "7")
        assert _said(talk) == [("Mia", "Where is it?", 0.0), ("Kim", "I am sorry", 3.0), ("bot", "Rate us", 5.0)]
        assert len(report.notes) == 4


def test_freshdesk_tickets_and_messages_alone(read_content: ReadContent) -> None:
    def message(second: int, text: str, user: int, **more: Any) -> dict[str, Any]:
        head = {"body": f"<div>{text}</div>", "body_text": text, "incoming": user == 11, "private": False}
        return {**head, "user_id": user, "ticket_id": 20, "created_at": _when(second), **more}

    messages = [message(9, "He again", 12, private=True), message(5, "I am sorry", 12), message(8, "Thanks", 11)]
    ticket = {"id": 20, "description_text": "Where is it?", "description": "<p>x</p>", "created_at": _when(1)}
    ticket |= {"requester_id": 11, "requester": {"name": "Mia Kern"}, "conversations": messages}
    for content in (json.dumps(ticket), json.dumps([ticket]), json.dumps({"tickets": [ticket]})):
        [talk], report = read_content(content, "ticket.json")
        assert (report.format, talk.id) == ("freshdesk", "20")
        assert _said(talk) == [
            ("Mia Kern", "Where is it?", 0.0),
            ("agent 12", "I am sorry", 4.0),
            ("Mia Kern", "Thanks", 7.0),
        ]
        assert _notes(report) == [
            "1 internal note(s): left out",
            "1 message(s) without the name of the sender: named by the role and id",
        ]
    [talk], _ = read_content(json.dumps(messages), "conversations.json")
    assert (talk.id, _said(talk)) == ("20", [("agent 12", "I am sorry", 0.0), ("customer 11", "Thanks", 3.0)])


def test_front_cuts_what_is_quoted(read_content: ReadContent) -> None:
    def message(second: int, text: str | None, name: str, **more: Any) -> dict[str, Any]:
        sender = {"handle": "mia@x.example", "name": name, "role": "from"}
        head = {"is_inbound": True, "body": "<p>Thanks,<br>bye</p>", "text": text, "author": None}
        return {**head, "created_at": 1710147900.5 + second, "recipients": [{"role": "to"}, sender], **more}

    kim = {"first_name": "Kim", "last_name": "Lee", "username": "kim", "email": "k@x.example"}
    answer = "I am sorry\n\nOn Mon, 11 Mar 2024 at 09:05, Mia <mia@x.example> wrote:\n> Where is it?"
    messages = [
        message(9, "not yet", "", author=kim, is_draft=True),
        message(7, None, "Mia"),
        message(5, answer, "", author=kim, is_inbound=False),
        message(1, "Where is it?", "Mia"),
    ]
    [talk], report = read_content(json.dumps({"_pagination": {}, "_results": messages}), "messages.json")
    assert report.format == "front"
    assert _said(talk) == [
        ("Mia", "Where is it?", 0.0),
        ("Kim Lee", "I am sorry", 4.0),
        ("Mia", "Thanks,\nbye", 6.0),
    ]
    assert _notes(report) == ["1 draft(s): left out", "1 message(s) with quoted text or a signature: cut"]


def test_dialogflow_messages_and_entries(read_content: ReadContent) -> None:
    def message(second: int, text: str, role: str, talk: str = "c1") -> dict[str, Any]:
        name = f"projects/p/locations/global/conversations/{talk}/messages/{second}"
        return {"name": name, "content": text, "participantRole": role, "createTime": f"2024-03-11T09:05:{second:02}Z"}

    messages = [message(5, "Sorry", "HUMAN_AGENT"), message(1, "Lost!", "END_USER"), message(2, "Hi", "END_USER", "d")]
    first, other = read_content(json.dumps({"messages": messages}), "messages.json")[0]
    assert (first.id, _said(first)) == ("c1", [("END_USER", "Lost!", 0.0), ("HUMAN_AGENT", "Sorry", 4.0)])
    assert (other.id, _said(other)) == ("d", [("END_USER", "Hi", 0.0)])
    entries = [
        {"text": "Lost!", "role": "CUSTOMER", "user_id": 1, "start_timestamp_usec": 1_500_000},
        {"text": "Sorry", "role": "AGENT", "user_id": 2, "start_timestamp_usec": "4500000"},
    ]
    [talk], report = read_content(json.dumps({"entries": entries}), "call.json")
    assert report.format == "dialogflow"
    assert _said(talk) == [("CUSTOMER 1", "Lost!", 0.0), ("AGENT 2", "Sorry", 3.0)]
    lines = "".join(f"{json.dumps({'conversation_info': {}, 'entries': entries[:n]})}\n" for n in (1, 2))
    assert [talk.id for talk in read_content(lines, "calls.jsonl")[0]] == ["calls/1", "calls/2"]


def test_hubspot_leaves_comments_and_events_out(read_content: ReadContent) -> None:
    def message(second: int, text: str, name: str | None, direction: str, kind: str = "MESSAGE") -> dict[str, Any]:
        sender = {"actorId": "A-1"} | ({} if name is None else {"name": name})
        head = {"type": kind, "id": f"{second}", "conversationsThreadId": "9", "text": text, "createdAt": _when(second)}
        return {**head, "senders": [sender], "direction": direction}

    messages = [
        message(9, "Bye", None, "OUTGOING"),
        message(7, "He again", "Kim", "OUTGOING", "COMMENT"),
        message(5, "I am sorry", "Kim", "OUTGOING"),
        message(3, "", None, "OUTGOING", "ASSIGNMENT"),
        message(1, "Where is it?", "Mia", "INCOMING"),
    ]
    [talk], report = read_content(json.dumps({"results": messages, "paging": {}}), "thread.json")
    assert (report.format, talk.id) == ("hubspot", "9")
    assert _said(talk) == [("Mia", "Where is it?", 0.0), ("Kim", "I am sorry", 4.0), ("agent", "Bye", 8.0)]
    assert len(report.notes) == 3


def test_crisp_and_gorgias_leave_notes_out(read_content: ReadContent) -> None:
    def crisp(second: int, text: Any, name: str | None, kind: str = "text") -> dict[str, Any]:
        head = {"type": kind, "from": "operator" if name == "Kim" else "user", "content": text, "session_id": "s"}
        user = {} if name is None else {"user": {"nickname": name}}
        return {**head, "timestamp": 1710147900000 + 1000 * second, **user}

    def gorgias(second: int, text: str, name: str, public: bool = True) -> dict[str, Any]:
        head = {"ticket_id": 7, "public": public, "sender": {"id": 1, "name": name}, "from_agent": name == "Kim"}
        stripped = {"stripped_text": text, "body_text": f"{text}\n> old"}
        return {**head, **stripped, "created_datetime": f"2024-03-11T09:05:{second:02}.123456+00:00"}

    chat = [
        crisp(1, "Where is it?", None),
        crisp(2, "He again", "Kim", "note"),
        crisp(3, {"url": "x"}, "Kim", "file"),
        crisp(5, "I am sorry", "Kim"),
    ]
    [talk], report = read_content(json.dumps({"error": False, "data": chat}), "messages.json")
    assert (report.format, _said(talk)) == ("crisp", [("user", "Where is it?", 0.0), ("Kim", "I am sorry", 4.0)])
    assert len(report.notes) == 2
    ticket = [gorgias(1, "Where is it?", "Mia"), gorgias(2, "He", "Kim", False), gorgias(5, "I am sorry", "Kim")]
    [talk], report = read_content(json.dumps({"data": ticket}), "messages.json")
    assert (report.format, _said(talk)) == ("gorgias", [("Mia", "Where is it?", 0.0), ("Kim", "I am sorry", 4.0)])
    assert _notes(report) == ["1 internal note(s): left out"]


@pytest.mark.parametrize(
    "name",
    [
        *("livechat", "chatwoot", "freshdesk", "front", "dialogflow", "dialogflow.entries"),
        *("hubspot", "crisp", "gorgias"),
    ],
)
def test_what_is_broken_stops_with_its_place(name: str, read_content: ReadContent) -> None:
    content = LAYOUTS[name](TALKS["english"])
    for whole in ("[]", "{}", '{"messages": 3}', "null", '{"chats": [3]}'):
        with pytest.raises(InputError):
            read_content(whole, "talk.json", name.partition(".")[0])
    wrong = content.replace('"I got the job!"', '["no text"]')
    assert wrong != content
    with pytest.raises(InputError, match=r"must be text, got \['no text'\]"):
        read_content(wrong, "talk.json")
    [talk], report = read_content(wrong, "talk.json", skip_bad=True)
    assert (len(talk.utterances), len(report.skipped)) == (5, 1)
    with pytest.raises(InputError):
        read_content(content[: len(content) // 2], "talk.json")
