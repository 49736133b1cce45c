"""Chats in the layouts of the programs that export them."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from xml.sax.saxutils import quoteattr

Turns = list[tuple[str, str]]
BEGIN = datetime(2024, 3, 11, 9, 5, tzinfo=UTC)


def times_of(turns: Turns) -> list[tuple[datetime, str, str]]:
    """Returns turns a minute apart, with their moments."""
    return [(BEGIN + timedelta(minutes=place), name, text) for place, (name, text) in enumerate(turns)]


def _line(turns: Turns) -> str:
    rows = [f"{when:%H:%M}\t{name}\t{text}" for when, name, text in times_of(turns)]
    return "\n".join(["[LINE] Chat history with Mia", "Saved on: 2024/03/12, 22:10", "", "2024/03/11 Mon", *rows])


def _kakao_computer(turns: Turns) -> str:
    rows = [
        f"[{name}] [{'오전' if when.hour < 12 else '오후'} {when.hour % 12 or 12}:{when:%M}] {text}"
        for when, name, text in times_of(turns)
    ]
    rule = "--------------- 2024년 3월 11일 월요일 ---------------"
    return "\n".join(["모임 님과 카카오톡 대화", "저장한 날짜 : 2024-03-12 22:14:03", "", rule, *rows])


def _kakao_phone(turns: Turns) -> str:
    rows = [
        f"{when.year}년 {when.month}월 {when.day}일 {'오전' if when.hour < 12 else '오후'} "
        f"{when.hour % 12 or 12}:{when:%M}, {name} : {text}"
        for when, name, text in times_of(turns)
    ]
    return "\n".join(["지우 님과 카카오톡 대화", "저장한 날짜 : 2024년 3월 12일 오후 10:14", "", *rows])


def _signal(turns: Turns) -> str:
    blocks = [
        f"From: {name}\nType: incoming\nSent: {when:%a, %d %b %Y %H:%M:%S} +0200\n\n{text}\n"
        for when, name, text in times_of(turns)
    ]
    return "\n".join(["Conversation: Mia (+4917000000)\n", *blocks])


def _signal_markdown(turns: Turns) -> str:
    rows = [f"[{when:%Y-%m-%d, %H:%M}] {name}: {text}  \n(- Ida: 👍 -)  " for when, name, text in times_of(turns)]
    return "\n".join([*rows, ""])


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
        for when, name, text in times_of(turns)
    ]
    return "\n".join(map(json.dumps, rows))


def _imessage(turns: Turns) -> str:
    return "\n".join(
        f"{when:%b %d, %Y} {when.hour % 12 or 12:2}:{when:%M:%S} {'AM' if when.hour < 12 else 'PM'} (Read by you)\n"
        f"{name}\n{text}\n"
        for when, name, text in times_of(turns)
    )


def _viber(turns: Turns) -> str:
    return "\n".join(f"[ {when:%d/%m/%y} ][ {when:%H:%M:%S} ] {name}: {text}" for when, name, text in times_of(turns))


def _telegram_copied(turns: Turns) -> str:
    return "\n\n".join(f"{name}, [{when:%d.%m.%Y %H:%M}]\n{text}" for when, name, text in times_of(turns))


def _telegram_html(turns: Turns) -> str:
    rows, last = [], ""
    for when, name, text in times_of(turns):
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
        for when, name, text in times_of(turns)
    ]
    return f'<!DOCTYPE html><html><body><div class="chatlog">{"".join(rows)}</div></body></html>'


def _discord_text(turns: Turns) -> str:
    rule = "=" * 62
    rows = [f"[{when:%d-%b-%y %I:%M %p}] {name}\n{text}\n" for when, name, text in times_of(turns)]
    return "\n".join([rule, "Guild: Friends", "Channel: general", rule, "", *rows, rule, "Exported 2 message(s)", rule])


def _sms(turns: Turns) -> str:
    rows = [
        f'<sms address="+49" date="{int(when.timestamp() * 1000)}" type="1" body={quoteattr(text)} '
        f"contact_name={quoteattr(name)} />"
        for when, name, text in times_of(turns)
    ]
    return f"<?xml version='1.0' encoding='UTF-8' ?>\n<smses count=\"2\">\n{chr(10).join(rows)}\n</smses>"


WRITERS: dict[str, Callable[[Turns], str]] = {
    "line": _line,
    "kakaotalk": _kakao_phone,
    "kakaotalk.pc": _kakao_computer,
    "signal": _signal,
    "signal-backup": _signal_backup,
    "signal-markdown": _signal_markdown,
    "imessage": _imessage,
    "viber": _viber,
    "telegram-copied": _telegram_copied,
    "telegram-html": _telegram_html,
    "discord-html": _discord_html,
    "discord-text": _discord_text,
    "sms-backup": _sms,
}
