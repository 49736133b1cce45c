"""Messages copied from Telegram as text: `Mia Kern, [24.12.2024 21:05]`, with the words in the lines below."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_turns import Block, build_chat, read_headed, say_blocks
from instructerc.formats.shared.dates import Stamp, find_moments, split_stamp
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading
from instructerc.formats.shared.shares import share_of_messages

_HEADING = re.compile(r"(?P<name>[^\[\]`|]{1,80}), \[(?P<stamp>[^\W_][^\[\]]{8,40})\](?::$|(?P<rest>.*))")
# [ Photo ], and above the words of an answer [In reply to Mia Kern], which Telegram writes in its language.
_FILE = re.compile(r"\[ [^\[\]]{1,80} \]")
_ASIDE = re.compile(r"\[[^\[\]]{1,120}\]")


# Not frozen, as files have many: that takes several times as long to make.
@dataclass(slots=True)
class _Heading:
    speaker: str
    stamp: Stamp
    rest: str


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns the share of the lines from the first heading on."""
    return share_of_messages(file.peek.lines, _read_heading, alone=1.0)


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the messages as one conversation, named after the file; starts in seconds from the first one.

    Raises:
        InputError: no line is a heading.
        BadRow: a message with a date that does not exist, or with bytes of another encoding.
    """
    blocks = list(read_headed(file, reading, _read_heading))
    if not blocks and not reading.n_skipped:
        raise InputError(f"{reading.source}: no line is a heading of Telegram's, such as Mia, [24.12.2024 21:05]")
    moments, guessed = find_moments([block.header.stamp for block in blocks])
    if guessed is not None:
        reading.repair(blocks[0].line, f"dates are ambiguous (day-month or month-day): read as {guessed}")
    said = say_blocks(reading, blocks, moments, lambda block, moment: _say(block, moment, reading))
    yield from build_chat(reading.stem, said)


def _read_heading(line: str) -> _Heading | None:
    found = _HEADING.fullmatch(line.strip()) if ", [" in line else None
    split = split_stamp(f"[{found['stamp']}] ") if found is not None else None
    return (
        None
        if found is None or split is None
        else _Heading(found["name"].strip(), split[0], (found["rest"] or "").strip())
    )


def _say(block: Block[_Heading], moment: float | None, reading: Reading) -> tuple[str, str] | None:
    if moment is None:
        raise reading.bad(block.line, f"{block.header.stamp.shown!r} is not a valid date and time")
    lines = [line for raw in (block.header.rest, *block.lines) if (line := raw.strip())]
    kept = [line for line in lines if not _FILE.fullmatch(line)]
    if len(kept) > 1 and _ASIDE.fullmatch(kept[0]):
        del kept[0]
    text = "\n".join(kept)
    if text and len(kept) < len(lines):
        reading.repair(block.line, "{n} message(s): removed Telegram's line on a file or on what it answers")
    if not text:
        reading.repair(block.line, "{n} message(s) without text, such as a lone file or sticker: left out")
        return None
    return block.header.speaker, text


FORMATS = (
    Format(
        name="telegram-copied",
        title="messages copied from Telegram",
        about="text copied from Telegram: `Ann, [24.12.2024 21:05]`, with the words below",
        times="from the first message",
        file=Text(Sureness.FIRST_LINE, explains, read),
    ),
)
