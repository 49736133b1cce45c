"""ELAN files: tiers to turns and back, and XML that means harm."""

from __future__ import annotations

import contextlib
import io
import time

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError
from instructerc.formats import ReadOptions, ReadReport, read_conversations
from instructerc.formats.elan.writer import write_elan

FILE = """<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT FORMAT="3.0" VERSION="3.0"><HEADER MEDIA_FILE="" TIME_UNITS="milliseconds"/>
<TIME_ORDER><TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="780"/><TIME_SLOT TIME_SLOT_ID="ts2" TIME_VALUE="1590"/>
<TIME_SLOT TIME_SLOT_ID="ts3" TIME_VALUE="100"/><TIME_SLOT TIME_SLOT_ID="ts4"/></TIME_ORDER>
<TIER LINGUISTIC_TYPE_REF="turn" PARTICIPANT="Ann" TIER_ID="A">
<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts2">
<ANNOTATION_VALUE>We won &amp; how!</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION></TIER>
<TIER LINGUISTIC_TYPE_REF="turn" TIER_ID="Bo">
<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="a2" TIME_SLOT_REF1="ts3" TIME_SLOT_REF2="ts4">
<ANNOTATION_VALUE>Well?</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION></TIER>
<TIER LINGUISTIC_TYPE_REF="l" PARENT_REF="A" TIER_ID="emotion@A"><ANNOTATION>
<REF_ANNOTATION ANNOTATION_ID="e1" ANNOTATION_REF="a1"><ANNOTATION_VALUE>joy</ANNOTATION_VALUE></REF_ANNOTATION>
</ANNOTATION></TIER>
<TIER LINGUISTIC_TYPE_REF="l" PARENT_REF="A" TIER_ID="words"><ANNOTATION>
<REF_ANNOTATION ANNOTATION_ID="w1" ANNOTATION_REF="a1"><ANNOTATION_VALUE>four</ANNOTATION_VALUE></REF_ANNOTATION>
</ANNOTATION></TIER>
</ANNOTATION_DOCUMENT>
"""
# XML has no control characters, and reads \r\n and \r as \n.
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=20)
WORDS = TEXT.map(lambda text: " ".join(text.split()))
TIMES = st.one_of(st.none(), st.integers(0, 10**9).map(lambda value: value / 1000))
TURNS = st.builds(
    Utterance,
    st.sampled_from(["Ann", "Bo & Cy", '"D"', "<E>"]),
    WORDS,
    st.one_of(st.none(), st.sampled_from(["joy", "no emotion"])),
    st.none(),
    st.none(),
)


def test_tiers_are_speakers_and_times_give_the_order():
    report = ReadReport()
    [talk] = read_conversations(io.StringIO(FILE), report=report)
    assert talk.utterances == (
        Utterance("Bo", "Well?", None, 0.1, None),
        Utterance("Ann", "We won & how!", "joy", 0.78, 1.59),
    )
    assert report.notes == ["<stream>: 1 annotation(s) of the tier 'words': left out; --tier reads other tiers"]


def test_what_is_decoded_is_not_decoded_again_as_the_first_line_says():
    given = FILE.replace('encoding="UTF-8"', 'encoding="ISO-8859-1"').replace("Well?", "Wöll?").encode("latin-1")
    [talk] = read_conversations(io.BytesIO(given), options=ReadOptions(encoding="latin-1"), report=ReadReport())
    assert talk.utterances[0].text == "Wöll?"


@given(st.lists(st.tuples(TURNS, st.integers(1, 10**6)), min_size=1, max_size=6))
def test_what_is_written_reads_the_same(turns):
    utterances, now = [], 0
    for turn, length in turns:
        # An annotation without words is nobody's turn.
        assume(turn.text.strip())
        utterances.append(Utterance(turn.speaker, turn.text, turn.emotion, now / 1000, (now + length) / 1000))
        now += length
    talk = Conversation("conversation", utterances)
    stream = io.StringIO()
    write_elan(talk, stream)
    assert list(read_conversations(io.StringIO(stream.getvalue()))) == [talk]


def test_a_turn_without_times_is_written_without_them():
    stream = io.StringIO()
    write_elan(Conversation("c", [Utterance("Ann", "hm\x07m", None, 1.5)]), stream)
    [talk] = read_conversations(io.StringIO(stream.getvalue()))
    assert talk.utterances == (Utterance("Ann", "hm m", None, 1.5, None),)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            '<!DOCTYPE a [<!ENTITY b "ha">]>' + "<ANNOTATION_DOCUMENT>&b;</ANNOTATION_DOCUMENT>",
            "declares a document type",
        ),
        (FILE[: len(FILE) // 2], "is not well-formed XML"),
        (FILE.replace("&amp;", "&bomb;"), ":7: is not well-formed XML"),
        ("<ANNOTATION_DOCUMENT></ANNOTATION_DOCUMENT>", "contains no utterance"),
    ],
)
def test_what_is_no_elan_file_is_told(text, said):
    with pytest.raises(InputError, match=said):
        list(read_conversations(io.StringIO(text), input_format="elan"))


@pytest.mark.slow
def test_an_entity_bomb_and_deep_nesting_end_soon():
    lines = "".join(f'<!ENTITY b{n} "{f"&b{n - 1};" * 10}">' for n in range(1, 20))
    bomb = f'<!DOCTYPE a [<!ENTITY b0 "ha">{lines}]><ANNOTATION_DOCUMENT>&b19;</ANNOTATION_DOCUMENT>'
    deep = "<ANNOTATION_DOCUMENT>" + "<TIER>" * 200_000
    begin = time.monotonic()
    for text in (bomb, deep):
        with pytest.raises(InputError):
            list(read_conversations(io.StringIO(text), input_format="elan"))
    assert time.monotonic() - begin < 20


@given(st.binary(max_size=300))
def test_whatever_stands_there_ends_in_an_answer_or_an_error(rest):
    with contextlib.suppress(InputError):
        talks = list(read_conversations(io.BytesIO(b"<ANNOTATION_DOCUMENT>" + rest), input_format="elan"))
        assert all(turn.speaker for talk in talks for turn in talk.utterances)


def _file(*tiers: tuple[str, str, list[str]]) -> str:
    """Returns a file with tiers of a name, of the tier that they hang on or nothing, and of values one second apart."""
    slots = "".join(f'<TIME_SLOT TIME_SLOT_ID="t{place}" TIME_VALUE="{1000 * place}"/>' for place in range(5))
    shown = ""
    for name, parent, values in tiers:
        hangs = f' PARENT_REF="{parent}"' if parent else ""
        shown += f'<TIER LINGUISTIC_TYPE_REF="l" TIER_ID="{name}"{hangs}>'
        for place, value in enumerate(values):
            times = f'TIME_SLOT_REF1="t{place}" TIME_SLOT_REF2="t{place + 1}"'
            shown += f'<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="{name}{place}" {times}>'
            shown += f"<ANNOTATION_VALUE>{value}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION></ANNOTATION>"
        shown += "</TIER>"
    return f'<ANNOTATION_DOCUMENT FORMAT="3.0"><TIME_ORDER>{slots}</TIME_ORDER>{shown}</ANNOTATION_DOCUMENT>'


WORDS = ["I got the job", "so scared"]


@pytest.mark.parametrize(
    ("name", "values"),
    [
        *[("Segmentierung", ["S1", "S2"]), ("Intervals", ["1", "2"]), ("Mia-Hände", ["winkt", "zeigt"])],
        *[("gestual-Mia", ["wave", "sit"]), ("ManualGesture-Mia", ["wave", "sit"]), ("Lachen", ["haha", "hihi"])],
        *[("valence", ["high", "low"]), ("arousal", ["high", "low"]), ("Thema", ["Arbeit", "Angst"])],
    ],
)
def test_a_tier_of_something_else_is_no_speaker(name, values):
    report = ReadReport()
    [talk] = read_conversations(io.StringIO(_file(("Mia", "", WORDS), (name, "", values))), report=report)
    assert [(turn.speaker, turn.text) for turn in talk.utterances] == [("Mia", text) for text in WORDS]
    assert f"2 annotation(s) of the tier {name!r}: left out" in report.notes[0]


@pytest.mark.parametrize("name", ["EmotionMia", "MiaEmotion", "Mia_emotion", "emotionMia"])
def test_a_tier_named_after_emotions_has_the_gold_ones(name):
    [talk] = read_conversations(io.StringIO(_file(("Mia", "", WORDS), (name, "", ["joy", "fear"]))))
    assert [(turn.text, turn.emotion) for turn in talk.utterances] == [(WORDS[0], "joy"), (WORDS[1], "fear")]


def test_words_may_stand_below_an_empty_tier():
    [talk] = read_conversations(io.StringIO(_file(("Mia", "", []), ("text@Mia", "Mia", WORDS))))
    assert [(turn.speaker, turn.text) for turn in talk.utterances] == [("Mia", text) for text in WORDS]
    with pytest.raises(InputError, match=r"name one with --tier: 'Mia', 'gloss'"):
        list(read_conversations(io.StringIO(_file(("Mia", "", []), ("gloss", "Mia", WORDS)))))
