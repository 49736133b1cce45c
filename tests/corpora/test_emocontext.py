"""EmoContext: invented rows in its layout."""

from __future__ import annotations

import pytest

from instructerc.conversation import Conversation, Utterance
from instructerc.corpora import corpus_stats, load_corpus
from instructerc.errors import BadRow, InputError

HEADER = "id\tturn1\tturn2\tturn3\tlabel\n"
ROWS = '0\tI missed it\tWhat did you miss?\t"the ferry :(\tsad\n1\thi\thello\twho r u\tothers\n'


def _write(folder, name, text):
    (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.mark.parametrize("split", ["train", "dev", "test"])
def test_the_last_of_three_turns_has_the_label(tmp_path, split):
    first, second = load_corpus("emocontext", _write(tmp_path, f"{split}.txt", HEADER + ROWS), split)
    assert first == Conversation(
        f"{split}/0",
        [
            Utterance("User 1", "I missed it"),
            Utterance("User 2", "What did you miss?"),
            Utterance("User 1", '"the ferry :(', "sad"),
        ],
    )
    assert corpus_stats([first, second]).label_counts == {"others": 1, "sad": 1}


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("2\ta\tb\tc\n", r"train\.txt:4: 4 cells where the header has 5"),
        ("2\ta\tb\tc\tjoy\n", r"train\.txt:4: label must be one of others, happy, sad, angry, got 'joy'"),
        ("2\ta\tb\tb\tc\tsad\n", r"train\.txt:4: label must be one of .*, got 'c'"),
        ("0\ta\tb\tc\tsad\n", r"train\.txt:4: conversation 'train/0' occurs again; it began in line 2"),
    ],
)
def test_a_wrong_row_says_where(tmp_path, row, said):
    with pytest.raises(BadRow, match=said):
        load_corpus("emocontext", _write(tmp_path, "train.txt", HEADER + ROWS + row), "train")


def test_a_file_without_labels_is_refused(tmp_path):
    _write(tmp_path, "test.txt", "id\tturn1\tturn2\tturn3\n0\ta\tb\tc\n")
    with pytest.raises(
        InputError, match=r"test\.txt: is not a labelled file of EmoContext: no column label; the header"
    ):
        load_corpus("emocontext", tmp_path, "test")
    with pytest.raises(
        InputError, match=r"dev\.txt: no such file; give the folder of EmoContext's dev\.txt, the one with"
    ):
        load_corpus("emocontext", tmp_path, "dev")


def test_the_development_split_may_be_called_valid(tmp_path):
    talks = load_corpus("emocontext", _write(tmp_path, "valid.txt", HEADER + ROWS), "dev")
    assert [talk.id for talk in talks] == ["dev/0", "dev/1"]
