"""A recipe with all that it names: read once, for every seed and stage."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from instructerc.backbones.registry import trained_kinds
from instructerc.conversation import Conversation
from instructerc.corpora import corpora_with_shares, load_corpus, load_shares
from instructerc.corpora.joint.held_out import drop_held_out
from instructerc.corpora.joint.overlap import read_left_out
from instructerc.errors import InputError
from instructerc.labels import LabelSet, load_label_set
from instructerc.prompts import History, Wording, load_wording
from instructerc.training.recipe import CorpusRecipe, DemonstrationsRecipe, Recipe, StageRecipe
from instructerc.training.teacher import TeacherAnswers

Say = Callable[[str], None]
Shares = Mapping[str, list[Mapping[str, float]]]


class Splits:
    """Splits of corpora, each read when it is first asked for and then kept."""

    def __init__(self) -> None:
        self._read: dict[tuple[str, str, str], list[Conversation]] = {}

    def load(self, name: str, path: str, split: str) -> list[Conversation]:
        """Returns what `load_corpus` does; not to be changed.

        Raises:
            InputError: a corpus that cannot be read.
        """
        key = (name, path, split)
        if key not in self._read:
            self._read[key] = load_corpus(*key)
        return self._read[key]


class CorpusPlan:
    """A corpus of a stage.

    Args:
        recipe: what is said of it.
        splits: reads it.
        learns_shares: whether the backbone learns how annotators divide an answer.
    """

    def __init__(self, recipe: CorpusRecipe, splits: Splits, learns_shares: bool) -> None:
        self.recipe = recipe
        self.label_sets: tuple[LabelSet, ...] = tuple(map(load_label_set, recipe.label_sets))
        self.has_shares = learns_shares and recipe.shares and recipe.name in corpora_with_shares()
        self._splits = splits

    @property
    def place(self) -> tuple[str, str]:
        """Name and folder."""
        return self.recipe.name, self.recipe.path

    @cached_property
    def train(self) -> list[Conversation]:
        """The training split without what is to be left out."""
        talks = self._splits.load(*self.place, "train")
        if self.recipe.leave_out is None:
            return talks
        left_out = read_left_out(Path(self.recipe.leave_out), self.recipe.name)
        return [talk for talk in talks if talk.id not in left_out]

    @property
    def dev(self) -> list[Conversation]:
        """The development split."""
        return self._splits.load(*self.place, "dev")

    @cached_property
    def shares(self) -> dict[str, Shares]:
        """Annotators' shares of the answers about each training conversation, by label set; empty where not learnt."""
        if not (self.recipe.gold and self.has_shares):
            return {}
        return {labels.name: load_shares(*self.place, "train", labels.name) for labels in self.label_sets}


@dataclass(frozen=True)
class StagePlan:
    """A stage with what it is trained on.

    Attributes:
        recipe: what is said of it.
        corpora: in its order.
        wording: of all prompts.
        demonstrations: what prompts show; None for nothing.
        say: takes a line for a person.
    """

    recipe: StageRecipe
    corpora: tuple[CorpusPlan, ...]
    wording: Wording
    demonstrations: DemonstrationsRecipe | None
    say: Say

    @property
    def main(self) -> CorpusPlan:
        """The corpus whose label set and development split are the stage's."""
        return self.corpora[0]

    @property
    def label_sets(self) -> dict[str, LabelSet]:
        """The label sets of all corpora, by the name or file that the recipe says."""
        return {
            source: labels
            for corpus in self.corpora
            for source, labels in zip(corpus.recipe.label_sets, corpus.label_sets, strict=True)
        }

    @cached_property
    def parts(self) -> list[list[Conversation]]:
        """The training conversations of each corpus, without those that another one holds out.

        Raises:
            InputError: a corpus that cannot be read, or no conversation is left.
        """
        parts = [
            self._without_held_out(corpus) if self.recipe.drop_overlap else corpus.train for corpus in self.corpora
        ]
        if not any(parts):
            raise InputError(
                f"stage {self.recipe.name}: no training conversation is left; what is in `leave_out`, or in another "
                "corpus's dev or test (drop_overlap), is not trained on"
            )
        return parts

    def _without_held_out(self, corpus: CorpusPlan) -> list[Conversation]:
        others = [other.place for other in self.corpora if other.place != corpus.place]
        return drop_held_out(*corpus.place, corpus.train, others, self.say)

    @cached_property
    def teacher(self) -> TeacherAnswers | None:
        """The answers that the stage learns from.

        Raises:
            InputError: a file that cannot be read.
        """
        return TeacherAnswers.load(Path(self.recipe.teacher)) if self.recipe.teacher else None

    @property
    def selecting(self) -> dict[str, CorpusPlan]:
        """The corpora whose development splits select, by name; the first one is the stage's."""
        chosen = [corpus for corpus in self.corpora if corpus is self.main or corpus.recipe.selects]
        names = [corpus.recipe.name for corpus in chosen]
        # Folders of files have one name.
        return {
            corpus.recipe.name if names.count(corpus.recipe.name) == 1 else " ".join(corpus.place): corpus
            for corpus in chosen
        }


@dataclass(frozen=True)
class Plan:
    """What a run does.

    Attributes:
        recipe: what was asked for.
        wording: of all prompts.
        history: what a target sees of the turns before it.
        stages: in their order.
        trackers: programs that are told how the training goes.
    """

    recipe: Recipe
    wording: Wording
    history: History
    stages: tuple[StagePlan, ...]
    trackers: tuple[str, ...] = ()

    @property
    def trains(self) -> bool:
        """Whether any stage trains; a recipe may take a model as it is."""
        return any(stage.recipe.epochs for stage in self.stages)

    @property
    def label_set(self) -> LabelSet:
        """The labels of the last stage, which are the model's."""
        return self.stages[-1].main.label_sets[0]


def resolve(recipe: Recipe, say: Say = print, trackers: Sequence[str] = ()) -> Plan:
    """Returns the plan of a recipe; corpora that several stages have are read once.

    Args:
        recipe: checked already.
        say: takes a line for a person, such as what was left out of a training split.
        trackers: programs that are told how the training goes.
    """
    wording = load_wording(recipe.prompt.wording).calling(recipe.prompt.speakers)
    learns_shares = trained_kinds()[recipe.backbone.kind].learns_shares
    splits = Splits()
    stages = tuple(
        StagePlan(
            stage,
            tuple(CorpusPlan(corpus, splits, learns_shares) for corpus in stage.corpora),
            wording,
            recipe.prompt.demonstrations,
            say,
        )
        for stage in recipe.stages
    )
    return Plan(recipe, wording, recipe.prompt.to_history(), stages, tuple(trackers))
