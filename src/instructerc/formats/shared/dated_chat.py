"""Chats as text in which messages have a clock, or a date and a clock, and dates may stand on lines of their own."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.shared.chat_turns import Block, Said, build_chat, pass_midnight, read_headed, say_blocks
from instructerc.formats.shared.dates import Numbers, Stamp, find_moments
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.reading import Reading
from instructerc.formats.shared.times.day_clocks import second_of_day, stamp_of

NOTICE = "{n} notice(s), such as who joined or left: left out"
ATTACHMENT = "{n} message(s) with only a file, sticker or call: left out"
DELETED = "{n} deleted message(s): left out"
_NUMBERS = re.compile(r"\d+")
# With the marks that letters carry in some scripts, and full stops behind what is cut off.
_WORDS = re.compile(r"[^\d\s!-/:-@\[-`{-~（）]+\.?")


# Not frozen, as files have many: that takes several times as long to make.
@dataclass(slots=True)
class LineHead:
    """What a line begins: a day, a notice, or a message.

    Attributes:
        date: three numbers and whether the year is first; None where the line has none.
        clock: as the line has it; None of a line that begins a day.
        speaker: who says it; None of a notice or a day.
        text: the words in the line.
    """

    date: tuple[Numbers, bool] | None = None
    clock: str | None = None
    speaker: str | None = None
    text: str = ""


def read_dated(
    file: OpenText,
    reading: Reading,
    read_head: Callable[[str], LineHead | None],
    clean: Callable[[str], tuple[str, str | None]],
    like: str,
) -> Iterator[Conversation]:
    """Yields the chat as one conversation, named after the file; starts in seconds from its first message.

    Args:
        file: the opened file.
        reading: the pass that it belongs to.
        read_head: gives what a line begins; None of a line that goes on.
        clean: gives the words of a message without what its program put there, and what to count.
        like: two messages, for the error of a file that has none.

    Raises:
        InputError: no line begins a message.
        BadRow: a message with a time that does not exist, or with bytes of another encoding.
    """
    blocks: list[Block[LineHead]] = []
    dates: list[tuple[Numbers, bool] | None] = []
    today: tuple[Numbers, bool] | None = None
    for block in read_headed(file, reading, _days_alike(read_head)):
        today = block.header.date or today
        if block.header.clock is not None or block.header.speaker is not None:
            blocks.append(block)
            dates.append(today)
        elif block.header.date is None:
            reading.repair(block.line, NOTICE)
    if not blocks and not reading.n_skipped:
        raise InputError(f"{reading.source}: no line begins a message such as {like}")

    def say(block: Block[LineHead], moment: float | None) -> tuple[str, str] | None:
        if moment is None and block.header.clock is not None:
            raise reading.bad(block.line, f"{block.header.clock!r} is not a valid time of a valid date")
        if block.header.speaker is None:
            reading.repair(block.line, NOTICE)
            return None
        text, remark = clean(block.under(block.header.text))
        if remark is not None:
            reading.repair(block.line, remark)
        return (block.header.speaker, text) if text else None

    said: list[Said] = say_blocks(reading, blocks, _moments(blocks, dates, reading), say)
    yield from build_chat(reading.stem, said)


def _days_alike(read_head: Callable[[str], LineHead | None]) -> Callable[[str], LineHead | None]:
    """Returns a reader of heads for which days look like the first one: another date on a line is part of the words."""
    shape: str | None = None

    def read(line: str) -> LineHead | None:
        nonlocal shape
        head = read_head(line)
        if head is None or head.date is None or head.clock is not None:
            return head
        found = _WORDS.sub("a", _NUMBERS.sub("0", line.strip()))
        shape = found if shape is None else shape
        return head if found == shape else None

    return read


def _moments(
    blocks: list[Block[LineHead]], dates: list[tuple[Numbers, bool] | None], reading: Reading
) -> list[float | None]:
    clocks = [block.header.clock for block in blocks]
    if not all(dates) or None in clocks:
        seconds = [None if clock is None else second_of_day(clock) for clock in clocks]
        if None in seconds:
            return [None if second is None else float(second) for second in seconds]
        return list(pass_midnight(float(second) for second in seconds if second is not None))
    stamps: list[Stamp] = [
        stamp_of(date, clock)
        for date, clock in zip(dates, clocks, strict=True)
        if date is not None and clock is not None
    ]
    moments, guessed = find_moments(stamps)
    if guessed is not None:
        reading.repair(blocks[0].line, f"dates are ambiguous (day-month or month-day): read as {guessed}")
    return moments
