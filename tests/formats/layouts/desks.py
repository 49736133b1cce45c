"""What servers of chats, help desks, contact centres and recognisers of speech give as JSON; tables in JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from html import escape
from typing import Any

from layouts.chats import BEGIN, Turns

STEP = 3


def _iso(place: int) -> str:
    return (BEGIN + timedelta(seconds=STEP * place)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _unix(place: int) -> int:
    return int(BEGIN.timestamp()) + STEP * place


def _numbers(turns: Turns) -> dict[str, int]:
    return {name: number for number, name in enumerate(dict.fromkeys(name for name, _ in turns), 1)}


def _matrix(turns: Turns) -> str:
    people = _numbers(turns)
    members = [
        {"type": "m.room.member", "sender": f"@u{number}:example.org", "state_key": f"@u{number}:example.org"}
        | {"content": {"membership": "join", "displayname": name}, "origin_server_ts": 1000 * _unix(0)}
        for name, number in people.items()
    ]
    said = [
        {
            "type": "m.room.message",
            "sender": f"@u{people[name]}:example.org",
            "content": {"body": text, "msgtype": "m.text"},
            "origin_server_ts": 1000 * _unix(place),
            "event_id": f"${place}",
            "room_id": "!r:example.org",
        }
        for place, (name, text) in enumerate(turns)
    ]
    return json.dumps({"room_name": "Talk", "exported_by": "@u1:example.org", "messages": [*members, *said]}, indent=4)


def _mattermost(turns: Turns) -> str:
    head = [{"type": "version", "version": 1}, {"type": "team", "team": {"name": "t", "display_name": "T"}}]
    posts = [
        {"team": "t", "channel": "talk", "user": name, "message": text, "create_at": 1000 * _unix(place)}
        for place, (name, text) in enumerate(turns)
    ]
    lines = [*head, *({"type": "post", "post": {**post, "replies": None}} for post in posts)]
    return "".join(f"{json.dumps(line)}\n" for line in lines)


def _mattermost_posts(turns: Turns) -> str:
    posts = {
        f"p{place}": {"id": f"p{place}", "create_at": 1000 * _unix(place), "delete_at": 0, "user_id": name, "type": ""}
        | {"channel_id": "c", "root_id": "", "message": text}
        for place, (name, text) in enumerate(turns)
    }
    return json.dumps({"order": [*posts][::-1], "posts": posts, "next_post_id": "", "prev_post_id": ""})


def _rocket_chat(turns: Turns) -> str:
    messages = [
        {"_id": f"{place}", "rid": "R", "msg": text, "ts": _iso(place), "u": {"_id": name, "username": name}}
        for place, (name, text) in enumerate(turns)
    ]
    return json.dumps({"messages": messages[::-1], "count": len(messages), "success": True})


def _teams(turns: Turns) -> str:
    messages = [
        {
            "id": f"{_unix(place)}",
            "messageType": "message",
            "createdDateTime": _iso(place),
            "deletedDateTime": None,
            "from": {"application": None, "user": {"id": name, "displayName": name}},
            "body": {"contentType": "html", "content": f"<p>{escape(text)}</p>"},
            "chatId": "19:x@thread.v2",
        }
        for place, (name, text) in enumerate(turns)
    ]
    return json.dumps({"@odata.context": "https://graph.microsoft.com", "value": messages[::-1]})


def _skype(turns: Turns) -> str:
    messages = [
        {
            "id": f"{_unix(place)}",
            "displayName": None,
            "originalarrivaltime": _iso(place),
            "messagetype": "RichText",
            "content": escape(text),
            "from": f"8:live:{name}",
        }
        for place, (name, text) in enumerate(turns)
    ]
    chat = {"id": "19:x@thread.skype", "displayName": "Talk", "MessageList": messages[::-1]}
    return json.dumps({"userId": "8:live:mia", "exportDate": "2024-03-12T09:00", "conversations": [chat]})


def _livechat(turns: Turns) -> str:
    people = _numbers(turns)
    events = [
        {"type": "message", "text": text, "author_id": f"{people[name]}", "created_at": _iso(place)}
        | {"visibility": "all"}
        for place, (name, text) in enumerate(turns)
    ]
    users = [{"id": f"{number}", "name": name, "type": "customer"} for name, number in people.items()]
    return json.dumps({"chats": [{"id": "P1", "users": users, "thread": {"id": "T1", "events": events}}]})


def _chatwoot(turns: Turns) -> str:
    messages = [
        {
            "id": place,
            "content": text,
            "conversation_id": 7,
            "message_type": int(name != turns[0][0]),
            "created_at": _unix(place),
            "private": False,
            "sender": {"id": 1, "name": name},
        }
        for place, (name, text) in enumerate(turns)
    ]
    return json.dumps({"meta": {"labels": []}, "payload": messages})


def _freshdesk(turns: Turns) -> str:
    people = _numbers(turns)
    messages = [
        {
            "body": f"<div>{escape(text)}</div>",
            "body_text": text,
            "id": place,
            "incoming": people[name] == 1,
            "private": False,
            "user_id": people[name],
            "ticket_id": 20,
            "created_at": _iso(place),
        }
        for place, (name, text) in enumerate(turns)
    ]
    return json.dumps(messages)


def _front(turns: Turns) -> str:
    messages = [
        {
            "id": f"msg_{place}",
            "type": "email",
            "is_inbound": True,
            "created_at": _unix(place) + 0.5,
            "body": f"<p>{escape(text)}</p>",
            "text": text,
            "author": None,
            "recipients": [{"handle": "a@example.org", "name": name, "role": "from"}],
        }
        for place, (name, text) in enumerate(turns)
    ]
    return json.dumps({"_pagination": {"next": None}, "_links": {}, "_results": messages[::-1]})


def _dialogflow(turns: Turns) -> str:
    messages = [
        {
            "name": f"projects/p/conversations/c/messages/{place}",
            "content": text,
            "participant": name,
            "participantRole": name,
            "createTime": _iso(place),
        }
        for place, (name, text) in enumerate(turns)
    ]
    return json.dumps({"messages": messages[::-1]})


def _agent_assist(turns: Turns) -> str:
    people = _numbers(turns)
    entries = [
        {"text": text, "role": "AGENT", "user_id": people[name], "start_timestamp_usec": STEP * place * 1_000_000}
        for place, (name, text) in enumerate(turns)
    ]
    return json.dumps({"conversation_info": {"categories": [{"display_name": "x"}]}, "entries": entries})


def _gong(turns: Turns) -> str:
    monologues = [
        {
            "speakerId": name,
            "topic": "Objections",
            "sentences": [{"start": 1000 * STEP * place, "end": 1000 * STEP * place + 1500, "text": text}],
        }
        for place, (name, text) in enumerate(turns)
    ]
    return json.dumps({"requestId": "r", "callTranscripts": [{"callId": "77", "transcript": monologues}]})


def _genesys(turns: Turns) -> str:
    phrases: list[dict[str, Any]] = [
        {
            "text": text,
            "confidence": 0.9,
            "startTimeMs": 1000 * _unix(place),
            "duration": {"milliseconds": 1500},
            "participantPurpose": name,
        }
        for place, (name, text) in enumerate(turns)
    ]
    transcripts = [{"transcriptId": "t", "language": "en-us", "phrases": phrases}]
    return json.dumps({"conversationId": "c", "startTime": 1000 * _unix(0), "transcripts": transcripts})


def _hubspot(turns: Turns) -> str:
    messages = [
        {"type": "MESSAGE", "id": f"{place}", "text": text, "richText": None, "createdAt": _iso(place)}
        | {"senders": [{"actorId": "A-1", "name": name}], "direction": "OUTGOING"}
        for place, (name, text) in enumerate(turns)
    ]
    return json.dumps({"results": messages[::-1], "paging": {}})


def _crisp(turns: Turns) -> str:
    messages = [
        {"session_id": "s", "type": "text", "from": "operator", "content": text, "timestamp": 1000 * _unix(place)}
        | {"user": {"nickname": name}}
        for place, (name, text) in enumerate(turns)
    ]
    return json.dumps({"error": False, "reason": "listed", "data": messages})


def _gorgias(turns: Turns) -> str:
    messages = [
        {"id": place, "ticket_id": 7, "public": True, "sender": {"name": name}, "from_agent": False}
        | {"body_text": text, "created_datetime": _iso(place)}
        for place, (name, text) in enumerate(turns)
    ]
    return json.dumps({"object": "list", "data": messages})


def _speechmatics(turns: Turns) -> str:
    results = [
        {"type": "word", "start_time": STEP * place + 0.1, "end_time": STEP * place + 0.9}
        | {"alternatives": [{"content": word, "speaker": name}]}
        for place, (name, text) in enumerate(turns)
        for word in text.split()
    ]
    return json.dumps({"format": "2.9", "job": {"id": "j"}, "metadata": {}, "results": results})


def _soniox(turns: Turns) -> str:
    tokens = [
        {"text": part, "start_ms": 1000 * STEP * place, "end_ms": 1000 * STEP * place + 900, "speaker": name}
        for place, (name, text) in enumerate(turns)
        for part in (f" {text[:2]}", text[2:])
    ]
    return json.dumps({"id": "x", "text": " ".join(text for _, text in turns), "tokens": tokens})


def _recall_ai(turns: Turns) -> str:
    said = [
        {
            "participant": {"id": 1, "name": name},
            "words": [
                {"text": word, "start_timestamp": {"relative": STEP * place + 0.5}, "end_timestamp": {"relative": None}}
                for word in text.split()
            ],
        }
        for place, (name, text) in enumerate(turns)
    ]
    return json.dumps(said)


def _json_columns(turns: Turns) -> str:
    columns = {"speaker": [name for name, _ in turns], "text": [text for _, text in turns]}
    return json.dumps({key: dict(enumerate(values)) for key, values in columns.items()})


def _json_split(turns: Turns) -> str:
    return json.dumps({"columns": ["speaker", "text"], "index": [*range(len(turns))], "data": turns})


DESKS: dict[str, Callable[[Turns], str]] = {
    "matrix": _matrix,
    "mattermost": _mattermost,
    "mattermost.posts": _mattermost_posts,
    "rocket-chat": _rocket_chat,
    "teams-chat": _teams,
    "skype": _skype,
    "livechat": _livechat,
    "chatwoot": _chatwoot,
    "freshdesk": _freshdesk,
    "front": _front,
    "dialogflow": _dialogflow,
    "dialogflow.entries": _agent_assist,
    "gong": _gong,
    "genesys": _genesys,
    "hubspot": _hubspot,
    "crisp": _crisp,
    "gorgias": _gorgias,
    "speechmatics": _speechmatics,
    "soniox": _soniox,
    "recall-ai": _recall_ai,
    "json-table": _json_columns,
    "json-table.split": _json_split,
}
