"""Transcripts of Deepgram: its utterances, or the words of its channels where it gave none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from instructerc.conversation import Conversation
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.json_document import join_words, read_spoken
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a document whose results have channels with alternatives."""
    document = file.peek.document
    results = document.get("results") if isinstance(document, dict) else None
    channels = results.get("channels") if isinstance(results, dict) else None
    first = channels[0] if isinstance(channels, list) and channels else None
    return float(isinstance(first, dict) and "alternatives" in first)


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the recording as one conversation; speakers are numbers, or channels where nobody was told apart.

    Raises:
        InputError: no JSON, or no results.
        BadRow: an utterance without text or with times that are none; its place in the list is given as the line.
    """
    return read_spoken(file, reading, _utterances, "has no results with words; give Deepgram's JSON")


def _utterances(document: Any) -> list[Any] | None:
    results = document.get("results") if isinstance(document, dict) else None
    if not isinstance(results, dict):
        return None
    if isinstance(results.get("utterances"), list):
        return list(results["utterances"])
    channels = results.get("channels")
    found: list[Any] = []
    for number, channel in enumerate(channels if isinstance(channels, list) else ()):
        choices = channel.get("alternatives") if isinstance(channel, dict) else None
        best = choices[0] if isinstance(choices, list) and choices else None
        words = best.get("words") if isinstance(best, dict) else None
        if isinstance(words, list):
            found += join_words(words, None if len(channels or ()) < 2 else f"channel {number}")
    return sorted(found, key=lambda one: one["start"] or 0.0) if found else None


FORMATS = (
    Format(
        name="deepgram",
        title="Deepgram's transcripts",
        about="Deepgram's JSON: its utterances, or its words joined by speaker",
        speakers="if given",
        times="yes",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
