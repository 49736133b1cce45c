"""The three tasks of the method, each a kind of question on the tree (arXiv:2309.11911, section 3.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from instructerc.conversation import Conversation, Utterance
from instructerc.labels import LabelSet
from instructerc.prompts.tree import PromptTree, Question, Segment
from instructerc.prompts.wording import Wording

EMOTION_RECOGNITION = "emotion_recognition"
EMOTION_PREDICTION = "emotion_prediction"
SPEAKER_IDENTIFICATION = "speaker_identification"
RECOGNITION_ONLY: Mapping[str, float] = {EMOTION_RECOGNITION: 1.0}


@dataclass(frozen=True)
class TreeBuilder:
    """Turns conversations into prompt trees.

    Attributes:
        wording: the templates.
        label_set: options of the two emotion tasks.
        tasks: weight by task name; a task with weight 0 is not asked.
        speaker_history: whether speaker identification sees the earlier turns (the paper asks it without).
        with_answers: whether questions carry their gold option; a recognizer must not look at it.
    """

    wording: Wording
    label_set: LabelSet
    tasks: Mapping[str, float] = field(default_factory=lambda: dict(RECOGNITION_ONLY))
    speaker_history: bool = False
    with_answers: bool = True

    def build(self, conversation: Conversation, start: int = 0, first: int = 0, end: int | None = None) -> PromptTree:
        """Returns the tree of utterances `start` to `end` that asks about those from `first` on.

        Questions are ordered by utterance, then by task. A gold label outside the label set, or one that the
        set ignores, leaves the question without an answer only if it is ignored.

        Raises:
            LabelError: a gold label that the label set does not know.
        """
        end = len(conversation) if end is None else end
        trunk = [Segment(self.wording.instruction)]
        questions: list[Question] = []
        for index in range(start, end):
            trunk.append(self.segment(conversation.utterances[index]))
            if index >= first:
                for task, weight in self.tasks.items():
                    if weight > 0:
                        questions.extend(_ASK[task](self, conversation, index, index - start, weight))
        return PromptTree(tuple(trunk), tuple(questions))

    @property
    def has_branches(self) -> bool:
        """Whether a task asks with words of its own."""
        return any(weight > 0 and getattr(self.wording, task) for task, weight in self.tasks.items())

    def segment(self, utterance: Utterance) -> Segment:
        """Returns the trunk segment of one utterance."""
        return Segment(self.wording.render("utterance", speaker=utterance.speaker, text=utterance.text))

    def options(self, names: tuple[str, ...]) -> tuple[str, ...]:
        """Returns the option texts of these names."""
        return tuple(self.wording.render("option", option=name) for name in names)

    def _gold(self, conversation: Conversation, index: int) -> int | None:
        emotion = conversation.utterances[index].emotion if self.with_answers else None
        label = None if emotion is None else self.label_set.resolve(emotion)
        return None if label is None else self.label_set.names.index(label)


def _ask_emotion(
    builder: TreeBuilder, conversation: Conversation, index: int, before: int, weight: float
) -> Iterator[Question]:
    """The target utterance is segment `before + 1`: the instruction stands first."""
    yield Question(
        EMOTION_RECOGNITION,
        before + 1,
        builder.wording.render(EMOTION_RECOGNITION, speaker=conversation.utterances[index].speaker),
        builder.options(builder.label_set.names),
        builder._gold(conversation, index),
        weight,
        index,
    )


def _ask_next_emotion(
    builder: TreeBuilder, conversation: Conversation, index: int, before: int, weight: float
) -> Iterator[Question]:
    """The words of the target are hidden, its speaker is given; a first utterance has nothing to be predicted from."""
    if before > 0:
        yield Question(
            EMOTION_PREDICTION,
            before,
            builder.wording.render(EMOTION_PREDICTION, speaker=conversation.utterances[index].speaker),
            builder.options(builder.label_set.names),
            builder._gold(conversation, index),
            weight,
            index,
        )


def _ask_speaker(
    builder: TreeBuilder, conversation: Conversation, index: int, before: int, weight: float
) -> Iterator[Question]:
    """The cast are the options; one speaker alone is no choice."""
    cast = conversation.cast
    if len(cast) > 1:
        utterance = conversation.utterances[index]
        yield Question(
            SPEAKER_IDENTIFICATION,
            before if builder.speaker_history else 0,
            builder.wording.render(SPEAKER_IDENTIFICATION, text=utterance.text),
            builder.options(cast),
            cast.index(utterance.speaker) if builder.with_answers else None,
            weight,
            index,
        )


_ASK: Mapping[str, Callable[[TreeBuilder, Conversation, int, int, float], Iterator[Question]]] = {
    EMOTION_RECOGNITION: _ask_emotion,
    EMOTION_PREDICTION: _ask_next_emotion,
    SPEAKER_IDENTIFICATION: _ask_speaker,
}
TASKS = tuple(_ASK)
