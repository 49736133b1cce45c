"""MELD: invented rows in its layout, and the original files where they are present."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from instructerc.conversation import Conversation
from instructerc.corpora import corpus_stats, load_corpus, load_episodes
from instructerc.errors import InputError
from instructerc.formats import ReadReport, read_conversations

Reader = Callable[..., tuple[list[Conversation], ReadReport]]

HEADER = "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime\r\n"
ROWS = (
    '1,"I can’t, really…",Ann,sadness,negative,3,0,1,1,"00:00:09,500","00:00:10,000"\r\n'
    '2,Oh   no.,"Bo and Cy",surprise,negative,3,2,1,1,"0:00:01,250","0:00:02,000"\r\n'
    '3,“Hi” – é,Ann,joy,positive,0,0,1,1,"1:00:00,000","1:00:01,000"\r\n'
)


def test_split_is_loaded_from_its_folder(tmp_path: Path) -> None:
    (tmp_path / "dev_sent_emo.csv").write_text(HEADER + ROWS, encoding="utf-8", newline="")
    assert [talk.id for talk in load_corpus("meld", tmp_path, "dev")] == ["dev/3", "dev/0"]
    with pytest.raises(InputError, match=r"train_sent_emo\.csv: no such file; give the folder"):
        load_corpus("meld", tmp_path, "train")


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


def test_talks_of_two_have_ids_of_their_own(tmp_path: Path) -> None:
    header = (
        "Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Old_Dialogue_ID,Old_Utterance_ID,Season,Episode"
    )
    rows = "Hm?,Ann,neutral,neutral,7,0,3,0,4,7\nNo.,Bo,anger,negative,7,1,3,1,4,7\nNo.,Bo,anger,negative,8,0,3,1,4,7\n"
    (tmp_path / "dev_sent_emo_dya.csv").write_text(f"{header}\n{rows}", encoding="utf-8")
    first, second = load_corpus("meld-dyadic", tmp_path, "dev")
    assert (first.id, first.cast, second.id) == ("dev/7", ("Ann", "Bo"), "dev/8")
    assert load_episodes("meld-dyadic", tmp_path, "dev") == {"dev/7": "s04_e07", "dev/8": "s04_e07"}
    with pytest.raises(InputError, match=r"test_sent_emo_dya\.csv: no such file; give the folder of MELD's"):
        load_corpus("meld-dyadic", tmp_path, "test")
