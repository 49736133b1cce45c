"""JSONL: an utterance or a whole conversation per line, both kinds in one file if need be."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable, Generator, Iterator, Sequence
from typing import Any

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow, InputError, did_you_mean
from instructerc.formats.shared.columns import flag, near_name
from instructerc.formats.shared.lines import OpenText, check_characters
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Grouper, Reading, build_utterance, show
from instructerc.formats.shared.strict_json import build_decoder

DECODER = build_decoder(longest_number=400)

LineCopy = Callable[[str, Sequence[Utterance | None]], None]

_CONVERT = (
    "python -c \"import json,sys; d=json.load(open(sys.argv[1],encoding='utf-8')); "
    '[print(json.dumps(x)) for x in (d if isinstance(d,list) else [d])]" '
)


def matches(file: OpenText, options: ReadOptions) -> bool:
    """Returns whether a file looks like JSON: it begins with an object or an array of objects."""
    start = file.head.lstrip()
    return start.startswith("{") or (start.startswith("[") and start[1:].lstrip().startswith(("{", "[")))


def read(file: OpenText, reading: Reading, copy: LineCopy | None = None) -> Iterator[Conversation]:
    """Yields conversations; rows without `conversation` form one that is named after the file.

    Args:
        file: the opened file.
        reading: the pass that it belongs to.
        copy: gets the text of every line with the turns that were read from it, None for a turn that was skipped.

    Raises:
        InputError: a JSON array, or an object over several lines, in place of one object per line.
        BadRow: a line that is not such an object.
    """
    grouper = Grouper(reading)
    lines = file.lines
    first = True
    for text in reading.rows(lines):
        turns: Sequence[Utterance | None] = ()
        if text.strip():
            if first:
                _check_layout(text, reading)
                first = False
            try:
                turns = yield from _read_line(text, lines.number, grouper, reading)
            except BadRow as error:
                reading.skip(error)
        if copy is not None:
            copy(text, turns)
    yield from grouper.flush()


def _check_layout(text: str, reading: Reading) -> None:
    what = (
        "an array" if text.lstrip().startswith("[") else "an object over several lines" if text.strip() == "{" else ""
    )
    if what:
        source = reading.source
        file = "FILE" if source.startswith(("-", "<")) else shlex.quote(source)
        raise InputError(
            f"{source}: holds JSON as {what} where JSONL is expected; put one object per line: {_CONVERT}{file}"
        )


def _read_line(
    text: str, line: int, grouper: Grouper, reading: Reading
) -> Generator[Conversation, None, list[Utterance | None]]:
    """Yields the conversations that a line ends; returns its turns, with None for those that were skipped."""
    row = _parse(text, line, reading)
    if "utterances" in row:
        own_id, turns = _read_conversation(row, line, reading)
        utterances = [turn for turn in turns if turn is not None]
        if utterances:
            yield from grouper.add_whole(line, Conversation(own_id, utterances))
        return turns
    name = _id(row, _key("conversation", reading), line, reading)
    if name is None:
        _refuse_near("conversation", row, line, reading)
    utterance = _read_utterance(row, line, reading)
    yield from grouper.add(line, reading.stem if name is None else name, utterance)
    return [utterance]


def _read_conversation(row: dict[str, Any], line: int, reading: Reading) -> tuple[str, list[Utterance | None]]:
    """Returns the id of a line's conversation, and its utterances, with None for those that were skipped."""
    items = row["utterances"]
    if not isinstance(items, list) or not items:
        raise reading.bad(line, f"'utterances' must be a list with at least one object, got {show(items)}")
    name = _id(row, "id", line, reading)
    if name is None:
        name = f"{reading.stem}/{line}"
        reading.repair(line, "id missing in {n} conversation(s): named after file and line")
    utterances: list[Utterance | None] = []
    for index, item in enumerate(items):
        try:
            if not isinstance(item, dict):
                raise reading.bad(line, f"must be an object, got {show(item)}")
            utterances.append(_read_utterance(item, line, reading))
        except BadRow as error:
            reading.skip(reading.bad(line, f"utterances[{index}]: {error.reason}"))
            utterances.append(None)
    return name, utterances


def _read_utterance(row: dict[str, Any], line: int, reading: Reading) -> Utterance:
    text = row.get(_key("text", reading))
    if text is None:
        _refuse_near("text", row, line, reading)
        key = _key("text", reading)
        raise reading.bad(line, f'no {key!r}{did_you_mean(key, row)}; every utterance needs one, and "" is accepted')
    speaker = row.get(_key("speaker", reading))
    if speaker is None:
        _refuse_near("speaker", row, line, reading)
    if type(speaker) is int:
        speaker = str(speaker)
    words = {"text": text, "speaker": speaker}
    words |= {role: row.get(_key(role, reading)) for role in ("emotion", "note", "speaker_note")}
    for role, value in words.items():
        _check_words(role, value, line, reading)
    return build_utterance(
        reading, line, **words, start=row.get(_key("start", reading)), end=row.get(_key("end", reading))
    )


def _check_words(role: str, value: Any, line: int, reading: Reading) -> None:
    if value is None:
        return
    if not isinstance(value, str):
        advice = f"; give {flag(role)} '' to read none" if role in ("note", "speaker_note") else ""
        raise reading.bad(line, f"{role} must be text, got {show(value)}{advice}")
    # Escapes such as \ud83d can bring in what the line's own characters did not show.
    check_characters(value, reading.source, line, role)


def _key(role: str, reading: Reading) -> str:
    given = reading.options.column(role)
    return role if given is None or (not given and role == "text") else given


def _refuse_near(role: str, row: dict[str, Any], line: int, reading: Reading) -> None:
    """Raises `BadRow` if a role without a value has a key that was probably meant for it."""
    if reading.options.column(role) is not None:
        return
    near = near_name(role, (key for key in row if key != role))
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
        row = DECODER.decode(text)
    except json.JSONDecodeError as error:
        if error.pos >= len(text.rstrip()) or error.msg.startswith("Unterminated"):
            raise reading.bad(line, "JSON ends too early; each line must contain one complete object") from None
        raise reading.bad(line, f"not JSON at column {error.pos + 1}: {error.msg}") from None
    except RecursionError:
        raise reading.bad(line, "JSON is nested too deeply") from None
    except ValueError as error:
        raise reading.bad(line, f"not usable JSON: {error}") from None
    if not isinstance(row, dict):
        raise reading.bad(line, f'must be an object such as {{"speaker": ..., "text": ...}}, got {show(row)}')
    return row
