"""Copies with emotions: they read as the source with these emotions, and taking them out again leaves the source."""

from __future__ import annotations

import io
import json
from xml.sax.saxutils import escape, quoteattr

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from instructerc.conversation import Utterance
from instructerc.errors import InputError
from instructerc.formats import ReadOptions, ReadReport, read_conversations

LABELS = st.none() | st.sampled_from(["joy", "no joy", "anger"])
TIMES = ["00:01.000 --> 00:02.000", "01:00:03,000 --> 01:00:04,500 align:start line:0"]
# Pieces that steer random cues into every corner of the reader.
PIECES = st.sampled_from(
    [
        *(
            "Ann: ",
            "Dr. Bo",
            " [sad]",
            "[laughs] ",
            "[emotion: sad] ",
            ": ",
            ":",
            "- ",
            "–",
            " ",
            "\t",
            "a",
            "so. It",
            "é",
        ),
        *(
            "<v Ann>",
            "<v.loud Bo &amp; Cy>",
            "<v>",
            "</v>",
            "<i>",
            "</i>",
            "<b>",
            "</b>",
            "<00:01.500>",
            "{\\an8}",
            "&lt;",
        ),
        *("<font color='x'>", "</font>", "<", ">", "http://a", "[", "]"),
    ]
)
SPANS = st.sampled_from(["<c.x>a</c>", "<c.emotion-sad>Ann: a</c>", "<c.x.emotion-sad>- <i>b</i></c>"])
BARE_LINES = st.lists(PIECES, min_size=1, max_size=8).map("".join)
LINES = st.lists(PIECES | SPANS, min_size=1, max_size=8).map("".join)
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"), max_size=9)
WORDS = NAMES.map(lambda text: " ".join(text.split()))


def _cues(lines: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Returns blocks of subtitles: cues with identifiers and settings, and notes."""
    numbered = st.sampled_from(["", "7\n", "intro\n"])
    cue = st.builds(
        "{}{}\n{}\n".format,
        numbered,
        st.sampled_from(TIMES),
        st.lists(lines.filter(str.strip), max_size=3).map("\n".join),
    )
    note = st.sampled_from(["NOTE made by hand\n<v Ann>nothing\n", "STYLE\n::cue { color: red }\n", "REGION\nid:a\n"])
    return st.lists(cue | note, min_size=1, max_size=5).map("\n".join)


def _turns(content: bytes, **options) -> list[Utterance]:
    """Returns the turns of a file, none of one that cannot be read."""
    try:
        talks = list(read_conversations(io.BytesIO(content), report=ReadReport(), options=ReadOptions(**options)))
    except InputError:
        return []
    return [turn for talk in talks for turn in talk.utterances]


def _without(turns: list[Utterance]) -> list[tuple]:
    return [(turn.speaker, turn.text, turn.start, turn.end) for turn in turns]


@settings(max_examples=60)
@given(_cues(LINES), st.sampled_from(["\n", "\r\n", "\r"]), st.sampled_from(["", "\ufeff"]), st.data())
def test_webvtt(annotate, cues, end, mark, data):
    source = (mark + f"WEBVTT\n\n{cues}".replace("\n", end)).encode()
    turns = _turns(source)
    # A cue that is a name and a colon alone is words; with an emotion behind it, it would be a name.
    assume(not any(turn.text.endswith(":") for turn in turns))
    emotions = [data.draw(LABELS) for _ in turns]
    content = annotate(source, emotions) if turns else source
    assert _without(_turns(content)) == _without(turns)
    assert [turn.emotion for turn in _turns(content)] == emotions


@settings(max_examples=60)
@given(_cues(BARE_LINES.map(lambda line: line.replace("[sad]", "").replace("[emotion: sad] ", ""))), st.data())
def test_without_emotions_webvtt_is_its_source_again(annotate, cues, data):
    source = f"WEBVTT\r\n\r\n{cues}".encode()
    turns = _turns(source)
    if turns and all(turn.emotion is None for turn in turns):
        content = annotate(source, [data.draw(LABELS) for _ in turns])
        assert annotate(content, [None] * len(turns)) == source


@settings(max_examples=60)
@given(_cues(LINES), st.sampled_from(["\n", "\r\n"]), st.data())
def test_subrip(annotate, cues, end, data):
    source = f"1\n00:00:00,000 --> 00:00:01,000\nAnn: Hi\n\n{cues}".replace("\n", end).encode()
    source = source.replace(b"STYLE", b"NOTE")
    turns = _turns(source)
    emotions = [data.draw(LABELS) for _ in turns]
    content = annotate(source, emotions)
    assert _without(_turns(content)) == _without(turns)
    assert [turn.emotion for turn in _turns(content)] == emotions


@settings(max_examples=50)
@given(
    st.lists(st.tuples(NAMES, st.booleans(), st.lists(st.tuples(WORDS, LABELS), max_size=3)), min_size=1, max_size=3),
    st.sampled_from(["", "\n", "\r\n    "]),
    st.data(),
)
def test_elan(annotate, tiers, between, data):
    parts, number = [], 0
    for place, (name, has_own, turns) in enumerate(tiers):
        rows, gold = [], []
        for words, emotion in turns:
            number += 1
            value = f"<ANNOTATION_VALUE>{escape(words)}</ANNOTATION_VALUE>"
            rows.append(f'<ALIGNABLE_ANNOTATION ANNOTATION_ID="a{number}">{value}</ALIGNABLE_ANNOTATION>')
            value = f"<ANNOTATION_VALUE>{emotion}</ANNOTATION_VALUE>" if emotion else "<ANNOTATION_VALUE/>"
            gold.append(
                f'<REF_ANNOTATION ANNOTATION_ID="e{number}" ANNOTATION_REF="a{number}">{value}</REF_ANNOTATION>'
            )
        known = quoteattr(f"{place}{name}")
        dependent = f' PARENT_REF={known} LINGUISTIC_TYPE_REF="l"'
        for inside, attributes in ((rows, ""), (gold, dependent))[: 1 + has_own]:
            own = quoteattr(f"emotion@{place}") if attributes else known
            inner = between.join(f"<ANNOTATION>{one}</ANNOTATION>" for one in inside)
            tier = f"<TIER TIER_ID={own}{attributes}"
            parts.append(f"{tier}>{inner}</TIER>" if inner else f"{tier}/>")
    source = f"<ANNOTATION_DOCUMENT>{between}{between.join(parts)}</ANNOTATION_DOCUMENT>".encode()
    turns = _turns(source)
    emotions = [data.draw(LABELS) for _ in turns]
    content = annotate(source, emotions) if turns else source
    assert _without(_turns(content)) == _without(turns)
    assert [turn.emotion for turn in _turns(content)] == emotions
    assert not turns or annotate(content, emotions) == content


CELLS = st.text(st.sampled_from('ab ,;"\n\ré'), max_size=6)


@settings(max_examples=60)
@given(st.lists(st.tuples(CELLS, CELLS, CELLS), max_size=5), st.sampled_from(",;|"), st.data())
def test_tables(annotate, rows, delimiter, data):
    quoted = [[f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row] for row in [("id", "speaker", "text"), *rows]]
    source = "\r\n".join(delimiter.join(row) for row in quoted).encode()
    turns = _turns(source)
    emotions = [data.draw(LABELS) for _ in turns]
    content = annotate(source, emotions) if turns else source
    assert _without(_turns(content)) == _without(turns)
    assert [turn.emotion for turn in _turns(content)] == emotions


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)
EXTRA = st.dictionaries(st.sampled_from(["}", "x", '"', "emotion", "probabilities", "é", "\ud83d"]), VALUES, max_size=4)
EXTRA = EXTRA.map(lambda row: row | {"emotion": None} if "emotion" in row else row)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(EXTRA, st.lists(EXTRA, max_size=3)), min_size=1, max_size=4),
    st.sampled_from([(", ", ": "), (",", ":"), (" ,\t", " : ")]),
    st.booleans(),
    st.data(),
)
def test_jsonl(annotate, talks, separators, plain_ascii, data):
    lines = []
    for number, (extra, turns) in enumerate(talks):
        said = [turn | {"speaker": "Ann", "text": "}]"} for turn in turns]
        row = extra | (
            {"utterances": said, "id": str(number)} if said else {"speaker": "Bo", "text": "{", "conversation": number}
        )
        lines.append(json.dumps(row, separators=separators, ensure_ascii=plain_ascii))
    source = "\r\n".join(lines).encode("utf-8", "replace")
    turns = _turns(source)
    emotions = [data.draw(LABELS) for _ in turns]
    content = annotate(source, emotions, "jsonl")
    # Bytes are only added.
    assert len(content) > len(source)
    assert _without(_turns(content)) == _without(turns)
    assert [turn.emotion for turn in _turns(content, emotion_column="emotion_predicted")] == emotions
