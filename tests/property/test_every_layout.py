"""Layouts without a property test of their own: what is written in one is read; what is damaged is read or refused."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layouts import LAYOUTS, form_of
from layouts.chats import WRITERS
from layouts.damage import check_read_or_refused, damaged
from layouts.services import SERVICES

from instructerc.formats import ReadReport, read_conversations

# A message holds one turn, and CHAT writes marks otherwise; both are tested by themselves.
OTHERS = [name for name in LAYOUTS if name not in WRITERS and name not in SERVICES and name not in ("chat", "mail")]
# Who speaks stands in none of these.
NAMELESS = ("whisper.chunks",)
CAST = ("Mia Kern", "Zoë")
WORDS = st.text("abcdefgh XYZ äüéαβשא'😀", min_size=1, max_size=30).map(lambda text: " ".join(text.split()))
SAID = st.tuples(WORDS, st.sampled_from(["", ".", "?", "!"])).map(lambda both: f"so {both[0]}".strip() + both[1])


@pytest.mark.parametrize("name", OTHERS)
@settings(max_examples=10)
@given(said=st.lists(SAID, min_size=4, max_size=7))
def test_what_is_written_in_a_layout_is_read(name: str, said: list[str]) -> None:
    turns = [(CAST[place % 2], text) for place, text in enumerate(said)]
    content = LAYOUTS[name](turns).encode()
    for chosen in (None, form_of(name)):
        report = ReadReport()
        talks = read_conversations(io.BytesIO(content), input_format=chosen, report=report)
        found = [(turn.speaker, turn.text) for talk in talks for turn in talk.utterances]
        assert report.format == form_of(name)
        assert [text for _, text in found] == said
        speakers = [speaker for speaker, _ in found]
        assert len(set(speakers[::2])) == len(set(speakers[1::2])) == 1
        assert name in NAMELESS or speakers[0] != speakers[1]


@pytest.mark.parametrize("name", OTHERS)
@settings(max_examples=10)
@given(
    cut=st.integers(0, 4000),
    put=st.sampled_from(["", "\0", "<", "[" * 2000, '{"a":', "\ud800", "\n\n", "null", "[]", '"', "1e999", "{", "]]>"]),
    length=st.integers(0, 40),
)
def test_a_damaged_file_is_read_or_refused(name: str, cut: int, put: str, length: int) -> None:
    written = LAYOUTS[name]([("Mia", "so happy"), ("Theo", "so sad"), ("Mia", "why?"), ("Theo", "so it is")])
    check_read_or_refused(damaged(written, cut, put, length), form_of(name))
