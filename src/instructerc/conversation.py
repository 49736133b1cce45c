"""The two types everything else speaks of: an utterance and a conversation."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, fields

from instructerc.errors import InputError

_SURROGATES = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True, init=False)
class Utterance:
    """One turn of a conversation.

    Attributes:
        speaker: who says it, as the source names them; never empty.
        text: what is said; may be empty (a gesture, a deleted message).
        emotion: gold label as the source writes it, or None.
        start: start time in seconds from the beginning of the recording, or from the first message of a chat, or None.
        end: end time in seconds, or None.
        note: something known about this utterance, such as a description of how it sounds; blank is stored as None.
        speaker_note: something known about its speaker, such as a short biography; blank is stored as None.

    Raises:
        InputError: a field of the wrong type, a NUL character, an empty speaker, a time that is not finite.
    """

    speaker: str
    text: str
    emotion: str | None = None
    start: float | None = None
    end: float | None = None
    note: str | None = None
    speaker_note: str | None = None

    def __init__(
        self,
        speaker: str,
        text: str,
        emotion: str | None = None,
        start: float | None = None,
        end: float | None = None,
        note: str | None = None,
        speaker_note: str | None = None,
    ) -> None:
        if not (type(speaker) is str and speaker.isascii() and "\0" not in speaker):
            _check_text("speaker", speaker)
        if not (type(text) is str and text.isascii() and "\0" not in text):
            _check_text("text", text)
        if note is not None or speaker_note is not None:
            note, speaker_note = _checked_note("note", note), _checked_note("speaker_note", speaker_note)
        if not speaker.strip():
            raise InputError("speaker is empty; name one, or let the reader fill one in")
        if emotion is not None and (not isinstance(emotion, str) or not emotion.strip() or "\0" in emotion):
            raise InputError(f"emotion must be a non-empty label or absent, got {emotion!r}")
        # Files have millions of turns: most times are tested here, as the call takes longer.
        if start is not None and not (type(start) is float and math.isfinite(start)):
            _check_time("start", start)
        if end is not None and not (type(end) is float and math.isfinite(end)):
            _check_time("end", end)
        _SPEAKER(self, speaker)
        _TEXT(self, text)
        _EMOTION(self, emotion)
        _START(self, start)
        _END(self, end)
        _NOTE(self, note)
        _SPEAKER_NOTE(self, speaker_note)

    def at(self, start: float | None, end: float | None) -> Utterance:
        """Returns the utterance with other times.

        Raises:
            InputError: a time that is not finite.
        """
        if start is not None and not (type(start) is float and math.isfinite(start)):
            _check_time("start", start)
        if end is not None and not (type(end) is float and math.isfinite(end)):
            _check_time("end", end)
        moved = object.__new__(type(self))
        _SPEAKER(moved, self.speaker)
        _TEXT(moved, self.text)
        _EMOTION(moved, self.emotion)
        _START(moved, start)
        _END(moved, end)
        _NOTE(moved, self.note)
        _SPEAKER_NOTE(moved, self.speaker_note)
        return moved


# How each field is set. Files have millions of turns: these take half the time of `object.__setattr__` by name.
_SPEAKER, _TEXT, _EMOTION, _START, _END, _NOTE, _SPEAKER_NOTE = (
    getattr(Utterance, one.name).__set__ for one in fields(Utterance)
)


def _checked_note(name: str, value: str | None) -> str | None:
    """Returns a note, None for a blank one."""
    if value is None:
        return None
    _check_text(name, value)
    return value if value.strip() else None


def _check_time(name: str, time: object) -> None:
    if isinstance(time, bool) or not isinstance(time, int | float) or not _is_finite(time):
        raise InputError(f"{name} must be a finite number of seconds, got {time!r}")


def _check_text(name: str, value: object) -> None:
    if not isinstance(value, str):
        raise InputError(f"{name} must be text, got {type(value).__name__}")
    if "\0" in value:
        raise InputError(f"{name} contains a NUL character; the file may be binary or UTF-16")
    if not value.isascii() and _SURROGATES.search(value):
        raise InputError(f"{name} contains half of a surrogate pair; it was decoded wrongly")


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # an int that no float can hold
        return False


@dataclass(frozen=True, slots=True)
class Conversation:
    """Utterances in the order in which they were said.

    Attributes:
        id: name of the conversation within its file or corpus.
        utterances: U of them, U ≥ 1; any iterable is stored as a tuple.

    Raises:
        InputError: an id that is not text, or no utterance.

    Example:
        >>> talk = Conversation("c1", [Utterance("Ann", "We won!"), Utterance("Bo", "No way!")])
        >>> talk.cast
        ('Ann', 'Bo')
    """

    id: str
    utterances: tuple[Utterance, ...]

    def __init__(self, id: str, utterances: Iterable[Utterance]) -> None:
        object.__setattr__(self, "id", id)
        object.__setattr__(self, "utterances", tuple(utterances))
        if not isinstance(id, str):
            raise InputError(f"a conversation's id must be text, got {type(id).__name__}")
        if not self.utterances:
            raise InputError(f"conversation {id!r} has no utterance")
        for utterance in self.utterances:
            if not isinstance(utterance, Utterance):
                raise InputError(f"conversation {id!r} holds a {type(utterance).__name__}, not an Utterance")

    def __len__(self) -> int:
        return len(self.utterances)

    @property
    def cast(self) -> tuple[str, ...]:
        """Speakers in order of first appearance."""
        return tuple(dict.fromkeys(utterance.speaker for utterance in self.utterances))
