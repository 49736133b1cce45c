"""Which format a file has."""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest

from instructerc.errors import InputError
from instructerc.formats import ReadOptions, formats, read_conversations
from instructerc.formats.contest import detect_text, judge
from instructerc.formats.registry import known_formats
from instructerc.formats.shared.lines import open_text

HI = "Hi, name, message, text"
TELEGRAM = (
    '{"name": "Ann", "type": "personal_chat", "id": 1, "messages": [{"id": 1, "type": "message", "date": "2024", "from"'
)
DISCORD = '{"guild": {"id": "1"}, "channel": {"name": "general"}, "exportedAt": "2024", "messages": [{"id": "1"'
SLACK = '[\n {"user": "U1", "type": "message", "ts": "1735070001.000200", "text": "Hi"'
MELD = "Utterance,Speaker,Emotion,Dialogue_ID,Utterance_ID\nHi,Ann,joy,0,0\n"


def test_names_that_were_given_out_stay() -> None:
    first = "chat discord elan jsonl label-studio meld messages parquet plain slack srt table telegram transcript vtt"
    assert set(formats()) >= {*first.split(), "whatsapp", "whisper", "zoom-chat"}
    assert formats() == tuple(sorted(formats()))


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a", '{"text": "Hi"}', "jsonl"),
        ("a.txt", '\n  {"text": "Hi"}', "jsonl"),
        ("a", '[ {"text": "Hi"}]', "jsonl"),
        ("a", "[12:30] Ann: Hi", "plain"),
        ("a.NDJSON", "Ann: Hi", "plain"),
        ("a.json", "Ann: Hi", "plain"),
        ("a", MELD, "meld"),
        ("a.csv", MELD, "meld"),
        ("a.csv", MELD.replace(",", ";"), "table"),
        ("a.tsv", MELD, "meld"),
        ("a", "speaker\ttext\nAnn\tHi\n", "table"),
        ("a.txt", "name;message\nAnn;Hi\n", "table"),
        ("a.csv", "Ann: Hi", "plain"),
        ("a.md", "Ann: Hi", "plain"),
        ("a.log", "Ann: Hi", "plain"),
        ("a.xyz", "Ann: Hi", "plain"),
        ("a.txt", f"24/12/2024, 21:05 - Ann: {HI}\n24/12/2024, 21:06 - Bo: Ho\n", "whatsapp"),
        ("a", "[24/12/24, 9:05:33\u202fPM] Ann: Hi\n", "whatsapp"),
        ("a.txt", "24/12/2024, 21:05 - Ann: Hi\nBo: Ho\n", "plain"),
        ("a.txt", "10:05:01 From Ann to Everyone:\n\tHi\n", "zoom-chat"),
        ("a.txt", "00:05:12\tAnn:\tname,message\n", "zoom-chat"),
        ("a.txt", "Ann  0:03\nHi\n\nBo  0:05\nHo\n", "transcript"),
        ("a.txt", "[Ann] 10:05:01\nHi\n", "transcript"),
        ("a.json", TELEGRAM, "telegram"),
        ("result", '{"about": "", "chats": {"list": [' + TELEGRAM, "telegram"),
        ("a.json", DISCORD, "discord"),
        ("a.json", SLACK, "slack"),
        ("a.txt", SLACK, "slack"),
        # Rows that have something of an export are rows all the same.
        ("a.json", '{"id": 1, "type": "message", "messages": [], "text": "Hi"}', "jsonl"),
        ("a.json", '{"guild": {}, "channel": {}, "text": "Hi"}', "jsonl"),
        ("a.json", '{"guild": "a", "channel": "b", "messages": 5, "text": "Hi"}', "jsonl"),
        ("a.json", '{"type": "message", "ts": "1735070001.000200", "text": "Hi"}', "jsonl"),
        ("a.json", '[{"type": "message", "ts": "5", "text": "Hi"}]', "jsonl"),
        ("a.json", '{"chats": 5, "text": "Hi"}', "jsonl"),
        ("a.json", '[{"role": "user", "type": "message", "content": "Hi"}]', "messages"),
    ],
)
def test_format_is_found_by_extension_and_content(tmp_path: Path, name: str, content: str, expected: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with open_text(path, ReadOptions()) as text:
        assert detect_text(text, ReadOptions())[0].name == expected


def test_given_columns_make_a_table() -> None:
    given = (
        ("what,who\nHi,Ann\n", ReadOptions(text_column="what")),
        (MELD, ReadOptions(text_column="Utterance")),
        (MELD, ReadOptions(note_column="Utterance_ID")),
        (MELD, ReadOptions(speaker_note_column="Utterance_ID")),
    )
    for content, options in given:
        with open_text(io.StringIO(content), options) as text:
            assert detect_text(text, options)[0].name == "table"


def test_given_format_wins(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Ann: Hi, Bo\n")
    [talk] = read_conversations(path, input_format="plain")
    assert talk.utterances[0].text == "Hi, Bo"


def test_an_unknown_format_is_refused_with_the_nearest() -> None:
    with pytest.raises(
        InputError,
        match=r"'jsnl' \(did you mean 'jsonl'\?\); give one of ass, .*, zoom-chat",
    ):
        read_conversations("a.txt", input_format="jsnl")


def test_no_sample_could_be_of_two_formats_that_are_equally_sure() -> None:
    for content in (TELEGRAM, DISCORD, SLACK, MELD, "WEBVTT\n", '[{"role": "user", "content": "Hi"}]'):
        with open_text(io.StringIO(content), ReadOptions()) as file:
            first, second, *_ = judge(file, ReadOptions())
        assert (first.share, first.text.sure) > (second.share, second.text.sure)


def test_the_golden_table_of_the_documents_is_the_registrys() -> None:
    path = Path(__file__).parents[2] / "docs" / "files.md"
    rows = [f"| `{name}` | {one.about} | {one.speakers} | {one.times} |" for name, one in known_formats().items()]
    table = "\n".join(["| name | what | speakers | times |", "|---|---|---|---|", *rows, "", ""])
    text = path.read_text(encoding="utf-8")
    begin = text.index("| name | what |")
    end = text.index("\n\n", begin) + 2
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text[:begin] + table + text[end:], encoding="utf-8")
        return
    assert text[begin:end] == table
