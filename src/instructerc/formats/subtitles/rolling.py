"""Captions that roll or grow: a line that a cue before has shown already is said once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from instructerc.errors import InputError
from instructerc.formats.shared.reading import parse_time
from instructerc.formats.subtitles.cues import Cue
from instructerc.formats.subtitles.turns import Turn

# Between cues that roll there is no pause, in seconds.
_PAUSE = 0.25
_MOMENT = 0.1
_ROLLING_SHARE = 0.4


@dataclass(slots=True)
class _Seen:
    """What a viewer sees of a cue: from when to when in seconds, None where that is no time, and the text."""

    start: float | None
    end: float | None
    text: str


@dataclass(slots=True)
class Spoken:
    """A turn of a cue.

    Attributes:
        cue: where it stands.
        turn: what is said, and by whom.
        start: when it begins, in seconds; as the file has it where that is no clock.
        end: when it ends, likewise; that of the last cue that shows it.
        is_again: whether the cue before has shown all of it.
    """

    cue: Cue
    turn: Turn
    start: float | str
    end: float | str
    is_again: bool = False


def join_rolling(cues: Sequence[tuple[Cue, list[Turn]]]) -> list[Spoken]:
    """Returns the turns of all cues; where captions roll, each line is said where it is shown first.

    A file rolls where many cues begin with what the cue before them, which has just ended, ended with.
    """
    seen = [_Seen(_seconds(cue.start), _seconds(cue.end), cue.shown or cue.text) for cue, _ in cues]
    spoken = [
        Spoken(cue, turn, _known(one.start, cue.start), _known(one.end, cue.end))
        for one, (cue, turns) in zip(seen, cues, strict=True)
        for turn in turns
    ]
    single = [found[0] if len(found) == 1 else None for found in (turns for _, turns in cues)]
    rolls = [
        before is not None
        and after is not None
        and not _is_repeat(one, other)
        and _overlap(one, before, other, after) > 0
        for (one, before), (other, after) in pairwise(zip(seen, single, strict=True))
    ]
    if not _is_enough(sum(rolls), cues):
        return _join_several(spoken, cues, seen)
    seen = [one for one, (_, turns) in zip(seen, cues, strict=True) for _ in turns]
    shown = [list(one.turn.words) for one in spoken]
    last = 0
    for place in range(1, len(spoken)):
        before, here = spoken[place - 1], spoken[place]
        n_again = _overlap_words(
            seen[place - 1], before.turn.speaker, shown[place - 1], seen[place], here.turn.speaker, shown[place]
        )
        grown = _grows(shown[place - 1], shown[place]) if n_again else None
        if grown is not None or n_again == len(shown[place]):
            spoken[last].turn.words = grown or spoken[last].turn.words
            spoken[last].end = here.end
            here.is_again = True
        else:
            here.turn.words = here.turn.words[n_again:]
            last = place
    return spoken


def _is_enough(n_rolls: int, cues: Sequence[tuple[Cue, list[Turn]]]) -> bool:
    return n_rolls > 1 and n_rolls >= _ROLLING_SHARE * (len(cues) - 1)


def _join_several(spoken: list[Spoken], cues: Sequence[tuple[Cue, list[Turn]]], seen: Sequence[_Seen]) -> list[Spoken]:
    """Returns the turns where captions with several speakers roll: a line that the cue before shows is said once."""
    if not any(len(turns) > 1 for _, turns in cues):
        return spoken
    lines = [[line for turn in turns for line in turn.words] for _, turns in cues]
    again = [0] + [
        n_again
        if not _is_repeat(one, other)
        and (n_again := _overlap_words(one, None, shown, other, None, here))
        and shown[-n_again:] == here[:n_again]
        else 0
        for (one, shown), (other, here) in pairwise(zip(seen, lines, strict=True))
    ]
    if not _is_enough(sum(map(bool, again)), cues):
        return spoken
    left = {id(cue): number for (cue, _), number in zip(cues, again, strict=True)}
    for one in spoken:
        cut = min(left[id(one.cue)], len(one.turn.words))
        left[id(one.cue)] -= cut
        one.is_again = cut == len(one.turn.words)
        one.turn.words = one.turn.words if one.is_again else one.turn.words[cut:]
    return spoken


def _is_repeat(one: _Seen, other: _Seen) -> bool:
    """Returns whether a cue is the one before it once more, in each sign: somebody says it again.

    Captions that roll show it for a moment, or with another word marked.
    """
    return one.text == other.text and all(
        cue.start is not None and cue.end is not None and cue.end - cue.start > _MOMENT for cue in (one, other)
    )


def _grows(before: list[str], after: list[str]) -> list[str] | None:
    """Returns the longer text where a text goes on in the same line; else None."""
    is_longer = " ".join(after).startswith(" ".join(before)) and len(before) == len(after) and after[-1] != before[-1]
    return after if is_longer else None


def _seconds(time: str) -> float | None:
    try:
        return parse_time("time", time)
    except InputError:
        # Whoever makes a turn of it says what is wrong.
        return None


def _known(seconds: float | None, shown: str) -> float | str:
    # A clock is read once; whether a number counts seconds is told from how the file has it.
    return shown if seconds is None or ":" not in shown else seconds


def _overlap(one: _Seen, before: Turn, other: _Seen, after: Turn) -> int:
    return _overlap_words(one, before.speaker, before.words, other, after.speaker, after.words)


def _overlap_words(
    one: _Seen, before: str | None, shown: list[str], other: _Seen, after: str | None, words: list[str]
) -> int:
    """Returns how many lines of a cue the one before it has shown; a line that grows is one of them."""
    end, start = one.end, other.start
    if before != after or end is None or start is None or not -_PAUSE <= start - end <= _PAUSE or not any(words):
        return 0
    for size in range(min(len(shown), len(words)), 0, -1):
        if shown[-size:] == words[:size]:
            return size
    return len(words) if _grows(shown, words) and any(shown) else 0
