"""When a client asks again, and what it says where it does not."""

from __future__ import annotations

import json

import httpx
import pytest

from instructerc import Conversation, Utterance
from instructerc.client import Client, ServiceBusy, ServiceError, Unreachable
from instructerc.errors import InputError, InstructERCError

TURN = {
    "speaker": "Ann",
    "text": "We won!",
    "turn": 1,
    "key": "m1",
    "received_at": "2026-01-01T00:00:00Z",
    "status": "pending",
    "answer": None,
    "correction": None,
}
LOST = httpx.ReadError("connection reset")
REFUSED = httpx.ConnectError("connection refused")


def _busy(after="2"):
    body = {"code": "queue_full", "detail": "the queue is full; try again in 2 s"}
    return httpx.Response(429, json=body, headers={} if after is None else {"Retry-After": after})


def test_a_busy_service_is_asked_again_when_it_says(scripted, waits):
    client, seen = scripted(_busy(), _busy(), httpx.Response(201, json=TURN))
    assert client.session("0f").add("Ann", "We won!").turn == 1
    assert len(seen) == 3
    assert all(2 <= wait <= 2.6 for wait in waits)


def test_patience_ends(scripted, waits):
    client, seen = scripted(*[_busy()] * 3, retries=2)
    with pytest.raises(ServiceBusy, match="the queue is full") as told:
        client.models()
    assert (told.value.status, told.value.code, told.value.retry_after_s, len(seen)) == (429, "queue_full", 2.0, 3)
    client, seen = scripted(_busy("3600"))
    with pytest.raises(ServiceBusy):
        client.models()
    assert len(seen) == 1


@pytest.mark.parametrize(("after", "least"), [(None, 0.1), ("soon", 0.1), ("Fri, 01 Jan 2021 00:00:00 GMT", 0.0)])
def test_headers_that_say_nothing_useful(scripted, waits, after, least):
    client, _ = scripted(_busy(after), httpx.Response(200, json={"models": []}))
    assert client.models().models == []
    assert all(least <= wait <= 1 for wait in waits)


def test_a_turn_whose_answer_was_lost_is_sent_again_with_its_key(scripted, waits):
    client, seen = scripted(LOST, httpx.Response(502, text="<html>"), httpx.Response(201, json=TURN))
    client.session("0f").add("Ann", "We won!")
    bodies = [json.loads(request.content) for request in seen]
    assert bodies[0] == bodies[1] == bodies[2]
    assert len(bodies[0]["key"]) == 32
    assert waits[0] <= waits[1] <= 1


def test_a_session_is_not_opened_twice(scripted, waits):
    client, seen = scripted(LOST)
    with pytest.raises(Unreachable, match="connection reset; is it running"):
        client.open_session()
    assert len(seen) == 1
    client, seen = scripted(httpx.Response(503, text="down"))
    with pytest.raises(ServiceError, match="503"):
        client.open_session()
    assert len(seen) == 1
    # What never reached the service can be asked again.
    client, seen = scripted(REFUSED, _busy(), LOST)
    with pytest.raises(Unreachable):
        client.open_session()
    assert len(seen) == 3


def test_deleting_again_what_is_deleted_is_done(scripted, waits):
    missing = httpx.Response(404, json={"code": "not_found", "detail": "no such session"})
    client, _ = scripted(LOST, missing)
    assert client.session("0f").delete() is None
    client, _ = scripted(missing)
    with pytest.raises(ServiceError, match=r"no such session \(404 not_found\)"):
        client.session("0f").delete()


def test_a_turn_is_not_deleted_where_its_session_is_gone(scripted, waits):
    missing = httpx.Response(404, json={"code": "not_found", "detail": "no such session"})
    client, seen = scripted(LOST, missing)
    with pytest.raises(ServiceError, match=r"no such session \(404 not_found\)"):
        client.session("0f").remove(1)
    assert [(request.method, request.url.path) for request in seen] == [("DELETE", "/v1/sessions/0f/utterances/1")] * 2


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (httpx.Response(403, text="<html>no"), r"127.0.0.1 refuses, and is not a service .* \(403 http\)"),
        (httpx.Response(301, headers={"location": "https://x/"}), r"leads to https://x/.* \(301 http\)"),
        (httpx.Response(200, text="<html>"), r"GET /v1/models: not an answer from a service .* \(200 not_understood\)"),
        (httpx.Response(200, json={"models": [{}]}), r"models.0.id: Field required"),
        (httpx.Response(422, json=["x"]), r"\(422 http\)"),
        (httpx.Response(401, json={"code": "no_key", "detail": "an API key is needed"}), r"needed \(401 no_key\)"),
    ],
)
def test_what_is_no_answer_is_told(scripted, waits, answer, said):
    client, _ = scripted(answer)
    with pytest.raises(ServiceError, match=said) as told:
        client.models()
    assert isinstance(told.value, InstructERCError)
    assert waits == []


def test_text_that_is_not_utf_8_is_told(scripted):
    client, _ = scripted(httpx.Response(200, content=b"\xff"))
    with pytest.raises(ServiceError, match="not UTF-8"):
        client.session("0f").export()


def test_fields_of_a_newer_service_are_passed_over(scripted):
    client, _ = scripted(httpx.Response(200, json={**TURN, "mood": "x", "answer": _answer(mood="x")}))
    assert client.session("0f").correct(1, "joy").answer.label == "joy"


def _answer(**more):
    scores = {"label": "joy", "probability": 1, "probabilities": {"joy": 1}, "history_turns": 0, "text_cut": False}
    return scores | more


def test_readiness_is_an_answer_also_where_it_is_no(scripted):
    client, _ = scripted(httpx.Response(503, json={"database": False}))
    assert client.ready() == {"database": False}


def test_what_no_service_would_take_is_not_sent(scripted):
    client, seen = scripted()
    for wrong in (
        lambda: client.recognize([]),
        lambda: client.recognize(Conversation("c", [Utterance("Ann", "x" * 20_001)])),
        lambda: client.open_session(labels=["joy"]),
        lambda: client.session("0f").add("", "Hi"),
        lambda: client.session("0f").add("Ann", "Hi", start=-1),
    ):
        with pytest.raises(InputError):
            wrong()
    assert seen == []


def test_ids_lead_nowhere_else(scripted):
    client, seen = scripted(httpx.Response(204))
    client.session("../models?x").delete()
    assert seen[0].url.raw_path == b"/v1/sessions/..%2Fmodels%3Fx"


def test_a_service_below_a_folder(scripted):
    client, seen = scripted(httpx.Response(200, json={"models": []}), url="https://example.org/emotions/", key="k1\n")
    client.models()
    assert str(seen[0].url) == "https://example.org/emotions/v1/models"
    assert seen[0].headers["authorization"] == "Bearer k1"
    assert client.target.socket_url("0f") == "wss://example.org/emotions/v1/sessions/0f/stream"


@pytest.mark.parametrize(
    "options",
    [{"url": url} for url in ("127.0.0.1:8000", "ftp://x", "http://", "http://x:y", "http://[::1", "http://a:b@x/")]
    + [{"key": "ключ"}, {"key": "a\nb"}, {"key": " "}, {"timeout_s": 0}, {"retries": -1}],
)
def test_what_is_no_service_is_said_at_once(options):
    with pytest.raises(InputError):
        Client(**options)
