"""Everyday: invented conversations of the project's own with two labels on every turn (data/everyday/README.md)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from instructerc.conversation import Conversation
from instructerc.corpora.corpus import Corpus
from instructerc.corpora.shared.json_fields import JsonFields
from instructerc.corpora.shared.owner_files import load_file, load_lines
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadReport
from instructerc.formats.shared.reading import Reading

# Which annotators' fields make up the shares of a label set's labels; the first is the final label.
_VOTES = {
    "meld": ("emotion", "writer", "second", "third"),
    "goemotions": ("fine", "fine", "fine_second"),
    "words": ("word",),
}
_OTHERS = "multilingual"


def read(file: OpenText, reading: Reading, prefix: str, label: str) -> Iterator[Conversation]:
    """Yields each line as a conversation.

    Args:
        file: the opened file.
        reading: the pass that it belongs to.
        prefix: goes before each id.
        label: the field that holds the label: `emotion` of seven, or `fine` of GoEmotions' 28.

    Raises:
        InputError: a line that is no JSON, or of another layout.
    """
    fields = JsonFields(reading.source, "Everyday")
    for text in reading.rows(file.lines):
        if text.strip():
            item = _read_line(text, fields, file.lines.number)
            name = fields.get(item, "id", str)
            turns = [
                fields.utterance(
                    f"{name}, turn {number}",
                    fields.get(turn, "speaker", str),
                    fields.get(turn, "text", str),
                    fields.get(turn, label, str),
                )
                for number, turn in enumerate(fields.get(item, "utterances", list), 1)
            ]
            yield Conversation(prefix + name, turns)


def load(directory: Path, split: str, report: ReadReport | None) -> list[Conversation]:
    """Returns a split with the seven labels; ids are `train/` and the conversation's own.

    Raises:
        InputError: no such file there, or another layout.
    """
    return _load(directory, split, report, "emotion")


def load_fine(directory: Path, split: str, report: ReadReport | None) -> list[Conversation]:
    """Returns a split with GoEmotions' 28 labels; see `load`."""
    return _load(directory, split, report, "fine")


def load_shares(directory: Path, split: str, label_set: str) -> dict[str, list[Mapping[str, float]]]:
    """Returns how the annotators divide each turn's answer, by conversation: half is the final label's.

    Args:
        directory: of the files.
        split: `train`, `dev` or `test`.
        label_set: `meld` for the seven labels, `goemotions` for the fine ones, `words` for the writers' own words
            (data/everyday/words.yaml), which not every turn has; others have no shares.

    Raises:
        InputError: as `load`.
    """
    if label_set not in _VOTES:
        return {}
    return _load_shares(directory / f"{split}.jsonl", split, label_set)


def load_part(part: str, directory: Path, split: str, report: ReadReport | None) -> list[Conversation]:
    """Returns a file of further conversations with the seven labels; it has only `train`.

    Args:
        part: the file's name without its extension, with which ids begin.
        directory: of the files.
        split: `train`.
        report: what was read, if it is wanted.

    Raises:
        InputError: as `load`.
    """
    path = directory / f"{part}.jsonl"
    return load_file(path, _advice(path), lambda file, reading: read(file, reading, f"{part}/", "emotion"), report)


def load_part_shares(part: str, directory: Path, split: str, label_set: str) -> dict[str, list[Mapping[str, float]]]:
    """Returns the shares of `load_part`'s conversations; see `load_shares`."""
    return {} if label_set not in _VOTES else _load_shares(directory / f"{part}.jsonl", part, label_set)


def _load_shares(path: Path, prefix: str, label_set: str) -> dict[str, list[Mapping[str, float]]]:
    talks = [json.loads(line) for line in load_lines(path, _advice(path)) if line.strip()]
    return {
        f"{prefix}/{talk['id']}": [_shares(turn, *_VOTES[label_set]) for turn in talk["utterances"]] for talk in talks
    }


def _shares(turn: Mapping[str, str], final: str, *voters: str) -> dict[str, float]:
    if final not in turn:
        return {}
    votes = [turn[voter] for voter in voters if voter in turn] or [turn[final]]
    shares = {turn[final]: 0.5}
    for vote in votes:
        shares[vote] = shares.get(vote, 0.0) + 0.5 / len(votes)
    return shares


def _load(directory: Path, split: str, report: ReadReport | None, label: str) -> list[Conversation]:
    path = directory / f"{split}.jsonl"
    return load_file(path, _advice(path), lambda file, reading: read(file, reading, f"{split}/", label), report)


def _advice(path: Path) -> str:
    return f"give the folder of Everyday's {path.name}, data/everyday in the project"


def _read_line(text: str, fields: JsonFields, line: int) -> Any:
    try:
        return fields.check(json.loads(text), "the conversation", dict, f"line {line}")
    except ValueError as error:
        raise fields.fault(f"is not JSON: {error}", f"line {line}") from error


def load_multilingual(directory: Path, split: str, report: ReadReport | None) -> list[Conversation]:
    """Returns a split in sixteen other languages with the seven labels; an id is `train/`, then the language's code.

    Raises:
        InputError: as `load`.
    """
    return _load(directory / _OTHERS, split, report, "emotion")


def load_multilingual_shares(directory: Path, split: str, label_set: str) -> dict[str, list[Mapping[str, float]]]:
    """Returns the shares of `load_multilingual`'s conversations; see `load_shares`."""
    return load_shares(directory / _OTHERS, split, label_set)


CORPORA = (
    Corpus("everyday", load, __name__, shares=load_shares),
    Corpus("everyday-fine", load_fine, __name__),
    *(
        Corpus(
            f"everyday-{part.replace('/', '-')}",
            partial(load_part, part),
            __name__,
            splits=("train",),
            shares=partial(load_part_shares, part),
        )
        for part in (
            *("words", "more", "understated", "plain", "like", "turns", "like-more"),
            *("openers", "changes", "meant", "tone", "unreadable"),
            *(f"{_OTHERS}/{part}" for part in ("plain", "more", "de-ja", "openers", "tone", "phrases")),
        )
    ),
    Corpus(
        "everyday-multilingual",
        load_multilingual,
        __name__,
        splits=("train", "dev"),
        shares=load_multilingual_shares,
    ),
)
