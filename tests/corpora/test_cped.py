"""CPED: invented rows in its layout."""

from __future__ import annotations

from pathlib import Path

import pytest

from instructerc.conversation import Conversation, Utterance
from instructerc.corpora import load_corpus
from instructerc.errors import BadRow, InputError
from instructerc.labels import load_label_set

HEADER = (
    "TV_ID,Dialogue_ID,Utterance_ID,Speaker,Gender,Age,Neuroticism,Extraversion,Openness,Agreeableness,"
    "Conscientiousness,Scene,FacePosition_LU,FacePosition_RD,Sentiment,Emotion,DA,Utterance\n"
)
REST = "female,young,low,high,high,high,high,car,488_14,654_204,neutral"
ROWS = (
    f"27,27_000,27_000_000,小明,{REST},neutral,greeting,你好 \n"
    f'27,27_000,27_000_001,其他,{REST},positive-other,answer,"好,谢谢"\n'
    f"27,27_001,27_001_000,小明,{REST},depress,answer,唉\n"
)


def _write(folder: Path, text: str, name: str = "valid_split.csv") -> Path:
    (folder / name).write_text(text, encoding="utf-8-sig")
    return folder


def test_dialogues_by_their_ids(tmp_path: Path) -> None:
    talks = load_corpus("cped", _write(tmp_path, HEADER + ROWS), "dev")
    assert talks == [
        Conversation(
            "dev/27_000", [Utterance("小明", "你好", "neutral"), Utterance("其他", "好,谢谢", "positive-other")]
        ),
        Conversation("dev/27_001", [Utterance("小明", "唉", "depress")]),
    ]
    labels = load_label_set("cped")
    assert len(labels.names) == 13
    assert [labels.resolve(word) for word in ("depressed", "other-positive", "angry")] == [
        *("depress", "positive-other", "anger"),
    ]


def test_another_layout_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"is not a file of CPED: no column Dialogue_ID, Emotion, Utterance"):
        load_corpus("cped", _write(tmp_path, "Speaker,Text\na,b\n"), "dev")
    row = f"27,,27_002_000,小明,{REST},neutral,answer,唉\n"
    with pytest.raises(BadRow, match=r"valid_split\.csv:5: Dialogue_ID is empty"):
        load_corpus("cped", _write(tmp_path, HEADER + ROWS + row), "dev")
    with pytest.raises(InputError, match=r"train_split\.csv: no such file; give the folder of CPED's"):
        load_corpus("cped", tmp_path, "train")
