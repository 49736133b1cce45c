"""ELAN files written: as a new file from a conversation, or as a copy of their own file with a tier of emotions."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import TextIO
from xml.sax.saxutils import escape, quoteattr

from instructerc.conversation import Conversation
from instructerc.formats.elan.reader import EMOTION, Annotation, Document, Place, Span, Tier, read_turns
from instructerc.formats.elan.tiers import Chosen, choose_tiers
from instructerc.formats.shared.answers import Answers, Edit, free_name, splice
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.reading import Reading

_TAG = re.compile(r"""</?(?:[^"'<>]|"[^"]*"|'[^']*')*>""")
_VOCABULARY_ENTRY = re.compile(r"""\s+CVE_REF\s*=\s*(?:"[^"]*"|'[^']*')""")
_BLANKS = re.compile(r"[ \t]*$")
_NUMBER = re.compile("[0-9]{1,15}")
_ASSOCIATION = "Symbolic_Association"
_CONSTRAINT = f'<CONSTRAINT DESCRIPTION="1-1 association with a parent annotation" STEREOTYPE="{_ASSOCIATION}"/>'


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
        tiers.append(_tier(f'LINGUISTIC_TYPE_REF="turn" PARTICIPANT={name} TIER_ID={name}', turns))
        if emotions:
            own = quoteattr(f"{EMOTION}@{_clean(speaker)}", {"\n": " ", "\t": " ", "\r": " "})
            tiers.append(
                _tier(f'LINGUISTIC_TYPE_REF="label" PARENT_REF={name} PARTICIPANT={name} TIER_ID={own}', emotions)
            )
    order = "\n".join(slots)
    stream.write(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<ANNOTATION_DOCUMENT AUTHOR="" DATE="1970-01-01T00:00:00+00:00" FORMAT="3.0" VERSION="3.0">\n'
        f'<HEADER MEDIA_FILE="" TIME_UNITS="milliseconds"/>\n<TIME_ORDER>\n{order}\n</TIME_ORDER>\n'
        + "\n".join(tiers)
        + '\n<LINGUISTIC_TYPE GRAPHIC_REFERENCES="false" LINGUISTIC_TYPE_ID="turn" TIME_ALIGNABLE="true"/>\n'
        f"{_associated_type('label')}\n{_CONSTRAINT}\n</ANNOTATION_DOCUMENT>\n"
    )


def annotate(file: OpenText, reading: Reading, answers: Answers, stream: TextIO) -> None:
    """Writes a copy of an ELAN file with a tier of emotions below each tier of turns; all else stays as it stands.

    Where a tier of turns has one already, whose annotations each belong to one of its own, the answers go in there, in
    place of its values; a turn without an answer then has an empty one. Else it gets a tier `emotion@TIER`.

    Raises:
        InputError: the answers are not this file's, or a file as in reading.
        BadRow: as in reading.
    """
    document = Document(file)
    lines = list(document.parse())
    chosen = choose_tiers(document, reading.options, reading.source)
    source = _Source(lines, document, chosen)
    emotions = {id(item): answers.take(turn).emotion for item, turn in read_turns(document, chosen, reading)}
    for tier in chosen.speech:
        answered = [(item, emotions[id(item)]) for item in tier.annotations if id(item) in emotions]
        source.annotate(tier, answered)
    stream.write(source.finish())


class _Source:
    """The text of a document, and what is to be changed in it."""

    def __init__(self, lines: Sequence[str], document: Document, chosen: Chosen) -> None:
        self._text = "".join(lines)
        self._lines = [0, *accumulate(map(len, lines))]
        self._line_end = "\r\n" if lines and lines[0].endswith("\r\n") else "\n"
        self._document = document
        self._edits: list[Edit] = []
        self._has_new_tier = False
        self._names = {tier.id for tier in document.tiers}
        self._emotions: dict[str | None, list[Tier]] = defaultdict(list)
        for owner, tiers in chosen.emotions.items():
            self._emotions[owner] += [tier for tier in tiers if tier.parent == owner]
        own = (tier.type for tiers in self._emotions.values() for tier in tiers)
        fitting = (kind for kind in (*own, EMOTION) if document.types.get(kind) == _ASSOCIATION)
        self._type = next(fitting, free_name(EMOTION, document.types))
        # ELAN counts on from this number, so ours must be in it.
        inside = self._inside(document.last_id) if document.last_id else (0, 0)
        self._counted = _NUMBER.search(self._text, *inside)
        self._last_number = self._last_known = max(document.last_number, int(self._counted[0]) if self._counted else 0)

    def annotate(self, tier: Tier, answered: Sequence[tuple[Annotation, str | None]]) -> None:
        """Puts emotions below a tier of turns."""
        types = self._document.types
        dependent = self._emotions[tier.id]
        # Of several, the last one is read. A type that is not declared may be what we need.
        fitting = [one for one in dependent if types.get(one.type, _ASSOCIATION) == _ASSOCIATION][-1:]
        known = {item.parent: item for one in fitting for item in one.annotations if item.value is not None}
        new = []
        for item, emotion in answered:
            if item.id in known:
                self._change(known[item.id], emotion or "")
            elif emotion is not None:
                self._last_number += 1
                new.append(_dependent(f"a{self._last_number}", item.id, emotion))
        if new and fitting:
            self._extend(fitting[0].span, new)
        elif new:
            self._add_tier(tier, [one.span for one in (tier, *dependent)], new)

    def finish(self) -> str:
        """Returns the text with the changes in it."""
        if self._has_new_tier and self._type not in self._document.types:
            self._add_after(self._last(["LINGUISTIC_TYPE"]), _associated_type(self._type))
        if self._has_new_tier and _ASSOCIATION not in self._document.stereotypes:
            self._add_after(self._last(self._document.spans), _CONSTRAINT)
        if self._counted is not None and self._last_number > self._last_known:
            self._edits.append((*self._counted.span(), str(self._last_number)))
        return splice(self._text, self._edits)

    def _change(self, item: Annotation, emotion: str) -> None:
        """Gives an annotation another value; its name stays, since others may hang on it."""
        if item.value is None or item.text.strip() == emotion:
            return
        self._fill(item.value, *self._inside(item.value), _escape(emotion))
        # The entry of a vocabulary would say the old value once more.
        begin = self._offset(item.place)
        entry = _VOCABULARY_ENTRY.search(self._text, begin, self._tag_end(begin))
        if entry is not None:
            self._edits.append((*entry.span(), ""))

    def _extend(self, span: Span, annotations: Sequence[str]) -> None:
        line = self._new_line(span)
        begin, end = self._inside(span)
        last = begin + len(self._text[begin:end].rstrip())
        self._fill(span, last, last, "".join(f"{line}{self._indent(span)}{one}" for one in annotations))

    def _add_tier(self, tier: Tier, before: Sequence[Span], annotations: Sequence[str]) -> None:
        self._has_new_tier = True
        name = free_name(f"{EMOTION}@{tier.id}", self._names)
        participant = f" PARTICIPANT={quoteattr(tier.participant)}" if tier.participant else ""
        attributes = (
            f"LINGUISTIC_TYPE_REF={quoteattr(self._type)} PARENT_REF={quoteattr(tier.id)}{participant} "
            f"TIER_ID={quoteattr(name)}"
        )
        line = self._new_line(tier.span)
        self._add_after(max(before, key=self._after), _tier(attributes, annotations, line, self._indent(tier.span)))

    def _add_after(self, span: Span, element: str) -> None:
        place = self._after(span)
        self._edits.append((place, place, self._new_line(span) + element))

    def _fill(self, span: Span, begin: int, end: int, inner: str) -> None:
        """Puts text into an element, which may have no end tag yet."""
        start = self._offset(span[0])
        if self._text[begin - 2 : begin] == "/>" and begin == self._tag_end(start):
            name = self._text[start + 1 : begin - 2].split(None, 1)[0]
            self._edits.append((begin - 2, begin, f">{inner}</{name}>"))
        else:
            self._edits.append((begin, end, inner))

    def _last(self, names: Iterable[str]) -> Span:
        """Returns the last element that is a tier or has one of the names."""
        spans = self._document.spans
        found = [tier.span for tier in self._document.tiers] + [spans[name] for name in names if name in spans]
        return max(found, key=self._after)

    def _inside(self, span: Span) -> tuple[int, int]:
        begin = self._tag_end(self._offset(span[0]))
        # An element without an end tag ends where its only tag does.
        return begin, max(begin, self._offset(span[1]))

    def _after(self, span: Span) -> int:
        begin, end = self._inside(span)
        return end if self._text[begin - 2 : begin] == "/>" else self._tag_end(end)

    def _tag_end(self, begin: int) -> int:
        tag = _TAG.match(self._text, begin)
        return begin if tag is None else tag.end()

    def _offset(self, place: Place) -> int:
        return self._lines[place[0] - 1] + place[1]

    def _new_line(self, span: Span) -> str:
        """Returns what begins a line that stands as deep as an element."""
        return self._line_end + self._indent(span)

    def _indent(self, span: Span) -> str:
        begin, end = self._lines[span[0][0] - 1], self._offset(span[0])
        return self._text[begin:end] if _BLANKS.match(self._text, begin, end) else ""


def _tier(attributes: str, annotations: Sequence[str], line: str = "\n", deeper: str = "") -> str:
    inner = "".join(f"{line}{deeper}{one}" for one in annotations)
    return f"<TIER {attributes}>{inner}{line}</TIER>"


def _alignable(name: str, refs: str, text: str) -> str:
    return _annotation("ALIGNABLE_ANNOTATION", f'ANNOTATION_ID="{name}" {refs}', text)


def _dependent(name: str, parent: str, text: str) -> str:
    return _annotation("REF_ANNOTATION", f'ANNOTATION_ID="{name}" ANNOTATION_REF={quoteattr(parent)}', text)


def _annotation(element: str, attributes: str, text: str) -> str:
    value = f"<ANNOTATION_VALUE>{_escape(text)}</ANNOTATION_VALUE>"
    return f"<ANNOTATION><{element} {attributes}>{value}</{element}></ANNOTATION>"


def _associated_type(name: str) -> str:
    own = f'LINGUISTIC_TYPE_ID={quoteattr(name)} TIME_ALIGNABLE="false"'
    return f'<LINGUISTIC_TYPE CONSTRAINTS="{_ASSOCIATION}" GRAPHIC_REFERENCES="false" {own}/>'


def _escape(text: str) -> str:
    return escape(_clean(text), {"\r": "&#13;"})


def _clean(text: str) -> str:
    """Returns the text with blanks for what XML 1.0 cannot hold."""
    return "".join(
        letter if letter in "\t\n\r" or (letter >= " " and letter not in "\ufffe\uffff") else " " for letter in text
    )
