"""KakaoTalk's exported chats: `[지우] [오전 9:12] …` of computers, `2024년 3월 11일 오후 10:14, 지우 : …` of phones."""

from __future__ import annotations

import re
from collections.abc import Iterator

from instructerc.conversation import Conversation
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.dated_chat import ATTACHMENT, DELETED, LineHead, read_dated
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading
from instructerc.formats.shared.shares import share_of_messages
from instructerc.formats.shared.times.day_clocks import CLOCK, MARKS, read_date, read_date_line, second_of_day

_COMPUTER = re.compile(rf"\[(.{{1,60}}?)\] \[({CLOCK})\] ?(.*)")
_RULE = re.compile(r"-{5,}\s*(.{6,40}?)\s*-{5,}")
_KOREAN_DATE = r"\d{4}(?:년 \d{1,2}월 \d{1,2}일|\. \d{1,2}\. \d{1,2}\.?|年\d{1,2}月\d{1,2}日)"
_ENGLISH_DATE = r"(?:[A-Z][a-z]{2,8} \d{1,2}|\d{1,2} [A-Z][a-z]{2,8}),? \d{4}"
_PHONE = re.compile(
    rf"(?P<date>{_KOREAN_DATE}|{_ENGLISH_DATE}),?(?: at)? (?P<clock>{CLOCK})"
    r"(?:, (?:(?P<name>.{1,60}?) : )?(?P<text>.*))?"
)
_SAVED = re.compile(r"(?:저장한 날짜|Date Saved|保存した日付|保存日)\s*:")
_TITLE = re.compile(r".*(?:카카오톡 대화|KakaoTalk Chats?)\b.*")
_NOTICE = re.compile(
    r".{1,60}님이 .{0,80}(?:들어왔습니다|나갔습니다|초대했습니다)\.?"
    r"|.{1,60}님이 .{0,80}(?:초대하였습니다|내보냈습니다)\.?"
    r"|.{1,60}님이 .{0,80}(?:가렸습니다|되었습니다|변경했습니다)\.?"
    r"|.{1,60} (?:(?:has )?(?:joined|left) (?:this|the) (?:chat|chatroom|group)"
    r"|invited .{1,80}|was removed from .{1,40})\.?"
    r"|채팅방 관리자가 .{1,80}|운영정책.{0,80}|\[공지\].{0,80}|메시지가 (?:삭제|가려)[^.]{0,20}습니다\.?"
)
_ATTACHMENT = re.compile(
    r"(?:사진|동영상|이모티콘|음성메시지|음성 메시지|스티커|Photos?|Videos?"
    r"|Emoticons?|Stickers?|Voice (?:[Mm]essage|Note))"
    r"(?: ?\d{1,3}(?:장)?)?|(?:파일|지도|연락처|일정|투표|선물|File|Contact|Map)\s?: ?.{1,120}"
    r"|(?:보이스톡|페이스톡|라이브톡|그룹콜)(?: .{1,20})?(?: \d{1,2}:\d{2})?|(?:Voice|Video) Call(?: .{1,20})?"
    r"|<(?:사진|동영상|Photo|Video)[^<>]*>"
)
_DELETED = re.compile(
    r"삭제된 메시지입니다\.?|(?:This message was deleted|This is a deleted message|Deleted message)\.?"
)
_LIKE = "[지우] [오전 9:12] 안녕 or 2024년 3월 11일 오후 10:14, 지우 : 안녕"


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns the share of the lines from the first day or message on, if messages look as KakaoTalk writes them."""
    lines = [line.strip(MARKS) for line in file.peek.lines]
    if not any(_COMPUTER.fullmatch(line) or _PHONE.fullmatch(line) for line in lines):
        return 0.0
    heads = [_read_head(line) for line in lines]
    n_said = sum(head is not None and head.speaker is not None for head in heads)
    marked = any(_SAVED.match(line) or _TITLE.fullmatch(line) for line in lines[:3])
    ruled = any(_rule_date(line) for line in lines)
    if not n_said or (n_said < 2 and not marked and not ruled):
        return 0.0
    if marked:
        return 1.0
    phone = sum(_PHONE.fullmatch(line) is not None for line in lines)
    return share_of_messages(lines, _read_head, alone=0.9) if ruled or phone else 0.0


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the chat as one conversation, named after the file; starts in seconds from its first message.

    Photos, emoticons, calls, deleted messages and notices are left out and counted.

    Raises:
        InputError: no line begins like a message.
        BadRow: a message with a time that does not exist, or with bytes of another encoding.
    """
    yield from read_dated(
        file,
        reading,
        lambda line: _read_head(line.strip(MARKS)),
        _clean,
        _LIKE,
    )


def _rule_date(line: str) -> LineHead | None:
    found = _RULE.fullmatch(line.strip())
    date = read_date_line(found[1]) if found is not None else None
    return None if date is None else LineHead(date)


def _read_head(line: str) -> LineHead | None:
    if found := _COMPUTER.fullmatch(line):
        return LineHead(None, found[2], found[1].strip(), found[3]) if second_of_day(found[2]) is not None else None
    if found := _PHONE.fullmatch(line):
        date = read_date(found["date"].replace(". ", ".").rstrip("."))
        if date is None:
            return None
        day = date[0], date[1]
        return LineHead(day) if found["text"] is None else LineHead(day, found["clock"], found["name"], found["text"])
    if rule := _rule_date(line):
        return rule
    if day_alone := read_date_line(line):
        return LineHead(day_alone)
    # On computers a notice has neither brackets nor a time.
    return LineHead() if _NOTICE.fullmatch(line.strip()) else None


def _clean(text: str) -> tuple[str, str | None]:
    if _DELETED.fullmatch(text):
        return "", DELETED
    return ("", ATTACHMENT) if not text or _ATTACHMENT.fullmatch(text) else (text, None)


FORMATS = (
    Format(
        name="kakaotalk",
        title="KakaoTalk's chats",
        about="KakaoTalk's exported chat as text, of computers and phones, Korean or English",
        times="from the first message",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
