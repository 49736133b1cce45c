"""Copies of files whose conversations stand mixed: each row keeps its place and gets its own answer."""

from __future__ import annotations

import io
import json

import pytest

from instructerc.conversation import Utterance
from instructerc.formats import ReadReport, read_conversations
from instructerc.formats.annotated_copy import open_copy
from instructerc.formats.shared.answers import Answers, WrittenAnswer

CSV = "sep=,\nconversation,speaker,text\nb,Ann,one\na,Bo,two\n\nb,Cy,\na,Ann,three\nb,Bo,four\n"
ROWS = [{"conversation": name, "speaker": "Ann", "text": text} for name, text in zip("baab", "wxyz", strict=True)]
JSONL = "".join(f"{json.dumps(row)}\n" for row in ROWS)


def _copied(content: str) -> str:
    talks = read_conversations(io.BytesIO(content.encode()), report=ReadReport())
    turns = [turn for talk in talks for turn in talk.utterances]

    def answer(turn: Utterance) -> tuple[Utterance, WrittenAnswer]:
        return turn, WrittenAnswer(f"of {turn.text}", 1.0, {"x": 1.0})

    written = io.StringIO(newline="")
    with open_copy(io.BytesIO(content.encode())) as copy:
        assert copy is not None
        copy.write(Answers(map(answer, turns), ["x"], "a"), written)
    return written.getvalue()


def test_a_table() -> None:
    assert _copied(CSV) == (
        "sep=,\nconversation,speaker,text,emotion,probability,p_x\nb,Ann,one,of one,1.0,1.0\n"
        "a,Bo,two,of two,1.0,1.0\n\n"
        "b,Cy,,,,\na,Ann,three,of three,1.0,1.0\nb,Bo,four,of four,1.0,1.0\n"
    )


@pytest.mark.parametrize("end", ["", "\n"])
def test_json_lines(end: str) -> None:
    rows = [json.loads(line) for line in _copied(JSONL + end).splitlines() if line]
    assert [(row["text"], row["emotion_predicted"]) for row in rows] == [(text, f"of {text}") for text in "wxyz"]
