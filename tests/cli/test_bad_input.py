"""Bad input from the command line: one clear line or a defined result, and nothing of the rest is lost."""

from __future__ import annotations

import json

import pytest

from instructerc.backbones.settings import FILE
from instructerc.recognition import embedded_model

GOOD = '{"conversation": "good", "speaker": "Ann", "text": "joy"}\n'
WHOLE = '{"id": "whole", "utterances": [{"speaker": "Ann", "text": "joy"}]}\n'
GOOD_ROW = "good.jsonl,good,1,Ann,joy,"


def _rows(output: str) -> list[dict]:
    return [json.loads(line) for line in output.splitlines()]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("empty.jsonl", b"", "empty.jsonl: is empty; give a file with at least one utterance"),
        ("blank.txt", b" \n\n", "blank.txt: is empty; give a file with at least one utterance"),
        ("header.csv", b"speaker,text\n", "header.csv: contains no utterance; give a file with at least one"),
        ("column.csv", b"who,words\nAnn,hi\n", "column.csv: no column was recognised as the text: give --text-column"),
        (
            "nobody.csv",
            b"text,id\nhi,1\n",
            "nobody.csv: no column was recognised as the speaker: give --speaker-column",
        ),
        ("mixed.txt", b"Ann: caf\xc3\xa9\nBo: caf\xe9\n", "mixed.txt:2: byte 0xE9 at character 8 of the line does not"),
        ("nul.txt", b"Ann: hi\nBo: a\0b\n", "nul.txt:2: NUL character at character 6 of the line; remove it"),
        ("utf16.txt", "Ann: hi there\n".encode("utf-16-le"), "utf16.txt: looks like UTF-16 without a byte-order mark"),
        (
            "ids.jsonl",
            (WHOLE + WHOLE.replace("whole", "b") + WHOLE).encode(),
            "ids.jsonl:3: conversation 'whole' occurs",
        ),
        ("text.jsonl", b'{"speaker": "A"}\n', "text.jsonl: is JSON with the keys 'speaker', and no format"),
    ],
)
def test_an_unreadable_file_is_one_line_and_the_next_file_is_recognised(run, write, loaded, name, content, message):
    result = run("recognize", write(content, name), write(GOOD, "good.jsonl"), "--format", "csv")
    assert result.exit_code == 2
    error, *_, read = result.stderr.splitlines()
    assert error.startswith(f"error: {message}")
    assert read.startswith("good.jsonl: read as JSONL")
    assert GOOD_ROW in result.stdout


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("mixed.txt", b"Ann: caf\xc3\xa9\nBo: caf\xe9\nCy: bye\n"),
        ("nul.txt", b"Ann: caf\xc3\xa9\nBo: a\0b\nCy: bye\n"),
        ("rows.csv", "speaker,text\nAnn,café\nBo\nCy,bye\n".encode()),
        (
            "ids.jsonl",
            '{"id": "a", "utterances": [{"speaker": "Ann", "text": "café"}, {"speaker": "Cy", "text": "bye"}]}\n'
            '{"id": "a", "utterances": [{"speaker": "Bo", "text": "x"}]}\n'.encode(),
        ),
    ],
)
def test_skip_bad_keeps_all_other_rows(run, write, loaded, name, content):
    result = run("recognize", write(content, name), "--skip-bad", "--format", "jsonl")
    assert result.exit_code == 0
    assert [(row["speaker"], row["text"]) for row in _rows(result.stdout)] == [("Ann", "café"), ("Cy", "bye")]
    read, skipped, place = result.stderr.splitlines()
    assert read.startswith(f"{name}: read as ")
    assert skipped == "skipped 1 invalid row(s):"
    assert place.startswith(f"{name}:")


def test_a_column_that_is_not_there(run, write, loaded):
    result = run("recognize", write("speaker,text\nAnn,hi\n", "talk.csv"), "--text-column", "txet")
    assert result.exit_code == 2
    assert result.stderr.startswith(
        "error: talk.csv: there is no column 'txet' (did you mean 'text'?) for --text-column"
    )


def test_no_speaker_is_named_and_noted(run, write, loaded):
    result = run("recognize", write('{"text": "joy"}\n{"speaker": " ", "text": "fear"}\n'), "--format", "jsonl")
    assert result.exit_code == 0
    assert [(row["speaker"], row["emotion"]) for row in _rows(result.stdout)] == [
        ("Speaker", "joy"),
        ("Speaker", "fear"),
    ]
    assert result.stderr.endswith("note: talk.jsonl: speaker missing in 2 row(s): named 'Speaker'\n")


def test_an_utterance_of_a_megabyte(run, write, loaded):
    text = "very " * 200_000 + "joy"
    name = write(json.dumps({"speaker": "Ann", "text": text}) + "\n" + json.dumps({"speaker": "Bo", "text": "hm"}))
    result = run("recognize", name, "--format", "jsonl")
    assert [(row["text"], row["text_cut"]) for row in _rows(result.stdout)] == [(text, True), ("hm", False)]
    assert result.stderr.endswith("note: 1 of 2 turn(s) are longer than the model reads at once; their ends were cut\n")
    assert len(run("recognize", name).stdout) < 2000


# A table of ten thousand rows takes half a minute to draw.
@pytest.mark.parametrize(("form", "n_turns"), [("table", 2_000), ("jsonl", 10_000)])
def test_thousands_of_turns(run, write, loaded, form, n_turns):
    name = write("".join(f"Ann: number {number} joy\n" for number in range(n_turns)), "long.txt")
    result = run("recognize", name, "--format", form)
    assert result.exit_code == 0
    assert sum("number" in line for line in result.stdout.splitlines()) == n_turns
    assert result.stderr.splitlines()[1].startswith(
        f"note: {n_turns - 5} of {n_turns} turn(s) could not see all turns before them"
    )


def test_emoji_and_right_to_left_text(run, write, loaded):
    words = ["👩‍👩‍👧‍👦 joy 🎉", "שלום, מה שלומך?", "مرحبا بالعالم", "e\u0301te\u0301", "日本語のテキスト"]
    name = write("".join(json.dumps({"speaker": "Ün", "text": text}, ensure_ascii=False) + "\n" for text in words))
    assert [row["text"] for row in _rows(run("recognize", name, "--format", "jsonl").stdout)] == words
    table = run("recognize", name)
    assert table.exit_code == 0
    assert all(text in table.stdout for text in words)


def test_a_model_folder_that_is_missing(run, write):
    result = run("recognize", write(GOOD), "--model", "nowhere")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == f"error: nowhere is not a model folder: it has no {FILE}\n"


@pytest.mark.parametrize("content", ["", "{", '{"format": 99}', '{"format": 1}', "[]", "\ud800"])
def test_a_model_description_that_is_damaged(run, write, tmp_path, content):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / FILE).write_text(content, encoding="utf-8", errors="surrogatepass")
    result = run("recognize", write(GOOD), "--model", "model")
    assert result.exit_code == 2
    assert result.stderr.startswith(f"error: model/{FILE} ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("damage", ["missing", "cut", "changed"])
def test_a_model_file_that_is_damaged(run, write, tmp_path, damage):
    folder = tmp_path / "model"
    folder.mkdir()
    for source in embedded_model().iterdir():
        if source.is_file():
            (folder / source.name).write_bytes(source.read_bytes())
    graph = folder / "model.onnx"
    raw = graph.read_bytes()
    if damage == "missing":
        graph.unlink()
    else:
        graph.write_bytes(raw[:1000] if damage == "cut" else raw[:-1] + bytes([raw[-1] ^ 1]))
    result = run("recognize", write(GOOD), "--model", "model")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: ")
    assert "model.onnx" in result.stderr
    assert result.stderr.count("\n") == 1


def test_a_recipe_with_a_misspelt_key(run, write):
    recipe = "name: r\nbackbone: {base: b}\nstages:\n  - name: s\n    epoch: 3\n"
    recipe += "    corpora: [{name: meld, path: p, label_sets: [meld]}]\n"
    result = run("train", write(recipe, "recipe.yaml"), "--output", "runs")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(
        "error: recipe recipe.yaml has 1 fault(s): line 5, stages.0.epoch: unknown key (did you mean 'epochs'?)"
    )
    assert result.stderr.count("\n") == 1
