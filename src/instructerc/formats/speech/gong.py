"""Gong's transcripts of calls: monologues made of sentences, with times in milliseconds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_turns import unique_name
from instructerc.formats.shared.json_document import as_seconds, join_pieces, read_items, read_json_document
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, build_utterance, show

_BY_ID = "{n} monologue(s) named by the id of the speaker, as no names are given"


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a document with transcripts of calls."""
    return float(bool(_calls(file.peek.document)))


def _calls(document: Any) -> list[dict[str, Any]]:
    calls = document.get("callTranscripts") if isinstance(document, dict) else None
    calls = calls if isinstance(calls, list) else [document]
    return [call for call in calls if isinstance(call, dict) and _has_monologues(call)]


def _has_monologues(call: Mapping[str, Any]) -> bool:
    monologues = call.get("transcript")
    first = monologues[0] if isinstance(monologues, list) and monologues else None
    return isinstance(first, dict) and isinstance(first.get("sentences"), list) and "speakerId" in first


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields each call as a conversation, a turn per monologue, named after its id.

    Speakers have their names where the parties of the calls stand beside the transcripts, or else their ids.

    Raises:
        InputError: no JSON, or no transcripts.
        BadRow: a monologue that is none; its place in the call is given as the line.
    """
    document = read_json_document(file)
    calls = _calls(document)
    if not calls:
        raise InputError(f"{reading.source}: has no 'callTranscripts' with sentences; give the transcripts of Gong")
    people, names = _people(document), set[str]()
    for number, call in enumerate(calls, 1):
        turns = list(read_items(reading, call["transcript"], lambda place, one: _turn(one, place, people, reading)))
        if turns:
            yield Conversation(unique_name(call.get("callId"), f"{reading.stem}/{number}", names), turns)


def _people(document: Mapping[str, Any]) -> dict[str, str]:
    """Returns names by id of the parties of the calls, where somebody has put them beside the transcripts."""
    calls = document.get("calls")
    found: dict[str, str] = {}
    for holder in [document, *(calls if isinstance(calls, list) else ())]:
        parties = holder.get("parties") if isinstance(holder, dict) else None
        for party in parties if isinstance(parties, list) else ():
            name = party.get("name") if isinstance(party, dict) else None
            if isinstance(name, str) and name.strip():
                found[str(party.get("speakerId"))] = name
    return found


def _turn(monologue: Any, number: int, people: Mapping[str, str], reading: Reading) -> Utterance | None:
    sentences = monologue.get("sentences") if isinstance(monologue, dict) else None
    wrong = next((one for one in sentences if not _has_text(one)), None) if isinstance(sentences, list) else monologue
    if wrong is not None or not isinstance(sentences, list):
        raise reading.bad(number, f"monologue {number}: expected 'sentences' with 'text', got {show(wrong)}")
    text = join_pieces([words for one in sentences if (words := one["text"].strip())])
    if not text:
        reading.repair(f"monologue {number}", "{n} monologue(s) without words: left out")
        return None
    person = monologue.get("speakerId")
    speaker = people.get(str(person))
    if speaker is None and person is not None:
        speaker = str(person)
        reading.repair(f"monologue {number}", _BY_ID)
    start, end = (as_seconds(one.get(key), 1e3) for one, key in ((sentences[0], "start"), (sentences[-1], "end")))
    return build_utterance(reading, number, speaker=speaker, text=text, start=start, end=end)


def _has_text(sentence: Any) -> bool:
    return isinstance(sentence, dict) and isinstance(sentence.get("text"), str)


FORMATS = (
    Format(
        name="gong",
        title="Gong's transcripts",
        about="Gong's transcripts of calls as JSON: a turn per monologue; its milliseconds become seconds",
        speakers="ids, or names if given",
        times="yes",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
