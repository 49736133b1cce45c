"""Copies of ELAN files: a tier of emotions below each tier of turns, valid by the schema, and nothing else touched."""

from __future__ import annotations

import io
from xml.etree import ElementTree

import pytest

from instructerc.errors import InputError
from instructerc.formats import ReadReport, read_conversations

ORDER = [
    *("LICENSE", "HEADER", "TIME_ORDER", "TIER", "LINGUISTIC_TYPE", "LOCALE", "LANGUAGE", "CONSTRAINT"),
    *("CONTROLLED_VOCABULARY", "LEXICON_REF", "REF_LINK_SET", "EXTERNAL_REF"),
]
BEFORE = """<?xml version="1.0" encoding="UTF-8"?>
<ANNOTATION_DOCUMENT AUTHOR="me" DATE="2024-01-01T00:00:00+01:00" FORMAT="3.0" VERSION="3.0">
    <LICENSE LICENSE_URL="">free</LICENSE>
    <HEADER MEDIA_FILE="" TIME_UNITS="milliseconds">
        <MEDIA_DESCRIPTOR MEDIA_URL="./a.wav" MIME_TYPE="audio/x-wav"/>
        <PROPERTY NAME="lastUsedAnnotationId">12</PROPERTY>
    </HEADER>
    <TIME_ORDER>
        <TIME_SLOT TIME_SLOT_ID="ts1" TIME_VALUE="780"/>
        <TIME_SLOT TIME_SLOT_ID="ts2" TIME_VALUE="1590"/>
        <TIME_SLOT TIME_SLOT_ID="ts3" TIME_VALUE="100"/>
        <TIME_SLOT TIME_SLOT_ID="a20"/>
    </TIME_ORDER>
    <TIER LINGUISTIC_TYPE_REF="turn" PARTICIPANT="Ann &amp; co" TIER_ID="A &quot;1&quot;">
        <ANNOTATION>
            <ALIGNABLE_ANNOTATION ANNOTATION_ID="a1" TIME_SLOT_REF1="ts1" TIME_SLOT_REF2="ts2">
                <ANNOTATION_VALUE>We won &amp; how!</ANNOTATION_VALUE>
            </ALIGNABLE_ANNOTATION>
        </ANNOTATION>
    </TIER>
    <TIER LINGUISTIC_TYPE_REF="turn" TIER_ID="Bo"><!-- early -->
        <ANNOTATION>
            <ALIGNABLE_ANNOTATION ANNOTATION_ID="a2" TIME_SLOT_REF1="ts3" TIME_SLOT_REF2="ts1">
                <ANNOTATION_VALUE>Well?</ANNOTATION_VALUE>
            </ALIGNABLE_ANNOTATION>
        </ANNOTATION>
        <ANNOTATION>
            <ALIGNABLE_ANNOTATION ANNOTATION_ID="a3" TIME_SLOT_REF1="ts2" TIME_SLOT_REF2="a20">
                <ANNOTATION_VALUE>hm</ANNOTATION_VALUE>
            </ALIGNABLE_ANNOTATION>
        </ANNOTATION>
    </TIER>
    <TIER LINGUISTIC_TYPE_REF="gloss" PARENT_REF="Bo" TIER_ID="words">
        <ANNOTATION>
            <REF_ANNOTATION ANNOTATION_ID="w1" ANNOTATION_REF="a2">
                <ANNOTATION_VALUE>one</ANNOTATION_VALUE>
            </REF_ANNOTATION>
        </ANNOTATION>
    </TIER>
    <LINGUISTIC_TYPE GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="turn" TIME_ALIGNABLE="true"/>
    <LINGUISTIC_TYPE CONSTRAINTS="Symbolic_Subdivision" LINGUISTIC_TYPE_ID="gloss" TIME_ALIGNABLE="false"/>
    <LANGUAGE LANG_ID="und" LANG_LABEL="undetermined (und)"/>
    <CONSTRAINT DESCRIPTION="Symbolic subdivision" STEREOTYPE="Symbolic_Subdivision"/>
    <CONTROLLED_VOCABULARY CV_ID="cv">
        <CV_ENTRY_ML CVE_ID="cve1"><CVE_VALUE LANG_REF="und">joy</CVE_VALUE></CV_ENTRY_ML>
    </CONTROLLED_VOCABULARY>
</ANNOTATION_DOCUMENT>
"""
GLOSS = '    <TIER LINGUISTIC_TYPE_REF="gloss"'
TIER_OF_ANN = """    <TIER LINGUISTIC_TYPE_REF="emotion" PARENT_REF='A "1"' PARTICIPANT="Ann &amp; co" \
TIER_ID='emotion@A "1"'>
        <ANNOTATION><REF_ANNOTATION ANNOTATION_ID="a21" ANNOTATION_REF="a1">\
<ANNOTATION_VALUE>joy</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>
    </TIER>
"""
TIER_OF_BO = """    <TIER LINGUISTIC_TYPE_REF="emotion" PARENT_REF="Bo" TIER_ID="emotion@Bo">
        <ANNOTATION><REF_ANNOTATION ANNOTATION_ID="a22" ANNOTATION_REF="a2">\
<ANNOTATION_VALUE>no joy</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>
    </TIER>
"""
NEW_TYPE = """    <LINGUISTIC_TYPE CONSTRAINTS="Symbolic_Association" GRAPHIC_REFERENCES="false" \
LINGUISTIC_TYPE_ID="emotion" TIME_ALIGNABLE="false"/>
"""
NEW_CONSTRAINT = """    <CONSTRAINT DESCRIPTION="1-1 association with a parent annotation" \
STEREOTYPE="Symbolic_Association"/>
"""
RATED = """    <TIER LINGUISTIC_TYPE_REF="feel" PARENT_REF="Bo" TIER_ID="Emotion@rater">
        <ANNOTATION>
            <REF_ANNOTATION ANNOTATION_ID="e1" ANNOTATION_REF="a2" CVE_REF="cve1">
                <ANNOTATION_VALUE>joy</ANNOTATION_VALUE>
            </REF_ANNOTATION>
        </ANNOTATION>
    </TIER>
    <TIER LINGUISTIC_TYPE_REF="feel" PARENT_REF="Emotion@rater" TIER_ID="strength">
        <ANNOTATION>
            <REF_ANNOTATION ANNOTATION_ID="s1" ANNOTATION_REF="e1">
                <ANNOTATION_VALUE>3</ANNOTATION_VALUE>
            </REF_ANNOTATION>
        </ANNOTATION>
    </TIER>
"""
FEEL = """    <LINGUISTIC_TYPE CONSTRAINTS="Symbolic_Association" CONTROLLED_VOCABULARY_REF="cv" \
LINGUISTIC_TYPE_ID="feel" TIME_ALIGNABLE="false"/>
"""


def _before(text: str, anchor: str, new: str) -> str:
    head, tail = text.split(anchor)
    return f"{head}{new}{anchor}{tail}"


def _emotions(content: bytes) -> list[tuple[str, str | None]]:
    [talk] = read_conversations(io.BytesIO(content), report=ReadReport())
    return [(turn.speaker, turn.emotion) for turn in talk.utterances]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_tiers_a_type_and_a_constraint_are_added_and_nothing_else(annotate, end):
    expected = _before(BEFORE, '    <TIER LINGUISTIC_TYPE_REF="turn" TIER_ID="Bo">', TIER_OF_ANN)
    expected = _before(expected, GLOSS, TIER_OF_BO)
    expected = _before(expected, "    <LANGUAGE", NEW_TYPE)
    expected = _before(expected, "    <CONTROLLED_VOCABULARY", NEW_CONSTRAINT)
    expected = expected.replace(">12</PROPERTY>", ">22</PROPERTY>")
    content = annotate(BEFORE.replace("\n", end).encode(), ["no joy", "joy", None])
    assert content.decode() == expected.replace("\n", end)
    assert _emotions(content) == [("Bo", "no joy"), ("Ann & co", "joy"), ("Bo", None)]


def test_a_tier_of_emotions_that_is_there_keeps_its_names_and_what_hangs_on_it(annotate):
    rated = _before(_before(BEFORE, GLOSS, RATED), "    <LANGUAGE", FEEL)
    content = annotate(rated.encode(), ["anger", None, "joy"])
    expected = rated.replace(' CVE_REF="cve1"', "").replace(
        "<ANNOTATION_VALUE>joy</ANNOTATION_VALUE>", "<ANNOTATION_VALUE>anger</ANNOTATION_VALUE>"
    )
    new = (
        '        <ANNOTATION><REF_ANNOTATION ANNOTATION_ID="a21" ANNOTATION_REF="a3">'
        "<ANNOTATION_VALUE>joy</ANNOTATION_VALUE></REF_ANNOTATION></ANNOTATION>\n"
    )
    end_of_tier = '    </TIER>\n    <TIER LINGUISTIC_TYPE_REF="feel" PARENT_REF="Emotion@rater"'
    expected = _before(expected, end_of_tier, new)
    assert content.decode() == expected.replace(">12</PROPERTY>", ">21</PROPERTY>")
    assert _emotions(annotate(content, [None] * 3)) == [("Bo", None), ("Ann & co", None), ("Bo", None)]
    assert annotate(content, ["anger", None, "joy"]) == content
    assert annotate(BEFORE.encode(), [None] * 3).decode() == BEFORE


def test_a_tier_that_may_not_hold_one_emotion_a_turn_is_left_alone(annotate):
    """A subdivision holds several annotations for one turn."""
    given = BEFORE.replace('TIER_ID="words"', 'TIER_ID="emotion@Bo"')
    content = annotate(given.encode(), ["anger", "joy", None])
    assert _emotions(content) == [("Bo", "anger"), ("Ann & co", "joy"), ("Bo", None)]
    tiers = {tier.get("TIER_ID"): tier for tier in ElementTree.fromstring(content).iter("TIER")}
    assert [tier for tier in tiers if tier.startswith("emotion@Bo")] == ["emotion@Bo", "emotion@Bo_2"]
    assert [value.text for value in tiers["emotion@Bo"].iter("ANNOTATION_VALUE")] == ["one"]


@pytest.mark.parametrize(
    "left_out", ["LINGUISTIC_TYPE", "LANGUAGE", "CONSTRAINT", "LICENSE", "LINGUISTIC_TYPE|CONSTRAINT"]
)
def test_elements_stand_in_the_order_of_the_schema(annotate, left_out):
    root = ElementTree.fromstring(BEFORE)
    for child in list(root):
        if child.tag in left_out.split("|"):
            root.remove(child)
    content = annotate(ElementTree.tostring(root), ["joy", "joy", "joy"])
    after = ElementTree.fromstring(content)
    places = [ORDER.index(child.tag) for child in after]
    assert places == sorted(places)
    kinds = [kind.get("LINGUISTIC_TYPE_ID") for kind in after.iter("LINGUISTIC_TYPE")]
    assert kinds.count("emotion") == 1
    assert [one.get("STEREOTYPE") for one in after.iter("CONSTRAINT")].count("Symbolic_Association") == 1
    names = [value for one in after.iter() for key, value in one.items() if key in {"ANNOTATION_ID", "TIME_SLOT_ID"}]
    assert len(set(names)) == len(names)


def test_tags_without_an_end_get_one(annotate):
    given = _before(
        BEFORE,
        GLOSS,
        '    <TIER LINGUISTIC_TYPE_REF="undeclared" PARENT_REF="Bo" TIER_ID="emotion"/>\n'
        '    <TIER LINGUISTIC_TYPE_REF="x" PARENT_REF=\'A "1"\' TIER_ID="emotion@>"><ANNOTATION><REF_ANNOTATION '
        'ANNOTATION_ID="e1" ANNOTATION_REF="a1"><ANNOTATION_VALUE /></REF_ANNOTATION></ANNOTATION></TIER>\n',
    )
    content = annotate(given.encode(), ["anger", "joy", None])
    assert _emotions(content) == [("Bo", "anger"), ("Ann & co", "joy"), ("Bo", None)]
    assert b"<ANNOTATION_VALUE >joy</ANNOTATION_VALUE>" in content
    # Nothing was added that would need them.
    assert b"Symbolic_Association" not in content


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "latin-1"])
def test_the_encoding_stays(annotate, encoding):
    mark = "\ufeff" if encoding.startswith("utf-16") else ""
    given = mark + BEFORE.replace("UTF-8", encoding).replace("Well?", "Wöll?")
    options = {} if mark else {"encoding": encoding}
    content = annotate(given.encode(encoding), ["joy"] * 3, "elan", **options)
    assert content.startswith(given[:200].encode(encoding))
    [talk] = read_conversations(io.BytesIO(content.decode(encoding).encode()), report=ReadReport())
    assert (talk.utterances[0].text, talk.utterances[0].emotion) == ("Wöll?", "joy")


def test_a_document_type_is_refused(annotate):
    given = BEFORE.replace("<ANNOTATION_DOCUMENT", '<!DOCTYPE a [<!ENTITY b "c">]>\n<ANNOTATION_DOCUMENT', 1)
    with pytest.raises(InputError, match="declares a document type"):
        annotate(given.encode(), ["joy"] * 3)
