"""Plain chats, message lists, Whisper's JSON, CHAT and MELD: what is written comes back; and bombs do not go off."""

from __future__ import annotations

import csv
import gzip
import io
import json
import time
import tracemalloc
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError
from instructerc.formats import formats, read_conversations

WORDS = st.lists(st.text("abcdeéß你🎉'!?", min_size=1, max_size=8), min_size=1, max_size=6).map(" ".join)
NAMES = st.sampled_from(["Ann", "Bo Lee", "Zoë", "agent 7"])
MILLISECONDS = st.integers(0, 10_000_000)
EMOTION = st.none() | st.sampled_from(["joy", "no emotion"])


def _read(text: str, input_format: str) -> list[tuple[str, str]]:
    [talk] = read_conversations(io.BytesIO(text.encode()), input_format=input_format)
    return [(turn.speaker, turn.text) for turn in talk.utterances]


@settings(max_examples=50)
@given(st.lists(st.tuples(NAMES, WORDS), min_size=1, max_size=6), st.sampled_from(["\n", "\r\n"]))
def test_plain_chats(turns: list[tuple[str, str]], end: str) -> None:
    assert _read("".join(f"{name}: {words}{end}" for name, words in turns), "plain") == turns


@settings(max_examples=50)
@given(st.lists(st.tuples(NAMES, WORDS), min_size=1, max_size=6), st.booleans(), st.booleans())
def test_message_lists(turns: list[tuple[str, str]], wrapped: bool, parts: bool) -> None:
    messages = [
        {"role": "user", "name": name, "content": [{"type": "text", "text": words}] if parts else words}
        for name, words in turns
    ]
    document = [{"role": "system", "content": "Be kind."}, *messages]
    assert _read(json.dumps({"messages": document} if wrapped else document), "messages") == turns


@settings(max_examples=50)
@given(st.lists(st.tuples(NAMES, WORDS, MILLISECONDS, MILLISECONDS), min_size=1, max_size=6))
def test_whisper(turns: list[tuple[str, str, int, int]]) -> None:
    segments = [
        {"start": start / 1000, "end": end / 1000, "text": f" {words}", "speaker": name}
        for name, words, start, end in turns
    ]
    [talk] = read_conversations(io.StringIO(json.dumps({"text": "", "segments": segments})), input_format="whisper")
    assert talk.utterances == tuple(
        Utterance(name, words, None, start / 1000, end / 1000) for name, words, start, end in turns
    )


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.sampled_from(["ANN", "BO"]), st.text("abcdeé", min_size=1, max_size=9), EMOTION, MILLISECONDS),
        min_size=1,
        max_size=6,
    )
)
def test_chat_transcripts(turns: list[tuple[str, str, str | None, int]]) -> None:
    lines = ["@UTF8", "@Begin", "@Participants:\tANN Ann Speaker, BO Bo_Lee Speaker"]
    for code, word, emotion, start in turns:
        lines.append(f"*{code}:\t{word} {word} . \x15{start}_{start + 500}\x15")
        lines += [] if emotion is None else [f"%emo:\t{emotion}"]
    names = {"ANN": "Ann", "BO": "Bo Lee"}
    [talk] = read_conversations(io.StringIO("\n".join([*lines, "@End", ""])), input_format="chat")
    assert talk.utterances == tuple(
        Utterance(names[code], f"{word} {word}.", emotion, start / 1000, (start + 500) / 1000)
        for code, word, emotion, start in turns
    )


@settings(max_examples=50)
@given(st.lists(st.lists(st.tuples(NAMES, WORDS), min_size=1, max_size=4), min_size=1, max_size=4))
def test_meld(dialogues: list[list[tuple[str, str]]]) -> None:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(["Sr No.", "Utterance", "Speaker", "Emotion", "Dialogue_ID", "Utterance_ID"])
    expected = []
    for number, turns in enumerate(dialogues):
        writer.writerows([0, words, name, "joy", number, place] for place, (name, words) in enumerate(turns))
        expected.append(Conversation(str(number), [Utterance(name, words, "joy") for name, words in turns]))
    assert list(read_conversations(io.StringIO(stream.getvalue()))) == expected


def _zip_bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("_chat.txt", b"A" * (64 << 20))
    return stream.getvalue()


def _entity_bomb() -> bytes:
    entities = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, 12))
    return f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY e0 "ha">{entities}]><ANNOTATION_DOCUMENT>&e11;'.encode()


@pytest.mark.parametrize(
    ("input_format", "content"),
    [
        ("chat", b"@UTF8\n@Begin\n*A:\t" + b"[" * 1_000_000),
        ("elan", b'<ANNOTATION_DOCUMENT a="' + b"x\n" * 1_000_000),
        ("vtt", b"WEBVTT\n\n00:00:01.000 --> 00:00:02.000\n" + b"<v a" * 250_000),
        ("srt", b"1\n00:00:01,000 --> 00:00:02,000\n" + b"{\\" * 500_000),
        ("whatsapp", b"[24/12/2024, 21:05:33] " + b"A" * 1_000_000),
        ("plain", b"A " * 500_000),
    ],
)
def test_what_never_ends_is_read_in_time(input_format: str, content: bytes) -> None:
    begun = time.monotonic()
    try:
        read = list(read_conversations(io.BytesIO(content), input_format=input_format))
        assert read
    except InputError as error:
        assert str(error)  # noqa: PT017
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    "bomb",
    [_zip_bomb(), gzip.compress(b"Ann: Hi\n" * 8_000_000, 9), _entity_bomb(), b"[" * 2_000_000, b'{"a":' * 400_000],
    ids=["zip", "gzip", "entities", "arrays", "objects"],
)
@pytest.mark.parametrize("input_format", [None, *formats()])
def test_bombs_end_in_an_error_within_bounds(bomb: bytes, input_format: str | None) -> None:
    tracemalloc.start()
    begun, read, said = time.monotonic(), [], ""
    try:
        read = list(read_conversations(io.BytesIO(bomb), input_format=input_format))
    except InputError as error:
        said = str(error)
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    # What is text after all may be read as text, and as no more than that.
    assert said or 0 < sum(len(turn.text) for talk in read for turn in talk.utterances) <= len(bomb)
    assert peak < 64 << 20
    assert time.monotonic() - begun < 10
