"""Tables in JSON by their columns, split, or by numbered rows: as pandas and Hugging Face's viewer write them."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats import ReadReport

ReadContent = Callable[..., tuple[list[Conversation], ReadReport]]
COLUMNS: dict[str, list[Any]] = {
    "dialogue_id": [1, 1, 2],
    "speaker": ["Mia", "Theo", None],
    "text": ["I got the job!", "Great.", "I am so scared"],
    "emotion": ["joy", None, "fear"],
    "start": [0.5, 2, None],
}
ROWS = [dict(zip(COLUMNS, row, strict=True)) for row in zip(*COLUMNS.values(), strict=True)]


@pytest.mark.parametrize(
    "document",
    [
        COLUMNS,
        {name: {str(place): value for place, value in enumerate(values)} for name, values in COLUMNS.items()},
        {"columns": [*COLUMNS], "index": [0, 1, 2], "data": [[*row.values()] for row in ROWS]},
        {str(place): row for place, row in enumerate(ROWS)},
        {"features": [], "rows": [{"row_idx": place, "row": row} for place, row in enumerate(ROWS)]},
    ],
    ids=["lists", "columns", "split", "index", "viewer"],
)
def test_every_layout_is_the_same_table(document: Any, read_content: ReadContent) -> None:
    for content in (json.dumps(document), json.dumps(document, indent=1)):
        talks, report = read_content(content, "talk.json")
        assert report.format == "json-table"
        found = [
            (talk.id, turn.speaker, turn.text, turn.emotion, turn.start) for talk in talks for turn in talk.utterances
        ]
        assert found == [
            ("1", "Mia", "I got the job!", "joy", 0.5),
            ("1", "Theo", "Great.", None, 2.0),
            ("2", "Speaker", "I am so scared", "fear", None),
        ]
        assert "speaker missing in 1 row(s)" in report.notes[0]


@pytest.mark.parametrize("name", ["conversation", "dialogue"])
def test_a_column_of_ids_under_the_name_of_a_dialogue_is_none(name: str, read_content: ReadContent) -> None:
    document = {name: ["a", "a", "b"], "speaker": ["Mia", "Theo", "Mia"], "text": ["Great.", "Yes!", "Oh no."]}
    talks, report = read_content(json.dumps(document), "talk.json")
    assert report.format == "json-table"
    assert [(talk.id, [turn.text for turn in talk.utterances]) for talk in talks] == [
        ("a", ["Great.", "Yes!"]),
        ("b", ["Oh no."]),
    ]


def test_marks_of_no_value_are_left_out_and_counted(read_content: ReadContent) -> None:
    content = '{"speaker": ["Mia", NaN, "Theo"], "text": ["so happy", "me too", NaN]}'
    [talk], report = read_content(content, "talk.json")
    assert [(turn.speaker, turn.text) for turn in talk.utterances] == [("Mia", "so happy"), ("Speaker", "me too")]
    assert len(report.notes) == 2


@pytest.mark.parametrize(
    "document",
    [
        {"speaker": ["Mia"], "text": ["one", "two"]},
        {"columns": ["speaker", "text"], "data": [["Mia"]]},
        {"speaker": ["Mia"], "text": [["one"]]},
        {"0": {"speaker": "Mia", "text": {"0": "one"}}},
        {"speaker": {"0": "Mia"}, "text": {"1": "one"}},
        {"a": [1, 2], "b": ["x", "y"]},
        {"speaker": [], "text": []},
    ],
)
def test_what_is_no_table_is_refused(document: Any, read_content: ReadContent) -> None:
    for input_format in (None, "json-table"):
        with pytest.raises(InputError):
            read_content(json.dumps(document), "talk.json", input_format)
