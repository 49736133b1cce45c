"""A user's own labels from a few corrected conversations: the embedded model stays as it is and gets a head."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from instructerc.backbones.base import FloatArray
from instructerc.backbones.encoders.adapted import HEAD, base_digests, option_texts, write_head
from instructerc.backbones.encoders.embedded import EmbeddedBackbone
from instructerc.backbones.encoders.head import Head
from instructerc.backbones.registry import backbone_kind, backbone_kinds
from instructerc.backbones.settings import FILE, ModelSettings, read_settings, write_settings
from instructerc.backbones.shipped import AUTO, MULTILINGUAL, is_named, model_folder, named_model
from instructerc.conversation import Conversation
from instructerc.errors import InputError, LabelError, ModelError
from instructerc.evaluation import Comparison, Evaluation, compare_predictions, evaluate_predictions
from instructerc.labels import LabelSet, fold
from instructerc.recognition.batch import build_pieces
from instructerc.recognition.label_head import N_FOLDS, NAMES_ALONE, Candidate, FittedHead, fit_head
from instructerc.recognition.language.route import ABROAD_FROM
from instructerc.recognition.models import choose_one
from instructerc.recognition.recognizer import Recognizer
from instructerc.recognition.softmax_regression import Float64Array, IntArray

FEW_TURNS = 30
FEW_OF_A_LABEL = 3
_TURNS_OF_A_STRETCH = 10
_TURNS_AT_ONCE = 256
_TWO_LABELS = "at least two different labels are needed"


@dataclass(frozen=True)
class Adaptation:
    """An adapted model, and how good it is on conversations that it was not fitted on.

    Attributes:
        recognizer: answers with the head; what `save` saves.
        counts: labelled turns of each label, in label order.
        n_conversations: conversations with a labelled turn.
        stretches: whether there were too few conversations, so that stretches of turns took their place.
        n_unread: labelled turns in languages that the model below does not read.
        chosen: how the head was fitted.
        evaluation: of heads that were fitted and chosen without the turns that they answer.
        names: of the label names alone, without a head, on the same turns.
        gain: weighted F1 of the first less that of the second, paired.
    """

    recognizer: Recognizer
    counts: Mapping[str, int]
    n_conversations: int
    stretches: bool
    n_unread: int
    chosen: Candidate
    evaluation: Evaluation
    names: Evaluation
    gain: Comparison

    @property
    def n_turns(self) -> int:
        """Labelled turns."""
        return sum(self.counts.values())

    @property
    def base(self) -> str:
        """The model below: its name, or its folder."""
        return self.recognizer.settings.base["model"]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a user must know before the model is trusted, a sentence each."""
        found = []
        if self.n_turns < FEW_TURNS:
            found.append(
                f"{self.n_turns} labelled turn(s) are too few to learn from or to measure; "
                f"label {FEW_TURNS} or more, better 200"
            )
        rare = [f"{label} ({count})" for label, count in self.counts.items() if count < FEW_OF_A_LABEL]
        if rare:
            found.append(f"labels with fewer than {FEW_OF_A_LABEL} turns rely on their names: {', '.join(rare)}")
        if self.stretches:
            found.append(
                f"fewer than {N_FOLDS} conversations: the figures are from stretches of {_TURNS_OF_A_STRETCH} turns in "
                "conversations that training saw in part; new conversations may score lower"
            )
        if self.n_unread and self.n_unread >= ABROAD_FROM * self.n_turns:
            other = "" if self.base == MULTILINGUAL else f"; model {MULTILINGUAL!r} reads sixteen more"
            found.append(
                f"{self.n_unread} of {self.n_turns} labelled turns look like languages that model {self.base!r} does "
                f"not read{other}"
            )
        if self.chosen == NAMES_ALONE:
            found.append(
                "this model answers by the label names alone: what was learnt from these turns was not clearly better "
                "on held-out conversations; more labelled turns may help"
            )
        elif self.gain.interval is None or self.gain.interval[0] <= 0:
            found.append(
                "no gain over the label names alone was measured: the interval of the gain includes 0; label more"
            )
        return tuple(found)

    def save(self, folder: Path) -> None:
        """Writes the model folder, a few kilobytes; the embedded model is named in it, not copied.

        Raises:
            InputError: the folder holds something other than an adapted model.
        """
        check_folder(folder)
        backbone = self.recognizer.backbone
        assert isinstance(backbone, EmbeddedBackbone)
        assert backbone.head is not None
        folder.mkdir(parents=True, exist_ok=True)
        digest = write_head(folder, backbone.head)
        write_settings(folder, replace(self.recognizer.settings, sha256={HEAD: digest}))


def check_folder(folder: Path) -> None:
    """Raises InputError if a folder holds something that adapting must not write over."""
    if folder.is_dir() and not any(folder.iterdir()):
        return
    if folder.exists() and not ((folder / FILE).is_file() and _has_head(read_settings(folder))):
        raise InputError(f"{folder} already exists and is not an adapted model; choose another folder")


def _has_head(settings: ModelSettings) -> bool:
    kind = backbone_kinds().get(settings.kind)
    return kind is not None and kind.has_head


def adapt(
    conversations: Sequence[Conversation],
    *,
    label_set: LabelSet | None = None,
    model: str | Path | None = None,
    seed: int = 0,
    threads: int | None = None,
    advance: Callable[[int], None] = lambda count: None,
) -> Adaptation:
    """Returns a model for the labels of these conversations.

    Args:
        conversations: with emotions on some turns or on all; turns without one are history.
        label_set: the labels; those of the conversations where None, or the model's own where they are all among these.
        model: the embedded model that gets the head, by name or as a folder; None and `auto` choose one of the shipped
            models by the languages of the labelled conversations.
        seed: of the folds.
        threads: CPU threads; as many as there are cores where None.
        advance: called with the number of turns that have been read since the last call.

    Raises:
        InputError: fewer than two labelled turns.
        LabelError: turns of one label only, or a label that is not in `label_set`.
        ModelError: a model that cannot be found, or is not an embedded one.
    """
    base, folder = _find_base(model, conversations)
    plain = Recognizer.from_pretrained(folder, threads=threads)
    backbone = plain.backbone
    if not isinstance(backbone, EmbeddedBackbone) or not backbone_kind(plain.settings.kind).adapts_to:
        raise ModelError(
            f"a model of kind {plain.settings.kind!r} cannot be adapted; give an embedded one, "
            "as `instructerc export` writes it, or none for a shipped one"
        )
    labels = label_set or find_labels(conversations, plain.label_set)
    named = plain.with_choices(labels)
    turns = _labelled_turns(conversations, labels)
    states = _read_states(named, backbone, conversations, advance)[turns.rows].astype(np.float64)
    scores = _name_scores(named, backbone, states)
    fitted = fit_head(states, scores, turns.gold, turns.groups, seed)
    settings = _settings(named, base)
    backbone.head = _head(fitted, named, settings)
    learnt, by_names = (
        evaluate_predictions(*_as_lists(rows, turns, labels), labels, probabilities=rows, seed=seed)
        for rows in (fitted.held_out, np.exp(scores))
    )
    answers = (fitted.held_out.argmax(axis=1), scores.argmax(axis=1))
    figures = {"held_out_weighted_f1": learnt.weighted_f1, "names_weighted_f1": by_names.weighted_f1}
    return Adaptation(
        Recognizer(backbone, replace(settings, figures=figures)),
        {label: int((turns.gold == place).sum()) for place, label in enumerate(labels.names)},
        len(np.unique(turns.conversation)),
        turns.stretches,
        _count_unread(plain, conversations),
        fitted.chosen,
        learnt,
        by_names,
        compare_predictions(turns.gold, *answers, turns.groups, len(labels), seed=seed),
    )


def find_labels(conversations: Sequence[Conversation], own: LabelSet) -> LabelSet:
    """Returns the labels that conversations carry, the commonest spelling of each; `own` where they are all in it.

    Raises:
        InputError: no turn has an emotion.
        LabelError: turns of one label only.
    """
    spellings = Counter(turn.emotion for talk in conversations for turn in talk.utterances if turn.emotion)
    if not spellings:
        raise InputError(
            "no turn has an emotion; give labelled conversations, or name their column with --emotion-column"
        )
    names: dict[str, str] = {}
    for word, _ in sorted(spellings.items(), key=lambda item: (-item[1], item[0])):
        names.setdefault(fold(word), " ".join(word.split()))
    if set(names) <= set(map(fold, own.names)):
        return own
    if len(names) < 2:
        raise LabelError(f"every labelled turn is {next(iter(names.values()))!r}; {_TWO_LABELS}")
    return LabelSet("adapted", tuple(sorted(names.values(), key=fold)))


def _find_base(model: str | Path | None, conversations: Sequence[Conversation]) -> tuple[str, Path]:
    """Returns what an adapted folder calls the model below, and that one's folder.

    It is called by its name, which holds on every machine, or else by its whole path.
    """
    if model is None or (str(model) == AUTO and is_named(model)):
        name = choose_one([talk for talk in conversations if any(turn.emotion for turn in talk.utterances)])
        return name, named_model(name)
    folder = model_folder(model)
    return str(model) if is_named(model) else str(folder.resolve()), folder


def _count_unread(recognizer: Recognizer, conversations: Sequence[Conversation]) -> int:
    """Returns the number of labelled turns in languages that a model does not read."""
    count = 0
    for talk in conversations:
        languages = recognizer.track_language()
        for turn in talk.utterances:
            count += languages.add(turn.text) is not None and turn.emotion is not None
    return count


@dataclass(frozen=True)
class _Turns:
    """The labelled turns of conversations.

    Attributes:
        rows: their places among all turns. Shape: [U]
        gold: label indices. Shape: [U]
        conversation: which one each stands in. Shape: [U]
        groups: what stays together in cross-validation. Shape: [U]
        stretches: whether groups are parts of conversations.
    """

    rows: IntArray
    gold: IntArray
    conversation: IntArray
    groups: IntArray
    stretches: bool


def _labelled_turns(conversations: Sequence[Conversation], labels: LabelSet) -> _Turns:
    found: list[tuple[int, int, int]] = []
    place = 0
    for number, talk in enumerate(conversations):
        for turn in talk.utterances:
            label = None if turn.emotion is None else labels.resolve(turn.emotion)
            if label is not None:
                found.append((place, labels.names.index(label), number))
            place += 1
    if len(found) < 2:
        raise InputError(f"{len(found)} labelled turn(s); give conversations with emotions, {FEW_TURNS} turns or more")
    rows, gold, conversation = np.array(found, dtype=np.int64).T
    if len(np.unique(gold)) < 2:
        raise LabelError(f"every labelled turn is {labels.names[gold[0]]!r}; {_TWO_LABELS}")
    groups = np.unique(conversation, return_inverse=True)[1]
    stretches = int(groups.max()) + 1 < N_FOLDS
    if stretches:
        size = min(_TURNS_OF_A_STRETCH, max(1, len(found) // N_FOLDS))
        groups = np.arange(len(found), dtype=np.int64) // size
    return _Turns(rows, gold, conversation, groups, stretches)


def _read_states(
    recognizer: Recognizer,
    backbone: EmbeddedBackbone,
    conversations: Sequence[Conversation],
    advance: Callable[[int], None],
) -> FloatArray:
    """Returns the state of every turn. Shape: [all turns, H]"""
    found: list[FloatArray] = []
    for pieces in build_pieces(recognizer, conversations, _TURNS_AT_ONCE):
        states = backbone.states([piece.tree for piece in pieces])
        found += states
        advance(sum(map(len, states)))
    return np.concatenate(found)


def _name_scores(recognizer: Recognizer, backbone: EmbeddedBackbone, states: Float64Array) -> Float64Array:
    """Returns the calibrated log-probabilities of labels as questions ask them, without a head. Shape: [U, O]"""
    similar = states @ backbone.option_states(recognizer.builder.label_options()).T.astype(np.float64)
    return recognizer.answering.calibration.apply(similar).astype(np.float64)


def _settings(recognizer: Recognizer, base: str) -> ModelSettings:
    """Returns the settings of a model on this one, whose calibration is in its head.

    It has the kind of talk that it was fitted on and no other, whatever the model below knows of corpora.
    """
    settings = recognizer.settings
    return replace(
        settings,
        kind=backbone_kind(settings.kind).adapts_to,
        label_set=recognizer.label_set,
        calibration="none" if settings.calibration == "none" else "temperature",
        temperature=settings.domain_temperature,
        temperatures={},
        domains={},
        bias=(),
        biases={},
        unsure_below=None,
        recipe="adapt",
        sha256={},
        base={"model": base, **base_digests(settings)},
    )


def _head(fitted: FittedHead, recognizer: Recognizer, settings: ModelSettings) -> Head:
    """Returns the head whose scores, divided by the temperature of the model below, are what was fitted.

    That temperature stays in the settings, since labels that the head does not know still need it. The names were
    scored with the one that these labels have without a head, which may be another.
    """
    names = recognizer.answering.calibration
    name_scale = fitted.name_scale * settings.temperature / names.temperature
    bias = settings.temperature * fitted.bias - name_scale * np.asarray(names.bias or 0.0)
    return Head(
        option_texts(settings),
        (settings.temperature * fitted.weights.T).astype(np.float32),
        bias.astype(np.float32),
        name_scale,
    )


def _as_lists(
    probabilities: Float64Array, turns: _Turns, labels: LabelSet
) -> tuple[list[list[str | None]], list[list[str | None]]]:
    """Returns gold and answered labels by group, as evaluations take them."""
    answers = probabilities.argmax(axis=1)
    ends = np.flatnonzero(np.diff(turns.groups)) + 1
    gold, answered = (
        [[labels.names[label] for label in part] for part in np.split(column, ends)] for column in (turns.gold, answers)
    )
    return gold, answered
