"""Files that are one JSON document: message lists and Whisper's output."""

from __future__ import annotations

import contextlib
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructerc.conversation import Utterance
from instructerc.errors import BadRow, InputError
from instructerc.formats import ReadOptions, ReadReport, read_conversations
from instructerc.formats.shared import peek

MESSAGES = [
    {"role": "system", "content": "Be kind."},
    {"role": "user", "content": "My parcel is lost!"},
    {"role": "assistant", "content": None, "tool_calls": [{"id": "c1"}]},
    {"role": "tool", "content": "{}", "tool_call_id": "c1"},
    {
        "role": "assistant",
        "name": "Bo",
        "content": [{"type": "text", "text": "Oh no."}, {"type": "text", "text": "Let me see."}],
    },
]
SEGMENTS = {
    "language": "en",
    "segments": [
        {"id": 0, "start": 0.5, "end": 2.25, "text": " We won!", "speaker": "SPEAKER_00", "words": [{"word": "We"}]},
        {"id": 1, "start": 2.25, "end": 3, "text": "  "},
        {"id": 2, "start": 3, "end": 4, "text": " No way."},
    ],
}
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["messages", "segments", "role", "content", "text", "speaker", "start"]), inner
        )
    ),
    max_leaves=12,
)


def _read(data, **options):
    text = data if isinstance(data, str) else json.dumps(data)
    return list(read_conversations(io.StringIO(text), **options))


@pytest.mark.parametrize("document", [MESSAGES, {"messages": MESSAGES, "model": "m"}])
def test_messages_are_turns_of_their_roles_or_names(document):
    report = ReadReport()
    [talk] = _read(document, report=report)
    assert talk.utterances == (Utterance("user", "My parcel is lost!"), Utterance("Bo", "Oh no.\nLet me see."))
    assert report.notes == [
        "<stream>: 2 message(s) of the system or of tools: left out",
        "<stream>: 1 message(s) without text: left out",
    ]


def test_segments_are_turns_with_times():
    report = ReadReport()
    [talk] = _read(SEGMENTS, report=report)
    assert talk.utterances == (
        Utterance("SPEAKER_00", "We won!", None, 0.5, 2.25),
        Utterance("Speaker", "No way.", None, 3, 4),
    )
    assert "<stream>: 1 segment(s) without words: left out" in report.notes


@pytest.mark.parametrize(
    ("data", "kind", "said"),
    [
        (
            [{"role": "user", "content": "a"}, {"content": "b"}],
            "messages",
            ":2: message 2: expected 'role' and 'content'",
        ),
        ([{"role": "user", "content": 5}], "messages", ":1: message 1: 'content' must be text"),
        ({"a": 1}, "messages", "is not a list of messages"),
        ({"segments": [{"text": 1}]}, "whisper", ":1: segment 1: expected 'text'"),
        ({"segments": [{"text": "a", "start": "soon"}]}, "whisper", ":1: start is 'soon'"),
        ({"text": "a"}, "whisper", "has no list 'segments'"),
        ('[{"role": "user",', "messages", "not JSON at line 1, column 18"),
        ("[" * 100_000, "whisper", "not usable JSON|not JSON"),
    ],
)
def test_what_is_none_of_them_is_told(data, kind, said):
    with pytest.raises(InputError, match=said):
        _read(data, input_format=kind)


def test_a_wrong_message_can_be_passed_over():
    report = ReadReport()
    talks = _read([{"role": "user", "content": "a"}, 5], options=ReadOptions(skip_bad=True), report=report)
    assert [len(talk) for talk in talks] == [1]
    assert [type(error) for error in report.skipped] == [BadRow]


def test_a_document_that_is_too_large_is_refused(monkeypatch):
    monkeypatch.setattr(peek, "MAX_DOCUMENT", 1 << 20)
    with pytest.raises(InputError, match="one JSON document of more than 1 Mi characters; split it"):
        _read("[\n" + "0,\n" * 400_000, input_format="messages")


@given(JSON, st.sampled_from(["messages", "whisper"]))
def test_any_json_ends_in_an_answer_or_an_error(data, kind):
    with contextlib.suppress(InputError):
        talks = _read(data, input_format=kind)
        assert all(turn.text.strip() for talk in talks for turn in talk.utterances)
