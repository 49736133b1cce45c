"""A conversation that comes row by row, and is refused once it is more than memory is meant to hold."""

from __future__ import annotations

from instructerc.scale.rows import InputTurn, Refusal, Refuse, in_order

# However few its turns are: a line of a file may have 16 Mi characters.
MAX_CHARACTERS = 128 * 1024 * 1024


class Talk:
    """The rows of one conversation that came so far; all of them are refused if they become too many.

    Args:
        max_turns: that it may have.
        refuse: takes the rows of a longer one.
    """

    __slots__ = ("_max_turns", "_n_characters", "_reason", "_refuse", "_rows")

    def __init__(self, max_turns: int, refuse: Refuse) -> None:
        self._max_turns = max_turns
        self._refuse = refuse
        self._rows: list[InputTurn] = []
        self._n_characters = 0
        self._reason: str | None = None

    def add(self, row: InputTurn) -> None:
        """Takes the next row that came."""
        self._rows.append(row)
        self._n_characters += row.n_characters
        if self._reason is None:
            self._reason = self._too_much()
        if self._reason is not None:
            for one in self._rows:
                self._refuse(Refusal(one.place, self._reason))
            self._rows.clear()

    def _too_much(self) -> str | None:
        if len(self._rows) > self._max_turns:
            what = f"{self._max_turns} turns; --max-turns takes more"
        elif self._n_characters > MAX_CHARACTERS:
            what = f"{MAX_CHARACTERS >> 20} Mi characters"
        else:
            return None
        return f"conversation {self._rows[-1].conversation!r} has more than {what}"

    def rows(self) -> list[InputTurn]:
        """Returns its rows in order; none where they were refused."""
        return in_order(self._rows)
