"""What a list of messages holds that was not said to all: internal notes, what was taken back, a model's thoughts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from instructerc.formats.shared.columns import fold_name

LEFT_OUT = {
    "internal": "{n} internal note(s) or private message(s) among others: left out",
    "deleted": "{n} deleted message(s): left out",
    "thought": "{n} thought(s) of a model: left out",
}
# By names that say so: the value that hides a message.
_FLAGS: Mapping[str, tuple[bool, str]] = {
    **dict.fromkeys(("private", "isprivate", "internal", "isinternal", "isnote", "isinternalnote"), (True, "internal")),
    **dict.fromkeys(("public", "ispublic"), (False, "internal")),
    **dict.fromkeys(("deleted", "isdeleted"), (True, "deleted")),
    **dict.fromkeys(("thought", "isthought"), (True, "thought")),
}
_KINDS = frozenset({"type", "messagetype", "kind", "visibility"})
_INTERNAL = frozenset({"internal", "internalnote", "privatenote", "note"})
_TRUTHS = {
    **dict.fromkeys(("true", "1", "yes", "ja", "wahr", "oui", "vrai", "sí"), True),
    **dict.fromkeys(("false", "0", "no", "nein", "falsch", "non", "faux"), False),
}


def hides(name: str, value: Any) -> str | None:
    """Returns why a member of an object hides it, as a key of `LEFT_OUT`; None if it does not."""
    folded = fold_name(name)
    if isinstance(value, bool):
        wanted, what = _FLAGS.get(folded, (None, ""))
        return what if wanted is value else None
    is_note = folded in _KINDS and isinstance(value, str) and fold_name(value) in _INTERNAL
    return "internal" if is_note else None


def may_hide(name: str) -> bool:
    """Returns whether a member or column of that name can hide what it stands beside."""
    return fold_name(name) in _FLAGS or fold_name(name) in _KINDS


def cell_hides(name: str, cell: str) -> str | None:
    """Returns why a cell of a column hides its row, as a key of `LEFT_OUT`; None if it does not."""
    if fold_name(name) in _KINDS:
        return hides(name, cell)
    return hides(name, _TRUTHS.get(cell.strip().casefold()))


def hiding_columns(header: Sequence[str], rows: Sequence[Sequence[str]]) -> dict[int, str]:
    """Returns place and name of the columns that hide some of the rows, but not all of them.

    Where all are private, it is a private conversation.
    """
    found: dict[int, str] = {}
    for place, name in enumerate(header):
        if may_hide(name):
            hidden = [cell_hides(name, row[place]) is not None for row in rows if len(row) > place]
            if any(hidden) and not all(hidden):
                found[place] = name
    return found
