"""EmpatheticDialogues: invented conversations in its layout, with the marks that make it no CSV."""

from __future__ import annotations

import pytest

from instructerc.conversation import Utterance
from instructerc.corpora import load_corpus
from instructerc.errors import BadRow, InputError
from instructerc.labels import load_label_set

HEADER = "conv_id,utterance_idx,context,prompt,speaker_idx,utterance,selfeval,tags\n"
ROWS = (
    'hit:0_conv:1,1,proud,We won_comma_ at last.,7,We won_comma_ "at last.,5|5|5_2|2|5,\n'
    "hit:0_conv:1,2,proud,We won_comma_ at last.,12,Against whom?,5|5|5_2|2|5,\n"
    'hit:0_conv:1,3,proud,We won_comma_ at last.,7,"The other" pier.,5|5|5_2|2|5,\n'
    "hit:1_conv:3,1,afraid,A noise.,12,I heard a noise.,4|4|4_4|4|4,<EMPATHIZE>\n"
)


def _write(folder, name, text):
    (folder / name).write_text(text, encoding="utf-8")
    return folder


def test_the_first_turn_has_the_emotion_and_the_situation(tmp_path):
    first, second = load_corpus("empatheticdialogues", _write(tmp_path, "train.csv", HEADER + ROWS), "train")
    assert (first.id, second.id) == ("train/hit:0_conv:1", "train/hit:1_conv:3")
    assert first.utterances == (
        Utterance("Speaker 7", 'We won, "at last.', "proud", note="We won, at last."),
        Utterance("Speaker 12", "Against whom?"),
        Utterance("Speaker 7", '"The other" pier.'),
    )
    assert second.utterances == (Utterance("Speaker 12", "I heard a noise.", "afraid", note="A noise."),)


def test_the_answers_offered_beside_a_row_are_left_out(tmp_path):
    rows = ROWS.replace(",\n", ",,Oh no|Well_comma_ well\n")
    [first, _] = load_corpus("empatheticdialogues", _write(tmp_path, "valid.csv", HEADER + rows), "dev")
    assert first.utterances[1] == Utterance("Speaker 12", "Against whom?")


def test_there_are_32_emotions():
    labels = load_label_set("empatheticdialogues")
    assert len(labels) == 32
    assert list(labels.names) == sorted(labels.names)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("hit:2_conv:4,1,sad,It rained.,1\n", r"test\.csv:6: 5 cells where the header has 8; the row may be cut off"),
        (
            "hit:2_conv:4,1,sad,It rained,all day,It rained.,,\n",
            r":6: expected conv_id and a number as speaker_idx, got",
        ),
        ("hit:0_conv:1,4,proud,We won.,7,Late.,,\n", r":6: conversation 'test/hit:0_conv:1' occurs again"),
        ("hit:2_conv:4,1,sad,It rained.,1,a\0b,,\n", r":6: NUL character"),
    ],
)
def test_a_wrong_row_says_where(tmp_path, row, said):
    with pytest.raises(BadRow, match=said):
        load_corpus("empatheticdialogues", _write(tmp_path, "test.csv", HEADER + ROWS + row), "test")


def test_another_file_is_refused(tmp_path):
    _write(tmp_path, "train.csv", "text,label\nHi,joy\n")
    with pytest.raises(InputError, match=r"train\.csv: is not a file of EmpatheticDialogues: no column conv_id,"):
        load_corpus("empatheticdialogues", tmp_path, "train")
    with pytest.raises(
        InputError, match=r"valid\.csv: no such file; give the folder of EmpatheticDialogues' valid\.csv"
    ):
        load_corpus("empatheticdialogues", tmp_path, "dev")
