"""The garbage collector looks around less often only where the process is the reader's own."""

from __future__ import annotations

import gc
import io
from collections.abc import Iterator

import pytest

from instructerc.cli.shared.flags import ReadingFlags
from instructerc.formats import ReadReport, read_conversations

CUES = "".join(
    f"{n}\n00:{n // 60:02}:{n % 60:02},000 --> 00:{n // 60:02}:{n % 60:02},900\n{'AB'[n % 2]}nn: words {n}\n\n"
    for n in range(1, 1500)
)


@pytest.fixture(autouse=True)
def _usual() -> Iterator[None]:
    before = gc.get_threshold()
    # As Python has it; a command that ran in this process may have changed it.
    gc.set_threshold(700, 10, 10)
    yield
    gc.set_threshold(*before)


def _n_collections(read: object) -> int:
    before = gc.get_stats()[0]["collections"]
    assert sum(len(talk) for talk in read) == 1499  # type: ignore[attr-defined]
    return int(gc.get_stats()[0]["collections"] - before)


def test_a_library_leaves_the_process_as_it_is_and_a_command_collects_less_often() -> None:
    usual = gc.get_threshold()
    as_library = _n_collections(read_conversations(io.StringIO(CUES), report=ReadReport()))
    assert gc.get_threshold() == usual
    flags = ReadingFlags()
    as_command = _n_collections(flags.read(io.StringIO(CUES), ReadReport()))
    assert 10 * as_command < as_library
