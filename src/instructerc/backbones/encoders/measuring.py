"""How encoders measure prompts, in torch and exported: segments one by one, and options by themselves."""

from __future__ import annotations

from collections.abc import Sequence

from instructerc.backbones.encoders.segments import SegmentTokenizer
from instructerc.prompts import History, Question, Segment


class SegmentMeasure:
    """What a `PromptMeasure` says, for models whose options are read as prompts of their own.

    Args:
        tokenizer: the model's tokenizer.
        history: earlier turns that a target sees; all that fit where None.
    """

    spells_options = False

    def __init__(self, tokenizer: SegmentTokenizer, history: History | None) -> None:
        self.tokenizer = tokenizer
        self.history = history or History()
        self.budget = tokenizer.max_tokens - 1

    def segment_lengths(self, texts: Sequence[str]) -> list[tuple[int, bool]]:
        """Returns, for each segment text, its tokens as used and whether it had to be cut."""
        return [(len(ids), cut) for ids, cut in self.tokenizer.segments(texts)]

    def head_length(self, head: Sequence[Segment]) -> int:
        """Returns the tokens of the instruction; an empty one has none."""
        return sum(length for length, _ in self.segment_lengths([segment.text for segment in head if segment.text]))

    def reserve(self, questions: Sequence[Question]) -> int:
        """Returns the tokens of the longest branch; an option is read by itself."""
        branches = self.segment_lengths([question.text for question in questions if question.text])
        return max((length for length, _ in branches), default=0)

    def check_options(self, options: Sequence[str]) -> None:
        """Refuses nothing: options are compared by their states, and words that are not known still have one."""
