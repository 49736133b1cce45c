"""EmotionLines (Hsu et al. 2018), as for EmotionX 2018 and 2019: dialogues of *Friends*, and chats of EmotionPush.

A label is what most of five annotators said; `non-neutral` is where they did not agree, and is not scored. How many
voted for each label stands beside it, in the order of the label set, and gives the shares of the labels.

`emotionlines-*` have the files of 2018, three splits; `emotionx-*` those of 2019, in which all of these are for
training, and the dialogues for evaluation were given out apart, with their labels only later.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from instructerc.conversation import Conversation, Utterance
from instructerc.corpora.corpus import Corpus
from instructerc.corpora.shared.json_fields import JsonFields
from instructerc.corpora.shared.owner_files import find_file, load_document, load_file
from instructerc.formats.shared.json_document import read_json_document
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadReport
from instructerc.formats.shared.reading import Reading
from instructerc.labels import load_label_set

_LABEL_SET = "emotionlines"
Find = Callable[[Path, str], Path]


def read(file: OpenText, reading: Reading, prefix: str) -> Iterator[Conversation]:
    """Yields each list of the document as a conversation, named by its place from 0: the file has no ids.

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


def _find_2019(directory: Path, split: str, name: str, folder: str) -> Path:
    """Returns the file of a split: as it is, or with translations there and back, which are not read."""
    names = [f"{name}.json", f"{name}.augmented.json"] if split == "train" else [f"{name}_eval_gold.json"]
    return find_file(directory, *names, *(f"{folder}/{one}" for one in names))


def _find_2018(directory: Path, split: str, name: str, folder: str) -> Path:
    return find_file(directory, f"{name}_{split}.json", f"{folder}/{name}_{split}.json")


def load(find: Find, directory: Path, split: str, report: ReadReport | None) -> list[Conversation]:
    """Returns a split; ids are `train/0` and so on. EmotionPush's speakers are numbers.

    Args:
        find: gives the file of a split.
        directory: of the owner's files.
        split: of 2019, `test` is the evaluation with its labels.
        report: what was read, if it is wanted.

    Raises:
        InputError: no such file there, or another layout.
    """
    path = find(directory, split)
    return load_file(path, _advice(path), lambda file, reading: read(file, reading, f"{split}/"), report)


def _advice(path: Path) -> str:
    return f"give the folder of EmotionLines' {path.name}"


def _shares(find: Find) -> Callable[[Path, str, str], dict[str, list[Mapping[str, float]]]]:
    """Returns a function that gives the share of the annotators who voted for each label, turn by turn."""

    def load_shares(directory: Path, split: str, label_set: str) -> dict[str, list[Mapping[str, float]]]:
        if label_set != _LABEL_SET:
            return {}
        path = find(directory, split)
        dialogues = load_document(path, _advice(path))
        # What has no turns is no conversation; another layout is refused where the turns are read.
        return {
            f"{split}/{number}": [_read_votes(item) for item in dialogue]
            for number, dialogue in enumerate(dialogues)
            if dialogue
        }

    return load_shares


def _read_votes(item: Any) -> dict[str, float]:
    """Returns the share of each label in votes such as `2000030`; nothing where they are no seven digits."""
    votes = item.get("annotation") if isinstance(item, dict) else None
    names = load_label_set(_LABEL_SET).names
    if not isinstance(votes, str) or not re.fullmatch(rf"\d{{{len(names)}}}", votes, re.ASCII):
        return {}
    n_votes = sum(map(int, votes))
    return {name: int(vote) / n_votes for name, vote in zip(names, votes, strict=True) if int(vote)}


def _read_turn(item: Any, fields: JsonFields, place: str) -> Utterance:
    text, emotion = (fields.get(item, key, str, place) for key in ("utterance", "emotion"))
    speaker = item.get("speaker")
    named = str(speaker) if type(speaker) is int else fields.check(speaker, "'speaker'", str, place)
    return fields.utterance(place, named, text, emotion)


def _of_2018(name: str, find: Find) -> Corpus:
    return Corpus(name, partial(load, find), __name__, shares=_shares(find))


def _of_2019(name: str, find: Find) -> Corpus:
    return Corpus(
        name,
        partial(load, find),
        __name__,
        splits=("train", "test"),
        shares=_shares(find),
        has_split=lambda directory, split: split == "train" or find(directory, split).is_file(),
    )


CORPORA = (
    _of_2018("emotionlines-friends", partial(_find_2018, name="friends", folder="Friends")),
    _of_2018("emotionlines-push", partial(_find_2018, name="emotionpush", folder="EmotionPush")),
    _of_2019("emotionx-friends", partial(_find_2019, name="friends", folder="Friends")),
    _of_2019("emotionx-push", partial(_find_2019, name="emotionpush", folder="EmotionPush")),
)
