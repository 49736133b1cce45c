"""JSONL: an utterance or a whole conversation per line, both kinds in one file if need be."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow, InputError, did_you_mean
from instructerc.formats.jsonl.writer import OWN
from instructerc.formats.shared.columns import KNOWN_NAMES, MAYBE_START, ROLES, UNIT_NAMES, flag, fold_name, near_name
from instructerc.formats.shared.empty import BLANK, MISSING, NOBODY, is_blank, is_missing, is_nobody
from instructerc.formats.shared.json_document import as_seconds
from instructerc.formats.shared.lines import OpenText, check_characters
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Grouper, Reading, build_utterance, come_again, parse_time, show
from instructerc.formats.shared.shares import ENOUGH
from instructerc.formats.shared.strict_json import build_decoder
from instructerc.formats.shared.times.moments import finds_day_first, parse_moment

DECODER = build_decoder(longest_number=400)

_LINE_ENDS = ("\n", "", "\r\n")
_NO_TIME = "{n} time(s) under a name such as 'timestamp' that are not understood: left out"
# Names of times, with the role of those that are sure.
_OTHER_TIMES = dict.fromkeys(MAYBE_START, "") | {
    name: role for role in ("start", "end") for name in KNOWN_NAMES[role] - {role}
}
# Keys with more letters in all are not worth remembering.
_MOST_LETTERS = 1000
_WORDS = ("text", "speaker", "emotion", "note", "speaker_note")

LineCopy = Callable[[str, str, Sequence[Utterance | None]], None]


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns the share of the first objects that have an utterance or a list of them.

    Where none has, it is half for an object a line, since a key is then missing or has another name.
    """
    peek = file.peek
    if not peek.begins_like_json:
        return 0.0
    rows, document = peek.rows, peek.document
    if isinstance(document, dict):
        if _has_turns(document):
            return 0.0
        rows = [document]
    elif isinstance(document, list):
        rows = [one for one in document[:50] if isinstance(one, dict)]
    known = sum(_is_row(row, options) for row in rows) / len(rows) if rows else 0.0
    is_lined = document is None or (not isinstance(document, list) and len(peek.lines[0].strip()) > 1)
    return max(known, ENOUGH if is_lined and (document is None or not rows or _is_near(rows[0], options)) else 0.0)


def _is_row(row: dict[str, Any], options: ReadOptions) -> bool:
    return isinstance(row.get("utterances"), list) or isinstance(row.get(options.text_column or "text"), str)


def _has_turns(document: dict[str, Any]) -> bool:
    """Returns whether an object has a list of objects with speakers, which its own words are not all of."""
    for key, value in document.items():
        first = value[0] if key != "utterances" and isinstance(value, list) and value else None
        names = {fold_name(name) for name in first} if isinstance(first, dict) else set()
        if names & KNOWN_NAMES["speaker"] and names & KNOWN_NAMES["text"]:
            return True
    return False


def _is_near(row: dict[str, Any], options: ReadOptions) -> bool:
    return "utterances" in row or near_name("text", row) is not None


def read(file: OpenText, reading: Reading, copy: LineCopy | None = None) -> Iterator[Conversation]:
    """Yields conversations; rows without `conversation` form one that is named after the file.

    Args:
        file: the opened file.
        reading: the pass that it belongs to.
        copy: gets the text of every line with the id of its conversation and the turns that were read from it, None for
            a turn that was skipped.

    Rows of several conversations that stand mixed are grouped by their ids. A document that is a list of such objects,
    or one over several lines, is read as well; its objects are counted as lines are.

    Raises:
        InputError: a copy of a document that is not an object per line.
        BadRow: a line that is not such an object.
    """
    document = _document_of(file)
    if document is not None:
        if copy is not None:
            raise InputError(f"{reading.source}: is one JSON document; only JSONL, an object per line, can be copied")
        yield from _read_document(document, reading, stands_mixed(file, reading))
        return
    grouper = Grouper(reading, stands_mixed(file, reading))
    reading.day_first = finds_day_first(file.head)
    lines = file.lines
    for text in reading.rows(lines):
        name, turns = "", cast("Sequence[Utterance | None]", ())
        if text.strip():
            try:
                row = _parse(text, lines.number, reading)
                ended, name, turns = _read_row(row, lines.number, grouper, reading)
                yield from ended
            except BadRow as error:
                reading.skip(error)
        if copy is not None:
            copy(text, name, turns)
    yield from grouper.flush()


def stands_mixed(file: OpenText, reading: Reading) -> bool:
    """Returns whether rows of several conversations stand among each other in the file's beginning."""
    key = _key("conversation", reading)
    rows = _document_of(file)
    if rows is None:
        rows = [_object_in(line, key) for line in file.peek.lines] if _has(file.peek.rows, key) else []
    names = (row[key] for row in rows if isinstance(row, dict) and isinstance(row.get(key), str | int))
    return bool(key) and come_again(map(str, names))


def _has(rows: Sequence[dict[str, Any]], key: str) -> bool:
    return any(key in row and "utterances" not in row for row in rows[:2])


def _object_in(line: str, key: str) -> Any:
    try:
        return json.loads(line) if key in line else None
    except (ValueError, RecursionError):
        return None


def is_document(file: OpenText) -> bool:
    """Returns whether a file is one JSON document, and not an object per line."""
    return _document_of(file) is not None


def _document_of(file: OpenText) -> list[Any] | None:
    """Returns the items of a file that is a list, or an object over several lines; None where each line is one."""
    document = file.peek.document
    if not file.peek.has_document:
        return None
    if isinstance(document, list):
        return document
    return None if len(file.peek.lines) < 2 else [document]


def _read_document(items: list[Any], reading: Reading, mixed: bool) -> Iterator[Conversation]:
    grouper = Grouper(reading, mixed)
    for number, item in enumerate(items, 1):
        try:
            ended, _, _ = _read_row(_check_row(item, number, reading), number, grouper, reading)
            yield from ended
        except BadRow as error:
            reading.skip(error)
    yield from grouper.flush()


@dataclass(slots=True)
class JsonLine:
    """What a line holds.

    Attributes:
        row: its object.
        name: id of its conversation; None where the line has none.
        whole: whether it is a whole conversation.
        turns: its turns, with an error for each one that cannot be read, and None for one whose text is null.
    """

    row: dict[str, Any]
    name: str | None
    whole: bool
    turns: list[Utterance | BadRow | None]


def parse_line(text: str, line: int, reading: Reading) -> JsonLine:
    """Returns what a line that is not blank holds.

    Raises:
        BadRow: it is no object with an utterance, or with a list of them.
    """
    return _parse_row(_parse(text, line, reading), line, reading)


def _parse_row(row: dict[str, Any], line: int, reading: Reading) -> JsonLine:
    if "utterances" in row:
        items = row["utterances"]
        if not isinstance(items, list) or not items:
            raise reading.bad(line, f"'utterances' must be a list with at least one object, got {show(items)}")
        name = _id(row, "id", line, reading)
        return JsonLine(row, name, True, [_read_item(item, place, line, reading) for place, item in enumerate(items)])
    name = _id(row, _keys(reading)["conversation"], line, reading)
    if name is None:
        _refuse_near("conversation", row, line, reading)
    said = OWN in row or _has_words(row, line, reading)
    return JsonLine(row, name, False, [_read_utterance(row, line, reading) if said else None])


def _has_words(row: dict[str, Any], line: int, reading: Reading) -> bool:
    """Returns whether somebody says something in a row; what only marks that there is no speaker is taken away."""
    keys = _keys(reading)
    text, speaker = row.get(keys["text"]), row.get(keys["speaker"])
    if isinstance(text, str) and (is_blank(text) or is_missing(text)):
        reading.repair(line, BLANK if is_blank(text) else MISSING)
        return False
    if isinstance(speaker, str) and is_nobody(speaker):
        reading.repair(line, NOBODY)
        row[keys["speaker"]] = None
    return True


def _read_item(item: Any, place: int, line: int, reading: Reading) -> Utterance | BadRow | None:
    try:
        if not isinstance(item, dict):
            raise reading.bad(line, f"must be an object, got {show(item)}")
        return _read_utterance(item, line, reading)
    except BadRow as error:
        return reading.bad(line, f"utterances[{place}]: {error.reason}")


def unnamed(line: int, reading: Reading) -> str:
    """Returns what a whole conversation without an id is called."""
    return f"{reading.stem}/{line}"


def _read_row(
    row: dict[str, Any], line: int, grouper: Grouper, reading: Reading
) -> tuple[Iterable[Conversation], str, list[Utterance | None]]:
    """Returns the conversations that a row ends, its id, and its turns, with None for those that were left out."""
    found = _parse_row(row, line, reading)
    reading.times.are_own = reading.times.are_own or found.whole or OWN in row
    if not found.whole:
        name = reading.stem if found.name is None else found.name
        # A row of one turn that cannot be read was an error by now.
        [turn] = found.turns
        return (grouper.add(line, name, turn), name, [turn]) if isinstance(turn, Utterance) else ((), name, [None])
    if found.name is None:
        reading.repair(line, "id missing in {n} conversation(s): named after file and line")
    for one in found.turns:
        if isinstance(one, BadRow):
            reading.skip(one)
    turns = [one if isinstance(one, Utterance) else None for one in found.turns]
    utterances = [one for one in turns if one is not None]
    name = unnamed(line, reading) if found.name is None else found.name
    return list(grouper.add_whole(line, Conversation(name, utterances))) if utterances else (), name, turns


def _read_utterance(row: dict[str, Any], line: int, reading: Reading) -> Utterance | None:
    """Returns the utterance of an object; None where its text is null, which is counted."""
    keys = _keys(reading)
    key = keys["text"]
    text = row.get(key)
    if text is None:
        if key in row:
            reading.repair(line, "{n} row(s) whose text is null: left out")
            return None
        _refuse_near("text", row, line, reading)
        names = ", ".join(repr(name[:40]) for name in list(row)[:8])
        advice = f"the keys are {names}; name that of the words with {flag('text')}" if row else "the object is empty"
        raise reading.bad(line, f"no {key!r}{did_you_mean(key, row)}; every utterance needs one; {advice}")
    speaker = row.get(keys["speaker"])
    if speaker is None:
        _refuse_near("speaker", row, line, reading)
    if type(speaker) is int:
        speaker = str(speaker)
    emotion, note, speaker_note = row.get(keys["emotion"]), row.get(keys["note"]), row.get(keys["speaker_note"])
    for role, value in zip(_WORDS, (text, speaker, emotion, note, speaker_note), strict=True):
        # Most have nothing that could be wrong, which is seen sooner than by the call.
        if value is not None and not (type(value) is str and value.isascii() and "\0" not in value):
            _check_words(role, value, line, reading)
    start, end = _times(row, keys, line, reading)
    return build_utterance(
        reading,
        line,
        speaker=speaker,
        text=text,
        emotion=emotion,
        start=start,
        end=end,
        note=note,
        speaker_note=speaker_note,
    )


def _times(row: dict[str, Any], keys: dict[str, str], line: int, reading: Reading) -> tuple[Any, Any]:
    """Returns start and end of an object; where it has neither, of a pair or of keys such as `start_ms` or `ts`."""
    start, end = row.get(keys["start"]), row.get(keys["end"])
    if start is not None or end is not None:
        return start, end
    if reading.options.start_column is not None or reading.options.end_column is not None:
        return None, None
    pair = row.get("timestamp")
    if isinstance(pair, list) and len(pair) == 2 and all(isinstance(one, int | float | None) for one in pair):
        return pair[0], pair[1]
    times: dict[str, Any] = {"start": None, "end": None}
    maybe: list[Any] = []
    for key, unit_role, scale, role in _other_times(tuple(row)):
        value = row[key]
        if unit_role and isinstance(value, int | float):
            times[unit_role] = as_seconds(value, scale)
            reading.times.are_whole = False
        elif value is not None and role is not None:
            if not role:
                maybe.append(value)
            elif times[role] is None and _is_time(value, reading):
                # "fine" is an end in Italian, and a label in English.
                times[role] = value
    if maybe and times["start"] is None:
        times["start"] = _known_time(maybe, line, reading)
    return times["start"], times["end"]


def _find_other_times(keys: tuple[str, ...]) -> list[tuple[str, str, float, str | None]]:
    """Returns the keys with times among those of an object: with the role and scale that the unit in a name says, and
    the role of a name without one, nothing where it may be the start, None where it is none."""
    folded = ((key, fold_name(key)) for key in keys)
    found = [(key, *UNIT_NAMES.get(name, ("", 1.0)), _OTHER_TIMES.get(name)) for key, name in folded]
    return [one for one in found if one[1] or one[3] is not None]


# The same few keys stand in every row of a file.
_find_few_times = lru_cache(maxsize=256)(_find_other_times)


def _other_times(keys: tuple[str, ...]) -> list[tuple[str, str, float, str | None]]:
    return _find_few_times(keys) if len("".join(keys)) <= _MOST_LETTERS else _find_other_times(keys)


def _known_time(values: Sequence[Any], line: int, reading: Reading) -> Any:
    """Returns the first of some values that is a time, or a day with a time of day beside it; None if none is one."""
    texts = [value for value in values if isinstance(value, str)]
    for day, clock in (texts[:2], texts[1::-1]) if len(texts) > 1 else ():
        if parse_moment(f"{day} {clock}", reading.day_first) is not None:
            return f"{day} {clock}"
    known = next((value for value in values if _is_time(value, reading)), None)
    if known is None:
        reading.repair(line, _NO_TIME)
    return known


def _is_time(value: Any, reading: Reading) -> bool:
    try:
        moment = parse_moment(value, reading.day_first) if isinstance(value, str) else None
        return moment is not None or parse_time("start", value) is not None
    except InputError:
        return False


def _check_words(role: str, value: Any, line: int, reading: Reading) -> None:
    if not isinstance(value, str):
        advice = f"; give {flag(role)} '' to read none" if role in ("note", "speaker_note") else ""
        raise reading.bad(line, f"{role} must be text, got {show(value)}{advice}")
    # Escapes such as \ud83d can bring in what the line's own characters did not show.
    check_characters(value, reading.source, line, role)


def _key(role: str, reading: Reading) -> str:
    given = reading.options.column(role)
    return role if given is None or (not given and role == "text") else given


def _keys(reading: Reading) -> dict[str, str]:
    """Returns the key of each role, worked out at the first row."""
    if not reading.keys:
        reading.keys = {role: _key(role, reading) for role in ROLES}
    return reading.keys


def _refuse_near(role: str, row: dict[str, Any], line: int, reading: Reading) -> None:
    """Raises `BadRow` if a role without a value has a key that was probably meant for it."""
    if reading.options.column(role) is not None:
        return
    near = near_name(role, [key for key in row if key != role] if role in row else row)
    if near is not None:
        none = "" if role == "text" else f", or {flag(role)} '' for none"
        raise reading.bad(
            line,
            f"no {role!r} but {near!r} (did you mean {role!r}?); rename the key or give {flag(role)} {near}{none}",
        )


def _id(row: dict[str, Any], key: str, line: int, reading: Reading) -> str | None:
    value = row.get(key)
    if type(value) is int:
        value = str(value)
    if value is not None and not isinstance(value, str):
        raise reading.bad(line, f"{key!r} must be text or a whole number, got {show(value)}")
    if value is not None:
        check_characters(value, reading.source, line, key)
    return value


def _parse(text: str, line: int, reading: Reading) -> dict[str, Any]:
    check_characters(text, reading.source, line)
    try:
        row = _decode(text)
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated"):
            raise reading.bad(line, "JSON ends too early; each line must contain one complete object") from None
        raise reading.bad(line, f"not JSON at column {error.pos + 1}: {error.msg}") from None
    except RecursionError:
        raise reading.bad(line, "JSON is nested too deeply") from None
    except ValueError as error:
        raise reading.bad(line, f"not usable JSON: {error}") from None
    return _check_row(row, line, reading)


def _decode(text: str) -> Any:
    if text.startswith("{"):
        row, end = DECODER.raw_decode(text)
        if text[end:] in _LINE_ENDS:
            return row
    # It has blanks around it, which take two patterns to pass over, or is wrong.
    return DECODER.decode(text)


def _check_row(row: Any, line: int, reading: Reading) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise reading.bad(line, f'must be an object such as {{"speaker": ..., "text": ...}}, got {show(row)}')
    return row
