"""Telegram Desktop's export as web pages: `messages.html`, `messages2.html` and so on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from instructerc.conversation import Conversation
from instructerc.errors import BadRow, InputError
from instructerc.formats.format import Folder, Format, Sureness, Text
from instructerc.formats.shared.chat_turns import Said, build_chat
from instructerc.formats.shared.dated_chat import ATTACHMENT, NOTICE
from instructerc.formats.shared.dates import find_moments
from instructerc.formats.shared.folders import list_folder, read_file
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, build_utterance
from instructerc.formats.shared.times.day_clocks import read_date, stamp_of
from instructerc.formats.shared.web_pages import PageLayout, PageMessage, read_page, tidy

_LAYOUT = PageLayout(
    messages=frozenset({"message"}),
    parts={"from_name": "name", "text": "text", "date": "date"},
    left_out=frozenset({"reply_to", "reactions", "media_wrap", "signature", "bot_buttons_table", "userpic_wrap"}),
    # A second name is that of who wrote what is forwarded.
    once=frozenset({"name"}),
)
_MARK = re.compile(r"class=[\"']?message (?:default|service)\b")
_FILE = re.compile(r"messages(\d*)\.html")
_DATE = re.compile(r"(\d{2}\.\d{2}\.\d{4}) (\d{2}:\d{2}:\d{2})(?: UTC([+-]\d{2}):(\d{2}))?")


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a page with messages and their names or texts as Telegram calls them."""
    head = file.peek.head
    is_page = head.lstrip("\ufeff \t\r\n")[:1] == "<"
    return float(is_page and bool(_MARK.search(head)) and ("from_name" in head or "pull_right date details" in head))


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the chat as one conversation, named after it; starts in seconds from its first message.

    Messages of the service and those with only a file or sticker are left out and counted; quoted messages and
    reactions are not words of a message. What was forwarded is said by who forwarded it.

    Raises:
        InputError: no message, or no usable HTML.
        BadRow: a line with bytes of another encoding.
    """
    page: dict[str, str] = {}
    said = _read_said(file, reading, page)
    yield from build_chat(tidy(page.get("text", "")) or reading.stem, said)


def read_folder(folder: Path, reading: Reading) -> Iterator[Conversation]:
    """Yields the chat of an exported folder, whose pages are read in their order.

    Raises:
        InputError: a page has no message.
    """
    pages = [entry for entry in list_folder(folder, reading) if _FILE.fullmatch(entry.name)]
    page: dict[str, str] = {}
    said: list[Said] = []
    for path in sorted(pages, key=lambda path: int(path.name[8:-5] or 1)):
        said += read_file(path, reading, lambda file, inner: _read_said(file, inner, page))
    yield from build_chat(tidy(page.get("text", "")) or reading.stem, said)


def _read_said(file: OpenText, reading: Reading, page: dict[str, str]) -> list[Said]:
    speaker, said, n_seen = "", [], 0
    for message in read_page(file, reading, _LAYOUT, page):
        n_seen += 1
        try:
            if "service" in message.classes:
                reading.repair(message.line, NOTICE)
                continue
            # Who goes on has no name again.
            if "joined" not in message.classes:
                speaker = tidy(message.parts.get("name", ""))
            text = tidy(message.parts.get("text", ""))
            if not text:
                reading.repair(message.line, ATTACHMENT)
                continue
            said.append(Said(build_utterance(reading, message.line, speaker=speaker, text=text), _moment(message)))
        except BadRow as error:
            reading.skip(error)
    if not n_seen and not reading.n_skipped:
        raise InputError(f"{reading.source}: has no message; give messages.html of Telegram's export")
    return said


def _moment(message: PageMessage) -> float | None:
    found = _DATE.search(message.parts.get("date@title", ""))
    date = read_date(found[1]) if found else None
    if found is None or date is None:
        return None
    numbers = date[0]
    [moment], _ = find_moments([stamp_of(((numbers[2], numbers[1], numbers[0]), True), found[2])])
    if moment is None or found[3] is None:
        return moment
    return moment - int(found[3]) * 3600 - int(f"{found[3][0]}{found[4]}") * 60


FORMATS = (
    Format(
        name="telegram-html",
        title="Telegram's chats as web pages",
        about="Telegram Desktop's `messages.html`, or the folder of an export with all its pages",
        times="from the first message",
        file=Text(Sureness.LAYOUT, explains, read),
        folder=Folder(
            "a Telegram export (with messages.html)",
            lambda folder: (folder / "messages.html").is_file(),
            read_folder,
        ),
    ),
)
