"""Several corpora as one, with one label set: a training split without what another corpus holds out, and mixed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from instructerc.conversation import Conversation, Utterance
from instructerc.corpora.corpus import SPLITS
from instructerc.corpora.joint.held_out import drop_held_out
from instructerc.corpora.joint.mixing import keep_apart, mix
from instructerc.corpora.registry import load_corpus
from instructerc.errors import InputError, LabelError
from instructerc.formats.shared.options import ReadReport
from instructerc.labels import LabelSet


@dataclass(frozen=True, slots=True)
class Mixture:
    """How corpora are mixed.

    Attributes:
        labels: the one label set.
        share: of the training conversations, over 0 to 1.
        how: whether the share is drawn from each corpus or from all together; see `mix`.
        seed: of the draw.
        keep_overlap: keep training conversations that another corpus of the same source holds out.
    """

    labels: LabelSet
    share: float = 1.0
    how: Literal["ratio", "total"] = "ratio"
    seed: int = 1
    keep_overlap: bool = False


def unify(
    corpora: Sequence[tuple[str, Path]], mixture: Mixture, report: ReadReport, say: Callable[[str], None]
) -> dict[str, list[Conversation]]:
    """Returns the conversations of each split, corpus after corpus, with names that stay apart; see `keep_apart`.

    The share is of the training split alone: development and test stay whole.

    Args:
        corpora: names and folders, each name once.
        mixture: how they are mixed.
        report: gets the readers' notes.
        say: gets a line for what was left out and for labels that are not scored.

    Raises:
        InputError: a corpus that cannot be read, or that is given twice.
        LabelError: a label that the label set does not know.
    """
    names = [name for name, _ in corpora]
    if len(set(names)) < len(names):
        raise InputError(f"a corpus is given twice in {', '.join(names)}; give each corpus once")
    unified: dict[str, list[Conversation]] = {}
    for split in SPLITS:
        parts = [load_corpus(name, folder, split, report) for name, folder in corpora]
        if split == "train":
            if not mixture.keep_overlap:
                parts = [
                    drop_held_out(name, folder, part, [one for one in corpora if one[0] != name], say)
                    for (name, folder), part in zip(corpora, parts, strict=True)
                ]
            parts = mix(parts, mixture.share, mixture.how, mixture.seed)
        unified[split] = [
            keep_apart(talk, name)
            for name, part in zip(names, parts, strict=True)
            for talk in _relabel(part, f"{name}, {split}", mixture.labels, say)
        ]
    if not unified["train"]:
        raise InputError(
            "no training conversation is left: all occur in dev or test of other corpora (--keep-overlap keeps them)"
        )
    return unified


def _relabel(
    talks: Sequence[Conversation], source: str, labels: LabelSet, say: Callable[[str], None]
) -> list[Conversation]:
    """Returns conversations with the labels of a label set; what it ignores becomes no label, and is counted."""
    ignored: Counter[str] = Counter()

    def relabel(turn: Utterance, talk: Conversation) -> Utterance:
        if turn.emotion is None:
            return turn
        try:
            label = labels.resolve(turn.emotion)
        except LabelError as error:
            raise LabelError(f"{source}: conversation {talk.id!r}: {error}") from error
        ignored[turn.emotion] += label is None
        return replace(turn, emotion=label)

    found = [Conversation(talk.id, [relabel(turn, talk) for turn in talk.utterances]) for talk in talks]
    counts: Mapping[str, int] = {label: count for label, count in ignored.items() if count}
    if counts:
        kinds = ", ".join(f"{label} {count}" for label, count in sorted(counts.items()))
        say(f"{source}: {sum(counts.values())} labels are not scored in {labels.name} and are left out: {kinds}")
    return found
