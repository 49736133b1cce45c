"""Files with several JSON objects: as one document, a list or under a name of it, or one a line."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

from instructerc.errors import BadRow
from instructerc.formats.shared.json_document import read_json_document
from instructerc.formats.shared.lines import OpenText, check_characters
from instructerc.formats.shared.peek import Peek
from instructerc.formats.shared.reading import Reading


def first_items(peek: Peek, lists: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Returns the first objects of a file: of its list, of one under such a name, or of its lines."""
    document = peek.document
    if document is None:
        return peek.rows
    return [one for one in items_of(document, lists)[:50] if isinstance(one, dict)]


def items_of(document: Any, lists: Sequence[str] = ()) -> list[Any]:
    """Returns the items of a document: its own, those under the first of the names that has a list, or itself alone."""
    if isinstance(document, list):
        return document
    if isinstance(document, dict):
        for name in lists:
            if isinstance(document.get(name), list):
                return list(document[name])
    return [document]


def read_json_items(file: OpenText, reading: Reading, lists: Sequence[str] = ()) -> Iterator[tuple[int, Any]]:
    """Yields number and value of each item of a document, or line and value of a file with an object a line.

    Args:
        file: the opened file.
        reading: the pass that it belongs to.
        lists: names under which a document has its items.

    Raises:
        InputError: a document that is no JSON.
        BadRow: a line that is none.
    """
    if file.peek.document is not None or not file.peek.rows:
        yield from enumerate(items_of(read_json_document(file), lists), 1)
        return
    lines = file.lines
    for text in reading.rows(lines):
        if not text.strip():
            continue
        try:
            check_characters(text, reading.source, lines.number)
            item = json.loads(text)
        except BadRow as error:
            reading.skip(error)
        except (ValueError, RecursionError) as error:
            reading.skip(reading.bad(lines.number, f"not JSON: {str(error)[:80]}"))
        else:
            yield lines.number, item
