"""All corpora by name, and the function that loads one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from instructerc.conversation import Conversation
from instructerc.corpora import cosmic, emorynlp, emorynlp_csv, files, goemotions, iemocap, meld
from instructerc.corpora.options import ReadReport
from instructerc.errors import InputError, did_you_mean

_CORPORA: dict[str, Callable[[Path, str, ReadReport | None], list[Conversation]]] = {
    "emorynlp": emorynlp.load,
    "emorynlp-cosmic": cosmic.load_emorynlp,
    "emorynlp-csv": emorynlp_csv.load,
    "files": files.load,
    "goemotions": goemotions.load,
    "iemocap": iemocap.load,
    "iemocap-cosmic": cosmic.load_iemocap,
    "meld": meld.load,
}
SPLITS = ("train", "dev", "test")


def corpora() -> tuple[str, ...]:
    """Returns the names that `load_corpus` takes."""
    return tuple(sorted(_CORPORA))


def load_corpus(name: str, path: str | Path, split: str, report: ReadReport | None = None) -> list[Conversation]:
    """Returns one split of a corpus in its original layout, with ids such as `train/0`.

    Raises:
        InputError: an unknown corpus or split, or a folder that does not hold it.
    """
    if name not in _CORPORA:
        raise InputError(f"unknown corpus {name!r}{did_you_mean(name, corpora())}; give one of {', '.join(corpora())}")
    if split not in SPLITS:
        raise InputError(f"unknown split {split!r}{did_you_mean(split, SPLITS)}; give one of {', '.join(SPLITS)}")
    return _CORPORA[name](Path(path), split, report)


def load_episodes(name: str, path: str | Path, split: str) -> dict[str, str]:
    """Returns the episode of each conversation of a split by its id, where a corpus's source has episodes; else none.

    Two corpora of one source, such as MELD and EmoryNLP of *Friends*, share an episode where the names are equal.

    Raises:
        InputError: as `load_corpus`.
    """
    if name == "meld":
        return meld.load_episodes(Path(path), split)
    if name in {"emorynlp", "emorynlp-csv"}:
        # Scenes are named after season and episode: `train/s03_e11_c10`.
        return {talk.id: talk.id.split("/")[1][: len("s03_e11")] for talk in load_corpus(name, path, split)}
    return {}
