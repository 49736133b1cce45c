"""SMS Backup & Restore of Android: messages as XML, a conversation per number or group."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from instructerc.conversation import Conversation
from instructerc.errors import BadRow, InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_turns import Said, build_chat, unique_name
from instructerc.formats.shared.dated_chat import ATTACHMENT
from instructerc.formats.shared.lines import OpenText, check_characters
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, build_utterance

_DRAFT = "{n} draft(s) or message(s) that were not sent: left out"
# Letters beyond U+FFFF, such as emoji, come as two halves, which XML does not have.
_HALVES = re.compile(r"&#(5[56]\d{3}|x[dD][89abAB][0-9a-fA-F]{2});&#(5[67]\d{3}|x[dD][c-fC-F][0-9a-fA-F]{2});")
_NO_XML = re.compile(r"&#(?:0|x0+|[1-8]|1[124-9]|2\d|3[01]|5[5-7]\d{3}|x[dD][89a-fA-F][0-9a-fA-F]{2});")
_ROOT = re.compile(r"<(?:smses|allsms)\b")
_KINDS = {"1": "received", "2": "sent", "132": "received", "128": "sent"}
_FROM = "137"
_MOST_CHARACTERS = 256 * 1024 * 1024
_PIECE = 64 * 1024


@dataclass(slots=True)
class _Entry:
    line: int
    fields: dict[str, str]
    texts: list[str] = field(default_factory=list)
    sender: str = ""


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for XML whose root is that of a backup of messages."""
    return float(file.head.lstrip().startswith("<") and _ROOT.search(file.head[:4096]) is not None)


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields a conversation per number or group, named after the contact; sent messages are said by `Me`.

    Drafts and messages with only a picture are left out and counted.

    Raises:
        InputError: no XML, a document type or entities (which are refused), or another kind of document.
        BadRow: a message that cannot be read.
    """
    talks: dict[str, list[Said]] = {}
    names: dict[str, str] = {}

    def take(entry: _Entry) -> None:
        address = entry.fields.get("address", "")
        said = _say(entry, reading)
        if said is not None:
            contact = entry.fields.get("contact_name", "")
            names.setdefault(address, "" if contact in ("(Unknown)", "null") else contact)
            talks.setdefault(address, []).append(said)

    _Parser(reading, take).run(file)
    taken: set[str] = set()
    for address, said in talks.items():
        name = unique_name(names[address] or address, reading.stem, taken)
        yield from build_chat(name, sorted(said, key=lambda one: one.moment or 0.0))


class _Parser:
    """Gives each message of the document to `take`."""

    def __init__(self, reading: Reading, take: Callable[[_Entry], None]) -> None:
        self._reading = reading
        self._take = take
        self._depth = 0
        self._entry: _Entry | None = None
        self._parser = expat.ParserCreate("utf-8")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        # Entities can grow without bound, and nothing that writes such files declares any.
        self._parser.StartDoctypeDeclHandler = self._refuse

    def run(self, file: OpenText) -> None:
        """Reads the file.

        Raises:
            InputError: as `read`.
        """
        source = self._reading.source
        size, parsed = 0, 0
        waiting: list[str] = []
        try:
            for raw in self._reading.rows(file.lines):
                try:
                    check_characters(raw, source, file.lines.number)
                except BadRow as error:
                    self._reading.skip(error)
                    continue
                size += len(raw)
                if size > _MOST_CHARACTERS:
                    raise InputError(f"{source}: is larger than {_MOST_CHARACTERS >> 20} Mi characters; split it")
                waiting.append(_NO_XML.sub("\ufffd", _HALVES.sub(_joined, raw)))
                # The parser looks again at all of a tag that has no end yet: it gets as much anew as it has had.
                if size >= parsed + max(_PIECE, parsed):
                    self._parser.Parse("".join(waiting).encode())
                    waiting, parsed = [], size
            self._parser.Parse("".join(waiting).encode(), True)
        except expat.ExpatError as error:
            raise InputError(f"{source}:{error.lineno}: is not well-formed XML: {error}") from None

    def _refuse(self, *_: object) -> None:
        raise InputError(f"{self._reading.source}: declares a document type, which is refused; remove <!DOCTYPE ...>")

    def _start(self, tag: str, fields: dict[str, str]) -> None:
        self._depth += 1
        if self._depth == 1 and tag not in ("smses", "allsms"):
            raise InputError(f"{self._reading.source}: is XML with <{tag[:40]}>, not a backup of messages with <smses>")
        if tag in ("sms", "mms") and self._depth == 2:
            self._entry = _Entry(self._parser.CurrentLineNumber, fields)
            if tag == "sms":
                self._entry.texts.append(fields.get("body", ""))
        elif tag == "part" and self._entry is not None and fields.get("ct") == "text/plain":
            self._entry.texts.append(fields.get("text", ""))
        elif tag == "addr" and self._entry is not None and fields.get("type") == _FROM:
            self._entry.sender = fields.get("address", "")

    def _end(self, tag: str) -> None:
        self._depth -= 1
        if self._depth == 1 and self._entry is not None:
            try:
                self._take(self._entry)
            except BadRow as error:
                self._reading.skip(error)
            self._entry = None


def _joined(found: re.Match[str]) -> str:
    high, low = (int(half[1:], 16) if half[0] == "x" else int(half) for half in found.groups())
    if not (0xD800 <= high < 0xDC00 <= low < 0xE000):
        return found[0]
    return chr(0x10000 + ((high - 0xD800) << 10) + low - 0xDC00)


def _say(entry: _Entry, reading: Reading) -> Said | None:
    fields = entry.fields
    kind = _KINDS.get(fields.get("type") or fields.get("m_type") or fields.get("msg_box") or "")
    text = "\n".join(text for text in entry.texts if text and text != "null").strip()
    if kind is None or not text:
        reading.repair(entry.line, _DRAFT if kind is None else ATTACHMENT)
        return None
    address, contact = fields.get("address", ""), fields.get("contact_name", "")
    speaker = contact if contact not in ("", "(Unknown)", "null") else address
    if "~" in address and entry.sender not in ("", "insert-address-token"):
        # In a group each message has its own sender.
        speaker = entry.sender
    date = fields.get("date", "")
    moment = int(date) / 1000 if date.isascii() and date.isdigit() and len(date) < 15 else None
    named = "Me" if kind == "sent" else speaker
    return Said(build_utterance(reading, entry.line, speaker=named, text=text), moment)


FORMATS = (
    Format(
        name="sms-backup",
        title="SMS Backup & Restore",
        about="XML of SMS Backup & Restore (Android): one conversation per contact or group",
        times="from the first message",
        file=Text(Sureness.MARK, explains, read),
    ),
)
