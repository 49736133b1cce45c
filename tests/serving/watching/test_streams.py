"""WebSockets and server-sent events."""

from __future__ import annotations

import asyncio
import json
import threading
from datetime import datetime

import pytest
from starlette.websockets import WebSocketDisconnect

from instructerc.recognition import LiveSession
from instructerc.serving.keeping.rows import TurnRow
from instructerc.serving.watching.streams import event_stream, read_event_id
from instructerc.serving.watching.subscribers import Subscribers, Subscription

# What an event's id has more after each change of words.
CHANGE = 10_000_000


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


def test_watchers_are_told_what_is_changed_and_deleted(client, session):
    path = f"/v1/sessions/{session}/utterances"
    for text in ("We won!", "No way!", "I hate that you missed it."):
        client.post(path, json={"speaker": "Ann", "text": text})
    with client.websocket_connect(_stream(session)) as socket:
        assert client.put(f"{path}/2", json={"speaker": "Bo", "text": "Again?"}).status_code == 200
        told = [socket.receive_json()["utterance"] for _ in range(3)]
        assert [(turn["turn"], turn["speaker"], turn["status"]) for turn in told] == [
            (2, "Bo", "pending"),
            (2, "Bo", "scored"),
            (3, "Ann", "scored"),
        ]
        assert client.delete(f"{path}/1").status_code == 200
        assert socket.receive_json() == {"type": "deletion", "turn": 1}
        later = [socket.receive_json()["utterance"] for _ in range(2)]
        assert [(turn["turn"], turn["answer"]["history_turns"]) for turn in later] == [(2, 0), (3, 1)]
        # Nothing is told of what changes nothing.
        assert client.delete(f"{path}/1").status_code == 200
        client.put(f"{path}/2/correction", json={"label": "surprise"})
        assert socket.receive_json()["utterance"]["correction"] == "surprise"
    client.portal.start_task_soon(_end_when_watched, client.app.state.services.sessions.subscribers, session)
    text = client.get(f"/v1/sessions/{session}/events", headers={"last-event-id": "3"}).text
    events = [dict(line.split(": ", 1) for line in block.split("\n")) for block in text.strip().split("\n\n")]
    assert [(one["event"], one["id"], json.loads(one["data"])["turn"]) for one in events] == [
        ("deletion", str(2 * CHANGE + 1), 1),
        ("utterance", str(2 * CHANGE + 2), 2),
        ("utterance", str(2 * CHANGE + 3), 3),
    ]


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


def _row(turn, status="scored", version=0, revision=0):
    said = {"key": None, "speaker": "Ann", "text": "Hi", "start": None, "end": None}
    received = datetime(2026, 1, 1)
    return TurnRow("00", turn, **said, received_at=received, status=status, version=version, revision=revision)


async def _told(known, after, *items, revision=0):
    """Returns the id of each event, and the number and state of its turn."""
    subscription = Subscription()
    for item in items:
        subscription.put(item)
    subscription.finish("gone")
    events = [event.decode() async for event in event_stream(subscription, known, after, revision)]
    found = [dict(line.split(": ", 1) for line in event.strip().split("\n")) for event in events]
    assert all((one["event"] == "deletion") == ("status" not in json.loads(one["data"])) for one in found)
    told = [(int(one["id"]), json.loads(one["data"])) for one in found]
    return [(place, data["turn"], data.get("status", "deleted")) for place, data in told]


def test_who_goes_on_after_an_event_misses_no_answer():
    told = asyncio.run(_told([_row(3), _row(4, "pending")], 2, _row(5, "pending"), _row(5), _row(4), _row(3)))
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
    told = asyncio.run(_told([_row(1)], 0, _row(3, "pending"), _row(3), _row(2, "pending"), _row(2)))
    assert told == [(1, 1, "scored"), (1, 3, "pending"), (1, 3, "scored"), (1, 2, "pending"), (3, 2, "scored")]


def test_what_other_processes_change_is_told_once_and_nothing_is_taken_back():
    subscribers = Subscribers()
    with subscribers.subscribe("00") as subscription:
        subscribers.publish(_row(1, version=4))
        assert subscribers.followed() == {}
        subscribers.follow("00", 4)
        subscribers.publish(_row(2, "pending", 5))
        subscribers.publish(_row(2, version=7))
        # Read before turn 2 had its answer.
        subscribers.catch_up("00", [_row(2, "pending", 5), _row(3, "pending", 6)], 6)
        assert subscribers.followed() == {"00": 6}
        subscribers.publish(_row(3, "pending", 6))
        subscribers.catch_up("00", [_row(2, version=7), _row(3, version=8)], 8)
        # An answer that the database does not take.
        subscribers.publish(_row(4, version=0))
        told = [subscription.queue.get_nowait() for _ in range(subscription.queue.qsize())]
    assert [(turn.turn, turn.status) for turn in told] == [
        *((1, "scored"), (2, "pending"), (2, "scored"), (3, "pending"), (3, "scored"), (4, "scored"))
    ]
    # Who watched is gone.
    subscribers.catch_up("00", [_row(5, version=9)], 9)
    assert subscribers.followed() == {}


def test_what_was_read_is_not_taken_back_by_what_was_told_before():
    known = [_row(1, version=2), _row(2, "pending", 3)]
    told = asyncio.run(_told(known, 0, _row(1, "pending", 1), _row(1, version=2), _row(2, version=4)))
    assert told == [(1, 1, "scored"), (1, 2, "pending"), (2, 2, "scored")]


def test_who_goes_on_after_a_change_misses_no_new_answer():
    # Turn 2 of 3 is changed, then turn 3 deleted before it has its new answer, then comes turn 4.
    change = _row(2, "pending", 4, 1), _row(2, "scored", 5, 1)
    later = _row(3, "deleted", 6, 2), _row(4, "pending", 7, 2), _row(4, "scored", 8, 2)
    known = [_row(number, version=number) for number in (1, 2, 3)]
    assert asyncio.run(_told(known, 0, *change, *later)) == [
        (1, 1, "scored"),
        (2, 2, "scored"),
        (3, 3, "scored"),
        (CHANGE + 1, 2, "pending"),
        (CHANGE + 2, 2, "scored"),
        (2 * CHANGE + 3, 3, "deleted"),
        (2 * CHANGE + 3, 4, "pending"),
        (2 * CHANGE + 4, 4, "scored"),
    ]
    # Who was away knows of turns 1 to 3 as they were: all that changed is read, and told as it is now.
    read = [_row(2, version=5, revision=1), _row(3, "deleted", 6, 2), _row(4, version=8, revision=2)]
    told = [(2 * CHANGE + 2, 2, "scored"), (2 * CHANGE + 3, 3, "deleted"), (2 * CHANGE + 4, 4, "scored")]
    assert asyncio.run(_told(read, 3, *change, *later)) == told
    # Who was told of the deletion is not told again.
    assert asyncio.run(_told(read[1:], 2, *later, revision=2)) == told[2:]
    assert asyncio.run(_told([], 4, *later[:0], revision=2)) == []


def test_a_change_of_another_process_that_is_told_too_late_is_told_again_after_a_gap():
    known = [_row(number, version=number) for number in (1, 2, 3)]
    # Another process changed turn 2, which is not known here when turn 3 is changed.
    told = asyncio.run(_told(known, 0, _row(3, "pending", 5, 2), _row(3, "scored", 6, 2), _row(2, "scored", 7, 1)))
    assert told[3:] == [(3, 3, "pending"), (3, 3, "scored"), (CHANGE + 2, 2, "scored")]


@pytest.mark.parametrize(
    ("given", "place"),
    [
        (None, (0, 0)),
        ("7", (7, 0)),
        (str(3 * CHANGE + 7), (7, 3)),
        ("x", (0, 0)),
        ("-1", (0, 0)),
        ("9" * 20, (1_000_000, 2**31 - 1)),
    ],
)
def test_an_id_says_up_to_where_a_stream_was_told(given, place):
    assert read_event_id(given) == place


def test_a_change_of_many_turns_leaves_nobody_behind():
    subscribers = Subscribers()
    with subscribers.subscribe("00") as subscription:
        subscribers.follow("00", 0)
        rows = [_row(number, "pending", 400, 1) for number in range(2, 400)]
        subscribers.catch_up("00", rows, 400)
        told = [subscription.queue.get_nowait() for _ in range(subscription.queue.qsize())]
    assert [row.turn for row in told] == [2]


def test_a_turn_that_comes_while_a_session_is_read_is_told(client, session, monkeypatch):
    service = client.app.state.services.sessions
    watch = service.watch

    async def watch_and_tell(*arguments):
        known = await watch(*arguments)
        service.subscribers.publish(TurnRow(session, 1, None, "Ann", "Hi", None, None, datetime(2026, 1, 1), "scored"))
        service.subscribers.end(session)
        return known

    monkeypatch.setattr(service, "watch", watch_and_tell)
    assert '"turn":1' in client.get(f"/v1/sessions/{session}/events").text
    with client.websocket_connect(_stream(session)) as socket:
        assert socket.receive_json()["utterance"]["turn"] == 1


def test_a_watcher_that_is_behind_is_told_and_keeps_nothing():
    subscription = Subscription()
    for number in range(1, 300):
        subscription.put(_row(number))
    subscription.put(_row(300))
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
