"""Zip files and folders: exports, chats of several forms, pictures, what is too large."""

from __future__ import annotations

import tempfile
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest

from instructerc.errors import InputError
from instructerc.formats import ReadReport, read_conversations

WHATSAPP = "24/12/2024, 21:05 - Mia: so happy\n24/12/2024, 21:06 - Theo: me too\n"
VIBER = "[ 24/12/24 ][ 21:05:00 ] Mia: hi\n[ 24/12/24 ][ 21:06:00 ] Theo: ho\n"


def _zip(path: Path, files: dict[str, str]) -> Path:
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


def test_an_archive_of_one_chat_is_called_after_the_archive(tmp_path: Path) -> None:
    report = ReadReport()
    [talk] = read_conversations(_zip(tmp_path / "friends.zip", {"_chat.txt": WHATSAPP, "a.jpg": "?"}), report=report)
    assert talk.id == "friends"
    assert [turn.text for turn in talk.utterances] == ["so happy", "me too"]
    assert any("1 file(s) in no supported format" in note for note in report.notes)


@pytest.mark.parametrize("as_folder", [True, False])
def test_each_file_is_read_in_its_form(tmp_path: Path, as_folder: bool) -> None:
    files = {"one.txt": WHATSAPP, "two.txt": VIBER, "notes.txt": "nothing was said\nby anybody\n"}
    if as_folder:
        source = tmp_path / "chats"
        source.mkdir()
        for name, text in files.items():
            (source / name).write_text(text, encoding="utf-8")
    else:
        source = _zip(tmp_path / "chats.zip", files)
    assert [talk.id for talk in read_conversations(source)] == ["one", "two"]


def test_what_to_check_is_told_with_its_file(tmp_path: Path) -> None:
    lines = "Mia: a\nMia: b\nTheo: c\nMia: d\n"
    report = ReadReport()
    list(read_conversations(_zip(tmp_path / "a.zip", {"b.txt": lines, "c.txt": f"Mia: e\n{lines}"}), report=report))
    [note] = [note for note in report.notes if "please check" in note]
    assert "a.zip/b.txt line 3, " in note
    assert note.endswith("a.zip/c.txt line 4")


def test_names_cannot_leave_the_archive(tmp_path: Path) -> None:
    [talk] = read_conversations(_zip(tmp_path / "a.zip", {"../../out.txt": WHATSAPP}))
    assert talk.cast == ("Mia", "Theo")
    assert not (tmp_path.parent / "out.txt").exists()


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({"[Content_Types].xml": "", "ppt/presentation.xml": ""}, "is an Office file that is neither"),
        ({"mimetype": "", "content.xml": ""}, "is an OpenDocument file that is neither a text nor a spreadsheet"),
        ({"big.txt": "a" * (65 << 20)}, "unpacks to more than the limit"),
        ({"a.jpg": "?"}, "contains no file in a supported format"),
    ],
)
def test_what_cannot_be_read_says_why(tmp_path: Path, files: dict[str, str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        list(read_conversations(_zip(tmp_path / "a.zip", files)))


def test_an_archive_without_a_place_to_unpack_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    with pytest.raises(InputError, match="there is no temporary folder to unpack it into"):
        list(read_conversations(_zip(tmp_path / "a.zip", {"_chat.txt": WHATSAPP})))


def test_a_cut_archive_is_refused(tmp_path: Path) -> None:
    path = _zip(tmp_path / "a.zip", {"_chat.txt": WHATSAPP})
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(InputError, match="cannot be unpacked"):
        list(read_conversations(path))
