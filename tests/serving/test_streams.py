"""WebSockets and server-sent events."""

from __future__ import annotations

import json

import pytest
from starlette.websockets import WebSocketDisconnect


def _stream(session):
    return f"ws://127.0.0.1:8000/v1/sessions/{session}/stream"


def _scored(socket, key):
    while True:
        message = socket.receive_json()
        utterance = message.get("utterance", {})
        if (utterance.get("key"), utterance.get("status")) == (key, "scored"):
            return utterance


def test_a_socket_tells_of_each_turn_as_it_is_accepted_and_scored(client, session):
    with client.websocket_connect(_stream(session)) as socket:
        socket.send_json({"speaker": "Ann", "text": "We won!", "key": "a"})
        first, second = socket.receive_json(), socket.receive_json()
        assert [one["utterance"]["status"] for one in (first, second)] == ["pending", "scored"]
        assert second["utterance"]["answer"]["label"] == "joy"
        client.put(f"/v1/sessions/{session}/utterances/1/correction", json={"label": "surprise"})
        assert socket.receive_json()["utterance"]["correction"] == "surprise"


def test_watchers_see_each_others_turns_in_order(client, session):
    with (
        client.websocket_connect(_stream(session)) as one,
        client.websocket_connect(_stream(session)) as other,
    ):
        for number in range(5):
            one.send_json({"speaker": "Ann", "text": f"Turn {number}", "key": str(number)})
        assert [_scored(other, str(number))["turn"] for number in range(5)] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    ("message", "code"),
    [
        ("no json", "invalid"),
        ("[1]", "invalid"),
        ('{"speaker": "Ann"}', "invalid"),
        ('{"speaker": "", "text": "x"}', "invalid"),
        ("[" * 5000, "invalid"),
        ('{"speaker": "Ann", "text": "x", "start": 1e999}', "invalid"),
    ],
)
def test_a_wrong_message_is_told_and_the_socket_stays(client, session, message, code):
    with client.websocket_connect(_stream(session)) as socket:
        socket.send_text(message)
        problem = socket.receive_json()
        assert (problem["type"], problem["status"], problem["code"]) == ("problem", 422, code)
        socket.send_json({"speaker": "Ann", "text": "We won!", "key": "a"})
        assert _scored(socket, "a")["turn"] == 1


def test_pages_of_other_sites_may_not_open_a_socket(client, session):
    for headers in ({"origin": "https://evil.example"}, {"host": "evil.example"}):
        with pytest.raises(WebSocketDisconnect), client.websocket_connect(_stream(session), headers=headers):
            pass
    own = {"origin": "http://127.0.0.1:8000", "host": "127.0.0.1:8000"}
    with client.websocket_connect(_stream(session), headers=own) as socket:
        socket.send_json({"speaker": "Ann", "text": "Hi", "key": "a"})
        assert _scored(socket, "a")


def test_a_session_that_is_not_there_is_told(client):
    with client.websocket_connect(_stream("00ff")) as socket:
        assert socket.receive_json()["code"] == "not_found"
        with pytest.raises(WebSocketDisconnect):
            socket.receive_json()


def test_deleting_a_session_ends_its_streams(client, session):
    with client.websocket_connect(_stream(session)) as socket:
        socket.send_json({"speaker": "Ann", "text": "Hi", "key": "a"})
        _scored(socket, "a")
        client.delete(f"/v1/sessions/{session}")
        with pytest.raises(WebSocketDisconnect):
            socket.receive_json()
    assert client.app.state.streams.n_open == 0


def test_streams_are_bounded(serve):
    client = serve(max_streams=0)
    session = client.post("/v1/sessions", json={}).json()["id"]
    with pytest.raises(WebSocketDisconnect), client.websocket_connect(_stream(session)):
        pass
    refused = client.get(f"/v1/sessions/{session}/events")
    assert (refused.status_code, refused.json()["code"]) == (429, "streams")


def test_events_go_on_after_the_last_one_seen(client, session):
    for text in ("We won!", "Again!", "And again!"):
        client.post(f"/v1/sessions/{session}/utterances", json={"speaker": "Ann", "text": text})
    seen: list[dict] = []

    # The test's client reads a stream to its end, so the end is set before it begins to wait.
    client.portal.start_task_soon(_end_when_watched, client.app.state.service.subscribers, session)
    text = client.get(f"/v1/sessions/{session}/events", headers={"last-event-id": "1"}).text
    for block in text.strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n"))
        seen.append(json.loads(lines["data"]))
        assert (lines["event"], lines["id"]) == ("utterance", str(seen[-1]["turn"]))
    assert [turn["turn"] for turn in seen] == [2, 3]


async def _end_when_watched(subscribers, session):
    import asyncio

    while not len(subscribers):
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    subscribers.end(session)
