"""Transcripts of Soniox: tokens that are parts of words, with the blanks before them, and with their speakers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from instructerc.conversation import Conversation
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.json_document import read_spoken
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading

_TRANSLATED = "{n} part(s) of a translation: left out"


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a document whose tokens have text and milliseconds."""
    tokens = _tokens(file.peek.document)
    first = tokens[0] if tokens else None
    return float(isinstance(first, dict) and {"text", "start_ms", "end_ms"} <= first.keys())


def _tokens(document: Any) -> list[Any] | None:
    tokens = document.get("tokens") if isinstance(document, dict) else None
    return tokens if isinstance(tokens, list) else None


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the recording as one conversation, a turn for what a speaker says without a break; times in seconds.

    Raises:
        InputError: no JSON, or no tokens.
        BadRow: times that are none; the number of the turn is given as the line.
    """
    fault = "has no list 'tokens'; give the transcript of Soniox"
    yield from read_spoken(file, reading, lambda document: _turns(document, reading), fault, scale=1e3)


def _turns(document: Any, reading: Reading) -> list[Any] | None:
    tokens = _tokens(document)
    if tokens is None:
        return None
    turns: list[dict[str, Any]] = []
    for token in tokens:
        text = token.get("text") if isinstance(token, dict) else None
        if not isinstance(text, str):
            return [token]
        # Translations of what was said stand among it.
        if token.get("translation_status") == "translation":
            reading.repair(len(turns), _TRANSLATED)
            continue
        if not turns or token.get("speaker") != turns[-1]["speaker"]:
            turns.append({"text": "", "speaker": token.get("speaker"), "start": token.get("start_ms"), "end": None})
        turns[-1]["text"] += text
        turns[-1]["end"] = token.get("end_ms", turns[-1]["end"])
    return turns


FORMATS = (
    Format(
        name="soniox",
        title="Soniox's transcripts",
        about="Soniox's JSON: its tokens joined by speaker; its milliseconds become seconds",
        speakers="if given",
        times="yes",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
