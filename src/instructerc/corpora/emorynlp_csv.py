"""EmoryNLP as CSV: the part that COSMIC and InstructERC use, test of 984 utterances; its scenes lack utterances."""

from __future__ import annotations

from pathlib import Path

from instructerc.conversation import Conversation
from instructerc.corpora.corpus import Corpus
from instructerc.corpora.emorynlp import name_episodes
from instructerc.corpora.shared.owner_files import load_file
from instructerc.formats.emorynlp import read
from instructerc.formats.shared.options import ReadReport


def load(directory: Path, split: str, report: ReadReport | None) -> list[Conversation]:
    """Returns a split; ids are `train/s01_e02_c01` and so on, the same as `emorynlp` gives.

    Raises:
        InputError: no such file there, or not EmoryNLP's.
    """
    path = directory / f"emorynlp_{split}_final.csv"
    advice = f"give the folder of EmoryNLP's {path.name}, or name the corpus emorynlp for the official JSON files"
    return load_file(path, advice, lambda file, reading: read(file, reading, f"{split}/"), report)


def load_episodes(directory: Path, split: str) -> dict[str, str]:
    """Returns the episode of each scene of a split by its id, such as `s03_e11`."""
    return name_episodes(load(directory, split, None))


CORPORA = (Corpus("emorynlp-csv", load, __name__, episodes=load_episodes),)
