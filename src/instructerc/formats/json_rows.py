"""Turns as lists of objects in a JSON document, under whatever names: what many programs and scripts write.

Found is the one list in the document, at its top or in an object, whose objects have words under a name such as `text`,
and a speaker or a time: `{"transcript": [{"speaker": …, "text": …}]}`, `{"results": {"segments": [{"spk": …,
"content": …}]}}`. Where there are several conversations, each has one: `{"conversations": [{"id": …, "turns": […]}]}`,
`{"monday": […], "tuesday": […]}`, or an object with such a list in each line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError
from instructerc.formats.dialogues.json_talks import LOOKED_AT, JsonTalk, find_rows, find_talks, row_of
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_turns import unique_name
from instructerc.formats.shared.columns import fold_name
from instructerc.formats.shared.json_document import read_items, read_json_document, read_json_items
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.oddities import goes_back, runs_backwards
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, build_utterance, show
from instructerc.formats.support.hidden import LEFT_OUT, hides, may_hide
from instructerc.formats.support.html_text import html_words, is_html

_HTML = "richtext"
_KINDS = ("type", "messagetype", "kind", "event")
_NOBODY = frozenset(
    [
        "system",
        "service",
        "notification",
        "event",
        "join",
        "leave",
        "joined",
        "left",
        "guildmemberjoin",
        "groupevent",
        "reaction",
    ]
)


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns the share of the first objects of the document's lists that are turns; nothing where it is not clear
    which lists these are."""
    items = _first_items(file)
    rows = [row_of(item) for item in items]
    return sum(row is not None for row in rows) / len(rows) if rows else 0.0


def _first_items(file: OpenText) -> Sequence[Any]:
    document = file.peek.document
    if document is None:
        talks = find_talks(file.peek.rows)
    elif (rows := find_rows(document)) is not None:
        return rows[:LOOKED_AT]
    else:
        talks = find_talks(document)
    return [item for talk in talks[:LOOKED_AT] for item in talk.items[:LOOKED_AT]]


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the list as one conversation, named after the file; of several, each by its own name or its number.

    Objects without words, and those of a kind such as `system`, are left out and counted.

    Raises:
        InputError: no JSON, or no such list.
        BadRow: an object that is no turn; its place in the list is given as the line.
    """
    if file.peek.document is None and file.peek.rows:
        yield from _read_talks(_talks_of_lines(file, reading), reading)
        return
    document = read_json_document(file)
    items = find_rows(document)
    if items is not None:
        turns = _turns(items, reading)
        if turns:
            yield Conversation(reading.stem, turns)
        return
    talks = find_talks(document)
    if not talks:
        raise InputError(f"{reading.source}: is not JSON with one list of objects that have a speaker and a text")
    yield from _read_talks(iter(talks), reading)


def _talks_of_lines(file: OpenText, reading: Reading) -> Iterator[JsonTalk]:
    for line, item in read_json_items(file, reading):
        found = find_talks([item])
        if found:
            yield found[0]
        else:
            reading.skip(reading.bad(line, f"must be an object with one list of turns, got {show(item)}"))


def _read_talks(talks: Iterator[JsonTalk], reading: Reading) -> Iterator[Conversation]:
    names: set[str] = set()
    for number, talk in enumerate(talks, 1):
        turns = _turns(talk.items, reading)
        if turns:
            yield Conversation(unique_name(talk.name, f"{reading.stem}/{number}", names), turns)


def _turns(items: Sequence[Any], reading: Reading) -> list[Utterance]:
    """Returns the turns of a list, in the order of time where the newest one stands first."""
    names: set[Any] = set().union(*(item for item in items if isinstance(item, Mapping)))
    hiding = [name for name in names if may_hide(str(name))]
    hidden = [_hidden(item, hiding) if hiding else None for item in items]
    # Where all are private, it is a private conversation.
    kept = {what for what in set(hidden) if what is not None and hidden.count(what) < len(hidden)}

    def read_item(number: int, item: Any) -> Utterance | None:
        what = hidden[number - 1]
        if what in kept:
            reading.repair(f"object {number}", LEFT_OUT[what])
            return None
        return _turn(item, number, reading)

    turns = list(read_items(reading, items, read_item))
    # Of two turns, only dates tell which one is newer.
    is_pair = len(turns) == 2 and reading.times.are_dates and goes_back(*turns)
    if not is_pair and not runs_backwards(turns):
        return turns
    reading.repair("the list", "{n} list(s) with the newest turn first: put in the order of time")
    return turns[::-1]


def _hidden(item: Any, names: Sequence[Any]) -> str | None:
    """Returns why an object is nothing that was said to all, as a key of `LEFT_OUT`, by members of such names."""
    if not isinstance(item, Mapping):
        return None
    return next((what for name in names if (what := hides(str(name), item.get(name))) is not None), None)


def _turn(item: Any, number: int, reading: Reading) -> Utterance | None:
    row = row_of(item)
    if row is None:
        if isinstance(item, Mapping):
            reading.repair(f"object {number}", "{n} object(s) without text: left out")
            return None
        raise reading.bad(number, f"object {number}: expected 'speaker' and 'text', got {show(item)}")
    kinds = {fold_name(str(item.get(key, ""))) for key in item if fold_name(str(key)) in _KINDS}
    if kinds & _NOBODY or not row["text"].strip():
        reading.repair(f"object {number}", "{n} notice(s) or message(s) without words: left out")
        return None
    # Skype's messages are HTML, as mails and notes of help desks are.
    row["text"] = html_words(row["text"]) if _HTML in kinds or is_html(row["text"]) else row["text"].strip()
    return build_utterance(reading, number, **row)


FORMATS = (
    Format(
        name="json-rows",
        title="turns as lists in a JSON document",
        about="a JSON document with one list of objects that have a speaker and a text, under any name: "
        '`{"transcript": [{"speaker": …, "text": …}]}`; or with one for each conversation: '
        '`{"conversations": [{"id": …, "turns": […]}]}`, `{"monday": […], "tuesday": […]}`; fields may have the '
        "names that many programs use",
        speakers="if given",
        times="if given",
        file=Text(Sureness.COLUMNS, explains, read),
    ),
)
