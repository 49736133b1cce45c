"""Which pieces stay: letters always, then the commonest over all languages, each of which counts the same."""

from __future__ import annotations

import gzip

import msgpack
import numpy as np
import pytest
from tokenizers import Tokenizer, models, pre_tokenizers

from instructerc.backbones.base_models.choose_pieces import (
    choose_pieces,
    language_shares,
    piece_shares,
    read_words,
    written,
)
from instructerc.backbones.base_models.e5_file import E5File

PIECES = ("<s>", "<pad>", "</s>", "<unk>", "▁", "a", "字", "ก", "▁an", "▁An", "na", "字字", "<mask>")


@pytest.fixture
def read():
    return E5File(8, 1, 1, 8, 8, 1e-12, PIECES, np.zeros(len(PIECES), np.float32), (0, 2, 1, 3), {})


@pytest.fixture
def tokenizer():
    scores = {"▁an": -1.0, "▁An": -1.0, "字字": -1.0}
    tokenizer = Tokenizer(models.Unigram([(piece, scores.get(piece, -8.0)) for piece in PIECES], unk_id=3))
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    return tokenizer


def test_letters_of_the_scripts_stay_and_then_the_commonest(read):
    need = {"de": [{8: 0.5, 10: 0.1}], "zh": [{11: 0.3}]}
    letters = {0, 1, 2, 3, 4, 5, 6, 12}
    assert set(choose_pieces(read, need, 0)) == letters
    assert set(choose_pieces(read, need, len(letters) + 2)) == letters | {8, 11}


def test_languages_count_the_same_and_english_twice(read):
    need = {"en": [{10: 0.2}], "de": [{8: 0.3}]}
    assert 10 in choose_pieces(read, need, 9)
    assert 8 not in choose_pieces(read, need, 9)


def test_words_have_their_frequencies(tmp_path):
    with gzip.open(tmp_path / "small_xx.msgpack.gz", "wb") as file:
        msgpack.dump([{"format": "cB", "version": 1}, [], ["an", "na"], []] + [[]] * 97 + [["a"]], file)
    assert list(read_words(tmp_path, "xx")) == [
        ("an", pytest.approx(10**-0.01)),
        ("na", pytest.approx(10**-0.01)),
        ("a", pytest.approx(10**-1)),
    ]


def test_words_are_counted_as_they_are_written():
    assert dict(written([("an", 1.0)], "es")) == pytest.approx({"an": 0.8, "An": 0.18, "AN": 0.02})
    assert list(written([("字", 1.0)], "zh")) == [("字", 1.0)]


def test_shares_sum_to_one_and_words_without_blanks_are_counted_inside_texts(tokenizer):
    shares = piece_shares(tokenizer, [("an", 3.0), ("字字", 1.0)])
    assert {PIECES[piece]: share for piece, share in shares.items()} == pytest.approx(
        {"▁an": 0.6, "▁": 0.2, "字字": 0.2}
    )
    inside = language_shares(tokenizer, [("字字", 1.0)], "zh")
    assert inside[PIECES.index("字字")] == pytest.approx(0.9)
    assert sum(inside.values()) == pytest.approx(1)
