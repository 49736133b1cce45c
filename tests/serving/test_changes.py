"""Turns whose words are changed, and turns that are deleted: what they and all later ones are answered from then on."""

from __future__ import annotations

import http.client
import json
import sqlite3
import threading
import time
from contextlib import suppress

import pytest

from instructerc import Conversation, Recognizer, Utterance
from instructerc.recognition import LiveSession

TALK = [
    ("Ann", "We won!"),
    ("Bo", "No way, that is amazing!"),
    ("Ann", "I hate that you missed it."),
    ("Bo", "So do I."),
    ("Ann", "Next time you come."),
]
WAIT_S = 120.0


@pytest.fixture
def talk(client, session):
    """The path of the turns of a session that has some."""
    path = f"/v1/sessions/{session}/utterances"
    for speaker, text in TALK:
        assert client.post(path, json={"speaker": speaker, "text": text}).status_code == 201
    return path


def _kept(client, path):
    return client.get(path.removesuffix("/utterances")).json()["utterances"]


def _check_answers(kept):
    talk = Conversation("c", [Utterance(turn["speaker"], turn["text"]) for turn in kept])
    for turn, expected in zip(kept, Recognizer.from_pretrained(threads=1).recognize(talk), strict=True):
        assert turn["answer"]["probabilities"] == pytest.approx(expected.probabilities, abs=1e-3)
        assert turn["answer"]["history_turns"] == expected.history_turns


def test_a_changed_turn_and_later_ones_are_scored_again(client, talk):
    before = _kept(client, talk)
    answer = client.put(f"{talk}/2", json={"speaker": "Cy", "text": "This is disgusting."})
    assert answer.status_code == 200
    found = answer.json()
    assert (found["n_utterances"], [turn["turn"] for turn in found["utterances"]]) == (5, [2, 3, 4, 5])
    kept = _kept(client, talk)
    assert kept[1:] == found["utterances"]
    assert kept[0] == before[0]
    assert (kept[1]["speaker"], kept[1]["text"], kept[1]["received_at"]) == (
        *("Cy", "This is disgusting."),
        before[1]["received_at"],
    )
    assert all(turn["answer"] != old["answer"] for turn, old in zip(kept[1:], before[1:], strict=True))
    _check_answers(kept)
    # What is said next is read with the new words.
    assert client.post(talk, json={"speaker": "Bo", "text": "Why?"}).json()["turn"] == 6
    _check_answers(_kept(client, talk))


def test_a_deleted_turn_is_gone_and_later_ones_keep_their_numbers(client, session, talk):
    found = client.delete(f"{talk}/3")
    assert (found.status_code, [turn["turn"] for turn in found.json()["utterances"]]) == (200, [4, 5])
    kept = _kept(client, talk)
    assert [turn["turn"] for turn in kept] == [1, 2, 4, 5]
    _check_answers(kept)
    # Deleted again, it is no other turn; nor does the last one leave its number to the next.
    assert client.delete(f"{talk}/3").json() == found.json()
    assert client.delete(f"{talk}/5").json()["utterances"] == []
    assert client.post(talk, json={"speaker": "Ann", "text": "Bye."}).json()["turn"] == 6
    kept = _kept(client, talk)
    assert [turn["turn"] for turn in kept] == [1, 2, 4, 6]
    _check_answers(kept)
    assert client.get(f"/v1/sessions/{session}").json()["n_utterances"] == 4
    assert client.get("/v1/sessions").json()["sessions"][0]["n_utterances"] == 4
    rows = [json.loads(row) for row in client.get(f"/v1/sessions/{session}/export").text.splitlines()]
    assert [(row["turn"], row["text"]) for row in rows] == [(turn["turn"], turn["text"]) for turn in kept]
    assert "I hate" not in client.get(f"/v1/sessions/{session}/export?format=vtt").text


def test_a_deleted_turn_comes_back_at_its_place(client, talk):
    before = _kept(client, talk)
    client.put(f"{talk}/3/correction", json={"label": "sadness"})
    client.delete(f"{talk}/3")
    said = {"speaker": TALK[2][0], "text": TALK[2][1]}
    refused = client.put(f"{talk}/3", json=said)
    assert (refused.status_code, refused.json()["code"]) == (404, "not_found")
    for _ in range(2):
        found = client.put(f"{talk}/3", json={**said, "restore": True})
        assert (found.status_code, [turn["turn"] for turn in found.json()["utterances"]]) == (200, [3, 4, 5])
    kept = _kept(client, talk)
    _check_answers(kept)
    assert [turn["turn"] for turn in kept] == [1, 2, 3, 4, 5]
    # What a person said of it was deleted with it.
    assert (kept[2]["received_at"], kept[2]["correction"]) == (before[2]["received_at"], None)


def test_corrections_stay(client, session, talk):
    for turn, label in ((2, "anger"), (4, "fear")):
        client.put(f"{talk}/{turn}/correction", json={"label": label})
    client.put(f"{talk}/2", json={"speaker": "Bo", "text": "No way!"})
    client.delete(f"{talk}/1")
    assert [turn["correction"] for turn in _kept(client, talk)] == ["anger", None, "fear", None]
    rows = [json.loads(row) for row in client.get(f"/v1/sessions/{session}/export").text.splitlines()]
    assert (rows[0]["text"], rows[0]["emotion"], rows[0]["corrected"]) == ("No way!", "anger", True)


def test_what_is_so_already_is_not_scored_again(client, talk, monkeypatch):
    said = {"speaker": "Bo", "text": "Again!"}
    first = client.put(f"{talk}/2", json=said)
    monkeypatch.setattr(LiveSession, "add", lambda *_: pytest.fail("it is scored again"))
    assert client.put(f"{talk}/2", json=said).json() == first.json()


@pytest.mark.parametrize(
    ("method", "place", "body", "status", "code"),
    [
        ("PUT", "/6", {"speaker": "Ann", "text": "x"}, 404, "not_found"),
        ("PUT", "/6", {"speaker": "Ann", "text": "x", "restore": True}, 404, "not_found"),
        ("DELETE", "/6", None, 404, "not_found"),
        ("PUT", "/0", {"speaker": "Ann", "text": "x"}, 422, "invalid"),
        ("DELETE", "/0", None, 422, "invalid"),
        ("PUT", "/1", {"speaker": "", "text": "x"}, 422, "invalid"),
        ("PUT", "/1", {"speaker": "Ann"}, 422, "invalid"),
        ("PUT", "/1", {"speaker": "Ann", "text": "x", "start": 1}, 422, "invalid"),
        ("PUT", "/1", {"speaker": "Ann", "text": "x", "restore": "yes"}, 422, "invalid"),
        ("POST", "/1", {"speaker": "Ann", "text": "x"}, 405, "method"),
    ],
)
def test_what_cannot_be_changed(client, talk, method, place, body, status, code):
    before = _kept(client, talk)
    answer = client.request(method, talk + place, json=body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert _kept(client, talk) == before
    assert all(load.live == 0 for load in client.app.state.services.engine.loads)


def test_a_session_that_was_deleted_has_no_turns_to_change(client, session, talk):
    client.delete(f"/v1/sessions/{session}")
    for answer in (client.put(f"{talk}/1", json={"speaker": "Ann", "text": "x"}), client.delete(f"{talk}/1")):
        assert (answer.status_code, answer.json()["detail"]) == (404, "no such session")


def test_the_key_of_a_turn_after_its_words_changed(client, session):
    path = f"/v1/sessions/{session}/utterances"
    said = {"speaker": "Ann", "text": "We won!", "key": "m1"}
    client.post(path, json=said)
    client.put(f"{path}/1", json={"speaker": "Ann", "text": "We lost!"})
    assert client.post(path, json={**said, "text": "We lost!"}).json()["turn"] == 1
    assert client.post(path, json=said).status_code == 409
    client.delete(f"{path}/1")
    refused = client.post(path, json=said)
    assert (refused.status_code, refused.json()["detail"]) == (409, "the turn with the key 'm1' was deleted")
    assert _kept(client, path) == []


def test_a_change_counts_as_one_request(serve):
    client = serve(rate_per_minute=9)
    path = f"/v1/sessions/{client.post('/v1/sessions', json={}).json()['id']}/utterances"
    for speaker, text in TALK:
        client.post(path, json={"speaker": speaker, "text": text})
    assert len(client.put(f"{path}/1", json={"speaker": "Ann", "text": "We lost!"}).json()["utterances"]) == 5
    assert len(client.delete(f"{path}/1").json()["utterances"]) == 4
    assert [client.get("/v1/models").status_code for _ in range(2)] == [200, 429]


def test_a_full_queue_refuses_before_anything_is_changed(client, session, talk):
    before = _kept(client, talk)
    client.app.state.services.engine.live_wait_s = -1.0
    for answer in (client.put(f"{talk}/1", json={"speaker": "Ann", "text": "x"}), client.delete(f"{talk}/1")):
        assert (answer.status_code, answer.json()["code"]) == (429, "queue_full")
    assert _kept(client, talk) == before
    assert all(load.live == 0 for load in client.app.state.services.engine.loads)


def _wait_in(monkeypatch, text):
    """Makes turns with this text wait; returns what lets them go on, and what says that one waits."""
    gate, begun, add = threading.Event(), threading.Event(), LiveSession.add

    def wait(self, speaker, said):
        if said == text:
            begun.set()
            assert gate.wait(WAIT_S)
        return add(self, speaker, said)

    monkeypatch.setattr(LiveSession, "add", wait)
    return gate, begun


def _say_slowly(client, talk, monkeypatch):
    """Says a turn that waits for its answer; returns what lets it go on, who says it, and the list of answers."""
    gate, begun = _wait_in(monkeypatch, "Slowly.")
    found = []
    said = {"speaker": "Bo", "text": "Slowly."}
    sender = threading.Thread(target=lambda: found.append(client.post(talk, json=said)))
    sender.start()
    assert begun.wait(WAIT_S)
    return gate, sender, found


@pytest.mark.parametrize("number", [2, 6])
def test_a_turn_that_is_being_scored_may_change(client, talk, monkeypatch, number):
    """Turn 6 waits for its answer, when it or one that it is read with gets other words."""
    gate, sender, found = _say_slowly(client, talk, monkeypatch)
    changed = {"speaker": "Cy", "text": "This is disgusting."}
    changer = threading.Thread(target=lambda: found.append(client.put(f"{talk}/{number}", json=changed)))
    changer.start()
    until = time.monotonic() + WAIT_S
    while _kept(client, talk)[number - 1]["text"] != changed["text"]:
        assert time.monotonic() < until
    gate.set()
    sender.join()
    changer.join()
    assert {answer.request.method: answer.status_code for answer in found}["PUT"] == 200
    kept = _kept(client, talk)
    assert [turn["status"] for turn in kept] == ["scored"] * 6
    _check_answers(kept)


def test_a_turn_that_is_being_scored_may_be_deleted(client, talk, monkeypatch):
    gate, sender, found = _say_slowly(client, talk, monkeypatch)
    assert client.delete(f"{talk}/6").json()["utterances"] == []
    gate.set()
    sender.join()
    assert (found[0].status_code, found[0].json()["detail"]) == (404, "the session has no turn 6")
    assert len(_kept(client, talk)) == 5
    assert all(load.live == 0 for load in client.app.state.services.engine.loads)


def test_changes_at_once_end_with_the_answers_of_the_last_words(client, talk):
    answers = []

    def change(turn):
        for number in range(3):
            said = {"speaker": "Ann", "text": f"I am {number} times happy."}
            answers.append(client.put(f"{talk}/{turn}", json=said).status_code)

    threads = [threading.Thread(target=change, args=(turn,)) for turn in (5, 3, 1, 4, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) <= {200, 202}
    until = time.monotonic() + WAIT_S
    while any(turn["status"] == "pending" for turn in _kept(client, talk)):
        assert time.monotonic() < until
    kept = _kept(client, talk)
    assert {turn["text"] for turn in kept} == {"I am 2 times happy."}
    _check_answers(kept)


def test_what_was_acknowledged_survives_the_death_of_the_process(run_service):
    patient = {"live_wait_s": WAIT_S, "deadline_s": WAIT_S}
    service = run_service(**patient)
    session = service.open_session()
    path = f"/v1/sessions/{session}/utterances"
    expected = [list(turn) for turn in TALK * 4]
    for speaker, text in expected:
        assert service.ask("POST", path, {"speaker": speaker, "text": text}, timeout=WAIT_S)[0] == 201

    def turns():
        return service.ask("GET", f"/v1/sessions/{session}", timeout=WAIT_S)[1]["utterances"]

    def change(turn, said):
        # Killed, it answers nothing.
        with suppress(OSError, http.client.HTTPException):
            service.ask("PUT", f"{path}/{turn}", said, timeout=WAIT_S)

    for number in range(2):
        assert service.ask("DELETE", f"{path}/{10 + number}", timeout=WAIT_S)[0] in {200, 202}
        expected[1 + number] = ["Cy", f"This is disgusting ({number})."]
        said = dict(zip(("speaker", "text"), expected[1 + number], strict=True))
        changing = threading.Thread(target=change, args=(2 + number, said))
        changing.start()
        until = time.monotonic() + WAIT_S
        while turns()[1 + number]["text"] != said["text"]:
            assert time.monotonic() < until
        # Turns may wait for new answers.
        service.process.kill()
        service.process.wait()
        changing.join()
        service = run_service(**patient)
    until = time.monotonic() + WAIT_S
    while any(turn["status"] == "pending" for turn in turns()):
        assert time.monotonic() < until
        time.sleep(0.05)
    del expected[9:11]
    kept = turns()
    assert [[turn["speaker"], turn["text"]] for turn in kept] == expected
    assert [turn["turn"] for turn in kept] == [*range(1, 10), *range(12, 21)]
    _check_answers(kept)


def test_words_that_are_no_more_are_in_no_file_soon_after(serve, tmp_path, monkeypatch):
    monkeypatch.setattr("instructerc.serving.app._OVERWRITE_S", 0.05)
    client = serve()
    path = f"/v1/sessions/{client.post('/v1/sessions', json={}).json()['id']}/utterances"
    for text in ("A sentence that nobody else says", "Another one that nobody else says"):
        client.post(path, json={"speaker": "Ann", "text": text})

    def held():
        return any(b"nobody else says" in file.read_bytes() for file in tmp_path.glob("sessions.db*"))

    assert held()
    client.put(f"{path}/1", json={"speaker": "Ann", "text": "Hi"})
    client.delete(f"{path}/2")
    until = time.monotonic() + 5
    while held() and time.monotonic() < until:
        time.sleep(0.05)
    assert not held()
    with sqlite3.connect(tmp_path / "sessions.db") as connection:
        assert connection.execute("SELECT turn, text, status FROM turns").fetchall() == [
            (1, "Hi", "scored"),
            (2, "", "deleted"),
        ]
