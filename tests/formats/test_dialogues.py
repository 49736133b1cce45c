"""Data sets with a dialogue per row: texts in turn, objects, columns and lines with names, in JSON and Parquet."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instructerc.conversation import Conversation
from instructerc.errors import BadRow, InputError
from instructerc.formats import ReadReport, read_conversations

ReadContent = Callable[..., tuple[list[Conversation], ReadReport]]
Turns = list[tuple[str, str]]

A, B = "Speaker 1", "Speaker 2"
ROWS: dict[str, tuple[dict[str, Any], Turns]] = {
    "texts in turn": ({"dialog": ["Hi . ", "Ho !", "So ."], "act": [1, 2, 3]}, [(A, "Hi ."), (B, "Ho !"), (A, "So .")]),
    "speakers beside": ({"dialogue": ["Hi", "Ho"], "speakers": ["Ann", "Bo"]}, [("Ann", "Hi"), ("Bo", "Ho")]),
    "texts with names": ({"utterances": ["Ann: Hi", "Bo: Ho"]}, [("Ann", "Hi"), ("Bo", "Ho")]),
    "objects": (
        {"dialogue": [{"speaker": "Ann", "text": "Hi"}, {"speaker": "Bo", "text": "Ho"}], "id": "x"},
        [("Ann", "Hi"), ("Bo", "Ho")],
    ),
    "objects of SGD": (
        {"dialogue_id": "1_0", "services": [], "turns": [{"speaker": "USER", "utterance": "Hi", "frames": []}] * 2},
        [("USER", "Hi")] * 2,
    ),
    "numbers as speakers": (
        {"dialogue_id": "1", "turns": {"turn_id": ["0", "1"], "speaker": [0, 1], "utterance": ["Hi", "Ho"]}},
        [("0", "Hi"), ("1", "Ho")],
    ),
    "lines with names": (
        {"id": "1", "dialogue": "Amanda: I baked cookies: lots.\r\nJerry: Sure!\r\nsee you", "summary": "…"},
        [("Amanda", "I baked cookies: lots."), ("Jerry", "Sure!\nsee you")],
    ),
    "persons": ({"fname": "t", "dialogue": "#Person1#: Hi\n#Person2#: Ho"}, [("Person1", "Hi"), ("Person2", "Ho")]),
    "objects without speakers": ({"turns": [{"text": "Hi"}, {"text": "Ho"}]}, [("Speaker", "Hi"), ("Speaker", "Ho")]),
    "marks of ends": ({"dialog": "Hi . __eou__ Ho . __eou__"}, [(A, "Hi ."), (B, "Ho .")]),
    "empty texts keep the turn": ({"dialog": ["Hi", " ", "So"]}, [(A, "Hi"), (A, "So")]),
}


@pytest.mark.parametrize("name", ROWS)
def test_rows(read_content: ReadContent, name: str) -> None:
    row, turns = ROWS[name]
    lines = f"{json.dumps(row)}\n{json.dumps(row)}\n"
    wrapped = json.dumps({"features": [], "rows": [{"row_idx": 0, "row": row, "truncated_cells": []}]})
    for content, number in ((json.dumps(row), 1), (json.dumps([row, row], indent=1), 2), (lines, 2), (wrapped, 1)):
        talks, report = read_content(content, "train.json")
        assert report.format == "dialogues"
        assert len({talk.id for talk in talks}) == number
        assert [[(turn.speaker, turn.text) for turn in talk.utterances] for talk in talks] == [turns] * number
    assert ("speakers: two people" in "".join(report.notes)) == (turns[0][0] == A)


@pytest.mark.parametrize("name", ROWS)
def test_rows_of_parquet(name: str) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    row, turns = ROWS[name]
    row = {key: value for key, value in row.items() if value != []}
    stream = io.BytesIO()
    if any(isinstance(one, dict) and "frames" in one for one in row.get("turns", ())):
        row["turns"] = [{key: value for key, value in one.items() if key != "frames"} for one in row["turns"]]
    pq.write_table(pa.Table.from_pylist([row, row]), stream)
    stream.seek(0)
    talks = list(read_conversations(stream, report=ReadReport()))
    assert [[(turn.speaker, turn.text) for turn in talk.utterances] for talk in talks] == [turns] * 2


def test_emotions_that_are_words_are_labels_and_numbers_are_none_unless_they_are_named(
    read_content: ReadContent,
) -> None:
    row = {"dialog": ["Hi", "Ho"], "emotion": ["joy", "no emotion"]}
    [talk], _ = read_content(json.dumps(row), "a.json")
    assert [turn.emotion for turn in talk.utterances] == ["joy", "no emotion"]
    row = {"dialog": ["Hi", "Ho"], "emotion": [4, 0]}
    [talk], report = read_content(json.dumps(row), "a.json")
    assert [turn.emotion for turn in talk.utterances] == [None, None]
    assert "emotions are numbers without names" in "".join(report.notes)

    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    feature = {"feature": {"names": ["no emotion", "anger", "disgust", "fear", "joy"], "_type": "ClassLabel"}}
    table = pa.Table.from_pylist([row]).replace_schema_metadata(
        {
            "huggingface": json.dumps(
                {"info": {"features": {"dialog": {"feature": {"dtype": "string"}}, "emotion": feature}}}
            )
        }
    )
    stream = io.BytesIO()
    pq.write_table(table, stream)
    stream.seek(0)
    [talk] = read_conversations(stream, report=ReadReport())
    assert [turn.emotion for turn in talk.utterances] == ["joy", "no emotion"]


def test_columns_can_be_named(read_content: ReadContent) -> None:
    row = {"key": "k", "lines": ["Hi", "Ho"], "said_by": ["Ann", "Bo"]}
    [talk], _ = read_content(
        json.dumps(row), "a.json", text_column="lines", speaker_column="said_by", conversation_column="key"
    )
    assert (talk.id, talk.cast) == ("k", ("Ann", "Bo"))


def test_a_row_without_a_dialogue_is_wrong(read_content: ReadContent) -> None:
    content = '{"dialog": ["Hi", "Ho"]}\n{"dialog": []}\n{"dialog": ["So"]}\n'
    with pytest.raises(BadRow, match=r":2: no column with a dialogue, such as 'dialog', in \['dialog'\]"):
        read_content(content)
    talks, report = read_content(content, skip_bad=True)
    assert ([len(talk) for talk in talks], len(report.skipped)) == ([2, 1], 1)


@pytest.mark.parametrize(
    "row",
    [
        {"dialogue": "3", "speaker": "Ann", "text": "Hi"},
        {"conversation": "a", "speaker": "Ann", "text": "Hi"},
        {"id": "a", "utterances": [{"speaker": "Ann", "text": "Hi"}]},
    ],
)
def test_rows_of_utterances_stay_what_they_are(read_content: ReadContent, row: dict[str, Any]) -> None:
    [talk], report = read_content(json.dumps(row), conversation_column="dialogue" if "dialogue" in row else None)
    assert (report.format, len(talk)) == ("jsonl", 1)


VALUE = st.recursive(
    st.none() | st.integers() | st.text(max_size=5) | st.sampled_from(["Ann: hi\nBo: ho", "a __eou__ b"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["text", "utterance", "speaker", "emotion", "turns", "dialog"]), inner)
    ),
    max_leaves=8,
)


@pytest.mark.slow
@settings(max_examples=50)
@given(
    st.lists(st.dictionaries(st.sampled_from(["dialog", "dialogue", "turns", "speakers", "emotion", "id"]), VALUE)),
    st.sampled_from(["dialogues", None]),
)
def test_any_rows_end_in_an_answer_or_an_error(rows: list[Any], chosen: str | None) -> None:
    try:
        talks = list(read_conversations(io.StringIO(json.dumps(rows)), input_format=chosen, report=ReadReport()))
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017
    else:
        assert all(turn.text.strip() and turn.speaker.strip() for talk in talks for turn in talk.utterances)


@settings(max_examples=40)
@given(st.lists(st.lists(st.text("abc XYZäüé,?!", min_size=1).map(str.strip).filter(bool), min_size=2), min_size=1))
def test_texts_in_turn_come_back(dialogues: list[list[str]]) -> None:
    content = "\n".join(json.dumps({"dialog": texts, "id": place}) for place, texts in enumerate(dialogues))
    talks = list(read_conversations(io.StringIO(content), report=ReadReport()))
    assert [[turn.text for turn in talk.utterances] for talk in talks] == dialogues
    assert all(turn.speaker == (A, B)[at % 2] for talk in talks for at, turn in enumerate(talk.utterances))
