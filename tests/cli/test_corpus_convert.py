"""`corpus convert`: a file or a corpus as JSONL or Parquet, and as it was when it is read again."""

from __future__ import annotations

import subprocess
import sys

import pytest

from instructerc.corpora import load_corpus
from instructerc.formats import read_conversations

TALKS = (
    '{"id": "a", "utterances": [{"speaker": "Ann", "text": "Hi", "emotion": "joy", "start": 1.5, "note": "loud"}]}\n'
    '{"id": "b", "utterances": [{"speaker": "Bo", "text": ""}, {"speaker": "Ann", "text": "Grüße"}]}\n'
)


def test_there_and_back(run, write, tmp_path):
    result = run("corpus", "convert", write(TALKS), "--output", "talk.parquet")
    assert (result.exit_code, result.stdout) == (0, "talk.parquet: 2 conversations, 3 utterances\n")
    assert run("corpus", "convert", "talk.parquet", "-o", "back.jsonl").exit_code == 0
    assert (tmp_path / "back.jsonl").read_text(encoding="utf-8") == TALKS
    assert run("corpus", "convert", "back.jsonl", "--to", "parquet", "-o", "again.dat").exit_code == 0
    assert (tmp_path / "again.dat").read_bytes() == (tmp_path / "talk.parquet").read_bytes()


def test_reading_flags_and_reports_are_those_of_other_commands(run, write, tmp_path):
    table = write("who;what\nAnn;Hi\n;Ho\nx\n", "talk.csv")
    arguments = ["corpus", "convert", table, "-o", "a.jsonl", "--text-column", "what"]
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "talk.csv:4: 1 cells where the header has 2" in result.stderr
    assert not (tmp_path / "a.jsonl").exists()
    result = run(*arguments, "--skip-bad")
    assert (result.exit_code, result.stdout) == (0, "a.jsonl: 1 conversations, 2 utterances\n")
    assert "speaker missing in 1 row(s)" in result.stderr
    assert "skipped 1 invalid row(s)" in result.stderr


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_a_corpus_becomes_a_folder_of_files(run, tiny_meld, tmp_path, kind):
    result = run("corpus", "convert", "--corpus", "meld", "--path", tiny_meld, "--to", kind, "-o", "out")
    assert result.exit_code == 0
    assert result.stdout.splitlines()[0].startswith(f"out/train.{kind}: 8 conversations, ")
    for split in ("train", "dev", "test"):
        assert load_corpus("files", tmp_path / "out", split) == load_corpus("meld", tiny_meld, split)
    again = run("corpus", "convert", "--corpus", "files", "--path", "out", "--to", kind, "-o", "again")
    assert again.exit_code == 0
    for file in (tmp_path / "out").iterdir():
        assert file.read_bytes() == (tmp_path / "again" / file.name).read_bytes()


def test_one_split_becomes_a_file(run, tiny_meld, tmp_path):
    arguments = ["corpus", "convert", "--corpus", "meld", "--path", tiny_meld, "--split", "dev", "-o", "dev.parquet"]
    assert run(*arguments).exit_code == 0
    assert list(read_conversations(tmp_path / "dev.parquet")) == load_corpus("meld", tiny_meld, "dev")
    result = run(*arguments)
    assert (result.exit_code, result.stderr) == (2, "error: dev.parquet: already exists; --force overwrites it\n")
    assert run(*arguments, "--force").exit_code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["talk.jsonl"], "Missing option '--output'"),
        (["talk.jsonl", "-o", "a.csv"], "a.csv: JSONL or Parquet? give --to, or a name that ends in"),
        (["-o", "a.jsonl"], "give either FILE, or --corpus NAME with --path DIR"),
        (["--corpus", "meld", "--path", "x", "-o", "a"], "a becomes a folder with a file for each split: give --to"),
        (["none.jsonl", "-o", "a.jsonl"], "none.jsonl: no such file"),
    ],
)
def test_what_is_missing_is_said(run, arguments, said):
    result = run("corpus", "convert", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["corpus", "--help"], ["corpus", "convert", "--help"]])
def test_help_loads_neither_numpy_nor_pyarrow(arguments):
    code = (
        "import sys\nfrom instructerc.cli.main import main\ntry:\n    main()\nexcept SystemExit:\n    pass\n"
        "sys.exit(any(name in sys.modules for name in ('numpy', 'pyarrow', 'yaml')))"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr


def test_meld_comes_back(run, tmp_path, real_corpus):
    folder = real_corpus("meld")
    result = run("corpus", "convert", "--corpus", "meld", "--path", folder, "--to", "parquet", "-o", "out")
    assert "out/train.parquet: 1,038 conversations, 9,989 utterances\n" in result.stdout
    for split in ("train", "dev", "test"):
        assert load_corpus("files", tmp_path / "out", split) == load_corpus("meld", folder, split)
