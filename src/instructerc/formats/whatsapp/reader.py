"""WhatsApp's exported chats, of Android and iPhone, with dates as any language writes them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.shared.chat_turns import BEFORE_FIRST, Block, Said, build_chat, read_headed, say_blocks
from instructerc.formats.shared.dates import Stamp, find_moments, find_stamp, split_stamp, split_stamps
from instructerc.formats.shared.lines import OpenText, tidy_lines
from instructerc.formats.shared.names import is_field
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading
from instructerc.formats.shared.shares import share_of_messages
from instructerc.formats.whatsapp.colon_names import find_colon_names, without_part

_LONGEST_NAME = 150
_LOOKED_AT = 50
_DIRECTIONS = "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
_QUOTES = '"“”„«»'
# Beside these, programs write what somebody did: *** Call to Ann, duration: 12:33 ***
_ASIDE = "***"


@dataclass(slots=True)
class _Header:
    stamp: Stamp
    speaker: str | None
    text: str


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns the share of the lines from the first one on that begins like a WhatsApp message, if there are two."""
    found = [split for line in file.peek.lines[:_LOOKED_AT] if (split := split_stamp(line)) is not None]
    names = [_split_name(rest)[0] for _, rest in found]
    # The lines of a program's log begin so, too.
    n_fields = sum(name is not None and is_field(name) for name in names)
    if 2 * n_fields > len(names) or not any(names):
        return 0.0
    return share_of_messages(file.peek.lines, find_stamp)


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the chat as one conversation, named after the file; starts in seconds from its first message.

    How day and month stand in the dates is found from the whole file; where it cannot be, a note says so. Left out and
    counted are notices, which have no name before a colon, deleted messages, and files without words to them.

    Raises:
        InputError: no line begins like a message.
        BadRow: a message with a date or time that does not exist, or with bytes of another encoding.
    """
    yield from build_chat(reading.stem, _read_said(file, reading))


def _read_said(file: OpenText, reading: Reading) -> list[Said]:
    # Their patterns take a while to compile, which other forms need not wait for.
    from instructerc.formats.whatsapp.remarks import NOTICE, names_of_groups, read_remarks

    def say(block: Block[_Header], moment: float | None) -> tuple[str, str] | None:
        if moment is None:
            raise reading.bad(block.line, f"{block.header.stamp.shown!r} is not a valid date and time")
        if block.header.speaker is None or block.header.speaker in groups:
            reading.repair(block.line, NOTICE)
            return None
        text, remark = read_remarks(block.under(block.header.text), block.header.speaker)
        if remark is not None:
            reading.repair(block.line, remark)
        return (block.header.speaker, text) if text else None

    blocks = _read_blocks(file, reading)
    if not blocks and not reading.n_skipped:
        raise InputError(
            f"{reading.source}: no line begins like a WhatsApp message, such as "
            "24/12/2024, 21:05 - Ann: Hi or [24/12/2024, 21:05:33] Ann: Hi"
        )
    _join_colon_names(blocks, reading)
    groups = names_of_groups((block.header.speaker, block.header.text) for block in blocks if not block.lines)
    groups -= {block.header.speaker for block in blocks if block.lines}
    moments, guessed = find_moments([block.header.stamp for block in blocks])
    if guessed is not None:
        reading.repair(blocks[0].line, f"dates are ambiguous (day-month or month-day): read as {guessed}")
    for block in blocks:
        if block.header.stamp.unknown is not None:
            sentence = "{n} time(s) beside a word that is not known for a half of the day: read as of 24 hours"
            reading.repair(block.line, sentence)
    return say_blocks(reading, blocks, moments, say)


def _read_blocks(file: OpenText, reading: Reading) -> list[Block[_Header]]:
    headers = _HeaderReader(file, reading)
    text = file.lines.rest()
    text = None if text is None else tidy_lines(text)
    if text is None:
        return list(read_headed(file, reading, headers.read))
    # As `read_headed` does it, but all lines are taken apart at once.
    blocks: list[Block[_Header]] = []
    for number, (stamp, rest, line) in enumerate(split_stamps(text), 1):
        header = None if stamp is None else headers.take(stamp, rest, number)
        if header is not None:
            blocks.append(Block(number, header, []))
        elif blocks:
            blocks[-1].lines.append(line)
        elif line.strip():
            reading.repair(number, BEFORE_FIRST)
    return blocks


def _join_colon_names(blocks: Sequence[Block[_Header]], reading: Reading) -> None:
    """Gives the messages of names with a colon in them to these names."""
    for speaker, part in sorted(find_colon_names((block.header.speaker, block.header.text) for block in blocks)):
        is_first = True
        for block in blocks:
            header = block.header
            words = without_part(header.text, part) if header.speaker == speaker else None
            if words is not None:
                header.speaker, header.text = f"{speaker}: {part}", words
                if is_first:
                    reading.doubt(block.line, "a colon read as part of a name")
                is_first = False


class _HeaderReader:
    """Reads what messages begin with; all begin in the way of the first one."""

    def __init__(self, file: OpenText, reading: Reading) -> None:
        self._lines = file.lines
        self._reading = reading
        self._style: tuple[str, bool] | None = None

    def read(self, line: str) -> _Header | None:
        found = split_stamp(line)
        return None if found is None else self.take(*found, self._lines.number)

    def take(self, stamp: Stamp, rest: str, number: int) -> _Header | None:
        self._style = self._style or stamp.style
        if stamp.style != self._style:
            # Messages that were copied into a message keep the look that copying gives them.
            sentence = "{n} line(s) with a time in another style: joined to the message above"
            self._reading.repair(number, sentence)
            return None
        return _Header(stamp, *_split_name(rest))


def _split_name(rest: str) -> tuple[str | None, str]:
    """Returns who says it, None for a notice, and the words. A colon ends a name only before a blank."""
    end = rest.find(": ", 0, _LONGEST_NAME)
    if end < 0:
        end = len(rest) - 1 if rest.endswith(":") and len(rest) <= _LONGEST_NAME else 0
    name = _name_of(rest[:end])
    return (None, rest) if name is None else (name, rest[end + 1 :])


# The same few names stand in all messages.
@lru_cache(maxsize=1024)
def _name_of(shown: str) -> str | None:
    """Returns the name that stands before a colon; None where there is none, or the colon is one of a quotation."""
    name = " ".join(shown.strip(_DIRECTIONS).split())
    # Ann changed the subject from "Trip: Rome" to ...
    in_quotes = sum(name.count(quote) for quote in _QUOTES) % 2 == 1
    return None if not name or in_quotes or _ASIDE in name else name
