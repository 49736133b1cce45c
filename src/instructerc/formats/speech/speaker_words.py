"""Recognised speech whose words say who speaks: ElevenLabs, Google Speech-to-Text, and others without utterances."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.json_document import join_words, read_items, read_json_document
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, build_utterance

_SPEAKERS = ("speaker", "speaker_id", "speakerTag", "speaker_tag", "speakerLabel", "speaker_label")
_STARTS, _ENDS = ("start", "startTime", "start_time", "startOffset"), ("end", "endTime", "end_time", "endOffset")
_SECONDS = re.compile(r"(\d+(?:\.\d+)?)s")


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a document with a list of words that have speakers, and no list of utterances beside it."""
    document = file.peek.document
    words = _words_of(document)
    if words is None or not isinstance(document, dict) or any(document.get(key) for key in ("utterances", "segments")):
        return 0.0
    return float(any(_first(word, _SPEAKERS) is not None for word in words if isinstance(word, dict)))


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the recording as one conversation: words joined where the same person goes on; times in seconds.

    Raises:
        InputError: no JSON, or no list of words with speakers.
        BadRow: times that are none; the number of the turn is given as the line.
    """
    words = _words_of(read_json_document(file))
    if words is None:
        raise InputError(f"{reading.source}: has no list 'words' with speakers")
    turns = join_words([_plain(word) for word in words if isinstance(word, dict)])
    said = list(read_items(reading, turns, lambda number, turn: build_utterance(reading, number, **turn)))
    if said:
        yield Conversation(reading.stem, said)


def _words_of(document: Any) -> list[Any] | None:
    """Returns the words of a document, or of Google's results."""
    if not isinstance(document, dict):
        return None
    if isinstance(document.get("words"), list):
        return list(document["words"])
    results = document.get("results")
    found = [words for result in (results if isinstance(results, list) else ()) if (words := _words_in(result))]
    if not found:
        return None
    # In the first version of the service, the last result has all words once more, with their speakers.
    repeats = sum(map(len, found[:-1])) == len(found[-1]) and _first(found[-1][0], _STARTS) == _first(
        found[0][0], _STARTS
    )
    return found[-1] if repeats else [word for words in found for word in words]


def _words_in(result: Any) -> list[dict[str, Any]]:
    choices = result.get("alternatives") if isinstance(result, dict) else None
    first = choices[0] if isinstance(choices, list) and choices else None
    words = first.get("words") if isinstance(first, dict) else None
    return [word for word in words if isinstance(word, dict)] if isinstance(words, list) else []


def _first(word: dict[str, Any], keys: tuple[str, ...]) -> Any:
    return next((word[key] for key in keys if word.get(key) is not None), None)


def _plain(word: dict[str, Any]) -> dict[str, Any]:
    """Returns a word under the names that `join_words` knows; sounds and spaces between words are none."""
    speaker = _first(word, _SPEAKERS)
    text = word.get("punctuated_word") or word.get("word") or word.get("text")
    return {
        "word": text if word.get("type") in (None, "word", "punctuation") else None,
        "speaker": str(speaker) if isinstance(speaker, int | str) else None,
        "start": _time(_first(word, _STARTS)),
        "end": _time(_first(word, _ENDS)),
    }


def _time(value: Any) -> Any:
    found = _SECONDS.fullmatch(value) if isinstance(value, str) else None
    return float(found[1]) if found is not None else value


FORMATS = (
    Format(
        name="speaker-words",
        title="words with their speakers",
        about="JSON of speech recognition in which words have speakers (ElevenLabs, Google Speech-to-Text), joined "
        "to turns",
        times="yes",
        file=Text(Sureness.MEMBER, explains, read),
    ),
)
