"""The public face: conversations in, an emotion and an honest confidence per turn out."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from instructerc.backbones.base import Backbone, Dtype
from instructerc.backbones.base_models.consent import trusting
from instructerc.backbones.encoders.embedders import load_embedder
from instructerc.backbones.registry import backbone_kind, load_backbone
from instructerc.backbones.remote.address import RemoteAddress
from instructerc.backbones.settings import ModelSettings, read_settings
from instructerc.backbones.shipped import embedded_model
from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.evaluation.label_free import LabelFreeMethod
from instructerc.labels import LabelSet
from instructerc.prompts import Demonstrator, History, TreeBuilder
from instructerc.recognition.answering import Answering
from instructerc.recognition.batch import recognize_ahead, recognize_in_steps
from instructerc.recognition.language import ForeignTurns
from instructerc.recognition.live import LiveSession
from instructerc.recognition.recognition import Recognition
from instructerc.recognition.zero_shot import fit_without_labels, load_untrained
from instructerc.retrieval import DemonstrationBank, saved_embedder


class Recognizer:
    """Recognises the emotion of every utterance of conversations.

    A turn's answer depends on the turns before it and never on later ones, nor on what is read beside it. Many threads
    may share a recognizer: its answers are those that one thread would get.

    Args:
        backbone: the model.
        settings: what its folder says of it.
        label_set: other options than the ones it was trained on; calibrated as `settings` say of other labels.
        min_probability: below it a recognition abstains: its label is None.
        demonstrator: finds the demonstrations that prompts show; None for a model that is shown none.
        history: what a turn sees of the turns before it, where not what the model was trained with.

    Attributes:
        reads_all_first: whether an answer depends on all that is asked together, as with calibration `prior`.

    Raises:
        InputError: a probability outside 0 to 1.
        LabelError: labels that the model cannot tell apart.
        ModelError: a prompt version that this installation does not have.

    Example:
        >>> from instructerc import Conversation, Utterance
        >>> recognizer = Recognizer.from_pretrained()
        >>> talk = Conversation("c1", [Utterance("Ann", "We won!"), Utterance("Bo", "Wait, what? Nobody told me!")])
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
        self.backbone = backbone
        self.settings = settings
        self.label_set = settings.label_set if label_set is None else label_set
        self.min_probability = min_probability
        self.history = backbone.history if history is None else history
        self.answering = Answering.of(settings, self.label_set, min_probability)
        self.builder = TreeBuilder(
            settings.load_wording(),
            self.label_set,
            with_answers=False,
            demonstrator=demonstrator,
            domain=settings.domain,
        )
        self.reads_all_first = False

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
    def on_server(
        cls, address: RemoteAddress, *, label_set: LabelSet | None = None, min_probability: float = 0.0
    ) -> Recognizer:
        """Returns a recognizer on a trained model that a server holds.

        Args:
            address: of the model; its folder is here too, with labels, wording and calibration.
            label_set: other options than the model's own.
            min_probability: below it a recognition abstains.

        Raises:
            ModelError: a folder that is missing or damaged, or a server without the model.
            Unreachable: a server that does not answer.
            MissingExtra: without torch.
        """
        from instructerc.backbones.remote.open import open_trained

        folder = Path(address.folder or "")
        return cls(
            open_trained(address, folder),
            read_settings(folder),
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
        dtype: Dtype | None = None,
    ) -> Recognizer:
        """Returns a recognizer on a causal language model that was not trained for this.

        Args:
            base: hub name or folder of the model, a GGUF file, a model out of a package, or the address of a server.
            label_set: what it chooses from.
            wording: version of the prompt, or a YAML file.
            max_tokens: window of a prompt, in tokens; 1024 where None, or the model's window where that is less.
            chat: whether prompts go through the model's chat template; where it has one if None.
            length_normalised: whether options count by the mean over their tokens, not the sum.
            min_probability: below it a recognition abstains.
            calibration: what takes out the model's preference for some labels, without labels; `prior` looks at all
                that `recognize_many` is given before the first answer, and live sessions have none of it.
            dtype: of its weights, float32 where None; of a server's model the server has its own.

        Raises:
            InputError: an unknown calibration, or a dtype for weights that a server holds.
            ModelError: a model that cannot be found or used.
            MissingExtra: without torch, or a GGUF file without what reads it.
        """
        backbone, settings = load_untrained(base, label_set, wording, max_tokens, chat, length_normalised, dtype)
        recognizer = cls(backbone, settings, min_probability=min_probability)
        fitted = fit_without_labels(calibration, label_set, backbone, recognizer.builder)
        settings = replace(settings, calibration=fitted.method, temperature=fitted.temperature, bias=fitted.bias)
        recognizer = cls(backbone, settings, min_probability=min_probability)
        recognizer.reads_all_first = calibration == "prior"
        return recognizer

    def about(self) -> dict[str, str | bool | None]:
        """Returns how the model is asked: its wording, its calibration, whether its chat template is used, its dtype.

        The dtype of weights that a server holds is None.
        """
        options = getattr(self.backbone, "options", None)
        return {
            "wording": self.settings.prompt,
            "chat": bool(getattr(options, "chat", False)),
            "calibration": self.answering.calibration.method,
            "dtype": getattr(self.backbone, "dtype", None),
        }

    def recognize(self, conversation: Conversation) -> list[Recognition]:
        """Returns one recognition per utterance, in order."""
        return next(self.recognize_many([conversation]))

    def recognize_many(self, conversations: Iterable[Conversation]) -> Iterator[list[Recognition]]:
        """Yields the recognitions of each conversation, in order; as many are read ahead as fill a few batches.

        With the calibration `prior` of a model without training, all are read before the first is answered.
        """
        answers = recognize_ahead(self, conversations)
        yield from self.answering.less_their_mean(list(answers)) if self.reads_all_first else answers

    def recognize_in_steps(
        self, conversations: Sequence[Conversation], at_once: int
    ) -> Generator[int, None, list[list[Recognition]]]:
        """Yields the number of turns done after each step, and returns what `recognize_many` gives.

        Between two steps the caller may do something else, such as a live turn that cannot wait.

        Args:
            conversations: C of them; all of the input where the calibration is `prior`.
            at_once: turns of a step, about; a trunk is not divided.
        """
        answers = yield from recognize_in_steps(self, conversations, at_once)
        return self.answering.less_their_mean(answers) if self.reads_all_first else answers

    @property
    def model_names(self) -> tuple[str, ...]:
        """The names of the models among which a conversation's one is chosen; none where there is no choice."""
        return ()

    def reader_of(self, conversation: Conversation) -> Recognizer:
        """Returns the recognizer whose model answers a conversation: itself, where there is one model."""
        return self

    def languages_read(self, model: str | None = None) -> tuple[str, ...]:
        """Returns the ISO 639-1 codes of the languages that it reads, or that the one of its models with a name does.

        Args:
            model: one of `model_names`, as recognitions have it; None for all that it reads.
        """
        return self.settings.languages

    def session(self) -> LiveSession:
        """Returns a live conversation to which turns are added one by one.

        Raises:
            InputError: a model that sees later turns.
        """
        if self.backbone.history.shows_later:
            raise InputError(
                "the model sees later turns (history `both`), so it cannot answer while a conversation goes on; "
                "recognise the whole conversation, or use a model trained with history `trunk`"
            )
        return LiveSession(self)

    def track_language(self) -> ForeignTurns:
        """Returns what follows one conversation and says which turns are in a language that the model does not read."""
        return ForeignTurns(self.settings.languages)

    def with_choices(
        self, label_set: LabelSet | None = None, min_probability: float = 0.0, history: History | None = None
    ) -> Recognizer:
        """Returns a recognizer on the same model that answers otherwise; the model is not loaded again.

        Raises:
            InputError: a probability outside 0 to 1.
            LabelError: labels that the model cannot tell apart.
        """
        return self._like(self.settings, label_set, min_probability, history)

    def for_corpus(self, name: str) -> Recognizer:
        """Returns a recognizer that tells the model a corpus's kind of talk where it was trained on that, or itself."""
        domain = self.settings.domain_of(name)
        if domain == self.settings.domain:
            return self
        told = replace(self.settings, domain=domain)
        return self._like(told, self.label_set, self.min_probability, self.history)

    def _like(
        self, settings: ModelSettings, label_set: LabelSet | None, min_probability: float, history: History | None
    ) -> Recognizer:
        other = Recognizer(
            self.backbone,
            settings,
            label_set=label_set,
            min_probability=min_probability,
            demonstrator=self.builder.demonstrator,
            history=history,
        )
        other.reads_all_first = self.reads_all_first
        return other

    @property
    def keeps_states(self) -> bool:
        """Whether a live session keeps what was computed for its past turns, so that the next one is quick."""
        return backbone_kind(self.backbone.kind).keeps_states

    @property
    def worth_copying(self) -> bool:
        """Whether threads of a service each gain by a copy of the model; see `BackboneKind`."""
        return backbone_kind(self.backbone.kind).worth_copying


def _load_bank(folder: Path) -> DemonstrationBank | None:
    if not folder.is_dir():
        return None
    return DemonstrationBank.load(folder, load_embedder(saved_embedder(folder)))
