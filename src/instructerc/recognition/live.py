"""A conversation as it happens, turn by turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from threading import RLock
from typing import TYPE_CHECKING

from instructerc.backbones.base import FloatArray
from instructerc.backbones.trees import check_fit, trunk_budget
from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError
from instructerc.prompts import Cutter, PromptTree, Scene
from instructerc.recognition.recognition import Recognition

if TYPE_CHECKING:
    from instructerc.recognition.recognizer import Recognizer


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
