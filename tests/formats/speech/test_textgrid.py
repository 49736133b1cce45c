"""Praat's TextGrids: both forms, tiers that are no speech, silence, and files that are cut off."""

from __future__ import annotations

import io
from collections.abc import Sequence

import pytest

from instructerc.errors import InputError
from instructerc.formats import ReadOptions, ReadReport, read_conversations

Intervals = Sequence[tuple[float, float, str]]


def long_form(tiers: Sequence[tuple[str, Intervals]], points: Intervals = ()) -> str:
    """Returns a TextGrid as Praat writes it by default."""
    parts = ['File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0 \nxmax = 9 \ntiers? <exists> \n']
    parts.append(f"size = {len(tiers) + bool(points)} \nitem []: \n")
    for number, (name, intervals) in enumerate(tiers, 1):
        parts.append(f'    item [{number}]:\n        class = "IntervalTier" \n        name = "{name}" \n')
        parts.append(f"        xmin = 0 \n        xmax = 9 \n        intervals: size = {len(intervals)} \n")
        for place, (begin, end, text) in enumerate(intervals, 1):
            quoted = text.replace('"', '""')
            parts.append(f"        intervals [{place}]:\n            xmin = {begin} \n            xmax = {end} \n")
            parts.append(f'            text = "{quoted}" \n')
    if points:
        parts.append(f'    item [{len(tiers) + 1}]:\n        class = "TextTier" \n        name = "events" \n')
        parts.append(f"        xmin = 0 \n        xmax = 9 \n        points: size = {len(points)} \n")
        for place, (begin, _, text) in enumerate(points, 1):
            parts.append(f'        points [{place}]:\n            number = {begin} \n            mark = "{text}" \n')
    return "".join(parts)


def short_form(tiers: Sequence[tuple[str, Intervals]]) -> str:
    rows = ['File type = "ooTextFile"', 'Object class = "TextGrid"', "", "0", "9", "<exists>", str(len(tiers))]
    for name, intervals in tiers:
        rows += ['"IntervalTier"', f'"{name}"', "0", "9", str(len(intervals))]
        for begin, end, text in intervals:
            quoted = text.replace('"', '""')
            rows += [str(begin), str(end), f'"{quoted}"']
    return "\n".join(rows) + "\n"


def read(content: str | bytes, **options: object) -> tuple[list[tuple[object, ...]], ReadReport]:
    report = ReadReport()
    data = content.encode() if isinstance(content, str) else content
    talks = read_conversations(io.BytesIO(data), report=report, options=ReadOptions(**options))  # type: ignore[arg-type]
    return [(turn.speaker, turn.text, turn.start, turn.end) for talk in talks for turn in talk.utterances], report


MIA: Intervals = [(0, 1.2, "I got the job"), (1.2, 2, ""), (2, 3.5, 'he said "no" ! 5')]
THEO: Intervals = [(0, 1.2, "<sil>"), (1.2, 2, "sp"), (1.25, 1.9, "That is\nfantastic")]
BOTH = [("Mia", MIA), ("Theo", THEO)]
TURNS = [
    ("Mia", "I got the job", 0.0, 1.2),
    ("Theo", "That is\nfantastic", 1.25, 1.9),
    ("Mia", 'he said "no" ! 5', 2.0, 3.5),
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be"])
@pytest.mark.parametrize(
    "written", [long_form(BOTH), short_form(BOTH), short_form(BOTH).replace("\n", "\r\n").replace("is\r\n", "is\n")]
)
def test_both_forms_are_read_in_any_encoding(encoding: str, written: str) -> None:
    mark = "\ufeff" if encoding == "utf-16-be" else ""
    turns, report = read((mark + written).encode(encoding))
    assert turns == TURNS
    assert report.format == "textgrid"
    assert report.notes == ["<stream>: 3 interval(s) of silence: left out"]


def test_comments_names_and_points_say_nothing() -> None:
    written = long_form([("Mia", MIA[:1])], [(0.5, 0.5, "nod")]).replace("xmin = 0 \n", 'xmin = 0 ! the "start" 7\n', 1)
    turns, report = read(written)
    assert turns == TURNS[:1]
    assert report.notes == ["<stream>: 1 point(s) of point tiers: left out"]


def test_tiers_that_are_no_speech_are_left_out_or_named() -> None:
    tiers = [("Mia - utterances", MIA[:1]), ("Mia - phones", [(0.0, 0.1, "AY1")]), ("Mia_gesture", [(0.0, 1.0, "nod")])]
    turns, report = read(long_form(tiers))
    assert turns == TURNS[:1]
    assert report.notes == ["<stream>: 2 interval(s) of tiers that are not speech: left out"]
    turns, _ = read(long_form(tiers), tier="Mia_gesture")
    assert [turn[1] for turn in turns] == ["nod"]
    with pytest.raises(InputError, match=r"no tier 'Mia_gest' \(did you mean 'Mia_gesture'\?\)"):
        read(long_form(tiers), tier="Mia_gest")


def test_words_of_an_aligner_are_joined_to_turns() -> None:
    words = [(0.0, 0.2, "i"), (0.2, 0.4, "won"), (0.4, 3.0, ""), (3.0, 3.2, "wow")]
    tiers = [("Mia - words", words), ("Mia - phones", [(0.0, 0.1, "AY1")]), ("Theo - words", [(0.5, 0.7, "no")])]
    turns, report = read(long_form(tiers))
    assert turns == [("Mia", "i won", 0.0, 0.4), ("Theo", "no", 0.5, 0.7), ("Mia", "wow", 3.0, 3.2)]
    assert "<stream>: 4 word(s) in intervals of their own: joined up to a pause of a second" in report.notes


def test_a_tier_that_says_who_speaks() -> None:
    tiers = [("speaker", [(0.0, 1.0, "Mia"), (1.0, 2.0, "Theo")]), ("text", [(0.0, 0.9, "hi"), (1.1, 2.0, "ho")])]
    turns, _ = read(long_form(tiers))
    assert [turn[:2] for turn in turns] == [("Mia", "hi"), ("Theo", "ho")]


def test_emotions_are_gold_labels() -> None:
    written = long_form([("Mia", MIA[:1]), ("emotion@Mia", [(0.0, 1.2, "joy")])])
    [talk] = read_conversations(io.StringIO(written), report=ReadReport())
    assert [turn.emotion for turn in talk.utterances] == ["joy"]


def test_a_collection_has_several() -> None:
    one = short_form([("Mia", MIA[:1])]).split("\n", 3)[3]
    written = (
        f'File type = "ooTextFile"\nObject class = "Collection"\n\n2\n"TextGrid"\n"a"\n{one}"TextGrid"\n"b"\n{one}'
    )
    talks = list(read_conversations(io.StringIO(written)))
    assert [(talk.id, len(talk)) for talk in talks] == [("a", 1), ("b", 1)]


def test_letters_that_praat_writes_in_ascii() -> None:
    turns, _ = read(long_form([("Mia", [(0, 1, "sch\\o\"n, gro\\ss, \\e't\\e'")])]))
    assert turns[0][1] == "schön, groß, été"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (long_form(BOTH)[:400], "ends where .* is expected; it may be cut off"),
        (
            long_form(BOTH).replace("size = 2", "size = 99999999999"),
            r":7: the number of tiers is 1e\+11, which the file",
        ),
        (long_form(BOTH).replace("xmax = 1.2", 'xmax = "1.2"'), r":17: expected a time as a number, got '\"1.2\"'"),
        (long_form(BOTH).replace('"TextGrid"', '"Pitch 1"'), "is a file of Praat with 'Pitch 1'; give a TextGrid"),
        (long_form([("words", [])]), "contains no utterance"),
        (long_form([("gesture", [(0, 1, "nod")])]), "no tier looks like speech; name one with --tier: 'gesture'"),
        ('File type = "ooTextFile"\nObject class = "TextGrid' + '"' * 100_001, "is a file of Praat with"),
        ("ooBinaryFile\x08TextGrid" + "\0\1" * 50, "is a binary file of Praat; save it there as a text file"),
    ],
)
def test_what_cannot_be_read_says_why(written: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as caught:
        read(written)
    assert "\n" not in str(caught.value)


def test_a_wrong_interval_can_be_skipped() -> None:
    written = long_form([("Mia", [(0, 1, "a\0"), (1, 2, "b")])])
    with pytest.raises(InputError, match=r":18: NUL character at character 2 of the text"):
        read(written)
    assert read(written, skip_bad=True)[0] == [("Mia", "b", 1.0, 2.0)]
