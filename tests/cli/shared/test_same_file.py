"""`recognize --write` of the input's own kind, or `same`: the file with the emotions in it, whole or not at all."""

from __future__ import annotations

import os
import stat
import tracemalloc
from threading import Thread

import pytest

VTT = "WEBVTT\n\nNOTE kept\n\nintro\n00:01.000 --> 00:02.000 line:0\n<v Ann>Such joy!\n<v Bo>perhaps anger\n"
VTT_AFTER = VTT.replace("<v Ann>", "<v.emotion-joy Ann>").replace("<v Bo>", "<v.emotion-anger Bo>")
TALK = (
    '{"conversation": "a", "speaker": "Ann", "text": "Such joy!", "id": 7}\n'
    '{"conversation": "a", "speaker": "Bo", "text": "perhaps anger", "emotion": "mad"}\n'
    '{"id": "b", "utterances": [{"speaker": "Čia", "text": "hm"}], "place": "Brno"}\n'
)
PAIR = ["--labels", "joy,anger"]


@pytest.mark.parametrize("kind", ["vtt", "same"])
def test_subtitles_keep_what_is_no_turn(run, write, loaded, kind):
    result = run("recognize", write(VTT, "talk.vtt"), *PAIR, "--write", kind)
    assert (result.exit_code, result.stdout) == (0, VTT_AFTER)
    assert result.stderr == "talk.vtt: read as WebVTT (vtt): 1 conversation, 2 speakers, 2 turns\n"


def test_a_turn_without_an_answer_has_no_emotion(run, write, loaded):
    result = run("recognize", write(VTT_AFTER, "talk.vtt"), *PAIR, "--write", "vtt", "--min-probability", "0.7")
    assert result.stdout == VTT_AFTER.replace("<v.emotion-anger Bo>", "<v Bo>")
    assert result.stderr.endswith("note: 1 of 2 turn(s) have no answer with a probability of 0.7 or more\n")


def test_another_kind_is_written_anew(run, write, loaded):
    result = run("recognize", write(VTT, "talk.vtt"), *PAIR, "--write", "srt")
    assert result.stdout.startswith("1\n00:00:01,000 --> 00:00:02,000\nAnn [joy]: Such joy!\n\n")
    result = run("recognize", "-", *PAIR, "--write", "srt", stdin=VTT)
    assert result.stdout.startswith("1\n00:00:01,000 --> 00:00:02,000\nAnn [joy]: Such joy!\n\n")


def test_standard_input_is_kept_meanwhile(run, loaded):
    assert run("recognize", "-", *PAIR, "--write", "vtt", stdin=VTT).stdout == VTT_AFTER
    # A last paragraph without a time is kept as it is.
    result = run("recognize", "-", *PAIR, "--write", "same", stdin=VTT + "\nno cue\n")
    assert (result.exit_code, result.stdout) == (0, VTT_AFTER + "\nno cue\n")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_named_pipe_is_kept_meanwhile(run, loaded, tmp_path):
    pipe = tmp_path / "talk.vtt"
    os.mkfifo(pipe)
    writing = Thread(target=pipe.write_text, args=[VTT])
    writing.start()
    assert run("recognize", pipe, *PAIR, "--write", "same").stdout == VTT_AFTER
    writing.join()


def test_jsonl_keeps_its_keys(run, write, loaded):
    result = run("recognize", write(TALK), *PAIR, "--write", "same")
    first, second, third = (
        f', "emotion_predicted": "{label}", "probability": {top}, "probabilities": {{"joy": {joy}, "anger": {anger}}}}}'
        for label, top, joy, anger in [("joy", 0.8, 0.8, 0.2), ("anger", 0.6, 0.4, 0.6), ("joy", 0.8, 0.8, 0.2)]
    )
    assert result.stdout == TALK.replace('"id": 7}', f'"id": 7{first}').replace('"mad"}', f'"mad"{second}').replace(
        '"hm"}', f'"hm"{third}'
    )


def test_a_table_keeps_its_columns_and_csv_stays_what_it_is(run, write, loaded):
    table = 'when;agent;"words"\r\n9:00;Ann;"Such\r\njoy!"\r\n9:01;Bo;perhaps anger\r\n'
    flags = ["--speaker-column", "agent", "--text-column", "words", *PAIR]
    result = run("recognize", write(table, "calls.csv"), *flags, "--write", "same")
    assert result.stdout_bytes.decode() == (
        'when;agent;"words";emotion;probability;p_joy;p_anger\r\n'
        '9:00;Ann;"Such\r\njoy!";joy;0.8;0.8;0.2\r\n9:01;Bo;perhaps anger;anger;0.6;0.4;0.6\r\n'
    )
    result = run("recognize", "calls.csv", *flags, "--format", "csv")
    assert result.stdout.startswith("conversation,turn,speaker,text,start,end,emotion,probability,p_joy,p_anger,")


def test_elan_keeps_its_tiers(run, write, loaded):
    head, turn = '<ANNOTATION_DOCUMENT>\n  <TIER TIER_ID="A">', "<ANNOTATION_VALUE>joy</ANNOTATION_VALUE>"
    given = f'{head}<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="a1">{turn}</REF_ANNOTATION></ANNOTATION></TIER>\n'
    result = run("recognize", write(f"{given}</ANNOTATION_DOCUMENT>", "a.eaf"), *PAIR, "--write", "eaf")
    assert result.stdout.startswith(
        given + '  <TIER LINGUISTIC_TYPE_REF="emotion" PARENT_REF="A" TIER_ID="emotion@A">\n'
    )


@pytest.mark.parametrize("encoding", ["utf-16", "cp1252", "utf-8-sig"])
def test_standard_output_has_the_encoding_of_the_file(run, write, loaded, encoding):
    words = VTT.replace("Such", "Süch").replace("\n", "\r\n")
    name = write(words.encode(encoding), "talk.vtt")
    result = run("recognize", name, *PAIR, "--write", "vtt", "--encoding", encoding)
    after = words.replace("<v Ann>", "<v.emotion-joy Ann>").replace("<v Bo>", "<v.emotion-anger Bo>")
    assert result.stdout_bytes == after.encode(encoding)


def test_skipped_rows_stay_as_they_are(run, write, loaded, tmp_path):
    wrong = TALK + "no JSON\n"
    result = run("recognize", write(wrong), *PAIR, "--write", "same", "--skip-bad", "--output", "out")
    assert result.exit_code == 0
    assert result.stderr.endswith("skipped 1 invalid row(s):\ntalk.jsonl:4: not JSON at column 1: Expecting value\n")
    assert (tmp_path / "out").read_text("utf-8").endswith('"place": "Brno"}\nno JSON\n')


@pytest.mark.parametrize("wrong", ["no JSON\n", '{"conversation": "d", "speaker": "Ann", "text": "x"}\n5\n'])
def test_a_copy_is_written_whole_or_not_at_all(run, write, loaded, tmp_path, wrong):
    (tmp_path / "out").write_text("of yesterday")
    result = run("recognize", write(TALK + wrong), *PAIR, "--write", "same", "--output", "out")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: talk.jsonl:")
    assert "; --skip-bad skips such rows\n" in result.stderr
    # Nothing was written, so that nothing is told of what was read.
    assert "read as" not in result.stderr
    assert (tmp_path / "out").read_text() == "of yesterday"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out", "talk.jsonl"]


def test_an_output_keeps_its_mode_and_a_link_its_place(run, write, loaded, tmp_path):
    target = tmp_path / "target"
    target.write_text("of yesterday")
    target.chmod(0o640)
    (tmp_path / "link").symlink_to(target)
    assert run("recognize", write(VTT, "talk.vtt"), *PAIR, "--write", "vtt", "--output", "link").exit_code == 0
    assert (tmp_path / "link").is_symlink()
    assert target.read_text() == VTT_AFTER
    assert stat.S_IMODE(target.stat().st_mode) == 0o640


def test_a_device_is_written_to(run, write, loaded):
    assert run("recognize", write(VTT, "talk.vtt"), *PAIR, "--write", "vtt", "--output", os.devnull).exit_code == 0
    assert not os.path.isfile(os.devnull)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["talk.vtt", "talk.vtt", "--write", "same"], "--write same takes one FILE, got 2; give them one by one, or"),
        (["talk.txt", "--write", "same"], "talk.txt: --write same takes a file of the formats elan, emorynlp, jsonl,"),
        (["absent.vtt", "--write", "same"], "absent.vtt: no such file"),
        (["absent.vtt", "--write", "vtt"], "absent.vtt: no such file"),
        (["talk.vtt", "--write", "vtt", "--output", "no/such"], "no/such: No such file or directory"),
        (["talk.vtt", "--write", "vtt", "--output", "talk.vtt"], "--output talk.vtt is also an input"),
        (["talk.vtt", "--write", "same", "--input-format", "vt"], "unknown input format 'vt' (did you mean 'vtt'?)"),
        (["talk.vtt", "talk.vtt", "--write", "vtt"], "vtt holds one conversation, and after 'talk' comes 'talk'"),
    ],
)
def test_what_cannot_be_done_is_told(run, write, loaded, arguments, message):
    write(VTT, "talk.vtt")
    write("Ann: Hi\n", "talk.txt")
    result = run("recognize", *arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith(f"error: {message}")
    assert result.stderr.count("\n") == 1


@pytest.mark.slow
@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_memory_does_not_grow_with_the_file(run, write, loaded, form):
    rows = {
        "jsonl": '{{"conversation": "{}", "speaker": "A", "text": "{}"}}\n',
        "csv": "{},A,{}\n",
    }
    head = "conversation,speaker,text\n" if form == "csv" else ""
    name = write(head + "".join(rows[form].format(number, "x" * 4000) for number in range(1500)), f"talk.{form}")
    run("recognize", name, "--write", "same", "--output", "warm")
    tracemalloc.start()
    try:
        run("recognize", name, "--write", "same", "--output", "out")
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 2.5e6  # the file has 6 MB
