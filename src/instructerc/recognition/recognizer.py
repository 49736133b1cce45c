"""The public face: conversations in, an emotion and an honest confidence per turn out."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from threading import RLock
from typing import Any

import numpy as np
import numpy.typing as npt

from instructerc.backbones.base import Backbone, FloatArray
from instructerc.backbones.base_models.consent import trusting
from instructerc.backbones.encoders.embedders import load_embedder
from instructerc.backbones.registry import backbone_kind, load_backbone
from instructerc.backbones.settings import ModelSettings, read_settings
from instructerc.backbones.shipped import embedded_model
from instructerc.backbones.trees import build_trees, check_fit, trunk_budget
from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError, MissingExtra
from instructerc.evaluation import Calibration, Foreign
from instructerc.evaluation.label_free import CONTENT_FREE, LabelFreeMethod, expected_shares, fit_label_free
from instructerc.labels import LabelSet
from instructerc.prompts import (
    Cutter,
    Demonstration,
    Demonstrator,
    History,
    PromptTree,
    Scene,
    TreeBuilder,
    Trunk,
    load_wording,
)
from instructerc.recognition.language import ForeignTurns
from instructerc.retrieval import DemonstrationBank, saved_embedder

_UTTERANCES_AT_ONCE = 4096
_ZERO_SHOT_TOKENS = 1024
# Turns without content: a preference also depends on how much stands before the question.
_CONTENT_FREE_TURNS = 8
_SMALLEST = 1e-12


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
        language: ISO 639-1 code of the turn's language where the model does not read it, and so is less sure. None
            where it does, or where neither the turn nor those before it tell.
    """

    label: str | None
    probability: float
    probabilities: dict[str, float]
    history_turns: int
    text_cut: bool = False
    demonstrations: tuple[Demonstration, ...] = ()
    language: str | None = None


class Recognizer:
    """Recognises the emotion of every utterance of conversations.

    A turn's answer depends on the turns before it and never on later ones, nor on what is read beside it. Many threads
    may share a recognizer: its answers are those that one thread would get.

    Args:
        backbone: the model.
        settings: what its folder says of it.
        label_set: other options than the ones it was trained on; their probabilities are not calibrated.
        min_probability: below it a recognition abstains: its label is None.
        demonstrator: finds the demonstrations that prompts show; None for a model that is shown none.
        history: what a turn sees of the turns before it, where not what the model was trained with.

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
        history: History | None = None,
    ) -> None:
        if not 0 <= min_probability <= 1:
            raise InputError(f"min_probability is {min_probability}; a number from 0 to 1 is accepted")
        self.backbone = backbone
        self.settings = settings
        self.label_set = settings.label_set if label_set is None else label_set
        self.min_probability = min_probability
        self.history = backbone.history if history is None else history
        self._by_whole_input = False
        own = self.label_set.names == settings.label_set.names
        # A bias belongs to the labels it was fitted on; another label set keeps the temperature alone.
        self._calibration = Calibration.from_data(
            {
                "method": settings.calibration,
                "temperature": settings.temperature,
                "bias": settings.bias if own else (),
            }
        )
        self._foreign = Foreign.from_data(settings.foreign) if settings.foreign else Foreign()
        self._builder = TreeBuilder(
            settings.load_wording(),
            self.label_set,
            with_answers=False,
            demonstrator=demonstrator,
            domain=settings.domain,
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
        with trusting(trust):
            backbone = load_backbone(folder, settings, threads)
        return cls(
            backbone,
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
        chat: bool | None = None,
        length_normalised: bool = False,
        min_probability: float = 0.0,
        calibration: LabelFreeMethod = "contextual",
    ) -> Recognizer:
        """Returns a recognizer on a causal language model that was not trained for this.

        Args:
            base: hub name or folder of the model, a GGUF file, or a model out of a package.
            label_set: what it chooses from.
            wording: version of the prompt, or a YAML file.
            max_tokens: window of a prompt, in tokens; 1024 where None, or the model's window where that is less.
            chat: whether prompts go through the model's chat template; where it has one if None.
            length_normalised: whether options count by the mean over their tokens, not the sum.
            min_probability: below it a recognition abstains.
            calibration: what takes out the model's preference for some labels, without labels; `prior` looks at all
                that `recognize_many` is given before the first answer, and live sessions have none of it.

        Raises:
            InputError: an unknown calibration.
            ModelError: a model that cannot be found or used.
            MissingExtra: without torch, or a GGUF file without what reads it.
        """
        try:
            from instructerc.backbones.base_models.hub import load_config, load_tokenizer
            from instructerc.backbones.language_models.causal import CausalBackbone
            from instructerc.backbones.options import BackboneOptions
        except ModuleNotFoundError as error:
            raise MissingExtra(f"the language model {base}", "train") from error
        options = BackboneOptions(kind=CausalBackbone.kind, base=base, length_normalised=length_normalised)
        if max_tokens is None:
            config = load_config(options).get_text_config()
            max_tokens = min(_ZERO_SHOT_TOKENS, getattr(config, "max_position_embeddings", None) or _ZERO_SHOT_TOKENS)
        if chat is None:
            chat = bool(getattr(load_tokenizer(options), "chat_template", None))
        options = options.model_copy(update={"max_tokens": max_tokens, "chat": chat})
        prompt = load_wording(wording)
        settings = ModelSettings(
            CausalBackbone.kind,
            label_set,
            prompt.version,
            calibration="none",
            wording=prompt.to_data(),
            recipe="zero-shot",
            languages=(),
        )
        recognizer = cls(CausalBackbone.from_base(options, History()), settings, min_probability=min_probability)
        recognizer._calibrate_without_labels(calibration)
        return recognizer

    def about(self) -> dict[str, str | bool]:
        """Returns how the model is asked: its wording, its calibration, whether its chat template is used."""
        options = getattr(self.backbone, "options", None)
        return {
            "wording": self.settings.prompt,
            "chat": bool(getattr(options, "chat", False)),
            "calibration": self._calibration.method,
        }

    def _calibrate_without_labels(self, method: LabelFreeMethod) -> None:
        shares = expected_shares(self.label_set)
        if method == "prior":
            self._by_whole_input = True
            # Nothing is taken off until the input is known.
            self._calibration = Calibration("prior")
            self.settings = replace(self.settings, calibration="prior")
            return
        rows = [np.zeros(len(self.label_set))] if method == "none" else self._content_free_answers()
        self._calibration = fit_label_free(method, np.asarray(rows), shares)
        self.settings = replace(self.settings, calibration=self._calibration.method, bias=self._calibration.bias)

    def _content_free_answers(self) -> list[FloatArray]:
        """Returns the answers to every turn of conversations that say nothing. Shape: O each."""
        talks = [
            Conversation(
                "content-free", [Utterance(("Ann", "Bo")[turn % 2], text) for turn in range(_CONTENT_FREE_TURNS)]
            )
            for text in CONTENT_FREE
        ]
        trees = [tree for talk in talks for _, tree in build_trees(talk, self._builder, self.backbone, self.history)]
        return [row for answers in self.backbone.score(trees) for row in answers]

    def recognize(self, conversation: Conversation) -> list[Recognition]:
        """Returns one recognition per utterance, in order."""
        return next(self.recognize_many([conversation]))

    def recognize_many(self, conversations: Iterable[Conversation]) -> Iterator[list[Recognition]]:
        """Yields the recognitions of each conversation, in order; as many are read ahead as fill a few batches.

        With the calibration `prior` of a model without training, all are read before the first is answered.
        """
        if self._by_whole_input:
            yield from self._recalibrated(list(self._recognize_ahead(conversations)))
        else:
            yield from self._recognize_ahead(conversations)

    def _recalibrated(self, answers: Sequence[list[Recognition]]) -> Iterator[list[Recognition]]:
        """Yields these answers with their own mean prediction taken off."""
        chances = [list(turn.probabilities.values()) for turns in answers for turn in turns]
        if not chances:
            yield from answers
            return
        rows = np.log(np.maximum(chances, _SMALLEST))
        calibration = fit_label_free("prior", rows, expected_shares(self.label_set))
        calibrated = iter(calibration.apply(rows))
        for turns in answers:
            yield [
                self._labelled(next(calibrated), turn.history_turns, turn.text_cut, turn.demonstrations, turn.language)
                for turn in turns
            ]

    def _recognize_ahead(self, conversations: Iterable[Conversation]) -> Iterator[list[Recognition]]:
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

    def with_choices(
        self, label_set: LabelSet | None = None, min_probability: float = 0.0, history: History | None = None
    ) -> Recognizer:
        """Returns a recognizer on the same model that answers otherwise; the model is not loaded again.

        Raises:
            InputError: a probability outside 0 to 1.
            LabelError: labels that the model cannot tell apart.
        """
        other = Recognizer(
            self.backbone,
            self.settings,
            label_set=label_set,
            min_probability=min_probability,
            demonstrator=self._builder.demonstrator,
            history=history,
        )
        other._by_whole_input = self._by_whole_input
        return other

    def for_corpus(self, name: str) -> Recognizer:
        """Returns a recognizer that tells the model a corpus's kind of talk where it was trained on that, or itself."""
        domain = self.settings.domains.get(name, self.settings.domain)
        if domain == self.settings.domain:
            return self
        other = Recognizer(
            self.backbone,
            replace(self.settings, domain=domain),
            label_set=self.label_set,
            min_probability=self.min_probability,
            demonstrator=self._builder.demonstrator,
            history=self.history,
        )
        other._by_whole_input = self._by_whole_input
        return other

    @property
    def keeps_states(self) -> bool:
        """Whether a live session keeps what was computed for its past turns, so that the next one is quick."""
        return backbone_kind(self.backbone.kind).keeps_states

    @property
    def worth_copying(self) -> bool:
        """Whether threads of a service each gain by a copy of the model; see `BackboneKind`."""
        return backbone_kind(self.backbone.kind).worth_copying

    def session(self) -> LiveSession:
        """Returns a live conversation to which turns are added one by one."""
        return LiveSession(self)

    def recognize_in_steps(
        self, conversations: Sequence[Conversation], at_once: int
    ) -> Generator[int, None, list[list[Recognition]]]:
        """Yields the number of turns done after each step, and returns what `recognize_many` gives.

        Between two steps the caller may do something else, such as a live turn that cannot wait.

        Args:
            conversations: C of them.
            at_once: turns of a step, about; a trunk is not divided.
        """
        results: list[list[Recognition]] = [[] for _ in conversations]
        trackers = [self._tracker() for _ in conversations]
        done = 0
        for pieces in self._pieces(conversations, at_once):
            self._answer(pieces, conversations, trackers, results)
            done += sum(len(tree.questions) for _, _, tree in pieces)
            yield done
        return results

    def _recognize_together(self, conversations: Sequence[Conversation]) -> Iterator[list[Recognition]]:
        results: list[list[Recognition]] = [[] for _ in conversations]
        trackers = [self._tracker() for _ in conversations]
        for pieces in self._pieces(conversations, _UTTERANCES_AT_ONCE):
            self._answer(pieces, conversations, trackers, results)
        yield from results

    def _pieces(
        self, conversations: Sequence[Conversation], at_once: int
    ) -> Iterator[list[tuple[int, Trunk, PromptTree]]]:
        """Yields the trees of conversations, with whose they are, in groups that ask about `at_once` turns or more."""
        waiting: list[tuple[int, Trunk, PromptTree]] = []
        n_questions = 0
        for number, conversation in enumerate(conversations):
            for trunk, tree in build_trees(conversation, self._builder, self.backbone, self.history):
                waiting.append((number, trunk, tree))
                n_questions += len(tree.questions)
                # One conversation may be as long as a corpus.
                if n_questions >= at_once:
                    yield waiting
                    waiting, n_questions = [], 0
        if waiting:
            yield waiting

    def _tracker(self) -> ForeignTurns:
        return ForeignTurns(self.settings.languages)

    def _answer(
        self,
        pieces: Sequence[tuple[int, Trunk, PromptTree]],
        conversations: Sequence[Conversation],
        trackers: Sequence[ForeignTurns],
        results: Sequence[list[Recognition]],
    ) -> None:
        """Appends the recognitions of these trees to the results of their conversations."""
        answers = self.backbone.score([tree for _, _, tree in pieces])
        for (number, trunk, tree), log_probs in zip(pieces, answers, strict=True):
            texts = [tree.trunk[question.after].text for question in tree.questions]
            cuts = [cut for _, cut in self.backbone.segment_lengths(texts)]
            for question, scores, cut in zip(tree.questions, log_probs, cuts, strict=True):
                history_turns = question.utterance - trunk.start
                language = trackers[number].add(conversations[number].utterances[question.utterance].text)
                results[number].append(self._recognition(scores, history_turns, cut, question.demonstrations, language))

    def _recognition(
        self,
        log_probs: FloatArray,
        history_turns: int,
        text_cut: bool,
        shown: tuple[Demonstration, ...],
        language: str | None,
    ) -> Recognition:
        own = self._calibration.apply(log_probs)
        lowered = own if language is None else np.log(self._foreign.apply(own))
        return self._labelled(lowered, history_turns, text_cut, shown, language)

    def _labelled(
        self,
        log_probs: npt.NDArray[np.floating[Any]],
        history_turns: int,
        text_cut: bool,
        shown: tuple[Demonstration, ...],
        language: str | None,
    ) -> Recognition:
        probabilities = np.exp(log_probs).astype(float)
        best = int(probabilities.argmax())
        probability = float(probabilities[best])
        return Recognition(
            self.label_set.names[best] if probability >= self.min_probability else None,
            probability,
            dict(zip(self.label_set.names, probabilities.tolist(), strict=True)),
            history_turns,
            text_cut,
            shown,
            language,
        )


class LiveSession:
    """A conversation as it happens; each turn gets the numbers that the whole conversation would give it.

    Threads may share a session: a turn is added as a whole before the next one begins, in the order in which they come.

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
        self._adding = RLock()
        self._foreign = recognizer._tracker()
        self._language: str | None = None

    def add(self, speaker: str, text: str) -> Recognition:
        """Returns the recognition of the next turn.

        Raises:
            InputError: an empty speaker, text with a NUL character, or a turn that the model's window cannot hold.
        """
        [answer] = answer_together([(self, Utterance(speaker, text))])
        if isinstance(answer, InputError):
            raise answer
        return answer

    def skip(self, speaker: str, text: str) -> None:
        """Takes the next turn without asking about it: one that was answered before, in another process.

        The next `add` computes all that was skipped at once, which is much quicker than turn by turn.

        Raises:
            InputError: as `add`.
        """
        with self._adding:
            self._take(Utterance(speaker, text))

    def _answer(self, scores: FloatArray, tree: PromptTree, cut: bool, last: int, language: str | None) -> Recognition:
        return self.recognizer._recognition(scores, last, cut, tree.questions[0].demonstrations, language)

    @property
    def nbytes(self) -> int:
        """Memory of what is kept of past turns, in bytes; 0 where the model keeps nothing or does not say."""
        return int(getattr(self._trunk, "nbytes", 0))

    def _take(self, utterance: Utterance) -> bool:
        """Takes the next turn, drops those that its trunk has no room for, and says whether its text was cut."""
        backbone, builder = self.recognizer.backbone, self.recognizer._builder
        if utterance.speaker not in self._names:
            self._names[utterance.speaker] = builder.called(utterance.speaker, len(self._names))
        scene = self._scene(utterance)
        length, cut = backbone.segment_lengths([builder.segment(utterance, scene).text])[0]
        before, self._turns = self._turns, [*self._turns, utterance]
        try:
            reserve = 0
            if builder.has_branches or backbone.spells_options:
                reserve = backbone.reserve(self._tree().questions)
            budget = trunk_budget(backbone, scene)
            check_fit(length + reserve, budget)
        except InputError:
            self._turns = before
            raise
        self._cutter = self._cutter or self.recognizer.history.cutter(budget)
        dropped = self._cutter.add(length, reserve) - self._start
        # Turns before the trunk are never read again.
        self._turns, self._start = self._turns[dropped:], self._start + dropped
        self._language = self._foreign.add(utterance.text)
        return cut

    def _tree(self) -> PromptTree:
        """Returns the tree that asks about the last turn."""
        talk, last = Conversation("live", self._turns), len(self._turns) - 1
        return self.recognizer._builder.build(talk, 0, last, scene=self._scene(self._turns[-1]))

    def _scene(self, utterance: Utterance) -> Scene:
        return replace(self.recognizer._builder.scene(Conversation("live", [utterance])), names=self._names)


def answer_together(turns: Sequence[tuple[LiveSession, Utterance]]) -> list[Recognition | InputError]:
    """Returns the recognitions of the next turns of live sessions on one model, or why it cannot read one of them.

    A model that keeps no states of past turns reads all of them in one go, as it reads conversations; one that does
    answers each from what it keeps.

    Args:
        turns: sessions, each with its next turn; a session may be there twice, in the order of its turns.
    """
    found: dict[int, Recognition | InputError] = {}
    asked: list[tuple[int, LiveSession, PromptTree, bool, int, str | None]] = []
    for place, (session, turn) in enumerate(turns):
        with session._adding:
            try:
                cut = session._take(turn)
            except InputError as error:
                found[place] = error
                continue
            tree, last, language = session._tree(), len(session._turns) - 1, session._language
            if session.recognizer.keeps_states:
                found[place] = session._answer(session._trunk.ask(tree)[0], tree, cut, last, language)
            else:
                asked.append((place, session, tree, cut, last, language))
    if asked:
        scores = asked[0][1].recognizer.backbone.score([tree for _, _, tree, *_ in asked])
        for (place, session, tree, cut, last, language), (log_probs,) in zip(asked, scores, strict=True):
            found[place] = session._answer(log_probs, tree, cut, last, language)
    return [found[place] for place in range(len(turns))]


def _load_bank(folder: Path) -> DemonstrationBank | None:
    if not folder.is_dir():
        return None
    return DemonstrationBank.load(folder, load_embedder(saved_embedder(folder)))
