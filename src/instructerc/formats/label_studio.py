"""Label Studio's JSON export: what a person made of the tasks that `recognize --write label-studio` gives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.json_document import read_items, read_json_document
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, build_utterance, show

_MARKS = ("annotations", "predictions", "drafts")
_KINDS = ("paragraphlabels", "choices")


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a list of tasks: annotations or predictions, and beside them data or an id."""
    document = file.peek.document
    task = document[0] if isinstance(document, list) and document else document
    if not isinstance(task, dict):
        return 0.0
    data = task.get("data")
    own = data if isinstance(data, dict) else {}
    return float((any(mark in task for mark in _MARKS) and (bool(own) or "id" in task)) or "dialogue" in own)


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields each task as a conversation; its emotions are those of its last annotation that was not cancelled.

    Predictions are answers of a model and are not read. A task whose `data` has a list `dialogue` is a conversation,
    one with `text` a single utterance. A label that spans several turns is the label of each; of several on one turn
    the first counts.

    Raises:
        InputError: no JSON, or no list of tasks.
        BadRow: a task that cannot be read; its place in the list is given as the line.
    """
    document = read_json_document(file)
    if not isinstance(document, list):
        raise InputError(f"{reading.source}: is not a list of tasks; export JSON, not JSON-MIN, from Label Studio")
    yield from read_items(reading, document, lambda number, task: _read_task(reading, number, task))


def _read_task(reading: Reading, number: int, task: Any) -> Conversation:
    data = task.get("data") if isinstance(task, dict) else None
    if not isinstance(data, dict):
        raise reading.bad(number, f"task {number}: expected 'data' with 'dialogue' or 'text', got {show(task)}")
    turns = data.get("dialogue", [data] if "text" in data else None)
    if not isinstance(turns, list) or not turns or not all(isinstance(turn, dict) for turn in turns):
        raise reading.bad(number, f"task {number}: 'data' needs a list 'dialogue' of turns, or 'text'")
    emotions = _emotions(reading, number, task, len(turns))
    utterances = [_read_turn(reading, number, place, turn, emotions.get(place)) for place, turn in enumerate(turns)]
    name = data.get("conversation", task.get("id"))
    return Conversation(str(name) if isinstance(name, str | int) else f"{reading.stem}/{number}", utterances)


def _read_turn(reading: Reading, number: int, place: int, turn: Mapping[str, Any], emotion: str | None) -> Utterance:
    text, speaker = turn.get("text"), turn.get("author", turn.get("speaker"))
    if not isinstance(text, str) or not isinstance(speaker, str | None):
        raise reading.bad(number, f"task {number}, turn {place + 1}: 'text' and 'author' must be text")
    return build_utterance(reading, number, speaker=speaker, text=text, emotion=emotion)


def _emotions(reading: Reading, number: int, task: Mapping[str, Any], n_turns: int) -> dict[int, str]:
    """Returns the label of each turn that has one, by its place."""
    given = task.get("annotations") or []
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise reading.bad(number, f"task {number}: 'annotations' must be a list of objects")
    done = [one for one in given if not one.get("was_cancelled")]
    if not done:
        reading.repair(number, "{n} task(s) without a person's annotation: read without emotions")
        return {}
    if len(done) > 1:
        reading.repair(number, "{n} task(s) with several annotations: the last one is read")
    found: dict[int, str] = {}
    results = done[-1].get("result")
    for result in results if isinstance(results, list) else ():
        for place, label in _labelled(result, n_turns):
            if found.setdefault(place, label) != label:
                reading.repair(number, "{n} turn(s) with several labels: the first is read")
    return found


def _labelled(result: Any, n_turns: int) -> Iterator[tuple[int, str]]:
    """Yields each turn that a result is about, with its label."""
    value = result.get("value") if isinstance(result, dict) else None
    if not isinstance(value, dict):
        return
    label = next((value[kind][0] for kind in _KINDS if isinstance(value.get(kind), list) and value[kind]), None)
    first, last = (_place(value.get(key, "0" if n_turns == 1 else None)) for key in ("start", "end"))
    if isinstance(label, str) and first is not None and last is not None:
        yield from ((place, label) for place in range(first, min(last, n_turns - 1) + 1))


def _place(value: Any) -> int | None:
    """Returns the number of a turn, which Label Studio writes as text."""
    text = str(value) if isinstance(value, str | int) and not isinstance(value, bool) else ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


FORMATS = (
    Format(
        name="label-studio",
        title="Label Studio's JSON",
        about="Label Studio's JSON export of tasks written with `--write label-studio`, or of single texts with "
        "`choices`: labels by a person, not predictions",
        file=Text(Sureness.LAYOUT, explains, read),
    ),
)
