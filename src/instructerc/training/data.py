"""From a recipe's corpora to prompt trees and demonstrations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

from instructerc.backbones.base import Backbone
from instructerc.backbones.trees import build_trees
from instructerc.conversation import Conversation
from instructerc.corpora import load_corpus, mix
from instructerc.corpora.held_out import drop_held_out
from instructerc.corpora.overlap import read_left_out
from instructerc.errors import InputError, InstructERCError, RecipeError
from instructerc.labels import LabelSet, load_label_set
from instructerc.prompts import EMOTION_RECOGNITION, SPEAKER_IDENTIFICATION, PromptTree, TreeBuilder, load_wording
from instructerc.retrieval import BankSettings, DemonstrationBank, Embedder
from instructerc.training.recipe import CorpusRecipe, DemonstrationsRecipe, Recipe, StageRecipe

LoadEmbedder = Callable[[str], Embedder]


@dataclass(frozen=True)
class TrainingSet:
    """What a stage is trained on.

    Attributes:
        trees: N prompt trees, each with at least one answered question.
        difficulty: emotion shifts of each tree's conversation, where the order of training asks for them.
    """

    trees: list[PromptTree]
    difficulty: list[int] | None = None


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


def tree_builder(recipe: Recipe, label_set: LabelSet, bank: DemonstrationBank | None) -> TreeBuilder:
    """Returns the builder of recognition trees for development, test and use; gold labels reach no prompt."""
    return TreeBuilder(load_wording(recipe.prompt.wording), label_set, demonstrator=bank)


def training_set(recipe: Recipe, data: StageData, backbone: Backbone) -> TrainingSet:
    """Returns the trees of a stage's training conversations, with every task of it."""
    stage = data.stage
    trees: list[PromptTree] = []
    difficulty: list[int] = []
    for corpus, part in zip(stage.corpora, data.parts, strict=True):
        builders = _training_builders(recipe, stage, corpus, data)
        for conversation in part:
            for tree in _merged_trees(conversation, builders, backbone):
                if any(question.answer is not None for question in tree.questions):
                    trees.append(tree)
                    difficulty.append(emotion_shifts(conversation, builders[0].label_set))
    return TrainingSet(trees, difficulty if stage.order == "curriculum" else None)


def _training_builders(recipe: Recipe, stage: StageRecipe, corpus: CorpusRecipe, data: StageData) -> list[TreeBuilder]:
    share = corpus.weight / len(corpus.label_sets)
    weights = {task: weight * share for task, weight in stage.tasks.items()}
    wanted = recipe.prompt.demonstrations
    return [
        replace(
            tree_builder(recipe, load_label_set(name), data.banks.get(name)),
            tasks=weights,
            speaker_history=stage.speaker_history,
            same_label=wanted is not None and wanted.pairing == "same-label",
        )
        for name in corpus.label_sets
    ]


def _merged_trees(conversation: Conversation, builders: Sequence[TreeBuilder], backbone: Backbone) -> list[PromptTree]:
    """Returns a conversation's trees; label sets whose prompts open alike ask their questions on one trunk."""
    versions = [[tree for _, tree in build_trees(conversation, builder, backbone)] for builder in builders]
    merged: dict[tuple[object, ...], PromptTree] = {}
    for tree in (tree for trees in versions for tree in trees):
        questions = tuple(
            question for question in tree.questions if _can_be_told_apart(question.task, question.options, backbone)
        )
        known = merged.get(tree.trunk)
        merged[tree.trunk] = replace(tree, questions=(known.questions if known else ()) + questions)
    return list(merged.values())


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


def development_trees(recipe: Recipe, data: StageData, backbone: Backbone) -> list[PromptTree]:
    """Returns the recognition trees of the development split of a stage's first corpus.

    Raises:
        RecipeError: a split without a labelled utterance, which could select nothing.
    """
    corpus = data.stage.corpora[0]
    builder = tree_builder(recipe, load_label_set(corpus.label_sets[0]), data.main_bank)
    conversations = load_corpus(corpus.name, corpus.path, "dev")
    trees = [tree for conversation in conversations for _, tree in build_trees(conversation, builder, backbone)]
    if not any(question.answer is not None for tree in trees for question in tree.questions):
        raise RecipeError(f"stage {data.stage.name!r}: development of {corpus.name} has no labelled utterance")
    return trees
