"""ELAN annotation files (`.eaf`, EAF 3.0): tiers of time-aligned annotations in XML."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow, InputError
from instructerc.formats.elan.tiers import Chosen, EmotionsOf, choose_tiers
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.names import take_names
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, build_utterance

MAX_CHARACTERS = 256 * 1024 * 1024
_PIECE = 64 * 1024

EMOTION = "emotion"

# Line from 1, and letters before it in its line; and two of them, of an element's start tag and of its end tag.
Place = tuple[int, int]
Span = tuple[Place, Place]

_LISTED = frozenset({"LINGUISTIC_TYPE", "LOCALE", "LANGUAGE", "CONSTRAINT"})
_NUMBERED = re.compile("a([0-9]{1,15})")


@dataclass(slots=True)
class Annotation:
    """An annotation.

    Attributes:
        place: where it stands.
        id: its name in the file.
        slots: names of the times where it begins and ends; None of one without times.
        parent: the annotation that it refers to.
        text: its value.
        value: where its value stands; None without one.
    """

    place: Place
    id: str
    slots: tuple[str, str] | None
    parent: str | None
    text: str = ""
    value: Span | None = None

    @property
    def line(self) -> int:
        """The line where it stands."""
        return self.place[0]


@dataclass(slots=True)
class Tier:
    """A tier.

    Attributes:
        id: its name.
        participant: who is annotated, or `""`.
        parent: the tier that it hangs on.
        type: its linguistic type.
        annotations: in the order of the file.
        span: where it stands.
        is_coded: whether its values come from a list of codes.
    """

    id: str
    participant: str
    parent: str | None
    type: str
    annotations: list[Annotation] = field(default_factory=list)
    span: Span = ((0, 0), (0, 0))
    is_coded: bool = False


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for XML whose root is ELAN's."""
    return float(file.head.lstrip().startswith("<") and "<ANNOTATION_DOCUMENT" in file.head)


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the file as one conversation, in order of start times.

    Turns are the annotations of tiers of speech (see `choose_tiers`), their speaker the tier's participant, or else its
    name. Those of a tier `emotion`, `emotion@…`, `…-emotion` are the gold emotions of its turns; all other tiers are
    left out and counted. An annotation without a time stands where the file has it.

    Raises:
        InputError: no XML, a document type or entities (which are refused), or another kind of document.
        BadRow: an annotation that cannot be read.
    """
    document = Document(file)
    for _ in document.parse():
        pass
    chosen = choose_tiers(document, reading.options, reading.source)
    for tier in chosen.others:
        for item in tier.annotations:
            name = tier.id.replace("{", "").replace("}", "")
            reading.repair(item.line, f"{{n}} annotation(s) of the tier {name!r}: left out; --tier reads other tiers")
    turns = read_turns(document, chosen, reading)
    if turns:
        yield Conversation(reading.stem, [utterance for _, utterance in turns])


def read_turns(document: Document, chosen: Chosen, reading: Reading) -> list[tuple[Annotation, Utterance]]:
    """Returns the turns of a document by start time; one without a time follows the one before it in the file.

    Raises:
        BadRow: an annotation that cannot be read.
    """
    participants = {tier.id: tier.participant for tier in document.tiers}
    turns, keys, last = [], [], 0.0
    for tier in chosen.speech:
        # Tiers are called text@Mia in the way of ELAN's templates.
        speaker = (
            tier.participant or participants.get(tier.parent or "") or tier.id.partition("@")[2].strip() or tier.id
        )
        emotions = EmotionsOf(chosen.emotions.get(tier.id, ()), document)
        # What was a subtitle before is one tier with the names before the words.
        spoken = [item.text for item in tier.annotations if item.text.strip()]
        named = iter((not tier.participant and take_names(spoken)) or [(speaker, text.strip()) for text in spoken])
        for item in tier.annotations:
            if not item.text.strip():
                reading.repair(item.line, "{n} annotation(s) without words: left out")
                continue
            start, end = document.span_of(item)
            emotion = emotions.find(item)
            who, words = next(named)
            try:
                utterance = build_utterance(
                    reading, item.line, speaker=who, text=words, emotion=emotion, start=start, end=end
                )
            except BadRow as error:
                reading.skip(error)
                continue
            last = last if start is None else start
            turns.append((item, utterance))
            keys.append(last)
    return [turns[place] for place in sorted(range(len(turns)), key=keys.__getitem__)]


class Document:
    """An ELAN file as the parser meets it.

    Attributes:
        tiers: in the order of the file.
        times: seconds of each time slot; None of one without a value.
        types: the stereotype of each linguistic type by its name, or `""`.
        stereotypes: those that are declared.
        spans: where the last element of a name stands, of those that `_LISTED` has.
        last_id: where the property stands that numbers ELAN's last annotation; None without one.
        last_number: the largest number in a name such as `a12`.
        annotations: all of them by their names.
    """

    def __init__(self, file: OpenText) -> None:
        self.tiers: list[Tier] = []
        self.times: dict[str, float | None] = {}
        self.types: dict[str, str] = {}
        self.stereotypes: set[str] = set()
        self.spans: dict[str, Span] = {}
        self.last_id: Span | None = None
        self.last_number = 0
        self.annotations: dict[str, Annotation] = {}
        self._file = file
        self._open: Annotation | None = None
        self._elements: list[tuple[str, Place]] = []
        # What stands in the file is decoded already, whatever its first line says.
        self._parser = expat.ParserCreate("utf-8")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        # No entity is ever declared, so none can grow.
        self._parser.StartDoctypeDeclHandler = self._refuse

    def parse(self) -> Iterator[str]:
        """Yields the lines of the source as they are read, all of it.

        Raises:
            InputError: it is no XML, too large, or not ELAN's.
        """
        source, size, parsed = self._file.source, 0, 0
        waiting: list[str] = []
        try:
            for line in self._file.lines:
                size += len(line)
                if size > MAX_CHARACTERS:
                    raise InputError(f"{source}: is larger than {MAX_CHARACTERS >> 20} Mi characters; split it")
                waiting.append(line)
                # The parser looks again at all of a tag that has no end yet: it gets as much anew as it has had.
                if size >= parsed + max(_PIECE, parsed):
                    self._parser.Parse("".join(waiting).encode("utf-8", "replace"))
                    waiting, parsed = [], size
                yield line
            self._parser.Parse("".join(waiting).encode("utf-8", "replace"), True)
        except expat.ExpatError as error:
            raise InputError(f"{source}:{error.lineno}: is not well-formed XML: {error}") from None

    def span_of(self, item: Annotation) -> tuple[float | None, float | None]:
        """Returns start and end in seconds: its own, or those of the annotation that it refers to."""
        # More steps than this are a circle.
        for _ in range(20):
            if item.slots is not None:
                return self.times.get(item.slots[0]), self.times.get(item.slots[1])
            if item.parent is None or item.parent not in self.annotations:
                break
            item = self.annotations[item.parent]
        return None, None

    def _refuse(self, *declaration: object) -> None:
        raise InputError(f"{self._file.source}: declares a document type, which ELAN's files do not; remove it")

    def _place(self) -> Place:
        return self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        place = self._place()
        self._elements.append((attributes.get("NAME", "") if name == "PROPERTY" else name, place))
        for key, value in attributes.items():
            if key.endswith("_ID") and (numbered := _NUMBERED.fullmatch(value)):
                self.last_number = max(self.last_number, int(numbered[1]))
        if name == "TIME_SLOT":
            value = attributes.get("TIME_VALUE", "")
            self.times[attributes.get("TIME_SLOT_ID", "")] = int(value) / 1000 if _is_time(value) else None
        elif name == "TIER":
            participant, kind = attributes.get("PARTICIPANT", "").strip(), attributes.get("LINGUISTIC_TYPE_REF", "")
            self.tiers.append(Tier(attributes.get("TIER_ID", ""), participant, attributes.get("PARENT_REF"), kind))
        elif name in {"ALIGNABLE_ANNOTATION", "REF_ANNOTATION"}:
            slots = attributes.get("TIME_SLOT_REF1"), attributes.get("TIME_SLOT_REF2")
            both = (slots[0], slots[1]) if slots[0] is not None and slots[1] is not None else None
            known, parent = attributes.get("ANNOTATION_ID", ""), attributes.get("ANNOTATION_REF")
            self._open = Annotation(place, known, both, parent)
        elif name == "LINGUISTIC_TYPE":
            kind = attributes.get("LINGUISTIC_TYPE_ID", "")
            self.types[kind] = attributes.get("CONSTRAINTS", "")
            for tier in self.tiers if "CONTROLLED_VOCABULARY_REF" in attributes else ():
                tier.is_coded |= tier.type == kind
        elif name == "CONSTRAINT":
            self.stereotypes.add(attributes.get("STEREOTYPE", ""))

    def _end(self, name: str) -> None:
        known, begin = self._elements.pop()
        span = begin, self._place()
        if name == "ANNOTATION_VALUE" and self._open is not None:
            self._open.value = span
        elif name in {"ALIGNABLE_ANNOTATION", "REF_ANNOTATION"} and self._open is not None and self.tiers:
            self.tiers[-1].annotations.append(self._open)
            self.annotations[self._open.id] = self._open
            self._open = None
        elif name == "TIER":
            self.tiers[-1].span = span
        elif name in _LISTED:
            self.spans[name] = span
        elif known == "lastUsedAnnotationId":
            self.last_id = span

    def _characters(self, text: str) -> None:
        if self._open is not None and self._elements[-1][0] == "ANNOTATION_VALUE":
            self._open.text += text


def _is_time(value: str) -> bool:
    return value.isdecimal() and len(value) < 16
