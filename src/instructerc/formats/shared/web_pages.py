"""Chats that are web pages: the parts of each message by the classes of their elements, read as the file is read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

from instructerc.errors import BadRow, InputError
from instructerc.formats.shared.lines import OpenText, check_characters
from instructerc.formats.shared.reading import Reading

_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"}
)
_BLOCKS = frozenset({"p", "blockquote", "pre", "li"})
_SILENT = frozenset({"script", "style"})
_DEEPEST = 500
_LONGEST_TAG = 1 << 20


@dataclass(slots=True)
class PageMessage:
    """A message of a page.

    Attributes:
        line: where it begins.
        classes: those of its element.
        group: the number of the group that it stands in; 0 before the first.
        parts: its texts by the names of parts, and under `NAME@title` the title of the element.
    """

    line: int
    classes: frozenset[str]
    group: int
    parts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PageLayout:
    """How a program lays its pages out.

    Attributes:
        messages: classes, one of which an element has that is a message; within a message they mean nothing.
        parts: names of parts by the class of their elements.
        left_out: classes of elements within messages whose text is none of theirs.
        groups: classes of elements that stand around the messages of one speaker.
        once: parts of which only the first counts.
    """

    messages: frozenset[str]
    parts: Mapping[str, str]
    left_out: frozenset[str]
    groups: frozenset[str] = frozenset()
    once: frozenset[str] = frozenset()


class _Page(HTMLParser):
    """Gathers messages; parts outside of messages are those of the page.

    Attributes:
        page: the parts that stand outside of messages.
        done: messages that are whole.
    """

    def __init__(self, layout: PageLayout) -> None:
        super().__init__(convert_charrefs=True)
        self._layout = layout
        # Of each open element: its tag, the part that it is, and whether it is the message itself.
        self._open: list[tuple[str, str | None, bool]] = []
        self._message: PageMessage | None = None
        self._group = 0
        self.page = PageMessage(0, frozenset(), 0)
        self.done: list[PageMessage] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        classes = frozenset((given.get("class") or "").split())
        if tag in _VOID:
            shown = given.get("alt") if tag == "img" and any("emoji" in one for one in classes) else None
            self.handle_data("\n" if tag == "br" else shown or "")
            return
        if len(self._open) >= _DEEPEST:
            raise InputError(f"elements are nested more than {_DEEPEST} deep")
        part = self._open[-1][1] if self._open else None
        is_message = self._message is None and bool(classes & self._layout.messages)
        self._group += bool(classes & self._layout.groups)
        if is_message:
            self._message, part = PageMessage(self.getpos()[0], classes, self._group), None
        elif tag in _SILENT or classes & self._layout.left_out:
            part = ""
        elif part is None and (named := self._part_of(classes)):
            part = self._begin_part(named, given.get("title"))
        elif tag in _BLOCKS:
            self.handle_data("\n")
        self._open.append((tag, part, is_message))

    def _part_of(self, classes: frozenset[str]) -> str | None:
        return next((self._layout.parts[one] for one in classes & self._layout.parts.keys()), None)

    def _begin_part(self, named: str, title: str | None) -> str:
        parts = self._target.parts
        if named in self._layout.once and parts.get(named, "").strip():
            return ""
        parts[named] = f"{parts[named]}\n" if parts.get(named) else ""
        if title:
            parts.setdefault(f"{named}@title", title)
        return named

    def handle_endtag(self, tag: str) -> None:
        if not any(name == tag for name, _, _ in self._open):
            return
        while self._open:
            name, _, is_message = self._open.pop()
            if is_message:
                self.finish()
            if name == tag:
                return

    def handle_data(self, data: str) -> None:
        part = self._open[-1][1] if self._open else None
        if part:
            self._target.parts[part] += data if "\n" in data and not data.strip() and len(data) == 1 else _flat(data)

    def finish(self) -> None:
        """Ends the message that is open."""
        if self._message is not None:
            self.done.append(self._message)
            self._message = None

    @property
    def _target(self) -> PageMessage:
        return self._message or self.page


def _flat(data: str) -> str:
    """Returns a text as a browser shows it: its blanks and line ends are one blank each."""
    start = " " if data[:1].isspace() else ""
    end = " " if data[-1:].isspace() and data.strip() else ""
    return start + " ".join(data.split()) + end


def read_page(file: OpenText, reading: Reading, layout: PageLayout, page: dict[str, str]) -> Iterator[PageMessage]:
    """Yields the messages of a page; `page` is filled with the parts outside of messages.

    Raises:
        InputError: elements are nested too deeply, or a tag does not end.
        BadRow: a line with bytes of another encoding.
    """
    parser = _Page(layout)
    parser.page.parts = page
    for raw in reading.rows(file.lines):
        try:
            check_characters(raw, reading.source, file.lines.number)
        except BadRow as error:
            reading.skip(error)
            continue
        try:
            parser.feed(raw)
        except (InputError, AssertionError, ValueError) as error:
            raise InputError(f"{reading.source}:{file.lines.number}: not usable HTML: {error}") from None
        if len(parser.rawdata) > _LONGEST_TAG:
            raise InputError(f"{reading.source}:{file.lines.number}: not usable HTML: a tag or comment does not end")
        yield from parser.done
        parser.done.clear()
    parser.close()
    parser.finish()
    yield from parser.done


def tidy(text: str) -> str:
    """Returns a part without blanks around its lines, and without more than one empty line in a row."""
    lines = [line.strip() for line in text.split("\n")]
    kept = [line for place, line in enumerate(lines) if line or (place and lines[place - 1])]
    return "\n".join(kept).strip()
