"""Parquet, a row per utterance.

Columns are found as in any table. A file that `write_parquet` wrote says so, and then all of its columns are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import chain, islice
from typing import Any, BinaryIO

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow, InputError
from instructerc.formats.dialogues.cells import DialogueColumn
from instructerc.formats.parquet.dialogues import find_texts, has_dialogues, read_rows, read_texts
from instructerc.formats.parquet.file import ParquetFile
from instructerc.formats.shared.columns import MAYBE_START, UNIT_NAMES, fold_name, map_columns
from instructerc.formats.shared.empty import MISSING, NOBODY, is_missing, is_nobody
from instructerc.formats.shared.json_document import as_seconds
from instructerc.formats.shared.lines import MAX_LINE, check_characters
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Grouper, Reading, build_utterance, come_again, show

# What a file of our own has in its footer.
SCHEMA_KEY, SCHEMA_VERSION = "instructerc_schema", 1

_ROWS_LOOKED_AT = 2000


def read(stream: BinaryIO, reading: Reading) -> Iterator[Conversation]:
    """Yields conversations; without a conversation column the file is one, named after it.

    A row may hold a whole dialogue instead, in a column such as `dialog`.

    Raises:
        MissingExtra: pyarrow is not installed.
        InputError: a file that is damaged or unpacks to far more than its size, or a column of another type.
        BadRow: a value that cannot be one of an utterance; rows are counted from 1.
    """
    file = ParquetFile(stream, reading.source)
    if has_dialogues(file, reading.options):
        yield from read_rows(file, reading)
    elif (column := _find_texts(file, reading.options)) is not None:
        yield from read_texts(file, column, reading)
    else:
        yield from _read(file, reading)


def has_row_per_turn(stream: BinaryIO, source: str, options: ReadOptions) -> bool:
    """Returns whether a file's rows are utterances, and not dialogues; also of one that cannot be read.

    Args:
        stream: the opened file, which can go back and stays where it was.
        source: its name for error messages.
        options: how it is read.
    """
    place = stream.tell()
    try:
        file = ParquetFile(stream, source)
        return not has_dialogues(file, options) and _find_texts(file, options) is None
    except InputError:
        return True
    finally:
        stream.seek(place)


def _find_texts(file: ParquetFile, options: ReadOptions) -> DialogueColumn | None:
    return None if _is_own(file) else find_texts(file, options)


def column_names(stream: BinaryIO, source: str) -> list[str]:
    """Returns the names of a file's columns.

    Args:
        stream: the opened file.
        source: its name for error messages.

    Raises:
        MissingExtra: pyarrow is not installed.
        InputError: the file is damaged.
    """
    return ParquetFile(stream, source).names


def find_columns(file: ParquetFile, options: ReadOptions) -> dict[str, str]:
    """Returns the column of each role; one called `turn` has the order of a conversation in a file of our own.

    Raises:
        InputError: a column that is missing, could be several, or is of another type.
    """
    is_own = _is_own(file)
    options = _with_notes(options, file.names) if is_own else options
    columns = {role: file.names[place] for role, place in map_columns(file.names, options, file.source).items()}
    if is_own and "turn" in file.names:
        columns["turn"] = "turn"
    for role, name in columns.items():
        file.check_type(name, role)
    return columns


def _read(file: ParquetFile, reading: Reading) -> Iterator[Conversation]:
    columns = find_columns(file, reading.options)
    units = {} if _is_own(file) else _add_times(columns, file, reading)
    rows = file.rows(columns)
    first = list(islice(rows, _ROWS_LOOKED_AT))
    reading.times.are_own = _is_own(file)
    grouper = Grouper(
        reading, not reading.times.are_own and come_again(str(row.get("conversation")) for _, row in first)
    )
    last = ("", 0)
    for number, row in chain(first, rows):
        try:
            conversation = take_conversation(row, number, reading)
            turn = row.pop("turn", None)
            if turn is not None:
                if last[0] == conversation and turn <= last[1]:
                    raise reading.bad(number, f"turn {turn} comes after turn {last[1]}; sort by conversation and turn")
                last = (conversation, turn)
            if not reading.times.are_own and not _has_words(row, number, reading):
                continue
            row |= {role: as_seconds(row[role], scale) for role, scale in units.items()}
            yield from grouper.add(number, conversation, build_turn(row, number, reading))
        except BadRow as error:
            reading.skip(error)
    yield from grouper.flush()


def _add_times(columns: dict[str, str], file: ParquetFile, reading: Reading) -> dict[str, float]:
    """Adds columns of times such as `start_ms`, or the one such as `timestamp`; returns how many units a second has."""
    units: dict[str, float] = {}
    options = reading.options
    if "start" in columns or options.start_column is not None:
        return units
    for name in file.names:
        role, scale = UNIT_NAMES.get(fold_name(name), ("", 1.0))
        if role and role not in columns and options.column(role) is None and file.is_number(name):
            columns[role], units[role] = name, scale
            reading.times.are_whole = False
    maybe = [name for name in file.names if fold_name(name) in MAYBE_START]
    sure = [name for name in maybe if file.is_moment(name) or file.is_number(name)]
    if "start" not in columns and len(sure) == 1 and file.names.count(sure[0]) == 1:
        columns["start"] = sure[0]
    elif "start" not in columns and maybe:
        shown = ", ".join(map(show, maybe[:4]))
        reading.repair(1, f"no start was taken from {shown}: name the column with --start-column if it has them")
    return units


def _has_words(row: dict[str, Any], number: int, reading: Reading) -> bool:
    """Returns whether somebody says something in a row; what only marks that there is no speaker is taken away."""
    text, speaker = row["text"], row.get("speaker")
    if isinstance(text, str) and is_missing(text):
        reading.repair(number, MISSING)
        return False
    if isinstance(speaker, str) and is_nobody(speaker):
        reading.repair(number, NOBODY)
        row["speaker"] = None
    return True


def _is_own(file: ParquetFile) -> bool:
    version = file.metadata.get(SCHEMA_KEY.encode())
    if version not in (None, str(SCHEMA_VERSION).encode()):
        raise InputError(
            f"{file.source}: has {SCHEMA_KEY} {show(version)}, and this version of instructerc reads {SCHEMA_VERSION}; "
            "update instructerc"
        )
    return version is not None


def _with_notes(options: ReadOptions, names: Sequence[str]) -> ReadOptions:
    """Returns options that name our own note columns, where they do not name others."""
    roles = [role for role in ("note", "speaker_note") if role in names and options.column(role) is None]
    changes: dict[str, Any] = {f"{role}_column": role for role in roles}
    return replace(options, **changes)


def take_conversation(row: dict[str, Any], number: int, reading: Reading) -> str:
    """Returns the id of a row's conversation, and takes it out of the row.

    Raises:
        BadRow: it is null or no text.
    """
    name = row.pop("conversation", reading.stem)
    if name is None:
        raise reading.bad(number, "the conversation is null; each row must name its conversation")
    name = str(name) if isinstance(name, int) else name
    _check_words({"conversation": name}, number, reading)
    check_characters(name, reading.source, number, "the conversation")
    return str(name)


def build_turn(row: dict[str, Any], number: int, reading: Reading) -> Utterance:
    """Returns the utterance of a row that has neither conversation nor turn any more.

    Raises:
        BadRow: a value that cannot be one of an utterance.
    """
    if row["text"] is None:
        raise reading.bad(number, 'the text is null; every utterance needs one, and "" is accepted')
    speaker = row.pop("speaker", None)
    values = {"speaker": str(speaker) if isinstance(speaker, int) else speaker, **row}
    for role in ("start", "end"):
        if isinstance(values.get(role), datetime | timedelta):
            values[role] = _seconds(values[role], reading)
    _check_words(values, number, reading)
    return build_utterance(reading, number, **values)


def _seconds(time: datetime | timedelta, reading: Reading) -> float:
    """Returns seconds, of a date since 1970, in UTC where it names no zone."""
    if isinstance(time, timedelta):
        return time.total_seconds()
    reading.times.are_dates = True
    return (time if time.tzinfo else time.replace(tzinfo=UTC)).timestamp()


def _check_words(values: Mapping[str, Any], number: int, reading: Reading) -> None:
    for role, value in values.items():
        if isinstance(value, bytes):
            raise reading.bad(number, f"the {role} is not UTF-8; write the file again")
        if isinstance(value, str) and len(value) > MAX_LINE:
            raise reading.bad(number, f"the {role} is longer than {MAX_LINE >> 20} Mi characters")
