"""Copies of tables: columns to the right, and each cell of the source as it was written."""

from __future__ import annotations

import io

import pytest

from instructerc.errors import InputError
from instructerc.formats import ReadOptions, read_conversations

CALLS = (
    '\ufeffid, agent,words;"so, it"\r\n1,Ann,"We ""won""!\r\nHow, yes",x\r\n\r\n'
    '2,Bo,I hate it,\r\n,,,\r\n3,Ann,too short\r\n4,Ann,sad,"z",,""\r\n5,Cy, hm ,z'
)
AFTER = (
    '\ufeffid, agent,words;"so, it",emotion,probability,p_joy,p_anger\r\n'
    '1,Ann,"We ""won""!\r\nHow, yes",x,joy,0.75,0.75,0.25\r\n\r\n'
    '2,Bo,I hate it,,"a, b",0.75,0.75,0.25\r\n,,,\r\n3,Ann,too short\r\n4,Ann,sad,"z",,0.75,0.75,0.25\r\n'
    "5,Cy, hm ,z,joy,0.75,0.75,0.25"
)


def test_every_row_and_column_stays(annotate):
    before, after = (text.replace('words;"so, it"', 'words,"so, it"') for text in (CALLS, AFTER))
    columns = {"speaker_column": "agent", "text_column": "words"}
    content = annotate(before.encode(), ["joy", "a, b", None, "joy"], "table", skip_bad=True, **columns)
    assert content.decode() == after
    options = ReadOptions(skip_bad=True, **columns)
    [talk] = read_conversations(io.BytesIO(content), input_format="table", options=options)
    assert [(turn.speaker, turn.emotion) for turn in talk.utterances] == [
        *(("Ann", "joy"), ("Bo", "a, b"), ("Ann", None), ("Cy", "joy"))
    ]


@pytest.mark.parametrize(
    ("header", "added"),
    [
        ("speaker;text", "emotion;probability;p_joy;p_anger"),
        ("speaker;text;Emotion", "emotion_predicted;probability;p_joy;p_anger"),
        ("speaker;text;label", "emotion_predicted;probability;p_joy;p_anger"),
        ("speaker;text;p_joy;probability;probability_2", "emotion;probability_3;p_joy_2;p_anger"),
        (
            "speaker;text;emotion;emotion_predicted;probability;p_joy;p_anger",
            "emotion_predicted_2;probability_2;p_joy_2;p_anger_2",
        ),
    ],
)
def test_names_that_are_taken(annotate, header, added):
    row = ";".join("x" for _ in header.split(";"))
    content = annotate(f"{header}\n{row}\n".encode(), ["joy"])
    assert content.decode() == f"{header};{added}\n{row};joy;0.75;0.75;0.25\n"


def test_a_named_gold_column_is_gold(annotate):
    content = annotate(b"speaker,text,mood\nAnn,Hi,mad\n", ["joy"], emotion_column="mood")
    assert content.startswith(b"speaker,text,mood,emotion_predicted,probability,")


def test_tabs_and_quotes_that_are_text(annotate):
    before = 'speaker\ttext\nAnn\t"Hi\nBo\tso "it" is\n'
    after = 'speaker\ttext\temotion\tprobability\tp_joy\tp_anger\nAnn\t"Hi\tjoy\t0.75\t0.75\t0.25\nBo\tso "it" is\tjoy'
    assert annotate(before.encode(), ["joy", "joy"]).decode() == f"{after}\t0.75\t0.75\t0.25\n"


def test_wrong_rows_stay_as_they_are(annotate):
    before = b'conversation,speaker,text\nc,Ann,"never closed\nc,Bo,b\xff\nc,Cy,ok\nd,Cy,ok\nc,Cy,again\n'
    with pytest.raises(InputError):
        annotate(before, ["joy"])
    after = before.replace(b"speaker,text", b"speaker,text,emotion,probability,p_joy,p_anger")
    after = after.replace(b"Cy,ok\n", b"Cy,ok,joy,0.75,0.75,0.25\n")
    assert annotate(before, ["joy", "joy"], "table", skip_bad=True) == after


def test_meld(annotate):
    header = "Utterance,Speaker,Emotion,Dialogue_ID,Utterance_ID"
    before = f"{header}\n“Hi” \x92,Ann,joy,0,0\n"
    assert annotate(before.encode(), ["anger"]).decode() == (
        f"{header},emotion_predicted,probability,p_joy,p_anger\n“Hi” \x92,Ann,joy,0,0,anger,0.75,0.75,0.25\n"
    )
