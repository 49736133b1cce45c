"""Slack's exports: folders and single days, names for ids, and what a folder may not lead to."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow, InputError
from instructerc.formats import ReadOptions, ReadReport, read_conversations
from instructerc.formats.shared import peek

USERS = [
    {"id": "U1", "name": "annl", "profile": {"display_name": "Ann", "real_name": "Ann Lee"}},
    {"id": "U2", "name": "bo", "real_name": "Bo Ray", "profile": {"display_name": ""}},
    {"id": "U3", "name": "cy", "profile": {}},
]
JOINED = {"type": "message", "subtype": "channel_join", "user": "U1", "ts": "1735070000.000100", "text": "<@U1> joined"}


def _message(user: str, text: str, ts: str = "1735070001.000200", **more: object) -> dict[str, object]:
    return {"type": "message", "user": user, "text": text, "ts": ts, "client_msg_id": "x", **more}


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """Returns a small export with two channels and a conversation of two."""
    files: dict[str, object] = {
        "users.json": USERS,
        "channels.json": [{"id": "C1", "name": "general"}, {"id": "C2", "name": "silent"}],
        "dms.json": [{"id": "D1", "members": ["U1", "U2"]}],
        "integration_logs.json": [],
        "general/2024-12-24.json": [
            JOINED,
            _message("U1", "Who comes?", thread_ts="1735070001.000200", reply_count=1),
            _message("U3", "", "1735070003.000000", files=[{"name": "a.png"}]),
            _message("U2", "Me!", "1735070061.500000", thread_ts="1735070001.000200"),
            _message("U1", "We won!", "1735070031.000000"),
        ],
        "general/2024-12-25.json": [_message("U3", "What?", "1735156401.000200")],
        "D1/2024-12-24.json": [_message("U2", "psst")],
        "silent/canvas_in_the_conversation.json": {"a": 1},
    }
    for name, content in files.items():
        path = tmp_path / "export" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")
    return tmp_path / "export"


def _read(source: object, *, input_format: str | None = None, **options: object):
    report = ReadReport(anomalies=[])
    given = ReadOptions(**options)
    return list(read_conversations(source, input_format=input_format, options=given, report=report)), report


def _read_day(messages: object, **options: object):
    return _read(io.StringIO(json.dumps(messages)), **options)


def test_a_folder_has_a_conversation_per_channel(export):
    talks, report = _read(export)
    assert talks == [
        Conversation("D1", [Utterance("Bo Ray", "psst", start=0)]),
        Conversation(
            "general",
            [
                Utterance("Ann", "Who comes?", start=0),
                Utterance("Ann", "We won!", start=30),
                Utterance("Bo Ray", "Me!", start=60.5),
                Utterance("cy", "What?", start=86_400),
            ],
        ),
    ]
    assert report.notes == [
        f"{export}: 1 message(s) without a speaker, such as who joined: left out",
        f"{export}: 1 message(s) without text, such as a lone file or sticker: left out",
    ]
    day = str(export / "general" / "2024-12-24.json")
    assert [(odd.source, odd.place) for odd in report.anomalies or []] == [(day, "message 1"), (day, "message 3")]


def test_a_folder_may_be_given_with_its_format(export):
    assert len(_read(str(export), input_format="slack")[0]) == 2


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<@U1>, and <@U2|bo> too: <@U9>", "@Ann, and @Bo Ray too: @U9"),
        ("<#C1|general> <#C1> <#C9>", "#general #general #C9"),
        ("<http://example.org|here> <http://example.org> <mailto:a@b.c|a@b.c>", "here http://example.org a@b.c"),
        ("<!here> <!subteam^S1|@devs> <!date^1^{date}|Feb 1>", "@here @devs Feb 1"),
        ("1 &lt; 2 &amp;&amp; 3 &gt; 2 &amp;lt;", "1 < 2 && 3 > 2 &lt;"),
        ("*bold* :tada:\nBye", "*bold* 🎉\nBye"),
    ],
)
def test_texts_are_as_slack_shows_them(export, text, plain):
    (export / "D1" / "2024-12-24.json").write_text(json.dumps([_message("U2", text)]), encoding="utf-8")
    assert _read(export)[0][0].utterances[0].text == plain


def test_one_day_is_named_after_the_file(export):
    day = export / "general" / "2024-12-24.json"
    [talk], report = _read(day)
    assert (talk.id, talk.cast) == ("2024-12-24", ("U1", "U2"))
    assert [turn.start for turn in talk.utterances] == [0, 30, 60.5]
    assert f"{day}: 3 message(s) by unknown users: named by their id" in report.notes


def test_a_message_may_carry_the_name():
    profile = {"display_name": "", "real_name": "Ann Lee", "name": "annl"}
    [talk], report = _read_day([_message("U1", "Hi <@U1>", user_profile=profile), _message("U1", "Ho")])
    assert talk.utterances == (Utterance("Ann Lee", "Hi @Ann Lee", start=0), Utterance("Ann Lee", "Ho", start=0))
    assert report.notes == []


@pytest.mark.parametrize(
    ("message", "speaker"),
    [
        ({"subtype": "bot_message", "username": "Deploy", "bot_id": "B1"}, "Deploy"),
        ({"subtype": "bot_message", "bot_profile": {"name": "Poll"}, "bot_id": "B1"}, "Poll"),
        ({"subtype": "bot_message", "bot_id": "B1"}, "B1"),
        ({"subtype": "me_message", "user": "U1"}, "U1"),
        ({"subtype": "thread_broadcast", "user": "U1"}, "U1"),
        ({}, "Speaker"),
    ],
)
def test_who_says_it(message, speaker):
    [talk], _ = _read_day([{"type": "message", "text": "a", "ts": "1735070001.000200"} | message])
    assert talk.cast == (speaker,)


@pytest.mark.parametrize("subtype", ["channel_topic", "channel_leave", "bot_add", "pinned_item", "tombstone"])
def test_what_nobody_says_is_left_out(subtype):
    [talk], report = _read_day([_message("U1", "a"), _message("U1", "b", subtype=subtype)])
    assert len(talk) == 1
    assert "<stream>: 1 message(s) without a speaker, such as who joined: left out" in report.notes


@pytest.mark.parametrize(
    ("message", "said"),
    [
        (5, ":1: message 1: must be an object, got 5"),
        ({"text": "a"}, ":1: message 1: has no 'ts', the time when it was written"),
        ({"text": "a", "ts": "soon"}, ":1: message 1: 'ts' is 'soon', which is not a time"),
        ({"text": 5, "ts": "1735070001.000200"}, ":1: message 1: 'text' must be text, got 5"),
        ({"text": "a", "user": 5, "ts": "1735070001.000200"}, ":1: message 1: 'user' must be text, got 5"),
    ],
)
def test_a_wrong_message_is_told_and_can_be_passed_over(message, said):
    data = [message, _message("U1", "a")]
    with pytest.raises(BadRow, match=said):
        _read_day(data, input_format="slack")
    [talk], report = _read_day(data, input_format="slack", skip_bad=True)
    assert len(talk) == len(report.skipped) == 1


def test_another_document_is_refused():
    with pytest.raises(InputError, match="is not of a Slack export, where each file is a list"):
        _read_day({"a": 1}, input_format="slack")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b'[{"a":', "not JSON at line 1"),
        (b"", "is empty"),
        (b"{}", "each file is a list"),
        (b"\x1f\x8b", "a gzip file"),
    ],
)
def test_a_broken_file_is_told_and_can_be_passed_over(export, content, said):
    wrong = export / "general" / "2024-12-26.json"
    wrong.write_bytes(content)
    with pytest.raises(BadRow, match=rf"2024-12-26\.json:1: .*{said}"):
        _read(export)
    talks, report = _read(export, skip_bad=True)
    assert [len(talk) for talk in talks] == [1, 4]
    assert [row.source for row in report.skipped] == [str(wrong)]


def test_a_file_that_is_too_large_is_refused(export, monkeypatch):
    monkeypatch.setattr(peek, "MAX_DOCUMENT", 1 << 20)
    (export / "general" / "2024-12-26.json").write_text("[" + " " * (1 << 20) + "]")
    with pytest.raises(InputError, match=r"2024-12-26\.json:1: one JSON document of more than 1 Mi characters"):
        _read(export)


def test_links_are_not_followed(export, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "2024-12-24.json").write_text(json.dumps([_message("U1", "secret")]))
    (export / "linked").symlink_to(outside)
    (export / "general" / "2024-12-23.json").symlink_to(outside / "2024-12-24.json")
    talks, report = _read(export)
    assert all(turn.text != "secret" for talk in talks for turn in talk.utterances)
    assert f"{export}: 2 link(s) in the folder: not followed" in report.notes


def test_names_of_channels_are_never_paths(export):
    (export / "channels.json").write_text(json.dumps([{"id": "C1", "name": "../../outside"}, {"id": 5}, 7]))
    (export / "users.json").write_text(json.dumps([{"id": "U1", "name": []}, {"name": "a"}, None]))
    assert [talk.cast for talk in _read(export)[0]] == [("U2",), ("U1", "U2", "U3")]


@pytest.mark.parametrize("input_format", ["jsonl", "whatsapp"])
def test_other_folders_are_refused(tmp_path, input_format):
    (tmp_path / "talk.txt").write_text("Ann: Hi")
    with pytest.raises(
        InputError, match=r"is a folder; give a file, or the folder of .* or a Slack export, or of one of its channels"
    ):
        _read(tmp_path, input_format=input_format)


def test_an_export_without_messages_is_refused(tmp_path):
    (tmp_path / "users.json").write_text("[]")
    with pytest.raises(InputError, match=r"holds no folder of a channel with a file such as 2024-12-24\.json"):
        _read(tmp_path)


@pytest.mark.parametrize("text", ["<" * 1_000_000, "<@" + "U" * 1_000_000, "<a|" * 300_000, "&amp;" * 200_000])
def test_a_long_text_takes_no_time(text):
    [talk], _ = _read_day([_message("U1", text)], input_format="slack")
    assert len(talk) == 1


def _put(folder: Path, **files: object) -> None:
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("DAY", "2024-12-24.json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content), encoding="utf-8")


def test_without_a_list_of_users_names_come_from_any_message_of_the_export(tmp_path):
    profile = {"real_name": "Ann Lee", "display_name": "Ann"}
    _put(
        tmp_path,
        a__DAY=[_message("U1", "<@U2> hi"), _message("U2", "ho", "1735070002.000200")],
        b__DAY=[_message("U1", "again", user_profile=profile)],
    )
    talks, report = _read(tmp_path)
    assert [(talk.id, [(turn.speaker, turn.text) for turn in talk.utterances]) for talk in talks] == [
        ("a", [("Ann", "@U2 hi"), ("U2", "ho")]),
        ("b", [("Ann", "again")]),
    ]
    assert report.notes == [f"{tmp_path}: 1 message(s) by unknown users: named by their id"]


def test_the_folder_of_one_channel_finds_the_users_beside_it(export):
    talks, _ = _read(export / "general")
    assert [(talk.id, talk.cast) for talk in talks] == [("general", ("Ann", "Bo Ray", "cy"))]


def test_an_organisation_has_its_own_list_of_users_and_workspaces(tmp_path):
    _put(
        tmp_path,
        **{"org_users.json": {"ok": True, "members": USERS}},
        teams__One__general__DAY=[_message("U1", "hi")],
        teams__Two__general__DAY=[_message("U2", "ho")],
    )
    talks, _ = _read(tmp_path)
    assert [(talk.id, talk.cast) for talk in talks] == [("general", ("Ann",)), ("general/2", ("Bo Ray",))]


def test_days_of_another_program_are_not_slacks(tmp_path):
    _put(tmp_path, notes__DAY=[{"mood": "joy"}])
    with pytest.raises(InputError, match="is a folder"):
        _read(tmp_path)
