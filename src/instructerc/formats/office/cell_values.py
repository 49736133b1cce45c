"""The value of an OpenDocument cell, as the same cell of an Excel workbook has it."""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time, timedelta
from typing import Any

from instructerc.formats.office.sheets import PlainCell

_DURATION = re.compile(
    r"(-?)P(?:(\d{1,6})D)?(?:T(?:(\d{1,8})H)?(?:(\d{1,8})M)?(?:(\d{1,10}(?:[.,]\d{1,12})?)S)?)?", re.ASCII
)
# What a formula shows that has no value: old files do not say so otherwise.
_ERROR = re.compile(r"#(?:N/A|NV|[A-Z]{2,8}(?:/0)?[!?])|(?:Err|Erro|Errore|Fehler) ?:\d{3}")
_NUMBERS = frozenset({"float", "percentage", "currency"})
_HALF = re.compile(r"[ap]\.?m\b", re.IGNORECASE)


def cell_of(fields: dict[str, str], text: str, time_format: str) -> PlainCell:
    """Returns a cell; one that its program could not work out is empty.

    Args:
        fields: attributes of its element; those of LibreOffice's own begin with `:`.
        text: what it shows.
        time_format: how its style shows times; `""` where that is not known.
    """
    kind = fields.get("value-type", "")
    if fields.get(":value-type") == "error" or ("formula" in fields and _ERROR.fullmatch(text.strip())):
        return PlainCell(None)
    if kind == "time":
        found = _time_of(fields.get("time-value", ""), "[" in time_format)
        return PlainCell(text if found is None else found, time_format or _format_of(text))
    value: Any = None
    if kind in _NUMBERS:
        value = _number_of(fields.get("value", ""))
    elif kind == "date":
        value = _date_of(fields.get("date-value", ""))
    elif kind == "boolean":
        value = {"true": True, "false": False}.get(fields.get("boolean-value", ""))
    return PlainCell(value if value is not None else text or fields.get("string-value", ""))


def _number_of(given: str) -> float | None:
    try:
        value = float(given)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _date_of(given: str) -> datetime | None:
    try:
        return datetime.fromisoformat(given).replace(tzinfo=None)
    except ValueError:
        return None


def _time_of(given: str, is_duration: bool) -> time | timedelta | None:
    found = _DURATION.fullmatch(given)
    if found is None:
        return None
    sign, *parts = found.groups(default="0")
    days, hours, minutes = (int(part) for part in parts[:3])
    # Such times are kept as parts of a day, and seldom whole.
    milliseconds = round(float(parts[3].replace(",", ".")) * 1000)
    try:
        length = timedelta(days=days, hours=hours, minutes=minutes, milliseconds=milliseconds)
    except OverflowError:
        return None
    if is_duration or sign == "-" or length >= timedelta(days=1):
        return -length if sign == "-" else length
    return (datetime.combine(date.min, time()) + length).time()


def _format_of(shown: str) -> str:
    """Returns how a time is shown, as Excel writes it, by what it looks like."""
    return ("h:mm:ss" if shown.count(":") > 1 else "h:mm") + (" AM/PM" if _HALF.search(shown) else "")
