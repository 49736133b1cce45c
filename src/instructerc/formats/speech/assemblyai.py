"""Transcripts of AssemblyAI: utterances of speakers A, B and so on, with times in milliseconds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from instructerc.conversation import Conversation
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.json_document import join_words, read_spoken
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading

_OWN = {"status", "audio_url", "language_model", "acoustic_model", "audio_duration", "speaker_labels", "words"}

_NEEDED = {"text", "start", "end"}
# Its other answers have no speakers.
_LISTS = ("utterances", "paragraphs", "sentences")


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a document with utterances, paragraphs or sentences, and beside them what only "
    "this service writes."""
    document = file.peek.document
    spoken = _utterances(document)
    if isinstance(document, dict) and not spoken and "utterances" in document and not _OWN.isdisjoint(document):
        # Reading it says what to ask for.
        return 1.0
    first = spoken[0] if isinstance(spoken, list) and spoken else None
    own = isinstance(document, dict) and (
        not _OWN.isdisjoint(document) or (isinstance(first, dict) and "words" in first)
    )
    return float(own and isinstance(first, dict) and first.keys() >= _NEEDED)


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the recording as one conversation, a turn per utterance; times in seconds.

    Raises:
        InputError: no JSON, or no list of utterances.
        BadRow: an utterance without text or with times that are none; its place in the list is given as the line.
    """
    return read_spoken(
        file, reading, _utterances, "has no list 'utterances'; ask AssemblyAI for speaker labels", scale=1000
    )


def _utterances(document: Any) -> list[Any] | None:
    if not isinstance(document, dict):
        return None
    found = next((document[key] for key in _LISTS if isinstance(document.get(key), list)), None)
    words = document.get("words")
    if found or not isinstance(words, list) or not any(isinstance(w, dict) and w.get("speaker") for w in words):
        return found
    # Where nobody asked for utterances, the words still say who speaks.
    return join_words(words)


FORMATS = (
    Format(
        name="assemblyai",
        title="AssemblyAI's transcripts",
        about="AssemblyAI's JSON with speaker labels; its milliseconds become seconds",
        times="yes",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
