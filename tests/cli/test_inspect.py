"""`instructerc inspect`: what is told of a file before a long run."""

from __future__ import annotations

import zipfile


def test_a_file_is_shown_as_it_is_understood(run, write):
    name = write("Chapter one\nMia: hi\nTheo: ho\nMia: so\nMia: yes\n", "talk.txt")
    result = run("inspect", name)
    assert result.stdout == (
        "talk.txt\n"
        "  format         'Speaker: text' lines (plain)\n"
        "  conversations  1\n"
        "  turns          4\n"
        "  speakers       Mia (3), Theo (1)\n"
        "  note           1 line(s) before the first speaker: left out\n"
        "  note           please check: a speaker seen once: line 3\n"
        "  turn           Mia: hi\n"
        "  turn           Theo: ho\n"
        "  turn           Mia: so\n"
    )
    assert result.exit_code == 0


def test_a_file_that_cannot_be_read_does_not_hide_the_others(run, write):
    result = run("inspect", "absent", write("Mia: hi\n", "talk.txt"))
    assert result.exit_code == 2
    assert "absent: no such file" in result.stderr
    assert "speakers       Mia (1)" in result.stdout


CHAT = "Mia: hi\nTheo: ho\nMia: so\n"


def _fill(folder):
    folder.mkdir()
    (folder / "a.txt").write_text(CHAT)
    (folder / "b.txt").write_text(CHAT)
    (folder / "c.jsonl").write_text('{"speaker": "Ann", "text": "hm"}\n')
    (folder / "d.jpg").write_bytes(b"\xff\xd8")
    (folder / "VERSION").write_text("12\n")


def _zip(folder, path):
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.iterdir()):
            archive.write(file, file.name)


def test_a_folder_a_zip_and_a_pattern_are_the_same_files(run, tmp_path):
    _fill(tmp_path / "chats")
    _zip(tmp_path / "chats", tmp_path / "chats.zip")
    folder, archive = (run("inspect", name).stdout.split("\n") for name in ("chats", "chats.zip"))
    assert folder[1] == "  format         a folder of files (plain 2, jsonl 1)"
    assert archive[1] == "  format         zip files of exports or chats (zip: plain 2, jsonl 1)"
    assert folder[2:] == archive[2:]
    assert folder[2:6] == [
        "  conversations  3",
        "  turns          7",
        "  speakers       Mia (4), Theo (2), Ann (1)",
        "  note           2 file(s) in no supported format, such as pictures: left out",
    ]
    found = run("inspect", "chats/*.txt").stdout
    assert [line for line in found.split("\n") if line.startswith("chats")] == ["chats/a.txt", "chats/b.txt"]


def test_archives_in_a_folder_are_read_and_those_in_an_archive_are_not(run, tmp_path):
    _fill(tmp_path / "chats")
    (tmp_path / "many").mkdir()
    _zip(tmp_path / "chats", tmp_path / "many" / "chats.zip")
    assert "  turns          7\n" in run("inspect", "many").stdout
    _zip(tmp_path / "many", tmp_path / "outer.zip")
    assert "contains no file in a supported format" in run("inspect", "outer.zip").stderr


def test_a_pattern_without_a_match_says_so(run, write):
    result = run("inspect", "chats/*.txt")
    assert (result.exit_code, result.stderr) == (
        2,
        "error: chats/*.txt: no file matches; check the folder and the pattern\n",
    )
    name = write(CHAT, "a[1].txt")
    assert "  turns          3\n" in run("inspect", name).stdout
