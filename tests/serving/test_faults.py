"""What goes wrong inside: a database that is locked or full, recognition that fails, sessions that vanish in use."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import threading
import time

import pytest
from sqlalchemy import event
from sqlalchemy.exc import OperationalError

from instructerc.errors import InputError
from instructerc.recognition import LiveSession
from instructerc.serving.keeping import database as database_module
from instructerc.serving.keeping import sessions as keeper_module
from instructerc.serving.keeping import store

TURN = {"speaker": "Ann", "text": "We won!"}


def _add(client, session, **fields):
    return client.post(f"/v1/sessions/{session}/utterances", json={**TURN, **fields})


def _kept(client, session):
    return client.get(f"/v1/sessions/{session}").json()["utterances"]


def _no_reservation_is_left(client):
    return all(load.live == 0 for load in client.app.state.services.engine.loads)


def _refuse(*_, **__):
    raise OperationalError("INSERT", {}, sqlite3.OperationalError("database is locked"))


def test_a_full_disk_is_told_and_nothing_acknowledged_is_lost(client, session, monkeypatch):
    engine = client.app.state.services.sessions.keeper.writer._engine
    monkeypatch.setattr(keeper_module, "_AGAIN_S", (0.01,))
    limits = [60]

    def bound(connection, _):
        connection.execute(f"PRAGMA max_page_count = {limits[-1]}")

    event.listen(engine.pool, "connect", bound)
    engine.dispose()
    answers = [_add(client, session, text="x" * 10_000, key=str(number)) for number in range(40)]
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) == {201, 507}
    assert answers[statuses.index(507)].json()["code"] == "storage"
    acknowledged = [str(number) for number, status in enumerate(statuses) if status == 201]
    assert client.post("/v1/recognize", json={"conversations": [{"utterances": [TURN]}]}).status_code == 200
    assert [turn["key"] for turn in _kept(client, session)] == acknowledged
    limits.append(1_000_000)
    engine.dispose()
    first = statuses.index(507)
    assert _add(client, session, text="x" * 10_000, key=str(first)).status_code == 201
    kept = _kept(client, session)
    assert [turn["turn"] for turn in kept] == list(range(1, len(kept) + 1))
    assert _no_reservation_is_left(client)


def test_a_database_that_another_process_holds_is_waited_for_and_then_told(serve, tmp_path, monkeypatch):
    monkeypatch.setattr(database_module, "_BUSY_MS", 200)
    client = serve()
    session = client.post("/v1/sessions", json={}).json()["id"]
    with sqlite3.connect(tmp_path / "sessions.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        refused = _add(client, session, key="m1")
        assert (refused.status_code, refused.json()["code"]) == (503, "database")
        assert int(refused.headers["retry-after"]) > 0
        assert _kept(client, session) == []
        other.execute("COMMIT")
    assert _add(client, session, key="m1").json()["status"] == "scored"
    assert _no_reservation_is_left(client)


def test_other_processes_write_the_same_file(client, session, tmp_path):
    stop, written = threading.Event(), []

    def write():
        with sqlite3.connect(tmp_path / "sessions.db", isolation_level=None, timeout=10) as other:
            while not stop.is_set():
                other.execute("UPDATE sessions SET title = title || 'x'")
                written.append(1)
                # Who holds it all the time is waited for, but for long.
                time.sleep(0.003)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        assert [_add(client, session).status_code for _ in range(30)] == [201] * 30
    finally:
        stop.set()
        thread.join()
    assert len(written) > 10


def test_an_answer_that_cannot_be_written_is_offered_again(client, session, monkeypatch):
    monkeypatch.setattr(keeper_module, "_AGAIN_S", (0.01, 0.01, 0.01))
    failures = [_refuse, _refuse]
    write = store.record_outcome
    monkeypatch.setattr(store, "record_outcome", lambda *a, **k: (failures.pop() if failures else write)(*a, **k))
    assert _add(client, session).json()["status"] == "scored"
    assert [turn["status"] for turn in _kept(client, session)] == ["scored"]


def test_an_answer_that_is_never_written_is_given_and_found_again(serve, monkeypatch):
    monkeypatch.setattr(keeper_module, "_AGAIN_S", (0.01,))
    first = serve()
    session = first.post("/v1/sessions", json={}).json()["id"]
    with monkeypatch.context() as patch:
        patch.setattr(store, "record_outcome", _refuse)
        answer = _add(first, session).json()
        assert (answer["status"], answer["answer"]["label"]) == ("scored", "joy")
        assert [turn["status"] for turn in _kept(first, session)] == ["pending"]
        first.__exit__(None, None, None)
    second = serve()
    until = time.monotonic() + 10
    while (kept := _kept(second, session))[0]["status"] == "pending":
        assert time.monotonic() < until
    assert kept[0]["answer"] == answer["answer"]


def _fail_on(monkeypatch, error):
    """Makes recognition of the text `hard` fail."""
    add = LiveSession.add

    def fail(self, speaker, text):
        if text == "hard":
            raise error
        return add(self, speaker, text)

    monkeypatch.setattr(LiveSession, "add", fail)


def test_recognition_that_fails_is_tried_again_on_the_next_start_and_by_the_same_key(serve, monkeypatch):
    first = serve()
    session = first.post("/v1/sessions", json={}).json()["id"]
    with monkeypatch.context() as patch:
        _fail_on(patch, ValueError("a fault"))
        for key in ("a", "b"):
            failed = _add(first, session, text="hard", key=key)
            assert (failed.status_code, failed.json()["status"]) == (201, "failed")
            assert "the service will try again when it restarts" in failed.json()["detail"]
        assert [turn["status"] for turn in _kept(first, session)] == ["failed", "failed"]
        assert _add(first, session).json()["status"] == "scored"
    again = _add(first, session, text="hard", key="a").json()
    assert (again["turn"], again["status"], again["detail"]) == (1, "scored", None)
    first.__exit__(None, None, None)
    second = serve()
    until = time.monotonic() + 10
    while any(turn["status"] != "scored" for turn in _kept(second, session)):
        assert time.monotonic() < until
    assert len(_kept(second, session)) == 3
    assert _no_reservation_is_left(second)


def test_a_turn_that_the_model_cannot_read_stays_failed_and_spoils_no_other(serve, monkeypatch):
    first = serve()
    session = first.post("/v1/sessions", json={}).json()["id"]
    _fail_on(monkeypatch, InputError("no room for this turn"))
    failed = _add(first, session, text="hard", key="a").json()
    assert (failed["status"], failed["detail"]) == ("failed", "no room for this turn")
    assert _add(first, session, text="hard", key="a").json() == failed
    assert _add(first, session).json()["status"] == "scored"
    first.__exit__(None, None, None)
    second = serve()
    assert [turn["status"] for turn in _kept(second, session)] == ["failed", "scored"]
    assert _add(second, session).json()["status"] == "scored"


def test_the_same_turn_sent_twice_at_once_is_scored_once_and_answered_twice(client, session, monkeypatch):
    gate, scored = threading.Event(), []
    add = LiveSession.add

    def wait(self, speaker, text):
        scored.append(text)
        assert gate.wait(10)
        return add(self, speaker, text)

    monkeypatch.setattr(LiveSession, "add", wait)
    found = []
    threads = [threading.Thread(target=lambda: found.append(_add(client, session, key="a").json())) for _ in range(3)]
    for thread in threads:
        thread.start()
    until = time.monotonic() + 10
    while client.app.state.services.engine.loads[0].live != 1 or not scored:
        assert time.monotonic() < until
        time.sleep(0.01)
    time.sleep(0.1)
    gate.set()
    for thread in threads:
        thread.join()
    assert [turn["status"] for turn in found] == ["scored"] * 3
    assert scored == ["We won!"]
    assert _no_reservation_is_left(client)


def test_a_turn_that_takes_longer_than_the_deadline_is_accepted(serve, monkeypatch):
    client = serve(deadline_s=0.2)
    session = client.post("/v1/sessions", json={}).json()["id"]
    gate, add = threading.Event(), LiveSession.add
    monkeypatch.setattr(LiveSession, "add", lambda self, *said: gate.wait(10) and add(self, *said))
    answer = _add(client, session)
    assert (answer.status_code, answer.json()["status"]) == (202, "pending")
    gate.set()
    until = time.monotonic() + 10
    while _kept(client, session)[0]["status"] != "scored":
        assert time.monotonic() < until


def test_a_session_that_is_deleted_while_its_turn_is_scored_is_gone(client, session, monkeypatch):
    gate, begun = threading.Event(), threading.Event()
    add = LiveSession.add

    def wait(self, *said):
        begun.set()
        assert gate.wait(10)
        return add(self, *said)

    monkeypatch.setattr(LiveSession, "add", wait)
    found = []
    thread = threading.Thread(target=lambda: found.append(_add(client, session)))
    thread.start()
    assert begun.wait(10)
    assert client.delete(f"/v1/sessions/{session}").status_code == 204
    gate.set()
    thread.join()
    assert (found[0].status_code, found[0].json()["code"]) == (404, "not_found")
    assert client.get(f"/v1/sessions/{session}").status_code == 404
    assert _no_reservation_is_left(client)


def test_a_session_that_another_process_deleted_is_gone(client, session, tmp_path):
    _add(client, session)
    with sqlite3.connect(tmp_path / "sessions.db") as other:
        other.execute("PRAGMA foreign_keys = ON")
        other.execute("DELETE FROM sessions")
    for _ in range(2):
        assert _add(client, session).status_code == 404
    assert session not in client.app.state.services.sessions.keeper._known
    assert _no_reservation_is_left(client)


def test_labels_that_are_no_more_keep_nothing_from_starting(serve, tmp_path):
    first = serve()
    old, new = (first.post("/v1/sessions", json={"labels": "emorynlp"}).json()["id"] for _ in range(2))
    _add(first, old)
    first.__exit__(None, None, None)
    with sqlite3.connect(tmp_path / "sessions.db") as connection:
        connection.execute("UPDATE turns SET status = 'pending', answer = NULL")
        choice = json.dumps({"labels": "of an older version", "context": None, "min_probability": 0})
        connection.execute("UPDATE sessions SET choice = ? WHERE id = ?", (choice, old))
    second = serve()
    assert second.get("/readyz").status_code == 200
    assert _add(second, new).json()["status"] == "scored"
    refused = second.get(f"/v1/sessions/{old}")
    assert (refused.status_code, "no label set 'of an older version'" in refused.json()["detail"]) == (422, True)
    assert _no_reservation_is_left(second)


def test_a_correction_is_not_lost_while_its_turn_is_scored(client, session, monkeypatch):
    gate, add = threading.Event(), LiveSession.add
    monkeypatch.setattr(LiveSession, "add", lambda self, *said: gate.wait(10) and add(self, *said))
    found = []
    thread = threading.Thread(target=lambda: found.append(_add(client, session).json()))
    thread.start()
    until = time.monotonic() + 10
    while not _kept(client, session):
        assert time.monotonic() < until
    place = f"/v1/sessions/{session}/utterances/1/correction"
    assert client.put(place, json={"label": "anger"}).json()["status"] == "pending"
    gate.set()
    thread.join()
    assert (found[0]["status"], found[0]["correction"]) == ("scored", "anger")
    assert _kept(client, session) == found


@pytest.mark.parametrize("after", ["99999999999999999999", "1000001", "0", "x", "-1", "1e3"])
def test_a_place_to_go_on_from_may_be_anything(client, session, after):
    _add(client, session)
    client.portal.start_task_soon(_end, client.app.state.services.sessions.subscribers, session)
    answer = client.get(f"/v1/sessions/{session}/events", headers={"last-event-id": after})
    assert answer.status_code == 200
    assert answer.text.count("event: utterance") == (0 if after.isdecimal() and int(after) else 1)


async def _end(subscribers, session):
    while not len(subscribers):
        await asyncio.sleep(0.01)
    await asyncio.sleep(0.05)
    subscribers.end(session)
