"""Copies of subtitles: each turn has its emotion, and nothing else is touched."""

from __future__ import annotations

import io

import pytest

from instructerc.errors import InputError
from instructerc.formats import read_conversations

VTT = """WEBVTT - a talk

STYLE
::cue(v.loud) { color: red }

NOTE
<v Ann>nothing that is said

REGION
id:fred

intro
00:01.000 --> 00:02.500 region:fred align:start
<v.loud Ann>We <i>won</i> &amp; how!</v>

01:00:03.000 --> 01:00:04.000
<v.emotion-no_emotion.soft Bo>No way</v>
<v Cy &amp; Di>Way.

5
00:05.000 --> 00:06.000 line:0
Just words
<b>over two lines

00:07.000 --> 00:08.000
<i>Ann: You.
- And me?
Bo [sad]: Nobody.</i>

00:09.000 --> 00:10.000
<c.yellow.emotion-sad>Ann: Me.</c>
<c.emotion-sad>- Or me.</c>
"""
VTT_AFTER = """WEBVTT - a talk

STYLE
::cue(v.loud) { color: red }

NOTE
<v Ann>nothing that is said

REGION
id:fred

intro
00:01.000 --> 00:02.500 region:fred align:start
<v.loud.emotion-joy Ann>We <i>won</i> &amp; how!</v>

01:00:03.000 --> 01:00:04.000
<v.soft.emotion-no_joy Bo>No way</v>
<v.emotion-joy Cy &amp; Di>Way.

5
00:05.000 --> 00:06.000 line:0
<c.emotion-anger>Just words
<b>over two lines</c>

00:07.000 --> 00:08.000
<i><c.emotion-joy>Ann: You.</c>
<c.emotion-joy>- And me?</c>
Bo [anger]: Nobody.</i>

00:09.000 --> 00:10.000
<c.yellow.emotion-joy>Ann: Me.</c>
- Or me.
"""
SRT = """\ufeff1
00:00:01,000 --> 00:00:02,500
ANN: <i>We won!</i>
At last.

7
00:00:03,000 --> 00:00:04,000 X1:40
- [laughs] Really?
- {\\an8}Yes. It is 12:30.

8
00:00:05,000 --> 00:00:06,000
<b>Bo</b> [sad]: http://example.org is up
Cy : French

9
00:00:07,000 --> 00:00:08,000
<font color="red">[emotion: joy] [sighs] Well.</font>

10
00:00:09,000 --> 00:00:10,000
Ann [sad]: No.
<v Bo>No!""".replace("\n", "\r\n")
SRT_AFTER = """\ufeff1
00:00:01,000 --> 00:00:02,500
ANN [joy]: <i>We won!</i>
At last.

7
00:00:03,000 --> 00:00:04,000 X1:40
- [emotion: joy] [laughs] Really?
- {\\an8}[emotion: no joy] Yes. It is 12:30.

8
00:00:05,000 --> 00:00:06,000
<b>Bo [anger]</b>: http://example.org is up
Cy [joy] : French

9
00:00:07,000 --> 00:00:08,000
<font color="red">[emotion: anger] [sighs] Well.</font>

10
00:00:09,000 --> 00:00:10,000
Ann: No.
<v.emotion-joy Bo>No!""".replace("\n", "\r\n")


def _emotions(content: bytes) -> list[str | None]:
    return [turn.emotion for talk in read_conversations(io.BytesIO(content)) for turn in talk.utterances]


@pytest.mark.parametrize(
    ("before", "after", "emotions"),
    [
        (VTT, VTT_AFTER, ["joy", "no joy", "joy", "anger", "joy", "joy", "anger", "joy", None]),
        (SRT, SRT_AFTER, ["joy", "joy", "no joy", "anger", "joy", "anger", None, "joy"]),
    ],
)
def test_nothing_but_emotions_is_written(annotate, before, after, emotions):
    assert annotate(before.encode(), emotions).decode() == after
    assert _emotions(after.encode()) == emotions
    again = annotate(after.encode(), emotions)
    assert again.decode() == after


def test_an_emotion_stands_behind_a_remark(annotate):
    before = b"1\n00:00:01,000 --> 00:00:02,500\nANN [whispers] : No!\n"
    after = annotate(before, ["joy"])
    assert after == before.replace(b"[whispers]", b"[whispers] [joy]")
    assert _emotions(after) == ["joy"]
    assert annotate(after, [None]) == before


def test_without_answers_no_emotion_is_left(annotate):
    content = annotate(VTT.encode(), [None] * 9)
    assert _emotions(content) == [None] * 9
    assert b"emotion" not in content


@pytest.mark.parametrize("label", ["a.b", "<b>&", "no emotion", "Ärger"])
def test_a_class_holds_any_label(annotate, label):
    content = annotate(
        b"WEBVTT\n\n00:01.000 --> 00:02.000\n<v Ann>Hm.\n\n00:03.000 --> 00:04.000\nBo: Hm.\n", [label] * 2
    )
    assert _emotions(content) == [label] * 2


@pytest.mark.parametrize(
    ("line", "after"),
    [
        # A span cannot be put across the end of a tag that began before it, so it stands within.
        ("<i>Ann: a</i>", "<c.emotion-joy><i>Ann: a</i></c>"),
        ("<i>Ann: a", "<i><c.emotion-joy>Ann: a</c>"),
        ("Ann: a</i></b>", "<c.emotion-joy>Ann: a</c></i></b>"),
        ("  Ann: a ", "  <c.emotion-joy>Ann: a</c> "),
        ("Hello <v Bo>a", "<c.emotion-joy>Hello</c> <v.emotion-joy Bo>a"),
        ("<i><v Bo>a</v></i>", "<i><v.emotion-joy Bo>a</v></i>"),
        ("<c.emotion-sad><c.x>a</c> b</c>", "<c.emotion-joy><c.x>a</c> b</c>"),
    ],
)
def test_spans_keep_tags_in_order(annotate, line, after):
    head = "WEBVTT\n\n00:01.000 --> 00:02.000\n"
    n_turns = after.count("emotion-joy")
    assert annotate(f"{head}{line}\n".encode(), ["joy"] * n_turns).decode() == f"{head}{after}\n"


def test_wrong_lines_stay_as_they_are(annotate):
    wrong = b"WEBVTT\n\nno cue\n\n00:01.000 --> 00:02.000\n<v Ann>a\n<v Bo>b\xff\n\n00:99.000 --> 00:02.000\n<v Cy>c\n"
    with pytest.raises(InputError, match="byte 0xFF"):
        annotate(wrong, ["joy"])
    after = wrong.replace(b"<v Ann>", b"<v.emotion-joy Ann>")
    assert annotate(wrong, ["joy"], skip_bad=True) == after
