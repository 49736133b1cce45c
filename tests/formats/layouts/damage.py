"""A file with a place that is cut and written over, and what a reader may make of it."""

from __future__ import annotations

import io

from instructerc.errors import InputError
from instructerc.formats import ReadReport, read_conversations


def damaged(written: str, cut: int, put: str, length: int) -> bytes:
    """Returns a text of which `length` letters from the place `cut` on, counted around its end, are `put`."""
    place = cut % len(written)
    return (written[:place] + put + written[place + length :]).encode("utf-8", "surrogatepass")


def check_read_or_refused(content: bytes, form: str) -> None:
    """Reads a file, its form named or not: turns have speakers, and an error is one line."""
    for chosen in (None, form):
        try:
            talks = list(read_conversations(io.BytesIO(content), input_format=chosen, report=ReadReport()))
        except InputError as error:
            assert "\n" not in str(error)  # noqa: PT017
        else:
            assert all(turn.speaker.strip() for talk in talks for turn in talk.utterances)
