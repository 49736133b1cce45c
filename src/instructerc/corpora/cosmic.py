"""Pickles as COSMIC (Ghosal et al. 2020) and those after it share corpora: labels as numbers, dialogues by id.

A file is a list of speakers, labels and sentences by dialogue, then the ids of train, of test, and of validation, in
this order. `iemocap.pkl` has 5810 + 1623 utterances: 53 more than the release's own labels give (see `iemocap`), and no
unlabelled turn. The numbers of the labels are those that COSMIC's data loader states.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from instructerc.conversation import Conversation, Utterance
from instructerc.corpora.options import ReadReport
from instructerc.corpora.restricted_pickle import read_pickle
from instructerc.errors import InputError

IEMOCAP_LABELS = ("hap", "sad", "neu", "ang", "exc", "fru")
EMORYNLP_LABELS = ("Joyful", "Mad", "Peaceful", "Neutral", "Sad", "Powerful", "Scared")
# Validation ids stand after those of test.
_PLACES = {"train": 3, "test": 4, "dev": 5}


def load_iemocap(directory: Path, split: str, report: ReadReport | None) -> list[Conversation]:
    """Returns a split of `iemocap.pkl`; ids and speakers are as in `iemocap`, such as `test/Ses05F_impro01`, `Ses05_F`.

    Raises:
        InputError: no such file, one that holds more than data, or of another layout.
    """
    return _load(directory / "iemocap.pkl", split, IEMOCAP_LABELS, lambda talk, speaker: f"{talk[:5]}_{speaker}")


def load_emorynlp(directory: Path, split: str, report: ReadReport | None) -> list[Conversation]:
    """Returns a split of `emorynlp.pkl`; ids are the file's own, and so are speakers.

    Raises:
        InputError: no such file, one that holds more than data, or of another layout.
    """
    return _load(directory / "emorynlp.pkl", split, EMORYNLP_LABELS, lambda talk, speaker: speaker)


def _load(path: Path, split: str, labels: Sequence[str], name: Any) -> list[Conversation]:
    if not path.is_file():
        raise InputError(f"{path}: no such file; give the folder of COSMIC's {path.name}")
    parts = read_pickle(path)
    if not isinstance(parts, list | tuple) or len(parts) != 6 or not all(isinstance(part, dict) for part in parts[:3]):
        raise InputError(f"{path}: is not COSMIC's: three mappings by dialogue and three lists of ids are needed")
    speakers, numbers, sentences = parts[:3]
    talks = []
    for key in _ids(parts[_PLACES[split]], path):
        rows = [part.get(key) for part in (speakers, numbers, sentences)]
        if not all(isinstance(row, list | tuple) and len(row) == len(rows[0]) and row for row in rows):
            raise InputError(f"{path}: dialogue {key}: as many speakers, labels and sentences are needed")
        turns = [_turn(f"{path}: dialogue {key}", labels, *row) for row in zip(*rows, strict=True)]
        named = [Utterance(name(str(key), turn.speaker), turn.text, turn.emotion) for turn in turns]
        talks.append(Conversation(f"{split}/{key}", named))
    return talks


def _ids(value: Any, path: Path) -> list[str | int]:
    """Returns ids in the file's order; those of a set, which has none, sorted."""
    items = sorted(value, key=str) if isinstance(value, set | frozenset) else value
    if not isinstance(items, list | tuple) or not all(isinstance(item, str | int) for item in items):
        raise InputError(f"{path}: is not COSMIC's: ids of dialogues must be texts or numbers")
    return list(items)


def _turn(place: str, labels: Sequence[str], speaker: Any, number: Any, text: Any) -> Utterance:
    if not isinstance(speaker, str | int) or not isinstance(text, str):
        raise InputError(f"{place}: a speaker and a sentence must be text")
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < len(labels):
        raise InputError(f"{place}: labels must be numbers below {len(labels)}")
    try:
        return Utterance(str(speaker), text, labels[number])
    except InputError as error:
        raise InputError(f"{place}: {error}") from None
