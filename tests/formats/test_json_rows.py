"""Turns as lists in a JSON document: one conversation or several, and lists of which it is not clear what they are."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats import ReadReport, read_conversations


def _rows(*turns: tuple[str, str], **more: Any) -> list[dict[str, Any]]:
    return [{"speaker": name, "text": text, **more} for name, text in turns]


A = _rows(("Mia", "so happy"), ("Theo", "me too"))
B = _rows(("Ida", "hi"), ("Bo", "ho"))
READ = {"a": [("Mia", "so happy"), ("Theo", "me too")], "b": [("Ida", "hi"), ("Bo", "ho")]}


def _read(text: str) -> tuple[dict[str, list[tuple[str, str]]], ReadReport]:
    report = ReadReport()
    talks = list(read_conversations(io.StringIO(text), report=report))
    return {talk.id: [(turn.speaker, turn.text) for turn in talk.utterances] for talk in talks}, report


@pytest.mark.parametrize(
    "document",
    [
        {"a": A, "b": B},
        {"version": 2, "meta": {"by": "us", "tags": ["x"]}, "a": A, "b": B},
        {"chats": {"a": A, "b": B}},
        {"conversations": [{"id": "a", "turns": A}, {"id": "b", "turns": B}]},
        {"conversations": [{"turns": A, "id": "a", "tags": ["x"]}, {"turns": B, "id": "b"}, {"turns": [], "id": "c"}]},
        {"result": {"calls": [{"callId": "a", "lines": A}, {"callId": "b", "lines": B}]}},
        {"conversations": {"a": {"turns": A}, "b": {"turns": B}}},
        [{"id": "a", "lines": A}, {"id": "b", "lines": B}],
    ],
)
def test_several_conversations_have_their_own_names(document: Any) -> None:
    found, report = _read(json.dumps(document))
    assert (found, report.format) == (READ, "json-rows")


def test_a_line_with_a_list_of_turns_is_a_conversation() -> None:
    found, _ = _read(
        "".join(json.dumps({"title": name, "lines": turns}) + "\n" for name, turns in (("a", A), ("b", B)))
    )
    assert found == READ
    found, _ = _read("".join(json.dumps({"lines": turns}) + "\n" for turns in (A, B)))
    assert found == {"conversation/1": READ["a"], "conversation/2": READ["b"]}


@pytest.mark.parametrize(
    ("document", "names"),
    [
        ({"raw": _rows(("Mia", "um so so happy"), ("Theo", "me too")), "clean": A}, "'raw', 'clean'"),
        ({"en": _rows(("Mia", "so happy"), start=1), "de": _rows(("Mia", "wie froh"), start=1)}, "'en', 'de'"),
        (
            {"tokens": _rows(("Mia", "so"), ("Mia", "happy"), ("Theo", "me"), ("Theo", "too")), "lines": A},
            "'tokens', 'lines'",
        ),
        ({"agent": _rows(("Mia", "hi"), ("Mia", "so")), "caller": _rows(("Theo", "ho"))}, "'agent', 'caller'"),
        ([{"id": "a", "turns_one": A, "turns_two": B}], "'turns_one', 'turns_two'"),
    ],
)
def test_lists_that_could_be_one_conversation_are_refused_by_their_names(document: Any, names: str) -> None:
    with pytest.raises(InputError, match=rf"with the lists {names}.*give a file with one of them"):
        _read(json.dumps(document))


def test_messages_with_answers_below_them_are_not_read_without_the_messages() -> None:
    items = [{"author": "Cy", "post": "look", "comments": A}, {"author": "Di", "post": "no", "comments": B}]
    with pytest.raises(InputError, match="no format is known by them"):
        _read(json.dumps(items))
    found, _ = _read(json.dumps([{"speaker": item["author"], "text": item["post"], **item} for item in items]))
    assert found == {"conversation": [("Cy", "look"), ("Di", "no")]}


def _starts(text: str) -> tuple[list[tuple[str, str, float | None]], list[str]]:
    report = ReadReport()
    [talk] = read_conversations(io.StringIO(text), report=report)
    return [(turn.speaker, turn.text, turn.start) for turn in talk.utterances], report.notes


@pytest.mark.parametrize(
    "times",
    [
        (1735074300, 1735074360),
        (1735074300000, 1735074360000),
        ("2024-12-24T21:05:00Z", "2024-12-24T21:06:00Z"),
    ],
)
@pytest.mark.parametrize("names", [("u", "ts"), ("sender", "time"), ("member", "createdTime")])
def test_senders_and_moments_of_chats(times: tuple[Any, Any], names: tuple[str, str]) -> None:
    rows = [
        {"msg": text, names[1]: time, names[0]: {"username": who}}
        for (who, text), time in zip((("Mia", "so happy"), ("Theo", "me too")), times, strict=True)
    ]
    found, notes = _starts(json.dumps({"rid": "r", "messages": rows}))
    assert found == [("Mia", "so happy", 0), ("Theo", "me too", 60)]
    assert notes == ["<stream>: 1 conversation(s) with dates for times: counted from the first turn"]


def test_the_newest_turn_first_is_put_in_the_order_of_time() -> None:
    rows = [
        {"from": who, "content": text, "messagetype": kind, "originalarrivaltime": f"2024-12-24T21:0{minute}:00Z"}
        for who, text, kind, minute in [
            ("Mia", "so &amp; <b>so</b>", "RichText", 7),
            ("Theo", "a < b", "Text", 6),
            ("Mia", "hi", "RichText", 5),
        ]
    ]
    found, notes = _starts(json.dumps({"conversations": [{"id": "a", "entries": rows}]}))
    assert found == [("Mia", "hi", 0), ("Theo", "a < b", 60), ("Mia", "so & so", 120)]
    assert "1 list(s) with the newest turn first: put in the order of time" in notes[0]


def _talk(document: Any) -> Conversation:
    [talk] = read_conversations(io.StringIO(json.dumps(document)), report=ReadReport())
    return talk


def _said(document: Any) -> list[tuple[str, str]]:
    talk = _talk(document)
    return [(turn.speaker, turn.text) for turn in talk.utterances]


def test_internal_notes_deleted_messages_and_thoughts_are_not_said() -> None:
    for hidden in ({"private": True}, {"public": False}, {"deleted": True}, {"isThought": True}, {"type": "note"}):
        rows = [{"author": "Mia", "body": "Where is it?"}, {"author": "Kim", "body": "He again", **hidden}]
        assert _said({"messages": rows}) == [("Mia", "Where is it?")]
    private = [{"author": "Mia", "body": "Hi", "private": True}, {"author": "Kim", "body": "Hello", "private": True}]
    assert _said({"messages": private}) == [("Mia", "Hi"), ("Kim", "Hello")]


def test_of_several_names_that_of_a_person_is_taken_whatever_their_order() -> None:
    for keys in (("name", "author"), ("author", "name")):
        values = {"name": "msg-1", "author": "Mia"}
        assert _said({"rows": [{**{key: values[key] for key in keys}, "text": "Hi"}]}) == [("Mia", "Hi")]
    assert _said({"rows": [{"role": "agent", "name": "Kim", "text": "Hi"}]}) == [("Kim", "Hi")]
    assert _said({"rows": [{"senders": [{"actorId": "A", "name": "Kim"}], "text": "Hi"}]}) == [("Kim", "Hi")]
    made = {"id": 3, "first": "Kim", "last": "Lee"}
    assert _said({"rows": [{"createdBy": made, "body": "<p>Hi <b>you</b></p>"}]}) == [("Kim Lee", "Hi you")]


def test_emotions_and_milliseconds_are_read() -> None:
    rows = [{"participant": "agent", "content": "Hi", "emotion": "joy", "beginOffsetMillis": 1500}]
    talk = _talk({"call": {"items": rows}})
    assert [(turn.emotion, turn.start) for turn in talk.utterances] == [("joy", 1.5)]


def test_answers_below_a_message_are_not_read_without_it() -> None:
    answers = [{"text": "Great.", "role": "assistant"}, {"text": "So what.", "role": "assistant"}]
    with pytest.raises(InputError):
        _talk({"tree": "t", "prompt": {"text": "I got the job!", "role": "prompter", "replies": answers}})
    whole = {"call": {"name": "c", "text": "Great. So what.", "segments": answers}}
    assert len(_talk(whole).utterances) == 2


def test_what_a_program_has_logged_is_no_conversation() -> None:
    rows = [{"level": "info", "msg": "started", "time": "2024-01-01T00:00:00Z", "name": "app"}] * 2
    with pytest.raises(InputError):
        _talk(rows)


def test_a_speaker_that_is_an_object_without_a_name_has_its_id() -> None:
    assert _said({"turns": [{"speaker": {"id": 1}, "text": "a"}, {"speaker": {"id": 2}, "text": "b"}]}) == [
        ("1", "a"),
        ("2", "b"),
    ]
