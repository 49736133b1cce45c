"""A text as what the detector counts: its words, and for each word itself and its letter n-grams as bucket numbers."""

from __future__ import annotations

import re
import unicodedata
import zlib

N_BUCKETS = 1 << 15
MAX_CHARACTERS = 1000
MAX_WORDS = 60
_LONGEST_GRAM = 4
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
# Addresses, mentions, tags, placeholders and markup belong to no language.
_NO_WORD = re.compile(r"https?://\S+|www\.\S+|\S+@\S+|[@#]\w+|%\(\w+\)[sd]|%[sd]|\{[^}]*\}|<[^>]+>|\[[a-z]+\]")
_SIGN = re.compile(r"[@#%{<\[]|://|www\.")
# Wide and ornamental letters are plain ones, as for the models.
_DRESSED = re.compile("[\uff21-\uff3a\uff41-\uff5a\U0001d400-\U0001d7ff]+")
_LENGTHENED = re.compile(r"(.)\1{2,}")


def words_of(text: str) -> list[str]:
    """Returns the first words of a text, lower-cased, with plain letters and apostrophes; "soooo" becomes "soo"."""
    text = text[:MAX_CHARACTERS]
    if not text.isascii():
        text = _DRESSED.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
        text = unicodedata.normalize("NFC", text)
    text = text.lower().replace("’", "'")
    # Few texts have any of these, and looking for a sign is cheap.
    if _SIGN.search(text):
        text = _NO_WORD.sub(" ", text)
    return _WORD.findall(_LENGTHENED.sub(r"\1\1", text))[:MAX_WORDS]


def buckets_of(word: str) -> list[int]:
    """Returns the buckets of a word of `words_of`: the word whole, and its n-grams of one to four letters."""
    marked = f"<{word}>"
    grams = {f"={word}"}
    for length in range(1, min(_LONGEST_GRAM, len(marked) - 1) + 1):
        grams.update(marked[start : start + length] for start in range(len(marked) - length + 1))
    # crc32 is the same on every machine and in every run, as `hash` is not.
    return list({zlib.crc32(gram.encode()) % N_BUCKETS for gram in grams})
