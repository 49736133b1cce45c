"""Mail, TextGrids, captions and transcripts in the layouts of the programs that write them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.header import Header
from email.utils import format_datetime

from layouts.chats import Turns

BEGIN = datetime(2024, 3, 11, 9, 5, tzinfo=UTC)


def _clock(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02}"


def _ass(head: str, first: str) -> Callable[[Turns], str]:
    def write(turns: Turns) -> str:
        fields = f"Format: {first}, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text"
        rows = [
            f"Dialogue: {'Marked=0' if first == 'Marked' else 0},{_clock(3 * place)}.00,{_clock(3 * place + 2)}.50,"
            f"Default,{name},0,0,0,,{text}"
            for place, (name, text) in enumerate(turns)
        ]
        styles = f"[{head}]\nFormat: Name, Fontname, Fontsize\nStyle: Default,Arial,20"
        return "\n".join(["[Script Info]", "Title: Talk", "", styles, "", "[Events]", fields, *rows, ""])

    return write


def _sbv(turns: Turns) -> str:
    return "\n".join(
        f"{_clock(3 * place)}.000,{_clock(3 * place + 2)}.500\n{name}: {text}\n"
        for place, (name, text) in enumerate(turns)
    )


def _tiers(turns: Turns) -> list[tuple[str, list[tuple[int, str]]]]:
    names = list(dict.fromkeys(name for name, _ in turns))
    return [(name, [(3 * place, text) for place, (one, text) in enumerate(turns) if one == name]) for name in names]


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _textgrid(turns: Turns) -> str:
    tiers = _tiers(turns)
    parts = ['File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0 \nxmax = 999 \ntiers? <exists> ']
    parts.append(f"size = {len(tiers)} \nitem []: ")
    for number, (name, said) in enumerate(tiers, 1):
        parts.append(f'    item [{number}]:\n        class = "IntervalTier" \n        name = {_quoted(name)} ')
        parts.append(f"        xmin = 0 \n        xmax = 999 \n        intervals: size = {len(said)} ")
        for place, (start, text) in enumerate(said, 1):
            parts.append(
                f"        intervals [{place}]:\n            xmin = {start} \n            xmax = {start + 2.5} "
            )
            parts.append(f"            text = {_quoted(text)} ")
    return "\n".join([*parts, ""])


def _textgrid_short(turns: Turns) -> str:
    tiers = _tiers(turns)
    rows = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "0", "999", "<exists>", str(len(tiers))]
    for name, said in tiers:
        rows += ['"IntervalTier"', _quoted(name), "0", "999", str(len(said))]
        rows += [f"{start}\n{start + 2.5}\n{_quoted(text)}" for start, text in said]
    return "\n".join([*rows, ""])


def _message(turns: Turns, place: int) -> str:
    name, text = turns[place]
    when = format_datetime(BEGIN + timedelta(minutes=place))
    fields = [f"From: {Header(name, 'utf-8').encode()} <a{len(name)}@example.org>", f"Date: {when}", "Subject: Talk"]
    fields += [f"Message-ID: <{place}@example.org>", "MIME-Version: 1.0"]
    fields += [f"In-Reply-To: <{place - 1}@example.org>"] if place else []
    fields += ["Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: 8bit"]
    return "\n".join([*fields, "", text, "", "On Mon, 11 Mar 2024, someone wrote:", "> old words", ""])


def _mail(turns: Turns) -> str:
    return _message(turns, 0)


def _mailbox(turns: Turns) -> str:
    parting = "From mia@example.org Mon Mar 11 09:05:00 2024\n"
    return "".join(f"{parting}{_message(turns, place)}\n" for place in range(len(turns)))


def _headed(turns: Turns) -> str:
    rows = [f"0{_clock(3 * place)} {name}\n{text}\n" for place, (name, text) in enumerate(turns)]
    return "\n".join(["Audio file", "talk.m4a", "Transcript", *rows])


def _headed_span(turns: Turns) -> str:
    return "\n".join(
        f"0:{place // 20}:{place % 20 * 3}.480 --> 0:{place // 20}:{place % 20 * 3 + 2}.120\n{name}\n{text}\n"
        for place, (name, text) in enumerate(turns)
    )


DOCUMENTS: dict[str, Callable[[Turns], str]] = {
    "ass": _ass("V4+ Styles", "Layer"),
    "ass.ssa": _ass("V4 Styles", "Marked"),
    "sbv": _sbv,
    "textgrid": _textgrid,
    "textgrid.short": _textgrid_short,
    "mail": _mail,
    "mail.box": _mailbox,
    "headed-transcript": _headed,
    "headed-transcript.span": _headed_span,
}
