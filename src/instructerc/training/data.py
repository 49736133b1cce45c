"""From a recipe's corpora to prompt trees."""

from __future__ import annotations

from instructerc.backbones.base import Backbone
from instructerc.backbones.trees import build_trees
from instructerc.corpora import load_corpus
from instructerc.labels import load_label_set
from instructerc.prompts import PromptTree, TreeBuilder, load_wording
from instructerc.training.recipe import StageRecipe


def training_trees(stage: StageRecipe, prompt: str, backbone: Backbone) -> list[PromptTree]:
    """Returns the trees of all training splits of a stage, with every task of it."""
    trees: list[PromptTree] = []
    for corpus in stage.corpora:
        share = corpus.weight / len(corpus.label_sets)
        weights = {task: weight * share for task, weight in stage.tasks.items()}
        builders = [
            TreeBuilder(load_wording(prompt), load_label_set(name), weights, stage.speaker_history)
            for name in corpus.label_sets
        ]
        for conversation in load_corpus(corpus.name, corpus.path, "train"):
            for versions in zip(*(build_trees(conversation, builder, backbone) for builder in builders), strict=True):
                questions = tuple(question for _, tree in versions for question in tree.questions)
                trees.append(PromptTree(versions[0][1].trunk, questions))
    return [tree for tree in trees if any(question.answer is not None for question in tree.questions)]


def development_trees(stage: StageRecipe, prompt: str, backbone: Backbone) -> list[PromptTree]:
    """Returns the recognition trees of the development split of a stage's first corpus."""
    corpus = stage.corpora[0]
    builder = TreeBuilder(load_wording(prompt), load_label_set(corpus.label_sets[0]))
    conversations = load_corpus(corpus.name, corpus.path, "dev")
    return [tree for conversation in conversations for _, tree in build_trees(conversation, builder, backbone)]
