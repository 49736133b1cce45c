"""What the readers of chat exports in JSON share: a message, its fields and when it was said."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from operator import itemgetter
from typing import Any

from instructerc.errors import BadRow
from instructerc.formats.shared.chat_turns import Said
from instructerc.formats.shared.json_document import read_items
from instructerc.formats.shared.reading import Reading, build_utterance, show

HOUSEKEEPING = "{n} message(s) without a speaker, such as who joined: left out"

_WITHOUT_TEXT = "{n} message(s) without text, such as a lone file or sticker: left out"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNIX = re.compile(r"\d{1,12}(?:\.\d{1,9})?", re.ASCII)


# Not frozen, as files have many: that takes several times as long to make.
@dataclass(slots=True)
class Message:
    """A message as the document has it.

    Attributes:
        fields: its members.
        number: its place in its list, from 1.
        place: where it stands, for a person.
        reading: the pass that it belongs to.
    """

    fields: dict[str, Any]
    number: int
    place: str
    reading: Reading

    def bad(self, reason: str) -> BadRow:
        """Returns, without raising it, the error of this message."""
        return self.reading.bad(self.number, f"{self.place}: {reason}")

    def repair(self, sentence: str) -> None:
        """Counts a defined repair of this message."""
        self.reading.repair(self.place, sentence)

    def first_text(self, *keys: str, of: dict[str, Any] | None = None) -> str | None:
        """Returns the first of the fields that is not blank, of the message or of an object in it; None if all are.

        Raises:
            BadRow: one before it is neither text nor null.
        """
        for key in keys:
            value = (self.fields if of is None else of).get(key)
            if value is not None and not isinstance(value, str):
                raise self.bad(f"{key!r} must be text, got {show(value)}")
            if value and value.strip():
                return value
        return None

    def moment(self, key: str, parse: Callable[[Any], float | None]) -> float | None:
        """Returns when it was said by one of its fields; None where that is null or absent.

        Raises:
            BadRow: the field is not a time.
        """
        value = self.fields.get(key)
        moment = parse(value)
        if moment is None and value is not None:
            raise self.bad(f"{key!r} is {show(value)}, which is not a time")
        return moment

    def said(self, speaker: str | None, text: str, moment: float | None) -> Said | None:
        """Returns what was said; a message without text is left out and counted.

        Raises:
            BadRow: a speaker or text that cannot be one.
        """
        if not text.strip():
            self.repair(_WITHOUT_TEXT)
            return None
        return Said(build_utterance(self.reading, self.number, speaker=speaker, text=text.strip()), moment)


def read_messages(
    reading: Reading, items: Sequence[Any], where: str, read_message: Callable[[Message], Said | None]
) -> Iterator[Said]:
    """Yields what the messages of a list say; `where` stands before their numbers, such as `chat 2, `.

    Raises:
        BadRow: a message that is not an object, or that cannot be read.
    """

    def read_item(number: int, item: Any) -> Said | None:
        place = f"{where}message {number}"
        if not isinstance(item, dict):
            raise reading.bad(number, f"{place}: must be an object, got {show(item)}")
        return read_message(Message(item, number, place, reading))

    return read_items(reading, items, read_item)


def iso_moment(value: Any) -> float | None:
    """Returns an ISO 8601 time as seconds since 1970, in UTC where it names no zone; None if it is none."""
    try:
        moment = datetime.fromisoformat(value)
        return ((moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return None


def unix_moment(value: Any) -> float | None:
    """Returns seconds since 1970 from a number or its digits; None if it is none."""
    if isinstance(value, str) and _UNIX.fullmatch(value):
        return float(value)
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf:
        return float(value) if value < 1e12 else None
    return None


def millisecond_moment(value: Any) -> float | None:
    """Returns seconds since 1970 from a number of milliseconds; None if it is none."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return value / 1000 if is_number and 0 <= value < 1e14 else None


def unix_or_iso_moment(value: Any) -> float | None:
    """Returns seconds since 1970 from a number, its digits or an ISO 8601 time; None if it is none of these."""
    moment = unix_moment(value)
    return iso_moment(value) if moment is None else moment


def in_order(said: Sequence[Said]) -> list[Said]:
    """Returns messages in order of time; of one second, a list may have the newest first.

    One without a time stays behind the one before it.
    """
    moments = [one.moment for one in said if one.moment is not None]
    is_backward = bool(moments) and moments[0] > moments[-1]
    placed, last = [], -math.inf
    for one in said[::-1] if is_backward else said:
        last = last if one.moment is None else one.moment
        placed.append((last, one))
    return [one for _, one in sorted(placed, key=itemgetter(0))]
