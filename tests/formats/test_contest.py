"""The contest: who reads a file, what is refused, and that the advice of a refusal works when it is followed."""

from __future__ import annotations

import io
import re

import pytest

from instructerc.errors import InputError
from instructerc.formats import ReadReport, read_conversations

SRT = (
    "1\n00:00:01,000 --> 00:00:02,000\n{}\n\n2\n00:00:02,100 --> 00:00:03,000\n{}\n\n"
    "3\n00:00:03,100 --> 00:00:04,000\n{}\n"
)
GROWING = "\n".join(
    f"{place}\n00:00:0{place},000 --> 00:00:0{place + 1},000\n{text}\n"
    for place, text in enumerate(["I", "I am", "I am so", "I am so happy"], 1)
)


@pytest.mark.parametrize(
    ("text", "form", "turns"),
    [
        ("I got the job!\n", "plain", [("Speaker", "I got the job!")]),
        ("mia: hi\ntheo: ho\n", "plain", [("mia", "hi"), ("theo", "ho")]),
        ("- Mia: hi\n- Theo: ho\n", "plain", [("Mia", "hi"), ("Theo", "ho")]),
        ("(1:38 PM) Mia: hi\n(1:39 PM) Theo Baum: ho\n", "plain", [("Mia", "hi"), ("Theo Baum", "ho")]),
        ("Mia (12:30): hi\nTheo (12:31): ho\n", "plain", [("Mia", "hi"), ("Theo", "ho")]),
        (
            "Q: How?\nA: Fine.\nQ: Sure?\nA: Yes.\n",
            "plain",
            [("Q", "How?"), ("A", "Fine."), ("Q", "Sure?"), ("A", "Yes.")],
        ),
        (
            "I: Wie geht es?\nB: Gut.\nI: Warum?\nB: Darum.\n",
            "plain",
            [("I", "Wie geht es?"), ("B", "Gut."), ("I", "Warum?"), ("B", "Darum.")],
        ),
        ("小明：我很高兴\n小红：我也是\n", "plain", [("小明", "我很高兴"), ("小红", "我也是")]),
        (
            "Speaker 1 (00:01):\nHello.\n\nSpeaker 2 (00:05):\nHi.\n",
            "transcript",
            [("Speaker 1", "Hello."), ("Speaker 2", "Hi.")],
        ),
        ("Mia  9:05 AM\nhi\nTheo  9:06 AM\nho\n", "transcript", [("Mia", "hi"), ("Theo", "ho")]),
        ("[21:05, 12/24/2024] Mia: hi\n[21:06, 12/24/2024] Theo: ho\n", "whatsapp", [("Mia", "hi"), ("Theo", "ho")]),
        (
            "2024-12-24 21:05:03\tmia\thi\n2024-12-24 21:05:09\t-->\ttheo (~t@h) has joined #c\n"
            "2024-12-24 21:06:03\t@theo\tho\n2024-12-24 21:06:09\t *\tmia waves\n",
            "irc",
            [("mia", "hi"), ("theo", "ho"), ("mia", "waves")],
        ),
        (SRT.format(">> MIA: hi", ">> THEO: ho", ">> MIA: so"), "srt", [("MIA", "hi"), ("THEO", "ho"), ("MIA", "so")]),
        (SRT.format("(Mia) hi", "(Theo) ho", "(Mia) so"), "srt", [("Mia", "hi"), ("Theo", "ho"), ("Mia", "so")]),
        (
            SRT.format("(laughs) hi", "[door slams]", "so"),
            "srt",
            [("Speaker", "(laughs) hi"), ("Speaker", "[door slams]"), ("Speaker", "so")],
        ),
        (GROWING, "srt", [("Speaker", "I am so happy")]),
    ],
)
def test_who_reads_it_and_as_what(text: str, form: str, turns: list[tuple[str, str]]) -> None:
    report = ReadReport()
    [talk] = read_conversations(io.StringIO(text), report=report)
    assert report.format == form
    assert [(turn.speaker, turn.text) for turn in talk.utterances] == turns


@pytest.mark.parametrize(
    "text",
    [
        "It was a dark night.\nShe said one thing: run.\nAnd they ran, all of them.\n",
        "ERROR: disk full\nINFO: started\nERROR: again\nINFO: done\n",
        "name: foo\nversion: 1\nauthor: me\nlicense: MIT\n",
        "xmin = 0\nxmax = 2.5\nitem [1]:\nsize = 2\n",
    ],
)
def test_what_nobody_explains_is_refused(text: str) -> None:
    with pytest.raises(InputError, match=r"its format cannot be detected with certainty.*--input-format plain"):
        list(read_conversations(io.StringIO(text)))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "{\\rtf1\\ansi\\ansicpg1252\n{\\fonttbl}\n\\f0 Mia: so happy\\\nTheo: me too\\\nMia: good\\\n}\n",
            "is rich text",
        ),
        ("{\\rtf1 Mia: so happy\\par Theo: me too\\par}\n", "is rich text"),
        ("{25}{62}Mia: so happy\n{70}{110}Theo: me too\n", "MicroDVD"),
        ("{1}{1}23.976\n{25}{62}so happy\n{70}{110}me too\n", "MicroDVD"),
        ("{DEFAULT}{C:$0000ff}\n{25}{62}so happy\n", "MicroDVD"),
        ("[25][62]Mia: so happy\n[70][110]Theo: me too\n", "MPL2"),
        ("{\\an8}so happy\n{\\an8}me too, we all are\nand so on\n", "its format cannot be detected with certainty"),
        (
            "{{cite}} is a mark\nand this too is\nnothing that they said\n",
            "its format cannot be detected with certainty",
        ),
    ],
)
def test_what_begins_with_a_brace_and_is_no_json_is_told_by_its_name(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said):
        list(read_conversations(io.StringIO(text)))


def test_braces_around_names_are_no_json() -> None:
    [talk] = read_conversations(io.StringIO("{Mia}: hi\n{Theo}: ho\n{Mia}: so\n"), input_format="plain")
    assert len(talk) == 3


def test_the_advice_of_a_refusal_works() -> None:
    text = "Mia: a\nTheo: b\nIda: c\nBo: d\nCy: e\n"
    with pytest.raises(InputError) as caught:
        list(read_conversations(io.StringIO(text)))
    form = re.findall(r"--input-format (\S+)", str(caught.value))[-1]
    [talk] = read_conversations(io.StringIO(text), input_format=form)
    assert talk.cast == ("Mia", "Theo", "Ida", "Bo", "Cy")


def test_doubts_stand_in_one_note_with_their_lines() -> None:
    text = "Mia: a\nOne thing: b\nMia: c\nTheo: d\nMia: e\nAnd another: f\n"
    report = ReadReport()
    list(read_conversations(io.StringIO(text), report=report))
    assert report.notes[-1] == (
        "<stream>: please check: a colon read as part of a sentence: lines 2, 6; a speaker seen once: line 4"
    )


def test_json_that_nobody_knows_is_told_by_its_keys() -> None:
    with pytest.raises(InputError, match=r"is JSON with the keys 'jobs', 'page', and no format is known by them"):
        list(read_conversations(io.StringIO('{\n "jobs": [],\n "page": 1\n}\n')))


def _named(text: str, name: str) -> io.BytesIO:
    stream = io.BytesIO(text.encode())
    stream.name = name
    return stream


@pytest.mark.parametrize(
    ("text", "name", "form"),
    [
        ("*MIA:\tso happy .\n%com:\tlaughs\nno head\nin this one\nat all\n", "a.cha", "chat"),
        ("1\n00:00:01,000 => 00:00:02,000\nso happy\n\n2\n00:00:02,000 => 00:00:03,000\nme too\n", "a.srt", "srt"),
    ],
)
def test_the_first_advice_is_the_form_that_the_file_is_called_after(text: str, name: str, form: str) -> None:
    with pytest.raises(InputError) as caught:
        list(read_conversations(_named(text, name)))
    assert re.findall(r"--input-format (\S+)", str(caught.value))[0] == form


@pytest.mark.parametrize(
    ("text", "turns"),
    [
        (
            '[{"speaker": "Mia", "timestamp": [0, 2.5], "text": "hi"}, {"speaker": "Theo", "timestamp": [3, null], '
            '"text": "ho"}]',
            [("Mia", "hi", 0, 2.5), ("Theo", "ho", 3, None)],
        ),
        (
            '{"speaker": "Mia", "start_ms": 250, "endMs": 2000, "text": "hi"}\n'
            '{"speaker": "Theo", "start_ms": 60000, "text": "ho"}\n',
            [("Mia", "hi", 0.25, 2), ("Theo", "ho", 60, None)],
        ),
        (
            '[{"role": "user", "text": "hi"}, {"role": "assistant", "text": "ho"}]',
            [("user", "hi", None, None), ("assistant", "ho", None, None)],
        ),
        (
            '{"id": "1", "audio_duration": 5, "utterances": null, "words": ['
            '{"text": "so", "start": 250, "end": 500, "speaker": "A"}, '
            '{"text": "happy", "start": 500, "end": 900, "speaker": "A"}, '
            '{"text": "me", "start": 1000, "end": 1500, "speaker": "B"}]}',
            [("A", "so happy", 0.25, 0.9), ("B", "me", 1, 1.5)],
        ),
    ],
)
def test_json_of_several_services(text: str, turns: list[tuple[str, str, float | None, float | None]]) -> None:
    [talk] = read_conversations(io.StringIO(text))
    assert [(turn.speaker, turn.text, turn.start, turn.end) for turn in talk.utterances] == turns
