"""Signal's chats as signal-export writes them as Markdown: `[2024-12-24, 21:05] Mia: Hi`.

Files, reactions and quotes tell them; without any they look like WhatsApp's, and are read like them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_turns import Block, build_chat, read_headed, say_blocks
from instructerc.formats.shared.dated_chat import ATTACHMENT
from instructerc.formats.shared.dates import Stamp, find_moments, split_stamp
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading
from instructerc.formats.shared.shares import share_of_messages

_BEGIN = re.compile(r"\[\d{4}-\d{2}-\d{2},? \d{2}:\d{2}(?::\d{2})?\] ")
_NAMED = re.compile(r"(?P<name>[^:\s][^:]{0,79}): ?(?P<text>.*)")
# ![photo.jpg](./media/photo.jpg), (- Mia: 👍, Theo: 😢 -)
_FILE = re.compile(r"!?\[[^\[\]]*\]\((?:\./)?media/[^()]*\)")
_REACTIONS = re.compile(r"\(- [^:]{1,80}: .{1,400} -\)\s*")


@dataclass(slots=True)
class _Head:
    stamp: Stamp
    speaker: str
    text: str


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns the share of the lines from the first message on, if one of them has a file, reactions or a quote."""
    lines = file.peek.lines
    if not any(map(_read_head, lines[:10])):
        return 0.0
    has_marks = any(_FILE.search(line) or _REACTIONS.fullmatch(line) or line.rstrip() == ">" for line in lines)
    return share_of_messages(lines, _read_head) if has_marks else 0.0


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the chat as one conversation, named after the file; starts in seconds from its first message.

    Reactions, the message that an answer quotes, and files are no words; what has only these is left out and counted.

    Raises:
        InputError: no line begins a message.
        BadRow: a time that does not exist, or bytes of another encoding.
    """
    blocks = list(read_headed(file, reading, _read_head))
    if not blocks and not reading.n_skipped:
        raise InputError(f"{reading.source}: no line begins a message such as [2024-12-24, 21:05] Mia: Hi")
    moments, _ = find_moments([block.header.stamp for block in blocks])
    yield from build_chat(
        reading.stem, say_blocks(reading, blocks, moments, lambda block, moment: _say(block, moment, reading))
    )


def _read_head(line: str) -> _Head | None:
    split = split_stamp(line) if _BEGIN.match(line) else None
    named = _NAMED.fullmatch(split[1].rstrip()) if split is not None else None
    return _Head(split[0], named["name"].strip(), named["text"]) if split is not None and named is not None else None


def _say(block: Block[_Head], moment: float | None, reading: Reading) -> tuple[str, str] | None:
    if moment is None:
        raise reading.bad(block.line, f"{block.header.stamp.shown!r} is not a valid date and time")
    lines = [line.rstrip() for line in (block.header.text, *block.lines)]
    kept = [_FILE.sub("", line) for line in lines if not line.startswith(">") and not _REACTIONS.fullmatch(line)]
    text = "\n".join(kept).strip()
    if not text:
        reading.repair(block.line, ATTACHMENT)
        return None
    if kept != lines:
        reading.repair(block.line, "{n} message(s) without their files, reactions and quotes")
    return block.header.speaker, text


FORMATS = (
    Format(
        name="signal-markdown",
        title="Signal's chats by signal-export",
        about="Signal's chats as `signal-export` writes them as Markdown",
        times="from the first message",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
