"""From a stage's conversations to prompt trees and demonstrations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from instructerc.backbones.base import Backbone
from instructerc.backbones.trees import build_trees
from instructerc.conversation import Conversation
from instructerc.corpora import mix
from instructerc.corpora.joint.mixing import mix_utterances
from instructerc.errors import InstructERCError, RecipeError
from instructerc.labels import LabelSet
from instructerc.prompts import EMOTION_RECOGNITION, SPEAKER_IDENTIFICATION, PromptTree, TreeBuilder, Trunk
from instructerc.retrieval import BankSettings, DemonstrationBank, Embedder
from instructerc.training.drafts import Asked, Draft, Variation, mix_teacher, share_rows
from instructerc.training.plan import CorpusPlan, StagePlan
from instructerc.training.recipe import CorpusRecipe, DemonstrationsRecipe

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
    """The training conversations of a stage that a seed draws, corpus by corpus, and their demonstrations.

    Attributes:
        stage: the stage.
        parts: conversations of each corpus of the stage.
        banks: demonstrations by label set, as the recipe names it; empty where the recipe shows none.
    """

    stage: StagePlan
    parts: list[list[Conversation]]
    banks: dict[str, DemonstrationBank]

    @property
    def main_bank(self) -> DemonstrationBank | None:
        """The demonstrations of the first corpus's label set, which a released model keeps."""
        return self.bank_of(self.stage.main)

    def bank_of(self, corpus: CorpusPlan) -> DemonstrationBank | None:
        """Returns the demonstrations of a corpus's first label set."""
        return self.banks.get(corpus.recipe.label_sets[0])


def draw_stage(stage: StagePlan, seed: int, load_embedder: LoadEmbedder) -> StageData:
    """Returns a stage's share of its conversations, with their demonstration banks.

    Raises:
        InputError: a corpus that cannot be read.
    """
    draw = mix if stage.recipe.share_of == "conversations" else mix_utterances
    parts = draw(stage.parts, stage.recipe.share, stage.recipe.mix, seed)
    asks = stage.recipe.tasks.get(EMOTION_RECOGNITION, 0) > 0
    banks: dict[str, DemonstrationBank] = {}
    if stage.demonstrations and asks:
        banks = _build_banks(stage, stage.demonstrations, parts, seed, load_embedder)
    return StageData(stage, parts, banks)


def _build_banks(
    stage: StagePlan,
    wanted: DemonstrationsRecipe,
    parts: Sequence[Sequence[Conversation]],
    seed: int,
    load_embedder: LoadEmbedder,
) -> dict[str, DemonstrationBank]:
    """Returns a bank for each label set, of the corpora whose labels it names."""
    embedder = load_embedder(wanted.embedder)
    settings = BankSettings(**wanted.model_dump(exclude={"embedder"}), seed=seed)
    banks = {}
    for name, label_set in stage.label_sets.items():
        talks = [
            talk
            for corpus, part in zip(stage.corpora, parts, strict=True)
            if name in corpus.recipe.label_sets
            for talk in part
        ]
        banks[name] = DemonstrationBank.build(talks, label_set, embedder, settings)
    return banks


def training_set(data: StageData, backbone: Backbone) -> TrainingSet:
    """Returns the parts of a stage's training conversations, with every task of it.

    Raises:
        InputError: a teacher's file that cannot be read.
    """
    by_difficulty = data.stage.recipe.order == "fewest-shifts"
    found = TrainingSet([], [], [], [] if by_difficulty else None)
    for corpus, part in zip(data.stage.corpora, data.parts, strict=True):
        builders = _training_builders(data, corpus)
        sources = _label_sources(data.stage, corpus)
        numbers = []
        for conversation in part:
            for draft in _drafts(conversation, builders, sources, corpus.recipe, backbone):
                hard = by_difficulty and corpus.recipe.gold
                numbers.append((len(found.drafts), emotion_shifts(conversation, builders[0].label_set) if hard else 0))
                found.drafts.append(draft)
        for begin in range(0, len(numbers), corpus.recipe.together):
            together = numbers[begin : begin + corpus.recipe.together]
            found.items.append(tuple(number for number, _ in together))
            found.shares.append(corpus.recipe.share)
            if found.difficulty is not None:
                found.difficulty.append(max(shifts for _, shifts in together))
    return found


def _training_builders(data: StageData, corpus: CorpusPlan) -> list[TreeBuilder]:
    stage, recipe = data.stage, corpus.recipe
    share = recipe.weight / len(corpus.label_sets)
    weights = {task: weight * share for task, weight in stage.recipe.tasks.items()}
    return [
        TreeBuilder(
            stage.wording,
            labels,
            weights,
            demonstrator=data.banks.get(source),
            domain=recipe.domain,
            speaker_history=stage.recipe.speaker_history,
            same_label=stage.demonstrations is not None and stage.demonstrations.pairing == "same-label",
            # A label of another set than the one that is asked cannot be resolved: shares tell it.
            with_answers=recipe.gold and not (source != recipe.label_sets[0] and corpus.has_shares),
        )
        for source, labels in zip(recipe.label_sets, corpus.label_sets, strict=True)
    ]


Sources = Callable[[Conversation, TreeBuilder], "npt.NDArray[np.float32] | None"]


def _label_sources(stage: StagePlan, corpus: CorpusPlan) -> Sources:
    """Returns what gives the shares of a conversation's answers: annotators, a teacher, or both."""
    teacher = stage.teacher

    def shares(conversation: Conversation, builder: TreeBuilder) -> npt.NDArray[np.float32] | None:
        label_set = builder.label_set
        own = share_rows(conversation, label_set, corpus.shares.get(label_set.name, {}).get(conversation.id))
        if teacher is None:
            return own
        taught = teacher.rows(corpus.recipe.name, corpus.recipe.domain, label_set.name, conversation.id)
        if own is None and builder.with_answers and taught is not None:
            own = _gold_rows(conversation, label_set)
        return mix_teacher(own, taught, stage.recipe.teacher_weight)

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
    """Returns whether a question can be asked: names of speakers may be the same tokens; labels were checked before."""
    if task != SPEAKER_IDENTIFICATION or not backbone.spells_options:
        return True
    try:
        backbone.check_options(options)
    except InstructERCError:
        return False
    return True


def emotion_shifts(conversation: Conversation, label_set: LabelSet) -> int:
    """Returns how often the emotion changes from one labelled utterance to the next."""
    labels = [label_set.resolve(turn.emotion) for turn in conversation.utterances if turn.emotion is not None]
    scored = [label for label in labels if label is not None]
    return sum(1 for before, after in pairwise(scored) if before != after)


def development_trees(data: StageData, backbone: Backbone) -> dict[str, list[PromptTree]]:
    """Returns the recognition trees of each development split that selects, by corpus; the first one is the stage's.

    Raises:
        RecipeError: a split without a labelled utterance, which could select nothing.
    """
    return {name: [tree for _, tree in parts] for name, parts in development_parts(data, backbone).items()}


def development_parts(data: StageData, backbone: Backbone) -> dict[str, list[tuple[Conversation, PromptTree]]]:
    """Returns what `development_trees` does, each tree with its conversation.

    Raises:
        RecipeError: as there.
    """
    return {name: _development_parts(data, corpus, backbone) for name, corpus in data.stage.selecting.items()}


def _development_parts(
    data: StageData, corpus: CorpusPlan, backbone: Backbone
) -> list[tuple[Conversation, PromptTree]]:
    # As in use: gold labels reach no prompt.
    builder = TreeBuilder(
        data.stage.wording, corpus.label_sets[0], demonstrator=data.bank_of(corpus), domain=corpus.recipe.domain
    )
    parts = [(talk, tree) for talk in corpus.dev for _, tree in build_trees(talk, builder, backbone)]
    if not any(question.answer is not None for _, tree in parts for question in tree.questions):
        raise RecipeError(
            f"stage {data.stage.recipe.name!r}: development of {corpus.recipe.name} has no labelled utterance"
        )
    return parts
