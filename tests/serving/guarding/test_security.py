"""Where requests may come from, what answers carry, and what is written down of them: as little as can be."""

from __future__ import annotations

import logging
import re
import sqlite3
import stat

import pytest
from starlette.websockets import WebSocketDisconnect

from instructerc.errors import InputError
from instructerc.recognition import LiveSession, Recognizer
from instructerc.serving.keeping.database import open_database
from instructerc.serving.keeping.store import SessionReader
from instructerc.serving.settings import ServeSettings

OWN, OTHER = "http://127.0.0.1:8000", "https://app.example"
SECRET = "Nobody else says ponytail zebra"
TURN = {"speaker": "Ann", "text": SECRET}
HEADERS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}


def _stream(client, session, **headers):
    return client.websocket_connect(f"ws://127.0.0.1:8000/v1/sessions/{session}/stream", headers=headers)


def test_it_stays_on_this_machine_unless_it_is_told_otherwise():
    assert ServeSettings().host == "127.0.0.1"
    assert ServeSettings().is_local


def test_a_name_that_was_pointed_at_this_machine_is_refused(client):
    for host in ("evil.example", "127.0.0.1.evil.example", "127.0.0.1@evil.example:8000", "", "[::2]"):
        for path in ("/v1/models", "/healthz", "/metrics", "/", "/v1/openapi.json", "/nowhere"):
            answer = client.get(path, headers={"host": host})
            assert (answer.status_code, answer.json()["code"]) == (421, "host"), (host, path)


def test_this_machine_has_several_names(client):
    for host in ("127.0.0.1", "127.0.0.1:8000", "localhost", "LOCALHOST:9", "[::1]:8000", "[::1]"):
        assert client.get("/healthz", headers={"host": host}).status_code == 200, host


def test_names_are_allowed_by_name(serve):
    client = serve(allowed_hosts=("emotions.example",))
    assert client.get("/healthz", headers={"host": "Emotions.Example:443"}).status_code == 200
    assert client.get("/healthz", headers={"host": "other.example"}).status_code == 421


@pytest.mark.parametrize(
    "origin",
    [OTHER, "null", "http://127.0.0.1:9000", "http://[", "http://", "x", f"{OWN}@evil.example", f"{OWN}.evil.example"],
)
def test_pages_of_other_sites_may_not_ask(client, session, origin):
    for method, path in (("GET", "/v1/sessions"), ("POST", "/v1/sessions"), ("OPTIONS", "/v1/sessions"), ("GET", "/")):
        answer = client.request(method, path, headers={"origin": origin})
        assert (answer.status_code, answer.json()["code"]) == (403, "origin")
        assert not [name for name in answer.headers if name.startswith("access-control")]
    with pytest.raises(WebSocketDisconnect), _stream(client, session, origin=origin):
        pass


def test_the_own_page_may_ask(client, session):
    assert client.get("/v1/sessions", headers={"origin": OWN}).status_code == 200
    with _stream(client, session, origin=OWN, host="127.0.0.1:8000") as socket:
        socket.send_json(TURN)
        assert socket.receive_json()["utterance"]["turn"] == 1


def test_a_socket_that_is_refused_is_told_why(client, session):
    for headers, status, code in (({"host": "evil.example"}, 421, "host"), ({"origin": OTHER}, 403, "origin")):
        with pytest.raises(WebSocketDisconnect) as refused, _stream(client, session, **headers):
            pass
        assert (refused.value.status_code, refused.value.json()["code"]) == (status, code)
        assert refused.value.headers["x-content-type-options"] == "nosniff"


def test_no_other_origin_is_allowed_by_default(client):
    answer = client.get("/v1/models")
    assert not [name for name in answer.headers if name.startswith("access-control")]
    asked = {"origin": OTHER, "access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    assert client.options("/v1/recognize", headers=asked).status_code == 403


def test_an_origin_is_allowed_by_name(serve):
    client = serve(allowed_origins=(OTHER,))
    asked = {
        "origin": OTHER,
        "access-control-request-method": "PUT",
        "access-control-request-headers": "authorization,content-type",
    }
    answer = client.options("/v1/sessions/00/utterances/1/correction", headers=asked)
    assert answer.status_code == 200
    assert answer.headers["access-control-allow-origin"] == OTHER
    assert "authorization" in answer.headers["access-control-allow-headers"].lower()
    assert "access-control-allow-credentials" not in answer.headers
    session = client.post("/v1/sessions", json={}, headers={"origin": OTHER})
    assert (session.status_code, session.headers["access-control-allow-origin"]) == (201, OTHER)
    assert "retry-after" in session.headers["access-control-expose-headers"].lower()
    refused = client.post("/v1/recognize", json={}, headers={"origin": OTHER})
    assert (refused.status_code, refused.headers["access-control-allow-origin"]) == (422, OTHER)
    with _stream(client, session.json()["id"], origin=OTHER) as socket:
        socket.send_json(TURN)
        assert socket.receive_json()["utterance"]["turn"] == 1
    for origin in ("https://evil.example", f"{OTHER}.evil.example", "http://app.example", "https://app.example:8443"):
        assert client.options("/v1/recognize", headers=asked | {"origin": origin}).status_code == 403


@pytest.mark.parametrize("origin", ["*", "app.example", "null", ""])
def test_every_origin_cannot_be_allowed(origin):
    with pytest.raises(InputError, match="give a whole origin"):
        ServeSettings(allowed_origins=(origin,))


def _answers(client, session, monkeypatch):
    """Returns an answer of every kind, by its name."""
    small = {"content-type": "application/json"}
    found = {
        "page": client.get("/"),
        "asset": client.get("/assets/nothing.js"),
        "api": client.get("/v1/models"),
        "made": client.post("/v1/sessions", json={}),
        "document": client.get("/v1/openapi.json"),
        "metrics": client.get("/metrics"),
        "health": client.get("/healthz"),
        "nowhere": client.get("/nowhere"),
        "no session": client.get("/v1/sessions/00"),
        "method": client.put("/v1/recognize"),
        "invalid": client.post("/v1/recognize", json={}),
        "no json": client.post("/v1/recognize", content=b"{", headers=small),
        "too large": client.post("/v1/recognize", content=b" " * (8 * 1024 * 1024 + 1), headers=small),
        "wrong kind": client.post("/v1/recognize", content=b"x", headers={"content-type": "text/plain"}),
        "host": client.get("/v1/models", headers={"host": "evil.example"}),
        "origin": client.get("/v1/models", headers={"origin": OTHER}),
        "empty export": client.get(f"/v1/sessions/{session}/export"),
        "deleted": client.delete(f"/v1/sessions/{session}"),
    }
    with monkeypatch.context() as patch:
        patch.setattr(SessionReader, "sessions", _fail)
        found["fault"] = client.get("/v1/sessions")
    return found


def _fail(*_, **__):
    raise ValueError(SECRET)


def test_every_answer_has_the_headers_of_security(client, session, monkeypatch):
    answers = _answers(client, session, monkeypatch)
    statuses = {answer.status_code for answer in answers.values()}
    assert statuses >= {200, 201, 204, 400, 403, 404, 405, 409, 413, 415, 421, 422, 500}
    for name, answer in answers.items():
        assert {header: answer.headers.get(header) for header in HEADERS} == HEADERS, name
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "http:", "https:"} & set(re.split(r"[ ;]+", policy)), name
        assert "server" not in answer.headers
        if str(answer.url.path).startswith("/v1"):
            assert answer.headers["cache-control"] == "no-store", name


def test_the_page_has_no_inline_script_or_style(client):
    page = client.get("/")
    if page.status_code == 404:
        pytest.skip("the page is not built in this checkout")
    assert re.findall(r"<script(?![^>]* src=)", page.text) == []
    assert re.findall(r"<style| style=| on\w+=|javascript:", page.text) == []
    places = re.findall(r"(?:src|href)=\"([^\"]+)\"", page.text)
    assert places
    for place in places:
        answer = client.get(place if place.startswith("/") else f"/{place.removeprefix('./')}")
        assert answer.status_code == 200, place
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("log_texts", [False, True])
def test_texts_are_logged_only_where_that_is_asked_for(serve, tmp_path, monkeypatch, caplog, capfd, log_texts):
    caplog.set_level(logging.DEBUG)
    # The client of the test writes down what it asks for.
    for name in ("httpx", "httpx2", "httpcore", "httpcore2"):
        caplog.set_level(logging.WARNING, name)
    client = serve(log_texts=log_texts)
    session = client.post("/v1/sessions", json={"title": SECRET}).json()["id"]
    place = f"/v1/sessions/{session}"
    with monkeypatch.context() as patch:
        patch.setattr(LiveSession, "add", lambda self, speaker, text: _fail())
        patch.setattr(Recognizer, "recognize_in_steps", _fail)
        failed = client.post(f"{place}/utterances", json=TURN).json()
        assert (failed["status"], "recognition failed" in failed["detail"]) == ("failed", True)
        answer = client.post("/v1/recognize", json={"conversations": [{"utterances": [TURN]}]})
        assert (answer.status_code, answer.json()["code"]) == (500, "fault")
        patch.setattr(SessionReader, "turns", _fail)
        assert client.get(place).status_code == 500
        assert SECRET not in answer.text + client.get(place).text
    # Wrong requests, whose words are in the errors of what checks them.
    client.post("/v1/recognize", json={"conversations": [{"utterances": [{**TURN, SECRET: 1}]}]})
    client.post("/v1/recognize", json={"conversations": SECRET})
    client.post("/v1/sessions", json={"labels": SECRET})
    client.put(f"{place}/utterances/1/correction", json={"label": SECRET})
    client.post("/v1/read?filename=x.jsonl", content=SECRET.encode(), headers={"content-type": "text/plain"})
    client.get(f"/v1/sessions?after={SECRET}")
    with _stream(client, session) as socket:
        socket.send_text(SECRET)
        assert socket.receive_json()["code"] == "invalid"
    # A database that refuses a statement, whose values SQLAlchemy would name.
    with sqlite3.connect(tmp_path / "sessions.db") as connection:
        connection.execute("DROP TABLE turns")
    assert client.post(f"{place}/utterances", json=TURN).status_code == 503
    client.__exit__(None, None, None)
    out, err = capfd.readouterr()
    written = caplog.text + out + err
    assert "GET /v1/sessions/{session}" in written
    assert (SECRET in written) == log_texts
    assert session not in written.replace(f"of session {session}", "")


def test_what_is_kept_is_its_owners_alone(serve, tmp_path):
    folder = tmp_path / "new" / "folder"
    client = serve(database=f"sqlite:///{folder / 'sessions.db'}")
    client.post("/v1/sessions", json={})
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes.keys() >= {"sessions.db", "sessions.db-wal"}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("sqlite://", "is not a file"),
        ("sqlite:///:memory:", "is not a file"),
        ("sqlite:///file:x?mode=memory&uri=true", "is not a file"),
        ("sqlite:////proc/nothing/x.db", "cannot be written"),
        ("mysql://root@localhost/x", "give sqlite:///FILE or postgresql://"),
        ("no url", "give sqlite:///FILE or postgresql://"),
    ],
)
def test_a_database_that_cannot_be_is_told_in_a_line(url, said):
    with pytest.raises(InputError, match=said):
        open_database(url)


def test_a_file_that_is_no_database_is_left_as_it_is(tmp_path):
    path = tmp_path / "notes.txt"
    path.write_bytes(b"These are my notes, and no database at all.\n" * 100)
    with pytest.raises(InputError, match="cannot be opened: file is not a database"):
        open_database(f"sqlite:///{path}")
    assert path.read_bytes().startswith(b"These are my notes")


def test_passwords_of_databases_are_not_told():
    with pytest.raises(InputError) as told:
        open_database("postgresql://user:hunter2@127.0.0.1:1/x")
    assert "hunter2" not in str(told.value)
    assert "127.0.0.1" in str(told.value)
