"""The prompt tree: a conversation and every question asked at a point of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from instructerc.prompts.demonstrations import Demonstration


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of trunk that is tokenised by itself: the instruction, the opening, or one utterance.

    Attributes:
        text: what it says.
        whole: whether it must not be cut, however long it is.
    """

    text: str
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """A choice asked at a point of the conversation.

    Attributes:
        task: name of the task that asks, such as `emotion_recognition`.
        after: index of the last trunk segment that the question sees.
        text: words of the branch; empty where the answer is read off segment `after` itself.
        options: O texts to choose from, O ≥ 2, in the order that breaks ties.
        answer: index of the gold option, or None.
        weight: factor of this question's loss.
        utterance: index, in the conversation, of the utterance that is asked about.
        demonstrations: those that `text` shows.
        shares: how much of the answer each option has, where several annotators or a teacher divide it; sums to 1.
            Empty where `answer` has all.
    """

    task: str
    after: int
    text: str
    options: tuple[str, ...]
    answer: int | None = None
    weight: float = 1.0
    utterance: int = 0
    demonstrations: tuple[Demonstration, ...] = ()
    shares: tuple[float, ...] = ()

    @property
    def answered(self) -> bool:
        """Whether there is something to learn from it."""
        return self.answer is not None or bool(self.shares)

    def distribution(self) -> tuple[float, ...]:
        """Returns the share of each option in the answer; all 0 where there is none."""
        return self.shares or tuple(float(index == self.answer) for index in range(len(self.options)))


@dataclass(frozen=True, slots=True)
class PromptTree:
    """A trunk of segments, and questions that each hang after one of them.

    Flattened question by question it is the paper's prompts (arXiv:2309.11911, section 3.2); packed, the
    trunk is computed once for all of them.

    Attributes:
        trunk: the head (instruction, opening), then one segment per utterance.
        questions: Q questions.
        joint: stands between the pieces of a flat prompt; empty where they bring their own blanks.

    Raises:
        ValueError: a question that hangs after a segment which is not there, or has no choice.
    """

    trunk: tuple[Segment, ...]
    questions: tuple[Question, ...]
    joint: str = "\n"

    def __post_init__(self) -> None:
        for question in self.questions:
            if not 0 <= question.after < len(self.trunk):
                raise ValueError(f"question hangs after segment {question.after} of {len(self.trunk)}")
            if len(question.options) < 2 or len(set(question.options)) < len(question.options):
                raise ValueError(f"a question needs two or more different options, got {question.options}")
            if question.answer is not None and not 0 <= question.answer < len(question.options):
                raise ValueError(f"answer {question.answer} is not one of {len(question.options)} options")
            if question.shares and len(question.shares) != len(question.options):
                raise ValueError(f"{len(question.shares)} shares of {len(question.options)} options")

    def flatten(self, question: Question) -> str:
        """Returns the whole prompt of one question: what it sees of the trunk, then its own words."""
        segments = [segment.text for segment in self.trunk[: question.after + 1]]
        return self.joint.join(filter(None, [*segments, question.text]))

    def only(self, question: Question) -> PromptTree:
        """Returns the tree of this question alone, with as much trunk as it sees."""
        return PromptTree(self.trunk[: question.after + 1], (question,), self.joint)

    def prefix(self, question: Question) -> PromptTree:
        """Returns the tree of this question alone, its branch laid down as the last segment of the trunk."""
        trunk = self.trunk[: question.after + 1]
        if question.text:
            trunk = (*trunk, Segment(question.text))
        alone = replace(question, after=len(trunk) - 1, text="")
        return PromptTree(trunk, (alone,), self.joint)
