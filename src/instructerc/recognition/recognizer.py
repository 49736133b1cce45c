"""The public face: conversations in, an emotion and an honest confidence per turn out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import numpy as np

from instructerc.backbones.base import Backbone, FloatArray, log_softmax
from instructerc.backbones.settings import ModelSettings, read_settings
from instructerc.backbones.trees import build_trees
from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError, MissingExtra, ModelError
from instructerc.labels import LabelSet
from instructerc.prompts import PromptTree, TreeBuilder, Trunk, TrunkCutter, load_wording

_UTTERANCES_AT_ONCE = 4096


@dataclass(frozen=True, slots=True)
class Recognition:
    """The answer for one utterance.

    Attributes:
        label: the most probable label, or None where it is less probable than was asked for.
        probability: of the most probable label; calibrated on development for the model's own label set.
        probabilities: of every label, in label order; they sum to 1.
        history_turns: earlier turns that were read with it.
        text_cut: whether the utterance was longer than the model reads, and lost its end.
    """

    label: str | None
    probability: float
    probabilities: dict[str, float]
    history_turns: int
    text_cut: bool = False


class Recognizer:
    """Recognises the emotion of every utterance of conversations.

    A turn's answer depends on the turns before it and never on later ones, nor on what is read beside it.

    Args:
        backbone: the model.
        settings: what its folder says of it.
        label_set: other options than the ones it was trained on; their probabilities are not calibrated.
        min_probability: below it a recognition abstains: its label is None.

    Raises:
        InputError: a probability outside 0 to 1.
        ModelError: a prompt version that this installation does not have.

    Example:
        >>> recognizer = Recognizer.from_pretrained()
        >>> talk = Conversation("c1", [Utterance("Ann", "We won!"), Utterance("Bo", "I can't believe it, wow!")])
        >>> [turn.label for turn in recognizer.recognize(talk)]
        ['joy', 'surprise']
    """

    def __init__(
        self,
        backbone: Backbone,
        settings: ModelSettings,
        *,
        label_set: LabelSet | None = None,
        min_probability: float = 0.0,
    ) -> None:
        if not 0 <= min_probability <= 1:
            raise InputError(f"min_probability is {min_probability}; a number from 0 to 1 is accepted")
        self.backbone = backbone
        self.settings = settings
        self.label_set = settings.label_set if label_set is None else label_set
        self.min_probability = min_probability
        self._builder = TreeBuilder(load_wording(settings.prompt), self.label_set, with_answers=False)

    @classmethod
    def from_pretrained(
        cls,
        model: str | Path | None = None,
        *,
        label_set: LabelSet | None = None,
        min_probability: float = 0.0,
        threads: int | None = None,
    ) -> Recognizer:
        """Returns a recognizer on a model folder, by default on the embedded model.

        Args:
            model: folder that `instructerc train` or `instructerc export` wrote; None for the embedded model.
            label_set: other options than the model's own.
            min_probability: below it a recognition abstains.
            threads: CPU threads of the embedded backbone; as many as there are cores where None.

        Raises:
            ModelError: a folder that is missing, damaged, or of another version.
            MissingExtra: a model that needs torch, without torch.
        """
        folder = embedded_model() if model is None else Path(model)
        settings = read_settings(folder)
        return cls(
            _load_backbone(folder, settings, threads),
            settings,
            label_set=label_set,
            min_probability=min_probability,
        )

    def recognize(self, conversation: Conversation) -> list[Recognition]:
        """Returns one recognition per utterance, in order."""
        return next(self.recognize_many([conversation]))

    def recognize_many(self, conversations: Iterable[Conversation]) -> Iterator[list[Recognition]]:
        """Yields the recognitions of each conversation, in order; as many are read ahead as fill a few batches."""
        waiting: list[Conversation] = []
        n_utterances = 0
        for conversation in conversations:
            waiting.append(conversation)
            n_utterances += len(conversation)
            if n_utterances >= _UTTERANCES_AT_ONCE:
                yield from self._recognize_together(waiting)
                waiting, n_utterances = [], 0
        if waiting:
            yield from self._recognize_together(waiting)

    def session(self) -> LiveSession:
        """Returns a live conversation to which turns are added one by one."""
        return LiveSession(self)

    def _recognize_together(self, conversations: Sequence[Conversation]) -> Iterator[list[Recognition]]:
        results: list[list[Recognition]] = [[] for _ in conversations]
        waiting: list[tuple[int, Trunk, PromptTree]] = []
        n_questions = 0
        for number, conversation in enumerate(conversations):
            for trunk, tree in build_trees(conversation, self._builder, self.backbone):
                waiting.append((number, trunk, tree))
                n_questions += len(tree.questions)
                # One conversation may be as long as a corpus.
                if n_questions >= _UTTERANCES_AT_ONCE:
                    self._answer(waiting, results)
                    waiting, n_questions = [], 0
        self._answer(waiting, results)
        yield from results

    def _answer(self, pieces: Sequence[tuple[int, Trunk, PromptTree]], results: Sequence[list[Recognition]]) -> None:
        """Appends the recognitions of these trees to the results of their conversations."""
        answers = self.backbone.score([tree for _, _, tree in pieces])
        for (number, trunk, tree), log_probs in zip(pieces, answers, strict=True):
            texts = [tree.trunk[question.after].text for question in tree.questions]
            cuts = [cut for _, cut in self.backbone.segment_lengths(texts)]
            for question, scores, cut in zip(tree.questions, log_probs, cuts, strict=True):
                results[number].append(self._recognition(scores, question.utterance - trunk.start, cut))

    def _recognition(self, log_probs: FloatArray, history_turns: int, text_cut: bool) -> Recognition:
        probabilities = np.exp(log_softmax(log_probs / self.settings.temperature)).astype(float)
        best = int(probabilities.argmax())
        probability = float(probabilities[best])
        return Recognition(
            self.label_set.names[best] if probability >= self.min_probability else None,
            probability,
            dict(zip(self.label_set.names, probabilities.tolist(), strict=True)),
            history_turns,
            text_cut,
        )


class LiveSession:
    """A conversation as it happens; each turn gets the numbers that the whole conversation would give it.

    Args:
        recognizer: answers the turns.
    """

    def __init__(self, recognizer: Recognizer) -> None:
        self.recognizer = recognizer
        self._cutter = TrunkCutter(recognizer.backbone.budget, recognizer.backbone.min_history)
        self._trunk = recognizer.backbone.live()
        self._turns: list[Utterance] = []
        self._start = 0

    def add(self, speaker: str, text: str) -> Recognition:
        """Returns the recognition of the next turn.

        Raises:
            InputError: an empty speaker, or text with a NUL character.
        """
        utterance = Utterance(speaker, text)
        backbone, builder = self.recognizer.backbone, self.recognizer._builder
        length, cut = backbone.segment_lengths([builder.segment(utterance).text])[0]
        start = self._cutter.add(length)
        # Turns before the trunk are never read again.
        self._turns = [*self._turns[start - self._start :], utterance]
        self._start = start
        last = len(self._turns) - 1
        tree = builder.build(Conversation("live", self._turns), 0, last)
        return self.recognizer._recognition(self._trunk.ask(tree)[0], last, cut)


def embedded_model() -> Path:
    """Returns the folder of the model that comes with the package."""
    return Path(str(resources.files("instructerc.models") / "embedded"))


def _load_backbone(folder: Path, settings: ModelSettings, threads: int | None) -> Backbone:
    if settings.kind == "embedded":
        from instructerc.backbones.embedded import EmbeddedBackbone

        return EmbeddedBackbone.load(folder, settings.sha256, threads)
    if settings.kind == "encoder":
        try:
            from instructerc.backbones.encoder import EncoderBackbone
        except ModuleNotFoundError as error:
            raise MissingExtra(f"the model in {folder}", "train") from error
        return EncoderBackbone.load(folder)
    raise ModelError(f"{folder} holds a model of kind {settings.kind!r}; this version reads 'embedded' and 'encoder'")
