"""RECCON-DD (Poria et al. 2021): dialogues of DailyDialog with four or more emotional turns, labelled for their causes.

Emotions are read, causes are not. All of its dialogues are DailyDialog's, and its splits are not the same: some of its
development and test dialogues are in DailyDialog's training split.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from instructerc.conversation import Conversation, Utterance
from instructerc.corpora.corpus import Corpus
from instructerc.corpora.shared.json_fields import JsonFields
from instructerc.corpora.shared.owner_files import load_file
from instructerc.formats.shared.json_document import read_json_document
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadReport
from instructerc.formats.shared.reading import Reading

_FILES = {split: f"dailydialog_{name}.json" for split, name in (("train", "train"), ("dev", "valid"), ("test", "test"))}


def read(file: OpenText, reading: Reading, prefix: str) -> Iterator[Conversation]:
    """Yields each dialogue, named as in the file: `tr_10180` is number 10180, from 0, of DailyDialog's training split.

    Labels are spelt in several ways (`happiness` and `happines`); the label set `reccon` knows them.

    Args:
        file: the opened file.
        reading: the pass that it belongs to.
        prefix: goes before each id.

    Raises:
        InputError: no JSON, or another layout.
    """
    fields = JsonFields(reading.source, "RECCON")
    for name, lists in fields.check(read_json_document(file), "the document", dict).items():
        place = f"dialogue {name}"
        parts = [fields.check(part, "it", list, place) for part in fields.check(lists, "it", list, place)]
        items = [item for part in parts for item in part]
        turns = [_read_turn(item, fields, f"{place}, turn {number}") for number, item in enumerate(items, 1)]
        if turns:
            yield Conversation(prefix + name, turns)


def load(directory: Path, split: str, report: ReadReport | None) -> list[Conversation]:
    """Returns a split; ids are `train/tr_10180` and so on.

    Raises:
        InputError: no such file there, or another layout.
    """
    path = directory / _FILES[split]
    advice = f"give the folder of RECCON's {path.name} (data/original_annotation)"
    return load_file(path, advice, lambda file, reading: read(file, reading, f"{split}/"), report)


def _read_turn(item: Any, fields: JsonFields, place: str) -> Utterance:
    speaker, text, emotion = (fields.get(item, key, str, place) for key in ("speaker", "utterance", "emotion"))
    return fields.utterance(place, speaker, text, emotion)


CORPORA = (Corpus("reccon", load, __name__),)
