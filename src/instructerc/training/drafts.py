"""Training prompts that are redrawn in each epoch: a conversation written otherwise, options by other words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from instructerc.conversation import Conversation
from instructerc.labels import LabelSet, load_paraphrases
from instructerc.prompts import EMOTION_PREDICTION, EMOTION_RECOGNITION, PromptTree, Question, TreeBuilder, Trunk
from instructerc.training.augmenting.augment import augment

_EMOTION_TASKS = (EMOTION_RECOGNITION, EMOTION_PREDICTION)
# Label sets beyond this size are asked in parts.
_WHOLE_SET = 7
_LEAST_OPTIONS = 3
# Sets beyond this size are never asked whole, and at most so many labels are drawn.
_LARGE_SET = 40
_MOST_DRAWN = 8
_MATTERS = 0.02


@dataclass(frozen=True)
class Variation:
    """How much of a corpus's prompts is drawn.

    Attributes:
        augment: strength of `augment`; 0 leaves conversations as they are.
        paraphrase: probability that a prompt's options go by other words, and that each of them does then.
        subset: probability that of a label set of more than seven only some options are asked.
    """

    augment: float = 0.0
    paraphrase: float = 0.0
    subset: float = 0.0

    def __bool__(self) -> bool:
        return bool(self.augment or self.paraphrase or self.subset)


@dataclass(frozen=True)
class Asked:
    """One label set that is asked of a conversation.

    Attributes:
        builder: makes the questions.
        shares: of each option in the answer about each utterance, NaN where nothing is known. Shape: [U, O].
        held_out: labels that are never an option.
    """

    builder: TreeBuilder
    shares: npt.NDArray[np.float32] | None = None
    held_out: frozenset[str] = frozenset()

    def questions(self, tree: PromptTree, wanted: npt.NDArray[np.bool_], texts: Sequence[str]) -> list[Question]:
        """Returns the tree's questions with their shares, about some of the labels, by these texts.

        A label that has a part in the answer is always among the options, unless it is held out. Another shade of
        the same feeling is not: it may be right as well.
        """
        found = []
        for question in tree.questions:
            if question.task not in _EMOTION_TASKS:
                found.append(question)
                continue
            shares = self._shares(question)
            if shares is None:
                continue
            right = shares > _MATTERS
            chosen = np.flatnonzero((right | (wanted & ~self._shades(right))) & ~self._left_out)
            total = float(shares[chosen].sum())
            if len(chosen) > 1 and total > 0:
                found.append(self._among(question, chosen, texts, shares[chosen] / total))
        return found

    def _among(
        self,
        question: Question,
        chosen: npt.NDArray[np.int64],
        texts: Sequence[str],
        shares: npt.NDArray[np.float32],
    ) -> Question:
        options = tuple(texts[index] for index in chosen.tolist())
        if shares.max() == 1:
            return replace(question, options=options, answer=int(shares.argmax()))
        return replace(question, options=options, answer=None, shares=tuple(shares.tolist()))

    def _shades(self, right: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """Returns which labels are shades of the feelings that the right ones belong to. Shape: [O]."""
        groups = self.builder.label_set.groups
        if not groups:
            return np.zeros_like(right)
        of = [groups.get(name) for name in self.builder.label_set.names]
        meant = {of[index] for index in np.flatnonzero(right)} - {None}
        return np.asarray([group in meant for group in of])

    @property
    def _left_out(self) -> npt.NDArray[np.bool_]:
        return np.asarray([name in self.held_out for name in self.builder.label_set.names])

    def _shares(self, question: Question) -> npt.NDArray[np.float32] | None:
        if self.shares is not None and not np.isnan(self.shares[question.utterance, 0]):
            row: npt.NDArray[np.float32] = self.shares[question.utterance]
            return row
        return None if question.answer is None else np.asarray(question.distribution(), np.float32)


@dataclass(frozen=True)
class Draft:
    """A part of a conversation with all that is asked of it, from which prompts are drawn.

    Attributes:
        conversation: as it stands in the corpus.
        trunk: the part.
        asked: the label sets, whose prompts open alike.
        variation: how much is drawn.
        plain: the prompt without anything drawn.
    """

    conversation: Conversation
    trunk: Trunk
    asked: tuple[Asked, ...]
    variation: Variation
    plain: PromptTree

    @classmethod
    def of(
        cls,
        conversation: Conversation,
        trunk: Trunk,
        asked: Sequence[Asked],
        trees: Sequence[PromptTree],
        variation: Variation,
    ) -> Draft:
        """Returns a draft from the trees that the label sets' builders made of the part."""
        questions: list[Question] = []
        for one, tree in zip(asked, trees, strict=True):
            texts = one.builder.label_options()
            questions += one.questions(tree, np.ones(len(texts), bool), texts)
        return cls(conversation, trunk, tuple(asked), variation, replace(trees[0], questions=tuple(questions)))

    def draw(self, random: np.random.Generator, words: np.random.Generator) -> PromptTree:
        """Returns a prompt; the same for the same states of the generators: of the conversation, and of the options."""
        talk = self.conversation
        if self.variation.augment:
            talk = augment(talk, random, self.variation.augment)
        trees = [one.builder.build(talk, self.trunk.start, self.trunk.first, self.trunk.end) for one in self.asked]
        questions: list[Question] = []
        for one, tree in zip(self.asked, trees, strict=True):
            wanted = self._some_labels(one.builder.label_set.names, words)
            questions += one.questions(tree, wanted, self._other_words(one.builder, words))
        return replace(trees[0], questions=tuple(questions))

    def _some_labels(self, names: Sequence[str], random: np.random.Generator) -> npt.NDArray[np.bool_]:
        wanted = np.ones(len(names), bool)
        large = len(names) > _LARGE_SET
        if large or (len(names) > _WHOLE_SET and random.random() < self.variation.subset):
            most = _MOST_DRAWN if large else len(names)
            kept = random.choice(len(names), int(random.integers(_LEAST_OPTIONS, most + 1)), replace=False)
            wanted[:] = False
            wanted[kept] = True
        return wanted

    def _other_words(self, builder: TreeBuilder, random: np.random.Generator) -> tuple[str, ...]:
        texts = builder.label_options()
        if random.random() >= self.variation.paraphrase:
            return texts
        drawn: list[str] = []
        for name, text in zip(builder.label_set.names, texts, strict=True):
            description, *words = load_paraphrases().get(name.casefold(), ("",))
            kind = random.random()
            if kind < 0.5 and words:
                text = str(random.choice(words))
            elif kind < 0.7 and description:
                text = builder.option_text(name, description)
            drawn.append(text)
        # Two labels must not go by one word.
        return tuple(drawn) if len(set(drawn)) == len(drawn) else texts


def share_rows(
    conversation: Conversation, label_set: LabelSet, shares: Sequence[Mapping[str, float]] | None
) -> npt.NDArray[np.float32] | None:
    """Returns the annotators' shares as rows; NaN for a turn without any. Shape: [U, O]."""
    if shares is None:
        return None
    rows = np.zeros((len(conversation), len(label_set)), np.float32)
    for row, turn in zip(rows, shares, strict=True):
        for label, share in turn.items():
            row[label_set.index(label)] += share
        if not row.sum():
            row[:] = np.nan
    return rows


def mix_teacher(
    shares: npt.NDArray[np.float32] | None, taught: npt.NDArray[np.float32] | None, weight: float
) -> npt.NDArray[np.float32] | None:
    """Returns shares of which a part is a teacher's; where only one of both knows a turn, it has all. Shape: [U, O]."""
    if taught is None or shares is None:
        return shares if taught is None else taught
    mixed: Any = (1 - weight) * shares + weight * taught
    return np.where(np.isnan(shares), taught, mixed).astype(np.float32)
