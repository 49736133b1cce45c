"""What readers of chat exports share: messages over several lines, and clocks that become seconds from the first."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, count
from typing import Generic, TypeVar

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow
from instructerc.formats.shared.lines import OpenText, check_characters
from instructerc.formats.shared.reading import Reading, build_utterance

DAY = 24 * 3600
BEFORE_FIRST = "{n} line(s) before the first message: left out"
_NO_TEXT = re.compile("[\0\ud800-\udfff]")

Header = TypeVar("Header")


# Neither this nor a block is frozen, as files have many: that takes several times as long to make.
@dataclass(slots=True)
class Said:
    """An utterance and when it was said, in seconds on any clock; None where that is not known."""

    utterance: Utterance
    moment: float | None = None


def build_chat(name: str, said: Sequence[Said], *, from_first: bool = True) -> Iterator[Conversation]:
    """Yields the conversation; nothing if nothing was said.

    Args:
        name: its id.
        said: in its order.
        from_first: whether starts are seconds from the earliest message, and not the moments themselves.
    """
    moments = [one.moment for one in said if one.moment is not None]
    first = min(moments, default=0.0) if from_first else 0.0
    # Milliseconds: finer ones are noise of numbers as large as the seconds since 1970.
    utterances = [
        one.utterance if one.moment is None else one.utterance.at(round(one.moment - first, 3), one.utterance.end)
        for one in said
    ]
    if utterances:
        conversation = Conversation(_NO_TEXT.sub("\ufffd", name), utterances)
        # What it was made of need not stay while somebody works on it.
        del said, utterances
        yield conversation


def unique_name(given: object, otherwise: str, names: set[str]) -> str:
    """Returns a conversation's name and takes it: what was given, or the other one, with a number where it is taken."""
    base = str(given) if isinstance(given, str | int) and str(given).strip() else otherwise
    name = next(one for one in chain([base], (f"{base}/{number}" for number in count(2))) if one not in names)
    names.add(name)
    return name


def pass_midnight(seconds: Iterable[float], *, period: float = DAY) -> list[float]:
    """Returns times of day that continue past midnight: a clock that falls by more than half a day is a day on.

    A clock of twelve hours has a `period` of half a day.
    """
    rounds, last, found = 0, -math.inf, []
    for moment in seconds:
        rounds += moment < last - period / 2
        last = moment
        found.append(rounds * period + moment)
    return found


def clock_seconds(clock: str) -> float:
    """Returns the seconds of `M:SS` or `H:MM:SS`."""
    seconds = 0
    for part in clock.split(":"):
        seconds = seconds * 60 + int(part)
    return float(seconds)


@dataclass(slots=True)
class Block(Generic[Header]):
    """A message of a text export.

    Attributes:
        line: where it begins.
        header: what its first line says.
        lines: the lines after that.
    """

    line: int
    header: Header
    lines: list[str]

    def under(self, first: str) -> str:
        """Returns what stands in the message, its first line being what the header leaves of that."""
        # Most messages have no other.
        return "\n".join([first, *self.lines]).strip() if self.lines else first.strip()


def read_headed(
    file: OpenText, reading: Reading, read_header: Callable[[str], Header | None]
) -> Iterator[Block[Header]]:
    """Yields messages that begin with a header and end before the next one.

    Lines that belong to none, or continue a skipped header, are left out and counted.

    Args:
        file: the opened file.
        reading: the pass that it belongs to.
        read_header: gives a line's header; None where it has none.

    Raises:
        BadRow: a line with NUL characters or bytes of another encoding.
    """
    block: Block[Header] | None = None
    lost = BEFORE_FIRST
    lines = file.lines
    for raw in reading.rows(lines):
        line = raw.rstrip("\r\n")
        header = read_header(line)
        if header is not None and block is not None:
            yield block
            block = None
        # Most lines have nothing that could be wrong, which is seen sooner than by the call.
        if not line.isascii() or "\0" in line:
            try:
                check_characters(line, reading.source, lines.number)
            except BadRow as error:
                reading.skip(error)
                if header is not None:
                    lost = "{n} line(s) that continue a skipped one: left out"
                continue
        if header is not None:
            block = Block(lines.number, header, [])
        elif block is not None:
            block.lines.append(line)
        elif line.strip():
            reading.repair(lines.number, lost)
    if block is not None:
        yield block


def say_blocks(
    reading: Reading,
    blocks: Sequence[Block[Header]],
    moments: Sequence[float | None],
    say: Callable[[Block[Header], float | None], tuple[str, str] | None],
) -> list[Said]:
    """Returns what is said in blocks.

    Args:
        reading: the pass that they belong to.
        blocks: U of them.
        moments: when each was said, U of them.
        say: gives speaker and words of a block; None where it has counted it as left out.

    Raises:
        BadRow: a block that cannot be read.
    """
    said = []
    for block, moment in zip(blocks, moments, strict=True):
        try:
            words = say(block, moment)
            if words is not None:
                utterance = build_utterance(reading, block.line, speaker=words[0], text=words[1])
                said.append(Said(utterance, moment))
        except BadRow as error:
            reading.skip(error)
    return said
