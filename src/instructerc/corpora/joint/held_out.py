"""Training on several corpora without what one of them holds out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from instructerc.conversation import Conversation
from instructerc.corpora.catalogue import catalogue
from instructerc.corpora.joint.overlap import drop_overlap
from instructerc.corpora.registry import load_corpus, load_episodes
from instructerc.formats.shared.options import ReadReport


def share_source(one: str, other: str) -> bool:
    """Returns whether two corpora may have conversations in common: they are one, or were taken from one source.

    A folder of one's own files may have been taken from anything.
    """
    sources = {entry.name: entry.source for entry in catalogue()}
    if one == other or one not in sources or other not in sources:
        return True
    return sources[one] is not None and sources[one] == sources[other]


def drop_held_out(
    corpus: str,
    path: str | Path,
    train: Sequence[Conversation],
    others: Iterable[tuple[str, str | Path]],
    say: Callable[[str], None],
) -> list[Conversation]:
    """Returns a corpus's training conversations without those that stand in another one's development or test split.

    Only corpora that may have conversations in common are compared; see `share_source` and `drop_overlap`.

    Args:
        corpus: its name.
        path: its folder.
        train: conversations of its training split.
        others: names and folders of the other corpora.
        say: gets a line for each corpus that had something left out for it.

    Raises:
        InputError: a corpus that cannot be read.
    """
    kept = list(train)
    for other, folder in others:
        if not share_source(corpus, other):
            continue
        splits = [(other, folder, split) for split in ("dev", "test")]
        # Whoever reads the other corpus itself hears of its repairs.
        held_out = [talk for split in splits for talk in load_corpus(*split, ReadReport())]
        episodes = {talk: episode for split in splits for talk, episode in load_episodes(*split).items()}
        own_episodes = load_episodes(corpus, path, "train")
        kept, dropped = drop_overlap(kept, held_out, episodes=own_episodes, held_out_episodes=episodes)
        if dropped:
            say(f"{corpus}: {dropped} training conversations occur in {other}'s dev or test; left out")
    return kept
