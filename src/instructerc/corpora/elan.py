"""ELAN annotation files (`.eaf`, EAF 3.0): tiers of time-aligned annotations in XML, read and written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TextIO
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from instructerc.conversation import Conversation, Utterance
from instructerc.corpora.decoding import OpenText
from instructerc.corpora.options import ReadOptions
from instructerc.corpora.reading import Reading, build_utterance
from instructerc.errors import BadRow, InputError

EXTENSIONS = (".eaf",)
MAX_CHARACTERS = 256 * 1024 * 1024

_EMOTION = "emotion"


@dataclass(slots=True)
class _Annotation:
    line: int
    id: str
    slots: tuple[str, str] | None
    parent: str | None
    text: str = ""


@dataclass(slots=True)
class _Tier:
    id: str
    participant: str
    parent: str | None
    annotations: list[_Annotation] = field(default_factory=list)


def matches(text: OpenText, options: ReadOptions) -> bool:
    """Says whether the root of an XML file is ELAN's."""
    return text.head.lstrip().startswith("<") and "<ANNOTATION_DOCUMENT" in text.head


def read(reading: Reading) -> Iterator[Conversation]:
    """Yields the file as one conversation, in order of start times.

    Turns are the annotations of tiers without a parent, their speaker the tier's participant, or else its name. The
    annotations of a tier `emotion`, or `emotion@…`, that hangs on such a tier are the gold emotions of its turns; other
    dependent tiers are left out and counted. An annotation without a time stands where the file has it.

    Raises:
        InputError: no XML, a document type or entities (which are refused), or another kind of document.
        BadRow: an annotation that cannot be read.
    """
    document = _Document(reading)
    document.parse()
    emotions: dict[str, str] = {}
    for tier in document.tiers:
        if tier.parent is not None and tier.id.partition("@")[0].casefold() == _EMOTION:
            emotions |= {item.parent: item.text.strip() for item in tier.annotations if item.parent is not None}
        elif tier.parent is not None:
            reading.repairs["{n} annotation(s) of dependent tiers: left out"] += len(tier.annotations)
    turns = [
        turn
        for tier in document.tiers
        if tier.parent is None
        for item in tier.annotations
        if (turn := _turn(item, tier, document.times, emotions, reading)) is not None
    ]
    if turns:
        yield Conversation(reading.text.stem, _in_order(turns))


def _turn(
    item: _Annotation, tier: _Tier, times: dict[str, float | None], emotions: dict[str, str], reading: Reading
) -> Utterance | None:
    start, end = (times.get(slot) for slot in item.slots) if item.slots else (None, None)
    speaker, emotion = tier.participant or tier.id, emotions.get(item.id)
    try:
        return build_utterance(
            reading, item.line, speaker=speaker, text=item.text.strip(), emotion=emotion, start=start, end=end
        )
    except BadRow as error:
        reading.skip(error)
        return None


def _in_order(turns: list[Utterance]) -> list[Utterance]:
    """Returns them by start time; one without a time follows the one before it."""
    keys, last = [], 0.0
    for turn in turns:
        last = turn.start if turn.start is not None else last
        keys.append(last)
    return [turns[place] for place in sorted(range(len(turns)), key=keys.__getitem__)]


class _Document:
    """Tiers and times as the parser meets them."""

    def __init__(self, reading: Reading) -> None:
        self.tiers: list[_Tier] = []
        self.times: dict[str, float | None] = {}
        self._reading = reading
        self._open: _Annotation | None = None
        self._in_value = False
        self._parser = expat.ParserCreate()
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        self._parser.CharacterDataHandler = self._characters
        # No entity is ever declared, so none can grow.
        self._parser.StartDoctypeDeclHandler = self._refuse

    def parse(self) -> None:
        """Reads the whole source.

        Raises:
            InputError: it is no XML, too large, or not ELAN's.
        """
        source, size = self._reading.text.source, 0
        try:
            for line in self._reading.text.lines:
                size += len(line)
                if size > MAX_CHARACTERS:
                    raise InputError(f"{source}: is larger than {MAX_CHARACTERS >> 20} Mi characters; split it")
                # What stands in the file is decoded already, whatever its first line says.
                self._parser.Parse(line.encode("utf-8", "replace"))
            self._parser.Parse(b"", True)
        except expat.ExpatError as error:
            raise InputError(f"{source}:{error.lineno}: is not well-formed XML: {error}") from None

    def _refuse(self, *declaration: object) -> None:
        raise InputError(f"{self._reading.text.source}: declares a document type, which ELAN's files do not; remove it")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "TIME_SLOT":
            value = attributes.get("TIME_VALUE", "")
            self.times[attributes.get("TIME_SLOT_ID", "")] = int(value) / 1000 if _is_time(value) else None
        elif name == "TIER":
            participant = attributes.get("PARTICIPANT", "").strip()
            self.tiers.append(_Tier(attributes.get("TIER_ID", ""), participant, attributes.get("PARENT_REF")))
        elif name in {"ALIGNABLE_ANNOTATION", "REF_ANNOTATION"}:
            slots = attributes.get("TIME_SLOT_REF1"), attributes.get("TIME_SLOT_REF2")
            both = (slots[0], slots[1]) if slots[0] is not None and slots[1] is not None else None
            line, known = self._parser.CurrentLineNumber, attributes.get("ANNOTATION_ID", "")
            self._open = _Annotation(line, known, both, attributes.get("ANNOTATION_REF"))
        elif name == "ANNOTATION_VALUE":
            self._in_value = True

    def _end(self, name: str) -> None:
        if name == "ANNOTATION_VALUE":
            self._in_value = False
        elif name in {"ALIGNABLE_ANNOTATION", "REF_ANNOTATION"} and self._open is not None and self.tiers:
            self.tiers[-1].annotations.append(self._open)
            self._open = None

    def _characters(self, text: str) -> None:
        if self._in_value and self._open is not None:
            self._open.text += text


def _is_time(value: str) -> bool:
    return value.isdecimal() and len(value) < 16


def write_elan(conversation: Conversation, stream: TextIO) -> None:
    """Writes a conversation as an ELAN file: a tier per speaker, and one of emotions that hangs on it.

    Times are in whole milliseconds, as ELAN keeps them; a turn without them gets slots without a value. XML has no
    place for control characters, which become blanks, and outer blanks of a text are not kept.
    """
    slots: list[str] = []
    tiers: list[str] = []
    number = 0
    for speaker in conversation.cast:
        turns, emotions = [], []
        for utterance in conversation.utterances:
            if utterance.speaker != speaker:
                continue
            number += 1
            refs: list[str] = []
            for time in (utterance.start, utterance.end):
                value = "" if time is None else f' TIME_VALUE="{round(time * 1000)}"'
                slots.append(f'<TIME_SLOT TIME_SLOT_ID="ts{len(slots) + 1}"{value}/>')
                refs.append(f'TIME_SLOT_REF{len(refs) + 1}="ts{len(slots)}"')
            turns.append(_alignable(f"a{number}", " ".join(refs), utterance.text))
            if utterance.emotion is not None:
                emotions.append(_dependent(f"e{number}", f"a{number}", utterance.emotion))
        name = quoteattr(_clean(speaker), {"\n": " ", "\t": " ", "\r": " "})
        tiers.append(f'<TIER LINGUISTIC_TYPE_REF="turn" PARTICIPANT={name} TIER_ID={name}>{"".join(turns)}</TIER>')
        if emotions:
            own = quoteattr(f"{_EMOTION}@{_clean(speaker)}", {"\n": " ", "\t": " ", "\r": " "})
            tiers.append(
                f'<TIER LINGUISTIC_TYPE_REF="label" PARENT_REF={name} PARTICIPANT={name} TIER_ID={own}>'
                f"{''.join(emotions)}</TIER>"
            )
    order = "\n".join(slots)
    stream.write(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<ANNOTATION_DOCUMENT AUTHOR="" DATE="1970-01-01T00:00:00+00:00" FORMAT="3.0" VERSION="3.0">\n'
        f'<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds"/>\n<TIME_ORDER>\n{order}\n</TIME_ORDER>\n'
        + "\n".join(tiers)
        + '\n<LINGUISTIC_TYPE GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="turn" TIME_ALIGNABLE="true"/>\n'
        '<LINGUISTIC_TYPE CONSTRAINTS="Symbolic_Association" GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="label" '
        'TIME_ALIGNABLE="false"/>\n'
        '<CONSTRAINT DESCRIPTION="1-1 association with a parent annotation" STEREOTYPE="Symbolic_Association"/>\n'
        "</ANNOTATION_DOCUMENT>\n"
    )


def _alignable(name: str, refs: str, text: str) -> str:
    value = f"<ANNOTATION_VALUE>{escape(_clean(text), {chr(13): '&#13;'})}</ANNOTATION_VALUE>"
    return (
        f'\n<ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="{name}" {refs}>{value}</ALIGNABLE_ANNOTATION></ANNOTATION>'
    )


def _dependent(name: str, parent: str, text: str) -> str:
    value = f"<ANNOTATION_VALUE>{escape(_clean(text))}</ANNOTATION_VALUE>"
    return (
        f'\n<ANNOTATION><REF_ANNOTATION ANNOTATION_ID="{name}" ANNOTATION_REF="{parent}">{value}</REF_ANNOTATION>'
        "</ANNOTATION>"
    )


def _clean(text: str) -> str:
    """Returns the text with blanks for what XML 1.0 cannot hold."""
    return "".join(
        letter if letter in "\t\n\r" or (letter >= " " and letter not in "\ufffe\uffff") else " " for letter in text
    )
