"""Signal's chats as sigtop writes them: fields `From:`, `Type:` and `Sent:` above the words of each message."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from itertools import pairwise

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_turns import Block, build_chat, read_headed, say_blocks
from instructerc.formats.shared.dated_chat import ATTACHMENT, NOTICE
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading
from instructerc.formats.shared.times.day_clocks import MARKS

_FROM = re.compile(r"From: ?(.*)")
_CONVERSATION = re.compile(r"Conversation: ?(.*)")
_FIELD = re.compile(
    r"(From|To|Type|Sent|Received|Edited|Version|Attachment|Reaction|Quote|Mention|Sticker|Story|Preview): ?(.*)"
)
# A number or an id in brackets behind the name.
_NUMBER = re.compile(r" \((?:\+?[\d ]{4,}|[0-9a-f-]{36}|[^()]*@[^()]*)\)$")


# Not frozen, as files have many: that takes several times as long to make.
@dataclass(slots=True)
class _Start:
    speaker: str | None


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a file that begins with a conversation and has senders with a type or time below them."""
    lines = [line.strip(MARKS) for line in file.peek.lines]
    pairs = sum(bool(_FROM.match(line)) and below.startswith(("Type: ", "Sent: ")) for line, below in pairwise(lines))
    begins = bool(lines) and bool(_CONVERSATION.match(lines[0]))
    typed = sum(line in ("Type: incoming", "Type: outgoing") for line in lines)
    return float(pairs > 0 and (begins or (pairs > 1 and typed > 1)))


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the chat as one conversation, named after the person or group; starts in seconds from its first message.

    Attachments, reactions and quoted messages are no words; calls and changes of the group are left out and counted.

    Raises:
        InputError: no message with `From:`.
        BadRow: a message with bytes of another encoding.
    """
    names: list[str] = []
    before = ""

    def read_start(raw: str) -> _Start | None:
        nonlocal before
        line, above = raw.strip(MARKS), before
        before = line
        if found := _CONVERSATION.fullmatch(line):
            names.append(_NUMBER.sub("", found[1]).strip())
            return _Start(None)
        # "From: " may be said too, but not below a blank line with fields after it; those are looked at later.
        found = _FROM.fullmatch(line)
        return _Start(_NUMBER.sub("", found[1]).strip()) if found is not None and not above.strip() else None

    blocks = [block for block in _joined(read_headed(file, reading, read_start)) if block.header.speaker is not None]
    if not blocks and not reading.n_skipped:
        raise InputError(f"{reading.source}: has no message that begins with 'From: ', as sigtop writes them")
    moments = [_moment(block.lines) for block in blocks]
    said = say_blocks(reading, blocks, moments, lambda block, _: _say(block, reading))
    yield from build_chat(names[0] if names and names[0] else reading.stem, said)


def _joined(blocks: Iterator[Block[_Start]]) -> Iterator[Block[_Start]]:
    """Yields messages; a beginning without fields below it is part of the words above it."""
    last: Block[_Start] | None = None
    for block in blocks:
        is_field = bool(block.lines) and _FIELD.match(block.lines[0].strip(MARKS)) is not None
        if last is not None and block.header.speaker is not None and not is_field:
            last.lines += [f"From: {block.header.speaker}", *block.lines]
            continue
        if last is not None:
            yield last
        last = block
    if last is not None:
        yield last


def _fields(lines: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    fields: dict[str, str] = {}
    for place, line in enumerate(lines):
        found = _FIELD.fullmatch(line.strip(MARKS))
        if found is None:
            return fields, list(lines[place:])
        fields.setdefault(found[1], found[2].strip())
    return fields, []


def _moment(lines: Sequence[str]) -> float | None:
    sent = _fields(lines)[0].get("Sent")
    try:
        return None if sent is None else parsedate_to_datetime(sent).timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


def _say(block: Block[_Start], reading: Reading) -> tuple[str, str] | None:
    fields, words = _fields(block.lines)
    if fields.get("Type") not in (None, "incoming", "outgoing"):
        reading.repair(block.line, NOTICE)
        return None
    if any(line.startswith(">") for line in words):
        reading.repair(block.line, "{n} quoted message(s): removed from the words of the answer")
    text = "\n".join(line for line in words if not line.startswith(">")).strip()
    if not text:
        reading.repair(block.line, ATTACHMENT)
        return None
    return block.header.speaker or "", text


FORMATS = (
    Format(
        name="signal",
        title="Signal's chats by sigtop",
        about="Signal's chats as `sigtop` exports them as text",
        times="from the first message",
        file=Text(Sureness.MARK, explains, read),
    ),
)
