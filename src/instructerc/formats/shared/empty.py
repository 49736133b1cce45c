"""Texts in which nobody says anything: blanks that are not seen, and what programs write where a value is missing."""

from __future__ import annotations

# Width without a letter: zero-width spaces and joiners, marks of direction, a soft hyphen, a byte-order mark.
_UNSEEN = " \t\r\n\f\v\x85\xa0\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"
# As pandas, spreadsheets and databases write them; never in the spelling in which somebody would say them.
_MISSING = frozenset({"NaN", "nan", "NULL", "<NA>", "#N/A", "#N/A N/A", "#NA", "#NULL!", "#REF!", "#VALUE!", "\\N"})
# How what was left out is counted.
BLANK = "{n} row(s) without words: left out"
MISSING = "{n} row(s) whose text is a mark of no value, such as NaN: left out"
NOBODY = "{n} speaker(s) that are a mark of no value, such as NaN: read as none"
_NOBODY = _MISSING | {"None", "null", "NA", "N/A", "n/a"}


def is_blank(text: str) -> bool:
    """Returns whether a text has nothing that is seen.

    Example:
        >>> is_blank("\\u200b\\n"), is_blank("a")
        (True, False)
    """
    # Most texts begin with a letter, which is seen at once.
    return not text or (not text[0].isalnum() and not text.strip(_UNSEEN).strip())


def is_missing(text: str) -> bool:
    """Returns whether a text is what a program writes where there is none."""
    return len(text) < 12 and text.strip() in _MISSING


def is_nobody(name: str) -> bool:
    """Returns whether a name is what a program writes where there is none; in a name `None` is that too."""
    return len(name) < 12 and name.strip() in _NOBODY
