"""Which tiers of a file are speech, which say emotions, and which neither: by their names and contents."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from instructerc.errors import InputError, did_you_mean
from instructerc.formats.shared.options import ReadOptions

if TYPE_CHECKING:
    from instructerc.formats.elan.reader import Annotation, Tier


class TieredFile(Protocol):
    """What a file with tiers holds, in ELAN's form or another.

    Attributes:
        tiers: in the order of the file.
    """

    tiers: list[Tier]

    def span_of(self, item: Annotation) -> tuple[float | None, float | None]:
        """Returns start and end of an annotation in seconds."""
        ...


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_EMOTIONS = _names(
    "emotion emotions emo affect affects feeling feelings sentiment mood emotie emoción emociones émotion émotions "
    "emotionen gefühl gefühle stimmung affekt emozione emozioni emoção emoções эмоция эмоции"
)
_NOT_SPEECH = _names(
    "gesture gestures gaze nod nods hand hands head face facial posture movement movements action actions activity "
    "comment comments note notes remark remarks translation translations gloss glosses pos morph morphemes phone "
    "phones phonetic phoneme phonemes syllable syllables word words token tokens code codes coding topic silence "
    "silences pause pauses noise music background scene event events id ids ref refs breath breaths laughter overlap "
    "speech_act eyes brow brows lips mouth body smile geste gestes gestik blick kommentar notiz übersetzung "
    "traducción traduction comentario kommentare notizen bemerkung bemerkungen geräusch geräusche störung gestik mimik "
    "handlung handlungen übersetzungen glosse pausen commentaire commentaires bruit bruits "
    "gestuelle regard comentarios "
    "ruido ruidos gesto gestos silencio notas mirada commenti commento rumore rumori gesti sguardo traduzione "
    "comentário comentários ruído tradução opmerking opmerkingen geluid gebaar gebaren vertaling "
    "rh lh bh gphase gphases phase phases handshape righthand lefthand bothhands headmovement "
    "eyegaze nonverbal nonmanual "
    "mouthing viewpoint handedness ft gls mb ge ps ipa phonology valence arousal dominance valenz erregung dominanz "
    "topics thema themen tema temas thème thèmes gestual gestuell manual hände kopf gesicht lachen rire rires risa"
)
# What is annotated of gestures: a tier with nothing else holds no speech.
_CODES = _names(
    "stroke hold prep preparation retraction recovery rest poststroke prestroke post-stroke "
    "pre-stroke beat deictic iconic "
    "metaphoric emblem adaptor pointing nod nodding shake headshake tilt blink wink smile frown "
    "squint lean gaze averted "
    "addressee left right up down away both lh rh palm fist index"
)
# A number with what may stand around it: 001, MK_INT_05_001, u12a. No words.
_ID = re.compile(r"(?:[^\W\d_]{1,12}[_.\-#@/]?){0,4}(?:\d+[_.\-/]?)+[a-z]?")
_LONGEST_S = 60.0
_PARTS = re.compile(r"[\W_]+")
# EmotionMia is Emotion and Mia; MIA and McKay are one word each.
_HUMP = re.compile(r"(?<=[^\W\d_]{3})(?<=[a-zà-ÿ])(?=[A-ZÀ-Þ])")


@dataclass(slots=True)
class Chosen:
    """What the tiers of a file are.

    Attributes:
        speech: those whose annotations are turns.
        emotions: for each tier of speech, by its name, those that say the emotions of its turns.
        others: what is left out.
    """

    speech: list[Tier]
    emotions: dict[str, list[Tier]] = field(default_factory=dict)
    others: list[Tier] = field(default_factory=list)


def choose_tiers(document: TieredFile, options: ReadOptions, source: str) -> Chosen:
    """Returns what the tiers of a document are.

    Speech are the tiers that `options.tier` names. Without it: each tier without a parent that is neither named after
    something else nor says emotions. Where it is empty or holds nothing but numbers and ids, it is the tier below it
    with words. A tier of numbers and ids alone is none where others have words.

    Raises:
        InputError: no tier of a name that was asked for, or none that looks like speech.
    """
    tiers = document.tiers
    if options.tier is not None:
        speech = [_named(tiers, name.strip(), source) for name in options.tier.split(",")]
    else:
        speech = [found for tier in tiers if tier.parent is None and (found := _speech_of(tier, tiers)) is not None]
        # A participant may say nothing but numbers, and so may all.
        speech = [tier for tier in speech if tier.participant or not _holds_ids(tier)] or speech
    is_empty = options.tier is None and not any(tier.annotations for tier in speech)
    if (not speech or is_empty) and any(tier.annotations for tier in tiers):
        names = ", ".join(repr(tier.id) for tier in tiers[:12])
        raise InputError(f"{source}: no tier looks like speech; name one with --tier: {names}")
    chosen = Chosen(speech)
    for tier in tiers:
        owner = _owner_of(tier, speech, tiers) if says_emotions(tier) and tier not in speech else None
        if owner is not None:
            chosen.emotions.setdefault(owner.id, []).append(tier)
        elif tier not in speech:
            chosen.others.append(tier)
    return chosen


def says_emotions(tier: Tier) -> bool:
    """Returns whether a tier is named after emotions: `emotion@Mia`, `Mia_emotion`."""
    return not _EMOTIONS.isdisjoint(_words_of(tier.id))


def _named(tiers: Sequence[Tier], name: str, source: str) -> Tier:
    for tier in tiers:
        if tier.id == name:
            return tier
    names = [tier.id for tier in tiers]
    raise InputError(f"{source}: no tier {name!r}{did_you_mean(name, names)}; its tiers: {', '.join(names[:20])}")


def _speech_of(tier: Tier, tiers: Sequence[Tier]) -> Tier | None:
    """Returns the tier with the words of a tier without a parent: itself, or one below it; None where none "
    "has any."""
    if says_emotions(tier):
        return None
    worded: list[Tier] = []
    is_empty = not any(item.text.strip() for item in tier.annotations)
    if is_empty or _holds_ids(tier):
        below = [one for one in tiers if one.parent == tier.id and one.annotations and not says_emotions(one)]
        worded = [one for one in below if not _is_named_otherwise(one) and not _holds_ids(one)]
    if worded:
        # Sentences are longer than what is said of them.
        return max(worded, key=_mean_length)
    return None if _is_named_otherwise(tier) else tier


def _owner_of(tier: Tier, speech: Sequence[Tier], tiers: Sequence[Tier]) -> Tier | None:
    """Returns the tier of speech whose emotions a tier says: the one that it hangs on, or that of the same person."""
    by_id = {one.id: one for one in tiers}
    parent = tier.parent
    while parent is not None:
        if any(one.id == parent for one in speech):
            return by_id[parent]
        siblings = [one for one in speech if one.parent == parent]
        if len(siblings) == 1:
            return siblings[0]
        parent = by_id[parent].parent if parent in by_id else None
    own = _words_of(tier.id) - _EMOTIONS
    same = [one for one in speech if own and own <= _words_of(one.id)]
    person = [one for one in speech if tier.participant and one.participant == tier.participant]
    found = same or person or (list(speech) if len(speech) == 1 else [])
    return found[0] if len(found) == 1 else None


class EmotionsOf:
    """What tiers say of the emotions of one tier's annotations.

    Args:
        tiers: those that say emotions; of several that say one, the last counts.
        document: that they are of.
    """

    def __init__(self, tiers: Sequence[Tier], document: TieredFile) -> None:
        self._document = document
        self._by_parent: dict[str, str] = {}
        self._by_time: list[tuple[float, float, str]] = []
        for item in (item for tier in tiers for item in tier.annotations):
            if item.parent is not None:
                self._by_parent[item.parent] = item.text.strip()
            else:
                begin, end = document.span_of(item)
                if begin is not None and end is not None:
                    self._by_time.append((begin, end, item.text.strip()))
        self._by_time.sort()
        self._begins = [begin for begin, _, _ in self._by_time]

    def find(self, item: Annotation) -> str | None:
        """Returns the emotion of an annotation: what refers to it, or what lasts for more than half of its time."""
        known = self._by_parent.get(item.id) or self._by_parent.get(item.parent or "")
        begin, end = self._document.span_of(item)
        if known is not None or begin is None or end is None:
            return known or None
        # Those that begin long before it could only be longer than what a person says at once.
        near = self._by_time[bisect_left(self._begins, begin - _LONGEST_S) : bisect_left(self._begins, end)]
        shared = [(min(end, last) - max(begin, first), text) for first, last, text in near]
        most = max(shared, default=(0.0, ""))
        return most[1] or None if most[0] > 0.5 * (end - begin) else None


def _is_named_otherwise(tier: Tier) -> bool:
    words = _words_of(tier.id) | _words_of(tier.type)
    return tier.is_coded or not _NOT_SPEECH.isdisjoint(words) or _holds_codes(tier)


def _holds_codes(tier: Tier) -> bool:
    values = [item.text.strip().casefold() for item in tier.annotations if item.text.strip()]
    return len(values) > 1 and all(word in _CODES for value in values for word in value.split())


def _holds_ids(tier: Tier) -> bool:
    values = [item.text.strip() for item in tier.annotations if item.text.strip()]
    return bool(values) and all(_ID.fullmatch(value) for value in values)


def _mean_length(tier: Tier) -> float:
    return sum(len(item.text) for item in tier.annotations) / len(tier.annotations)


def _words_of(name: str) -> set[str]:
    return {word for word in _PARTS.split(_HUMP.sub(" ", name).casefold()) if word}
