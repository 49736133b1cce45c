"""Rows of any values as lines of JSON, whatever a column of Parquet or a key of JSONL holds."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any

from instructerc.formats.shared.answers import free_name

# What JSON has no type for, such as a date, becomes text.
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, default=str)
_ESCAPING = json.JSONEncoder(allow_nan=False, default=str)
# Letters of a date and a time of day, up to the seconds.
_TO_SECONDS = 19


def json_line(data: Any) -> bytes:
    """Returns data as JSON in UTF-8, without a line end; numbers that JSON does not have become null."""
    try:
        text = _ENCODER.encode(data)
    except ValueError:
        data = _finite(data)
        text = _ENCODER.encode(data)
    try:
        return text.encode()
    except UnicodeEncodeError:
        # Half a surrogate pair, such as a cut emoji, can only be escaped, as it came.
        return _ESCAPING.encode(data).encode()


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def batch_rows(batch: Any, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Yields the rows of a record batch.

    Args:
        batch: some rows.
        names: one for each column, none of them twice.
    """
    for row in zip(*map(_values, batch.columns), strict=True):
        yield dict(zip(names, row, strict=True))


def distinct(names: Sequence[str]) -> list[str]:
    """Returns names of which none is there twice: a second `x` is called `x_2`."""
    found: list[str] = []
    for place, name in enumerate(names):
        found.append(free_name(name, {*found, *names[place + 1 :]}) if name in found else name)
    return found


def _values(array: Any) -> list[Any]:
    if not _has_nanoseconds(array.type):
        try:
            return list(array.to_pylist())
        except UnicodeDecodeError:
            raise
        except (ValueError, OverflowError):
            # A date beyond the years of Python.
            pass
    return [_value(one) for one in array]


def _has_nanoseconds(kind: Any) -> bool:
    """Returns whether values of a type may be finer than Python's times are."""
    import pyarrow

    types = pyarrow.types
    if types.is_temporal(kind):
        return getattr(kind, "unit", "") == "ns"
    if types.is_dictionary(kind):
        return _has_nanoseconds(kind.value_type)
    if types.is_map(kind):
        return _has_nanoseconds(kind.key_type) or _has_nanoseconds(kind.item_type)
    if types.is_struct(kind):
        return any(_has_nanoseconds(kind.field(place).type) for place in range(kind.num_fields))
    return types.is_nested(kind) and _has_nanoseconds(kind.value_type)


def _value(scalar: Any) -> Any:
    import pyarrow

    types, kind = pyarrow.types, scalar.type
    if not scalar.is_valid:
        return None
    if types.is_dictionary(kind):
        return _value(scalar.value)
    if types.is_struct(kind):
        return {kind.field(place).name: _value(scalar[place]) for place in range(kind.num_fields)}
    if types.is_map(kind):
        return [[_value(pair[0]), _value(pair[1])] for pair in scalar.values]
    if types.is_nested(kind):
        return [_value(one) for one in scalar.values]
    if types.is_temporal(kind):
        return _moment(scalar)
    return scalar.as_py()


def _moment(scalar: Any) -> Any:
    """Returns a time as text with all its nanoseconds, or as Python has it where it has none."""
    import pyarrow

    kind = scalar.type
    try:
        if getattr(kind, "unit", "") != "ns":
            return str(scalar.as_py())
        seconds, nanoseconds = divmod(scalar.value, 10**9)
        text = str(_in_seconds(seconds, kind))
    except (ValueError, OverflowError):
        return scalar.cast(pyarrow.string()).as_py()
    place = _TO_SECONDS if pyarrow.types.is_timestamp(kind) else len(text)
    return f"{text[:place]}.{nanoseconds:09d}{text[place:]}"


def _in_seconds(seconds: int, kind: Any) -> Any:
    import pyarrow

    if pyarrow.types.is_timestamp(kind):
        return pyarrow.scalar(seconds, pyarrow.timestamp("s", kind.tz)).as_py()
    if pyarrow.types.is_time(kind):
        return pyarrow.scalar(seconds, pyarrow.time32("s")).as_py()
    return pyarrow.scalar(seconds, pyarrow.duration("s")).as_py()
