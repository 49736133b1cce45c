"""Chat exports: a chat that is written in a program's layout comes back equal, and any other file ends in an answer."""

from __future__ import annotations

import contextlib
import html
import io
import json
import re
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instructerc.conversation import Conversation
from instructerc.errors import InputError, InstructERCError
from instructerc.formats import ReadOptions, read_conversations

Row = tuple[str, str, int]

# Day 24 tells the days of the first date from the months.
BEGIN = datetime(2024, 10, 24, 9, 30, 5, tzinfo=UTC)
# Without what marks a file, and the @ that makes a line one of TalkBank's.
PLAIN = st.characters(exclude_categories=["Cs", "Cc", "Cf", "Zl", "Zp"], exclude_characters="<>@")
LINE = st.text(PLAIN, max_size=12)
TEXT = st.lists(LINE, min_size=1, max_size=3).map(lambda lines: "\n".join(lines).strip()).filter(bool)
NAME = st.text(PLAIN, min_size=1, max_size=10).map(lambda name: " ".join(name.split())).filter(bool)
ANY_TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12).map(str.strip)


def _chats(names: st.SearchStrategy[str], texts: st.SearchStrategy[str], most: int) -> st.SearchStrategy[list[Row]]:
    """Returns chats of rows (name, text, seconds from the first row), which grow by up to `most` seconds."""
    row = st.tuples(names, texts.filter(bool), st.integers(0, most))

    def add_up(rows: list[Row]) -> list[Row]:
        seconds, found = 0, []
        for place, (name, text, pause) in enumerate(rows):
            seconds += pause if place else 0
            found.append((name, text, seconds))
        return found

    return st.lists(row, min_size=1, max_size=5).map(add_up)


def _read(content: str, input_format: str | None = None) -> list[Conversation]:
    return list(read_conversations(io.BytesIO(content.encode()), input_format=input_format))


def _rows(talk: Conversation, first: float = 0) -> list[tuple[str, str, float]]:
    assert all(turn.start is not None for turn in talk.utterances)
    return [(turn.speaker, turn.text, (turn.start or 0) - first) for turn in talk.utterances]


def _name(text: str) -> bool:
    quotes = sum(text.count(quote) for quote in '"“”„«»')
    return ": " not in text and not text.endswith(":") and quotes % 2 == 0


@settings(max_examples=60)
@given(
    # WhatsApp writes "null" for what it cannot show.
    _chats(NAME.filter(_name), TEXT.filter(lambda text: text.casefold() != "null"), 3 * 86_400),
    st.sampled_from(["%d{0}%m{0}%Y", "%d{0}%m{0}%y", "%m{0}%d{0}%y", "%Y{0}%m{0}%d"]),
    st.sampled_from("/.-"),
    st.sampled_from(["%H:%M:%S", "%I:%M:%S %p", "%I:%M:%S\u202f%p"]),
    st.booleans(),
    st.sampled_from(["\n", "\r\n"]),
)
def test_whatsapp(rows: list[Row], date: str, separator: str, time: str, iphone: bool, end: str) -> None:
    if not iphone:
        # Android tells no seconds.
        rows = [(name, text, seconds // 60 * 60) for name, text, seconds in rows]
        time = time.replace(":%S", "")
    lines = []
    for name, text, seconds in rows:
        moment = (BEGIN + timedelta(seconds=seconds)).strftime(f"{date.format(separator)}, {time}")
        lines.append(f"[{moment}] {name}: {text}" if iphone else f"{moment} - {name}: {text}")
    [talk] = _read(end.join("\n".join(lines).split("\n")) + end, "whatsapp")
    assert _rows(talk) == rows


@settings(max_examples=60)
@given(_chats(ANY_TEXT.filter(bool), ANY_TEXT, 10**7), st.booleans(), st.booleans())
def test_telegram(rows: list[Row], account: bool, unix: bool) -> None:
    messages = []
    for number, (name, text, seconds) in enumerate(rows):
        moment = BEGIN + timedelta(seconds=seconds)
        parts: Any = [text[:2], {"type": "bold", "text": text[2:]}] if number % 2 else text
        message = {"id": number, "type": "message", "date": moment.strftime("%Y-%m-%dT%H:%M:%S"), "text": parts}
        message |= {"date_unixtime": str(int(moment.timestamp()))} if unix else {}
        messages.append(message | ({"from": name} if number % 3 else {"from": None, "from_id": name}))
    chat = {"name": "Talk", "type": "private_group", "id": 1, "messages": messages}
    document = {"about": "", "chats": {"about": "", "list": [chat]}} if account else chat
    [talk] = _read(json.dumps(document, ensure_ascii=False))
    assert (talk.id, _rows(talk)) == ("Talk", rows)


@settings(max_examples=60)
@given(_chats(ANY_TEXT.filter(bool), ANY_TEXT, 10**7))
def test_discord(rows: list[Row]) -> None:
    messages = [
        {
            "id": str(number),
            "type": "Reply" if number % 2 else "Default",
            "timestamp": (BEGIN + timedelta(seconds=seconds)).isoformat(),
            "content": text,
            "author": {"name": "account", "nickname": name} if number % 3 else {"name": name, "nickname": None},
        }
        for number, (name, text, seconds) in enumerate(rows)
    ]
    document = {"guild": {"name": "G"}, "channel": {"name": "general"}, "messages": messages}
    [talk] = _read(json.dumps(document, indent=2))
    assert (talk.id, _rows(talk)) == ("general", rows)


@settings(max_examples=40)
@given(_chats(ANY_TEXT.filter(bool), ANY_TEXT, 3 * 86_400))
def test_slack(rows: list[Row]) -> None:
    ids = {name: f"U{number}" for number, name in enumerate(dict.fromkeys(name for name, _, _ in rows))}
    days: dict[str, list[dict[str, str]]] = {}
    for name, text, seconds in rows:
        moment = BEGIN + timedelta(seconds=seconds)
        message = {"type": "message", "user": ids[name], "ts": f"{moment.timestamp():.6f}"}
        message["text"] = html.escape(text, quote=False)
        days.setdefault(f"{moment:%Y-%m-%d}", []).append(message)
    with tempfile.TemporaryDirectory() as folder:
        users = [{"id": key, "name": "account", "profile": {"display_name": name}} for name, key in ids.items()]
        (Path(folder) / "users.json").write_text(json.dumps(users))
        (Path(folder) / "general").mkdir()
        for day, messages in days.items():
            (Path(folder) / "general" / f"{day}.json").write_text(json.dumps(messages[::-1]))
        [talk] = read_conversations(folder)
    # The files are out of order, so that those of one moment may have changed places.
    assert (talk.id, sorted(_rows(talk))) == ("general", sorted(rows))
    assert [turn.start for turn in talk.utterances] == [seconds for _, _, seconds in rows]


def _is_zoom_name(name: str) -> bool:
    return ":" not in name and not name.casefold().startswith("to ") and " to " not in name.casefold()


@settings(max_examples=80)
@given(
    _chats(NAME.filter(_is_zoom_name), TEXT, 7200),
    st.sampled_from(
        [
            "{0}\t From  {1} : {2}\n",
            "{0}\t From  {1}  to  Everyone : {2}\n",
            "{0} From {1} to Bo(Direct Message):\n\t{3}\n",
            "{0} From {1} To Everyone:\n    {3}\n",
            "{0}\t{1}:\t{2}\n",
        ]
    ),
)
def test_zoom_chat(rows: list[Row], layout: str) -> None:
    rows = [(name, "\n".join(line.strip() for line in text.split("\n")), seconds) for name, text, seconds in rows]
    content = "".join(
        layout.format((BEGIN + timedelta(seconds=seconds)).strftime("%H:%M:%S"), name, text, text.replace("\n", "\n\t"))
        for name, text, seconds in rows
    )
    [talk] = _read(content)
    assert _rows(talk) == rows


def _is_heading_name(name: str) -> bool:
    return not set(name) & set("[]\u00a0") and not re.search(r"\d([-/.])\d+\1\d+$", name)


@settings(max_examples=80)
@given(
    _chats(NAME.filter(_is_heading_name), TEXT, 1200),
    st.sampled_from(["{0}  {1}", "{0}   {1}", "{0}\t{1}", "[{0}] {1}"]),
    st.sampled_from(["\n", "\n\n"]),
)
def test_transcript(rows: list[Row], heading: str, between: str) -> None:
    rows = [
        (name, "\n".join(line.strip() for line in text.split("\n") if line.strip()), seconds)
        for name, text, seconds in rows
    ]
    first = 0 if heading.startswith("[") else 5
    content = between.join(
        heading.format(name, str(timedelta(seconds=seconds + 5))) + f"\n{text}\n" for name, text, seconds in rows
    )
    [talk] = _read(content)
    assert _rows(talk, first) == rows


SAMPLES = {
    "whatsapp": "24/12/2024, 21:05 - Ann created group\n24/12/2024, 21:05 - Ann: Hi é\nmore\n"
    "24/12/2024, 21:06 - ~ Bo: <Media omitted>\n24/12/2024, 21:07 - Ann: Ho <This message was edited>\n",
    "whatsapp of an iPhone": "[12/24/24, 9:05:33\u202fPM] Ann: Hi\n"
    "\u200e[12/24/24, 9:05:34\u202fPM] Bo: \u200e<attached: 1.jpg>\n",
    "telegram": json.dumps(
        {
            "name": "Ann",
            "type": "personal_chat",
            "id": 1,
            "messages": [
                {"id": 1, "type": "service", "date": "2024-12-24T21:05:00", "text": ""},
                {
                    "id": 2,
                    "type": "message",
                    "date_unixtime": "1735070700",
                    "from": "Ann",
                    "text": ["a", {"text": "é"}],
                },
            ],
        },
        indent=1,
        ensure_ascii=False,
    ),
    "slack": json.dumps([{"type": "message", "user": "U1", "ts": "1735070001.000200", "text": "Hi <@U1> &amp; co"}]),
    "discord": json.dumps(
        {
            "guild": {"name": "G"},
            "channel": {"name": "general"},
            "messages": [
                {"type": "Default", "timestamp": "2024-12-24T21:05:00+00:00", "content": "é", "author": {"name": "Ann"}}
            ],
        }
    ),
    "zoom-chat": "10:05:01 From Ann to Everyone:\n\tHi é\n"
    '10:05:02 From Bo to Ann(Direct Message):\n\tReplying to "Hi"\n\tHo\n',
    "transcript": "Talk\n\nAnn Lee  0:03\nHello é\n\nBo Ray   1:00:10\nYes.\n\nTranscribed by https://otter.ai\n",
}


@pytest.mark.parametrize("sample", SAMPLES)
@pytest.mark.parametrize("given_format", [False, True])
def test_a_file_that_ends_too_early(sample: str, given_format: bool) -> None:
    content = SAMPLES[sample].encode()
    input_format = sample.split()[0] if given_format else None
    for end in range(len(content) + 1):
        for skip_bad in (False, True):
            stream, options = io.BytesIO(content[:end]), ReadOptions(skip_bad=skip_bad)
            with contextlib.suppress(InstructERCError):
                assert list(read_conversations(stream, input_format=input_format, options=options))
    assert list(read_conversations(io.BytesIO(content), input_format=input_format))


PIECES = st.sampled_from(
    [
        *(
            "\n",
            "\r\n",
            "\n\n",
            "\0",
            "\u200e",
            "\u202f",
            ": ",
            ":",
            "\t",
            "  ",
            "[",
            "] ",
            " - ",
            "<",
            ">",
            '"',
            "Ann",
            "é",
        ),
        *(
            "24/12/2024, 21:05 - ",
            "12/24/24, 9:05 PM - ",
            "[24/12/24, 21:05:33] ",
            "99/99/99, 99:99 - ",
            "2024-12-24, 21:05 - ",
        ),
        *(
            "10:05:01 From ",
            " to Everyone",
            "00:05:12\t",
            'Replying to "',
            'Reacted to "',
            '" with ',
            "  0:03",
            "10:05:01",
        ),
    ]
).map(str.encode)


@settings(max_examples=80)
@given(
    st.lists(PIECES | st.binary(max_size=4), max_size=20).map(b"".join),
    st.sampled_from(["whatsapp", "zoom-chat", "transcript", None]),
    st.booleans(),
)
def test_any_lines_end_in_an_answer_or_an_error(content: bytes, input_format: str | None, skip_bad: bool) -> None:
    options = ReadOptions(skip_bad=skip_bad)
    with contextlib.suppress(InputError):
        talks = list(read_conversations(io.BytesIO(content), input_format=input_format, options=options))
        assert all(turn.speaker.strip() for talk in talks for turn in talk.utterances)


KEYS = st.sampled_from(
    [
        *("messages", "chats", "list", "name", "id", "type", "text", "from", "from_id", "date", "date_unixtime"),
        *("guild", "channel", "author", "nickname", "content", "timestamp"),
        *("user", "ts", "subtype", "user_profile", "profile", "bot_profile", "username"),
    ]
)
LEAF = (
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.text(max_size=8)
    | st.sampled_from(["message", "service", "Default", "bot_message", "1735070001.000200", "2024-12-24T21:05:00"])
)
JSON = st.recursive(LEAF, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner), max_leaves=12)
MESSAGE = st.dictionaries(KEYS, JSON)
DOCUMENT = (
    JSON
    | st.lists(MESSAGE)
    | st.fixed_dictionaries({"messages": st.lists(MESSAGE)})
    | st.fixed_dictionaries(
        {"chats": st.fixed_dictionaries({"list": st.lists(st.fixed_dictionaries({"messages": st.lists(MESSAGE)}))})}
    )
)


@settings(max_examples=60)
@given(DOCUMENT, st.sampled_from(["telegram", "discord", "slack", None]), st.booleans())
def test_any_json_ends_in_an_answer_or_an_error(data: Any, input_format: str | None, skip_bad: bool) -> None:
    options = ReadOptions(skip_bad=skip_bad)
    stream = io.StringIO(json.dumps(data))
    with contextlib.suppress(InputError):
        talks = list(read_conversations(stream, input_format=input_format, options=options))
        assert talks
        assert len({talk.id for talk in talks}) == len(talks)
