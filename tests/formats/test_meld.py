"""MELD: invented rows in its layout."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow, InputError
from instructerc.formats import ReadReport

Reader = Callable[..., tuple[list[Conversation], ReadReport]]

HEADER = "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime\r\n"
ROWS = (
    '1,"I can’t, really…",Ann,sadness,negative,3,0,1,1,"00:00:09,500","00:00:10,000"\r\n'
    '2,Oh   no.,"Bo and Cy",surprise,negative,3,2,1,1,"0:00:01,250","0:00:02,000"\r\n'
    '3,“Hi” – é,Ann,joy,positive,0,0,1,1,"1:00:00,000","1:00:01,000"\r\n'
)


def test_order_joint_speakers_times_and_ids_are_the_files(read_content: Reader) -> None:
    conversations, report = read_content(HEADER + ROWS, "test_sent_emo.csv")
    assert conversations == [
        Conversation(
            "3",
            [
                Utterance("Ann", "I can’t, really…", "sadness", 9.5, 10.0),
                Utterance("Bo and Cy", "Oh   no.", "surprise", 1.25, 2.0),
            ],
        ),
        Conversation("0", [Utterance("Ann", "“Hi” – é", "joy", 3600.0, 3601.0)]),
    ]
    assert not report.notes


def test_encoding_of_2019_gives_the_same_texts(read_content: Reader) -> None:
    today, _ = read_content(HEADER + ROWS, "test_sent_emo.csv")
    old = ROWS.translate({ord(mark): mark.encode("cp1252").decode("latin-1") for mark in "’…“”–"})
    old = old.replace("Oh   no", "Oh\xa0  no")
    assert "\x85" in old
    conversations, report = read_content(HEADER + old, "test_sent_emo.csv")
    assert conversations == today
    assert "3 cell(s) in the 2019 encoding" in report.notes[0]


def test_wrong_rows_and_files(read_content: Reader) -> None:
    with pytest.raises(BadRow, match=r"test_sent_emo\.csv:5: start is '9 pm'"):
        read_content(HEADER + ROWS + '4,Hi,Ann,joy,positive,0,1,1,1,"9 pm",\r\n', "test_sent_emo.csv")
    with pytest.raises(InputError, match="is not a MELD file: no column Emotion, Dialogue_ID, Utterance_ID"):
        read_content("Speaker,Utterance\nAnn,Hi\n", "a.csv", input_format="meld")
