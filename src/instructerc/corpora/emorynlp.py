"""EmoryNLP (Zahiri and Choi 2018): the official JSON files of *Friends* scenes, test of 1328 utterances."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from instructerc.conversation import Conversation, Utterance
from instructerc.corpora.corpus import Corpus
from instructerc.corpora.shared.json_fields import JsonFields
from instructerc.corpora.shared.owner_files import load_file
from instructerc.formats.emorynlp import join_speakers
from instructerc.formats.shared.json_document import read_json_document
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadReport
from instructerc.formats.shared.reading import Reading, show

_FILES = {
    split: f"emotion-detection-{short}.json" for split, short in (("train", "trn"), ("dev", "dev"), ("test", "tst"))
}


def read(file: OpenText, reading: Reading, prefix: str = "") -> Iterator[Conversation]:
    """Yields each scene as a conversation named by its `scene_id`, such as `s01_e02_c01`.

    The file is one JSON document, so it is held in memory as a whole.

    Args:
        file: the opened file.
        reading: the pass that it belongs to.
        prefix: goes before each id.

    Raises:
        InputError: not JSON, not EmoryNLP's layout, or a scene that comes twice.
    """
    fields = JsonFields(reading.source, "EmoryNLP")
    seen: set[str] = set()
    for episode in fields.get(read_json_document(file), "episodes", list):
        for scene in fields.get(episode, "scenes", list):
            name = fields.get(scene, "scene_id", str)
            if name in seen:
                raise fields.fault(f"scene {show(name)} occurs twice")
            seen.add(name)
            utterances = [
                _read_utterance(item, reading, fields, f"scene {name}, utterance {number}")
                for number, item in enumerate(fields.get(scene, "utterances", list, f"scene {name}"), 1)
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
    return load_file(path, advice, lambda file, reading: read(file, reading, f"{split}/"), report)


def load_episodes(directory: Path, split: str) -> dict[str, str]:
    """Returns the episode of each scene of a split by its id, such as `s03_e11`."""
    return name_episodes(load(directory, split, None))


def name_episodes(scenes: Sequence[Conversation]) -> dict[str, str]:
    """Returns the episode that the id of each scene names: `s03_e11` of `train/s03_e11_c10`."""
    return {scene.id: scene.id.split("/")[1][: len("s03_e11")] for scene in scenes}


def _read_utterance(item: Any, reading: Reading, fields: JsonFields, place: str) -> Utterance:
    names = fields.get(item, "speakers", list, place)
    if not all(isinstance(name, str) for name in names):
        raise fields.fault(f"'speakers' must be a list of names, got {show(names)}", place)
    emotion = fields.get(item, "emotion", str, place).strip()
    text = fields.get(item, "transcript", str, place)
    return fields.utterance(place, join_speakers(names, reading, place), text, emotion)


CORPORA = (Corpus("emorynlp", load, __name__, episodes=load_episodes),)
