"""EmoryNLP (Zahiri and Choi 2018): the official JSON files of *Friends* scenes, test of 1328 utterances."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from instructerc.conversation import Conversation, Utterance
from instructerc.corpora.corpus_files import load_file
from instructerc.corpora.json_document import read_json_document
from instructerc.corpora.options import ReadReport
from instructerc.corpora.reading import DEFAULT_SPEAKER, SPEAKER_MISSING, Reading, show
from instructerc.errors import InputError

T = TypeVar("T")

_FILES = {
    split: f"emotion-detection-{short}.json" for split, short in (("train", "trn"), ("dev", "dev"), ("test", "tst"))
}


def read(reading: Reading, prefix: str = "") -> Iterator[Conversation]:
    """Yields each scene as a conversation named by its `scene_id`, such as `s01_e02_c01`.

    The file is one JSON document, so it is held in memory as a whole.

    Args:
        reading: the opened file.
        prefix: goes before each id.

    Raises:
        InputError: not JSON, not EmoryNLP's layout, or a scene that comes twice.
    """
    source = reading.text.source
    seen: set[str] = set()
    for episode in _field(read_json_document(reading), "episodes", list, source):
        for scene in _field(episode, "scenes", list, source):
            name = _field(scene, "scene_id", str, source)
            if name in seen:
                raise InputError(f"{source}: scene {show(name)} comes twice; give EmoryNLP's own file")
            seen.add(name)
            items = _field(scene, "utterances", list, f"{source}: scene {name}")
            utterances = [
                _read_utterance(item, reading, f"{source}: scene {name}, utterance {number}")
                for number, item in enumerate(items, 1)
            ]
            if utterances:
                yield Conversation(prefix + name, utterances)


def load(directory: Path, split: str, report: ReadReport | None) -> list[Conversation]:
    """Returns a split; ids are `train/s01_e02_c01` and so on, the same as `emorynlp-csv` gives.

    Raises:
        InputError: no such file there, or not EmoryNLP's.
    """
    path = directory / _FILES[split]
    advice = f"give the folder of EmoryNLP's {path.name}, or name the corpus emorynlp-csv for the CSV files"
    return load_file(path, advice, lambda reading: read(reading, f"{split}/"), report)


def join_speakers(names: Sequence[str], reading: Reading) -> str:
    """Returns the names of those who speak at once, joined by `and`; nobody is "Speaker", and counted."""
    joined = " and ".join(name.strip() for name in names if name.strip())
    reading.repairs[SPEAKER_MISSING] += not joined
    return joined or DEFAULT_SPEAKER


def _read_utterance(item: Any, reading: Reading, place: str) -> Utterance:
    names = _field(item, "speakers", list, place)
    if not all(isinstance(name, str) for name in names):
        raise InputError(f"{place}: 'speakers' must be a list of names, got {show(names)}")
    emotion = _field(item, "emotion", str, place).strip()
    text = _field(item, "transcript", str, place)
    try:
        return Utterance(join_speakers(names, reading), text, emotion or None)
    except InputError as error:
        raise InputError(f"{place}: {error}") from None


def _field(item: Any, key: str, kind: type[T], place: str) -> T:
    """Returns `item[key]`.

    Raises:
        InputError: it is missing or of another type.
    """
    value = item.get(key) if isinstance(item, dict) else None
    if not isinstance(value, kind):
        wanted = "a list" if kind is list else "text"
        raise InputError(f"{place}: {key!r} must be {wanted}, got {show(value)}; give EmoryNLP's own file")
    return value
