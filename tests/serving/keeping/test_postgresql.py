"""The service on a real PostgreSQL server, which the tests start on loopback; skipped where there is none."""

from __future__ import annotations

import signal
import threading
import time

import pytest

pytest.importorskip("psycopg", reason="the extra postgresql is not installed")

from sqlalchemy import text

from instructerc import Conversation, Recognizer, Utterance
from instructerc.serving.keeping.database import open_database
from instructerc.serving.keeping.keys import create_key, list_keys, revoke_key

TALK = [("Ann", "We won!"), ("Bo", "No way, that is amazing!"), ("Ann", "I hate that."), ("Bo", "So do I.")]


def _add(client, session, speaker, words, **more):
    return client.post(f"/v1/sessions/{session}/utterances", json={"speaker": speaker, "text": words, **more})


def _check_answers(kept):
    talk = Conversation("c", [Utterance(turn["speaker"], turn["text"]) for turn in kept])
    for turn, expected in zip(kept, Recognizer.from_pretrained(threads=1).recognize(talk), strict=True):
        assert turn["answer"]["probabilities"] == pytest.approx(expected.probabilities, abs=1e-3)


def test_sessions_are_kept_as_in_sqlite(serve, url):
    client = serve(database=url)
    session = client.post("/v1/sessions", json={"title": "Grüße 🎉", "labels": ["happy", "sad"]}).json()["id"]
    answers = [_add(client, session, *turn, start=1.5, key=f"k{number}") for number, turn in enumerate(TALK)]
    assert [answer.status_code for answer in answers] == [201] * 4
    again = _add(client, session, *TALK[0], key="k0")
    assert (again.status_code, again.json()) == (201, answers[0].json())
    assert _add(client, session, "Ann", "other words", key="k0").status_code == 409
    corrected = client.put(f"/v1/sessions/{session}/utterances/2/correction", json={"label": "SAD"}).json()
    assert corrected["correction"] == "sad"
    kept = client.get(f"/v1/sessions/{session}").json()
    assert (kept["title"], kept["n_utterances"], kept["labels"]) == ("Grüße 🎉", 4, ["happy", "sad"])
    assert [turn["answer"] for turn in kept["utterances"]] == [answer.json()["answer"] for answer in answers]
    assert client.get(f"/v1/sessions/{session}/export?format=csv").text.count("\n") == 5
    others = [client.post("/v1/sessions", json={}).json()["id"] for _ in range(3)]
    page = client.get("/v1/sessions?limit=2").json()
    assert [one["id"] for one in page["sessions"]] == others[:0:-1]
    rest = client.get(f"/v1/sessions?limit=2&after={page['next']}").json()
    assert [one["id"] for one in rest["sessions"]] == [others[0], session]
    assert client.delete(f"/v1/sessions/{session}").status_code == 204
    assert client.get(f"/v1/sessions/{session}").status_code == 404


def test_turns_sent_at_once_are_numbered_without_gaps(serve, url):
    client = serve(database=url)
    session = client.post("/v1/sessions", json={}).json()["id"]
    threads = [
        threading.Thread(target=_add, args=(client, session, "Ann", f"Turn {n}"), kwargs={"key": str(n % 12)})
        for n in range(16)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    kept = client.get(f"/v1/sessions/{session}").json()["utterances"]
    assert [turn["turn"] for turn in kept] == list(range(1, 13))
    _check_answers(kept)


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/sessions/{}/utterances", {"speaker": "Ann", "text": "a\0b"}),
        ("POST", "/v1/sessions/{}/utterances", {"speaker": "A\0", "text": "b"}),
        ("POST", "/v1/sessions/{}/utterances", {"speaker": "Ann", "text": "b", "key": "\0"}),
        ("POST", "/v1/sessions", {"title": "\0"}),
        ("POST", "/v1/sessions", {"labels": ["a\0", "b"]}),
        ("PUT", "/v1/sessions/{}/utterances/1", {"speaker": "Ann", "text": "a\0b"}),
        ("PUT", "/v1/sessions/{}/utterances/1/correction", {"label": "\0"}),
        ("GET", "/v1/sessions?after=%00", None),
        ("GET", "/v1/sessions/%00", None),
        ("GET", "/v1/sessions/{}/events?x=%00", None),
    ],
)
def test_what_the_database_cannot_hold_is_refused(serve, url, method, path, body):
    client = serve(database=url, max_streams=0)
    session = client.post("/v1/sessions", json={}).json()["id"]
    assert 400 <= client.request(method, path.format(session), json=body).status_code < 500


def test_keys_are_kept_and_revoked(serve, url):
    engine = open_database(url)
    key = create_key(engine, "test", ["read"])
    client = serve(database=url, require_keys=True)
    headers = {"Authorization": f"Bearer {key}"}
    assert client.get("/v1/sessions", headers=headers).status_code == 200
    [listed] = list_keys(engine)
    revoke_key(engine, listed.id)
    engine.dispose()
    until = time.monotonic() + 5
    while client.get("/v1/sessions", headers=headers).status_code == 200:
        assert time.monotonic() < until
        time.sleep(0.05)


def test_sessions_end_when_their_time_is_over(serve, url):
    client = serve(database=url)
    session = client.post("/v1/sessions", json={}).json()["id"]
    _add(client, session, *TALK[0])
    engine = open_database(url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE sessions SET expires_at = '2020-01-01'"))
    engine.dispose()
    assert client.portal.call(client.app.state.services.sessions.delete_expired) == 1
    assert client.get(f"/v1/sessions/{session}").status_code == 404


def test_turns_survive_the_death_of_the_process(run_service, url):
    service = run_service(database=url)
    session = service.open_session()
    acknowledged, stop = [], threading.Event()

    def write():
        for number in range(1000):
            try:
                turn = {"speaker": "Ann", "text": f"Turn {number}", "key": str(number)}
                if service.ask("POST", f"/v1/sessions/{session}/utterances", turn)[0] in {201, 202}:
                    acknowledged.append(str(number))
            except OSError:
                return
            if stop.is_set():
                return

    thread = threading.Thread(target=write)
    thread.start()
    until = time.monotonic() + 60
    while len(acknowledged) <= 20:
        assert time.monotonic() < until
        time.sleep(0.01)
    service.process.send_signal(signal.SIGKILL)
    thread.join(30)
    engine = open_database(url)
    with engine.begin() as connection:
        # As if it had died a minute ago, before it scored the last ones.
        connection.execute(
            text(
                "UPDATE turns SET status = 'pending', answer = NULL, claimed_at = claimed_at - interval '1 minute' "
                "WHERE turn > 3"
            )
        )
    engine.dispose()
    again = run_service(database=url)
    # It takes over what the one that died had claimed, since that is some seconds ago.
    until = time.monotonic() + 60
    while any(turn["status"] == "pending" for turn in again.ask("GET", f"/v1/sessions/{session}")[1]["utterances"]):
        assert time.monotonic() < until
        time.sleep(0.05)
    kept = again.ask("GET", f"/v1/sessions/{session}")[1]["utterances"]
    keys = [turn["key"] for turn in kept]
    assert len(acknowledged) > 3
    assert keys[: len(acknowledged)] == acknowledged
    assert len(keys) == len(set(keys))
    _check_answers(kept)


def test_a_database_that_goes_away_is_told_and_used_again_when_it_is_back(serve, server, url):
    client = serve(database=url)
    session = client.post("/v1/sessions", json={}).json()["id"]
    assert _add(client, session, *TALK[0]).status_code == 201
    server.stop()
    try:
        assert client.get("/readyz").status_code == 503
        for answer in (
            _add(client, session, *TALK[1], key="m2"),
            client.post("/v1/sessions", json={}),
            client.get(f"/v1/sessions/{session}"),
            client.get("/v1/sessions"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (503, "database")
            assert int(answer.headers["retry-after"]) > 0
        # What needs no database goes on.
        talk = {"conversations": [{"utterances": [{"speaker": "Ann", "text": "We won!"}]}]}
        assert client.post("/v1/recognize", json=talk).status_code == 200
    finally:
        server.start()
    assert client.get("/readyz").status_code == 200
    assert _add(client, session, *TALK[1], key="m2").json()["turn"] == 2
    kept = client.get(f"/v1/sessions/{session}").json()["utterances"]
    assert [turn["status"] for turn in kept] == ["scored"] * 2
    assert all(load.live == 0 for load in client.app.state.services.engine.loads)
