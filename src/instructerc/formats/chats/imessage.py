"""iMessage as imessage-exporter writes it as text: the time, the sender and the words on lines of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_turns import Block, build_chat, read_headed, say_blocks
from instructerc.formats.shared.dated_chat import ATTACHMENT, DELETED, NOTICE
from instructerc.formats.shared.dates import find_moments
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading
from instructerc.formats.shared.shares import share_of_messages
from instructerc.formats.shared.times.day_clocks import read_date, stamp_of

_HEAD = re.compile(
    r"(?P<date>[A-Z][a-z]{2,8} \d{1,2}, \d{4}) {1,2}(?P<clock>\d{1,2}:\d{2}:\d{2}[ \u202f][AP]M)"
    r"(?: ?\((?:Read|Delivered|Edited)[^()]{0,120}\))?(?: (?P<notice>\S.{0,300}))?"
)
_TOLD = re.compile(r"This message responded to an earlier message\.?|\(?Edited .{0,60} (?:ago|later)\)?:?")
# Below what was written first stands what it was changed to.
_EDITED = re.compile(r"Edited .{1,60}? later: (?P<text>.+)")
_LISTS = re.compile(r"(?:Tapbacks|Reactions|Stickers?|Replies):\s*")
# In older versions these are not indented.
_TAPBACK = re.compile(r"(?:Loved|Liked|Disliked|Laughed at|Emphasi[sz]ed|Questioned|Reacted with \S+) by \S.{0,80}")
_EFFECT = re.compile(r"Sent with [A-Z][\w ]{2,30}|Expressive: .{1,40}")
_FILE = re.compile(
    r"\ufffc|(?:/|~/|attachments/|\.\./)\S.{0,300}\.\w{2,5}|Attachment missing!?|Attachment does not exist!?"
    r"|[^\s/]{1,80}\.(?:heic|jpe?g|png|gif|mov|mp4|caf|m4a|pdf|vcf|pluginPayloadAttachment)"
    r"|(?:Sticker|Digital Touch|Handwritten|Audio) (?:from|Message|message).{0,80}|Image Message.{0,80}",
    re.IGNORECASE,
)
_UNSENT = re.compile(r"(?:.{1,60} unsent this message(?: part)?.{0,80}|This message was unsent\.?)")
_CUT = "{n} message(s) without their reactions, replies and remarks, which stand elsewhere too"


# Not frozen, as files have many: that takes several times as long to make.
@dataclass(slots=True)
class _Head:
    date: str
    clock: str
    notice: str | None


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns the share of the lines from the first message on, if a sender stands below its time."""
    lines = file.peek.lines
    followed = any(_head(line) is not None and _head(below) is None for line, below in pairwise(lines))
    return share_of_messages(lines, _head, alone=1.0) if followed else 0.0


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the chat as one conversation, named after the file; starts in seconds from its first message.

    Replies that stand indented below a message come again in their own place, so that they are read there. Files,
    reactions, unsent messages and changes of the group are left out and counted.

    Raises:
        InputError: no line is the time of a message.
        BadRow: a time that does not exist, or bytes of another encoding.
    """
    blocks = list(read_headed(file, reading, _head))
    if not blocks and not reading.n_skipped:
        raise InputError(f"{reading.source}: no line is a time such as 'May 17, 2022  5:29:42 PM' above a name")
    stamps = []
    for block in blocks:
        date = read_date(block.header.date)
        stamps.append(stamp_of((date[0], date[1]) if date else ((0, 0, 0), True), block.header.clock))
    moments, _ = find_moments(stamps)
    yield from build_chat(
        reading.stem, say_blocks(reading, blocks, moments, lambda block, moment: _say(block, moment, reading))
    )


def _head(line: str) -> _Head | None:
    found = _HEAD.fullmatch(line.rstrip())
    return None if found is None else _Head(found["date"], found["clock"], found["notice"])


def _say(block: Block[_Head], moment: float | None, reading: Reading) -> tuple[str, str] | None:
    if moment is None:
        raise reading.bad(block.line, f"'{block.header.date} {block.header.clock}' is not a valid date and time")
    lines = list(block.lines)
    if block.header.notice is not None or not lines or not lines[0].strip():
        reading.repair(block.line, NOTICE)
        return None
    speaker, kept, is_cut = lines[0].strip(), list[str](), False
    in_list = False
    for line in lines[1:]:
        in_list = (in_list or _LISTS.fullmatch(line) is not None) and (
            not line.strip()
            or line.startswith("    ")
            or _LISTS.fullmatch(line) is not None
            or _TAPBACK.fullmatch(line) is not None
        )
        if edited := _EDITED.fullmatch(line):
            kept, is_cut = [edited["text"]], True
        elif in_list or line.startswith("    ") or _TOLD.fullmatch(line.strip()) or _EFFECT.fullmatch(line.strip()):
            is_cut = is_cut or bool(line.strip())
        else:
            kept.append(line)
    if is_cut:
        reading.repair(block.line, _CUT)
    words = [line for line in kept if not _FILE.fullmatch(line.strip())]
    text = "\n".join(words).strip("\ufffc \n\t")
    if _UNSENT.fullmatch(text):
        reading.repair(block.line, DELETED)
        return None
    if not text:
        reading.repair(block.line, ATTACHMENT)
        return None
    return speaker, text


FORMATS = (
    Format(
        name="imessage",
        title="iMessage's chats by imessage-exporter",
        about="iMessage's chats as `imessage-exporter` writes them as text",
        times="from the first message",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
