"""Chats as programs export them: written in each layout and read, with the quirks of each, and hostile files."""

from __future__ import annotations

import html
import io
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instructerc.errors import InputError
from instructerc.formats import ReadReport, read_conversations

Turns = list[tuple[str, str]]
BEGIN = datetime(2024, 3, 11, 9, 5, tzinfo=UTC)


def _times(turns: Turns) -> list[tuple[datetime, str, str]]:
    return [(BEGIN + timedelta(minutes=place), name, text) for place, (name, text) in enumerate(turns)]


def _line(turns: Turns) -> str:
    rows = [f"{when:%H:%M}\t{name}\t{text}" for when, name, text in _times(turns)]
    return "\n".join(["[LINE] Chat history with Mia", "Saved on: 2024/03/12, 22:10", "", "2024/03/11 Mon", *rows])


def _kakao_computer(turns: Turns) -> str:
    rows = [
        f"[{name}] [{'오전' if when.hour < 12 else '오후'} {when.hour % 12 or 12}:{when:%M}] {text}"
        for when, name, text in _times(turns)
    ]
    rule = "--------------- 2024년 3월 11일 월요일 ---------------"
    return "\n".join(["모임 님과 카카오톡 대화", "저장한 날짜 : 2024-03-12 22:14:03", "", rule, *rows])


def _kakao_phone(turns: Turns) -> str:
    rows = [
        f"{when.year}년 {when.month}월 {when.day}일 {'오전' if when.hour < 12 else '오후'} "
        f"{when.hour % 12 or 12}:{when:%M}, {name} : {text}"
        for when, name, text in _times(turns)
    ]
    return "\n".join(["지우 님과 카카오톡 대화", "저장한 날짜 : 2024년 3월 12일 오후 10:14", "", *rows])


def _signal(turns: Turns) -> str:
    blocks = [
        f"From: {name}\nType: incoming\nSent: {when:%a, %d %b %Y %H:%M:%S} +0200\n\n{text}\n"
        for when, name, text in _times(turns)
    ]
    return "\n".join(["Conversation: Mia (+4917000000)\n", *blocks])


def _signal_backup(turns: Turns) -> str:
    names = sorted({name for name, _ in turns})
    rows: list[object] = [{"version": "1", "backupTimeMs": "1"}]
    rows += [{"recipient": {"id": str(at), "contact": {"profileGivenName": name}}} for at, name in enumerate(names)]
    rows += [{"chat": {"id": "9", "recipientId": "0"}}]
    rows += [
        {
            "chatItem": {
                "chatId": "9",
                "authorId": str(names.index(name)),
                "dateSent": str(int(when.timestamp() * 1000)),
                "standardMessage": {"text": {"body": text}},
            }
        }
        for when, name, text in _times(turns)
    ]
    return "\n".join(map(json.dumps, rows))


def _imessage(turns: Turns) -> str:
    return "\n".join(
        f"{when:%b %d, %Y} {when.hour % 12 or 12:2}:{when:%M:%S} {'AM' if when.hour < 12 else 'PM'} (Read by you)\n"
        f"{name}\n{text}\n"
        for when, name, text in _times(turns)
    )


def _viber(turns: Turns) -> str:
    return "\n".join(f"[ {when:%d/%m/%y} ][ {when:%H:%M:%S} ] {name}: {text}" for when, name, text in _times(turns))


def _telegram_copied(turns: Turns) -> str:
    return "\n\n".join(f"{name}, [{when:%d.%m.%Y %H:%M}]\n{text}" for when, name, text in _times(turns))


def _telegram_html(turns: Turns) -> str:
    rows, last = [], ""
    for when, name, text in _times(turns):
        joined = " joined" if name == last else ""
        called = "" if joined else f'<div class="from_name">\n{html.escape(name)} \n</div>'
        rows.append(
            f'<div class="message default clearfix{joined}" id="message1"><div class="body">'
            f'<div class="pull_right date details" title="{when:%d.%m.%Y %H:%M:%S} UTC+01:00">{when:%H:%M}</div>'
            f'{called}<div class="text">\n{html.escape(text)}\n</div></div></div>'
        )
        last = name
    return f'<!DOCTYPE html><html><body><div class="history">{"".join(rows)}</div></body></html>'


def _discord_html(turns: Turns) -> str:
    rows = [
        '<div class="chatlog__message-group"><div class="chatlog__message-container"><div class="chatlog__header">'
        f'<span class="chatlog__author" title="x">{html.escape(name)}</span>'
        f'<span class="chatlog__timestamp">{when:%d-%b-%y %I:%M %p}</span></div>'
        f'<div class="chatlog__content">{html.escape(text)}</div></div></div>'
        for when, name, text in _times(turns)
    ]
    return f'<!DOCTYPE html><html><body><div class="chatlog">{"".join(rows)}</div></body></html>'


def _discord_text(turns: Turns) -> str:
    rule = "=" * 62
    rows = [f"[{when:%d-%b-%y %I:%M %p}] {name}\n{text}\n" for when, name, text in _times(turns)]
    return "\n".join([rule, "Guild: Friends", "Channel: general", rule, "", *rows, rule, "Exported 2 message(s)", rule])


def _sms(turns: Turns) -> str:
    rows = [
        f'<sms address="+49" date="{int(when.timestamp() * 1000)}" type="1" body={quoteattr(text)} '
        f"contact_name={quoteattr(name)} />"
        for when, name, text in _times(turns)
    ]
    return f"<?xml version='1.0' encoding='UTF-8' ?>\n<smses count=\"2\">\n{chr(10).join(rows)}\n</smses>"


WRITERS: dict[str, Callable[[Turns], str]] = {
    "line": _line,
    "kakaotalk": _kakao_phone,
    "kakaotalk-pc": _kakao_computer,
    "signal": _signal,
    "signal-backup": _signal_backup,
    "imessage": _imessage,
    "viber": _viber,
    "telegram-copied": _telegram_copied,
    "telegram-html": _telegram_html,
    "discord-html": _discord_html,
    "discord-text": _discord_text,
    "sms-backup": _sms,
}
WORDS = st.text("abcdefgh XYZ äüé안녕あいשלום!?.,'😀", min_size=1, max_size=30).map(lambda text: " ".join(text.split()))
TURNS = st.lists(
    st.tuples(st.sampled_from(["Mia Kern", "Theo", "지우", "Zoë"]), WORDS.map(lambda text: f"so {text}".strip())),
    min_size=2,
    max_size=8,
)


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=25, deadline=None)
@given(turns=TURNS)
def test_what_is_written_in_a_layout_is_read(name: str, turns: Turns) -> None:
    written = WRITERS[name](turns)
    for chosen in (None, name.removesuffix("-pc")):
        [talk] = read_conversations(io.StringIO(written), input_format=chosen)
        assert [(turn.speaker, turn.text) for turn in talk.utterances] == turns
        assert [turn.start for turn in talk.utterances] == [60.0 * place for place in range(len(turns))]


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=30, deadline=None)
@given(
    cut=st.integers(0, 4000),
    put=st.sampled_from(["", "\0", "<", "]]>", "<!--", "[", "\ud800", "\n\n", "{", "&#55357;"]),
)
def test_a_damaged_file_is_read_or_refused(name: str, cut: int, put: str) -> None:
    written = WRITERS[name]([("Mia", "so happy"), ("Theo", "so sad"), ("Mia", "why?")])
    damaged = written[: cut % len(written)] + put + written[cut % len(written) + 5 :]
    data = io.BytesIO(damaged.encode("utf-8", "surrogatepass"))
    try:
        talks = list(read_conversations(data, input_format=name.removesuffix("-pc")))
    except InputError as error:
        assert "\n" not in str(error)  # noqa: PT017
    else:
        assert all(turn.text for talk in talks for turn in talk.utterances)


QUIRKS = {
    "line": (
        "[LINE] Miaとのトーク履歴\r\n保存日時：2024/03/11 22:10\r\n\r\n2024/03/11(月)\r\n午後9:05\tMia\tつらい\r\n"
        '午後9:06\tTheo\t[スタンプ]\r\n午後9:07\tTheo\t☎ 通話時間 0:30\r\n午後9:08\tTheo\t"大丈夫？\r\nええ"\r\n'
        "21:09\tTheo unsent a message.\r\n",
        [("Mia", "つらい"), ("Theo", "大丈夫？\nええ")],
    ),
    "kakaotalk": (
        "KakaoTalk Chats with Mia\nDate Saved : Mar 11, 2024 at 10:14 PM\n\nMar 11, 2024 at 10:14 PM, Mia : Hi\nyou\n"
        "Mar 11, 2024 at 10:15 PM, Theo left this chatroom.\nMar 11, 2024 at 10:16 PM, Theo : Photo\n",
        [("Mia", "Hi\nyou")],
    ),
    "signal": (
        "Conversation: Friends\n\nFrom: Mia (+49123456)\nType: incoming\nSent: Wed, 30 Jul 2025 09:17:39 +0200\n"
        "Attachment: a.jpg (image/jpeg, 10 bytes)\n\nFrom: You\nType: outgoing\nSent: Wed, 30 Jul 2025 09:18:39 +0200\n"
        "\n> old words\n\nso it says\n\nFrom: here to there\n",
        [("You", "so it says\n\nFrom: here to there")],
    ),
    "imessage": (
        "May 17, 2022  5:29:42 PM\nMia\nI won\nTapbacks:\n    Loved by Me\n\n    May 17, 2022  5:30:00 PM\n    Me\n"
        "    nice\n\nMay 17, 2022  5:30:00 PM\nMe\nnice\nThis message responded to an earlier message.\n\n"
        "May 17, 2022  5:31:00 PM Mia named the conversation Fun\n\nMay 17, 2022  5:32:00 PM\nMe\n"
        "attachments/1/a.HEIC\n",
        [("Mia", "I won"), ("Me", "nice")],
    ),
    "sms-backup": (
        '<smses count="3"><sms address="1" date="1735070000000" type="1" body="I &#55357;&#56832;&#10;yes" '
        'contact_name="Mia"/><sms address="1" date="1735070060000" type="2" body="ok" contact_name="Mia"/>'
        '<sms address="1" date="1735070061000" type="3" body="draft" contact_name="Mia"/></smses>',
        [("Mia", "I 😀\nyes"), ("Me", "ok")],
    ),
    "stacked-transcript": (
        "Mia Kern\n0 minutes 3 seconds\n0:03\nI got the job!\nTheo\n1 minute 2 seconds\n1:02\nwow\nreally\n",
        [("Mia Kern", "I got the job!"), ("Theo", "wow\nreally")],
    ),
}


@pytest.mark.parametrize("name", QUIRKS)
def test_what_programs_put_between_the_words_is_no_word(name: str) -> None:
    written, turns = QUIRKS[name]
    report = ReadReport()
    [talk] = read_conversations(io.BytesIO(written.encode()), report=report)
    assert [(turn.speaker, turn.text) for turn in talk.utterances] == turns
    assert bool(report.notes) == (name != "stacked-transcript")


def test_entities_are_refused() -> None:
    written = '<!DOCTYPE smses [<!ENTITY a "b">]><smses><sms type="1" body="&a;"/></smses>'
    with pytest.raises(InputError, match="declares a document type"):
        list(read_conversations(io.StringIO(written)))


def test_a_forwarded_message_is_said_by_who_forwards_it() -> None:
    forwarded = '<div class="forwarded body"><div class="from_name">Zed</div><div class="text">old</div></div>'
    written = _telegram_html([("Mia", "so new"), ("Mia", "why?")]).replace(
        "</div></div></div>", f"</div>{forwarded}</div></div>", 1
    )
    [talk] = read_conversations(io.StringIO(written))
    assert [(turn.speaker, turn.text) for turn in talk.utterances] == [("Mia", "so new\nold"), ("Mia", "why?")]
