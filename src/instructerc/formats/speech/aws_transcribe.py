"""Transcripts of Amazon Transcribe: its words joined by speaker or channel; and the turns of its analysis of calls."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from instructerc.conversation import Conversation
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_messages import iso_moment
from instructerc.formats.shared.json_document import join_pieces, read_spoken
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading

# Where nobody was told apart, a silence of so many seconds behind a sentence parts the turns.
_PAUSE = 1.0
_SENTENCE_ENDS = (".", "?", "!", "。", "？", "！", "…")
_EVENTS = "{n} event(s) of the call or chat, such as who joined: left out"


# Not frozen, as files have many: that takes several times as long to make.
@dataclass(slots=True)
class _Word:
    text: str
    speaker: str | None
    start: float
    end: float


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for results with words that have alternatives, or for a list of turns with the role of who speaks."""
    document = file.peek.document
    calls = _calls(document)
    if calls:
        return float(isinstance(calls[0], dict) and {"ParticipantId", "ParticipantRole"} & calls[0].keys() != set())
    results = _results(document)
    items = results.get("items") if results is not None else None
    if results is None or not isinstance(items, list):
        return 0.0
    first = items[0] if items else None
    has_words = isinstance(first, dict) and "alternatives" in first and first.get("type") is not None
    return float(has_words or (not items and isinstance(results.get("transcripts"), list)))


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the recording as one conversation, a turn for what a speaker or channel says without a break.

    Where nobody was told apart, a turn is an audio segment, or ends with a sentence that is followed by a pause.

    Raises:
        InputError: no JSON, or no results with words.
        BadRow: times that are none; the number of the turn is given as the line.
    """
    fault = "has no results with words; give the JSON that Amazon Transcribe writes"
    return read_spoken(file, reading, lambda document: _turns(document, reading), fault)


def _results(document: Any) -> dict[str, Any] | None:
    results = document.get("results") if isinstance(document, dict) else None
    return results if isinstance(results, dict) else None


def _calls(document: Any) -> list[Any] | None:
    calls = document.get("Transcript") if isinstance(document, dict) else None
    return calls if isinstance(calls, list) else None


def _turns(document: Any, reading: Reading) -> list[Any] | None:
    calls = _calls(document)
    if calls is not None:
        return _call_turns(calls, _roles(document), reading)
    results = _results(document)
    if results is None or not isinstance(results.get("items"), list):
        return None
    labels = results.get("channel_labels")
    channels = labels.get("channels") if isinstance(labels, dict) else None
    if isinstance(channels, list) and channels:
        return _joined(_by_time(_channel_words(channels)))
    words = _words(results["items"], _speakers(results))
    if any(word.speaker for word in words):
        return _joined(words)
    segments = results.get("audio_segments")
    if isinstance(segments, list) and segments and all(isinstance(one, dict) for one in segments):
        return [
            {"text": one.get("transcript"), "start": one.get("start_time"), "end": one.get("end_time")}
            for one in segments
        ]
    return _joined(words, _PAUSE)


def _speakers(results: Mapping[str, Any]) -> dict[str, str]:
    """Returns who says the word that begins at a time; words have labels of their own only in newer files."""
    labels = results.get("speaker_labels")
    segments = labels.get("segments") if isinstance(labels, dict) else None
    found: dict[str, str] = {}
    for segment in segments if isinstance(segments, list) else ():
        items = segment.get("items") if isinstance(segment, dict) else None
        for item in items if isinstance(items, list) else ():
            if isinstance(item, dict):
                speaker = item.get("speaker_label", segment.get("speaker_label"))
                if isinstance(speaker, str):
                    found[str(item.get("start_time"))] = speaker
    return found


def _words(items: Sequence[Any], speakers: Mapping[str, str], channel: str | None = None) -> list[_Word]:
    """Returns the words, signs of punctuation joined to those before them."""
    words: list[_Word] = []
    for item in items:
        choices = item.get("alternatives") if isinstance(item, dict) else None
        best = choices[0] if isinstance(choices, list) and choices else None
        text = best.get("content") if isinstance(best, dict) else None
        if not isinstance(text, str) or not text.strip():
            continue
        if item.get("type") == "punctuation" and words:
            words[-1] = replace(words[-1], text=words[-1].text + text.strip())
            continue
        last = words[-1] if words else _Word("", channel, 0.0, 0.0)
        start = _seconds(item.get("start_time"), last.end)
        given = item.get("speaker_label") or speakers.get(str(item.get("start_time"))) or channel
        speaker = given if isinstance(given, str) else last.speaker
        words.append(_Word(text.strip(), speaker, start, _seconds(item.get("end_time"), start)))
    return words


def _channel_words(channels: Sequence[Any]) -> list[list[_Word]]:
    found = []
    for number, channel in enumerate(channels):
        items = channel.get("items") if isinstance(channel, dict) else None
        if isinstance(items, list):
            label = channel.get("channel_label")
            found.append(_words(items, {}, label if isinstance(label, str) and label.strip() else f"ch_{number}"))
    return found


def _by_time(channels: Sequence[Sequence[_Word]]) -> list[_Word]:
    """Returns the words of all channels; who is spoken over is not cut within a word's breath.

    A channel's words part where another channel begins to speak between them.
    """
    starts = [sorted(word.start for word in words) for words in channels]
    phrases: list[list[_Word]] = []
    for place, words in enumerate(channels):
        others = [one for number, one in enumerate(starts) if number != place]
        last: _Word | None = None
        for word in words:
            if last is None or any(_begins_between(one, last.end, word.start) for one in others):
                phrases.append([])
            phrases[-1].append(word)
            last = word
    return [word for phrase in sorted(phrases, key=lambda one: one[0].start) for word in phrase]


def _begins_between(starts: Sequence[float], after: float, before: float) -> bool:
    place = bisect_left(starts, after)
    return place < len(starts) and starts[place] < before


def _joined(words: Sequence[_Word], pause: float = math.inf) -> list[dict[str, Any]]:
    """Returns turns of words that follow each other; they part where a sentence ends before such a silence, too."""
    turns: list[list[_Word]] = []
    for word in words:
        last = turns[-1][-1] if turns else None
        if last is None or last.speaker != word.speaker or _parts(last, word, pause):
            turns.append([])
        turns[-1].append(word)
    return [
        {
            "text": join_pieces([word.text for word in turn]),
            "speaker": turn[0].speaker,
            "start": turn[0].start,
            "end": max(word.end for word in turn),
        }
        for turn in turns
    ]


def _parts(last: _Word, word: _Word, pause: float) -> bool:
    return word.start - last.end >= pause and last.text.endswith(_SENTENCE_ENDS)


def _roles(document: Mapping[str, Any]) -> dict[str, str]:
    """Returns what the participants of a call are, such as `CUSTOMER`, by their ids."""
    listed = document.get("Participants")
    pairs = [
        (one.get("ParticipantId"), one.get("ParticipantRole"))
        for one in (listed if isinstance(listed, list) else ())
        if isinstance(one, dict)
    ]
    return {key: role for key, role in pairs if isinstance(key, str) and isinstance(role, str) and role.strip()}


def _call_turns(calls: Sequence[Any], roles: Mapping[str, str], reading: Reading) -> list[dict[str, Any]]:
    """Returns the turns of a call that was analysed, or the messages of a chat with the same service."""
    found: list[dict[str, Any]] = []
    moments = [iso_moment(one.get("AbsoluteTime")) if isinstance(one, dict) else None for one in calls]
    first = min((moment for moment in moments if moment is not None), default=0.0)
    for number, (call, moment) in enumerate(zip(calls, moments, strict=True), 1):
        if not isinstance(call, dict) or call.get("Type") not in (None, "MESSAGE"):
            reading.repair(f"utterance {number}", _EVENTS)
            continue
        person = call.get("ParticipantId")
        role = roles.get(person) if isinstance(person, str) else None
        named = (call.get("DisplayName"), call.get("ParticipantRole"), role, person)
        speaker = next((name for name in named if isinstance(name, str) and name.strip()), None)
        times = [_milliseconds(call.get(key)) for key in ("BeginOffsetMillis", "EndOffsetMillis")]
        if times[0] is None and moment is not None:
            times[0] = round(moment - first, 3)
        found.append({"text": call.get("Content"), "speaker": speaker, "start": times[0], "end": times[1]})
    return found


def _milliseconds(value: Any) -> float | None:
    return value / 1000 if isinstance(value, int | float) and not isinstance(value, bool) else None


def _seconds(value: Any, otherwise: float) -> float:
    try:
        seconds = float(value)
    except (TypeError, ValueError, OverflowError):
        return otherwise
    return seconds if 0 <= seconds < 1e9 else otherwise


FORMATS = (
    Format(
        name="aws-transcribe",
        title="Amazon Transcribe's transcripts",
        about="Amazon Transcribe's JSON: its words joined by speaker label or channel; its analysis of calls too",
        speakers="if given",
        times="yes",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
