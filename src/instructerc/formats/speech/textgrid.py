"""Praat's TextGrids, long and short: interval tiers are speakers, and their intervals turns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow, InputError
from instructerc.formats.elan.reader import Annotation, Tier
from instructerc.formats.elan.tiers import Chosen, EmotionsOf, choose_tiers
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.chat_turns import unique_name
from instructerc.formats.shared.lines import OpenText, check_characters
from instructerc.formats.shared.names import take_names
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, build_utterance, show

_MOST_CHARACTERS = 256 * 1024 * 1024
_MARK = re.compile(r"\s*(?:File type\s*=\s*)?\"ooTextFile", re.IGNORECASE)
# As Praat reads: text in quotes, flags, numbers with blanks around them, comments; all other words say nothing.
_TOKEN = re.compile(
    r'"(?P<text>[^"]*(?:""[^"]*)*+)"|(?P<flag><[^<>\s]{1,20}>)'
    r"|(?<!\S)(?P<number>[-+]?\d{1,20}(?:[.,]\d{0,40})?(?:[eE][-+]?\d{1,3})?)(?!\S)|(?<!\S)!(?P<comment>[^\r\n]*)"
)


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# What stands for silence and for what cannot be heard, as people and programs mark it.
_SILENCE = _names(
    "sil sp spn silence silent sounding pause <sil> <sp> <spn> <p:> <p> <usb> <nib> <eps> <s> </s> <noise> <silence> "
    '[sil] [silence] [pause] [noise] (pause) (silence) (sil) (.) (..) (...) # ## _ - -- ... … * "" <>'
)
_TIMED_PAUSE = re.compile(r"[(\[]\s*\d+(?:[.,]\d+)?\s*s?\s*[)\]]")
# Names of tiers that say what stands in them, and not who speaks.
_GENERAL = _names(
    "utterance utterances sentence sentences transcript transcripts transcription transcriptions text texts speech ort "
    "ortho orth orthography orthographic trans tier words word content ipu ipus turn turns phrase phrases dialogue "
    "talk spoken transkript transkription äußerung äußerungen satz texte texto enunciado énoncé annotation annotations"
)
_SPEAKERS = _names("speaker speakers spk spkr who sprecher locuteur hablante diarization diarisation talker")
_WORDS = _names("word words wort wörter mots palabras parole mau")
_PART = re.compile(r"\s*[-–_@:/.|]\s*|\s+")
# A pause that ends a turn where a file has single words only.
_PAUSE_S = 1.0
_ACCENTS = {'"': "\u0308", "'": "\u0301", "`": "\u0300", "^": "\u0302", "~": "\u0303", ",": "\u0327", "v": "\u030c"}
_ACCENTED = re.compile(r"\\([A-Za-z])([\"'`^~,])")
_LETTERS = {"\\ss": "ß", "\\ae": "æ", "\\oe": "œ", "\\o/": "ø", "\\ao": "å", "\\bu": "•"}
_LETTER = re.compile("|".join(map(re.escape, _LETTERS)))


@dataclass(slots=True)
class _Grid:
    """A TextGrid.

    Attributes:
        name: as a collection calls it, or `""`.
        tiers: its interval tiers.
        spans: start and end of each interval by its name.
        n_points: of its point tiers, by where they stand.
    """

    name: str = ""
    tiers: list[Tier] = field(default_factory=list)
    spans: dict[str, tuple[float, float]] = field(default_factory=dict)
    points: list[int] = field(default_factory=list)

    def span_of(self, item: Annotation) -> tuple[float | None, float | None]:
        return self.spans.get(item.id, (None, None))


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns 1 for a text file of Praat."""
    return float(_MARK.match(file.head) is not None)


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the file as one conversation, and each TextGrid of a collection as one, by the starts of the intervals.

    Speakers are the interval tiers that hold speech, found as in ELAN's files or named by `options.tier`; a tier such
    as `emotion@Mia` has gold labels, and one called `speaker` says who speaks where the words stand in another. Where
    there are only words, they are joined up to a pause of a second. Silence, points and other tiers are left out and
    counted.

    Raises:
        InputError: it is cut off, holds something else, or no tier looks like speech.
        BadRow: an interval that cannot be read.
    """
    names: set[str] = set()
    for grid in _Reader(_read_all(file, reading), reading.source).read():
        utterances = _utterances(grid, reading)
        if utterances:
            yield Conversation(unique_name(grid.name, reading.stem, names), utterances)


def _read_all(file: OpenText, reading: Reading) -> str:
    size, parts = 0, []
    for raw in reading.rows(file.lines):
        size += len(raw)
        if size > _MOST_CHARACTERS:
            raise InputError(f"{reading.source}: is larger than {_MOST_CHARACTERS >> 20} Mi characters; split it")
        parts.append(raw)
    return "".join(parts)


class _Reader:
    """Reads what Praat wrote, word for word."""

    def __init__(self, text: str, source: str) -> None:
        self._text, self._source = text, source
        self._tokens = (token for token in _TOKEN.finditer(text) if token["comment"] is None)
        self._line, self._counted = 1, 0
        self._n_intervals = 0

    def read(self) -> Iterator[_Grid]:
        self._text_of("the file's type")
        kind = self._text_of("the kind of object")
        if kind == "Collection":
            for _ in range(self._count("the number of objects")):
                kind, name = self._text_of("the kind of object"), self._text_of("its name")
                yield self._read_grid(kind, name)
        else:
            yield self._read_grid(kind, "")

    def _read_grid(self, kind: str, name: str) -> _Grid:
        if kind.split(" ")[0] != "TextGrid":
            raise InputError(f"{self._source}: is a file of Praat with {show(kind[:40])}; give a TextGrid")
        grid = _Grid(name)
        self._number("the start"), self._number("the end")
        if self._next("the flag <exists>")["flag"] == "<absent>":
            return grid
        for _ in range(self._count("the number of tiers")):
            kind, tier_name = self._text_of("the kind of tier"), self._text_of("the tier's name")
            self._number("the start"), self._number("the end")
            tier = Tier(_letters(tier_name).strip(), "", None, "")
            is_interval = kind == "IntervalTier"
            for _ in range(self._count("the number of intervals")):
                begin = self._number("a time")
                end = self._number("a time") if is_interval else begin
                text = self._text_of("a text")
                if not is_interval:
                    grid.points.append(self._line)
                    continue
                self._n_intervals += 1
                item = Annotation((self._line, 0), str(self._n_intervals), None, None, _letters(text))
                grid.spans[item.id] = begin, end
                tier.annotations.append(item)
            if is_interval:
                grid.tiers.append(tier)
        return grid

    def _next(self, what: str) -> re.Match[str]:
        token = next(self._tokens, None)
        if token is None:
            raise InputError(f"{self._source}: ends where {what} is expected; it may be cut off")
        self._line += self._text.count("\n", self._counted, token.start())
        self._counted = token.start()
        return token

    def _text_of(self, what: str) -> str:
        token = self._next(what)
        if token["text"] is None:
            raise self._unexpected(token, f"{what} in quotes")
        return token["text"].replace('""', '"')

    def _number(self, what: str) -> float:
        token = self._next(what)
        if token["number"] is None:
            raise self._unexpected(token, f"{what} as a number")
        return float(token["number"].replace(",", "."))

    def _count(self, what: str) -> int:
        number = self._number(what)
        # Each of them takes a letter at least.
        if not 0 <= number <= len(self._text):
            raise InputError(f"{self._source}:{self._line}: {what} is {number:g}, which the file cannot have")
        return int(number)

    def _unexpected(self, token: re.Match[str], what: str) -> InputError:
        return InputError(f"{self._source}:{self._line}: expected {what}, got {show(token[0][:40])}")


def _letters(text: str) -> str:
    """Returns a text with the letters that Praat writes in ASCII, such as `\\a"` for ä."""
    if "\\" not in text:
        return text
    text = _LETTER.sub(lambda found: _LETTERS[found[0]], text)
    return _ACCENTED.sub(lambda found: unicodedata.normalize("NFC", found[1] + _ACCENTS[found[2]]), text)


def _is_silence(text: str) -> bool:
    word = text.strip()
    return not word or word.casefold() in _SILENCE or _TIMED_PAUSE.fullmatch(word) is not None


def _utterances(grid: _Grid, reading: Reading) -> list[Utterance]:
    for line in grid.points:
        reading.repair(line, "{n} point(s) of point tiers: left out")
    silent = [item for tier in grid.tiers for item in tier.annotations if _is_silence(item.text)]
    for item in silent:
        reading.repair(item.line, "{n} interval(s) of silence: left out")
    # A tier without words says nothing, and is not asked for.
    tiers = [
        replace(tier, annotations=[one for one in tier.annotations if not _is_silence(one.text)]) for tier in grid.tiers
    ]
    grid.tiers = [tier for tier in tiers if tier.annotations]
    if not grid.tiers:
        return []
    chosen, speakers, words = _choose(grid, reading)
    for tier in chosen.others:
        for item in tier.annotations:
            reading.repair(item.line, "{n} interval(s) of tiers that are not speech: left out")
    found: list[tuple[float, Utterance]] = []
    for tier in chosen.speech:
        emotions = EmotionsOf(chosen.emotions.get(tier.id, ()), grid)
        named = _name_of(tier.id)
        items = _joined(tier, grid, reading) if words else tier.annotations
        # What was a subtitle before is one tier with the names before the words.
        in_text = take_names([item.text for item in items]) if named is None and speakers is None else None
        for place, item in enumerate(items):
            start, end = grid.spans[item.id]
            speaker = speakers.find(item) if speakers is not None and named is None else named
            text = item.text
            if in_text is not None:
                speaker, text = in_text[place]
            try:
                check_characters(item.text, reading.source, item.line, "the text")
                utterance = build_utterance(
                    reading,
                    item.line,
                    speaker=speaker,
                    text=text.strip(),
                    emotion=emotions.find(item),
                    start=start,
                    end=end,
                )
            except BadRow as error:
                reading.skip(error)
            else:
                found.append((start, utterance))
    return [utterance for _, utterance in sorted(found, key=lambda one: one[0])]


def _choose(grid: _Grid, reading: Reading) -> tuple[Chosen, EmotionsOf | None, bool]:
    """Returns what the tiers are, what says who speaks, and whether the speech is single words."""
    whole = grid.tiers
    says_who = [tier for tier in whole if tier.id.casefold() in _SPEAKERS]
    has_words = any(_name_of(tier.id) is None for tier in whole if tier not in says_who)
    speakers = None
    if reading.options.tier is None and len(says_who) == 1 and has_words:
        speakers = EmotionsOf(says_who, grid)
        grid.tiers = [tier for tier in whole if tier not in says_who]
    try:
        return choose_tiers(grid, reading.options, reading.source), speakers, False
    except InputError:
        only_words = [tier for tier in grid.tiers if _WORDS & set(_parts(tier.id))]
        if not only_words or reading.options.tier is not None:
            raise
    return Chosen(only_words, others=[tier for tier in grid.tiers if tier not in only_words]), speakers, True


def _joined(tier: Tier, grid: _Grid, reading: Reading) -> list[Annotation]:
    """Returns the words of a tier, joined where no long pause stands between them."""
    found: list[Annotation] = []
    last: Sequence[float] = (0.0, 0.0)
    for item in tier.annotations:
        start, end = grid.spans[item.id]
        reading.repair(item.line, "{n} word(s) in intervals of their own: joined up to a pause of a second")
        if found and start - last[1] < _PAUSE_S:
            found[-1] = replace(found[-1], text=f"{found[-1].text} {item.text.strip()}")
            grid.spans[found[-1].id] = grid.spans[found[-1].id][0], end
        else:
            found.append(replace(item, text=item.text.strip()))
        last = start, end
    return found


def _parts(name: str) -> list[str]:
    return [part for part in _PART.split(name.casefold()) if part]


def _name_of(tier: str) -> str | None:
    """Returns who speaks by a tier's name; None where it only says what stands in it, such as `words`."""
    parts = _parts(tier)
    if not _GENERAL.intersection(parts):
        return None if tier.casefold() in _SPEAKERS else tier
    kept = [part for part in _PART.split(tier) if part and part.casefold() not in _GENERAL and part.casefold() != "mau"]
    return " ".join(kept) or None


FORMATS = (
    Format(
        name="textgrid",
        title="Praat's TextGrids",
        about="Praat's TextGrid, long or short: interval tiers with speech are speakers, or named with `--tier`; tiers "
        "such as `emotion@Ann` are gold labels; points and silence are left out",
        times="yes",
        file=Text(Sureness.MARK, explains, read),
        extensions=(".textgrid",),
    ),
)
