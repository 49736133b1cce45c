"""Parquet as pandas and Hugging Face write it: moments, units in names, lists of messages, marks of no value."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from instructerc.conversation import Conversation
from instructerc.formats import ReadReport, read_conversations

pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def _read(columns: dict[str, list[Any]]) -> tuple[Conversation, ReadReport]:
    stream, report = io.BytesIO(), ReadReport()
    pq.write_table(pa.table(columns), stream)
    stream.seek(0)
    [talk] = read_conversations(stream, report=report)
    return talk, report


@pytest.mark.parametrize(
    "times",
    [
        {"timestamp": [datetime(2024, 1, 1, 9, 0), datetime(2024, 1, 1, 9, 1)]},
        {"created_at": [datetime(2024, 1, 1, 9, 0, tzinfo=UTC), datetime(2024, 1, 1, 9, 1, tzinfo=UTC)]},
        {"start": [datetime(2024, 1, 1, 9, 0), datetime(2024, 1, 1, 9, 1)]},
        {"start": [timedelta(0), timedelta(minutes=1)]},
        {"ts": [1710147900, 1710147960]},
        {"start_ms": [0, 60000], "end_ms": [900, 61000]},
    ],
)
def test_times_of_every_kind_become_seconds(times: dict[str, list[Any]]) -> None:
    talk, _ = _read({"speaker": ["Mia", "Theo"], "text": ["so happy", "me too"], **times})
    assert [turn.start for turn in talk.utterances] == [0.0, 60.0]


def test_columns_that_could_be_times_are_named() -> None:
    columns = {"speaker": ["Mia"], "text": ["so happy"], "date": ["2024-01-01"], "time": ["09:05"]}
    talk, report = _read(columns)
    assert talk.utterances[0].start is None
    assert "no start was taken from 'date', 'time'" in report.notes[0]


@pytest.mark.parametrize("name", ["messages", "conversation", "conversations"])
def test_a_list_of_messages_in_each_row_is_a_conversation(name: str) -> None:
    said = [("system", "Be nice"), ("user", "I got the job!"), ("assistant", "Great.")]
    talk, report = _read({"prompt_id": ["a"], name: [[{"role": role, "content": text} for role, text in said]]})
    assert [(turn.speaker, turn.text) for turn in talk.utterances] == [
        ("user", "I got the job!"),
        ("assistant", "Great."),
    ]
    assert "1 message(s) of the system" in report.notes[0]


def test_marks_of_no_value_are_no_words_and_no_people() -> None:
    talk, report = _read({"speaker": ["Mia", "Theo", "nan"], "text": ["so happy", "NaN", "me too"]})
    assert [(turn.speaker, turn.text) for turn in talk.utterances] == [("Mia", "so happy"), ("Speaker", "me too")]
    assert len(report.notes) == 3
