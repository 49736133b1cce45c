"""WhatsApp's exports: both phones, all orders of a date, and what WhatsApp itself writes among the messages."""

from __future__ import annotations

import io
import re

import pytest

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow, InputError
from instructerc.formats import ReadOptions, ReadReport, read_conversations
from instructerc.formats.shared.dates import split_stamp, split_stamps
from instructerc.formats.whatsapp import remarks
from instructerc.formats.whatsapp.any_case import AnyCase

ANDROID = """24/12/2024, 21:05 - Messages and calls are end-to-end encrypted. Tap to learn more.
24/12/2024, 21:05 - Ann created group "Trip: Rome"
24/12/2024, 21:05 - Ann: Hi
who is there?

See http://example.org: it is nice
24/12/2024, 21:06 - +49 151 23456789: <Media omitted>
24/12/2024, 21:06 - ~ Bo 🦊: <Media omitted>
The tower
24/12/2024, 21:07 - Mum :): We won! <This message was edited>
24/12/2024, 21:08 - ~ Bo 🦊: This message was deleted
24/12/2024, 21:09 - Ann changed the subject from "Trip: Rome" to "Home"
24/12/2024, 21:10 - Ann: \u200eIMG-20241224-WA0001.jpg (file attached)
25/12/2024, 00:00 - Ann: [24/12/2024, 21:05] Ann: Hi
[24/12/2024, 21:07] Mum: We won!
25/12/2024, 00:01 - Ann left
"""
IPHONE = """[12/24/24, 9:05:33\u202fPM] Trip: \u200eMessages and calls are end-to-end encrypted.
[12/24/24, 9:05:33\u202fPM] Ann: Hi
\u200e[12/24/24, 9:05:35\u202fPM] Ann: \u200eimage omitted
\u200e[12/24/24, 9:06:03\u202fPM] Ann: The tower \u200e<attached: 00000007-PHOTO-2024-12-24.jpg>
\u200e[12/24/24, 9:06:04\u202fPM] Bo: paper.pdf • \u200e3 pages \u200edocument omitted
[12/25/24, 12:05:33\u202fAM] ~\u202fBo: Yes \u200e<This message was edited>
[12/25/24, 12:05:36\u202fPM] Bo: \u200eThis message was deleted.
[12/25/24, 12:05:37\u202fPM] Bo: \u200eMissed voice call
[12/25/24, 12:05:38\u202fPM] \u200eBo left
"""


def _read(text: str, **options: object) -> tuple[list[Conversation], ReadReport]:
    report = ReadReport(anomalies=[])
    given = ReadOptions(**options)
    return list(read_conversations(io.StringIO(text), options=given, report=report)), report


def _starts(text: str) -> list[float | None]:
    [talk] = _read(text)[0]
    return [turn.start for turn in talk.utterances]


def test_a_chat_of_android():
    [talk], report = _read(ANDROID)
    assert talk == Conversation(
        "conversation",
        [
            Utterance("Ann", "Hi\nwho is there?\n\nSee http://example.org: it is nice", start=0),
            Utterance("~ Bo 🦊", "The tower", start=60),
            Utterance("Mum :)", "We won!", start=120),
            Utterance("Ann", "[24/12/2024, 21:05] Ann: Hi\n[24/12/2024, 21:07] Mum: We won!", start=10_500),
        ],
    )
    assert report.notes == [
        "<stream>: 1 line(s) with a time in another style: joined to the message above",
        "<stream>: 4 notice(s) of WhatsApp itself: left out",
        "<stream>: 2 message(s) with nothing but a file or sticker: left out",
        "<stream>: 2 message(s): removed WhatsApp's remark on a file or an edit",
        "<stream>: 1 deleted message(s): left out",
    ]
    assert [(odd.place, odd.what) for odd in report.anomalies or []][-2:] == [
        (13, "message(s) with nothing but a file or sticker: left out"),
        (16, "notice(s) of WhatsApp itself: left out"),
    ]


def test_a_chat_of_an_iphone():
    [talk], report = _read(IPHONE)
    assert talk.utterances == (
        Utterance("Ann", "Hi", start=0),
        Utterance("Ann", "The tower", start=30),
        Utterance("~ Bo", "Yes", start=3 * 3600),
    )
    assert report.notes == [
        "<stream>: 3 notice(s) of WhatsApp itself: left out",
        "<stream>: 2 message(s) with nothing but a file or sticker: left out",
        "<stream>: 2 message(s): removed WhatsApp's remark on a file or an edit",
        "<stream>: 1 deleted message(s): left out",
    ]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("24/12/2024, 21:05 - ", "25/12/2024, 21:05 - "),
        ("24/12/2024 21:05 - ", "25/12/2024 21:05 - "),
        ("12/24/24, 9:05 PM - ", "12/25/24, 9:05 PM - "),
        ("24.12.24, 21:05 - ", "25.12.24, 21:05 - "),
        ("24-12-24 21:05 - ", "25-12-24 21:05 - "),
        ("2024-12-24, 21:05 - ", "2024-12-25, 21:05 - "),
        ("2024/12/24 下午9:05 - ", "2024/12/25 下午9:05 - "),
        ("2024. 12. 24. 오전 9:05 - ", "2024. 12. 25. 오전 9:05 - "),
        ("24.12.2024 klo 21.05 - ", "25.12.2024 klo 21.05 - "),
        ("٢٤\u200f/١٢\u200f/٢٠٢٤، ٩:٠٥ م - ", "٢٥\u200f/١٢\u200f/٢٠٢٤، ٩:٠٥ م - "),
        ("24/12/24, 9:05 p.\u00a0m. - ", "25/12/24, 9:05 p.\u00a0m. - "),
        ("24/12/24, 9:05 a.m. – ", "25/12/24, 9:05 a.m. – "),
        ("[24/12/2024, 21:05:33] ", "[25/12/2024, 21:05:33] "),
        ("\u200e[12/24/24, 9:05:33\u202fPM] ", "[12/25/24, 9:05:33\u202fPM] "),
        ("[12.3.2022 klo 14.08.18] ", "[13.3.2022 klo 14.08.18] "),
    ],
)
def test_ways_to_write_a_date(first, second):
    assert sorted(_starts(f"{first}Ann: Hi\n{second}Bo: Ho\n")) == [0, 86_400]


def test_twelve_hours_begin_with_twelve():
    lines = ("12:00 AM", "1:00 AM", "12:00 PM", "1:00 PM", "11:59 PM")
    chat = "".join(f"12/24/24, {time} - Ann: Hi\n" for time in lines)
    assert _starts(chat) == [0, 3600, 43_200, 46_800, 86_340]


@pytest.mark.parametrize(
    ("dates", "starts", "note"),
    [
        # A number over 12, wherever it stands.
        (("01/02/24", "02/02/24", "13/02/24"), [0, 1, 12], None),
        (("01/02/24", "01/03/24", "01/13/24"), [0, 1, 11], None),
        # Times do not run backwards.
        (("05/01/24", "06/01/24", "01/02/24"), [0, 1, 27], None),
        (("1/5/24", "1/6/24", "2/1/24"), [0, 1, 27], None),
        # Both go: the shorter chat.
        (("05/01/24", "06/01/24"), [0, 1], "day-month"),
        (("1/5/24", "1/6/24"), [0, 1], "month-day"),
        # It makes no difference.
        (("05/01/24", "05/01/24"), [0, 0], None),
        (("03/03/24", "03/03/24"), [0, 0], None),
    ],
)
def test_day_and_month_are_told_apart_by_the_whole_file(dates, starts, note):
    [talk], report = _read("".join(f"{date}, 21:05 - Ann: Hi\n" for date in dates))
    assert [turn.start for turn in talk.utterances] == [day * 86_400 for day in starts]
    sentence = f"<stream>: dates are ambiguous (day-month or month-day): read as {note}"
    assert report.notes == ([] if note is None else [sentence])


@pytest.mark.parametrize(
    "text",
    [
        "<Medien ausgeschlossen>",
        "<Multimedia omitido>",
        "\u200e<Anhang: 00000007-PHOTO.jpg>",
        "\u200eBild weggelassen",
        "\u200eaudio omitido",
        "STK-1.webp (Datei angehängt)",
        "\u200eDOC.pdf (ekli)",
        "\u200e",
        "",
    ],
)
def test_files_without_words_are_left_out(text):
    [talk], report = _read(f"24/12/24, 21:05 - Ann: {text}\n24/12/24, 21:06 - Bo: Ho\n")
    assert [turn.text for turn in talk.utterances] == ["Ho"]
    assert report.notes == ["<stream>: 1 message(s) with nothing but a file or sticker: left out"]


@pytest.mark.parametrize(
    "text",
    [
        "This message was deleted by admin Cy.",
        "Diese Nachricht wurde gelöscht.",
        "Se eliminó este mensaje",
        "\u200eYou deleted this message.",
    ],
)
def test_deleted_messages_are_left_out(text):
    [talk], report = _read(f"24/12/24, 21:05 - Ann: {text}\n24/12/24, 21:06 - Bo: Ho\n")
    assert [turn.text for turn in talk.utterances] == ["Ho"]
    assert report.notes == ["<stream>: 1 deleted message(s): left out"]


@pytest.mark.parametrize(
    "text",
    [
        "I <3 you",
        "a < b > c",
        "This message was deleted by mistake?\nReally",
        "see photo.jpg (nice)",
        "omitted",
        "<>",
        "You deleted this message again, why",
    ],
)
def test_words_that_look_like_remarks_stay(text):
    [talk], report = _read(f"24/12/24, 21:05 - Ann: {text}\n24/12/24, 21:06 - Bo: Ho\n")
    assert talk.utterances[0] == Utterance("Ann", text, start=0)
    assert report.notes == []


def test_lines_before_the_first_message_are_counted():
    report = ReadReport()
    chat = io.StringIO("and so on\n\n24/12/24, 21:05 - Ann: Hi\n")
    [talk] = read_conversations(chat, input_format="whatsapp", report=report)
    assert talk.utterances == (Utterance("Ann", "Hi", start=0),)
    assert report.notes == ["<stream>: 1 line(s) before the first message: left out"]


def test_a_date_that_does_not_exist():
    chat = "24/12/24, 21:05 - Ann: Hi\n45/45/24, 21:05 - Bo: Ho\n24/12/24, 25:05 - Cy: Hm\n"
    with pytest.raises(BadRow, match=r"<stream>:2: '45/45/24, 21:05 -' is not a valid date and time"):
        _read(chat)
    [talk], report = _read(chat, skip_bad=True)
    assert len(talk) == 1
    assert [row.line for row in report.skipped] == [2, 3]


def test_a_wrong_line_takes_its_message_with_it():
    wrong = b"24/12/24, 21:05 - Ann: Hi\n24/12/24, 21:06 - Bo: caf\xe9\nwent on\n24/12/24, 21:07 - Ann: a\nb\xe9\nc\n"
    report = ReadReport()
    [talk] = read_conversations(io.BytesIO(wrong), options=ReadOptions(skip_bad=True), report=report)
    assert [turn.text for turn in talk.utterances] == ["Hi", "a\nc"]
    assert [row.line for row in report.skipped] == [2, 5]
    assert report.notes == ["<stream>: 1 line(s) that continue a skipped one: left out"]


def test_another_file_is_refused():
    with pytest.raises(InputError, match="no line begins like a WhatsApp message, such as 24/12/2024, 21:05 - Ann"):
        list(read_conversations(io.StringIO("Ann: Hi\n"), input_format="whatsapp"))


@pytest.mark.parametrize(
    "line",
    [
        "1" * 1_000_000,
        "\u200e" * 1_000_000,
        "24/12/24, 21:05 - " + "a" * 1_000_000,
        "24/12/24, 21:05 - " + " " * 1_000_000 + ":",
        "24/12/24, 21:05 - Ann: " + "\u200e<" * 500_000,
        "24/12/24, 21:05 - Ann: " + "\u200ea " * 300_000,
        "24/12/24, 21:05 - Ann: " + "a.b " * 250_000 + "\u200e",
        "24/12/24, 21:05 - Ann: <" + "a" * 1_000_000 + ">",
        "24/12/24, 21:05 - " + '"' * 1_000_000,
    ],
)
def test_a_long_line_takes_no_time(line):
    chat = f"24/12/24, 21:05 - Ann: Hi\n24/12/24, 21:05 - Ann: Hi\n{line}\n"
    [talk], _ = _read(chat)
    assert len(talk) in (2, 3)


@pytest.mark.parametrize(
    "text",
    ["Ses Atlandı", "SES ATLANDI", "ses atlandi", "Video omitted.", "VİDEO OMITTED", "GIF 생략", "gif", "né", "NÉ"],
)
def test_ascii_in_small_letters_is_what_a_pattern_without_case_matches(text: str) -> None:
    pattern = r"ses atlandı|(?:video|image) omitted[.]?|GIF 생략|né"
    assert AnyCase(pattern).is_all_of(text) == (re.fullmatch(pattern, text, re.IGNORECASE) is not None)


def _said(*lines: str) -> list[tuple[str, str]]:
    text = "".join(f"24/12/2024, 21:{place:02} - {line}\n" for place, line in enumerate(lines, 5))
    return [(turn.speaker, turn.text) for talk in _read(text)[0] for turn in talk.utterances]


@pytest.mark.parametrize(
    "notice",
    [
        "小美: 消息和通话都进行端到端加密。只有此聊天中的成员可以查看。",
        "지우: 메시지와 통화는 종단간 암호화됩니다.",
        "小美: 小美创建了群组“划船”",
        "지우: 지우님이 그룹 '노'을 만들었습니다",
        'منى: أنشأت منى المجموعة "تجديف"',
        "علي: مكالمة صوتية فائتة",
        'מיה: מיה יצרה את הקבוצה "חתירה"',
        "מיה: שיחה קולית שלא נענתה",
        'नेहा: नेहा ने ग्रुप "नाव" बनाया',
        "नेहा: मिस्ड वॉइस कॉल",
        "美咲: 美咲がグループ「ボート」を作成しました",
        "美咲: 音声通話の不在着信",
        "Elsa: Elsa skapade gruppen ”Rodd”",
        "Elsa: Missat röstsamtal",
        "小美: 未接语音通话",
        "Rudertruppe: Ida hat dich hinzugefügt.",
        "Rudertruppe: Ida hat die Gruppe „Rudertruppe“ erstellt.",
        "Friends: Ida added you",
        'Friends: Ida created group "Friends"',
        "Mia: Disappearing messages were turned on. New messages will disappear after 90 days.",
        "Theo: Mia's security code changed",
    ],
)
def test_notices_without_a_mark_are_said_by_nobody(notice: str):
    assert _said(notice, "Bo: hi", "Ann: ho") == [("Bo", "hi"), ("Ann", "ho")]


@pytest.mark.parametrize(
    "words",
    ["我创建了群组", "我加入了篮球队", "jag skapade gruppen igår", "Ida left", "he added you to the list", "电话"],
)
def test_what_people_say_of_groups_and_calls_is_no_notice(words: str):
    assert ("Bo", words) in _said("Bo: hi", f"Bo: {words}", "Ann: ho")


@pytest.mark.parametrize(
    ("evening", "morning"),
    [
        *[("रात", "सुबह"), ("రాత్రి", "ఉదయం"), ("રાત્રે", "સવારે"), ("വൈകുന്നേരം", "രാവിലെ"), ("شام", "صبح")],
        *[("вечера", "утра"), ("de la noche", "de la mañana"), ("da noite", "da manhã"), ("PM", "AM")],
    ],
)
@pytest.mark.parametrize("date", ["{}/12/2024", "{}-Dec-2024", "{} Dec 2024"])
def test_halves_of_the_day(evening: str, morning: str, date: str):
    text = f"{date.format(24)}, 9:05 {evening} - Ann: Hi\n{date.format(25)}, 9:05 {morning} - Bo: Ho\n"
    assert _starts(text) == [0, 43_200]
    assert not _read(text)[1].notes


def test_a_name_with_a_colon_is_one_name():
    work = ["12/24/24, 21:05 - Ann: Work: Hi", "12/24/24, 21:06 - Bo: Note: I wait", "12/24/24, 21:07 - Bo: ok"]
    [talk], report = _read("\n".join([*work, "12/24/24, 21:08 - Ann: Work: So: what?"]))
    assert [(turn.speaker, turn.text) for turn in talk.utterances] == [
        ("Ann: Work", "Hi"),
        ("Bo", "Note: I wait"),
        ("Bo", "ok"),
        ("Ann: Work", "So: what?"),
    ]
    assert report.notes[-1].endswith("a colon read as part of a name: line 1")
    # Words of one message, and the heads of fields, are no part of a name.
    [talk], _ = _read("\n".join(["12/24/24, 21:05 - Ann: Note: Hi", "12/24/24, 21:06 - Ann: Note: So"]))
    assert talk.cast == ("Ann",)


def test_what_stands_between_asterisks_is_said_by_nobody():
    [talk], report = _read(
        "[24.12.2024 21:05:33] Ann: Hi\n[24.12.2024 21:06:00] *** Call to Bo, duration: 12:33 ***\n"
        "[24.12.2024 21:07:00 | Edited 21:07:20] Bo: Well\n"
    )
    assert [(turn.speaker, turn.text, turn.start) for turn in talk.utterances] == [("Ann", "Hi", 0), ("Bo", "Well", 87)]
    assert report.notes == ["<stream>: 1 notice(s) of WhatsApp itself: left out"]


@pytest.mark.parametrize(
    "export", [ANDROID, IPHONE, "2024년 3월 1일 오후 9:05 - 지우: 2024年1月2日\n아\n", "Mar 1, 9:05 PM - Ann: Hi\n"]
)
def test_all_lines_at_once_have_the_stamps_that_each_has(export):
    for text in (
        export,
        export.replace("Ann", "Zoë"),
        f"\n{export}\n24.12.24 21:05 - a: b | \n[24/12/24, 21:05 | x\n y] Bo: Hi\n",
    ):
        lines = text.removesuffix("\n").split("\n")
        split = [split_stamp(line) or (None, "") for line in lines]
        found = list(split_stamps(text))
        assert [stamp for stamp, _, _ in found] == [stamp for stamp, _ in split]
        assert [line for _, _, line in found] == lines
        assert [rest for stamp, rest, _ in found if stamp] == [rest for stamp, rest in split if stamp]


@pytest.mark.parametrize(
    ("words", "is_typed"),
    [
        ("I got the job!", True),
        ("Messages wait", True),
        ("Messages and calls are end-to-end encrypted. Tap to learn more.", False),
        ("This message was deleted.", False),
        ("Bild weggelassen", False),
        ("Missed voice call", False),
        ("Bo left", False),
        ("It is a phone number", False),
        ("a.jpg (file attached)", False),
        ("", False),
        ("so:  what", False),
        ("Grüße", False),
    ],
)
def test_what_is_seen_to_be_typed_is_what_all_rules_say(words, is_typed, monkeypatch):
    assert remarks._is_typed(words, "~ Bo") == is_typed
    quick = remarks.read_remarks(words, "~ Bo")
    monkeypatch.setattr(remarks, "_is_typed", lambda text, speaker: False)
    assert remarks.read_remarks(words, "~ Bo") == quick
