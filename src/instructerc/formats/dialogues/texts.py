"""A dialogue that is one text: parted by marks of the turns' ends, or lines that name who speaks."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any

from instructerc.formats.plain.layout import find_layout
from instructerc.formats.plain.line import CELL, SAID, ChatLine, read_line
from instructerc.formats.shared.names import NameJudge, is_role
from instructerc.formats.shared.stamps import spans_of

Turn = dict[str, Any]

BEFORE_FIRST = "{n} line(s) before a dialogue's first speaker: left out"

_END_OF_SENTENCE, _END_OF_TURN = "__eou__", "__eot__"
_MARKED = re.compile(r"__eo[ut]__")
# Line ends as some programs write them into a cell.
_BREAK = re.compile(r"\r\n|\r|\n|\\r\\n|\\n|<br ?/?>|</p>\s*(?:<p>)?", re.IGNORECASE)
_LINE_END = re.compile(r"\r\n|\r|\n")
_PERSON = re.compile(r"^\s*#(\w[\w .'-]{0,40})#\s*[:：]\s*")
# Where nothing parts the turns, only roles that come again do: `Agent: Hi. Customer: Hello. Agent: …`
_WITHIN = re.compile(
    r"(?:^|(?<=[.!?…\"'”’)])\s{1,9}|(?<!\s)\s{2,9}|(?<!\s)\s{0,9}[|;]\s{0,9})(?=(?P<name>[A-Z]\w+(?: ?\d{1,3})?)\s?:\s)"
)
_FEWEST_WITHIN = 3
# Lines as most such texts have them, for which nothing else needs to be looked at.
_SIMPLE = re.compile(r"#?([^\W\d_][^:：\t\n()\[\]<>*|#]{0,40})#?: (?![\d(\[])(\S.*)")


def has_marks(text: str) -> bool:
    """Returns whether a text has marks of the ends of turns, as corpora have them."""
    return _MARKED.search(text) is not None


def turns_of_text(text: str, known: Collection[str] = ()) -> list[Turn] | None:
    """Returns the turns of a text; None where it is no dialogue.

    Args:
        text: with marks of the ends of turns, or lines that begin with names, and maybe with times.
        known: names in small letters that are speakers in other dialogues of the file.
    """
    if has_marks(text):
        return _split_marks(text)
    if (simple := _simple_turns(text)) is not None:
        return simple
    shown = [_PERSON.sub(r"\1: ", line) for line in _BREAK.split(text) if line.strip()]
    lines = [read_line(line, number) for number, line in enumerate(shown, 1)]
    turns = _named_turns(lines, known) if lines else None
    if turns is None or len(turns) < 2:
        return _within(text) or turns
    return turns


def _simple_turns(text: str) -> list[Turn] | None:
    """Returns the turns of a text whose every line begins with a name and a colon; None of every other one."""
    found = [_SIMPLE.fullmatch(line) for line in _LINE_END.split(text) if line.strip()]
    pairs = [(one[1].strip(), one[2]) for one in found if one is not None]
    if len(pairs) < max(len(found), 2) or "\\n" in text or "<" in text:
        return None
    judge = NameJudge((name for name, _ in pairs), len(pairs))
    is_sure = all(judge.is_speaker(name) for name in {name for name, _ in pairs})
    return [{"speaker": name, "text": words} for name, words in pairs] if is_sure else None


def _split_marks(text: str) -> list[Turn]:
    if _END_OF_TURN not in text:
        return [{"text": one} for one in text.split(_END_OF_SENTENCE) if one.strip()]
    parts = ([one.strip() for one in turn.split(_END_OF_SENTENCE)] for turn in text.split(_END_OF_TURN))
    return [{"text": "\n".join(filter(None, part))} for part in parts if any(part)]


def _named_turns(lines: list[ChatLine], known: Collection[str]) -> list[Turn] | None:
    """Returns the turns of lines of which some name who speaks; None where none does, or one line who is not known."""
    layout = find_layout(lines)
    speakers = {*known, *(line.name.casefold() for line in lines if layout.names(line))}
    # Who speaks elsewhere does so too where the blank behind the colon is missing.
    begins = [
        layout.names(line) or (line.style not in (None, CELL, SAID) and line.name.casefold() in speakers)
        for line in lines
    ]
    if not any(begins):
        return None
    turns: list[Turn] = []
    times = []
    for line, begin in zip(lines, begins, strict=True):
        if begin:
            late = layout.is_late and line.late is not None
            turns.append({"speaker": line.name, "text": line.late_words if late else line.words})
            times.append(line.times or (line.late if late else None))
        elif turns:
            turns[-1]["text"] = "\n".join(filter(None, (turns[-1]["text"], line.text)))
        else:
            # Said of the row by whoever builds it.
            turns.append({"text": None, "left_out": BEFORE_FIRST})
            times.append(None)
    for turn, (start, end) in zip(turns, spans_of(times), strict=True):
        turn.update(start=start, end=end)
    names = [turn["speaker"] for turn in turns if "speaker" in turn]
    is_known = all(name.casefold() in known or is_role(name) for name in names)
    return turns if len(names) > 1 or is_known else None


def _within(text: str) -> list[Turn] | None:
    """Returns the turns of a text in one line that begins with a role, and in which roles come again."""
    found = [one for one in _WITHIN.finditer(text.strip()) if is_role(one["name"])]
    names = {one["name"] for one in found}
    if len(found) < _FEWEST_WITHIN or len(names) != 2 or found[0].start() > 0:
        return None
    text = text.strip()
    ends = [*(one.start() for one in found[1:]), len(text)]
    parts = (text[one.end() : end] for one, end in zip(found, ends, strict=True))
    return [{"speaker": one["name"], "text": part.partition(":")[2]} for one, part in zip(found, parts, strict=True)]
