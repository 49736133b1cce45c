"""A format is one new file: it is found, detected, read, written and named wherever formats are listed."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import instructerc.formats
from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError
from instructerc.formats import formats, read_conversations
from instructerc.formats.annotated_copy import annotated_formats, open_copy
from instructerc.formats.lossless import kind_of, write_file
from instructerc.formats.registry import find_format, known_formats
from instructerc.formats.shared.answers import Answers, WrittenAnswer

TOY = '''
"""Toy: `Ann <joy> Hi`, a turn a line, below a line `%toy`."""

from instructerc.conversation import Conversation
from instructerc.formats.format import Format, Lossless, Sureness, Text
from instructerc.formats.shared.reading import build_utterance


def matches(file, options):
    return file.head.startswith("%toy")


def read(file, reading):
    turns = [turn for _, turn in _turns(file, reading) if turn is not None]
    if turns:
        yield Conversation(reading.stem, turns)


def annotate(file, reading, answers, stream):
    for line, turn in _turns(file, reading):
        stream.write(line if turn is None else f"{turn.speaker} <{answers.take(turn).emotion}> {turn.text}\\n")


def write(conversation, stream):
    stream.write("%toy\\n")
    stream.writelines(f"{turn.speaker} <{turn.emotion or ''}> {turn.text}\\n" for turn in conversation.utterances)


def write_all(conversations, path):
    with open(path, "w", encoding="utf-8") as stream:
        for conversation in conversations:
            write(conversation, stream)


def _turns(file, reading):
    for line in reading.rows(file.lines):
        if line.startswith("%toy"):
            yield line, None
            continue
        speaker, emotion, text = line.rstrip("\\n").replace(">", "<").split("<")
        yield line, build_utterance(
            reading, file.lines.number, speaker=speaker.strip(), text=text.strip(), emotion=emotion
        )


FORMATS = (
    Format(
        name="toy",
        title="Toy's talks",
        about="a toy",
        file=Text(Sureness.MARK, matches, read, annotate),
        extensions=(".toy",),
        write=write,
        lossless=Lossless((".toy",), write_all),
    ),
)
'''
TALK = Conversation("talk", [Utterance("Ann", "Hi", "joy"), Utterance("Bo", "Ho")])
WRITTEN = "%toy\nAnn <joy> Hi\nBo <> Ho\n"


@pytest.fixture
def toy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The folder of formats with one more file."""
    (tmp_path / "room").mkdir()
    (tmp_path / "room" / "toy.py").write_text(TOY, encoding="utf-8")
    monkeypatch.setattr(instructerc.formats, "__path__", [*instructerc.formats.__path__, str(tmp_path / "room")])
    known_formats.cache_clear()
    yield
    known_formats.cache_clear()
    sys.modules.pop("instructerc.formats.toy", None)


@pytest.mark.usefixtures("toy")
def test_a_new_file_is_a_format(tmp_path: Path) -> None:
    assert "toy" in formats()
    assert "toy" in annotated_formats()
    for name in ("talk.toy", "talk", "talk.txt"):
        (tmp_path / name).write_text(WRITTEN, encoding="utf-8")
        assert list(read_conversations(tmp_path / name)) == [TALK]
    assert list(read_conversations(tmp_path / "talk", input_format="toy")) == [TALK]


@pytest.mark.usefixtures("toy")
def test_it_is_written_anew_and_as_a_copy(tmp_path: Path) -> None:
    path = tmp_path / "talk.toy"
    assert kind_of(path) == "toy"
    assert write_file([TALK], path, "toy").n_utterances == 2
    assert path.read_text(encoding="utf-8") == WRITTEN
    stream = io.StringIO()
    write = find_format("toy").write
    assert write is not None
    write(TALK, stream)
    assert stream.getvalue() == WRITTEN
    answers = Answers(
        [(turn, WrittenAnswer("anger", 0.9, {"anger": 0.9})) for turn in TALK.utterances], ("anger",), str(path)
    )
    copied = io.StringIO()
    with open_copy(path) as copy:
        assert copy is not None
        copy.write(answers, copied)
    assert copied.getvalue() == "%toy\nAnn <anger> Hi\nBo <anger> Ho\n"


@pytest.mark.usefixtures("toy")
def test_the_command_line_names_and_reads_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from instructerc.cli.main import main

    (tmp_path / "talk").write_text(WRITTEN, encoding="utf-8")
    for arguments, said in (
        (["recognize", "--help"], ("toy, transcript", "Toy's talks")),
        (["corpus", "convert", f"{tmp_path}/talk", "-o", f"{tmp_path}/new.toy"], ("1 conversations, 2 utterances",)),
    ):
        monkeypatch.setattr(sys, "argv", ["instructerc", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        assert not end.value.code
        shown = " ".join(capsys.readouterr().out.split())
        assert all(words in shown for words in said)
    assert (tmp_path / "new.toy").read_text(encoding="utf-8") == WRITTEN


def test_without_the_file_there_is_no_such_format() -> None:
    with pytest.raises(InputError, match="unknown input format 'toy'"):
        find_format("toy")


@pytest.mark.usefixtures("toy")
@pytest.mark.parametrize(
    ("change", "said"),
    [(('name="toy"', 'name="vtt"'), "two formats are called 'vtt'"), ((".toy", ".srt"), "srt and toy2? both own .srt")],
)
def test_two_formats_must_differ(
    tmp_path: Path, change: tuple[str, str], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = "toy2" if "srt" in said else "toy"
    text = TOY.replace(*change).replace('name="toy"', f'name="{name}"')
    (tmp_path / "room" / "toy2.py").write_text(text, encoding="utf-8")
    known_formats.cache_clear()
    with pytest.raises(TypeError, match=said):
        known_formats()
    sys.modules.pop("instructerc.formats.toy2", None)
