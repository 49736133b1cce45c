"""Segments to token ids, one by one, the same way in training, scoring and live use."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from tokenizers import Tokenizer

from instructerc.errors import ModelError
from instructerc.prompts import History, PackedTree, PromptTree, pack
from instructerc.sharing import BoundedCache

_CACHED_SEGMENTS = 8192
_TEXTS_AT_ONCE = 1024
_CHARACTERS_PER_TOKEN = 64
_FIRST_SYMBOL = "\u200d"
# Where the name in Unicode misleads.
_RENAMED = {"\u2764": "red heart", "\U0001f621": "angry face", "\U0001f624": "face with steam from nose"}
_SILENT = {"\u200d", "\ufe0e", "\ufe0f"}
# Marks of writing direction, and the stroke that lengthens Arabic words: they change nothing that is said.
_DROPPED = dict.fromkeys([0x061C, 0x0640, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)])
# Wide and ornamental letters are the plain ones. The wide tilde, which lengthens Japanese words, is a sign of its own.
_DRESSED = ("<wide>", "<font>")
_WIDE_TILDE = "\uff5e"


def history_from_window(window: dict[str, Any]) -> History:
    """Returns the history that a `window.json` tells of, and takes it out of that mapping."""
    return History(window.pop("history", "trunk"), window.pop("min_history"))


def name_symbols(text: str) -> str:
    """Returns the text with each pictograph as its Unicode name: vocabularies know words, not emoji.

    Joiners, variation selectors, skin tones and marks of writing direction are left out; full-width and ornamental
    letters are plain ones.
    """
    if text.isascii():
        return text
    return "".join(_named(letter) for letter in text.translate(_DROPPED))


def _named(letter: str) -> str:
    if letter < _FIRST_SYMBOL:
        return letter
    if letter in _SILENT or unicodedata.category(letter) == "Sk":
        return ""
    if unicodedata.category(letter) != "So":
        dressed = letter != _WIDE_TILDE and unicodedata.decomposition(letter).startswith(_DRESSED)
        return unicodedata.normalize("NFKC", letter) if dressed else letter
    return f" {_RENAMED.get(letter) or unicodedata.name(letter, '').lower()} "


class SegmentTokenizer:
    """Tokenises the pieces of a tree for an encoder: an instruction, then segments that end in a separator.

    Special tokens written in a text are text, and emoji are words. A segment longer than half the window loses its end.
    Many threads may share one; the tokenizer is then theirs alone, since its settings must not change.

    Args:
        tokenizer: the model's tokenizer; its own truncation and padding are switched off.
        max_tokens: the model's window T, in tokens.
        start_token: stands before the first segment, such as `[CLS]`.
        end_token: ends each segment, such as `[SEP]`.
        pad_token: fills up rows.

    Raises:
        ModelError: one of these tokens is not in the vocabulary.
    """

    def __init__(
        self,
        tokenizer: Tokenizer,
        max_tokens: int,
        start_token: str = "[CLS]",
        end_token: str = "[SEP]",
        pad_token: str = "[PAD]",
    ) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        tokenizer.encode_special_tokens = True
        self.tokenizer = tokenizer
        self.max_tokens = max_tokens
        # The longest segment and the longest branch after it fit together.
        self.max_segment = (max_tokens - 1) // 2
        self.special_tokens = {"start_token": start_token, "end_token": end_token, "pad_token": pad_token}
        self.start_id, self.end_id, self.pad_id = map(self._id, self.special_tokens.values())
        self._cache = BoundedCache[str, tuple[tuple[int, ...], bool]](_CACHED_SEGMENTS)
        # Characters are cut first, so that a megabyte costs no more than a page.
        self._max_characters = self.max_segment * _CHARACTERS_PER_TOKEN

    def _id(self, token: str) -> int:
        found = self.tokenizer.token_to_id(token)
        if found is None:
            raise ModelError(f"the tokenizer has no token {token!r}; it cannot mark where segments begin and end")
        return int(found)

    def segments(self, texts: Sequence[str]) -> list[tuple[tuple[int, ...], bool]]:
        """Returns, for each text, its token ids with the end token, and whether its end was cut off."""
        return self._cache.find(texts, self._tokenise, lambda text: len(text) < self._max_characters)

    def _tokenise(self, texts: Sequence[str]) -> Iterator[tuple[tuple[int, ...], bool]]:
        """Yields what `segments` returns for each text."""
        limit = self._max_characters
        for begin in range(0, len(texts), _TEXTS_AT_ONCE):
            some = texts[begin : begin + _TEXTS_AT_ONCE]
            named = [name_symbols(text[:limit]) for text in some]
            for text, encoding in zip(some, self.tokenizer.encode_batch(named, add_special_tokens=False), strict=True):
                ids = encoding.ids
                cut = len(text) > limit or len(ids) >= self.max_segment
                yield (*ids[: self.max_segment - 1], self.end_id), cut

    def trunk(self, tree: PromptTree) -> list[tuple[int, ...]]:
        """Returns the token ids of each trunk segment; the first one opens with the start token."""
        instruction = tree.trunk[0].text
        first = self.segments([instruction])[0][0] if instruction else ()
        return [(self.start_id, *first), *(ids for ids, _ in self.segments([s.text for s in tree.trunk[1:]]))]

    def pack(self, tree: PromptTree) -> PackedTree:
        """Returns the packed token ids of a tree."""
        branches = self.segments([question.text for question in tree.questions if question.text])
        ids = iter(branches)
        return pack(tree, self.trunk(tree), [next(ids)[0] if question.text else () for question in tree.questions])

    def option(self, text: str) -> tuple[int, ...]:
        """Returns the token ids of an option, which is read as a prompt of its own."""
        return (self.start_id, *self.segments([text])[0][0])
