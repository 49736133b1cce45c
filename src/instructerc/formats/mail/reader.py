"""E-mail as files: a message, a mailbox of messages one after the other, or a folder of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from email import message_from_bytes
from email.errors import MessageError
from email.message import Message
from pathlib import Path

from instructerc.conversation import Conversation
from instructerc.errors import BadRow, InputError
from instructerc.formats.mail.body import read_body
from instructerc.formats.mail.fields import address_of, moment_of, text_of
from instructerc.formats.mail.head import PARTING, in_english
from instructerc.formats.mail.threads import Mail, base_subject, gather
from instructerc.formats.shared.chat_turns import Said, build_chat, unique_name
from instructerc.formats.shared.folders import list_entries, list_folder, read_file
from instructerc.formats.shared.lines import MARK_BYTES, OpenText
from instructerc.formats.shared.reading import Reading, build_utterance

_ESCAPED = re.compile(r">+From ")
_MOST_BYTES = 64 << 20
_SUFFIXES = frozenset({".eml", ".emlx"})
_MOST_REFERENCES = 200
_ID = re.compile(r"<[^<>\s]{1,250}>")

_QUOTED = "{n} message(s): what they quote of others left out"
_EMPTY = "{n} message(s) without words of their own, such as forwarded ones: left out"


@dataclass(slots=True)
class _Raw:
    line: int
    lines: list[bytes] = field(default_factory=list)
    size: int = 0


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields a conversation per thread, named after its subject, with seconds from its first message.

    Speakers are the names of the senders, or their addresses. What messages quote, signatures, attached files, drafts,
    reports of failed delivery and messages without words are left out and counted; one that comes twice is read once.

    Raises:
        BadRow: a message that cannot be read.
    """
    names: dict[str, str] = {}
    yield from _talks(_read_mails(file, reading, names), names, reading)


def is_folder(folder: Path) -> bool:
    """Returns whether a folder holds messages and nothing else, or is a Maildir."""
    try:
        entries = [entry for entry in list_entries(folder) if not entry.name.startswith(".")]
    except InputError:
        return False
    names = {entry.name for entry in entries if entry.is_dir()}
    files = [entry for entry in entries if entry.is_file()]
    return {"cur", "new"} <= names or (bool(files) and all(one.suffix.lower() in _SUFFIXES for one in files))


def read_folder(folder: Path, reading: Reading) -> Iterator[Conversation]:
    """Yields a conversation per thread of all messages in a folder; as `read`.

    Raises:
        BadRow: a message that cannot be read.
    """
    boxes = [folder / name for name in ("cur", "new") if (folder / name).is_dir()] or [folder]
    mails: list[Mail] = []
    names: dict[str, str] = {}
    for box in boxes:
        for path in list_folder(box, reading):
            if path.is_file() and not path.name.startswith("."):
                mails += read_file(path, reading, lambda file, inner: _read_mails(file, inner, names))
    yield from _talks(mails, names, reading)


def _talks(mails: Sequence[Mail], names: dict[str, str], reading: Reading) -> Iterator[Conversation]:
    taken: set[str] = set()
    for thread in gather(_once(mails, reading)):
        said = []
        for mail in thread:
            # A person may have a name in one message, and only an address in another.
            speaker = names.get(mail.speaker or "") or mail.speaker
            try:
                said.append(Said(build_utterance(reading, mail.line, speaker=speaker, text=mail.text), mail.moment))
            except BadRow as error:
                reading.skip(error)
        subject = base_subject(thread[0].subject)[0]
        yield from build_chat(unique_name(subject, reading.stem, taken), said)


def _once(mails: Sequence[Mail], reading: Reading) -> list[Mail]:
    """Returns messages of which none comes twice, as in an inbox and in an archive."""
    seen: set[tuple[str, str]] = set()
    kept = []
    for mail in mails:
        if mail.id and (mail.id, mail.text) in seen:
            reading.repair(mail.line, "{n} message(s) that come twice: read once")
            continue
        seen.add((mail.id, mail.text))
        kept.append(mail)
    return kept


def _read_mails(file: OpenText, reading: Reading, names: dict[str, str]) -> list[Mail]:
    mails: list[Mail] = []
    for raw in _split(file, reading):
        try:
            mail = _read_mail(raw, names, reading)
        except BadRow as error:
            reading.skip(error)
        else:
            mails += [] if mail is None else [mail]
    return mails


def _split(file: OpenText, reading: Reading) -> Iterator[_Raw]:
    """Yields the messages of a file; of one that is too large, its beginning."""
    encoding = "utf-8" if file.encoding.startswith(("utf-16", "utf-32")) else file.encoding
    lines, is_box, length = file.lines, False, None
    raw: _Raw | None = None
    before_is_blank, in_head = True, False
    for text in reading.rows(lines):
        if raw is None and not text.strip():
            continue
        is_parting = (raw is None or (is_box and before_is_blank)) and PARTING.match(text) is not None
        if is_parting:
            if raw is not None:
                yield raw
            raw, is_box = _Raw(lines.number), True
        elif raw is None and length is None and text.strip().isdecimal():
            # Apple Mail puts the length in bytes above a message, and its own list of properties below.
            length = int(text.strip()[:12])
            continue
        else:
            raw = _Raw(lines.number) if raw is None else raw
            text = text[1:] if is_box and _ESCAPED.match(text) else text
            in_head = not is_box and (in_head or not raw.lines) and bool(text.strip())
            data = (in_english(text) if in_head else text).encode(encoding, MARK_BYTES)
            before, raw.size = raw.size, raw.size + len(data)
            if raw.size <= min(_MOST_BYTES, _MOST_BYTES if length is None else length):
                raw.lines.append(data)
            elif length is None and before <= _MOST_BYTES:
                reading.repair(
                    raw.line, f"{{n}} message(s) of more than {_MOST_BYTES >> 20} MiB: only their beginning is read"
                )
        before_is_blank = not text.strip()
    if raw is not None:
        yield raw


def _read_mail(raw: _Raw, names: dict[str, str], reading: Reading) -> Mail | None:
    """Returns a message; None of one that is left out, which is counted. `names` learns who has which address."""
    try:
        message = message_from_bytes(b"".join(raw.lines))
        if reason := _left_out(message):
            reading.repair(raw.line, reason)
            return None
        body = read_body(message)
        name, address = address_of(message)
        subject, moment = text_of(message, "Subject"), moment_of(message)
        identity = _ID.search(text_of(message, "Message-ID"))
        references = _references(message)
    except (ValueError, LookupError, TypeError, AttributeError, MessageError, RecursionError) as error:
        # What the parser raises of damaged messages has no bounds.
        reason = " ".join(str(error).split())[:80]
        raise reading.bad(raw.line, f"a message that cannot be read: {type(error).__name__} {reason}") from None
    if name and address:
        names.setdefault(address, name)
    for _ in range(body.n_attached):
        reading.repair(raw.line, "{n} attached file(s) or picture(s): left out")
    if body.has_quote:
        reading.repair(raw.line, _QUOTED)
    if body.is_guessed:
        reading.repair(raw.line, "{n} message(s) with letters that are not of the encoding they name: read as another")
    if not body.text:
        reading.repair(raw.line, _EMPTY)
        return None
    return Mail(
        raw.line, identity[0] if identity else "", references, subject, address or name or None, body.text, moment
    )


def _left_out(message: Message) -> str | None:
    """Returns what is counted of a message that nobody sent to anybody."""
    flags = str(message.get("X-Mozilla-Status") or "").strip()
    if re.fullmatch(r"[0-9a-fA-F]{4}", flags) and int(flags, 16) & 0x0008:
        return "{n} deleted message(s): left out"
    labels = {label.strip(' "') for label in text_of(message, "X-Gmail-Labels").split(",")}
    if labels & {"Drafts", "Draft", "Entwürfe", "Brouillons", "Borradores", "Bozze", "Rascunhos", "Concepten"}:
        return "{n} draft(s): left out"
    if message.get_content_type() == "multipart/report" or message.get("X-IMAP") is not None:
        return "{n} report(s) of programs, such as failed delivery: left out"
    return None


def _references(message: Message) -> tuple[str, ...]:
    """Returns what a message answers; Gmail's own number of a thread is one of them."""
    found: list[str] = []
    for name in ("In-Reply-To", "References"):
        found += _ID.findall(text_of(message, name))[-_MOST_REFERENCES:]
    thread = text_of(message, "X-GM-THRID")
    return tuple(dict.fromkeys([*found, *([f"thread {thread}"] if thread else [])]))
