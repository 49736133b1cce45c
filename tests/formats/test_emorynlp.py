"""EmoryNLP's CSV, read as a file: a scene's number comes again in every episode."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest

from instructerc.errors import BadRow
from instructerc.formats import ReadOptions, ReadReport, read_conversations

HEADER = "Utterance,Speaker,Emotion,Scene_ID,Utterance_ID,Season,Episode,Sentiment\n"
ROWS = (
    "Hm?,\"['Ann Oak']\",Neutral,1,1,2,3,neutral\n"
    "We won!,\"['Ann Oak', 'Bo Elm']\",Joyful,1,2,2,3,positive\n"
    "Out!,\"['Bo Elm']\",Mad,1,1,2,4,negative\n"
)


def test_scenes_are_told_apart_by_season_and_episode() -> None:
    report = ReadReport()
    talks = list(read_conversations(io.StringIO(HEADER + ROWS), report=report))
    assert report.format == "emorynlp"
    assert [(talk.id, talk.cast) for talk in talks] == [
        ("s02_e03_c01", ("Ann Oak", "Ann Oak and Bo Elm")),
        ("s02_e04_c01", ("Bo Elm",)),
    ]
    assert [turn.emotion for turn in talks[0].utterances] == ["Neutral", "Joyful"]


def test_columns_that_are_asked_for_make_it_a_table() -> None:
    report = ReadReport()
    options = ReadOptions(text_column="Utterance", speaker_column="Speaker", conversation_column="")
    [talk] = read_conversations(io.StringIO(HEADER + ROWS), options=options, report=report)
    assert (report.format, len(talk)) == ("table", 3)


def test_a_scene_that_comes_again_is_told_by_all_that_names_it() -> None:
    row = "Hm.,\"['Cy']\",Sad,1,3,2,3,negative\n"
    with pytest.raises(
        BadRow, match=r"<stream>:5: scene s02_e03_c01 occurs again; it began in line 2; .* Season, Episode"
    ):
        list(read_conversations(io.StringIO(HEADER + ROWS + row)))


def test_a_copy_has_the_answers_behind_the_owners_columns(annotate: Callable[..., bytes]) -> None:
    copied = annotate((HEADER + ROWS).encode(), ["joy", "anger", None]).decode().splitlines()
    assert copied[0].startswith(HEADER.strip() + ",emotion_predicted,probability")
    assert copied[1].startswith("Hm?,\"['Ann Oak']\",Neutral,1,1,2,3,neutral,joy,")
