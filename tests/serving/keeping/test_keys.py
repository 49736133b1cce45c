"""API keys: made and revoked from the command line, kept as digests; scopes, owners and rates."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time

import pytest
from starlette.websockets import WebSocketDisconnect
from typer.testing import CliRunner

from instructerc.cli.main import app
from instructerc.errors import InputError
from instructerc.serving.contract.schemas.sessions import UtteranceRequest
from instructerc.serving.keeping.database import open_database
from instructerc.serving.keeping.keys import create_key, revoke_key
from instructerc.serving.settings import ServeSettings

TURN = {"speaker": "Ann", "text": "We won!"}
TALK = {"conversations": [{"utterances": [TURN]}]}


@pytest.fixture
def database(tmp_path):
    return f"sqlite:///{tmp_path / 'sessions.db'}"


@pytest.fixture
def make_key(database):
    """Returns a function from scopes to the header of a new key."""

    def make(*scopes, rate=None):
        engine = open_database(database)
        key = create_key(engine, "test", scopes, rate)
        engine.dispose()
        return {"Authorization": f"Bearer {key}"}

    return make


@pytest.fixture
def keyed(serve, make_key):
    """Returns a client of a service that asks for keys, and a key that may read and write."""
    key = make_key("read", "write")
    return serve(require_keys=True), key


def _run(*arguments):
    result = CliRunner().invoke(app, ["keys", *arguments], prog_name="instructerc")
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def _stream(client, session, headers=None):
    return client.websocket_connect(f"ws://127.0.0.1:8000/v1/sessions/{session}/stream", headers=headers or {})


def test_a_key_is_made_listed_and_revoked_from_the_command_line(database, serve, tmp_path):
    made = _run("create", "call centre", "--scope", "read", "--rate", "7", "--database", database)
    key = made.stdout.strip()
    known, secret = key.removeprefix("ierc_").split("_", 1)
    [listed] = json.loads(_run("list", "--format", "json", "--database", database).stdout)
    assert (listed["id"], listed["name"], listed["scopes"]) == (known, "call centre", ["read"])
    assert (listed["rate_per_minute"], listed["revoked_at"]) == (7, None)
    assert "in use" in _run("list", "--database", database).stdout
    client = serve(require_keys=True)
    headers = {"Authorization": f"Bearer {key}"}
    assert client.get("/v1/models", headers=headers).status_code == 200
    assert _run("revoke", known, "--database", database).stdout == f"revoked {known}\n"
    for _ in range(100):
        answer = client.get("/v1/models", headers=headers)
        if answer.status_code == 401:
            break
        time.sleep(0.05)
    assert (answer.status_code, answer.json()["code"]) == (401, "wrong_key")
    assert "revoked" in _run("list", "--database", database).stdout
    assert _run("revoke", known, "--database", database).exit_code == 2
    assert _run("create", "x", "--scope", "write", "--scope", "rea", "--database", database).exit_code == 2
    client.__exit__(None, None, None)
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    # Of the secret only its digest is kept, and no part of it anywhere.
    assert hashlib.sha256(secret.encode()).hexdigest().encode() in kept
    assert not any(secret[place : place + 8].encode() in kept for place in range(len(secret) - 7))


def test_a_new_key_works_at_once(serve, make_key):
    make_key("read")
    client = serve(require_keys=True)
    assert client.get("/v1/models", headers=make_key("read")).status_code == 200


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.5", "example.org"])
def test_others_are_served_with_keys_alone(serve, host):
    assert ServeSettings(host=host).needs_keys
    with pytest.raises(
        InputError, match=r"API keys are required, but there are none; create one: instructerc keys create"
    ):
        serve(host=host)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "[::1]", "127.0.0.53"])
def test_this_machine_is_served_without(host):
    assert not ServeSettings(host=host).needs_keys
    assert ServeSettings(host=host, require_keys=True).needs_keys


@pytest.mark.parametrize(
    ("authorization", "code"),
    [
        (None, "no_key"),
        ("", "no_key"),
        ("Bearer", "no_key"),
        ("Bearer ", "no_key"),
        ("Basic YTpi", "no_key"),
        ("Bearer x", "wrong_key"),
        ("Bearer ierc_0000000000000000_" + "A" * 43, "wrong_key"),
        ("Bearer ierc_0000000000000000_" + "A" * 5000, "wrong_key"),
        ("Bearer ' OR 1=1 --", "wrong_key"),
    ],
)
def test_without_a_key_in_use_there_is_nothing(keyed, authorization, code):
    client, _ = keyed
    headers = {} if authorization is None else {"Authorization": authorization}
    routes = [
        ("GET", "/v1/models"),
        ("GET", "/v1/labels"),
        ("GET", "/metrics"),
        ("POST", "/v1/recognize"),
        ("POST", "/v1/read"),
        ("POST", "/v1/sessions"),
        ("GET", "/v1/sessions"),
        ("GET", "/v1/sessions/00"),
        ("DELETE", "/v1/sessions/00"),
        ("POST", "/v1/sessions/00/utterances"),
        ("PUT", "/v1/sessions/00/utterances/1"),
        ("DELETE", "/v1/sessions/00/utterances/1"),
        ("PUT", "/v1/sessions/00/utterances/1/correction"),
        ("GET", "/v1/sessions/00/events"),
        ("GET", "/v1/sessions/00/export"),
    ]
    for method, path in routes:
        answer = client.request(method, path, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (401, code), path
        assert answer.headers["www-authenticate"] == "Bearer"


def test_a_wrong_secret_of_a_right_key_is_wrong(keyed):
    client, headers = keyed
    right = headers["Authorization"]
    for wrong in (
        right[:-1],
        right + "A",
        right[:-1] + ("A" if right[-1] != "A" else "B"),
        right.lower(),
        right.upper(),
    ):
        assert client.get("/v1/models", headers={"Authorization": wrong}).status_code == 401
    for same in (right.replace("Bearer", "bearer"), right.replace("Bearer ", "Bearer   ")):
        assert client.get("/v1/models", headers={"Authorization": same}).status_code == 200


def test_health_and_the_document_need_no_key(keyed):
    client, _ = keyed
    assert [client.get(path).status_code for path in ("/healthz", "/readyz", "/v1/openapi.json")] == [200] * 3


def test_a_body_is_not_read_of_who_has_no_key(keyed):
    client, _ = keyed
    answer = client.post("/v1/recognize", content=b"{" * 100_000, headers={"content-type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (401, "no_key")


SCOPES = [
    ("read", "GET", "/v1/models", None),
    ("read", "GET", "/v1/labels", None),
    ("read", "GET", "/v1/sessions", None),
    ("read", "GET", "/v1/sessions/{}", None),
    ("read", "GET", "/v1/sessions/{}/export", None),
    ("write", "POST", "/v1/recognize", TALK),
    ("write", "POST", "/v1/read", None),
    ("write", "POST", "/v1/sessions", {}),
    ("write", "POST", "/v1/sessions/{}/utterances", TURN),
    ("write", "PUT", "/v1/sessions/{}/utterances/1", {"speaker": "Bo", "text": "We lost!"}),
    ("write", "PUT", "/v1/sessions/{}/utterances/1/correction", {"label": "joy"}),
    ("write", "DELETE", "/v1/sessions/{}/utterances/1", None),
    ("admin", "GET", "/metrics", None),
    ("write", "DELETE", "/v1/sessions/{}", None),
]


def test_each_route_needs_its_scope_and_no_other(keyed, make_key):
    client, own = keyed
    session = client.post("/v1/sessions", json={}, headers=own).json()["id"]
    client.post(f"/v1/sessions/{session}/utterances", json=TURN, headers=own)
    keys = {scope: make_key(scope) for scope in ("read", "write", "admin")}
    for needed, method, path, body in SCOPES:
        for scope, headers in keys.items():
            answer = client.request(method, path.format(session), headers=headers, json=body)
            if scope == needed:
                # Not its own session, and no file to read; but it was let in.
                assert answer.status_code in {200, 201, 204, 404, 422}, (scope, path)
            else:
                assert (answer.status_code, answer.json()["code"]) == (403, "scope"), (scope, path)
                assert f"scope '{needed}'" in answer.json()["detail"]
    for _, method, path, body in SCOPES:
        if "{}" in path:
            assert client.request(method, path.format(session), headers=own, json=body).status_code < 300, path


def test_sessions_are_their_owners_and_admins_alone(keyed, make_key):
    client, own = keyed
    other, admin = make_key("read", "write"), make_key("read", "write", "admin")
    session = client.post("/v1/sessions", json={"title": "mine"}, headers=own).json()["id"]
    newer = client.post("/v1/sessions", json={"title": "other's"}, headers=other).json()["id"]
    place = f"/v1/sessions/{session}"
    assert client.post(f"{place}/utterances", json=TURN, headers=own).status_code == 201
    for method, path, body in (
        ("GET", place, None),
        ("GET", f"{place}/export", None),
        ("GET", f"{place}/events", None),
        ("POST", f"{place}/utterances", TURN),
        ("PUT", f"{place}/utterances/1", {"speaker": "Bo", "text": "We lost!"}),
        ("DELETE", f"{place}/utterances/1", None),
        ("PUT", f"{place}/utterances/1/correction", {"label": "joy"}),
        ("DELETE", place, None),
    ):
        answer = client.request(method, path, headers=other, json=body)
        # The same words as for one that is nowhere.
        nowhere = client.request(method, path.replace(session, "0" * 32), headers=other, json=body)
        assert (answer.status_code, answer.json()) == (404, nowhere.json()), path
    assert client.get(f"/v1/sessions?after={session}", headers=other).status_code == 404
    with _stream(client, session, other) as socket:
        assert socket.receive_json()["code"] == "not_found"

    def listed(headers):
        return [one["id"] for one in client.get("/v1/sessions", headers=headers).json()["sessions"]]

    assert (listed(own), listed(other), listed(admin)) == ([session], [newer], [newer, session])
    assert client.get(place, headers=admin).json()["n_utterances"] == 1
    assert client.post(f"{place}/utterances", json=TURN, headers=admin).json()["turn"] == 2
    assert client.delete(place, headers=admin).status_code == 204
    assert client.get(place, headers=own).status_code == 404


def test_sessions_of_a_time_without_keys_are_the_admins(serve, make_key, tmp_path):
    first = serve()
    session = first.post("/v1/sessions", json={}).json()["id"]
    first.__exit__(None, None, None)
    own, admin = make_key("read", "write"), make_key("read", "admin")
    client = serve(require_keys=True)
    assert client.get(f"/v1/sessions/{session}", headers=own).status_code == 404
    assert client.get(f"/v1/sessions/{session}", headers=admin).status_code == 200


def test_a_socket_is_let_in_by_header_or_by_its_first_message(keyed, make_key):
    client, own = keyed
    session = client.post("/v1/sessions", json={}, headers=own).json()["id"]
    key = own["Authorization"].removeprefix("Bearer ")
    with _stream(client, session, own) as socket:
        socket.send_json(TURN)
        assert [socket.receive_json()["utterance"]["turn"] for _ in range(2)] == [1, 1]
    with _stream(client, session) as socket:
        socket.send_json({"type": "auth", "key": key})
        socket.send_json(TURN)
        assert [socket.receive_json()["utterance"]["turn"] for _ in range(2)] == [2, 2]
    refused = {
        "no_key": [
            "{}",
            "x",
            "[]",
            '{"type": "auth"}',
            json.dumps({"key": key}),
            json.dumps(TURN),
            '{"type":"auth","key":1}',
        ],
        "wrong_key": [json.dumps({"type": "auth", "key": key[:-1]}), '{"type": "auth", "key": "\\ud800"}'],
    }
    for code, messages in refused.items():
        for message in messages:
            with _stream(client, session) as socket:
                socket.send_text(message)
                assert (socket.receive_json()["code"], socket.receive()["code"]) == (code, 1008)
    with _stream(client, session, {"Authorization": "Bearer x"}) as socket:
        assert (socket.receive_json()["code"], socket.receive()["code"]) == ("wrong_key", 1008)
    for headers in [make_key(scope) for scope in ("read", "write", "admin")]:
        with _stream(client, session, headers) as socket:
            assert (socket.receive_json()["code"], socket.receive()["code"]) == ("scope", 1008)
    assert client.get(f"/v1/sessions/{session}", headers=own).json()["n_utterances"] == 2


def test_a_key_that_is_revoked_ends_its_streams(keyed, make_key, database, monkeypatch):
    client, own = keyed
    other = make_key("read", "write", "admin")
    session = client.post("/v1/sessions", json={}, headers=own).json()["id"]
    with _stream(client, session, own) as socket, _stream(client, session, other) as watching:
        socket.send_json(TURN)
        assert [socket.receive_json()["utterance"]["status"] for _ in range(2)] == ["pending", "scored"]
        engine = open_database(database)
        revoke_key(engine, own["Authorization"].split("_")[1])
        engine.dispose()
        with pytest.raises(WebSocketDisconnect) as closed:
            socket.receive_json()
        assert closed.value.code == 1008
        watching.send_json(TURN)
        assert [watching.receive_json()["utterance"]["turn"] for _ in range(4)] == [1, 1, 2, 2]


def test_each_key_has_a_rate_of_its_own(serve, make_key):
    slow, other = make_key("read", rate=3), make_key("read")
    client = serve(require_keys=True, rate_per_minute=5)
    for headers, rate in ((slow, 3), (other, 5)):
        answers = [client.get("/v1/models", headers=headers) for _ in range(rate + 1)]
        assert [answer.status_code for answer in answers] == [200] * rate + [429]
        refused = answers[-1]
        assert refused.json()["code"] == "rate"
        assert 1 <= int(refused.headers["retry-after"]) <= 60
        assert f"more than {rate} requests and turns in a minute" in refused.json()["detail"]


def test_turns_of_a_socket_count_as_requests_do(serve, make_key):
    key = make_key("read", "write", rate=4)
    client = serve(require_keys=True)
    session = client.post("/v1/sessions", json={}, headers=key).json()["id"]
    with _stream(client, session, key) as socket:
        for _ in range(3):
            socket.send_json(TURN)
            assert [socket.receive_json()["utterance"]["status"] for _ in range(2)] == ["pending", "scored"]
        socket.send_json({**TURN, "key": "one too many"})
        problem = socket.receive_json()
    assert (problem["code"], problem["status"], problem["key"]) == ("rate", 429, "one too many")
    assert 1 <= problem["retry_after_s"] <= 60
    assert client.get("/v1/sessions", headers=key).status_code == 429


def test_every_turn_of_a_request_counts(serve):
    client = serve(rate_per_minute=10)

    def send(n_turns):
        said = [{"speaker": "Ann", "text": "Hi"}] * n_turns
        return client.post("/v1/recognize", json={"conversations": [{"utterances": said}]})

    assert send(6).status_code == 200
    refused = send(5)
    assert (refused.status_code, refused.json()["code"]) == (429, "rate")
    assert f"try again in {refused.headers['retry-after']} s" in refused.json()["detail"]
    # The refused request counts as the one that it was.
    assert [send(3).status_code, client.get("/v1/models").status_code] == [200, 429]
    never = send(11)
    assert (never.status_code, never.json()["code"]) == (429, "rate")


def test_more_turns_than_a_minute_has_room_for_are_not_told_to_wait(serve):
    client = serve(rate_per_minute=10)
    said = [{"speaker": "Ann", "text": "Hi"}] * 11
    answer = client.post("/v1/recognize", json={"conversations": [{"utterances": said}]})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_many_turns")
    assert "retry-after" not in answer.headers


def test_an_explanation_counts_as_the_answers_that_it_takes(serve):
    client = serve(rate_per_minute=20)

    def explain(*texts):
        said = [{"speaker": "Ann", "text": text} for text in texts]
        return client.post("/v1/explain", json={"conversation": {"utterances": said}, "turn": len(said)}).status_code

    # One answer, one without the turn before, one without each of the five words.
    assert [explain("We won!", "I hate that you won.") for _ in range(3)] == [200, 200, 429]


def test_a_turn_with_more_words_than_a_minute_has_room_for_is_explained_and_takes_all_of_it(serve):
    client = serve(rate_per_minute=5)
    talk = {"utterances": [{"speaker": "Ann", "text": "well " * 30}]}
    answers = [client.post("/v1/explain", json={"conversation": talk, "turn": 1}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert len(answers[0].json()["words"]) == 30


def test_without_keys_addresses_have_the_rate(serve):
    client = serve(rate_per_minute=2)
    headers = {"X-Forwarded-For": "1.2.3.4"}
    answers = [client.get("/v1/models", headers=headers).status_code for _ in range(3)]
    assert answers == [200, 200, 429]
    assert client.get("/healthz").status_code == 200


def test_no_key_is_ever_logged(keyed, caplog, capfd):
    client, own = keyed
    key = own["Authorization"].removeprefix("Bearer ")
    client.get("/v1/models", headers=own)
    client.get(f"/v1/models?key={key}", headers={"Authorization": f"Bearer {key}x"})
    client.get(f"/v1/{key}", headers=own)
    out, err = capfd.readouterr()
    assert key not in caplog.text + out + err


def test_a_database_of_keys_can_be_written_while_the_service_writes(keyed, make_key, tmp_path):
    client, own = keyed
    session = client.post("/v1/sessions", json={}, headers=own).json()["id"]
    with sqlite3.connect(tmp_path / "sessions.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        # The service waits for its turn to write, and others read meanwhile.
        future = client.portal.start_task_soon(_add, client, session)
        time.sleep(0.1)
        assert client.get(f"/v1/sessions/{session}", headers=own).json()["n_utterances"] == 0
        other.execute("COMMIT")
    assert future.result(10)["status"] == "scored"


async def _add(client, session):
    utterance = await client.app.state.services.sessions.add(None, session, UtteranceRequest(**TURN))
    return utterance.model_dump()
