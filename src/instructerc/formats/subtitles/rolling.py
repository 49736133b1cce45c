"""Captions that roll or grow: a line that a cue before has shown already is said once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice, pairwise
from operator import eq

from instructerc.errors import InputError
from instructerc.formats.shared.reading import parse_time
from instructerc.formats.subtitles.cues import Cue
from instructerc.formats.subtitles.turns import Turn

# Between cues that roll there is no pause, in seconds.
_PAUSE = 0.25
_MOMENT = 0.1
_ROLLING_SHARE = 0.4
# Where cues that roll have pauses or overlap, or the words slide, nearly all of a file does: people repeat themselves.
_LONG_PAUSE = 1.0
_OVERLAP = 2.0
_SURE_SHARE = 0.7
_SURE_ROLLS = 3
_FEWEST_WORDS = 2


# What a viewer sees of a cue: from when to when in seconds, None where that is no time, and the text. Files have many.
_Seen = tuple[float | None, float | None, str]
_Follows = Callable[[_Seen, _Seen], bool]


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


def join_rolling(cues: Sequence[tuple[Cue, list[Turn]]]) -> Iterable[Spoken]:
    """Returns the turns of all cues; where captions roll, each line is said where it is shown first.

    A file rolls where many cues begin with what the cue before them, which has just ended, ended with; or nearly all
    do, with a pause between them, or while it is still shown. Where each cue stands in the file twice, it is said once.
    """
    once, twice = _once(cues)
    spans = [cue.span or (seconds_of(cue.start), seconds_of(cue.end)) for cue, _ in once]
    again = _places_again(once)
    if not again and max([len(turns) for _, turns in once], default=0) < 2:
        speakers = [turns[0].speaker for _, turns in once if turns]
        if not _is_sure(sum(map(eq, speakers, islice(speakers, 1, None))), speakers):
            # Nothing can be shown again, as in most files; one turn at a time takes less memory.
            return chain(_turns_of(once, spans), twice)
        spoken = list(_turns_of(once, spans))
        _join_sliding(spoken)
        return spoken + twice
    spoken = list(_turns_of(once, spans))
    seen = [(*span, cue.shown or cue.text) for span, (cue, _) in zip(spans, once, strict=True)]
    for follows, is_enough in ((_follows, _is_enough), (_follows_loosely, _is_sure)):
        if is_enough(_n_rolls(again, seen, follows), once):
            _join(spoken, [one for one, (_, turns) in zip(seen, once, strict=True) for _ in turns], follows)
        elif follows is not _follows or not _join_several(spoken, once, seen):
            continue
        if any(one.is_again for one in spoken):
            break
        again = _places_again(once)
    else:
        _join_sliding(spoken)
    return spoken + twice


def _turns_of(
    cues: Sequence[tuple[Cue, list[Turn]]], spans: Sequence[tuple[float | None, float | None]]
) -> Iterator[Spoken]:
    for (start, end), (cue, turns) in zip(spans, cues, strict=True):
        # A clock is read once; whether a number counts seconds is told from how the file has it.
        begins = cue.start if start is None or ":" not in cue.start else start
        ends = cue.end if end is None or ":" not in cue.end else end
        for turn in turns:
            yield Spoken(cue, turn, begins, ends)


def _once(cues: Sequence[tuple[Cue, list[Turn]]]) -> tuple[list[tuple[Cue, list[Turn]]], list[Spoken]]:
    """Returns the cues without those that stand in the file again at the same times, and the turns of these.

    A file is doubled where nearly all cues do so; two people may say the same at once.
    """
    # Most tell by their starts that they are no others.
    if len({cue.start for cue, _ in cues}) == len(cues):
        return list(cues), []
    if len({(cue.start, cue.end, cue.shown or cue.text) for cue, _ in cues}) == len(cues):
        return list(cues), []
    seen, once, twice = set[tuple[object, ...]](), list[tuple[Cue, list[Turn]]](), list[Spoken]()
    for cue, turns in cues:
        key = cue.start, cue.end, cue.shown or cue.text, *(turn.speaker for turn in turns)
        if key in seen and turns:
            twice += [Spoken(cue, turn, cue.start, cue.end, is_again=True) for turn in turns]
        else:
            once.append((cue, turns))
        seen.add(key)
    is_doubled = len(once) >= _SURE_ROLLS and len(cues) - len(once) >= _SURE_SHARE * len(once)
    return (once, twice) if is_doubled else (list(cues), [])


def _places_again(cues: Sequence[tuple[Cue, list[Turn]]]) -> list[int]:
    """Returns the places of the cues with one turn that ends with what the cue behind them, with one too, begins
    with."""
    sole = [turns[0] if len(turns) == 1 else None for _, turns in cues]
    return [
        place
        for place, (before, after) in enumerate(pairwise(sole))
        if before is not None
        and after is not None
        and before.speaker == after.speaker
        and _n_shown(before.words, after.words)
    ]


def _n_rolls(again: Sequence[int], seen: Sequence[_Seen], follows: _Follows) -> int:
    """Returns how many cues begin with what the cue before them, at one of these places, ended with."""
    pairs = [(seen[place], seen[place + 1]) for place in again]
    return sum(follows(one, other) and not _is_repeat(one, other) for one, other in pairs)


def _join(spoken: Sequence[Spoken], seen: Sequence[_Seen], follows: _Follows) -> None:
    """Cuts what was shown before from turns that roll; `seen` has what a viewer sees for each of them."""
    shown = [list(one.turn.words) for one in spoken]
    last = 0
    for place in range(1, len(spoken)):
        before, here = spoken[place - 1], spoken[place]
        is_next = before.turn.speaker == here.turn.speaker and follows(seen[place - 1], seen[place])
        n_again = _n_shown(shown[place - 1], shown[place]) if is_next else 0
        grown = _grows(shown[place - 1], shown[place]) if n_again else None
        if grown is not None or n_again == len(shown[place]):
            spoken[last].turn.words = grown or spoken[last].turn.words
            spoken[last].end = here.end
            here.is_again = True
        else:
            here.turn.words = here.turn.words[n_again:]
            last = place


def _is_enough(n_rolls: int, cues: Sequence[tuple[Cue, list[Turn]]]) -> bool:
    return n_rolls > 1 and n_rolls >= _ROLLING_SHARE * (len(cues) - 1)


def _is_sure(n_rolls: int, cues: Sequence[object]) -> bool:
    return n_rolls >= _SURE_ROLLS and n_rolls >= _SURE_SHARE * (len(cues) - 1)


def _join_sliding(spoken: list[Spoken]) -> None:
    """Cuts what was shown before, where nearly each turn begins with several words that the one before it ends with."""
    n_alike = sum(one.turn.speaker == other.turn.speaker for one, other in pairwise(spoken))
    if len({id(one.cue) for one in spoken}) < len(spoken) or not _is_sure(n_alike, spoken):
        return
    words = [" ".join(one.turn.words).split() for one in spoken]
    again = [0] + [
        n_slid
        if one.turn.speaker == other.turn.speaker and (n_slid := _n_slid(before, after)) and _slides(one, other)
        else 0
        for (one, before), (other, after) in pairwise(zip(spoken, words, strict=True))
    ]
    if not _is_sure(sum(map(bool, again)), spoken):
        return
    last = 0
    for place, (one, n_again) in enumerate(zip(spoken, again, strict=True)):
        one.is_again = n_again == len(words[place]) > 0
        if one.is_again:
            spoken[last].end = one.end
        elif n_again:
            one.turn.words = [" ".join(words[place][n_again:])]
        last = last if one.is_again else place


def _n_slid(before: Sequence[str], after: Sequence[str]) -> int:
    """Returns how many words, two or more, a turn begins with that the one before it ended with; 0 of a repetition."""
    if before == after or not after or after[0] not in before:
        return 0
    sizes = range(min(len(before), len(after)), _FEWEST_WORDS - 1, -1)
    return next((size for size in sizes if before[-size:] == after[:size]), 0)


def _slides(one: Spoken, other: Spoken) -> bool:
    times = (one.start, one.end, other.start, other.end)
    if not all(isinstance(time, float) for time in times):
        return False
    return _follows_loosely((*times[:2], ""), (*times[2:], ""))  # type: ignore[arg-type]


def _join_several(spoken: Sequence[Spoken], cues: Sequence[tuple[Cue, list[Turn]]], seen: Sequence[_Seen]) -> bool:
    """Cuts lines that the cue before shows, where captions with several speakers roll; returns whether they do."""
    if max((len(turns) for _, turns in cues), default=0) < 2:
        return False
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
        return False
    left = {id(cue): number for (cue, _), number in zip(cues, again, strict=True)}
    for one in spoken:
        cut = min(left[id(one.cue)], len(one.turn.words))
        left[id(one.cue)] -= cut
        one.is_again = cut == len(one.turn.words)
        one.turn.words = one.turn.words if one.is_again else one.turn.words[cut:]
    return True


def _is_repeat(one: _Seen, other: _Seen) -> bool:
    """Returns whether a cue is the one before it once more, in each sign: somebody says it again.

    Captions that roll show it for a moment, or with another word marked.
    """
    return one[2] == other[2] and all(
        start is not None and end is not None and end - start > _MOMENT for start, end, _ in (one, other)
    )


def _grows(before: list[str], after: list[str]) -> list[str] | None:
    """Returns the longer text where a text goes on in the same line; else None."""
    if len(before) != len(after) or after[-1] == before[-1]:
        return None
    return after if " ".join(after).startswith(" ".join(before)) else None


def seconds_of(time: str) -> float | None:
    """Returns the seconds of a clock; None of what is none."""
    try:
        return parse_time("time", time)
    except InputError:
        # Whoever makes a turn of it says what is wrong.
        return None


def _follows(one: _Seen, other: _Seen) -> bool:
    """Returns whether a cue begins where the one before it has just ended."""
    end, start = one[1], other[0]
    return end is not None and start is not None and -_PAUSE <= start - end <= _PAUSE


def _follows_loosely(one: _Seen, other: _Seen) -> bool:
    """Returns whether a cue begins within a second behind the one before it, or while that one is still shown."""
    (begin, end, _), start = one, other[0]
    if begin is None or end is None or start is None:
        return False
    return start > begin and -_OVERLAP <= start - end <= _LONG_PAUSE


def _n_shown(shown: list[str], words: list[str]) -> int:
    """Returns how many lines of a cue the one before it has shown; a line that grows is one of them."""
    if not any(words):
        return 0
    for size in range(min(len(shown), len(words)), 0, -1):
        if shown[-size:] == words[:size]:
            return size
    return len(words) if _grows(shown, words) and any(shown) else 0
