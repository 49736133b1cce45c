"""CHAT transcripts of TalkBank and CHILDES (`.cha`; MacWhinney 2000): `*CODE:` lines with dependent tiers.

The text of a turn is what was said, in whole words: time bullets become start and end; codes in square brackets, scope
marks, signs of pauses, terminators and conversation analysis go, and so do fragments, fillers, omitted words and what
nobody understood. Shortened words are written out, and sounds such as `&=laughs` stay as `[laughs]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow
from instructerc.formats.format import Format, Sureness, Text
from instructerc.formats.shared.lines import OpenText, check_characters
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, build_utterance
from instructerc.formats.shared.shares import share_of_lines

# Copied text shows the control character around a bullet as ^U or as a dot, or not at all.
_BULLET = re.compile("(?:\x15|\\^U|•)[^\x15•^]{0,200}?(\\d+)_(\\d+)-?(?:\x15|\\^U|•)|(?<!\\S)(\\d+)_(\\d+)(?=\\s*$)")
_SOUND = re.compile(r"&=(\w+)(?::(\w+))?")
# Codes such as [//], [= laughs], [: because]; fragments, fillers, words of others; omitted and unclear words; pauses;
# the + signs of trailing off, interruption and quotation; scope marks and the signs of conversation analysis.
_CODES = re.compile(
    r"\[[^\[\]]*\]|&[-+~*{}][^\s.?!,]*|(?<!\w)&(?![=\s])[^\s.?!,]*|(?<!\S)[∙•·.]?h{2,}(?![^\s.])|(?<!\S)0(?!\d)\w*|\b(?:xxx?|yyy?|www)\b"
    r"|(?<![^\s<>])\+[./?!\"^<,+≈≋]+|(?<!\S)=(?!\S)|\(\.{1,3}\)|\(\d+(?:[.:]\d+)*\.?\)|[⌈⌉⌊⌋]\d?"
    r"|[<>‡„↑↓⇗↗→↘⇘∆∇°∙≈≋⁇☺♋⁎§▁▔◉∬Ἡ↫‹›〔〕ˈˌ↻∾⌋†\u0335\u0332]|@\w+(?:[:$&+*]\w+)*"
)
# One of these stands in each code.
_SIGN_OF_CODE = re.compile(r"[^\s\w.?!,;:'’\"-]|hh|0|xx|yy|www|[Ἡˈˌ]")
_SHORTENED = re.compile(r"(?<=\w)\(((?:['’]?[^\W\d_])+)\)|\(((?:['’]?[^\W\d_])+)\)(?=\w)")
# A false start within the arrows of a repetition: ↫r-r↫run; a break in a word; a bracket of an overlap in a word.
_STUTTER = re.compile("↫[^↫\\s]*↫")
_WITHIN = re.compile(r"(?<=\w)[\^≠](?=\w)|(?<=[\w:])\[(?=\w+(?:\s|$|[.?!,]))|(?<=\w)\](?=\w)|(?<=\w)[⌈⌉⌊⌋°∆∇]\d?(?=\w)")
# A word in phonetic signs, with the word that was meant behind it.
_PHONETIC = re.compile(r"\S+@u(?::\w+)?\s+\[::? ([^\[\]]+)\]")
_LENGTHENED = re.compile(r"(?<=[^\W\d_]):+")
_COMPOUND = re.compile(r"(?<=\w)\+(?=\w)|_")
_SOUND_PLACE = re.compile("\x02([^\x03]*)\x03")
_LINE = re.compile(r"@\w|\*[\w-]{1,12}:|%\w+:|[\t ]")
_AFTER_MARK = re.compile(r"(?<=[¿¡]) ")
_BEFORE_MARK = re.compile(r" (?=[.?!,;]( |$))")


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns the share of the lines that begin as CHAT's do, if the first ones are CHAT's headers."""
    lines = file.peek.lines
    has_header = any(line.strip() in {"@UTF8", "@Begin"} for line in lines[:5])
    return share_of_lines(lines, _LINE.match) if has_header else 0.0


@dataclass(slots=True)
class _Tier:
    """A tier with its continuation lines: what stands before the colon, and after it."""

    line: int
    name: str
    text: str


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the file as one conversation; speakers are the names of `@Participants`, or their codes.

    A dependent tier `%emo:` is the gold emotion of the turn above it.

    Raises:
        BadRow: a line that is none of a header, a turn, a dependent tier or a continuation.
    """
    names: dict[str, str] = {}
    turns: list[tuple[_Tier, str | None]] = []
    for tier in _tiers(file, reading):
        if tier.name == "@Participants":
            names = _participants(tier.text)
        elif tier.name.startswith("*"):
            turns.append((tier, None))
        elif tier.name == "%emo" and turns:
            turns[-1] = (turns[-1][0], tier.text.strip())
    utterances = [item for tier, emotion in turns if (item := _utterance(tier, emotion, names, reading)) is not None]
    if utterances:
        yield Conversation(reading.stem, utterances)


def _tiers(file: OpenText, reading: Reading) -> Iterator[_Tier]:
    tier: _Tier | None = None
    # What continues a skipped line is skipped with it.
    broken = False
    lines = file.lines
    for raw in reading.rows(lines):
        line = raw.rstrip("\r\n")
        try:
            check_characters(line, reading.source, lines.number)
            if not line.strip():
                continue
            if line[0] in " \t" and (broken or tier is not None):
                if tier is not None and not broken:
                    tier.text += " " + line.strip()
                continue
            if line[0] not in "@*%":
                raise reading.bad(lines.number, "a CHAT line begins with @, *, % or a tab; is it another format?")
        except BadRow as error:
            reading.skip(error)
            broken = True
            continue
        broken = False
        if tier is not None:
            yield tier
        name, _, text = line.partition(":")
        tier = _Tier(lines.number, name.strip(), text.strip())
    if tier is not None:
        yield tier


def _participants(text: str) -> dict[str, str]:
    """Returns names by code, of `CHI Ross Target_Child, MOT Mother`: the middle word where there are three."""
    parts = [part.split() for part in text.split(",")]
    return {words[0]: (words[1].replace("_", " ") if len(words) > 2 else words[0]) for words in parts if words}


def _utterance(tier: _Tier, emotion: str | None, names: dict[str, str], reading: Reading) -> Utterance | None:
    code = tier.name[1:]
    timed = "_" in tier.text
    bullets = [found[:2] if found[0] else found[2:] for found in _BULLET.findall(tier.text)] if timed else []
    start, end = (int(bullets[0][0]) / 1000, int(bullets[-1][1]) / 1000) if bullets else (None, None)
    text = said(_BULLET.sub(" ", tier.text) if timed else tier.text)
    if not any(letter.isalnum() for letter in text):
        reading.repair(tier.line, "{n} turn(s) without a word that was understood: left out")
        return None
    try:
        return build_utterance(
            reading,
            tier.line,
            speaker=names.get(code, code),
            text=text,
            emotion=emotion,
            start=start,
            end=end,
        )
    except BadRow as error:
        reading.skip(error)
        return None


def said(text: str) -> str:
    """Returns the words of a turn without CHAT's codes."""
    # Most turns have few of the signs, which are seen much sooner than by the patterns.
    if "&=" in text:
        text = _SOUND.sub(lambda found: f"\x02{found[2] or found[1]}\x03", text)
    if "@u" in text:
        text = _PHONETIC.sub(r"\1", text)
    if not text.isascii():
        text = _STUTTER.sub("", text)
    if not text.isascii() or "^" in text or "[" in text or "]" in text:
        text = _WITHIN.sub("", text)
    if "(" in text:
        text = _SHORTENED.sub(lambda found: found[1] or found[2], text)
    if _SIGN_OF_CODE.search(text):
        text = _CODES.sub(" ", text)
    if ":" in text:
        text = _LENGTHENED.sub("", text)
    if "+" in text or "_" in text:
        text = _COMPOUND.sub(" ", text)
    text = " ".join(_SOUND_PLACE.sub(r"[\1]", text).split())
    return _BEFORE_MARK.sub("", _AFTER_MARK.sub("", text)).strip()


FORMATS = (
    Format(
        name="chat",
        title="CHAT",
        about="CHAT of TalkBank and CHILDES (`.cha`): names from `@Participants`, times from bullets, codes are "
        "removed from the text",
        times="if given",
        file=Text(Sureness.LAYOUT, explains, read),
        extensions=(".cha",),
    ),
)
