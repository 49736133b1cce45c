"""Two models as one recognizer: English conversations go to the one, others to the one that reads many languages."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from copy import copy
from dataclasses import replace
from threading import RLock

from instructerc.conversation import Conversation, Utterance
from instructerc.labels import LabelSet
from instructerc.prompts import History
from instructerc.recognition.batch import UTTERANCES_AT_ONCE, read_ahead
from instructerc.recognition.language import TalkLanguages
from instructerc.recognition.live import LiveSession, LiveStep
from instructerc.recognition.recognition import Recognition
from instructerc.recognition.recognizer import Recognizer


class RoutedRecognizer(Recognizer):
    """Recognises each conversation with the model for its languages; one model answers all of its turns.

    Which of the two it is follows from all turns of a conversation that is given whole. A live session does not know
    what is to come: it begins with the model for English, and goes over to the other one, with all turns before, once
    the conversation turns out to be in another language.

    Args:
        home: name and recognizer of the model for English; it says what the labels are.
        abroad: name and recognizer of the model for other languages, and for conversations in several.

    Raises:
        LabelError: labels that a model cannot tell apart.
    """

    def __init__(self, home: tuple[str, Recognizer], abroad: tuple[str, Recognizer]) -> None:
        own = home[1]
        languages = tuple(dict.fromkeys([*own.settings.languages, *abroad[1].settings.languages]))
        super().__init__(
            own.backbone,
            replace(own.settings, languages=languages),
            label_set=own.label_set,
            min_probability=own.min_probability,
            demonstrator=own.builder.demonstrator,
            history=own.history,
        )
        self.models = (home, (abroad[0], abroad[1].with_choices(own.label_set, own.min_probability)))

    def recognize_many(self, conversations: Iterable[Conversation]) -> Iterator[list[Recognition]]:
        """Yields the recognitions of each conversation, in order; as many are read ahead as fill a few batches."""
        for some in read_ahead(conversations):
            steps = self.recognize_in_steps(some, UTTERANCES_AT_ONCE)
            while True:
                try:
                    next(steps)
                except StopIteration as end:
                    yield from end.value
                    break

    def recognize_in_steps(
        self, conversations: Sequence[Conversation], at_once: int
    ) -> Generator[int, None, list[list[Recognition]]]:
        """Yields the number of turns done after each step, and returns what `recognize_many` gives."""
        languages = [languages_of(conversation) for conversation in conversations]
        results: list[list[Recognition]] = [[] for _ in conversations]
        done = 0
        for place, (name, model) in enumerate(self.models):
            numbers = [number for number, talk in enumerate(languages) if talk.abroad == bool(place)]
            steps = model.recognize_in_steps([conversations[number] for number in numbers], at_once)
            n_turns = 0
            while True:
                try:
                    n_turns = next(steps)
                except StopIteration as end:
                    for number, answers in zip(numbers, end.value, strict=True):
                        codes = languages[number].codes
                        results[number] = [
                            replace(one, model=name, language=code) for one, code in zip(answers, codes, strict=True)
                        ]
                    break
                yield done + n_turns
            done += n_turns
        return results

    @property
    def model_names(self) -> tuple[str, ...]:
        """The names of both models."""
        return tuple(name for name, _ in self.models)

    def reader_of(self, conversation: Conversation) -> Recognizer:
        """Returns the recognizer whose model answers a conversation."""
        return self.models[languages_of(conversation).abroad][1]

    def languages_read(self, model: str | None = None) -> tuple[str, ...]:
        """Returns the codes of the languages that one of the models reads, or both together; see `Recognizer`."""
        return self.settings.languages if model is None else dict(self.models)[model].settings.languages

    def session(self) -> RoutedSession:
        """Returns a live conversation to which turns are added one by one."""
        return RoutedSession(self)

    def with_choices(
        self, label_set: LabelSet | None = None, min_probability: float = 0.0, history: History | None = None
    ) -> RoutedRecognizer:
        """Returns a recognizer on the same two models that answers otherwise; see `Recognizer`."""
        home, abroad = ((name, model.with_choices(label_set, min_probability, history)) for name, model in self.models)
        return RoutedRecognizer(home, abroad)

    def for_corpus(self, name: str) -> RoutedRecognizer:
        """Returns a recognizer that tells each model a corpus's kind of talk where it was trained on that."""
        home, abroad = ((called, model.for_corpus(name)) for called, model in self.models)
        return RoutedRecognizer(home, abroad)


def languages_of(conversation: Conversation) -> TalkLanguages:
    """Returns the languages of a whole conversation."""
    talk = TalkLanguages()
    for turn in conversation.utterances:
        talk.add(turn.speaker, turn.text)
    return talk


class RoutedSession(LiveSession):
    """A live conversation that goes over to the model of many languages, with all that was said, once it needs to.

    Args:
        routed: answers the turns.
    """

    def __init__(self, routed: RoutedRecognizer) -> None:
        super().__init__(routed)
        self._models = routed.models
        self._inner = routed.models[0][1].session()
        self._languages = TalkLanguages()
        self._said: list[Utterance] = []
        self._routing = RLock()

    def skip(self, speaker: str, text: str) -> None:
        """Takes the next turn without asking about it; see `LiveSession`."""
        with self._routing:
            self._follow(Utterance(speaker, text))
            self._inner.skip(speaker, text)

    def step(self, turn: Utterance) -> Recognition | LiveStep:
        """Takes the next turn and returns its recognition.

        Raises:
            InputError: as `add`.
        """
        with self._routing:
            self._follow(turn)
            name = self._models[self._languages.abroad][0]
            answer = self._inner.add(turn.speaker, turn.text)
            return replace(answer, model=name, language=self._languages.codes[-1])

    def prepare(self) -> bool:
        """Reads a few turns ahead, where that is due; see `LiveSession`."""
        with self._routing:
            return self._inner.prepare()

    def fork(self) -> RoutedSession:
        """Returns a session that goes on from here in its own way, with what was computed so far."""
        with self._routing:
            other = copy(self)
            other._inner, other._languages = self._inner.fork(), self._languages.fork()
            other._said, other._routing = list(self._said), RLock()
            return other

    @property
    def nbytes(self) -> int:
        """Memory of what is kept of past turns, in bytes."""
        return self._inner.nbytes

    def _follow(self, turn: Utterance) -> None:
        """Notices the next turn's language, and changes the model where that is due."""
        before = self._languages.abroad
        self._languages.add(turn.speaker, turn.text)
        if before:
            return
        if self._languages.abroad:
            self._inner = self._models[1][1].session()
            for said in self._said:
                self._inner.skip(said.speaker, said.text)
            # Nobody goes back.
            self._said = []
        else:
            self._said.append(turn)
