"""What all readers share: skipping, repairs, times, and rows gathered into conversations."""

from __future__ import annotations

import logging
import math
import re
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypeVar

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow, InputError
from instructerc.formats.own_cells import OwnCells, row_numbers
from instructerc.formats.shared.emoji import show_emoji
from instructerc.formats.shared.oddities import goes_back, runs_backwards, turn_oddities
from instructerc.formats.shared.options import Anomaly, ReadOptions, ReadReport
from instructerc.formats.shared.peek import MAX_DOCUMENT
from instructerc.formats.shared.times.kinds import KindOfTimes, in_seconds
from instructerc.formats.shared.times.moments import parse_moment

DEFAULT_SPEAKER = "Speaker"
SPEAKER_MISSING = f"speaker missing in {{n}} row(s): named '{DEFAULT_SPEAKER}'"

_BACKWARDS = "times in {n} conversation(s) run backwards, so the newest turn may stand first: sort the file by time"
_LINES_SHOWN = 8
# What a turn takes beside its text, as letters.
_HELD_BESIDE = 100
# Also with a decimal comma, as spreadsheets of many countries write it.
_SECONDS = re.compile(r"[+-]?\d+(?:[.,]\d*)?(?:[eE][+-]?\d+)?")
_MINUTES = re.compile(r"(?:(\d+):)?(\d{1,2})")
_REST = re.compile(r"\d{1,2}(?:[.,]\d+)?")
# 1.5s, 1.5 sec; and PT1M1.5S, as ISO 8601 has it.
_WITH_UNIT = re.compile(r"(\d+(?:\.\d+)?)\s?s(?:ec(?:onds?|s)?)?\.?", re.IGNORECASE)
_DURATION = re.compile(r"PT(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?", re.IGNORECASE)
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+\.\d+|\d{1,3}(?:\.\d{3})+,\d+")
_logger = logging.getLogger("instructerc.formats")

T = TypeVar("T")


@dataclass(slots=True)
class Reading:
    """One pass over one source: its options, and what happened on the way.

    Attributes:
        source: its name for errors and notes, `-` for standard input.
        stem: what a conversation is called that has no name of its own.
        options: how it is read.
        report: where skipped rows and notes go; None sends them to the log, so that nothing is lost silently.
        repairs: how often a defined repair was made, by its sentence with `{n}` for the number.
        times: what kind of times it has.
        doubts: the lines that could be meant in another way, by how they are read and then by source.
        day_first: whether dates such as 3/4/2024 begin with the day.
        keys: those that objects have for each role, once they were asked for.
        first_skipped: the first row that was passed over.
        wants_places: whether the report keeps the place of each repair and oddity.
    """

    source: str
    stem: str
    options: ReadOptions
    report: ReadReport | None = None
    repairs: Counter[str] = field(default_factory=Counter)
    doubts: dict[str, dict[str, list[int]]] = field(default_factory=dict)
    n_skipped: int = 0
    times: KindOfTimes = field(default_factory=KindOfTimes)
    day_first: bool = True
    keys: dict[str, str] = field(default_factory=dict)
    first_skipped: BadRow | None = None
    wants_places: bool = field(init=False)

    def __post_init__(self) -> None:
        self.wants_places = self.report is not None and self.report.anomalies is not None

    @contextmanager
    def within(self, source: str, stem: str) -> Iterator[None]:
        """Calls the source by the name of one of its files for a while; counts and skipped rows stay those of all."""
        names = self.source, self.stem
        self.source, self.stem = source, stem
        try:
            yield
        finally:
            self.source, self.stem = names

    def bad(self, line: int, reason: str) -> BadRow:
        """Returns, without raising it, the error of a row."""
        return BadRow(self.source, line, reason)

    def skip(self, error: BadRow) -> None:
        """Passes over a wrong row if the options say so, else raises it."""
        if not self.options.skip_bad:
            raise error
        # A kept traceback would keep the row's text alive too.
        error.__traceback__ = error.__context__ = error.__cause__ = None
        self.n_skipped += 1
        self.first_skipped = self.first_skipped or error
        if self.report is None:
            _logger.warning("skipped %s", error)
        else:
            self.report.skipped.append(error)

    def repair(self, place: int | str, sentence: str) -> None:
        """Counts a defined repair, and keeps its place where the report wants places.

        Args:
            place: the line where the row starts, or a name of the place in a file that is one document.
            sentence: what was done, with `{n}` for the number of times.
        """
        self.repairs[sentence] += 1
        if self.wants_places:
            self.odd(place, sentence.replace("{n} ", ""))

    def doubt(self, line: int, how: str) -> None:
        """Keeps the place of a line that could be meant in another way; all of them stand in one note."""
        self.doubts.setdefault(how, {}).setdefault(self.source, []).append(line)
        if self.wants_places:
            self.odd(line, how)

    @property
    def own(self) -> OwnCells | None:
        """What takes the cells of tables that no role is read from, where the report wants them."""
        return None if self.report is None else self.report.own

    def odd(self, place: int | str, what: str) -> None:
        """Keeps the place of something that is odd and needs no repair, where the report wants places."""
        if self.report is not None and self.report.anomalies is not None:
            self.report.anomalies.append(Anomaly(self.source, place, what))

    def rows(self, source: Iterator[T]) -> Iterator[T]:
        """Yields from an iterator that can continue after a `BadRow`."""
        while True:
            try:
                # It ends at an error, and goes on behind it; next() by hand takes twice as long.
                yield from source
            except BadRow as error:
                self.skip(error)
            else:
                return

    def finish(self, n_conversations: int) -> None:
        """Writes the notes.

        Raises:
            InputError: not one conversation was read.
        """
        for sentence, count in self.repairs.items():
            if count:
                write_note(self.report, f"{self.source}: {sentence.format(n=count)}")
        if self.doubts:
            ways = "; ".join(f"{how}: {self._show_places(places)}" for how, places in self.doubts.items())
            write_note(self.report, f"{self.source}: please check: {ways}")
        if n_conversations:
            return
        if self.first_skipped is not None:
            raise InputError(
                f"{self.source}: no row could be read, {self.n_skipped} skipped; the first: {self.first_skipped}"
            )
        raise InputError(f"{self.source}: contains no utterance; give a file with at least one")

    def _show_places(self, places: dict[str, list[int]]) -> str:
        """Returns lines, with the files of a folder or archive that they stand in."""
        shown = [
            f"{'' if source == self.source else f'{source} '}{_show_lines(lines)}"
            for source, lines in list(places.items())[:_LINES_SHOWN]
        ]
        more = f" and {len(places) - _LINES_SHOWN} more files" if len(places) > _LINES_SHOWN else ""
        return f"{', '.join(shown)}{more}"


class Grouper:
    """Gathers rows into conversations while only one of them is held in memory.

    Args:
        reading: the pass that they belong to.
        mixed: whether the rows of several conversations stand among each other; then all are held.
    """

    def __init__(self, reading: Reading, mixed: bool = False) -> None:
        self._reading = reading
        self._held: dict[str, list[Utterance]] | None = {} if mixed else None
        self._whole: set[str] = set()
        self._n_characters = 0
        self._first_line: dict[str, int] = {}
        self._id = ""
        self._utterances: list[Utterance] = []
        # The cells of these rows that are kept beside their turns.
        self._own: defaultdict[str, array[int]] = defaultdict(row_numbers)
        self._went_back = False

    def add(
        self, line: int, conversation_id: str, utterance: Utterance, own: int | None = None
    ) -> Iterable[Conversation]:
        """Takes a row; returns the conversation before it when that one has ended.

        Args:
            line: of the row.
            conversation_id: of the row.
            utterance: that it holds.
            own: what `OwnCells.keep` returned of its cells; None where none are kept.

        Raises:
            BadRow: the row's conversation had already ended.
            InputError: mixed rows that are too many to be held.
        """
        advice = "the rows of one conversation must be next to each other; sort the file by conversation"
        if self._held is not None:
            if conversation_id in self._whole:
                self._claim(line, conversation_id, advice)
            self._first_line.setdefault(conversation_id, line)
            self._hold(conversation_id, utterance)
            self._keep(conversation_id, own)
            return ()
        if self._utterances and conversation_id == self._id:
            if not self._went_back and goes_back(self._utterances[-1], utterance):
                self._went_back = True
                self._reading.odd(line, "a conversation whose start times run backwards, first here")
            self._utterances.append(utterance)
            self._keep(conversation_id, own)
            return ()
        self._claim(line, conversation_id, advice)
        ended = list(self.flush())
        self._id = conversation_id
        self._utterances = [utterance]
        self._keep(conversation_id, own)
        self._went_back = False
        return ended

    def add_whole(self, line: int, conversation: Conversation) -> Iterator[Conversation]:
        """Takes a complete conversation; yields the one before it, if open, and then this one.

        Raises:
            BadRow: an earlier conversation has the same id.
        """
        self._claim(line, conversation.id, "give each conversation a unique id")
        if self._held is not None:
            self._whole.add(conversation.id)
            for utterance in conversation.utterances:
                self._hold(conversation.id, utterance)
            return
        yield from self.flush()
        yield conversation

    def flush(self) -> Iterator[Conversation]:
        """Yields the open conversation, if there is one, or all that are held."""
        if self._held is not None:
            held, self._held = self._held, {}
            for name, utterances in held.items():
                self._give(name)
                yield Conversation(name, utterances)
        elif self._utterances:
            utterances, self._utterances = self._utterances, []
            self._give(self._id)
            yield Conversation(self._id, utterances)

    def _keep(self, conversation_id: str, own: int | None) -> None:
        if own is not None:
            self._own[conversation_id].append(own)

    def _give(self, conversation_id: str) -> None:
        if self._own and self._reading.own is not None:
            self._reading.own.give(self._own.pop(conversation_id))

    def _hold(self, conversation_id: str, utterance: Utterance) -> None:
        assert self._held is not None
        self._n_characters += len(utterance.text) + _HELD_BESIDE
        if self._n_characters > MAX_DOCUMENT:
            raise InputError(
                f"{self._reading.source}: rows of several conversations are mixed, and there are more than "
                f"{MAX_DOCUMENT >> 20} Mi characters; sort the file by conversation"
            )
        if not self._held:
            self._reading.repair(
                1, "rows of several conversations that stand mixed: grouped by their ids, in file order"
            )
        self._held.setdefault(conversation_id, []).append(utterance)

    def _claim(self, line: int, conversation_id: str, advice: str) -> None:
        first = self._first_line.setdefault(conversation_id, line)
        if first != line:
            raise self._reading.bad(
                line, f"conversation {show(conversation_id)} occurs again; it began in line {first}; {advice}"
            )


def come_again(names: Iterable[str]) -> bool:
    """Returns whether a name comes again after another one, as where the rows of conversations stand mixed."""
    last, ended = None, set()
    for name in names:
        if name in ended:
            return True
        if last is not None and name != last:
            ended.add(last)
        last = name
    return False


def run_reader(conversations: Iterator[Conversation], reading: Reading) -> Iterator[Conversation]:
    """Yields what a reader yields, with its times in seconds, then closes its report.

    Raises:
        InputError: nothing was read.
    """
    count = 0
    for conversation in conversations:
        count += 1
        seconds, note = in_seconds(conversation, reading.times)
        if note is not None:
            reading.repair(1, note)
            # Of a recording, times may be wrong; of a chat, the order is.
            if runs_backwards(seconds.utterances):
                reading.repair(1, _BACKWARDS)
        yield seconds
    reading.finish(count)


def write_note(report: ReadReport | None, note: str) -> None:
    """Adds a note to the report; without one it goes to the log."""
    if report is None:
        _logger.warning("%s", note)
    else:
        report.notes.append(note)


def build_utterance(
    reading: Reading,
    line: int,
    *,
    speaker: str | None,
    text: str,
    emotion: str | None = None,
    start: Any = None,
    end: Any = None,
    note: str | None = None,
    speaker_note: str | None = None,
) -> Utterance:
    """Returns a row's utterance; a missing speaker is named "Speaker" and counted, emoji by name are signs.

    Raises:
        BadRow: a field that cannot be one of an utterance.
    """
    if (start is not None or end is not None) and (reading.times.are_whole or reading.times.are_short):
        reading.times.look(start, end)
    named = speaker if speaker is not None and speaker.strip() else DEFAULT_SPEAKER
    try:
        utterance = Utterance(
            named,
            # What is no text is told by the utterance.
            show_emoji(text) if isinstance(text, str) and ":" in text else text,
            emotion if emotion and emotion.strip() else None,
            # Most times are seconds already, which is tested here, as the call takes longer.
            start
            if start is None or (type(start) is float and math.isfinite(start))
            else _seconds(reading, "start", start),
            end if end is None or (type(end) is float and math.isfinite(end)) else _seconds(reading, "end", end),
            note,
            speaker_note,
        )
    except InputError as error:
        raise reading.bad(line, str(error)) from None
    if reading.wants_places:
        for what in turn_oddities(utterance):
            reading.odd(line, what)
    if named is not speaker:
        reading.repair(line, SPEAKER_MISSING)
    return utterance


def _seconds(reading: Reading, name: str, value: Any) -> float | None:
    """Returns seconds as `parse_time` does, or seconds since 1970 of a date, which the reading then knows of."""
    # Most times are shorter than a date, which is seen sooner than by the call.
    moment = parse_moment(value, reading.day_first) if isinstance(value, str) and len(value) > 10 else None
    if moment is None:
        return parse_time(name, value)
    reading.times.are_dates = True
    return moment


def parse_time(name: str, value: Any) -> float | None:
    """Returns seconds from a number, `"12.5"`, `"M:SS"` or `"H:MM:SS,mmm"`; None from None or blank text.

    Raises:
        InputError: anything else.
    """
    seconds = math.nan
    if value is None or (type(value) is float and math.isfinite(value)):
        return value
    if isinstance(value, str):
        shown = value.strip()
        if not shown:
            return None
        clock, colon, second = shown.rpartition(":")
        if shown.isdecimal():
            seconds = float(shown)
        elif colon and _REST.fullmatch(second):
            rest = float(second.replace(",", "."))
            seconds = _minutes(clock) + rest if rest < 60 else math.nan
        elif _SECONDS.fullmatch(shown):
            seconds = float(value.replace(",", "."))
        else:
            seconds = _rarer_time(shown)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        try:
            seconds = float(value)
        except OverflowError:
            seconds = math.inf
    if not math.isfinite(seconds):
        raise InputError(f"{name} is {show(value)}; give seconds (12.5) or a time (0:01:12,500)")
    return seconds


def usual_span(start: str, end: str, colon: int) -> tuple[float, float] | None:
    """Returns the seconds of two clocks such as `HH:MM:SS,mmm` as `parse_time` does; None where one has none.

    `colon` is where the last one stands, counted from the end where it is negative.
    """
    first = _minutes(start[:colon]) + (rest := float(start[colon + 1 :].replace(",", ".")))
    last = _minutes(end[:colon]) + (other := float(end[colon + 1 :].replace(",", ".")))
    return (first, last) if rest < 60 > other and first == first and last == last else None


def _rarer_time(shown: str) -> float:
    """Returns the seconds of `1.5s`, `PT1M1.5S` or `1,001.5`; nan for none of these."""
    if found := _WITH_UNIT.fullmatch(shown):
        return float(found[1])
    if found := _DURATION.fullmatch(shown):
        return sum(float(part or 0) * unit for part, unit in zip(found.groups(), (3600, 60, 1), strict=True))
    if _THOUSANDS.fullmatch(shown):
        decimal = max(shown.rfind("."), shown.rfind(","))
        return float(f"{re.sub('[.,]', '', shown[:decimal])}.{shown[decimal + 1 :]}")
    return math.nan


# One minute has many turns.
@lru_cache(maxsize=1024)
def _minutes(clock: str) -> float:
    """Returns the seconds of hours and minutes, or of minutes; nan for what is neither."""
    found = _MINUTES.fullmatch(clock)
    return math.nan if found is None or int(found[2]) > 59 else float(found[1] or 0) * 3600 + int(found[2]) * 60


def _show_lines(lines: Sequence[int]) -> str:
    shown = ", ".join(map(str, lines[:_LINES_SHOWN]))
    more = f" and {len(lines) - _LINES_SHOWN} more" if len(lines) > _LINES_SHOWN else ""
    return f"{'line' if len(lines) == 1 else 'lines'} {shown}{more}"


def show(value: object) -> str:
    """Returns `repr(value)`, cut so that an error stays one readable line."""
    try:
        text = repr(value[:80] if isinstance(value, str) else value)
    except (RecursionError, ValueError):
        return f"a {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:57]}..."
