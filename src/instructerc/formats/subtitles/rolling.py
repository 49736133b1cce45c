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


# What a viewer sees of a cue: from when to when in seconds, None where that is no time, and the text. Files have many.
_Seen = tuple[float | None, float | None, str]


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
    seen = [(_seconds(cue.start), _seconds(cue.end), cue.shown or cue.text) for cue, _ in cues]
    spoken = [
        Spoken(cue, turn, _known(start, cue.start), _known(end, cue.end))
        for (start, end, _), (cue, turns) in zip(seen, cues, strict=True)
        for turn in turns
    ]
    n_rolls = sum(
        _follows(one, other)
        and len(before) == len(after) == 1
        and not _is_repeat(one, other)
        and _overlap(before[0], after[0]) > 0
        for (one, (_, before)), (other, (_, after)) in pairwise(zip(seen, cues, strict=True))
    )
    if not _is_enough(n_rolls, cues):
        return _join_several(spoken, cues, seen)
    seen = [one for one, (_, turns) in zip(seen, cues, strict=True) for _ in turns]
    shown = [list(one.turn.words) for one in spoken]
    last = 0
    for place in range(1, len(spoken)):
        before, here = spoken[place - 1], spoken[place]
        is_next = before.turn.speaker == here.turn.speaker and _follows(seen[place - 1], seen[place])
        n_again = _n_shown(shown[place - 1], shown[place]) if is_next else 0
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
        if _follows(one, other)
        and not _is_repeat(one, other)
        and (n_again := _n_shown(shown, here))
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
    return one[2] == other[2] and all(
        start is not None and end is not None and end - start > _MOMENT for start, end, _ in (one, other)
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


def _follows(one: _Seen, other: _Seen) -> bool:
    """Returns whether a cue begins where the one before it has just ended."""
    end, start = one[1], other[0]
    return end is not None and start is not None and -_PAUSE <= start - end <= _PAUSE


def _overlap(before: Turn, after: Turn) -> int:
    return _n_shown(before.words, after.words) if before.speaker == after.speaker else 0


def _n_shown(shown: list[str], words: list[str]) -> int:
    """Returns how many lines of a cue the one before it has shown; a line that grows is one of them."""
    if not any(words):
        return 0
    for size in range(min(len(shown), len(words)), 0, -1):
        if shown[-size:] == words[:size]:
            return size
    return len(words) if _grows(shown, words) and any(shown) else 0
