"""From a recipe's corpora to prompt trees and demonstrations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt

from instructerc.backbones.base import Backbone
from instructerc.backbones.registry import trained_kinds
from instructerc.backbones.trees import build_trees
from instructerc.conversation import Conversation
from instructerc.corpora import corpora_with_shares, load_corpus, load_shares, mix
from instructerc.corpora.joint.held_out import drop_held_out
from instructerc.corpora.joint.overlap import read_left_out
from instructerc.errors import InputError, InstructERCError, RecipeError
from instructerc.labels import LabelSet, load_label_set
from instructerc.prompts import (
    EMOTION_RECOGNITION,
    SPEAKER_IDENTIFICATION,
    PromptTree,
    TreeBuilder,
    Trunk,
    load_wording,
)
from instructerc.retrieval import BankSettings, DemonstrationBank, Embedder
from instructerc.training.drafts import Asked, Draft, Variation, mix_teacher, share_rows
from instructerc.training.recipe import CorpusRecipe, DemonstrationsRecipe, Recipe, StageRecipe
from instructerc.training.teacher import TeacherAnswers

LoadEmbedder = Callable[[str], Embedder]


@dataclass(frozen=True)
class TrainingSet:
    """What a stage is trained on.

    Attributes:
        drafts: N parts of conversations, each with at least one answered question.
        items: which drafts count as one in a batch. Shape: [I] of tuples.
        shares: share of an epoch for each item. Shape: [I].
        difficulty: emotion shifts of each item's conversation, where the order of training asks for them.
    """

    drafts: list[Draft]
    items: list[tuple[int, ...]]
    shares: list[float]
    difficulty: list[int] | None = None

    @property
    def trees(self) -> list[PromptTree]:
        """The prompts without anything drawn."""
        return [draft.plain for draft in self.drafts]


@dataclass(frozen=True)
class StageData:
    """The training conversations of a stage, corpus by corpus, and the demonstrations drawn from them.

    Attributes:
        stage: the stage.
        parts: conversations of each corpus of the stage.
        banks: demonstrations by label set; empty where the recipe shows none.
    """

    stage: StageRecipe
    parts: list[list[Conversation]]
    banks: dict[str, DemonstrationBank]

    @property
    def main_bank(self) -> DemonstrationBank | None:
        """The demonstrations of the first corpus's label set, which a released model keeps."""
        return self.banks.get(self.stage.corpora[0].label_sets[0])


def load_stage(
    recipe: Recipe, stage: StageRecipe, seed: int, load_embedder: LoadEmbedder, say: Callable[[str], None] = print
) -> StageData:
    """Returns a stage's conversations after the overlap filter and the share, with their demonstration banks.

    Raises:
        InputError: a corpus that cannot be read.
    """
    parts = []
    for corpus in stage.corpora:
        part = load_corpus(corpus.name, corpus.path, "train")
        if corpus.leave_out is not None:
            left_out = read_left_out(Path(corpus.leave_out), corpus.name)
            part = [talk for talk in part if talk.id not in left_out]
        others = [other for other in stage.corpora if (other.name, other.path) != (corpus.name, corpus.path)]
        if stage.drop_overlap:
            part = drop_held_out(corpus.name, corpus.path, part, [(other.name, other.path) for other in others], say)
        parts.append(part)
    if not any(parts):
        raise InputError(
            f"stage {stage.name}: no training conversation is left; what is in `leave_out`, or in another corpus's "
            "dev or test (drop_overlap), is not trained on"
        )
    parts = mix(parts, stage.share, stage.mix, seed)
    asks = stage.tasks.get(EMOTION_RECOGNITION, 0) > 0
    banks: dict[str, DemonstrationBank] = {}
    if recipe.prompt.demonstrations and asks:
        banks = _build_banks(recipe.prompt.demonstrations, stage, parts, seed, load_embedder)
    return StageData(stage, parts, banks)


def _build_banks(
    wanted: DemonstrationsRecipe,
    stage: StageRecipe,
    parts: Sequence[Sequence[Conversation]],
    seed: int,
    load_embedder: LoadEmbedder,
) -> dict[str, DemonstrationBank]:
    """Returns a bank for each label set, of the corpora whose labels it names."""
    embedder = load_embedder(wanted.embedder)
    settings = BankSettings(**wanted.model_dump(exclude={"embedder"}), seed=seed)
    banks = {}
    for name in dict.fromkeys(name for corpus in stage.corpora for name in corpus.label_sets):
        talks = [
            talk
            for corpus, part in zip(stage.corpora, parts, strict=True)
            if name in corpus.label_sets
            for talk in part
        ]
        banks[name] = DemonstrationBank.build(talks, load_label_set(name), embedder, settings)
    return banks


def tree_builder(recipe: Recipe, label_set: LabelSet, bank: DemonstrationBank | None, domain: str = "") -> TreeBuilder:
    """Returns the builder of recognition trees for development, test and use; gold labels reach no prompt."""
    return TreeBuilder(load_wording(recipe.prompt.wording), label_set, demonstrator=bank, domain=domain)


def training_set(recipe: Recipe, data: StageData, backbone: Backbone) -> TrainingSet:
    """Returns the parts of a stage's training conversations, with every task of it.

    Raises:
        InputError: a teacher's file that cannot be read.
    """
    stage = data.stage
    teacher = TeacherAnswers.load(Path(stage.teacher)) if stage.teacher else None
    found = TrainingSet([], [], [], [] if stage.order == "curriculum" else None)
    for corpus, part in zip(stage.corpora, data.parts, strict=True):
        builders = _training_builders(recipe, stage, corpus, data)
        asked = _label_sources(recipe, stage, corpus, builders, teacher)
        numbers = []
        for conversation in part:
            for draft in _drafts(conversation, builders, asked, corpus, backbone):
                hard = stage.order == "curriculum" and corpus.gold
                numbers.append((len(found.drafts), emotion_shifts(conversation, builders[0].label_set) if hard else 0))
                found.drafts.append(draft)
        for begin in range(0, len(numbers), corpus.together):
            together = numbers[begin : begin + corpus.together]
            found.items.append(tuple(number for number, _ in together))
            found.shares.append(corpus.share)
            if found.difficulty is not None:
                found.difficulty.append(max(shifts for _, shifts in together))
    return found


def _training_builders(recipe: Recipe, stage: StageRecipe, corpus: CorpusRecipe, data: StageData) -> list[TreeBuilder]:
    share = corpus.weight / len(corpus.label_sets)
    weights = {task: weight * share for task, weight in stage.tasks.items()}
    wanted = recipe.prompt.demonstrations
    return [
        replace(
            tree_builder(recipe, load_label_set(name), data.banks.get(name), corpus.domain),
            tasks=weights,
            speaker_history=stage.speaker_history,
            same_label=wanted is not None and wanted.pairing == "same-label",
            # A label of another set than the one that is asked cannot be resolved: shares tell it.
            with_answers=corpus.gold and not (name != corpus.label_sets[0] and _has_shares(recipe, corpus)),
        )
        for name in corpus.label_sets
    ]


def _has_shares(recipe: Recipe, corpus: CorpusRecipe) -> bool:
    learns_shares = trained_kinds()[recipe.backbone.kind].learns_shares
    return learns_shares and corpus.shares and corpus.name in corpora_with_shares()


Sources = Callable[[Conversation, TreeBuilder], "npt.NDArray[np.float32] | None"]


def _label_sources(
    recipe: Recipe,
    stage: StageRecipe,
    corpus: CorpusRecipe,
    builders: Sequence[TreeBuilder],
    teacher: TeacherAnswers | None,
) -> Sources:
    """Returns what gives the shares of a conversation's answers: annotators, a teacher, or both."""
    annotated = {}
    if corpus.gold and _has_shares(recipe, corpus):
        for builder in builders:
            name = builder.label_set.name
            annotated[name] = load_shares(corpus.name, corpus.path, "train", name)

    def shares(conversation: Conversation, builder: TreeBuilder) -> npt.NDArray[np.float32] | None:
        label_set = builder.label_set
        own = share_rows(conversation, label_set, annotated.get(label_set.name, {}).get(conversation.id))
        if teacher is None:
            return own
        taught = teacher.rows(corpus.name, corpus.domain, label_set.name, conversation.id)
        if own is None and builder.with_answers and taught is not None:
            own = _gold_rows(conversation, label_set)
        return mix_teacher(own, taught, stage.teacher_weight)

    return shares


def _gold_rows(conversation: Conversation, label_set: LabelSet) -> npt.NDArray[np.float32]:
    rows = np.full((len(conversation), len(label_set)), np.nan, np.float32)
    for row, turn in zip(rows, conversation.utterances, strict=True):
        label = None if turn.emotion is None else label_set.resolve(turn.emotion)
        if label is not None:
            row[:] = 0
            row[label_set.names.index(label)] = 1
    return rows


def _drafts(
    conversation: Conversation,
    builders: Sequence[TreeBuilder],
    sources: Sources,
    corpus: CorpusRecipe,
    backbone: Backbone,
) -> list[Draft]:
    """Returns a conversation's parts; label sets whose prompts open alike ask their questions on one trunk."""
    variation = Variation(corpus.augment, corpus.paraphrase, corpus.subset)
    held_out = frozenset(corpus.held_out)
    merged: dict[tuple[object, ...], list[tuple[Trunk, Asked, PromptTree]]] = {}
    for builder in builders:
        rows = sources(conversation, builder)
        for trunk, tree in build_trees(conversation, builder, backbone):
            asking, tree = _what_can_be_told_apart(builder, tree, backbone)
            merged.setdefault(tree.trunk, []).append((trunk, Asked(asking, rows, held_out), tree))
    drafts = [
        Draft.of(conversation, parts[0][0], [one for _, one, _ in parts], [tree for *_, tree in parts], variation)
        for parts in merged.values()
    ]
    return [draft for draft in drafts if any(question.answered for question in draft.plain.questions)]


def _what_can_be_told_apart(
    builder: TreeBuilder, tree: PromptTree, backbone: Backbone
) -> tuple[TreeBuilder, PromptTree]:
    """Returns both without the speaker task where the names of this tree's speakers are the same tokens."""
    kept = tuple(one for one in tree.questions if _can_be_told_apart(one.task, one.options, backbone))
    if len(kept) == len(tree.questions):
        return builder, tree
    return replace(builder, tasks={**builder.tasks, SPEAKER_IDENTIFICATION: 0.0}), replace(tree, questions=kept)


def _can_be_told_apart(task: str, options: tuple[str, ...], backbone: Backbone) -> bool:
    """Says whether a question can be asked: names of speakers may be the same tokens; labels were checked before."""
    if task != SPEAKER_IDENTIFICATION or not backbone.spells_options:
        return True
    try:
        backbone.check_options(options)
    except InstructERCError:
        return False
    return True


def emotion_shifts(conversation: Conversation, label_set: LabelSet) -> int:
    """Returns how often the emotion changes from one labelled utterance to the next (PRC-Emo's difficulty)."""
    labels = [label_set.resolve(turn.emotion) for turn in conversation.utterances if turn.emotion is not None]
    scored = [label for label in labels if label is not None]
    return sum(1 for before, after in pairwise(scored) if before != after)


def development_trees(recipe: Recipe, data: StageData, backbone: Backbone) -> dict[str, list[PromptTree]]:
    """Returns the recognition trees of each development split that selects, by corpus; the first one is the stage's.

    Raises:
        RecipeError: a split without a labelled utterance, which could select nothing.
    """
    first, *others = data.stage.corpora
    selecting = (first, *(other for other in others if other.selects))
    names = [corpus.name for corpus in selecting]
    return {
        # Folders of files have one name.
        corpus.name if names.count(corpus.name) == 1 else f"{corpus.name} {corpus.path}": _development_trees(
            recipe, data, corpus, backbone
        )
        for corpus in selecting
    }


def _development_trees(recipe: Recipe, data: StageData, corpus: CorpusRecipe, backbone: Backbone) -> list[PromptTree]:
    label_set = load_label_set(corpus.label_sets[0])
    builder = tree_builder(recipe, label_set, data.banks.get(corpus.label_sets[0]), corpus.domain)
    conversations = load_corpus(corpus.name, corpus.path, "dev")
    trees = [tree for conversation in conversations for _, tree in build_trees(conversation, builder, backbone)]
    if not any(question.answer is not None for tree in trees for question in tree.questions):
        raise RecipeError(f"stage {data.stage.name!r}: development of {corpus.name} has no labelled utterance")
    return trees
