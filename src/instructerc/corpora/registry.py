"""All corpora by name, and the function that loads one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from instructerc.conversation import Conversation
from instructerc.corpora import (
    cosmic,
    dailydialog,
    emocontext,
    emorynlp,
    emorynlp_csv,
    emotionlines,
    emowoz,
    empatheticdialogues,
    everyday,
    goemotions,
    iemocap,
    meld,
    own_files,
    reccon,
)
from instructerc.errors import InputError, did_you_mean
from instructerc.formats.shared.options import ReadReport

_CORPORA: dict[str, Callable[[Path, str, ReadReport | None], list[Conversation]]] = {
    "dailydialog": dailydialog.load,
    "emocontext": emocontext.load,
    "emorynlp": emorynlp.load,
    "emorynlp-cosmic": cosmic.load_emorynlp,
    "emorynlp-csv": emorynlp_csv.load,
    "emotionlines-friends": emotionlines.load_friends,
    "emotionlines-push": emotionlines.load_push,
    "emowoz": emowoz.load,
    "empatheticdialogues": empatheticdialogues.load,
    "everyday": everyday.load,
    "everyday-fine": everyday.load_fine,
    "files": own_files.load,
    "goemotions": goemotions.load,
    "goemotions-ekman": goemotions.load_ekman,
    "goemotions-single": goemotions.load_single,
    "iemocap": iemocap.load,
    "iemocap-context": iemocap.load_context,
    "iemocap-cosmic": cosmic.load_iemocap,
    "meld": meld.load,
    "meld-cosmic": cosmic.load_meld,
    "reccon": reccon.load,
}
# Where an utterance may have several labels, published counts are of labels, not of utterances.
_LABEL_COUNTS: dict[str, Callable[[Path, str], Mapping[str, int]]] = {
    "goemotions": goemotions.count_labels,
    "goemotions-single": goemotions.count_labels,
}
# Where several annotators, or several labels, divide an answer.
_SHARES: dict[str, Callable[[Path, str, str], dict[str, list[Mapping[str, float]]]]] = {
    "everyday": everyday.load_shares,
    "goemotions": goemotions.load_shares,
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


def count_labels(name: str, path: str | Path, split: str) -> Mapping[str, int] | None:
    """Returns the counts of a split's labels as they are published, where these are not its conversations'; else None.

    Raises:
        InputError: as `load_corpus`.
    """
    return _LABEL_COUNTS[name](Path(path), split) if name in _LABEL_COUNTS else None


def corpora_with_shares() -> tuple[str, ...]:
    """Returns the names of the corpora for which `load_shares` knows something."""
    return tuple(_SHARES)


def load_shares(name: str, path: str | Path, split: str, label_set: str) -> dict[str, list[Mapping[str, float]]]:
    """Returns, by conversation and for each of its turns, the share of each label in the answer; empty where unknown.

    Args:
        name: of the corpus.
        path: its folder.
        split: `train`, `dev` or `test`.
        label_set: name of the label set whose shares are wanted.

    Raises:
        InputError: as `load_corpus`.
    """
    return _SHARES[name](Path(path), split, label_set) if name in _SHARES else {}


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
