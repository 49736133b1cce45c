"""Forms of services: a talk that is written in a layout comes back equal; what is damaged is read or refused."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from html import escape
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instructerc.errors import InputError
from instructerc.formats import ReadOptions, ReadReport, read_conversations

Turns = list[tuple[str, str]]
BEGIN = datetime(2024, 3, 11, 9, 5, tzinfo=UTC)
STEP = 3


def _when(place: int) -> datetime:
    return BEGIN + timedelta(seconds=STEP * place)


def _iso(place: int) -> str:
    return _when(place).isoformat().replace("+00:00", "Z")


def _aws(turns: Turns) -> str:
    items: list[dict[str, Any]] = []
    for place, (name, text) in enumerate(turns):
        for word in text.split():
            sign = word[-1] if word[-1] in ".?!," and len(word) > 1 else ""
            times = {"start_time": f"{STEP * place}.0", "end_time": f"{STEP * place + 1}.0"}
            alternatives = [{"confidence": "0.9", "content": word.removesuffix(sign) if sign else word}]
            items.append({"type": "pronunciation", "alternatives": alternatives, "speaker_label": name, **times})
            if sign:
                items.append({"type": "punctuation", "alternatives": [{"confidence": "0.0", "content": sign}]})
    return json.dumps({"jobName": "j", "status": "COMPLETED", "results": {"transcripts": [], "items": items}})


def _rev(turns: Turns) -> str:
    monologues = []
    for place, (name, text) in enumerate(turns):
        elements: list[dict[str, Any]] = []
        for word in text.split():
            elements += [{"type": "punct", "value": " "}] if elements else []
            elements += [{"type": "text", "value": word, "ts": STEP * place + 0.0, "end_ts": STEP * place + 1.5}]
        monologues.append({"speaker": name, "elements": elements})
    return json.dumps({"monologues": monologues})


def _whisper_cpp(turns: Turns) -> str:
    items = [
        {
            "timestamps": {"from": "00:00:00,000", "to": "00:00:01,000"},
            "offsets": {"from": STEP * place * 1000, "to": STEP * place * 1000 + 1500},
            "text": f" {text}",
            "speaker": name,
        }
        for place, (name, text) in enumerate(turns)
    ]
    return json.dumps({"systeminfo": "x", "result": {"language": "en"}, "transcription": items}, indent=1)


def _teams(turns: Turns) -> str:
    entries = [
        {"id": f"{place}", "text": text, "speakerDisplayName": name, "startOffset": f"00:00:{STEP * place:02}.0000000"}
        for place, (name, text) in enumerate(turns)
    ]
    return json.dumps({"$schema": "x", "type": "Transcript", "entries": entries, "events": []})


def _otter(turns: Turns) -> str:
    names = sorted({name for name, _ in turns})
    transcripts = [
        {"transcript": text, "speaker_id": names.index(name), "start_offset": STEP * place * 16000, "end_offset": None}
        for place, (name, text) in enumerate(turns)
    ]
    speakers = [{"id": number, "speaker_name": name} for number, name in enumerate(names)]
    return json.dumps({"status": "OK", "speech": {"title": "t", "speakers": speakers, "transcripts": transcripts}})


def _meet(turns: Turns) -> str:
    rows = [f"00:00:{STEP * place:02}\n\n{name}: {text}\n" for place, (name, text) in enumerate(turns)]
    end = "Transcription ended after 00:30:00\n\nThis editable transcript was computer generated."
    return "\n".join(["Sync - Transcript", "Attendees", ", ".join(name for name, _ in turns), "Transcript", *rows, end])


def _claude(turns: Turns) -> str:
    messages = [
        {"uuid": "m", "sender": name, "text": text, "content": [{"type": "text", "text": text}], "created_at": _iso(at)}
        for at, (name, text) in enumerate(turns)
    ]
    return json.dumps([{"uuid": "u", "name": "A chat", "chat_messages": messages}])


def _zendesk(turns: Turns) -> str:
    names = sorted({name for name, _ in turns})
    comments = [
        {"id": at, "author_id": names.index(name), "plain_body": escape(text), "public": True, "created_at": _iso(at)}
        for at, (name, text) in enumerate(turns)
    ]
    users = [{"id": number, "name": name} for number, name in enumerate(names)]
    return json.dumps({"comments": comments, "users": users, "next_page": None, "count": len(comments)})


def _intercom(turns: Turns) -> str:
    parts = [
        {
            "type": "conversation_part",
            "part_type": "comment",
            "body": f"<p>{escape(text)}</p>",
            "created_at": int(_when(place).timestamp()),
            "author": {"type": "user", "id": "1", "name": name},
        }
        for place, (name, text) in enumerate(turns)
    ]
    first, *others = parts
    listed = {"type": "conversation_part.list", "conversation_parts": others, "total_count": len(others)}
    talk = {"type": "conversation", "id": "7", "created_at": first["created_at"], "source": first}
    return json.dumps({**talk, "conversation_parts": listed})


def _twilio(turns: Turns) -> str:
    messages = [
        {
            "sid": f"IM{at}",
            "conversation_sid": "CH1",
            "index": at,
            "author": name,
            "body": text,
            "date_created": _iso(at),
        }
        for at, (name, text) in enumerate(turns)
    ]
    return json.dumps({"meta": {"page": 0}, "messages": messages})


def _twilio_numbers(turns: Turns) -> str:
    messages = [
        {"sid": f"SM{at}", "from": name, "to": "+1", "body": text, "date_sent": format_datetime(_when(at))}
        for at, (name, text) in enumerate(turns)
    ]
    if len({name for name, _ in turns}) > 1:
        messages = [
            {**one, "from": one["from"], "to": next(n for n, _ in turns if n != one["from"])} for one in messages
        ]
    return json.dumps({"messages": messages[::-1], "page": 0})


def _messenger(turns: Turns) -> str:
    def damaged(text: str) -> str:
        return text.encode().decode("latin-1")

    messages = [
        {"sender_name": damaged(name), "timestamp_ms": int(_when(at).timestamp() * 1000), "content": damaged(text)}
        for at, (name, text) in enumerate(turns)
    ]
    return json.dumps({"participants": [], "messages": messages[::-1], "title": "Talk", "thread_path": "inbox/x"})


def _messenger_encrypted(turns: Turns) -> str:
    messages = [
        {
            "isUnsent": False,
            "senderName": name,
            "text": text,
            "timestamp": int(_when(at).timestamp() * 1000),
            "type": "text",
        }
        for at, (name, text) in enumerate(turns)
    ]
    return json.dumps({"participants": ["Mia"], "threadName": "Mia_7", "messages": messages}, ensure_ascii=False)


WRITERS: dict[str, tuple[str, Callable[[Turns], str]]] = {
    "aws": ("aws-transcribe", _aws),
    "rev": ("rev-ai", _rev),
    "whisper.cpp": ("whisper-cpp", _whisper_cpp),
    "teams": ("teams-json", _teams),
    "otter": ("otter", _otter),
    "meet": ("google-meet", _meet),
    "claude": ("claude", _claude),
    "zendesk": ("zendesk", _zendesk),
    "intercom": ("intercom", _intercom),
    "twilio": ("twilio", _twilio),
    "twilio of numbers": ("twilio", _twilio_numbers),
    "messenger": ("messenger", _messenger),
    "messenger, encrypted": ("messenger", _messenger_encrypted),
}
NAMES = {"claude": ("human", "assistant")}
WORDS = st.text("abcdefgh XYZ äüéαβשא'😀", min_size=1, max_size=30).map(lambda text: " ".join(text.split()))
SAID = st.tuples(WORDS, st.sampled_from(["", ".", "?", "!"])).map(lambda both: f"so {both[0]}".strip() + both[1])


def _turns(name: str, said: list[str]) -> Turns:
    cast = NAMES.get(name, ("Mia Kern", "Zoë"))
    return [(cast[place % 2], text) for place, text in enumerate(said)]


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=20, deadline=None)
@given(said=st.lists(SAID, min_size=2, max_size=6))
def test_what_is_written_in_a_layout_is_read(name: str, said: list[str]) -> None:
    form, write = WRITERS[name]
    turns = _turns(name, said)
    for mark, chosen in (("", None), ("\ufeff", None), ("", form)):
        report = ReadReport()
        [talk] = read_conversations(io.BytesIO((mark + write(turns)).encode()), input_format=chosen, report=report)
        assert report.format == form
        assert [(turn.speaker, turn.text) for turn in talk.utterances] == turns
        assert [turn.start for turn in talk.utterances] == [float(STEP * place) for place in range(len(turns))]


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=30, deadline=None)
@given(
    cut=st.integers(0, 4000),
    put=st.sampled_from(["", "\0", "<", "[" * 2000, '{"a":', "\ud800", "\n\n", "null", "[]", '"', "1e999", "\\u0000"]),
    length=st.integers(0, 40),
)
def test_a_damaged_file_is_read_or_refused(name: str, cut: int, put: str, length: int) -> None:
    form, write = WRITERS[name]
    written = write(_turns(name, ["so happy", "so sad", "why?"]))
    place = cut % len(written)
    damaged = (written[:place] + put + written[place + length :]).encode("utf-8", "surrogatepass")
    for chosen in (None, form):
        try:
            talks = list(read_conversations(io.BytesIO(damaged), input_format=chosen, report=ReadReport()))
        except InputError as error:
            assert "\n" not in str(error)  # noqa: PT017
        else:
            assert all(turn.speaker.strip() for talk in talks for turn in talk.utterances)


LEAF = st.sampled_from([None, True, -1, 0, 1.5, 10**400, "", "x", "text", "Comment", "2024-03-11T09:05:00Z", [], {}])


def _mangled(value: Any, draw: st.DataObject) -> Any:
    """Returns a document with some of its values of other types."""
    if draw.draw(st.integers(0, 7)) == 0:
        return draw.draw(LEAF)
    if isinstance(value, dict):
        return {key: _mangled(one, draw) for key, one in value.items() if draw.draw(st.integers(0, 15))}
    return [_mangled(one, draw) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", [name for name in WRITERS if name != "meet"])
@settings(max_examples=40, deadline=None)
@given(draw=st.data(), skip_bad=st.booleans())
def test_values_of_wrong_types_end_in_an_answer(name: str, draw: st.DataObject, skip_bad: bool) -> None:
    form, write = WRITERS[name]
    document = _mangled(json.loads(write(_turns(name, ["so happy", "so sad", "why?"]))), draw)
    for chosen in (None, form):
        stream = io.StringIO(json.dumps(document))
        try:
            options = ReadOptions(skip_bad=skip_bad)
            list(read_conversations(stream, input_format=chosen, options=options, report=ReadReport()))
        except InputError as error:
            assert "\n" not in str(error)  # noqa: PT017
