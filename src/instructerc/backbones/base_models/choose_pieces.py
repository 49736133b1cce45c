"""Chooses which pieces of multilingual-e5-small's vocabulary the supported languages need.

    python -m instructerc.backbones.base_models.choose_pieces OUTPUT.npz --e5 e5-small-q4.bin --wordfreq DIR \\
        --other FILE... --english FILE... --size 52000

`--wordfreq` is the folder `data` of the package `wordfreq` (its lists of words are under CC BY-SA 4.0; none of them is
copied), read with `msgpack`. `--other` are files of conversations whose ids begin with a language's code. Every single
letter of the languages' scripts stays, so that whatever is cut can still be spelt.
"""

from __future__ import annotations

import argparse
import gzip
import json
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Tokenizer, pre_tokenizers

from instructerc.backbones.base_models.e5_file import E5File, read_e5_file
from instructerc.backbones.base_models.e5_folder import build_tokenizer, special_ids
from instructerc.backbones.base_models.pieces import write_pieces
from instructerc.backbones.encoders.segments import name_symbols
from instructerc.formats import read_conversations

LANGUAGES = ("en", "de", "es", "fr", "it", "pt", "nl", "pl", "tr", "zh", "ja", "ko", "ar", "hi", "ru", "id", "uk")
_MOST_WORDS = 30_000
# Shares of a word's occurrences with a capital, and in capitals.
_CAPITAL = {"de": 0.4, **dict.fromkeys(("zh", "ja", "ko", "ar", "hi"), 0.0)}
_USUAL_CAPITAL, _SHOUTED = 0.18, 0.02
# Without blanks between words, few of them stand behind one.
_NO_BLANKS = {"zh": 0.2, "ja": 0.2}
_TALK_WEIGHT = 0.5
# Each conversation is told in English too.
_WEIGHTS = {"en": 2.0}
# Latin, Cyrillic, Arabic, Devanagari, then what Chinese, Japanese and Korean are written in (a lone Korean letter is
# read as one of 0x1100 on).
_SCRIPTS = (
    *((0x20, 0x24F), (0x300, 0x36F), (0x400, 0x52F), (0x600, 0x77F), (0x900, 0x97F), (0x1E00, 0x1EFF)),
    *((0x1100, 0x11FF), (0x2000, 0x2BFF), (0x3000, 0x31FF), (0x4E00, 0x9FFF), (0xAC00, 0xD7AF)),
    *((0xFB50, 0xFDFF), (0xFE70, 0xFEFF)),
)
Shares = Mapping[int, float]


def read_words(folder: Path, code: str) -> Iterator[tuple[str, float]]:
    """Yields a language's commonest words with their frequencies, the commonest first."""
    import msgpack

    path = next(path for size in ("large", "small") if (path := folder / f"{size}_{code}.msgpack.gz").is_file())
    with gzip.open(path) as file:
        _, *lists = msgpack.load(file, raw=False)
    # The words of list N have the frequency 10^(-N/100).
    words = ((word, 10 ** (-place / 100)) for place, some in enumerate(lists) for word in some)
    return islice(words, _MOST_WORDS)


def written(words: Iterable[tuple[str, float]], code: str) -> Iterator[tuple[str, float]]:
    """Yields words as they stand in texts: small, with a capital, and in capitals."""
    capital = _CAPITAL.get(code, _USUAL_CAPITAL)
    shouted = _SHOUTED if capital else 0.0
    for word, frequency in words:
        yield word, frequency * (1 - capital - shouted)
        if capital:
            yield word[:1].upper() + word[1:], frequency * capital
            yield word.upper(), frequency * shouted


def piece_shares(tokenizer: Tokenizer, weighted: Sequence[tuple[str, float]]) -> dict[int, float]:
    """Returns the share of each piece in texts, which sum to 1."""
    counts: dict[int, float] = {}
    encodings = tokenizer.encode_batch([name_symbols(text) for text, _ in weighted], add_special_tokens=False)
    for encoding, (_, weight) in zip(encodings, weighted, strict=True):
        for piece in encoding.ids:
            counts[piece] = counts.get(piece, 0) + weight
    total = sum(counts.values()) or 1.0
    return {piece: count / total for piece, count in counts.items()}


def language_shares(tokenizer: Tokenizer, words: Iterable[tuple[str, float]], code: str) -> dict[int, float]:
    """Returns the share of each piece in a language, by its words and their frequencies."""
    weighted = list(written(words, code))
    shares = piece_shares(tokenizer, weighted)
    behind_blank = _NO_BLANKS.get(code, 1.0)
    if behind_blank == 1:
        return shares
    inner = Tokenizer.from_str(tokenizer.to_str())
    inner.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    mixed = {piece: share * behind_blank for piece, share in shares.items()}
    for piece, share in piece_shares(inner, weighted).items():
        mixed[piece] = mixed.get(piece, 0) + share * (1 - behind_blank)
    return mixed


def choose_pieces(read: E5File, need: Mapping[str, Sequence[Shares]], size: int) -> npt.NDArray[np.int64]:
    """Returns the ids of the pieces that stay, ascending: what spells everything, and the commonest.

    Args:
        read: the file with the vocabulary.
        need: shares of the pieces in samples of each language, by its code.
        size: how many stay.
    """
    score = np.zeros(len(read.pieces))
    for code, samples in need.items():
        for shares in samples:
            for piece, share in shares.items():
                score[piece] += share * _WEIGHTS.get(code, 1.0)
    letters = [place for place, piece in enumerate(read.pieces) if _is_letter(piece)]
    kept = np.union1d(letters, special_ids(read))
    order = np.argsort(-score, kind="stable")
    others = order[~np.isin(order, kept)]
    return np.union1d(kept, others[: max(0, size - len(kept))])


def _is_letter(piece: str) -> bool:
    """Returns whether a piece is one letter of the scripts of these languages, or a sign, alone or behind a blank."""
    letter = piece.removeprefix("▁")
    if len(letter) != 1:
        return piece == "▁"
    return any(first <= ord(letter) <= last for first, last in _SCRIPTS) or unicodedata.category(letter)[0] in "SP"


def main() -> None:
    """Reads words and conversations, chooses and writes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    parser.add_argument("--e5", type=Path, required=True)
    parser.add_argument("--wordfreq", type=Path, required=True)
    parser.add_argument("--other", type=Path, nargs="+", required=True)
    parser.add_argument("--english", type=Path, nargs="+", required=True)
    parser.add_argument("--size", type=int, required=True)
    given = parser.parse_args()
    read = read_e5_file(given.e5)
    tokenizer, _ = build_tokenizer(read, np.arange(len(read.pieces)))
    talks = _talks(given.other, given.english)
    need = {
        code: (
            language_shares(tokenizer, read_words(given.wordfreq, code), code),
            _scaled(piece_shares(tokenizer, [(text, 1.0) for text in talks.get(code, [])])),
        )
        for code in LANGUAGES
    }
    kept = choose_pieces(read, need, given.size)
    write_pieces(given.output, kept, len(read.pieces))
    print(json.dumps({"pieces": len(kept), "of": len(read.pieces)}))


def _talks(other: Sequence[Path], english: Sequence[Path]) -> dict[str, list[str]]:
    talks: dict[str, list[str]] = {"en": [turn.text for path in english for turn in _turns(path)]}
    for path in other:
        for talk in read_conversations(path):
            talks.setdefault(talk.id[:2], []).extend(turn.text for turn in talk.utterances)
    return talks


def _turns(path: Path) -> Iterator[Any]:
    return (turn for talk in read_conversations(path) for turn in talk.utterances)


def _scaled(shares: Shares) -> Shares:
    return {piece: share * _TALK_WEIGHT for piece, share in shares.items()}


if __name__ == "__main__":
    main()
