"""EmotionLines (Hsu et al. 2018), as for EmotionX: dialogues of *Friends*, and chats of EmotionPush.

A label is what most of five annotators said; `non-neutral` is where they did not agree, and is not scored.
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


def read(file: OpenText, reading: Reading, prefix: str) -> Iterator[Conversation]:
    """Yields each list of the document as a conversation, named by its place from 0: the file has no ids.

    The annotators' own votes (`annotation`) are not read.

    Args:
        file: the opened file.
        reading: the pass that it belongs to.
        prefix: goes before each number.

    Raises:
        InputError: no JSON, or another layout.
    """
    fields = JsonFields(reading.source, "EmotionLines")
    for number, dialogue in enumerate(fields.check(read_json_document(file), "the document", list)):
        items = fields.check(dialogue, "it", list, f"dialogue {number}")
        turns = [_read_turn(item, fields, f"dialogue {number}, turn {turn}") for turn, item in enumerate(items, 1)]
        if turns:
            yield Conversation(f"{prefix}{number}", turns)


def load_friends(directory: Path, split: str, report: ReadReport | None) -> list[Conversation]:
    """Returns a split of *Friends*; ids are `train/0` and so on.

    Raises:
        InputError: no such file there, or another layout.
    """
    return _load(directory / f"friends_{split}.json", split, report)


def load_push(directory: Path, split: str, report: ReadReport | None) -> list[Conversation]:
    """Returns a split of EmotionPush, whose speakers are numbers; ids are `train/0` and so on.

    Raises:
        InputError: no such file there, or another layout.
    """
    return _load(directory / f"emotionpush_{split}.json", split, report)


def _load(path: Path, split: str, report: ReadReport | None) -> list[Conversation]:
    advice = f"give the folder of EmotionLines' {path.name}"
    return load_file(path, advice, lambda file, reading: read(file, reading, f"{split}/"), report)


def _read_turn(item: Any, fields: JsonFields, place: str) -> Utterance:
    text, emotion = (fields.get(item, key, str, place) for key in ("utterance", "emotion"))
    speaker = item.get("speaker")
    named = str(speaker) if type(speaker) is int else fields.check(speaker, "'speaker'", str, place)
    return fields.utterance(place, named, text, emotion)


CORPORA = (
    Corpus("emotionlines-friends", load_friends, __name__),
    Corpus("emotionlines-push", load_push, __name__),
)
