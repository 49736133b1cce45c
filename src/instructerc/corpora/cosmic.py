"""Pickles as COSMIC (Ghosal et al. 2020) and those after it share corpora: labels as numbers, dialogues by id.

A file is a list of mappings by dialogue (speakers, labels, sentences; MELD's has sentiments too, which are not read),
then the ids of train, of test, and of validation, in this order. The numbers of the labels are those that COSMIC's data
loader states; for MELD it states none, and they are those of MELD's own README.

- `iemocap.pkl`: ids are the release's. It has 5810 + 1623 utterances: 53 more than the release's own labels give (see
  `iemocap`), and no unlabelled turn.
- `emorynlp.pkl`: ids are texts such as `1_4_4`.
- `meld.pkl`: ids are numbers from 0 to 1432, without 60, that go on from split to split, unlike those of the CSV files.
  Speakers are lists with a single 1.
- `dailydialog.pkl`: speakers are `0` and `1`, and its numbers of the labels are those of COSMIC's training script.

`EmoryNLP.pkl`, as the authors of InstructERC call it, has the same layout. Names may be in any case, and a file of
another name is known by the ids with which it begins, where these are its own. Texts in which quotes became control
characters, as in a quarter of MELD's, are repaired and counted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from instructerc.conversation import Conversation, Utterance
from instructerc.corpora.corpus import Corpus, read_facts
from instructerc.corpora.shared.owner_files import check_file, find_pickle
from instructerc.corpora.shared.restricted_pickle import read_pickle
from instructerc.errors import InputError
from instructerc.formats.meld import repair_encoding
from instructerc.formats.shared.options import ReadOptions, ReadReport
from instructerc.formats.shared.reading import Reading, show

IEMOCAP_LABELS = ("hap", "sad", "neu", "ang", "exc", "fru")
EMORYNLP_LABELS = ("Joyful", "Mad", "Peaceful", "Neutral", "Sad", "Powerful", "Scared")
MELD_LABELS = ("neutral", "surprise", "fear", "sadness", "joy", "disgust", "anger")
DAILYDIALOG_LABELS = ("happiness", "no emotion", "anger", "sadness", "fear", "surprise", "disgust")

# Validation ids stand after those of test.
_ID_LISTS = ("train", "test", "dev")
_COUNTS = {3: "three", 4: "four"}
_REPAIRED = "{n} utterance(s) whose quotes were control characters, of cp1252 taken for Latin-1: repaired"

Name = Callable[[str, str], str]


def load_iemocap(directory: Path, split: str, report: ReadReport | None) -> list[Conversation]:
    """Returns a split of `iemocap.pkl`; ids and speakers are as in `iemocap`, such as `test/Ses05F_impro01`, `Ses05_F`.

    Raises:
        InputError: no such file, one that holds more than data, or of another layout.
    """
    return _load("iemocap", directory, split, report, IEMOCAP_LABELS, lambda talk, speaker: f"{talk[:5]}_{speaker}")


def load_emorynlp(directory: Path, split: str, report: ReadReport | None) -> list[Conversation]:
    """Returns a split of `emorynlp.pkl`; ids are the file's own, and so are speakers.

    Raises:
        InputError: no such file, one that holds more than data, or of another layout.
    """
    return _load("emorynlp", directory, split, report, EMORYNLP_LABELS)


def load_meld(directory: Path, split: str, report: ReadReport | None) -> list[Conversation]:
    """Returns a split of `meld.pkl`; ids are the file's own, and speakers `Speaker 0` and so on, by the place of the 1.

    Raises:
        InputError: no such file, one that holds more than data, or of another layout.
    """
    return _load("meld", directory, split, report, MELD_LABELS, n_mappings=4)


def load_dailydialog(directory: Path, split: str, report: ReadReport | None) -> list[Conversation]:
    """Returns a split of `dailydialog.pkl`; ids are the file's own, and so are speakers.

    Raises:
        InputError: no such file, one that holds more than data, or of another layout.
    """
    return _load("dailydialog", directory, split, report, DAILYDIALOG_LABELS)


def _load(
    corpus: str,
    directory: Path,
    split: str,
    report: ReadReport | None,
    labels: Sequence[str],
    name: Name = lambda talk, speaker: speaker,
    *,
    n_mappings: int = 3,
) -> list[Conversation]:
    file = f"{corpus}.pkl"
    path = find_pickle(directory, file, read_facts(__name__)[f"{corpus}-cosmic"].heads.get(file))
    check_file(path, f"give the folder of COSMIC's {file}")
    parts = read_pickle(path)
    reading = Reading(str(path), path.stem, ReadOptions(), report)
    mappings: list[Any] = []
    if isinstance(parts, list | tuple) and len(parts) == n_mappings + len(_ID_LISTS):
        mappings = [part for part in parts[:n_mappings] if isinstance(part, dict)]
    if len(mappings) != n_mappings:
        count = _COUNTS[n_mappings]
        raise InputError(f"{path}: is not COSMIC's: expected {count} mappings by dialogue and three lists of ids")
    speakers, numbers, sentences = mappings[0], mappings[1], mappings[-1]
    talks = []
    for key in _ids(parts[n_mappings + _ID_LISTS.index(split)], path):
        rows = [part.get(key) for part in (speakers, numbers, sentences)]
        if not all(isinstance(row, list | tuple) and len(row) == len(rows[0]) and row for row in rows):
            raise InputError(f"{path}: dialogue {key}: expected equally many speakers, labels and sentences")
        turns = [_turn(f"{path}: dialogue {key}", labels, *row) for row in zip(*rows, strict=True)]
        named = [
            Utterance(
                name(str(key), turn.speaker), _repair(turn.text, reading, f"dialogue {key}, turn {n}"), turn.emotion
            )
            for n, turn in enumerate(turns, 1)
        ]
        talks.append(Conversation(f"{split}/{key}", named))
    # A split may be empty: its ids are a list that the owner left so.
    reading.finish(max(len(talks), 1))
    return talks


def _repair(text: str, reading: Reading, place: str) -> str:
    repaired = repair_encoding(text)
    if repaired != text:
        reading.repair(place, _REPAIRED)
    return repaired


def _ids(value: Any, path: Path) -> list[str | int]:
    """Returns ids in the file's order; those of a set, which has none, sorted."""
    items = sorted(value, key=str) if isinstance(value, set | frozenset) else value
    if not isinstance(items, list | tuple) or not all(isinstance(item, str | int) for item in items):
        raise InputError(f"{path}: is not COSMIC's: ids of dialogues must be texts or numbers")
    return list(items)


def _turn(place: str, labels: Sequence[str], speaker: Any, number: Any, text: Any) -> Utterance:
    if not isinstance(text, str):
        raise InputError(f"{place}: a sentence must be text, got {show(text)}")
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < len(labels):
        raise InputError(f"{place}: labels must be numbers below {len(labels)}, got {show(number)}")
    named = _speaker(place, speaker)
    try:
        return Utterance(named, text, labels[number])
    except InputError as error:
        raise InputError(f"{place}: {error}") from None


def _speaker(place: str, value: Any) -> str:
    """Returns a speaker's name, from a text, a number, or a list in which the place of a single 1 tells who it is."""
    if isinstance(value, str | int):
        return str(value)
    if isinstance(value, list | tuple) and value.count(1) == 1 and value.count(0) == len(value) - 1:
        return f"Speaker {value.index(1)}"
    raise InputError(f"{place}: a speaker must be text, a number or a list with a single 1, got {show(value)}")


CORPORA = (
    Corpus("dailydialog-cosmic", load_dailydialog, __name__),
    Corpus("emorynlp-cosmic", load_emorynlp, __name__),
    Corpus("iemocap-cosmic", load_iemocap, __name__),
    Corpus("meld-cosmic", load_meld, __name__),
)
