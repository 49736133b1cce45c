"""Several processes on one database: any of them answers any turn, and does what another one left."""

from __future__ import annotations

import asyncio
import http.client
import json
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.exc import DBAPIError
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from instructerc import Conversation, Recognizer, Utterance
from instructerc.recognition import LiveSession
from instructerc.serving import app
from instructerc.serving.contract.refusals import NotFound
from instructerc.serving.contract.schemas.sessions import UtteranceChange, UtteranceRequest
from instructerc.serving.keeping import database, sessions, store
from instructerc.serving.keeping.database import open_database
from instructerc.serving.keeping.rows import ChangedTurns
from instructerc.serving.keeping.writer import WriteQueue
from instructerc.serving.settings import ServeSettings

SCRIPT = Path(__file__).parents[3] / "benchmarks" / "serving_kill.py"
SAID = UtteranceRequest(speaker="Ann", text="We won!")
WORDS = ("We won!", "I hate waiting.", "Oh no, not again.", "Fine by me.")
WAIT_S = 60.0
CLAIM_S = 2.0


@pytest.fixture
def quick(monkeypatch):
    """Processes look for what others did, and left, more often than once a second."""
    monkeypatch.setattr(sessions, "CLAIM_S", CLAIM_S)
    monkeypatch.setattr(app, "_TAKE_OVER_S", 0.2)
    monkeypatch.setattr(app, "_WATCH_S", 0.05)


@pytest.fixture
def writers(url):
    """Two queues of writes, each on a connection of its own."""
    engines = [open_database(url) for _ in range(2)]
    queues = [WriteQueue(engine) for engine in engines]
    yield queues
    for queue in queues:
        queue.close()
    for engine in engines:
        engine.dispose()


def _open(url, count):
    engine = open_database(url)
    with engine.begin() as connection:
        names = [store.create_session(connection, "", "", {}, None, 100) for _ in range(count)]
    engine.dispose()
    return names


def _turns(client, session):
    return client.get(f"/v1/sessions/{session}").json()["utterances"]


def _until(condition):
    until = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)


def _send(services, session, writer):
    """Sends twelve turns, each to the next process, and again to the other one where there was no answer."""
    for number in range(12):
        said = {
            "speaker": "AB"[writer % 2],
            "text": f"{WORDS[number % 4]} ({writer}-{number})",
            "key": f"{writer}-{number}",
        }
        tries, status = number + writer, 0
        while status not in {200, 201, 202}:
            try:
                status, _ = services[tries % 2].ask("POST", f"/v1/sessions/{session}/utterances", said)
            except (OSError, http.client.HTTPException):
                status = 0
            assert status in {0, 201, 202, 429}
            tries += status == 0
            time.sleep(0.05 if status in {0, 429} else 0)


def test_turns_that_come_to_two_processes_are_numbered_scored_and_outlive_one_of_them(run_service, url):
    services = [run_service(database=url), run_service(database=url)]
    names = [services[0].open_session() for _ in range(3)]
    with ThreadPoolExecutor(6) as pool:
        sent = [pool.submit(_send, services, names[writer // 2], writer) for writer in range(6)]
        _until(lambda: sum(len(_asked(services[1], name)) for name in names) > 20)
        services[0].process.kill()
        for one in sent:
            one.result()
    recognizer = Recognizer.from_pretrained(threads=1)
    for number, name in enumerate(names):
        _until(lambda name=name: all(turn["status"] != "pending" for turn in _asked(services[1], name)))
        kept = _asked(services[1], name)
        assert [turn["turn"] for turn in kept] == list(range(1, 25))
        for writer in (2 * number, 2 * number + 1):
            keys = [turn["key"] for turn in kept if turn["key"].startswith(f"{writer}-")]
            assert keys == [f"{writer}-{turn}" for turn in range(12)]
        talk = Conversation("c", [Utterance(turn["speaker"], turn["text"]) for turn in kept])
        for turn, expected in zip(kept, recognizer.recognize(talk), strict=True):
            assert turn["answer"]["probabilities"] == pytest.approx(expected.probabilities, abs=1e-3)


def _asked(service, session):
    return service.ask("GET", f"/v1/sessions/{session}")[1]["utterances"]


@pytest.mark.usefixtures("server")
def test_what_was_acknowledged_survives_under_load():
    options = ["--kills", "2", "--writers", "2", "--processes", "2", "--postgresql", "--longest", "0.5", "--claim", "3"]
    done = subprocess.run(
        [sys.executable, str(SCRIPT), *options], capture_output=True, text=True, check=False, timeout=280
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(done.stdout)
    assert found["acknowledged"] > 20
    faults = ("lost", "twice", "unscored", "unordered", "wrong_answers")
    assert [found[name] for name in faults] == [0] * len(faults)


@pytest.mark.usefixtures("quick")
def test_what_a_dead_process_left_behind_is_scored_by_another(serve, url):
    client = serve(database=url)
    session = client.post("/v1/sessions", json={}).json()["id"]
    engine = open_database(url)
    begun = time.monotonic()
    with engine.begin() as connection:
        # As if a process had died between its answer to the sender and the model's.
        for _ in range(3):
            store.add_turn(connection, session, SAID, None, 10)
    engine.dispose()
    _until(lambda: all(turn["status"] == "scored" for turn in _turns(client, session)))
    assert time.monotonic() - begun > 0.9 * CLAIM_S, "a living process may have been about to score them"
    assert [turn["answer"]["history_turns"] for turn in _turns(client, session)] == [0, 1, 2]
    assert all(load.live == 0 for load in client.app.state.services.engine.loads)


@pytest.mark.usefixtures("quick")
def test_a_turn_that_takes_long_is_left_to_its_process(serve, url, monkeypatch):
    one, other = serve(database=url), serve(database=url)
    session = one.post("/v1/sessions", json={}).json()["id"]
    gate, begun, add = threading.Event(), [], LiveSession.add

    def wait(self, *said):
        begun.append(said)
        assert gate.wait(WAIT_S)
        return add(self, *said)

    monkeypatch.setattr(LiveSession, "add", wait)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(one.post, f"/v1/sessions/{session}/utterances", json={"speaker": "Ann", "text": "We won!"})
        # Twice as long as a claim holds that is not renewed.
        time.sleep(2 * CLAIM_S)
        assert [turn["status"] for turn in _turns(other, session)] == ["pending"]
        gate.set()
        assert answer.result().json()["status"] == "scored"
    assert len(begun) == 1


@pytest.mark.usefixtures("quick")
def test_watchers_are_told_what_another_process_does(serve, url):
    one, other = serve(database=url), serve(database=url)
    session = one.post("/v1/sessions", json={}).json()["id"]
    with other.websocket_connect(f"ws://127.0.0.1:8000/v1/sessions/{session}/stream") as socket:
        path = f"/v1/sessions/{session}/utterances"
        one.post(path, json={"speaker": "Ann", "text": "We won!", "key": "a"})
        socket.send_json({"speaker": "Bo", "text": "No way!", "key": "b"})
        states = {}
        while [states.get(key) for key in "ab"] != ["scored"] * 2:
            turn = socket.receive_json()["utterance"]
            states[turn["key"]] = turn["status"]
        one.put(f"{path}/1/correction", json={"label": "surprise"})
        assert socket.receive_json()["utterance"]["correction"] == "surprise"
        one.delete(f"/v1/sessions/{session}")
        with pytest.raises(WebSocketDisconnect):
            socket.receive_json()
    assert other.get(f"/v1/sessions/{session}").status_code == 404
    assert other.post(path, json={"speaker": "Ann", "text": "Hi"}).status_code == 404


@pytest.mark.usefixtures("quick")
def test_what_one_process_changes_is_known_to_the_other(serve, url):
    one, other = serve(database=url), serve(database=url)
    session = one.post("/v1/sessions", json={}).json()["id"]
    path = f"/v1/sessions/{session}/utterances"
    for number in range(6):
        # Both keep states of it.
        (one, other)[number % 2].post(path, json={"speaker": "Ann", "text": f"{WORDS[number % 4]} ({number})"})
    with other.websocket_connect(f"ws://127.0.0.1:8000/v1/sessions/{session}/stream") as socket:
        assert one.put(f"{path}/2", json={"speaker": "Bo", "text": "This is disgusting."}).status_code == 200
        assert one.delete(f"{path}/4").status_code == 200
        told, answered = set(), set()
        while 4 not in told or not answered >= {2, 3, 5, 6}:
            message = socket.receive_json()
            turn = message.get("utterance", message)
            told.add(turn["turn"])
            if message["type"] == "utterance" and turn["status"] == "scored":
                answered.add(turn["turn"])
        assert 1 not in told
    assert other.post(path, json={"speaker": "Bo", "text": "Why?"}).json()["turn"] == 7
    kept = _turns(other, session)
    assert [turn["turn"] for turn in kept] == [1, 2, 3, 5, 6, 7]
    talk = Conversation("c", [Utterance(turn["speaker"], turn["text"]) for turn in kept])
    for turn, expected in zip(kept, Recognizer.from_pretrained(threads=1).recognize(talk), strict=True):
        assert turn["answer"]["probabilities"] == pytest.approx(expected.probabilities, abs=1e-3)


@pytest.mark.usefixtures("quick")
def test_an_answer_that_knows_the_old_words_of_another_process_is_not_taken(serve, url, monkeypatch):
    one, other = serve(database=url), serve(database=url)
    session = one.post("/v1/sessions", json={}).json()["id"]
    path = f"/v1/sessions/{session}/utterances"
    one.post(path, json={"speaker": "Ann", "text": "We won!"})
    gate, begun, add = threading.Event(), threading.Event(), LiveSession.add

    def wait(self, speaker, text):
        if text == "Slowly." and not begun.is_set():
            begun.set()
            assert gate.wait(WAIT_S)
        return add(self, speaker, text)

    monkeypatch.setattr(LiveSession, "add", wait)
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(one.post, path, json={"speaker": "Ann", "text": "Slowly."})
        assert begun.wait(WAIT_S)
        assert other.delete(f"{path}/1").json()["utterances"][0]["answer"]["history_turns"] == 0
        gate.set()
        # The answer of the process that was slower is the newer one too.
        assert answer.result().json()["answer"]["history_turns"] == 0
    assert [turn["answer"]["history_turns"] for turn in _turns(one, session)] == [0]


@pytest.mark.usefixtures("quick")
def test_a_read_that_outlives_its_caller_ends_before_the_connections_do(url, monkeypatch):
    begun, in_use, dispose = threading.Event(), [], Engine.dispose

    def read_slowly(reader, *_, given_up):
        with reader._engine.connect() as connection:
            begun.set()
            connection.execute(text("SELECT pg_sleep(0.5)"))
        return {}

    def note(engine):
        in_use.append(engine.pool.checkedout())
        dispose(engine)

    monkeypatch.setattr(store.SessionReader, "unclaimed", read_slowly)
    monkeypatch.setattr(Engine, "dispose", note)
    with TestClient(app.create_app(ServeSettings(database=url, threads=1))):
        begun.clear()
        assert begun.wait(WAIT_S)
    assert in_use == [0]


def test_writers_that_change_turns_do_not_interleave(writers, url):
    [name] = _open(url, 1)

    async def write():
        adds = [partial(store.add_turn, session=name, request=SAID, retention=None, limit=1000) for _ in range(60)]
        for number, add in enumerate(adds[:20]):
            await writers[number % 2].write(add, name)
        words = UtteranceChange(speaker="Ann", text="We lost!")
        changes = [partial(store.change_turn, session=name, turn=number, change=words) for number in range(1, 11)]
        deletions = [partial(store.delete_turn, session=name, turn=number) for number in range(6, 16)]
        works = [work for three in zip(adds[20:30], changes, deletions, strict=True) for work in three] + adds[30:]
        return await asyncio.gather(
            *(writers[number % 2].write(work, name) for number, work in enumerate(works)), return_exceptions=True
        )

    found = asyncio.run(write())
    # A turn that was deleted before it was to be changed.
    assert all(isinstance(one, NotFound) for one in found if isinstance(one, Exception))
    engine = open_database(url)
    reader = store.SessionReader(engine)
    rows = reader.untold(name, 0, 0)
    assert [row.turn for row in rows] == list(range(1, 61))
    assert [row.turn for row in rows if row.status == "deleted"] == list(range(6, 16))
    revisions = [row.revision for row in rows]
    n_changes = sum(isinstance(one, ChangedTurns) for one in found)
    assert revisions == sorted(revisions)
    assert revisions[-1] == n_changes
    engine.dispose()


def test_two_writers_number_turns_without_gaps(writers, url):
    names = _open(url, 5)

    async def add():
        writes = []
        for number in range(200):
            name = names[number % 5 if number % 2 else -number % 5]
            work = partial(store.add_turn, session=name, request=SAID, retention=None, limit=100)
            writes.append(writers[number % 2].write(work, name))
        return await asyncio.gather(*writes)

    numbers = {name: [] for name in names}
    for added in asyncio.run(add()):
        numbers[added.row.session].append(added.row.turn)
    assert [sorted(found) for found in numbers.values()] == [list(range(1, len(one) + 1)) for one in numbers.values()]
    assert sum(map(len, numbers.values())) == 200


def test_a_write_that_another_process_stands_in_the_way_of_is_begun_again(writers, url):
    names, both, begun = _open(url, 2), threading.Barrier(2, timeout=WAIT_S), []

    def write(connection, order):
        begun.append(order)
        for number, name in enumerate(order):
            connection.execute(text("UPDATE sessions SET version = version + 1 WHERE id = :name"), {"name": name})
            if number == 0 and len(begun) <= 2:
                both.wait()
        return order

    async def work():
        writes = [
            writer.write(partial(write, order=order))
            for writer, order in zip(writers, (names, names[::-1]), strict=True)
        ]
        return await asyncio.gather(*writes)

    assert asyncio.run(work()) == [names, names[::-1]]
    # The one that was put back may meet the other once more.
    assert len(begun) >= 3
    engine = open_database(url)
    assert store.SessionReader(engine).versions(names) == dict.fromkeys(names, 2)
    engine.dispose()


def test_a_process_that_falls_silent_holds_no_session_for_long(writers, url, monkeypatch):
    [name] = _open(url, 1)
    monkeypatch.setattr(database, "_SILENT", "300ms")
    engine = open_database(url)
    add = partial(store.add_turn, session=name, request=SAID, retention=None, limit=100)
    with engine.connect() as silent:
        add(silent)
        added = asyncio.run(asyncio.wait_for(writers[0].write(add, name), WAIT_S))
        assert added.row.turn == 1
        with pytest.raises(DBAPIError):
            silent.commit()
    engine.dispose()


def test_processes_that_start_at_once_make_the_tables_once(server, url):
    engine = create_engine(url.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text("CREATE DATABASE fresh"))
    engine.dispose()
    with ThreadPoolExecutor(4) as pool:
        engines = list(pool.map(open_database, [f"{url.rpartition('/')[0]}/fresh"] * 4))
    with engines[0].connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM alembic_version")) == 1
    for engine in engines:
        engine.dispose()
