"""Server-sent events as a client reads them, and how it goes on after a lost connection."""

from __future__ import annotations

import json
from itertools import pairwise

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructerc.client import ServiceError, Unreachable, operations
from instructerc.client.watching import Watch
from instructerc.serving.contract.schemas.streams import StreamDeletion

# What Unicode calls line ends, and an event does not.
TEXT = "one\u2028two\x85three\x0bfour\n\nfive: é"


def _turn(number, status="scored", text=TEXT):
    return {
        **{"speaker": "Ann", "text": text, "turn": number, "key": None, "received_at": "2026-01-01T00:00:00Z"},
        **{"status": status, "answer": None, "correction": None},
    }


def _event(number, status="scored", last=None):
    """Returns an event of a turn, and the number of the last turn before which none is pending."""
    data = json.dumps(_turn(number, status), ensure_ascii=False)
    return f"event: utterance\nid: {number if last is None else last}\ndata: {data}\n\n".encode()


def _watch(**options):
    return Watch(operations.watch_session("0f", **options), 3)


START = b": still here\n\n" + _event(1) + b"event: mood\ndata: {}\n\n"
STREAM = START + _event(2, "pending", 1) + _event(3, last=1) + b"event: utt"


@given(st.lists(st.integers(0, len(STREAM)), max_size=8))
def test_events_are_the_same_however_they_are_cut(cuts):
    places = [0, *sorted(cuts), len(STREAM)]
    watch = _watch()
    turns = [turn for start, end in pairwise(places) for turn in watch.feed(STREAM[start:end])]
    assert [(turn.turn, turn.text) for turn in turns] == [(1, TEXT), (2, TEXT), (3, TEXT)]
    assert watch.arguments()["headers"]["Last-Event-ID"] == "1"
    [scored] = watch.feed(_event(2, last=3)[len(b"event: utt") :])
    assert scored.status == "scored"
    assert watch.arguments()["headers"]["Last-Event-ID"] == "3"


def _stream(*events):
    return httpx.Response(200, content=b"".join(events), headers={"content-type": "text/event-stream"})


GONE = httpx.Response(404, json={"code": "not_found", "detail": "no such session"})
LOST = httpx.ReadError("connection reset")


def test_a_lost_stream_goes_on_until_the_session_is_gone(scripted, waits):
    client, seen = scripted(LOST, _stream(_event(1), _event(2, "pending", 1)), LOST, _stream(_event(2)), GONE)
    assert [(turn.turn, turn.status) for turn in client.session("0f").watch()] == [
        (1, "scored"),
        (2, "pending"),
        (2, "scored"),
    ]
    assert [request.headers["last-event-id"] for request in seen] == ["0", "0", "1", "1", "2"]
    assert len(waits) == 4


def test_a_deleted_turn_is_told_and_how_far_the_stream_is(scripted, waits):
    deleted = b'event: deletion\nid: 10000001\ndata: {"type":"deletion","turn":1,"newer":true}\n\n'
    client, seen = scripted(_stream(_event(1), deleted), LOST, GONE)
    told = list(client.session("0f").watch())
    assert (told[0].text, told[1]) == (TEXT, StreamDeletion(turn=1))
    assert [request.headers["last-event-id"] for request in seen] == ["0", "10000001", "10000001"]


def test_a_session_that_was_never_there(scripted):
    client, _ = scripted(GONE)
    with pytest.raises(ServiceError, match="no such session"):
        list(client.session("0f").watch())


def test_a_watch_ends_where_the_service_is_not_there_any_more(scripted, waits):
    client, seen = scripted(*[_stream()] * 3, retries=2)
    with pytest.raises(Unreachable, match="again and again"):
        list(client.session("0f").watch())
    client, seen = scripted(_stream(_event(1)), *[LOST] * 3, retries=3)
    with pytest.raises(Unreachable, match="connection reset"):
        list(client.session("0f").watch())
    assert len(seen) == 4


def test_a_watch_waits_for_room(scripted, waits):
    busy = httpx.Response(429, json={"code": "streams", "detail": "x"}, headers={"retry-after": "5"})
    client, _ = scripted(busy, _stream(_event(1)), GONE)
    assert len(list(client.session("0f").watch())) == 1
    assert 5 <= waits[0] <= 7


def test_an_event_that_is_none_of_a_service(scripted):
    client, _ = scripted(_stream(b'event: utterance\ndata: {"turn": 1}\n\n'))
    with pytest.raises(ServiceError, match=r"not an answer from a service .*speaker: Field required"):
        list(client.session("0f").watch())
