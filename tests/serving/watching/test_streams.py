"""WebSockets and server-sent events."""

from __future__ import annotations

import asyncio
import json
import threading
from datetime import UTC, datetime

import pytest
from starlette.websockets import WebSocketDisconnect

from instructerc.recognition import LiveSession
from instructerc.serving.contract.schemas import SessionUtterance
from instructerc.serving.keeping.rows import TurnRow
from instructerc.serving.watching.streams import event_stream
from instructerc.serving.watching.subscribers import Subscribers, Subscription


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
    assert client.app.state.services.streams.n_open == 0


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
    client.portal.start_task_soon(_end_when_watched, client.app.state.services.sessions.subscribers, session)
    text = client.get(f"/v1/sessions/{session}/events", headers={"last-event-id": "1"}).text
    for block in text.strip().split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.split("\n"))
        seen.append(json.loads(lines["data"]))
        assert (lines["event"], lines["id"]) == ("utterance", str(seen[-1]["turn"]))
    assert [turn["turn"] for turn in seen] == [2, 3]


def _turn(number, status="scored"):
    said = {"turn": number, "speaker": "Ann", "text": "Hi", "key": None, "answer": None, "correction": None}
    return SessionUtterance(**said, status=status, received_at=datetime(2026, 1, 1, tzinfo=UTC))


async def _told(known, after, *items):
    subscription = Subscription()
    for item in items:
        subscription.put(item)
    subscription.finish("gone")
    events = [event.decode() async for event in event_stream(subscription, known, after)]
    found = [dict(line.split(": ", 1) for line in event.strip().split("\n")) for event in events]
    return [(int(one["id"]), json.loads(one["data"])["turn"], json.loads(one["data"])["status"]) for one in found]


def test_who_goes_on_after_an_event_misses_no_answer():
    told = asyncio.run(_told([_turn(3), _turn(4, "pending")], 2, _turn(5, "pending"), _turn(5), _turn(4), _turn(3)))
    # While turn 4 waits for its answer, one would go on after turn 3.
    assert told == [
        (3, 3, "scored"),
        (3, 4, "pending"),
        (3, 5, "pending"),
        (3, 5, "scored"),
        (5, 4, "scored"),
        (5, 3, "scored"),
    ]


def test_who_goes_on_after_an_event_misses_no_turn_of_another_process():
    told = asyncio.run(_told([_turn(1)], 0, _turn(3, "pending"), _turn(3), _turn(2, "pending"), _turn(2)))
    assert told == [(1, 1, "scored"), (1, 3, "pending"), (1, 3, "scored"), (1, 2, "pending"), (3, 2, "scored")]


def _row(turn, version, status="scored"):
    return TurnRow("00", turn, None, "Ann", "Hi", None, None, datetime(2026, 1, 1), status, version=version)


def test_what_other_processes_change_is_told_once_and_nothing_is_taken_back():
    subscribers = Subscribers()
    with subscribers.subscribe("00") as subscription:
        subscribers.publish(_row(1, 4))
        assert subscribers.followed() == {}
        subscribers.follow("00", 4)
        subscribers.publish(_row(2, 5, "pending"))
        subscribers.publish(_row(2, 7))
        # Read before turn 2 had its answer.
        subscribers.catch_up("00", [_row(2, 5, "pending"), _row(3, 6, "pending")], 6)
        assert subscribers.followed() == {"00": 6}
        subscribers.publish(_row(3, 6, "pending"))
        subscribers.catch_up("00", [_row(2, 7), _row(3, 8)], 8)
        # An answer that the database does not take.
        subscribers.publish(_row(4, 0))
        told = [subscription.queue.get_nowait() for _ in range(subscription.queue.qsize())]
    assert [(turn.turn, turn.status) for turn in told] == [
        *((1, "scored"), (2, "pending"), (2, "scored"), (3, "pending"), (3, "scored"), (4, "scored"))
    ]
    # Who watched is gone.
    subscribers.catch_up("00", [_row(5, 9)], 9)
    assert subscribers.followed() == {}


def test_what_was_read_is_not_taken_back_by_what_was_told_before():
    told = asyncio.run(_told([_turn(1)], 0, _turn(1, "pending"), _turn(1), _turn(2, "pending")))
    assert told == [(1, 1, "scored"), (1, 1, "scored"), (1, 2, "pending")]


def test_a_turn_that_comes_while_a_session_is_read_is_told(client, session, monkeypatch):
    service = client.app.state.services.sessions
    get = service.get

    async def get_and_tell(*arguments):
        detail = await get(*arguments)
        service.subscribers.publish(TurnRow(session, 1, None, "Ann", "Hi", None, None, datetime(2026, 1, 1), "scored"))
        service.subscribers.end(session)
        return detail

    monkeypatch.setattr(service, "get", get_and_tell)
    assert '"turn":1' in client.get(f"/v1/sessions/{session}/events").text
    with client.websocket_connect(_stream(session)) as socket:
        assert socket.receive_json()["utterance"]["turn"] == 1


def test_a_watcher_that_is_behind_is_told_and_keeps_nothing():
    subscription = Subscription()
    for number in range(1, 300):
        subscription.put(_turn(number))
    subscription.put(_turn(300))
    assert (subscription.end, subscription.queue.qsize(), subscription.queue.get_nowait()) == ("behind", 1, None)


def test_a_stream_that_does_not_begin_is_not_counted(client, session):
    for _ in range(3):
        assert client.get("/v1/sessions/00/events").status_code == 404
    assert (client.app.state.services.streams.n_open, len(client.app.state.services.sessions.subscribers)) == (0, 0)


def test_turns_of_a_socket_that_wait_are_bounded(client, session, monkeypatch):
    count = 70
    gate, add = threading.Event(), LiveSession.add
    monkeypatch.setattr(LiveSession, "add", lambda self, *said: gate.wait(10) and add(self, *said))
    client.app.state.services.engine.live_wait_s = 60
    with client.websocket_connect(_stream(session)) as socket:
        for number in range(count):
            socket.send_json({"speaker": "Ann", "text": "Hi", "key": str(number)})
        messages = [socket.receive_json() for _ in range(count)]
        refused = [message for message in messages if message["type"] == "problem"]
        assert {(one["status"], one["code"], one["retry_after_s"]) for one in refused} == {(429, "in_flight", 1)}
        assert [one["key"] for one in refused] == [str(number) for number in range(64, count)]
        gate.set()
        assert [socket.receive_json()["utterance"]["status"] for _ in range(64)] == ["scored"] * 64


async def _end_when_watched(subscribers, session):
    while not len(subscribers):
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    subscribers.end(session)
