"""The public face: conversations in, an emotion and an honest confidence per turn out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

import numpy as np

from instructerc.backbones.base import Backbone, FloatArray
from instructerc.backbones.embedders import load_embedder
from instructerc.backbones.settings import ModelSettings, read_settings
from instructerc.backbones.trees import build_trees, check_fit, trunk_budget
from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError, MissingExtra
from instructerc.evaluation import Calibration
from instructerc.labels import LabelSet
from instructerc.prompts import (
    Cutter,
    Demonstration,
    Demonstrator,
    History,
    PromptTree,
    TreeBuilder,
    Trunk,
    load_wording,
)
from instructerc.retrieval import DemonstrationBank, saved_embedder

_UTTERANCES_AT_ONCE = 4096
_ZERO_SHOT_TOKENS = 1024


@dataclass(frozen=True, slots=True)
class Recognition:
    """The answer for one utterance.

    Attributes:
        label: the most probable label, or None where it is less probable than was asked for.
        probability: of the most probable label; calibrated on development for the model's own label set.
        probabilities: of every label, in label order; they sum to 1.
        history_turns: earlier turns that were read with it.
        text_cut: whether the utterance was longer than the model reads, and lost its end.
        demonstrations: labelled utterances that the prompt showed.
    """

    label: str | None
    probability: float
    probabilities: dict[str, float]
    history_turns: int
    text_cut: bool = False
    demonstrations: tuple[Demonstration, ...] = ()


class Recognizer:
    """Recognises the emotion of every utterance of conversations.

    A turn's answer depends on the turns before it and never on later ones, nor on what is read beside it.

    Args:
        backbone: the model.
        settings: what its folder says of it.
        label_set: other options than the ones it was trained on; their probabilities are not calibrated.
        min_probability: below it a recognition abstains: its label is None.
        demonstrator: finds the demonstrations that prompts show; None for a model that is shown none.

    Raises:
        InputError: a probability outside 0 to 1.
        LabelError: labels that the model cannot tell apart.
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
        demonstrator: Demonstrator | None = None,
    ) -> None:
        if not 0 <= min_probability <= 1:
            raise InputError(f"min_probability is {min_probability}; a number from 0 to 1 is accepted")
        self.backbone = backbone
        self.settings = settings
        self.label_set = settings.label_set if label_set is None else label_set
        self.min_probability = min_probability
        own = self.label_set.names == settings.label_set.names
        # A bias belongs to the labels it was fitted on; another label set keeps the temperature alone.
        self._calibration = Calibration.from_data(
            {
                "method": settings.calibration,
                "temperature": settings.temperature,
                "bias": settings.bias if own else (),
            }
        )
        self._builder = TreeBuilder(
            settings.load_wording(), self.label_set, with_answers=False, demonstrator=demonstrator
        )

    @classmethod
    def from_pretrained(
        cls,
        model: str | Path | None = None,
        *,
        label_set: LabelSet | None = None,
        min_probability: float = 0.0,
        threads: int | None = None,
        trust: bool = False,
    ) -> Recognizer:
        """Returns a recognizer on a model folder, by default on the embedded model.

        Args:
            model: folder that `instructerc train` or `instructerc export` wrote; None for the embedded model.
            label_set: other options than the model's own.
            min_probability: below it a recognition abstains.
            threads: CPU threads of the embedded backbone; as many as there are cores where None.
            trust: whether a language model may run code of its own and read pickles, where its folder asks for that.

        Raises:
            ModelError: a folder that is missing, damaged, or of another version.
            MissingExtra: a model that needs torch, without torch.
        """
        folder = embedded_model() if model is None else Path(model)
        settings = read_settings(folder)
        return cls(
            _load_backbone(folder, settings, threads, trust),
            settings,
            label_set=label_set,
            min_probability=min_probability,
            demonstrator=_load_bank(folder / "bank"),
        )

    @classmethod
    def zero_shot(
        cls,
        base: str,
        label_set: LabelSet,
        *,
        wording: str = "compact-1",
        max_tokens: int | None = None,
        chat: bool = False,
        length_normalised: bool = False,
        min_probability: float = 0.0,
    ) -> Recognizer:
        """Returns a recognizer on a causal language model that was not trained for this; nothing is calibrated.

        Args:
            base: hub name or folder of the model.
            label_set: what it chooses from.
            wording: version of the prompt, or a YAML file.
            max_tokens: window of a prompt, in tokens; 1024 where None, or the model's window where that is less.
            chat: whether prompts go through the model's chat template.
            length_normalised: whether options count by the mean over their tokens, not the sum.
            min_probability: below it a recognition abstains.

        Raises:
            ModelError: a model that cannot be found or used.
            MissingExtra: without torch.
        """
        try:
            from instructerc.backbones.causal import CausalBackbone
            from instructerc.backbones.hub import LoadOptions, load_config
            from instructerc.backbones.model_folder import LanguageModelOptions
        except ModuleNotFoundError as error:
            raise MissingExtra(f"the language model {base}", "train") from error
        if max_tokens is None:
            config = load_config(base, LoadOptions()).get_text_config()
            max_tokens = min(_ZERO_SHOT_TOKENS, getattr(config, "max_position_embeddings", None) or _ZERO_SHOT_TOKENS)
        options = LanguageModelOptions(base, max_tokens, chat=chat, length_normalised=length_normalised)
        prompt = load_wording(wording)
        settings = ModelSettings(
            "causal", label_set, prompt.version, calibration="none", wording=prompt.to_data(), recipe="zero-shot"
        )
        return cls(CausalBackbone.from_base(options, History()), settings, min_probability=min_probability)

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
                history_turns = question.utterance - trunk.start
                results[number].append(self._recognition(scores, history_turns, cut, question.demonstrations))

    def _recognition(
        self, log_probs: FloatArray, history_turns: int, text_cut: bool, shown: tuple[Demonstration, ...]
    ) -> Recognition:
        probabilities = np.exp(self._calibration.apply(log_probs)).astype(float)
        best = int(probabilities.argmax())
        probability = float(probabilities[best])
        return Recognition(
            self.label_set.names[best] if probability >= self.min_probability else None,
            probability,
            dict(zip(self.label_set.names, probabilities.tolist(), strict=True)),
            history_turns,
            text_cut,
            shown,
        )


class LiveSession:
    """A conversation as it happens; each turn gets the numbers that the whole conversation would give it.

    Args:
        recognizer: answers the turns.
    """

    def __init__(self, recognizer: Recognizer) -> None:
        self.recognizer = recognizer
        self._trunk = recognizer.backbone.live()
        self._turns: list[Utterance] = []
        self._names: dict[str, str] = {}
        self._cutter: Cutter | None = None
        self._start = 0

    def add(self, speaker: str, text: str) -> Recognition:
        """Returns the recognition of the next turn.

        Raises:
            InputError: an empty speaker, text with a NUL character, or a turn that the model's window cannot hold.
        """
        utterance = Utterance(speaker, text)
        backbone, builder = self.recognizer.backbone, self.recognizer._builder
        if speaker not in self._names:
            self._names[speaker] = builder.called(speaker, len(self._names))
        scene = replace(builder.scene(Conversation("live", [utterance])), names=self._names)
        length, cut = backbone.segment_lengths([builder.segment(utterance, scene).text])[0]
        turns = [*self._turns, utterance]
        tree = builder.build(Conversation("live", turns), 0, len(turns) - 1, scene=scene)
        reserve = backbone.reserve(tree.questions)
        budget = trunk_budget(backbone, scene)
        check_fit(length + reserve, budget)
        self._cutter = self._cutter or backbone.history.cutter(budget)
        dropped = self._cutter.add(length, reserve) - self._start
        if dropped:
            # Turns before the trunk are never read again.
            turns = turns[dropped:]
            tree = builder.build(Conversation("live", turns), 0, len(turns) - 1, scene=scene)
        self._turns, self._start, last = turns, self._start + dropped, len(turns) - 1
        shown = tree.questions[0].demonstrations
        return self.recognizer._recognition(self._trunk.ask(tree)[0], last, cut, shown)


def embedded_model() -> Path:
    """Returns the folder of the model that comes with the package."""
    return Path(str(resources.files("instructerc.models") / "embedded"))


def _load_backbone(folder: Path, settings: ModelSettings, threads: int | None, trust: bool) -> Backbone:
    if settings.kind == "embedded":
        from instructerc.backbones.embedded import EmbeddedBackbone

        return EmbeddedBackbone.load(folder, settings.sha256, threads)
    try:
        from instructerc.backbones.hub import trusting
        from instructerc.backbones.trainable import load_backbone
    except ModuleNotFoundError as error:
        raise MissingExtra(f"the model in {folder}", "train") from error
    with trusting(trust):
        return load_backbone(settings.kind, folder)


def _load_bank(folder: Path) -> DemonstrationBank | None:
    if not folder.is_dir():
        return None
    return DemonstrationBank.load(folder, load_embedder(saved_embedder(folder)))
