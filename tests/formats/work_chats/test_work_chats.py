"""Chats of people who work together: what each server and service writes, what is no message in it, and bad input."""

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
MIA, THEO = "@mia:example.org", "@theo:example.org"


def _said(talk: Conversation) -> list[tuple[str, str, float | None]]:
    return [(turn.speaker, turn.text, turn.start) for turn in talk.utterances]


def _notes(report: ReadReport) -> list[str]:
    return sorted(note.split(": ", 1)[1] for note in report.notes)


def _event(second: int, sender: str, kind: str = "m.room.message", **content: Any) -> dict[str, Any]:
    head = {"type": kind, "sender": sender, "event_id": f"${second}", "room_id": "!r:example.org"}
    content = {"msgtype": "m.text", **content} if kind == "m.room.message" else content
    return {**head, "origin_server_ts": 1710147900000 + 1000 * second, "content": content}


def _member(person: str, name: str) -> dict[str, Any]:
    return {**_event(0, person, "m.room.member", membership="join", displayname=name), "state_key": person}


def _matrix(*events: dict[str, Any]) -> str:
    head = {"room_name": "Garden", "room_creator": MIA, "topic": "", "export_date": "x", "exported_by": MIA}
    return json.dumps({**head, "messages": events})


def test_matrix_answers_edits_and_files(read_content: ReadContent) -> None:
    answer = {"m.relates_to": {"m.in_reply_to": {"event_id": "$1"}}}
    edit = {"m.relates_to": {"rel_type": "m.replace", "event_id": "$1"}, "m.new_content": {"body": "I got the job!"}}
    content = _matrix(
        _member(MIA, "Mia Kern"),
        _event(1, MIA, body="I got the jbo!"),
        _event(4, THEO, body=f"> <{MIA}> I got the jbo!\n> really\n\nThat is fantastic", **answer),
        _event(5, MIA, body=" * I got the job!", **edit),
        _event(6, MIA, msgtype="m.image", body="cat.jpg"),
        _event(7, MIA, msgtype="m.image", body="my cat", filename="cat.jpg"),
        _event(8, THEO, "m.room.encrypted", algorithm="m.megolm.v1.aes-sha2"),
        _event(9, THEO, "m.reaction"),
    )
    [talk], report = read_content(content, "export.json")
    assert (report.format, talk.id) == ("matrix", "Garden")
    assert _said(talk) == [
        ("Mia Kern", "I got the job!", 0.0),
        (THEO, "That is fantastic", 3.0),
        ("Mia Kern", "my cat", 6.0),
    ]
    assert _notes(report) == [
        "1 edit(s): the message has its last words",
        "1 message(s) that were exported without their key: left out",
        "1 message(s) without text, such as a lone file or sticker: left out",
        "2 message(s) without a speaker, such as who joined: left out",
    ]


def test_matrix_keeps_people_of_one_name_apart_and_edits_without_their_message(read_content: ReadContent) -> None:
    edit = {"m.relates_to": {"rel_type": "m.replace", "event_id": "$gone"}, "m.new_content": {"body": "better"}}
    strange = {"m.relates_to": {"rel_type": "m.replace", "event_id": "$1"}, "m.new_content": {"body": "I lie"}}
    content = _matrix(
        _member(MIA, "Mia"),
        _member(THEO, "Mia"),
        _event(1, MIA, body="one"),
        _event(2, THEO, body="* better", **edit),
        _event(3, THEO, body="* I lie", **strange),
    )
    [talk], _ = read_content(content, "export.json")
    assert _said(talk) == [(f"Mia ({MIA})", "one", 0.0), (f"Mia ({THEO})", "better", 1.0)]


def _lines(*rows: dict[str, Any]) -> str:
    return "".join(f"{json.dumps(row)}\n" for row in rows)


def test_mattermost_bulk_export(read_content: ReadContent) -> None:
    def post(user: str, text: str, second: int, **more: Any) -> dict[str, Any]:
        return {"user": user, "message": text, "create_at": 1710147900000 + 1000 * second, **more}

    asked = post("mia", "who is angry?", 1, team="t", channel="town", replies=[post("theo", "I am", 9)])
    direct = post("theo", "hi", 0, channel_members=["theo", "mia"])
    content = _lines(
        {"type": "version", "version": 1},
        {"type": "user", "user": {"username": "mia", "email": "m@example.org"}},
        {"type": "post", "post": asked},
        {"type": "post", "post": post("ida", "wait", 4, team="t", channel="town")},
        {"type": "post", "post": post("ida", "ida joined", 5, team="t", channel="town", type="system_join_channel")},
        {"type": "direct_channel", "direct_channel": {"members": ["theo", "mia"]}},
        {"type": "direct_post", "direct_post": direct},
    )
    [town, both], report = read_content(content, "bulk.jsonl")
    assert report.format == "mattermost"
    assert [(talk.id, _said(talk)) for talk in (town, both)] == [
        ("t/town", [("mia", "who is angry?", 0.0), ("ida", "wait", 3.0), ("theo", "I am", 8.0)]),
        ("mia, theo", [("theo", "hi", 0.0)]),
    ]
    assert _notes(report) == ["1 message(s) without a speaker, such as who joined: left out"]


def test_mattermost_posts_of_a_channel(read_content: ReadContent) -> None:
    posts = [
        {"id": "a", "channel_id": "c", "user_id": "u1", "message": "second", "create_at": 1710147902000},
        {"id": "b", "channel_id": "c", "user_id": "u2", "message": "first", "create_at": 1710147900000}
        | {"props": {"override_username": "Mia"}},
        {"id": "d", "channel_id": "c", "user_id": "u2", "message": "gone", "create_at": 1710147901000, "delete_at": 5},
    ]
    answer = {"order": ["a", "d", "b"], "posts": {post["id"]: post for post in posts}}
    for content in (json.dumps(posts), json.dumps(answer), _lines(*posts)):
        [talk], report = read_content(content, "posts.json")
        assert report.format == "mattermost"
        assert _said(talk) == [("Mia", "first", 0.0), ("u1", "second", 2.0)]
        assert len(report.notes) == 2


def test_rocket_chat(read_content: ReadContent) -> None:
    user = {"_id": "1", "username": "mia", "name": "Mia"}
    rows = [
        {
            "_id": "a",
            "rid": "R",
            "msg": "fine",
            "ts": "2024-03-11T09:05:02.500Z",
            "u": {"_id": "2", "username": "theo"},
        },
        {"_id": "b", "rid": "R", "msg": "mia", "ts": "2024-03-11T09:05:01Z", "u": user, "t": "uj"},
        {"_id": "c", "rid": "R", "msg": "how are you?", "ts": "2024-03-11T09:05:00Z", "u": user},
    ]
    exported = [
        {"msg": row["msg"], "username": row["u"]["username"], "ts": row["ts"]} for row in rows if "t" not in row
    ]
    stored = [{**row, "ts": {"$date": row["ts"]}} for row in rows]
    for content in (json.dumps({"messages": rows, "success": True}), json.dumps(exported), _lines(*stored)):
        [talk], report = read_content(content, "messages.json")
        assert report.format == "rocket-chat"
        assert _said(talk) == [("mia", "how are you?", 0.0), ("theo", "fine", 2.5)]


def _teams(name: str | None, content: str, second: int, kind: str = "html", **more: Any) -> dict[str, Any]:
    sender = None if name is None else {"application": None, "user": {"id": "7", "displayName": name}}
    head = {"id": f"{second}", "messageType": "message", "createdDateTime": f"2024-03-11T09:05:{second:02}.5Z"}
    return {**head, "from": sender, "body": {"contentType": kind, "content": content}, **more}


def test_teams_chat_with_answers_below_and_what_is_no_message(read_content: ReadContent) -> None:
    answered = '<attachment id="1"></attachment><p>so <b>sad</b> <emoji id="sad" alt="😢" title="Sad"></emoji></p>'
    messages = [
        _teams("Theo", "a < b", 8, "text"),
        _teams(None, "<systemEventMessage/>", 7, messageType="systemEventMessage"),
        _teams("Theo", "", 6, deletedDateTime="2024-03-11T10:00:00Z"),
        _teams("Mia Kern", "<div>How is <at id='0'>Theo</at>?</div>", 1, replies=[_teams("Theo", answered, 2)]),
    ]
    [talk], report = read_content(json.dumps({"@odata.context": "x", "value": messages}), "chat.json")
    assert report.format == "teams-chat"
    assert _said(talk) == [("Mia Kern", "How is Theo?", 0.0), ("Theo", "so sad 😢", 1.0), ("Theo", "a < b", 7.0)]
    assert len(report.notes) == 2


def test_skype_quotes_names_and_calls(read_content: ReadContent) -> None:
    def message(second: int, person: str, content: str, kind: str = "RichText", **more: Any) -> dict[str, Any]:
        when = f"2024-03-11T09:05:{second:02}.123Z"
        return {"originalarrivaltime": when, "messagetype": kind, "content": content, "from": person, **more}

    quote = '<quote author="theo"><legacyquote>[1] Theo: </legacyquote>I hate it<legacyquote>x</legacyquote></quote>'
    messages = [
        message(9, "8:live:mia", "Edited previous message: I&apos;m fine<e_m ts='1'></e_m>"),
        message(7, "8:live:mia", f"{quote}why <ss type='sad'>:(</ss>", displayName=None),
        message(5, "8:live:theo", "<partlist/>", "Event/Call"),
        message(4, "8:live:theo", "1 < 2", "Text"),
        message(3, "8:live:theo", "I hate it", displayName="Theo B."),
        message(1, "19:x", "<addmember/>", "ThreadActivity/AddMember"),
    ]
    chat = {"id": "8:live:theo", "displayName": None, "MessageList": messages}
    document = {"userId": "8:live:mia", "exportDate": "x", "conversations": [chat, {"id": "8:y", "MessageList": []}]}
    [talk], report = read_content(json.dumps(document), "messages.json")
    assert (report.format, talk.id) == ("skype", "theo")
    assert _said(talk) == [
        ("Theo B.", "I hate it", 0.0),
        ("Theo B.", "1 < 2", 1.0),
        ("mia", "why :(", 4.0),
        ("mia", "I'm fine", 6.0),
    ]
    assert len(report.notes) == 2


@pytest.mark.parametrize("name", ["matrix", "mattermost", "mattermost.posts", "rocket-chat", "teams-chat", "skype"])
def test_what_is_broken_stops_with_its_place(name: str, read_content: ReadContent) -> None:
    content = LAYOUTS[name](TALKS["english"])
    form = name.partition(".")[0]
    for whole in ("[]", "{}", '{"messages": 3}', "null", '{"conversations": [3]}'):
        with pytest.raises(InputError):
            read_content(whole, "talk.json", form)
    wrong = content.replace('"I got the job!"', '["no text"]').replace('"<p>I got the job!</p>"', '["no text"]')
    assert wrong != content
    with pytest.raises(InputError, match=r"must be text, got \['no text'\]"):
        read_content(wrong, "talk.json")
    [talk], report = read_content(wrong, "talk.json", skip_bad=True)
    assert (len(talk.utterances), len(report.skipped)) == (5, 1)
    with pytest.raises(InputError):
        read_content(content[: len(content) // 2].replace("}\n", ""), "talk.json")
