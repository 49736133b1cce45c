"""`recognize`: every format whole, what is told on standard error, and files that do not stop each other."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from collections import Counter

import pytest

from instructerc.cli.recognize import _language_note
from instructerc.formats import read_conversations
from instructerc.recognition import embedded_model

TALK = (
    '{"conversation": "a", "speaker": "Ann", "text": "Such joy!", "start": 1.5, "end": 2}\n'
    '{"conversation": "a", "speaker": "Bo", "text": "perhaps, \\"anger\\"", "emotion": "mad"}\n'
    '{"conversation": "b", "speaker": "Čia", "text": "hm"}\n'
)
PAIR = ["--labels", "joy,anger"]
READ = "talk.jsonl: read as JSONL (jsonl): 2 conversations, 3 speakers, 3 turns\n"
NO_ANSWER = "note: 1 of 3 turn(s) have no answer with a probability of 0.7 or more\n"


def test_jsonl_is_a_row_per_utterance(run, write, loaded):
    result = run("recognize", write(TALK), *PAIR, "--format", "jsonl", "--min-probability", "0.7")
    assert result.stdout == (
        '{"conversation": "a", "turn": 1, "speaker": "Ann", "text": "Such joy!", "start": 1.5, "end": 2.0, '
        '"emotion": "joy", "probability": 0.8, "probabilities": {"joy": 0.8, "anger": 0.2}, '
        '"history_turns": 0, "text_cut": false}\n'
        '{"conversation": "a", "turn": 2, "speaker": "Bo", "text": "perhaps, \\"anger\\"", '
        '"emotion": null, "probability": 0.6, "probabilities": {"joy": 0.4, "anger": 0.6}, '
        '"history_turns": 1, "text_cut": false, "gold": "mad"}\n'
        '{"conversation": "b", "turn": 1, "speaker": "Čia", "text": "hm", '
        '"emotion": "joy", "probability": 0.8, "probabilities": {"joy": 0.8, "anger": 0.2}, '
        '"history_turns": 0, "text_cut": false}\n'
    )
    assert result.stderr == READ + NO_ANSWER
    assert result.exit_code == 0


def test_csv_is_a_row_per_utterance_and_a_column_per_label(run, write, loaded):
    result = run("recognize", write(TALK), *PAIR, "--format", "csv", "--min-probability", "0.7")
    assert result.stdout == (
        "conversation,turn,speaker,text,start,end,emotion,probability,p_joy,p_anger,history_turns,text_cut,language,gold\n"
        "a,1,Ann,Such joy!,1.5,2.0,joy,0.8,0.8,0.2,0,False,,\n"
        'a,2,Bo,"perhaps, ""anger""",,,,0.6,0.4,0.6,1,False,,mad\n'
        "b,1,Čia,hm,,,joy,0.8,0.8,0.2,0,False,,\n"
    )
    assert result.stderr == READ + NO_ANSWER


def test_elan_gets_its_file_back_with_a_tier_of_emotions(run, write, loaded, tmp_path):
    one = "".join(TALK.splitlines(keepends=True)[:2])
    output = tmp_path / "talk.eaf"
    result = run("recognize", write(one), *PAIR, "--write", "eaf", "--min-probability", "0.7", "--output", output)
    assert result.exit_code == 0
    [talk] = read_conversations(output)
    assert [(turn.speaker, turn.text, turn.emotion, turn.start, turn.end) for turn in talk.utterances] == [
        ("Ann", "Such joy!", "joy", 1.5, 2.0),
        ("Bo", 'perhaps, "anger"', None, None, None),
    ]


def test_an_elan_file_holds_one_conversation(run, write, loaded):
    result = run("recognize", write(TALK), *PAIR, "--write", "eaf")
    assert result.exit_code == 2
    assert "eaf holds one conversation, and after 'a' comes 'b'; write jsonl" in result.stderr


def test_subtitles_come_back_with_emotions(run, write, loaded, tmp_path):
    given = "WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>Such joy!</v>\n"
    file = tmp_path / "talk.vtt"
    file.write_text(given, encoding="utf-8")
    result = run("recognize", file, *PAIR, "--write", "vtt")
    assert result.stdout == "WEBVTT\n\n00:01.000 --> 00:02.000\n<v.emotion-joy Ann>Such joy!</v>\n"
    result = run("recognize", file, *PAIR, "--write", "srt")
    assert result.stdout == "1\n00:00:01,000 --> 00:00:02,000\nAnn [joy]: Such joy!\n\n"


def test_label_studio_gets_tasks_with_predictions(run, write, loaded):
    result = run("recognize", write(TALK), *PAIR, "--write", "label-studio", "--min-probability", "0.7")
    first, second = json.loads(result.stdout)
    assert first["data"] == {
        "conversation": "a",
        "dialogue": [{"author": "Ann", "text": "Such joy!"}, {"author": "Bo", "text": 'perhaps, "anger"'}],
    }
    [answer] = first["predictions"][0]["result"]
    assert answer == {
        **{"id": "turn-1", "from_name": "emotion", "to_name": "dialogue", "type": "paragraphlabels", "score": 0.8},
        "value": {"start": "0", "end": "0", "startOffset": 0, "endOffset": 9, "paragraphlabels": ["joy"]},
    }
    assert second["data"]["conversation"] == "b"


def test_json_is_one_document_of_conversations(run, write, loaded):
    result = run("recognize", write(TALK), *PAIR, "--format", "json")
    first, second = json.loads(result.stdout)
    assert (first["id"], second["id"]) == ("a", "b")
    assert second["utterances"] == [
        {
            **{"speaker": "Čia", "text": "hm", "emotion": "joy", "probability": 0.8},
            **{"probabilities": {"joy": 0.8, "anger": 0.2}, "history_turns": 0, "text_cut": False},
        }
    ]
    assert [turn.get("gold") for turn in first["utterances"]] == [None, "mad"]
    assert result.stdout.count("\n") == 4


GOLDEN_TALK = (
    "Dana: My parcel was due on Monday. What a surprise that it still isn't here.\n"
    "Marco (the support team): I can look that up for you. Perhaps it waits at the depot, and perhaps it was handed "
    "to a neighbour; that happens more often than one would think, I am afraid.\n"
    "Dana: To whom? I was at home all day and nobody rang! My anger grows.\n"
    "דנה: joy 😀 שלום\n"
    "Marco (the support team): " + "sadness and " * 40 + "\n"
)


def test_golden_table(run, write, loaded, assert_golden):
    name = write(GOLDEN_TALK, "support.txt")
    result = run("recognize", name, "--min-probability", "0.7")
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert_golden("table_80.txt", result.stdout)


def test_golden_wide_table_shows_the_second_label(run, write, loaded, assert_golden):
    assert_golden("table_110.txt", run("recognize", write(TALK), "--labels", "joy,anger", columns=110).stdout)


def test_a_table_steers_no_terminal(run, write, loaded):
    row = {"speaker": "A\x1b[31m", "text": "red\x1b]0;title\x07 \u202eback\r\nmore", "conversation": "c\x1b[2J"}
    table = run("recognize", write(json.dumps(row))).stdout
    assert all(character.isprintable() or character == "\n" for character in table)
    assert "red]0;title back more" in table


def test_answers_meet_their_own_conversation_though_some_are_read_ahead(run, write, loaded):
    words = ["joy", "anger", "fear", "disgust", "sadness", "surprise", "neutral"] * 3
    name = write("".join(f'{{"conversation": "{n}", "speaker": "A", "text": "{w}"}}\n' for n, w in enumerate(words)))
    rows = [json.loads(line) for line in run("recognize", name, "--format", "jsonl").stdout.splitlines()]
    assert [(row["conversation"], row["text"], row["emotion"]) for row in rows] == [
        (str(number), word, word) for number, word in enumerate(words)
    ]


@pytest.mark.slow
@pytest.mark.parametrize("form", ["jsonl", "json", "csv"])
def test_memory_does_not_grow_with_the_file(run, write, loaded, form):
    long = "x" * 4000
    name = write("".join(f'{{"conversation": "{n}", "speaker": "A", "text": "{long}"}}\n' for n in range(1500)))
    run("recognize", name, "--format", form, "--output", "warm")
    tracemalloc.start()
    try:
        run("recognize", name, "--format", form, "--output", "out")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2e6  # the file has 6 MB


def test_several_files_are_named_in_the_rows(run, write, loaded):
    first, second = write("Ann: joy\n", "one.txt"), write("Bo: anger\n", "two.txt")
    rows = list(csv.DictReader(io.StringIO(run("recognize", first, second, "--format", "csv").stdout)))
    assert [(row["file"], row["conversation"], row["emotion"]) for row in rows] == [
        ("one.txt", "one", "joy"),
        ("two.txt", "two", "anger"),
    ]
    assert [
        json.loads(line)["file"]
        for line in run("recognize", first, second, "--format", "jsonl").stdout.split("\n")[:-1]
    ] == [
        "one.txt",
        "two.txt",
    ]
    assert "two.txt: two  1 turn: anger 1\n" in run("recognize", first, second).stdout


def test_turns_in_another_language_are_told_once_a_file_and_in_the_rows(run, write, loaded):
    one, two = write("Ann: buongiorno\nBo: joy\nAnn: buongiorno a te\n", "one.txt"), write("Ann: joy\n", "two.txt")
    result = run("recognize", one, "--format", "jsonl")
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert [row.get("language") for row in rows] == ["it", None, "it"]
    assert "language" not in rows[1]
    looks = "2 of 3 turn(s) look Italian (it); this model reads English. Their confidence is lowered\n"
    read = "one.txt: read as 'Speaker: text' lines (plain): 1 conversation, 2 speakers, 3 turns\n"
    advice = "note: a second model reads sixteen more languages: pip install models/multilingual\n"
    assert result.stderr == f"{read}note: {looks}{advice}"
    assert run("recognize", two, one, "--format", "csv").stderr.endswith(f"{read}note: one.txt: {looks}{advice}")


def test_turns_in_several_languages_are_told_together(run, write, loaded):
    both = write("Ann: bonjour\nBo: buongiorno\nAnn: buongiorno a te\nBo: joy\n", "talk.txt")
    assert run("recognize", both, "--format", "json").stderr.endswith(
        "2 speakers, 4 turns\n"
        "note: 3 of 4 turn(s) look like other languages: Italian (it) 2, French (fr) 1; this model reads English. "
        "Their confidence is lowered\n"
        "note: a second model reads sixteen more languages: pip install models/multilingual\n"
    )


@pytest.mark.parametrize(
    ("found", "said"),
    [
        ({"sv": 4}, "4 of 9 turn(s) look Swedish (sv); multilingual does not read it. Their"),
        ({"sv": 4, "da": 1}, "Swedish (sv) 4, Danish (da) 1; multilingual does not read them. Their"),
    ],
)
def test_a_model_of_many_languages_does_not_list_them_all(found, said):
    reads = ("en", "de", "es", "fr", "it", "pt")
    assert said in _language_note(Counter(found), 9, reads, "multilingual")


def test_turns_that_the_chosen_model_does_not_read_are_told(run, write, multilingual_package):
    """One line in nine is a quotation: `small` answers the conversation, which reads English alone."""
    english = ("I can't believe it, we won the match!", "See you at the station tomorrow.") * 4
    quotation = "Mi dispiace tantissimo per quello che ti è successo ieri, non lo sapevo davvero."
    lines = [f"Ann: {text}" for text in (*english, quotation)]
    result = run("recognize", write("\n".join(lines), "chat.txt"), "--format", "jsonl")
    assert [json.loads(line)["model"] for line in result.stdout.splitlines()] == ["small"] * 9
    assert result.stderr == (
        "chat.txt: read as 'Speaker: text' lines (plain): 1 conversation, 1 speaker, 9 turns\n"
        "note: 1 of 9 turn(s) look Italian (it); small reads English. Their confidence is lowered\n"
    )
    italian = write("Ann: Non ci posso credere, abbiamo vinto la partita!\n", "it.txt")
    assert run("recognize", italian, "--format", "jsonl").stderr == (
        "it.txt: read as 'Speaker: text' lines (plain): 1 conversation, 1 speaker, 1 turn\n"
        "note: conversations by the model that answered them: multilingual 1; --model chooses one for all\n"
    )


def test_a_bad_file_does_not_stop_the_others(run, write, loaded):
    result = run("recognize", "absent", write("Ann: joy\n", "one.txt"), write("", "two.txt"), "--format", "csv")
    assert result.exit_code == 2
    assert result.stderr == (
        "error: absent: no such file\nerror: two.txt: is empty; give a file with at least one utterance\n"
        "one.txt: read as 'Speaker: text' lines (plain): 1 conversation, 1 speaker, 1 turn\n"
    )
    assert result.stdout.splitlines()[1].startswith("one.txt,one,1,Ann,joy,")


def test_what_stands_before_a_bad_row_is_recognised(run, write, loaded):
    result = run("recognize", write(TALK + "no JSON\n"), "--format", "jsonl")
    assert result.exit_code == 2
    assert len(result.stdout.splitlines()) == 2
    assert result.stderr == (
        "error: talk.jsonl:4: not JSON at column 1: Expecting value; --skip-bad skips such rows; "
        "1 conversation(s) before it were recognised\n"
        "talk.jsonl: read as JSONL (jsonl): 1 conversation, 2 speakers, 2 turns\n"
    )


def test_nothing_is_written_where_nothing_could_be_read(run, write, loaded, tmp_path):
    (tmp_path / "out").write_text("of yesterday")
    result = run("recognize", write("", "empty.txt"), "--format", "json", "--output", "out")
    assert (result.exit_code, result.stdout) == (2, "")
    assert (tmp_path / "out").read_text() == "of yesterday"


def test_skipped_rows_are_listed(run, write, loaded):
    result = run("recognize", write(TALK + "{]\n" + TALK.replace('"b"', '"c"').splitlines()[2]), "--skip-bad")
    assert result.exit_code == 0
    assert result.stderr == (
        "talk.jsonl: read as JSONL (jsonl): 3 conversations, 3 speakers, 4 turns\n"
        "skipped 1 invalid row(s):\n"
        "talk.jsonl:4: not JSON at column 2: Expecting property name enclosed in double quotes\n"
    )


def test_many_skipped_rows_are_counted(run, write, loaded):
    lines = run("recognize", write("Ann\n" * 25 + TALK), "--skip-bad", "--input-format", "jsonl").stderr.splitlines()
    assert lines[1] == "skipped 25 invalid row(s):"
    assert lines[21].startswith("talk.jsonl:20: not JSON")
    assert lines[22:] == ["and 5 more"]


def test_repairs_history_and_cut_texts_are_noted(run, write, loaded):
    name = write("".join(f"{word}\n" for word in ["joy"] * 6 + ["x" * 301]), "words.txt")
    assert run("recognize", name, "--format", "csv", "--input-format", "plain").stderr == (
        "words.txt: read as 'Speaker: text' lines (plain): 1 conversation, 1 speaker, 7 turns\n"
        "note: words.txt: speaker missing in 7 row(s): named 'Speaker'\n"
        "note: 2 of 7 turn(s) could not see all turns before them, since their conversation is longer than the model "
        "reads at once; history_turns is the number that each turn saw\n"
        "note: 1 of 7 turn(s) are longer than the model reads at once; their ends were cut\n"
    )


def test_flags_reach_the_reader(run, write, loaded):
    table = "thread;who;words;mood;from;to\nt;Ann;caf\xe9;mad;0:01;0:02\n".encode("latin-1")
    result = run(
        *("recognize", write(table, "talk.dat"), "--format", "jsonl", "--input-format", "table"),
        *("--encoding", "latin-1", "--conversation-column", "thread", "--speaker-column", "who"),
        *("--text-column", "words", "--emotion-column", "mood", "--start-column", "from", "--end-column", "to"),
    )
    row = json.loads(result.stdout)
    assert [row[key] for key in ("conversation", "speaker", "text", "gold", "start", "end")] == [
        *("t", "Ann", "café", "mad", 1.0, 2.0)
    ]


def test_flags_reach_the_recognizer(run, write, loaded):
    run("recognize", write(TALK), "--model", "m", "--labels", "x,y", "--min-probability", "0.25", "--threads", "3")
    [call] = loaded
    assert (str(call["model"]), call["label_set"].names) == ("m", ("x", "y"))
    assert (call["min_probability"], call["threads"]) == (0.25, 3)


def test_by_default_the_model_decides(run, write, loaded):
    run("recognize", write(TALK))
    nothing = {"label_set": None, "min_probability": 0.0, "threads": None, "trust": False}
    assert loaded == [{"model": embedded_model(), **nothing}]


def test_standard_input(run, loaded):
    result = run("recognize", "-", "--format", "csv", stdin="Ann: joy\nBo: fear\n")
    assert [line.split(",")[:4] for line in result.stdout.splitlines()[1:]] == [
        ["stdin", "1", "Ann", "joy"],
        ["stdin", "2", "Bo", "fear"],
    ]


def test_output_goes_to_a_file(run, write, loaded, tmp_path):
    name = write(TALK)
    shown = run("recognize", name, "--format", "jsonl").stdout
    result = run("recognize", name, "--format", "jsonl", "--output", "out.jsonl")
    assert (result.stdout, (tmp_path / "out.jsonl").read_text("utf-8")) == ("", shown)


def test_output_may_not_be_an_input(run, write, loaded, tmp_path):
    result = run("recognize", write(TALK), "--output", tmp_path / "talk.jsonl")
    assert result.exit_code == 2
    assert result.stderr == f"error: --output {tmp_path / 'talk.jsonl'} is also an input; choose another file\n"
    assert (tmp_path / "talk.jsonl").read_text("utf-8") == TALK


def test_output_in_a_folder_that_is_not_there(run, write, loaded):
    result = run("recognize", write(TALK), "--output", "no/such/out")
    assert (result.exit_code, result.stderr) == (2, "error: no/such/out: No such file or directory\n")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--labels", "joyful"], "error: no label set 'joyful': give one of "),
        (["--labels", "joy,Joy"], "error: label set 'custom' names 'Joy' twice\n"),
        (["--min-probability", "2"], "error: Invalid value for '--min-probability'"),
        (["--format", "xml"], "error: unknown output format 'xml'"),
        (["--fromat", "csv"], "error: No such option: --fromat (Possible options: --format, "),
        (["--input-format", "jsonlines"], "error: unknown input format 'jsonlines' (did you mean 'jsonl'?); give one"),
    ],
)
def test_wrong_flags(run, write, loaded, arguments, message):
    result = run("recognize", write(TALK), *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(message)
    assert result.stderr.count("\n") == 1


def test_the_embedded_model_answers(run, write):
    rows = [json.loads(row) for row in run("recognize", write(TALK), "--format", "jsonl").stdout.splitlines()]
    assert [row["conversation"] for row in rows] == ["a", "a", "b"]
    for row in rows:
        assert row["emotion"] == max(row["probabilities"], key=row["probabilities"].get)
        assert sum(row["probabilities"].values()) == pytest.approx(1, abs=1e-4)
    assert [row["history_turns"] for row in rows] == [0, 1, 0]


@pytest.mark.parametrize("kind", ["vtt", "srt", "eaf"])
def test_a_kind_that_the_turns_do_not_fit_writes_nothing(run, write, loaded, tmp_path, kind):
    without_times = write("Ann: hi\nBo: hello\n", "talk.txt")
    result = run("recognize", without_times, "--write", kind)
    # ELAN has a place for turns without times.
    assert (result.exit_code, bool(result.stdout)) == ((0, True) if kind == "eaf" else (2, False))
    older = tmp_path / f"older.{kind}"
    older.write_text("older")
    two = write('{"conversation": "a", "text": "x", "start": 1}\n{"conversation": "b", "text": "y", "start": 2}\n')
    for source in (two,) if kind == "eaf" else (without_times, two):
        assert run("recognize", source, "--write", kind, "--output", older).exit_code == 2
        assert older.read_text() == "older"


def test_quoted_patterns_and_folders_are_files(run, loaded, tmp_path):
    (tmp_path / "chats").mkdir()
    for name in ("b.txt", "a.txt"):
        (tmp_path / "chats" / name).write_text("Ann: such joy\nBo: perhaps anger\nAnn: hm\nBo: ok\n")
    result = run("recognize", "chats/*.txt", "--labels", "joy,anger", "--format", "jsonl")
    assert [json.loads(line)["file"] for line in result.stdout.splitlines()] == ["chats/a.txt"] * 4 + [
        "chats/b.txt"
    ] * 4
    folder = run("recognize", "chats", "--labels", "joy,anger", "--format", "jsonl")
    assert [json.loads(line)["conversation"] for line in folder.stdout.splitlines()] == ["a"] * 4 + ["b"] * 4
    assert folder.stderr == "chats: read as a folder of files (plain 2): 2 conversations, 2 speakers, 8 turns\n"
    nothing = run("recognize", "chats/*.csv", "--labels", "joy,anger")
    assert (nothing.exit_code, nothing.stderr) == (
        2,
        "error: chats/*.csv: no file matches; check the folder and the pattern\n",
    )
