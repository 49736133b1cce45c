"""Forms of services: a talk that is written in a layout comes back equal; what is damaged is read or refused."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from layouts import form_of
from layouts.chats import Turns
from layouts.damage import check_read_or_refused, damaged
from layouts.services import SERVICES, STEP

from instructerc.errors import InputError
from instructerc.formats import ReadOptions, ReadReport, read_conversations

NAMES = {
    "claude": ("human", "assistant"),
    **dict.fromkeys(("azure-speech", "azure-speech.fast"), ("Speaker 1", "Speaker 2")),
}
WORDS = st.text("abcdefgh XYZ äüéαβשא'😀", min_size=1, max_size=30).map(lambda text: " ".join(text.split()))
SAID = st.tuples(WORDS, st.sampled_from(["", ".", "?", "!"])).map(lambda both: f"so {both[0]}".strip() + both[1])


def _turns(name: str, said: list[str]) -> Turns:
    cast = NAMES.get(name, ("Mia Kern", "Zoë"))
    return [(cast[place % 2], text) for place, text in enumerate(said)]


@pytest.mark.parametrize("name", SERVICES)
@settings(max_examples=20)
@given(said=st.lists(SAID, min_size=2, max_size=6))
def test_what_is_written_in_a_layout_is_read(name: str, said: list[str]) -> None:
    form, write = form_of(name), SERVICES[name]
    turns = _turns(name, said)
    expected = [("Speaker" if form == "whisper-tsv" else who, text) for who, text in turns]
    starts = [None if form == "dialogues" else float(STEP * place) for place in range(len(turns))]
    for mark, chosen in (("", None), ("\ufeff", None), ("", form)):
        report = ReadReport()
        talk, *_ = read_conversations(io.BytesIO((mark + write(turns)).encode()), input_format=chosen, report=report)
        assert report.format == form
        assert [(turn.speaker, turn.text) for turn in talk.utterances] == expected
        assert [turn.start for turn in talk.utterances] == starts


@pytest.mark.parametrize("name", SERVICES)
@settings(max_examples=30)
@given(
    cut=st.integers(0, 4000),
    put=st.sampled_from(["", "\0", "<", "[" * 2000, '{"a":', "\ud800", "\n\n", "null", "[]", '"', "1e999", "\\u0000"]),
    length=st.integers(0, 40),
)
def test_a_damaged_file_is_read_or_refused(name: str, cut: int, put: str, length: int) -> None:
    form, write = form_of(name), SERVICES[name]
    written = write(_turns(name, ["so happy", "so sad", "why?"]))
    check_read_or_refused(damaged(written, cut, put, length), form)


NO_DOCUMENTS = ("google-meet", "whisper-tsv", "dialogues.texts")
LEAF = st.sampled_from([None, True, -1, 0, 1.5, 10**400, "", "x", "text", "Comment", "2024-03-11T09:05:00Z", [], {}])


def _mangled(value: Any, draw: st.DataObject) -> Any:
    """Returns a document with some of its values of other types."""
    if draw.draw(st.integers(0, 7)) == 0:
        return draw.draw(LEAF)
    if isinstance(value, dict):
        return {key: _mangled(one, draw) for key, one in value.items() if draw.draw(st.integers(0, 15))}
    return [_mangled(one, draw) for one in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", [name for name in SERVICES if name not in NO_DOCUMENTS])
@settings(max_examples=40)
@given(draw=st.data(), skip_bad=st.booleans())
def test_values_of_wrong_types_end_in_an_answer(name: str, draw: st.DataObject, skip_bad: bool) -> None:
    form, write = form_of(name), SERVICES[name]
    document = _mangled(json.loads(write(_turns(name, ["so happy", "so sad", "why?"]))), draw)
    for chosen in (None, form):
        stream = io.StringIO(json.dumps(document))
        try:
            options = ReadOptions(skip_bad=skip_bad)
            list(read_conversations(stream, input_format=chosen, options=options, report=ReadReport()))
        except InputError as error:
            assert "\n" not in str(error)  # noqa: PT017
