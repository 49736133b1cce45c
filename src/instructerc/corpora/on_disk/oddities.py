"""What is odd about a corpus that can be read all the same; `corpus check` lists each with its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from instructerc.conversation import Conversation
from instructerc.corpora.joint.overlap import normalise_text
from instructerc.errors import LabelError
from instructerc.formats.shared.options import Anomaly
from instructerc.labels import LabelSet

# Shorter conversations, such as a single greeting, are equal by chance.
_MIN_WORDS = 5


def unknown_labels(conversations: Sequence[Conversation], labels: LabelSet, source: str) -> Iterator[Anomaly]:
    """Yields the turns whose gold label the corpus's label set does not know."""
    known: dict[str, bool] = {}
    for talk in conversations:
        for number, turn in enumerate(talk.utterances, 1):
            if turn.emotion is not None and not known.setdefault(turn.emotion, _is_known(turn.emotion, labels)):
                yield Anomaly(
                    source, f"{talk.id}, turn {number}", f"a label that is not in {labels.name}: {turn.emotion}"
                )


def _is_known(word: str, labels: LabelSet) -> bool:
    try:
        labels.resolve(word)
    except LabelError:
        return False
    return True


def repeated_conversations(splits: Mapping[str, Sequence[Conversation]], source: str) -> Iterator[Anomaly]:
    """Yields the conversations whose words, case and marks aside, stand in an earlier split already."""
    first: dict[tuple[str, ...], tuple[str, str]] = {}
    for split, talks in splits.items():
        for talk in talks:
            words = tuple(normalise_text(turn.text) for turn in talk.utterances)
            if sum(text.count(" ") + 1 for text in words) < _MIN_WORDS:
                continue
            where, other = first.setdefault(words, (split, talk.id))
            if where != split:
                yield Anomaly(
                    source, f"{talk.id}, equal to {other}", f"a conversation of {split} that also occurs in {where}"
                )
