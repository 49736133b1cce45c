"""Which format a file has, and what the room exports."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

import instructerc.corpora
from instructerc.corpora import ReadOptions, corpora, formats, load_corpus, read_conversations
from instructerc.corpora.decoding import open_text
from instructerc.corpora.registry import detect_format
from instructerc.errors import InputError

MELD = "Utterance,Speaker,Emotion,Dialogue_ID,Utterance_ID\nHi,Ann,joy,0,0\n"


def test_names() -> None:
    assert formats() == ("jsonl", "meld", "plain", "table")
    assert "meld" in corpora()
    assert instructerc.corpora.__all__ == sorted(instructerc.corpora.__all__)
    assert all(hasattr(instructerc.corpora, name) for name in instructerc.corpora.__all__)


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a", '{"text": "Hi"}', "jsonl"),
        ("a.txt", '\n  {"text": "Hi"}', "jsonl"),
        ("a", '[ {"text": "Hi"}]', "jsonl"),
        ("a", "[12:30] Ann: Hi", "plain"),
        ("a.NDJSON", "Ann: Hi", "jsonl"),
        ("a.json", "Ann: Hi", "jsonl"),
        ("a", MELD, "meld"),
        ("a.csv", MELD, "meld"),
        ("a.csv", MELD.replace(",", ";"), "table"),
        ("a.tsv", MELD, "table"),
        ("a", "speaker\ttext\nAnn\tHi\n", "table"),
        ("a.txt", "name;message\nAnn;Hi\n", "table"),
        ("a.csv", "Ann: Hi", "table"),
        ("a", "Hello, text me, from home", "plain"),
        ("a.md", "Ann: Hi", "plain"),
        ("a.log", "Ann: Hi", "plain"),
        ("a.xyz", "Ann: Hi", "plain"),
    ],
)
def test_format_is_found_by_extension_and_content(tmp_path: Path, name: str, content: str, expected: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with open_text(path, ReadOptions()) as text:
        assert detect_format(text, ReadOptions()) == expected


def test_given_columns_make_a_table() -> None:
    for content, column in (("what,who\nHi,Ann\n", "what"), (MELD, "Utterance")):
        options = ReadOptions(text_column=column)
        with open_text(io.StringIO(content), options) as text:
            assert detect_format(text, options) == "table"


def test_given_format_wins(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("Ann: Hi, Bo\n")
    [talk] = read_conversations(path, input_format="plain")
    assert talk.utterances[0].text == "Hi, Bo"


def test_unknown_names_are_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"'jsnl' \(did you mean 'jsonl'\?\); give one of jsonl, meld, plain, table"):
        read_conversations("a.txt", input_format="jsnl")
    with pytest.raises(InputError, match=r"unknown corpus 'melt' \(did you mean 'meld'\?\)"):
        load_corpus("melt", ".", "train")
    with pytest.raises(InputError, match=r"unknown split 'tests' \(did you mean 'test'\?\)"):
        load_corpus("meld", ".", "tests")


def test_no_torch_is_loaded() -> None:
    code = "import sys, instructerc.corpora; sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
