"""Which encoding a text that is not UTF-8 is likely in, for the advice of an error."""

from __future__ import annotations

import re

_HIGH_RUN = re.compile(rb"[\x80-\xff]{3,}")
_WORD = re.compile(r"[^\W\d_]+")
# A letter of Central Europe is a sign in the encoding of the West: mog³em is mogłem.
_SIGN_IN_WORD = re.compile(
    r"(?<=[A-Za-z])[³¹¿](?=[A-Za-z])|(?<=[a-z])[³¹](?![\w])|(?<=[a-z])[ŸŒŽ]|[£¯](?=[a-z])|(?<![\w])¿(?=[a-z]{2})"
)
_HANGUL = re.compile(r"[\uac00-\ud7a3]+")
_CHINESE = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uff5e]+")
_JAPANESE = re.compile(r"[\u3000-\u30ff\u4e00-\u9fff\uff00-\uff5e]+")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
# What of these is common was in the encodings that they extend.
_COMMON = {"cp949": "euc_kr", "gb18030": "gb2312"}


def likely_encoding(data: bytes) -> str:
    """Returns the name of the encoding that the bytes of a few words are likely in, cp1252 where nothing tells.

    Example:
        >>> likely_encoding("Сообщение".encode("cp1251"))
        'cp1251'
    """
    if _HIGH_RUN.search(data):
        # Letters stand side by side, as in no language of the West.
        for name in ("cp1251", "cp1253"):
            text = _decoded(data, name)
            if text and _are_words(text):
                return name
    for name, pattern in (("cp949", _HANGUL), ("gb18030", _CHINESE), ("cp932", _JAPANESE)):
        text = _decoded(data, _COMMON.get(name, name))
        if text and all(pattern.fullmatch(one) for one in _NOT_ASCII.findall(text)):
            return name
    western = _decoded(data, "cp1252")
    return "cp1250" if western is None or _SIGN_IN_WORD.search(western) else "cp1252"


def _decoded(data: bytes, encoding: str) -> str | None:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return None


def _are_words(text: str) -> bool:
    """Returns whether all that is not ASCII are letters, small but for the first, or all of them large."""
    words = [word for word in _WORD.findall(text) if not word.isascii()]
    n_letters = sum(map(len, words))
    n_signs = sum(not one.isalpha() and not one.isascii() and one not in "«»„“”–—…№\xa0" for one in text)
    return (
        n_letters > 0 and not n_signs and all(word[1:].islower() or word.isupper() or len(word) == 1 for word in words)
    )
