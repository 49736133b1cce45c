"""Chats as programs export them: written in each layout and read, with the quirks of each, and hostile files."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layouts import form_of
from layouts.chats import WRITERS, Turns

from instructerc.errors import InputError
from instructerc.formats import ReadReport, read_conversations

WORDS = st.text("abcdefgh XYZ äüé안녕あいשלום!?.,'😀", min_size=1, max_size=30).map(lambda text: " ".join(text.split()))
TURNS = st.lists(
    st.tuples(st.sampled_from(["Mia Kern", "Theo", "지우", "Zoë"]), WORDS.map(lambda text: f"so {text}".strip())),
    min_size=2,
    max_size=8,
)


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=25)
@given(turns=TURNS)
def test_what_is_written_in_a_layout_is_read(name: str, turns: Turns) -> None:
    written = WRITERS[name](turns)
    for chosen in (None, form_of(name)):
        [talk] = read_conversations(io.StringIO(written), input_format=chosen)
        assert [(turn.speaker, turn.text) for turn in talk.utterances] == turns
        assert [turn.start for turn in talk.utterances] == [60.0 * place for place in range(len(turns))]


@pytest.mark.parametrize("name", WRITERS)
@settings(max_examples=30)
@given(
    cut=st.integers(0, 4000),
    put=st.sampled_from(["", "\0", "<", "]]>", "<!--", "[", "\ud800", "\n\n", "{", "&#55357;"]),
)
def test_a_damaged_file_is_read_or_refused(name: str, cut: int, put: str) -> None:
    written = WRITERS[name]([("Mia", "so happy"), ("Theo", "so sad"), ("Mia", "why?")])
    damaged = written[: cut % len(written)] + put + written[cut % len(written) + 5 :]
    data = io.BytesIO(damaged.encode("utf-8", "surrogatepass"))
    try:
        talks = list(read_conversations(data, input_format=form_of(name)))
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
    written = WRITERS["telegram-html"]([("Mia", "so new"), ("Mia", "why?")]).replace(
        "</div></div></div>", f"</div>{forwarded}</div></div>", 1
    )
    [talk] = read_conversations(io.StringIO(written))
    assert [(turn.speaker, turn.text) for turn in talk.utterances] == [("Mia", "so new\nold"), ("Mia", "why?")]


@pytest.mark.parametrize("mark", ["·", "•", "|", "@"])
def test_a_sign_between_name_and_clock_is_not_of_the_name(mark):
    text = f"Mia Kern {mark} 9:05 AM\nI got the job :tada:\nTheo {mark} 9:06 AM\nGreat\n"
    [talk] = read_conversations(io.StringIO(text), report=ReadReport())
    assert [(turn.speaker, turn.text, turn.start) for turn in talk.utterances] == [
        ("Mia Kern", "I got the job 🎉", 0.0),
        ("Theo", "Great", 60.0),
    ]


@pytest.mark.parametrize(
    "text",
    [
        'speaker,text\nMia,"again :rage: at 12:30:15"\nTheo,:party_parrot:\n',
        '{"speaker": "Mia", "text": "again :rage: at 12:30:15"}\n{"speaker": "Theo", "text": ":party_parrot:"}\n',
        "Mia 9:05 PM\nagain :rage: at 12:30:15\nTheo 9:06 PM\n:party_parrot:\nMia 9:07 PM\nok\n",
        "24/12/2024, 21:05 - Mia: again :rage: at 12:30:15\n24/12/2024, 21:06 - Theo: :party_parrot:\n",
    ],
)
def test_emoji_by_name_are_signs_in_every_form(text):
    [talk] = read_conversations(io.StringIO(text), report=ReadReport())
    assert [turn.text for turn in talk.utterances][:2] == ["again 😡 at 12:30:15", ":party_parrot:"]
