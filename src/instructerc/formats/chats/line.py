"""LINE's exported chats, of phones and computers: a date on a line of its own, then time, name and words in columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise, takewhile

from instructerc.conversation import Conversation
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.dated_chat import ATTACHMENT, DELETED, LineHead, read_dated
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.names import Shape, shape_of
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading
from instructerc.formats.shared.shares import share_of_messages
from instructerc.formats.shared.times.day_clocks import CLOCK, MARKS, read_date_line, second_of_day

# Phones put tabs between the columns, copies two blanks or more, and computers one blank.
_COLUMNS = re.compile(rf"({CLOCK})(?:\t| {{2,}})([^\t]*?)(?:\t| {{2,}})(.*)")
_ALONE = re.compile(rf"({CLOCK})(?:\t+| {{2,}})([^\t]*)")
_ONE_BLANK = re.compile(r"(\d{1,2}:\d{2}) (?![APap]\.?[Mm]\b)(\S+) (.*)")
# So many lines that begin with the same words are no chance.
_MANY = 3
_TITLE = re.compile(r"\[LINE\]")
_SAVED = re.compile(
    r"(?:Saved on|保存日時|儲存日期|儲存時間|保存日期|저장한 날짜|저장 일시|บันทึกเมื่อ|Disimpan pada)\s*[:：]"
)
_PLACEHOLDER = re.compile(r"\[[^\W\d_][^\[\]\d]{0,24}\]|☎.*", re.DOTALL)
_BARE = frozenset(
    {
        *("Stickers", "Photos", "Videos", "Photo", "Sticker", "貼圖", "圖片", "影片", "スタンプ", "画像", "動画"),
        *("스티커", "사진", "동영상"),
    }
)
_UNSENT = re.compile(
    r".{0,60}(?:unsent a message\.?|メッセージ(?:の送信)?を取り消しました。?|已收回訊息。?|收回了?訊息。?"
    r"|메시지 전송을 취소했습니다\.?|membatalkan pengiriman pesan\.?|ยกเลิกข้อความ)"
)
_NOTICE = re.compile(
    r".{0,80}(?:(?:joined|left) the (?:group|chat)\.?"
    r"|.{1,60} (?:invited|added|removed) .{1,60} (?:to|from) the (?:group|chat)\.?"
    r"|(?:が|を).{0,40}(?:参加しました|退出しました|招待しました|追加しました|変更しました)。?"
    r"|(?:加入聊天|離開聊天|加入群組|退出群組|邀請.{1,40}加入)。?|님이 (?:들어왔습니다|나갔습니다|초대했습니다)\.?)"
)


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns the share of the lines from the first day on, if messages stand below it; all below LINE's own title."""
    lines = [line.strip(MARKS) for line in file.peek.lines]
    if not any(read_date_line(before) and (_head(line) or _ONE_BLANK.match(line)) for before, line in pairwise(lines)):
        return 0.0
    if _TITLE.match(lines[0]) or (len(lines) > 1 and _SAVED.match(lines[1])):
        return 1.0
    in_columns = sum(bool(_head(line) or read_date_line(line)) for line in lines)
    if 2 * in_columns >= len(lines):
        return share_of_messages(lines, read_date_line, alone=0.9)
    # One blank is evidence only where names come again.
    names = Counter(found[2] for line in lines if (found := _ONE_BLANK.fullmatch(line)))
    if max(names.values(), default=0) > 1 and 2 * (in_columns + names.total()) >= len(lines):
        return 0.7
    return 0.0


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the chat as one conversation, named after the file; starts in seconds from its first message.

    Stickers, photos, calls, unsent messages and notices are left out and counted. Where one blank parts name and words,
    the first word is the name, and a note gives these lines.

    Raises:
        InputError: no line begins like a message.
        BadRow: a message with a time that does not exist, or with bytes of another encoding.
    """
    in_columns = any(_COLUMNS.fullmatch(line.strip(MARKS)) for line in file.peek.lines)
    names = set() if in_columns else _long_names(line.strip(MARKS) for line in file.peek.lines)

    def read_head(raw: str) -> LineHead | None:
        line = raw.strip(MARKS)
        date = read_date_line(line)
        if date is not None:
            return LineHead(date)
        if _TITLE.match(line) or _SAVED.match(line):
            return None
        head = _head(line)
        return head if head is not None or in_columns else _one_blank(line, names, reading, file.lines.number)

    yield from read_dated(file, reading, read_head, _clean, "21:05<tab>Mia<tab>Hi below a line with the date")


def _head(line: str) -> LineHead | None:
    found = _COLUMNS.fullmatch(line)
    if found is not None and second_of_day(found[1]) is not None:
        name = found[2].strip(MARKS + " ")
        return LineHead(None, found[1], name or None, found[3])
    found = _ALONE.fullmatch(line)
    return LineHead(None, found[1]) if found is not None and second_of_day(found[1]) is not None else None


def _long_names(lines: Iterable[str]) -> set[str]:
    """Returns the names of several words: those with which all lines begin that have the same first word, if many."""
    begins: dict[str, list[list[str]]] = {}
    for line in lines:
        if found := _ONE_BLANK.fullmatch(line):
            begins.setdefault(found[2], []).append([found[2], *found[3].split(" ")[:-1]])
    alike = [_common(words) for words in begins.values() if len(words) >= _MANY]
    return {" ".join(words) for words in alike if len(words) > 1 and all(shape_of(one) == Shape.NAME for one in words)}


def _common(lines: Sequence[Sequence[str]]) -> list[str]:
    """Returns the words with which all lines begin."""
    alike = takewhile(lambda words: len(set(words)) == 1, zip(*lines, strict=False))
    return [words[0] for words in alike]


def _one_blank(line: str, names: set[str], reading: Reading, number: int) -> LineHead | None:
    found = _ONE_BLANK.fullmatch(line)
    if found is None:
        return None
    said = f"{found[2]} {found[3]}"
    if _UNSENT.fullmatch(said) or _NOTICE.fullmatch(said):
        return LineHead(None, found[1])
    name = next((one for one in names if said.startswith(f"{one} ")), None)
    if name is not None:
        reading.doubt(number, "the first words after the time are read as the speaker")
        return LineHead(None, found[1], name, said[len(name) + 1 :])
    reading.doubt(number, "the first word after the time is read as the speaker")
    return LineHead(None, found[1], found[2], found[3])


def _clean(text: str) -> tuple[str, str | None]:
    if _PLACEHOLDER.fullmatch(text) or text in _BARE:
        return "", ATTACHMENT
    if _UNSENT.fullmatch(text):
        return "", DELETED
    # Words over several lines stand in quotes.
    if "\n" in text and text.startswith('"') and text.endswith('"'):
        text = text[1:-1].replace('""', '"')
    return text.strip(), None if text else ATTACHMENT


FORMATS = (
    Format(
        name="line",
        title="LINE's chats",
        about="LINE's exported chat (`[LINE] Chat history with …`), of phones and computers",
        times="from the first message",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
