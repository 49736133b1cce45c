"""Readers: what is written comes back, and no file ends in anything but conversations or a clear error."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from contextlib import nullcontext, suppress
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from instructerc.conversation import Conversation, Utterance
from instructerc.corpora import corpus_stats
from instructerc.errors import BadRow, InputError, InstructERCError
from instructerc.formats import ReadOptions, ReadReport, formats, read_conversations, write_jsonl, write_parquet
from instructerc.formats.shared.empty import is_blank, is_missing, is_nobody

TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
NAME = TEXT.filter(str.strip)
TIME = st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-(2**53), 2**53)
UTTERANCE = st.builds(Utterance, NAME, TEXT, st.none() | NAME, TIME, TIME, st.none() | TEXT, st.none() | TEXT)
CONVERSATIONS = st.lists(
    st.builds(Conversation, TEXT, st.lists(UTTERANCE, min_size=1, max_size=4)),
    min_size=1,
    max_size=4,
    unique_by=lambda talk: talk.id,
)
ODD = [
    Conversation("", [Utterance("\u2028.", ""), Utterance(" a\t", "\ufeff\x85\r\n\x1b", "\ud7ff", -0.0, 1e308)]),
    Conversation("\n", [Utterance("e\u0301", "👩‍👩‍👧 \U0010ffff", note="\x0b.", speaker_note="NaN")]),
    Conversation(" ", [Utterance("null", "None", "true", 0, 5e-324)]),
]
# Pieces that steer random files into every corner of the readers.
PIECES = st.sampled_from(
    [
        *("speaker", "text", "utterance", "conversation", "Ann: ", "12:30", "http://", "：", "[", "]", ":", "{", "}"),
        *(",", ";", "\t", '"', '""', "\n", "\r", "\r\n", "\0", "\ufeff", "\x85", "1e999", "NaN", "\\ud83d", "\\u0000"),
        *('{"text": "a"}', '{"speaker": "Ann", "text": "Hi"}\n', '{"id": 1, "utterances": [{"text": "a"}]}'),
        *("Utterance,Speaker,Emotion,Dialogue_ID,Utterance_ID\n", "Utterance,Speaker\n", "a,b,c,d,e\n"),
        *("speaker\ttext\n", "speaker,text\n"),
    ]
).map(str.encode)
CONTENT = st.lists(PIECES | st.binary(max_size=6), max_size=25).map(b"".join)


def _through_jsonl(talks: Sequence[Conversation]) -> list[Conversation]:
    stream = io.StringIO(newline="")
    write_jsonl(talks, stream)
    return _read_clean(stream.getvalue().encode())


def _through_parquet(talks: Sequence[Conversation]) -> list[Conversation]:
    stream = io.BytesIO()
    write_parquet(talks, stream)
    return _read_clean(stream.getvalue())


def _read_clean(content: bytes) -> list[Conversation]:
    report = ReadReport()
    talks = list(read_conversations(io.BytesIO(content), report=report))
    assert report == ReadReport(format=report.format)
    return talks


@settings(max_examples=60)
@given(CONVERSATIONS)
@example(ODD)
def test_written_conversations_come_back_from_either_form_and_through_both(conversations: list[Conversation]) -> None:
    assert _through_jsonl(conversations) == conversations
    assert _through_parquet(conversations) == conversations
    assert _through_jsonl(_through_parquet(conversations)) == conversations
    assert _through_parquet(_through_jsonl(conversations)) == conversations


@settings(max_examples=20)
@given(CONVERSATIONS)
def test_the_same_conversations_give_the_same_bytes(conversations: list[Conversation]) -> None:
    one, other = io.BytesIO(), io.BytesIO()
    write_parquet(conversations, one)
    write_parquet(_through_jsonl(conversations), other)
    assert one.getvalue() == other.getvalue()


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 1 << 20), st.integers(0, 255)), max_size=4), st.integers(0, 1 << 20))
def test_damaged_parquet_ends_in_conversations_or_a_clear_error(edits: list[tuple[int, int]], cut: int) -> None:
    stream = io.BytesIO()
    write_parquet(ODD, stream)
    content = bytearray(stream.getvalue())
    for place, value in edits:
        content[place % len(content)] = value
    # Half of them are cut off too.
    del content[cut % (2 * len(content)) :]
    with suppress(InputError):
        assert list(read_conversations(io.BytesIO(content), input_format="parquet", report=ReadReport()))


@settings(max_examples=40)
@given(CONVERSATIONS, st.sampled_from(",;\t|"), st.sampled_from(["\n", "\r\n"]))
def test_tables_written_by_csv_come_back(conversations: list[Conversation], delimiter: str, end: str) -> None:
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(["conversation", "speaker", "text"])
    expected = []
    for number, talk in enumerate(conversations):
        for utterance in talk.utterances:
            # Where tabs are quoted inside a cell of several lines, the cell could as well be unquoted text.
            text = utterance.text.replace("\t", " ")
            writer.writerow([number, utterance.speaker.replace("\t", " "), text])
            if not is_blank(text) and not is_missing(text):
                # Between bars, as in Markdown, blanks around a cell are layout.
                said = text.strip() if delimiter == "|" else text
                name = utterance.speaker.replace("\t", " ").strip()
                expected.append((str(number), "Speaker" if not name or is_nobody(name) else name, said))
    talks = read_conversations(io.BytesIO(stream.getvalue().encode()), input_format="table")
    found: list[tuple[str, str, str]] = []
    # A table without words contains no utterance.
    with nullcontext() if expected else pytest.raises(InputError, match="contains no utterance"):
        found = [(talk.id, turn.speaker, turn.text) for talk in talks for turn in talk.utterances]
    assert found == expected


@settings(max_examples=100)
@given(
    CONTENT,
    st.none() | st.sampled_from(formats()),
    st.booleans(),
    st.sampled_from([None, None, None, "utf-16", "cp1252", "utf-32-le", "shift_jis"]),
)
@example(b'speaker,text\na,"b\r\n\0', None, True, None)
@example(b"\xff\xfea", None, True, None)
@example(b'{"speaker": "Ann", "text": "a", "start": 1e400}', "jsonl", False, None)
def test_any_bytes_end_in_conversations_or_a_clear_error(
    content: bytes, input_format: str | None, skip_bad: bool, encoding: str | None
) -> None:
    options = ReadOptions(skip_bad=skip_bad, encoding=encoding)
    report = ReadReport()
    caught = None
    try:
        conversations = list(
            read_conversations(io.BytesIO(content), input_format=input_format, options=options, report=report)
        )
    except InstructERCError as error:
        caught = error
    if caught:
        assert not (skip_bad and isinstance(caught, BadRow))
        assert str(caught).strip()
        return
    assert conversations
    assert all(isinstance(talk, Conversation) for talk in conversations)
    if not skip_bad:
        assert not report.skipped


@settings(max_examples=40)
@given(CONVERSATIONS, st.lists(st.integers(0, 3), max_size=3))
def test_wrong_lines_cost_nothing_of_the_rest(conversations: list[Conversation], places: list[int]) -> None:
    stream = io.StringIO(newline="")
    write_jsonl(conversations, stream)
    lines = stream.getvalue().split("\n")[:-1]
    for place in places:
        lines.insert(place % (len(lines) + 1), "5")
    report = ReadReport()
    content = "\n".join(lines).encode()
    options = ReadOptions(skip_bad=True)
    assert (
        list(read_conversations(io.BytesIO(content), input_format="jsonl", options=options, report=report))
        == conversations
    )
    assert [bad.line for bad in report.skipped] == [n for n, line in enumerate(lines, 1) if line == "5"]


@settings(max_examples=40)
@given(CONVERSATIONS)
def test_label_counts_add_up(conversations: list[Conversation]) -> None:
    stats = corpus_stats(conversations)
    assert sum(stats.label_counts.values()) + stats.n_unlabelled == stats.n_utterances
    assert stats.n_utterances == sum(map(len, conversations))
    assert stats.max_turns >= stats.mean_turns >= 1
    assert list(stats.label_counts.values()) == sorted(stats.label_counts.values(), reverse=True)


@pytest.mark.parametrize("chunk", [1, 2, 3, 7])
def test_the_size_of_reads_changes_nothing(chunk: int) -> None:
    content = 'speaker,text\r\nAnn,"Grüße\r\n🎉"\r\nBo,a\x85b\r\n'.encode()

    class Slow(io.RawIOBase):
        def __init__(self) -> None:
            self.rest = content

        def read(self, size: int = -1) -> bytes:
            now, self.rest = self.rest[:chunk], self.rest[chunk:]
            return now

    slow: Any = Slow()
    assert list(read_conversations(slow)) == list(read_conversations(io.BytesIO(content)))
