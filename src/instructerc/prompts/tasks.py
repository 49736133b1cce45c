"""The three tasks of the method, each a kind of question on the tree (arXiv:2309.11911, section 3.3)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from instructerc.conversation import Conversation, Utterance
from instructerc.labels import LabelSet, english_names
from instructerc.prompts.demonstrations import Demonstration, Demonstrator
from instructerc.prompts.tree import PromptTree, Question, Segment
from instructerc.prompts.wording import Wording

EMOTION_RECOGNITION = "emotion_recognition"
EMOTION_PREDICTION = "emotion_prediction"
SPEAKER_IDENTIFICATION = "speaker_identification"
RECOGNITION_ONLY: Mapping[str, float] = {EMOTION_RECOGNITION: 1.0}


def asked_names(wording: Wording, label_set: LabelSet) -> tuple[str, ...]:
    """Returns the words by which a model is asked for labels, in label order.

    A label in another language is asked by its English name where that is known and the prompt does not list the
    labels: models learn what labels mean by English words.
    """
    english = {} if wording.emotion_recognition else english_names(label_set)
    return tuple(english.get(name, name) for name in label_set.names)


@dataclass(frozen=True)
class TreeBuilder:
    """Turns conversations into prompt trees.

    Attributes:
        wording: the templates.
        label_set: options of the two emotion tasks.
        tasks: weight by task name; a task with weight 0 is not asked.
        speaker_history: whether speaker identification sees the earlier turns (the paper asks it without).
        with_answers: whether questions carry their gold option; a recognizer must not look at it.
        demonstrator: finds the demonstrations of recognition questions; None shows none.
        same_label: tells the demonstrator the gold labels: the paper's pairing, for training prompts alone.
        domain: what kind of talk it is, for wordings that say so.
    """

    wording: Wording
    label_set: LabelSet
    tasks: Mapping[str, float] = field(default_factory=lambda: dict(RECOGNITION_ONLY))
    speaker_history: bool = False
    with_answers: bool = True
    demonstrator: Demonstrator | None = None
    same_label: bool = False
    domain: str = ""

    def build(
        self,
        conversation: Conversation,
        start: int = 0,
        first: int = 0,
        end: int | None = None,
        scene: Scene | None = None,
    ) -> PromptTree:
        """Returns the tree of utterances `start` to `end` that asks about those from `first` on.

        Questions are ordered by utterance, then by task. A gold label outside the label set is an error; one
        that the set ignores leaves its question without an answer.

        Args:
            conversation: the conversation.
            start: first utterance of the trunk.
            first: first utterance that is asked about.
            end: end of the trunk, exclusive; None for all.
            scene: what its trunks share, where that is known already.

        Raises:
            LabelError: a gold label that the label set does not know.
        """
        end = len(conversation) if end is None else end
        scene = self.scene(conversation) if scene is None else scene
        trunk = list(scene.head)
        questions: list[Question] = []
        asked = [task for task, weight in self.tasks.items() if weight > 0]
        shown = self._demonstrations(conversation, range(first, end)) if EMOTION_RECOGNITION in asked else {}
        for index in range(start, end):
            trunk.append(self.segment(conversation.utterances[index], scene))
            if index >= first:
                point = _Point(self, conversation, scene, index, index - start, shown.get(index, ()))
                for task in asked:
                    questions.extend(_ASK[task](point, self.tasks[task]))
        return PromptTree(tuple(trunk), tuple(questions), self.wording.joint)

    @property
    def has_branches(self) -> bool:
        """Whether a task asks with words of its own."""
        return any(weight > 0 and getattr(self.wording, task) for task, weight in self.tasks.items())

    def scene(self, conversation: Conversation) -> Scene:
        """Returns what the trunks of a conversation share; notes about its speakers are known from the start."""
        numbers = self.speaker_numbers(conversation.cast)
        names = {speaker: self.called(speaker, number) for speaker, number in numbers.items()}
        notes: dict[str, str] = {}
        for turn in conversation.utterances:
            if turn.speaker_note:
                notes.setdefault(turn.speaker, turn.speaker_note)
        speaker_notes = "".join(
            self.wording.render("speaker_note", speaker=names[speaker], note=note) for speaker, note in notes.items()
        )
        told = {"labels": self.labels, "descriptions": self.descriptions, "domain": self.wording.one_line(self.domain)}
        opening = self.wording.render("opening", speaker_notes=speaker_notes, **told)
        instruction = self.wording.render("instruction", **told)
        head = (instruction, opening) if opening else (instruction,)
        return Scene(tuple(Segment(text, whole=True) for text in head), names, numbers)

    def speaker_numbers(self, speakers: Sequence[str]) -> dict[str, int]:
        """Returns each speaker's number: the place in the wording's list, or the order of appearance.

        Args:
            speakers: in order of appearance, each once.
        """
        listed = self.wording.entries("speaker_list")
        numbers: dict[str, int] = {}
        n_others = 0
        for speaker in speakers:
            known = next((entry for entry in (speaker, speaker.rpartition("_")[2]) if entry in listed), None)
            numbers[speaker] = len(listed) + n_others if known is None else listed.index(known)
            n_others += known is None
        return numbers

    def called(self, speaker: str, number: int) -> str:
        """Returns what the speaker with a number is called in the prompt."""
        given = self.wording.entries("speaker_names")
        if given:
            turn, place = divmod(number, len(given))
            speaker = f"{given[place]} {turn + 1}" if turn else given[place]
        return self.wording.render("speaker_name", name=self.wording.one_line(speaker), number=str(number))

    def segment(self, utterance: Utterance, scene: Scene) -> Segment:
        """Returns the trunk segment of one utterance."""
        speaker, note = scene.names[utterance.speaker], self.note(utterance)
        return Segment(
            self.wording.render("utterance", speaker=speaker, text=self.wording.one_line(utterance.text), note=note)
        )

    def note(self, utterance: Utterance) -> str:
        """Returns what the prompt says of the utterance besides its words; nothing where nothing is known."""
        return self.wording.render("note", note=self.wording.one_line(utterance.note)) if utterance.note else ""

    def options(self, names: Sequence[str]) -> tuple[str, ...]:
        """Returns the option texts of these names."""
        return tuple(self.wording.render("option", option=name) for name in names)

    def label_options(self) -> tuple[str, ...]:
        """Returns the option texts of the label set, with descriptions where the wording has a place for them."""
        described = self.label_set.descriptions
        asked = asked_names(self.wording, self.label_set)
        return tuple(
            self.option_text(text, described.get(name, ""))
            for text, name in zip(asked, self.label_set.names, strict=True)
        )

    def option_text(self, name: str, description: str = "") -> str:
        """Returns the text of an option with what is said of it."""
        told = (
            self.wording.render("description", label=name, description=self.wording.one_line(description))
            if description
            else ""
        )
        return self.wording.render("option", option=name, description=told)

    @property
    def labels(self) -> str:
        """The label set as the prompt lists it."""
        return self.wording.list_separator.join(self.label_set.names)

    @property
    def descriptions(self) -> str:
        """What the label set says of its labels, as the prompt has it; nothing of a label without a description."""
        described = self.label_set.descriptions.items()
        return "".join(
            self.wording.render("description", label=label, description=self.wording.one_line(text))
            for label, text in described
        )

    def _demonstrations(
        self, conversation: Conversation, indices: Sequence[int]
    ) -> dict[int, tuple[Demonstration, ...]]:
        if self.demonstrator is None or not indices or "{demonstrations}" not in self.wording.emotion_recognition:
            return {}
        gold = [self._gold_label(conversation, index) for index in indices] if self.same_label else None
        return dict(zip(indices, self.demonstrator.retrieve(conversation, indices, gold), strict=True))

    def _gold_label(self, conversation: Conversation, index: int) -> str | None:
        emotion = conversation.utterances[index].emotion if self.with_answers else None
        return None if emotion is None else self.label_set.resolve(emotion)


@dataclass(frozen=True)
class Scene:
    """What the trunks of one conversation share.

    Attributes:
        head: segments before the first utterance: the instruction, then the opening where there is one.
        names: what each speaker is called in the prompt, in order of first appearance.
        numbers: of the speakers.
    """

    head: tuple[Segment, ...]
    names: Mapping[str, str]
    numbers: Mapping[str, int]


@dataclass(frozen=True)
class _Point:
    """The utterance that is asked about, with `before` turns of the trunk before it, and what is known there."""

    builder: TreeBuilder
    conversation: Conversation
    scene: Scene
    index: int
    before: int
    demonstrations: tuple[Demonstration, ...]

    @property
    def utterance(self) -> Utterance:
        return self.conversation.utterances[self.index]

    def ask(
        self, task: str, turns: int, options: tuple[str, ...], answer: int | None, weight: float, **more: str
    ) -> Question:
        """Returns the question of a task after `turns` turns of the trunk; without turns, after the instruction."""
        builder, utterance, names = self.builder, self.utterance, self.scene.names
        speaker, about = names[utterance.speaker], utterance.speaker_note
        shown = self.demonstrations if task == EMOTION_RECOGNITION else ()
        text = builder.wording.render(
            task,
            speaker=speaker,
            number=str(self.scene.numbers[utterance.speaker]),
            text=builder.wording.one_line(utterance.text),
            note=builder.note(utterance),
            speaker_note=builder.wording.render("speaker_note", speaker=speaker, note=about) if about else "",
            labels=builder.labels,
            descriptions=builder.descriptions,
            demonstrations="".join(map(self._show, shown)),
            **more,
        )
        told = {"labels": builder.labels, "descriptions": builder.descriptions}
        closing = builder.wording.render("closing", **told) if turns and text else ""
        after = len(self.scene.head) + turns - 1 if turns else 0
        return Question(task, after, closing + text, options, answer, weight, self.index, shown)

    def gold(self) -> int | None:
        """Returns the index of the gold label, or None."""
        label = self.builder._gold_label(self.conversation, self.index)
        return None if label is None else self.builder.label_set.names.index(label)

    def _show(self, demonstration: Demonstration) -> str:
        wording, names = self.builder.wording, self._names_in(demonstration)
        turns = "".join(
            wording.render("demonstration_turn", speaker=names[speaker], text=wording.one_line(text))
            for speaker, text in demonstration.history
        )
        return wording.render(
            "demonstration",
            speaker=names[demonstration.speaker or ""],
            text=wording.one_line(demonstration.text),
            label=demonstration.label,
            history=turns,
        )

    def _names_in(self, demonstration: Demonstration) -> dict[str, str]:
        """Returns what the speakers of a demonstration are called: as in the history, numbered among themselves."""
        builder = self.builder
        speakers = [speaker for speaker, _ in demonstration.history] + [demonstration.speaker or ""]
        numbers = builder.speaker_numbers([one for one in dict.fromkeys(speakers) if one])
        return {"": "", **{speaker: builder.called(speaker, number) for speaker, number in numbers.items()}}


def _ask_emotion(point: _Point, weight: float) -> Iterator[Question]:
    """The trunk ends with the target utterance."""
    yield point.ask(EMOTION_RECOGNITION, point.before + 1, point.builder.label_options(), point.gold(), weight)


def _ask_next_emotion(point: _Point, weight: float) -> Iterator[Question]:
    """The words of the target are hidden, its speaker is given; a first utterance has nothing to be predicted from."""
    if point.before > 0:
        yield point.ask(EMOTION_PREDICTION, point.before, point.builder.label_options(), point.gold(), weight)


def _ask_speaker(point: _Point, weight: float) -> Iterator[Question]:
    """The cast are the options; a single speaker is no choice."""
    builder, names = point.builder, point.scene.names
    cast = builder.wording.entries("cast") or tuple(dict.fromkeys(names.values()))
    if len(cast) > 1:
        turns = point.before if builder.speaker_history else 0
        own = names[point.utterance.speaker]
        # A fixed cast may lack somebody.
        answer = cast.index(own) if builder.with_answers and own in cast else None
        told = builder.wording.list_separator.join(cast)
        yield point.ask(SPEAKER_IDENTIFICATION, turns, builder.options(cast), answer, weight, cast=told)


_ASK: Mapping[str, Callable[[_Point, float], Iterator[Question]]] = {
    EMOTION_RECOGNITION: _ask_emotion,
    EMOTION_PREDICTION: _ask_next_emotion,
    SPEAKER_IDENTIFICATION: _ask_speaker,
}
TASKS = tuple(_ASK)
