"""Styles of an OpenDocument spreadsheet that change what its cells mean: sheets that are hidden, and how times show."""

from __future__ import annotations

from dataclasses import dataclass

_MOST = 100_000
_DEEPEST = 16


@dataclass(slots=True)
class _TimeStyle:
    is_duration: bool
    has_seconds: bool = False
    has_halves: bool = False

    def as_excel(self) -> str:
        hours = "[h]" if self.is_duration else "h"
        return f"{hours}:mm{':ss' * self.has_seconds}{' AM/PM' * self.has_halves}"


class SheetStyles:
    """Takes the elements that stand before the sheets."""

    def __init__(self) -> None:
        self._family = self._name = ""
        self._time = _TimeStyle(False)
        self._hidden: set[str] = set()
        self._times: dict[str, _TimeStyle] = {}
        # Of each style of cells: that of their numbers, and the style that it builds on.
        self._cells: dict[str, tuple[str | None, str | None]] = {}

    def take(self, tag: str, fields: dict[str, str]) -> None:
        """Takes the beginning of an element."""
        name = fields.get("name", "")
        if tag == "style":
            self._family, self._name = fields.get("family", ""), name
            if self._family == "table-cell" and len(self._cells) < _MOST:
                self._cells[name] = fields.get("data-style-name"), fields.get("parent-style-name")
        elif tag == "table-properties" and self._family == "table" and fields.get("display") == "false":
            self._hidden.add(self._name)
        elif tag == "time-style" and len(self._times) < _MOST:
            self._time = self._times[name] = _TimeStyle(fields.get("truncate-on-overflow") == "false")
        elif tag == "date-style":
            self._time = _TimeStyle(False)
        elif tag == "seconds":
            self._time.has_seconds = True
        elif tag == "am-pm":
            self._time.has_halves = True

    def is_shown(self, style: str | None) -> bool:
        """Returns whether sheets of a style are shown."""
        return style not in self._hidden

    def time_format(self, style: str | None) -> str:
        """Returns how cells of a style show times, as Excel writes it: `[h]` is not of a day; `""` if none says so."""
        for _ in range(_DEEPEST):
            if not style or style not in self._cells:
                return ""
            numbers, style = self._cells[style]
            if numbers is not None:
                found = self._times.get(numbers)
                return "" if found is None else found.as_excel()
        return ""
