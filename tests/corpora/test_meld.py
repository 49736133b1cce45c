"""MELD: invented rows in its layout, and the original files where they are present."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from instructerc.conversation import Conversation, Utterance
from instructerc.corpora import ReadReport, corpus_stats, load_corpus, read_conversations
from instructerc.errors import BadRow, InputError

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


def test_split_is_loaded_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / "dev_sent_emo.csv").write_text(HEADER + ROWS, encoding="utf-8", newline="")
    assert [talk.id for talk in load_corpus("meld", tmp_path, "dev")] == ["dev/3", "dev/0"]
    with pytest.raises(InputError, match=r"train_sent_emo\.csv: no such file; give the folder"):
        load_corpus("meld", tmp_path, "train")


def test_wrong_rows_and_files(read_content: Reader) -> None:
    with pytest.raises(BadRow, match=r"test_sent_emo\.csv:5: start is '9 pm'"):
        read_content(HEADER + ROWS + '4,Hi,Ann,joy,positive,0,1,1,1,"9 pm",\r\n', "test_sent_emo.csv")
    with pytest.raises(InputError, match="is not a MELD file: no column Emotion, Dialogue_ID, Utterance_ID"):
        read_content("Speaker,Utterance\nAnn,Hi\n", "a.csv", input_format="meld")


@pytest.mark.parametrize(
    ("split", "n_dialogues", "n_utterances", "n_joy"),
    [("train", 1038, 9989, 1743), ("dev", 114, 1109, 163), ("test", 280, 2610, 402)],
)
def test_original_counts(meld_folder: Path, split: str, n_dialogues: int, n_utterances: int, n_joy: int) -> None:
    report = ReadReport()
    conversations = load_corpus("meld", meld_folder, split, report)
    stats = corpus_stats(conversations)
    assert (stats.n_conversations, stats.n_utterances) == (n_dialogues, n_utterances)
    assert stats.label_counts["joy"] == n_joy
    assert stats.n_unlabelled == 0
    assert not report.notes
    assert all(utterance.start is not None for talk in conversations for utterance in talk.utterances)


@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_original_of_2019_is_equal_to_todays(meld_folder: Path, split: str) -> None:
    assert load_corpus("meld", meld_folder / "old_c1", split) == load_corpus("meld", meld_folder, split)


def test_original_as_a_table_is_the_same(meld_folder: Path) -> None:
    path = meld_folder / "dev_sent_emo.csv"
    assert list(read_conversations(path, input_format="table")) == list(read_conversations(path))
