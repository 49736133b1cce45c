"""MELD (Poria et al. 2019): CSV files of *Friends* dialogues, as of today and as of 2019; and its talks of two.

`meld-dyadic` cuts each dialogue into talks of two, so that an utterance may stand in several of them.
"""

from __future__ import annotations

from pathlib import Path

from instructerc.conversation import Conversation
from instructerc.corpora.corpus import Corpus
from instructerc.corpora.shared.owner_files import load_file
from instructerc.formats.meld import read
from instructerc.formats.shared.options import ReadReport


def load(directory: Path, split: str, report: ReadReport | None) -> list[Conversation]:
    """Returns a split; ids are `train/0` and so on.

    Raises:
        InputError: no such file there, or not MELD's.
    """
    return _load(directory / f"{split}_sent_emo.csv", split, report)


def load_dyadic(directory: Path, split: str, report: ReadReport | None) -> list[Conversation]:
    """Returns a split of the talks of two speakers; ids are `train/0` and so on, and not those of `meld`.

    Raises:
        InputError: no such file there, or not MELD's.
    """
    return _load(directory / f"{split}_sent_emo_dya.csv", split, report)


def load_episodes(directory: Path, split: str) -> dict[str, str]:
    """Returns the episode of each dialogue of a split by its id, such as `s03_e19`."""
    episodes: dict[str, str] = {}
    _load(directory / f"{split}_sent_emo.csv", split, ReadReport(), episodes)
    return episodes


def load_dyadic_episodes(directory: Path, split: str) -> dict[str, str]:
    """Returns the episode of each talk of a split by its id, such as `s03_e19`."""
    episodes: dict[str, str] = {}
    _load(directory / f"{split}_sent_emo_dya.csv", split, ReadReport(), episodes)
    return episodes


def _load(
    path: Path, split: str, report: ReadReport | None, episodes: dict[str, str] | None = None
) -> list[Conversation]:
    advice = f"give the folder of MELD's {path.name}"
    return load_file(path, advice, lambda file, reading: read(file, reading, f"{split}/", episodes), report)


CORPORA = (
    Corpus("meld", load, __name__, episodes=load_episodes),
    Corpus("meld-dyadic", load_dyadic, __name__, episodes=load_dyadic_episodes),
)
