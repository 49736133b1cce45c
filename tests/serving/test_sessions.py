"""Live sessions: the batch's numbers, once and in order, corrected, exported, deleted, and scored after a crash."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
import threading
import time

import pytest
from sqlalchemy import create_engine, text

from instructerc import Conversation, Recognizer, Utterance

TALK = [
    ("Ann", "We won!"),
    ("Bo", "No way, that is amazing!"),
    ("Ann", "I hate that you missed it."),
    ("Bo", "So do I."),
]


def _add(client, session, speaker, words, **more):
    return client.post(f"/v1/sessions/{session}/utterances", json={"speaker": speaker, "text": words, **more})


def test_live_answers_are_those_of_the_whole_conversation(client, session):
    answers = [_add(client, session, *turn) for turn in TALK]
    assert [answer.status_code for answer in answers] == [201] * 4
    whole = Recognizer.from_pretrained(threads=1).recognize(Conversation("c", [Utterance(*turn) for turn in TALK]))
    for number, (answer, recognition) in enumerate(zip(answers, whole, strict=True), 1):
        turn = answer.json()
        assert (turn["turn"], turn["status"]) == (number, "scored")
        assert turn["answer"]["probabilities"] == pytest.approx(recognition.probabilities, abs=1e-3)
    kept = client.get(f"/v1/sessions/{session}").json()
    assert [turn["answer"] for turn in kept["utterances"]] == [answer.json()["answer"] for answer in answers]
    assert (kept["n_utterances"], kept["title"]) == (4, "call 17")


def test_the_same_key_is_the_same_turn(client, session):
    first = _add(client, session, "Ann", "We won!", key="m1").json()
    again = _add(client, session, "Ann", "We won!", key="m1")
    assert (again.status_code, again.json()["turn"]) == (201, first["turn"])
    other = _add(client, session, "Ann", "We lost!", key="m1")
    assert (other.status_code, other.json()["code"]) == (409, "conflict")
    assert client.get(f"/v1/sessions/{session}").json()["n_utterances"] == 1


def test_turns_sent_at_once_are_numbered_without_gaps(client, session):
    found = []
    threads = [
        threading.Thread(target=lambda n=n: found.append(_add(client, session, "Ann", f"Turn {n}", key=str(n)).json()))
        for n in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(turn["turn"] for turn in found) == list(range(1, 13))
    kept = client.get(f"/v1/sessions/{session}").json()["utterances"]
    whole = Recognizer.from_pretrained(threads=1).recognize(
        Conversation("c", [Utterance(turn["speaker"], turn["text"]) for turn in kept])
    )
    for turn, recognition in zip(kept, whole, strict=True):
        assert turn["answer"]["probabilities"] == pytest.approx(recognition.probabilities, abs=1e-3)


def test_what_was_accepted_is_scored_on_the_next_start(serve, tmp_path):
    first = serve()
    session = first.post("/v1/sessions", json={"labels": "emorynlp"}).json()["id"]
    answers = [_add(first, session, *turn).json()["answer"] for turn in TALK]
    first.__exit__(None, None, None)
    engine = create_engine(f"sqlite:///{tmp_path / 'sessions.db'}")
    with engine.begin() as connection:
        # As the process left it that died between acknowledging and scoring.
        connection.execute(text("UPDATE turns SET status = 'pending', answer = NULL WHERE turn > 1"))
    engine.dispose()
    second = serve()
    for _ in range(100):
        kept = second.get(f"/v1/sessions/{session}").json()["utterances"]
        if all(turn["status"] == "scored" for turn in kept):
            break
    for turn, before in zip(kept, answers, strict=True):
        # Rounded in the answer, so that the last digit may differ where turns are scored together.
        assert turn["answer"].pop("probabilities") == pytest.approx(before.pop("probabilities"), abs=1e-5)
        assert turn["answer"].pop("probability") == pytest.approx(before.pop("probability"), abs=1e-5)
        assert turn["answer"] == before
    assert _add(second, session, "Ann", "And now?").json()["turn"] == 5


def test_a_person_corrects_and_takes_back(client, session):
    _add(client, session, *TALK[0])
    place = f"/v1/sessions/{session}/utterances/1/correction"
    assert client.put(place, json={"label": "Surprised"}).json()["correction"] == "surprise"
    rows = [json.loads(row) for row in client.get(f"/v1/sessions/{session}/export").text.splitlines()]
    assert (rows[0]["emotion"], rows[0]["corrected"], rows[0]["model_emotion"]) == ("surprise", True, "joy")
    assert client.put(place, json={"label": None}).json()["correction"] is None
    assert "not in label set 'meld'" in client.put(place, json={"label": "wild"}).json()["detail"]
    assert client.put(place.replace("/1/", "/9/"), json={"label": "joy"}).status_code == 404


def test_exports(client, session):
    empty = client.get(f"/v1/sessions/{session}/export")
    assert (empty.status_code, empty.json()["code"]) == (409, "empty")
    _add(client, session, "Ann", "We won!", start=1, end=2.5)
    _add(client, session, "=HYPERLINK(1)", "No way!")
    table = client.get(f"/v1/sessions/{session}/export?format=csv").content
    assert table.startswith(b"\xef\xbb\xbf")
    [first, second] = csv.DictReader(io.StringIO(table.decode("utf-8-sig")))
    assert (first["emotion"], first["start"], float(first["p_joy"]) > 0.2) == ("joy", "1.0", True)
    assert second["speaker"] == "'=HYPERLINK(1)"
    assert (
        "00:00:01.000 --> 00:00:02.500\n<v.emotion-joy Ann>"
        in client.get(f"/v1/sessions/{session}/export?format=vtt").text
    )
    assert "Ann [joy]: We won!" in client.get(f"/v1/sessions/{session}/export?format=srt").text


def test_turns_after_one_that_was_said_again_are_later_in_subtitles(client, session):
    _add(client, session, "Ann", "We won!", start=60)
    _add(client, session, "Bo", "No way!")
    subtitles = client.get(f"/v1/sessions/{session}/export?format=srt").text
    first, second = [line for line in subtitles.splitlines() if "-->" in line]
    assert first < second
    assert second.startswith("00:01:0")


def test_deleting_deletes(client, session, tmp_path):
    _add(client, session, "Ann", "A sentence that nobody else says")
    assert client.delete(f"/v1/sessions/{session}").status_code == 204
    assert client.get(f"/v1/sessions/{session}").status_code == 404
    assert _add(client, session, "Ann", "Hi").status_code == 404
    with sqlite3.connect(tmp_path / "sessions.db") as connection:
        assert connection.execute("SELECT count(*) FROM turns").fetchone() == (0,)
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert b"nobody else says" not in (tmp_path / "sessions.db").read_bytes()


def test_what_was_deleted_is_in_no_file_soon_after(serve, tmp_path, monkeypatch):
    monkeypatch.setattr("instructerc.serving.app._OVERWRITE_S", 0.05)
    client = serve()
    session = client.post("/v1/sessions", json={}).json()["id"]
    _add(client, session, "Ann", "A sentence that nobody else says")

    def held():
        return any(b"nobody else says" in path.read_bytes() for path in tmp_path.glob("sessions.db*"))

    assert held()
    client.delete(f"/v1/sessions/{session}")
    until = time.monotonic() + 5
    while held() and time.monotonic() < until:
        time.sleep(0.05)
    assert not held()


def test_sessions_end_when_their_time_is_over(serve, tmp_path):
    client = serve(retention_days=1)
    kept, over = (client.post("/v1/sessions", json={}).json()["id"] for _ in range(2))
    _add(client, over, *TALK[0])
    with sqlite3.connect(tmp_path / "sessions.db") as connection:
        connection.execute("UPDATE sessions SET expires_at = '2020-01-01 00:00:00.000000' WHERE id = ?", (over,))
    assert client.portal.call(client.app.state.services.sessions.delete_expired) == 1
    assert client.get(f"/v1/sessions/{over}").status_code == 404
    assert client.get(f"/v1/sessions/{kept}").status_code == 200


def test_sessions_are_listed_in_pages(client):
    names = [client.post("/v1/sessions", json={"title": str(n)}).json()["id"] for n in range(5)]
    found, after = [], None
    while True:
        page = client.get("/v1/sessions", params={"limit": 2} | ({"after": after} if after else {})).json()
        found += [one["id"] for one in page["sessions"]]
        after = page["next"]
        if after is None:
            break
    assert found == names[::-1]
    assert client.get("/v1/sessions?after=00").status_code == 404


def test_bounds_of_sessions(serve):
    client = serve(max_sessions=1, max_session_turns=2)
    session = client.post("/v1/sessions", json={}).json()["id"]
    full = client.post("/v1/sessions", json={})
    assert (full.status_code, full.json()["detail"]) == (
        409,
        "1 sessions are stored already, which is the limit; delete some",
    )
    for _ in range(2):
        assert _add(client, session, "Ann", "Hi").status_code == 201
    assert "already has 2 turns" in _add(client, session, "Ann", "Hi").json()["detail"]


def test_a_full_queue_refuses_before_anything_is_written(serve):
    client = serve(live_wait_s=-1.0)
    session = client.post("/v1/sessions", json={}).json()["id"]
    refused = _add(client, session, "Ann", "Hi")
    assert (refused.status_code, refused.json()["code"]) == (429, "queue_full")
    assert int(refused.headers["retry-after"]) >= 1
    assert client.get(f"/v1/sessions/{session}").json()["n_utterances"] == 0
    assert all(load.live == 0 for load in client.app.state.services.engine.loads)


def test_sessions_with_labels_of_their_own(client):
    session = client.post("/v1/sessions", json={"labels": ["happy", "calm"], "context": 0, "min_probability": 1}).json()
    turn = _add(client, session["id"], *TALK[0]).json()
    assert list(turn["answer"]["probabilities"]) == ["happy", "calm"]
    assert (turn["answer"]["label"], session["labels"], session["context"]) == (None, ["happy", "calm"], 0)
