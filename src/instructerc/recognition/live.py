"""A conversation as it happens, turn by turn."""

from __future__ import annotations

from collections.abc import Sequence
from copy import copy, deepcopy
from dataclasses import dataclass, replace
from threading import RLock
from typing import TYPE_CHECKING

from instructerc.backbones.base import FloatArray
from instructerc.backbones.trees import check_fit, trunk_budget
from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError
from instructerc.prompts import Cutter, PromptTree, Scene, TrunkCutter
from instructerc.recognition.recognition import Recognition, Seen

if TYPE_CHECKING:
    from instructerc.recognition.recognizer import Recognizer

# Nine turns in ten are shorter.
_LIKELY_TOKENS = 48
# Turns that are read ahead at once: a live turn that comes meanwhile waits for them.
_READ_AHEAD = 4


@dataclass(frozen=True, slots=True)
class LiveStep:
    """A turn that a session has taken and that is not answered yet.

    Attributes:
        recognizer: answers it.
        tree: asks about it; its only question.
        seen: what is read with it.
    """

    recognizer: Recognizer
    tree: PromptTree
    seen: Seen

    def answer(self, log_probs: FloatArray) -> Recognition:
        """Returns the recognition that follows from the model's answer to the question. Shape: [O]"""
        return self.recognizer.answering.answer(log_probs, self.seen)


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
        # Where the next trunk would begin, and how many of its turns were read ahead.
        self._ready = (0, 0)
        self._adding = RLock()
        self._foreign = recognizer.track_language()
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

    def step(self, turn: Utterance) -> Recognition | LiveStep:
        """Takes the next turn; returns its recognition where the model keeps states, else what is to be asked about it.

        Raises:
            InputError: as `add`.
        """
        with self._adding:
            cut = self._take(turn)
            tree = self._tree()
            seen = Seen(len(self._turns) - 1, cut, tree.questions[0].demonstrations, self._language)
            step = LiveStep(self.recognizer, tree, seen)
            return step.answer(self._trunk.ask(tree)[0]) if self.recognizer.keeps_states else step

    def prepare(self) -> bool:
        """Computes a part of what the next turn needs if its trunk has no room for it; returns whether there is more.

        A trunk that is full begins anew some turns earlier, which takes as long as all of these. Where that is near, a
        few of them are read here, so it is to be called while nobody waits. No answer changes, called or not.
        """
        with self._adding:
            if not self.recognizer.keeps_states or not isinstance(self._cutter, TrunkCutter):
                return False
            start = deepcopy(self._cutter).add(min(_LIKELY_TOKENS, self._cutter.budget))
            first, done = start - self._start, self._ready[1] if self._ready[0] == start else 0
            there = len(self._turns) - first
            if not first or done >= there:
                return False
            done = min(done + _READ_AHEAD, there)
            self._trunk.prepare(self._tree(first, first + done))
            self._ready = start, done
            return done < there

    def fork(self) -> LiveSession:
        """Returns a session that goes on from here in its own way, with what was computed so far."""
        with self._adding:
            other = copy(self)
            other._trunk, other._cutter = copy(self._trunk), deepcopy(self._cutter)
            other._names, other._foreign = dict(self._names), self._foreign.fork()
            other._adding = RLock()
            return other

    @property
    def nbytes(self) -> int:
        """Memory of what is kept of past turns, in bytes; 0 where the model keeps nothing or does not say."""
        return int(getattr(self._trunk, "nbytes", 0))

    def _take(self, utterance: Utterance) -> bool:
        """Takes the next turn, drops those that its trunk has no room for, and says whether its text was cut."""
        backbone, builder = self.recognizer.backbone, self.recognizer.builder
        if utterance.speaker not in self._names:
            number = builder.speaker_numbers([*self._names, utterance.speaker])[utterance.speaker]
            self._names[utterance.speaker] = builder.called(utterance.speaker, number)
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

    def _tree(self, first: int = 0, end: int | None = None) -> PromptTree:
        """Returns the tree that asks about the last one of these turns, which are its trunk; of all where not said."""
        turns = self._turns[first:end]
        talk, last = Conversation("live", turns), len(turns) - 1
        return self.recognizer.builder.build(talk, 0, last, scene=self._scene(self._turns[-1]))

    def _scene(self, utterance: Utterance) -> Scene:
        builder = self.recognizer.builder
        scene = builder.scene(Conversation("live", [utterance]))
        return replace(scene, names=self._names, numbers=builder.speaker_numbers(list(self._names)))


def answer_together(turns: Sequence[tuple[LiveSession, Utterance]]) -> list[Recognition | InputError]:
    """Returns the recognitions of the next turns of live sessions on one model, or why it cannot read one of them.

    A model that keeps no states of past turns reads all of them in one go, as it reads conversations; one that does
    answers each from what it keeps.

    Args:
        turns: sessions, each with its next turn; a session may be there twice, in the order of its turns.
    """
    found: list[Recognition | LiveStep | InputError] = []
    for session, turn in turns:
        try:
            found.append(session.step(turn))
        except InputError as error:
            found.append(error)
    steps = [one for one in found if isinstance(one, LiveStep)]
    scores = iter(steps[0].recognizer.backbone.score([step.tree for step in steps]) if steps else ())
    return [one.answer(next(scores)[0]) if isinstance(one, LiveStep) else one for one in found]
