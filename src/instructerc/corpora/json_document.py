"""A file that is one JSON document: held whole, so its size is bounded."""

from __future__ import annotations

import json
from typing import Any

from instructerc.corpora.reading import Reading
from instructerc.errors import InputError

MAX_CHARACTERS = 256 * 1024 * 1024


def read_json_document(reading: Reading) -> Any:
    """Returns the document.

    Raises:
        InputError: it is no JSON, nested too deeply, or larger than `MAX_CHARACTERS`.
    """
    source, size, parts = reading.text.source, 0, []
    for line in reading.text.lines:
        size += len(line)
        if size > MAX_CHARACTERS:
            raise InputError(
                f"{source}: one JSON document of more than {MAX_CHARACTERS >> 20} Mi characters; "
                "split it, or give JSONL with a conversation per line"
            )
        parts.append(line)
    try:
        return json.loads("".join(parts))
    except json.JSONDecodeError as error:
        raise InputError(f"{source}: not JSON at line {error.lineno}, column {error.colno}: {error.msg}") from None
    except (RecursionError, ValueError) as error:
        raise InputError(f"{source}: not usable JSON: {error}") from None
