"""Segments to token ids where threads share a tokenizer; what the ids are, the encoder's tests say."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from instructerc.backbones.encoders import segments as module
from instructerc.backbones.encoders.segments import SegmentTokenizer

N_TEXTS = 20_000
N_THREADS = 8


class _Interrupted:
    """A tokenizer that does something before it gives its ids, as another thread may."""

    def __init__(self, tokenizer, interrupt):
        self._tokenizer = tokenizer
        self._interrupt = interrupt

    def __getattr__(self, name):
        return getattr(self._tokenizer, name)

    def encode_batch(self, texts, **options):
        interrupt, self._interrupt = self._interrupt, lambda: None
        interrupt()
        return self._tokenizer.encode_batch(texts, **options)


@pytest.fixture
def tokenizer(exported):
    own = exported["float32"].tokenizer
    return SegmentTokenizer(own.tokenizer, own.max_tokens)


def test_a_text_is_not_forgotten_while_another_is_read(tokenizer, monkeypatch):
    monkeypatch.setattr(module, "_CACHED_SEGMENTS", 4)
    mine = SegmentTokenizer(tokenizer.tokenizer, tokenizer.max_tokens)
    expected = tokenizer.segments(["wow", "the bus"])
    mine.segments(["wow"])
    mine.tokenizer = _Interrupted(mine.tokenizer, lambda: mine.segments([f"other {number}" for number in range(9)]))
    assert mine.segments(["wow", "the bus"]) == expected
    assert len(mine._cache) == 4


def test_threads_read_twenty_thousand_texts(tokenizer):
    texts = [f"text {number}" for number in range(N_TEXTS)]
    expected = dict(zip(texts, tokenizer.segments(texts), strict=True))

    def read(first):
        own, found = texts[first::N_THREADS], {}
        # Most of what is asked for was asked for before, and is about to be pushed out by what the others ask for.
        for end in range(100, len(own) + 100, 100):
            some = own[max(0, end - 1_100) : end]
            found |= zip(some, tokenizer.segments(some), strict=True)
        return found

    with ThreadPoolExecutor(N_THREADS) as threads:
        found = [item for part in threads.map(read, range(N_THREADS)) for item in part.items()]
    assert dict(found) == expected
