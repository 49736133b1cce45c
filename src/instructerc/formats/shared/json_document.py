"""Files of JSON: one document, held whole, so its size is bounded; lists in one; and objects that stand one a line."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeVar

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow, InputError
from instructerc.formats.shared import peek
from instructerc.formats.shared.lines import OpenText, check_characters
from instructerc.formats.shared.peek import Peek
from instructerc.formats.shared.reading import Reading, build_utterance, show

T = TypeVar("T")

# Chinese, Japanese and Thai, and their signs of punctuation.
_WITHOUT_BLANKS = re.compile("[\u0e00-\u0e7f\u3000-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uffef]")


def read_json_document(file: OpenText) -> Any:
    """Returns the document.

    Raises:
        InputError: it is no JSON, nested too deeply, or larger than `peek.MAX_DOCUMENT`.
    """
    if file.peek.has_document:
        return file.peek.document
    source, size, parts = file.source, 0, []
    for line in file.lines:
        size += len(line)
        if size > peek.MAX_DOCUMENT:
            raise InputError(
                f"{source}: one JSON document of more than {peek.MAX_DOCUMENT >> 20} Mi characters; "
                "split it, or give JSONL with a conversation per line"
            )
        parts.append(line)
    try:
        return json.loads("".join(parts))
    except json.JSONDecodeError as error:
        raise InputError(f"{source}: not JSON at line {error.lineno}, column {error.colno}: {error.msg}") from None
    except (RecursionError, ValueError) as error:
        raise InputError(f"{source}: not usable JSON: {error}") from None


def read_items(reading: Reading, items: Sequence[Any], read_item: Callable[[int, Any], T | None]) -> Iterator[T]:
    """Yields what a list's items give, except those for which `read_item`, called with number and item, gives None.

    Raises:
        BadRow: a wrong item; its number, from 1, is given as the line.
    """
    for number, item in enumerate(items, 1):
        try:
            found = read_item(number, item)
        except BadRow as error:
            reading.skip(error)
        else:
            if found is not None:
                yield found


def read_spoken(
    file: OpenText,
    reading: Reading,
    find: Callable[[Any], list[Any] | None],
    fault: str,
    scale: float = 1.0,
) -> Iterator[Conversation]:
    """Yields a document of recognised speech as one conversation, named after its id or the file.

    Args:
        file: the opened file.
        reading: the pass that it belongs to.
        find: gives the list of what was said, objects with `text` or `transcript`, `speaker`, `start` and `end`.
        fault: what is said of a document without one.
        scale: how many units of its times a second has.

    Raises:
        InputError: no JSON, or no such list.
        BadRow: an item that is not a turn; its number is given as the line.
    """
    document = read_json_document(file)
    items = find(document)
    if items is None:
        raise InputError(f"{reading.source}: {fault}")

    def read_item(number: int, item: Any) -> Utterance | None:
        text = item.get("text", item.get("transcript")) if isinstance(item, dict) else None
        if not isinstance(text, str):
            raise reading.bad(number, f"utterance {number}: expected 'text', got {show(item)}")
        if not text.strip():
            reading.repair(f"utterance {number}", "{n} utterance(s) without words: left out")
            return None
        speaker = item.get("speaker")
        times = [None if (time := item.get(key)) is None else as_seconds(time, scale) for key in ("start", "end")]
        who = None if speaker is None else str(speaker)
        return build_utterance(reading, number, speaker=who, text=text.strip(), start=times[0], end=times[1])

    utterances = list(read_items(reading, items, read_item))
    name = document.get("id") if isinstance(document, dict) else None
    if utterances:
        yield Conversation(name if isinstance(name, str) and name.strip() else reading.stem, utterances)


def as_seconds(time: Any, scale: float) -> Any:
    """Returns a time in seconds, of whose units a second has `scale`; what is no number comes back as it is."""
    is_number = isinstance(time, int | float) and not isinstance(time, bool)
    try:
        return time / scale if is_number and scale != 1 else time
    except OverflowError:  # an int that no float can hold
        return math.inf


def join_pieces(words: Sequence[str]) -> str:
    """Returns words with a blank between them, except where both sides are of a script that has none."""
    text = ""
    for word in words:
        is_close = not text or (_WITHOUT_BLANKS.match(text[-1]) and _WITHOUT_BLANKS.match(word))
        text += word if is_close else f" {word}"
    return text


def join_words(words: Sequence[Any], speaker: str | None = None) -> list[dict[str, Any]]:
    """Returns words joined to utterances where the same person goes on: `text`, `speaker`, `start`, `end`.

    A word without a speaker is of the one before it.

    Args:
        words: objects with `word` or `text`, and with `speaker`, `start` and `end` where they are known.
        speaker: who says the first of them, where it does not say so.
    """
    found: list[dict[str, Any]] = []
    for item in words:
        word = (item.get("punctuated_word") or item.get("word") or item.get("text")) if isinstance(item, dict) else None
        if not isinstance(word, str) or not word.strip():
            continue
        speaker = item.get("speaker", speaker)
        if not found or found[-1]["speaker"] != speaker:
            found.append({"text": "", "speaker": speaker, "start": None, "end": None})
        turn = found[-1]
        turn["text"] = join_pieces([turn["text"], word.strip()])
        turn["start"] = item.get("start") if turn["start"] is None else turn["start"]
        turn["end"] = item.get("end", turn["end"])
    return found


def first_items(look: Peek, lists: Sequence[str] = ()) -> list[dict[str, Any]]:
    """Returns the first objects of a file: of its list, of one under such a name, or of its lines."""
    document = look.document
    if document is None:
        return look.rows
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
