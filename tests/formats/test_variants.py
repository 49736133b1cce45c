"""Files as in `cases`, in more languages, layouts and versions of programs: how each is read, or that it is not."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats import ReadReport, read_conversations

VARIANTS = Path(__file__).parent / "variants"

# `read`: each turn's speaker and words, with start and end where they are said. `many`: the same of several
# conversations, without times. `refused`: files that no format may read by itself.
EXPECTED = json.loads((VARIANTS.parent / "variants.json").read_text(encoding="utf-8"))
READ, MANY, REFUSED = (EXPECTED[kind] for kind in ("read", "many", "refused"))


def _read(name: str) -> list[Conversation]:
    return list(read_conversations(VARIANTS / name, report=ReadReport()))


@pytest.mark.parametrize("name", READ)
def test_it_is_read_as_people_mean_it(name: str) -> None:
    [talk] = _read(name)
    found = [(turn.speaker, turn.text, turn.start, turn.end) for turn in talk.utterances]
    assert [list(turn[:2]) for turn in found] == [turn[:2] for turn in READ[name]]
    for turn, expected in zip(found, READ[name], strict=True):
        assert turn[2 : len(expected)] == tuple(pytest.approx(time, abs=0.001) for time in expected[2:])
    # A stream has no name to go by.
    [other] = read_conversations(io.BytesIO((VARIANTS / name).read_bytes()), report=ReadReport())
    assert other.utterances == talk.utterances


@pytest.mark.parametrize("name", MANY)
def test_each_conversation_is_one(name: str) -> None:
    assert [[[turn.speaker, turn.text] for turn in talk.utterances] for talk in _read(name)] == MANY[name]


@pytest.mark.parametrize("name", REFUSED)
def test_what_nobody_can_tell_is_refused_in_a_line(name: str) -> None:
    with pytest.raises(InputError) as refused:
        _read(name)
    assert "\n" not in str(refused.value)


def test_every_file_is_looked_at() -> None:
    assert {path.name for path in VARIANTS.iterdir()} == {*READ, *MANY, *REFUSED}
