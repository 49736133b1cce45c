"""EmoWOZ (Feng et al. 2022): people who ask a machine for trains and tables, in MultiWOZ and with a machine that errs.

Only what a person says has a label; what the machine says stays as context.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from instructerc.conversation import Conversation, Utterance
from instructerc.corpora.corpus import Corpus
from instructerc.corpora.shared.json_fields import JsonFields
from instructerc.corpora.shared.owner_files import load_document, load_file
from instructerc.formats.shared.json_document import read_json_document
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadReport
from instructerc.formats.shared.reading import Reading, show

LABELS = ("neutral", "fearful", "dissatisfied", "apologetic", "abusive", "excited", "satisfied")

_PARTS = ("multiwoz", "dialmage")
_SPEAKERS = ("User", "System")
_CORPUS = "EmoWOZ"


def read(file: OpenText, reading: Reading, ids: list[str], prefix: str) -> Iterator[Conversation]:
    """Yields the conversations with the given ids, turn by turn `User` and `System`.

    Of a turn's entries under `emotion`, those before the last are single annotators'; the last is the agreed one.

    Args:
        file: the opened file.
        reading: the pass that it belongs to.
        ids: which of its conversations, in this order.
        prefix: goes before each id.

    Raises:
        InputError: no JSON, another layout, or a conversation that is not there.
    """
    fields = JsonFields(reading.source, _CORPUS)
    document = fields.check(read_json_document(file), "the document", dict)
    for name in ids:
        log = fields.get(fields.get(document, name, dict), "log", list, f"dialogue {name}")
        turns = [
            _read_turn(item, number, fields, f"dialogue {name}, turn {number + 1}") for number, item in enumerate(log)
        ]
        if turns:
            yield Conversation(prefix + name, turns)


def load(directory: Path, split: str, report: ReadReport | None) -> list[Conversation]:
    """Returns a split, MultiWOZ's dialogues first; ids are the files' own after `train/` and so on.

    Raises:
        InputError: one of the three files is not there, or has another layout.
    """
    path = directory / "data-split.json"
    advice = "give the folder of EmoWOZ's data-split.json, emowoz-multiwoz.json and emowoz-dialmage.json"
    fields = JsonFields(str(path), _CORPUS)
    parts = fields.get(load_document(path, advice), split, dict)
    talks = []
    for part in _PARTS:
        ids = [fields.check(name, "ids", str, f"{split}, {part}") for name in fields.get(parts, part, list, split)]
        if ids:
            read_part = partial(read, ids=ids, prefix=f"{split}/")
            talks += load_file(directory / f"emowoz-{part}.json", advice, read_part, report)
    return talks


def _read_turn(item: Any, number: int, fields: JsonFields, place: str) -> Utterance:
    text, emotion = fields.get(item, "text", str, place), None
    if number % 2 == 0:
        entries = fields.get(item, "emotion", list, place)
        agreed = entries[-1].get("emotion") if entries and isinstance(entries[-1], dict) else None
        if type(agreed) is not int or not 0 <= agreed < len(LABELS):
            reason = f"the last emotion of a user's turn must be a number below {len(LABELS)}, got {show(agreed)}"
            raise fields.fault(reason, place)
        emotion = LABELS[agreed]
    return fields.utterance(place, _SPEAKERS[number % 2], text, emotion)


CORPORA = (Corpus("emowoz", load, __name__),)
