"""Which column of a table in a document has speakers, words and times: by its header, or by what it holds."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence

from instructerc.formats.shared.columns import KNOWN_NAMES, fold_name
from instructerc.formats.shared.names import Shape, shape_of
from instructerc.formats.shared.stamps import read_times

Rows = Sequence[Sequence[str]]

_MOST_COLUMNS = 6
_SHARE = 0.8
_NUMBER = re.compile(r"[#(]?\d{1,6}[.):]?")


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Beside the names that any table may have, in the languages in which people head their tables.
_HEADS = {
    "speaker": KNOWN_NAMES["speaker"]
    | _names(
        "sprecher sprecherin sprechende sprecherinnen person wer locuteur interlocuteur intervenant hablante persona "
        "parlante falante orador spreker mluvčí talare taler mówca konuşmacı 说话人 發言人 发言人 話者 発言者 화자 "
        "participants speakers interlocutor"
    ),
    "text": KNOWN_NAMES["text"]
    | _names(
        "äußerung aussage inhalt transkript transkription transkripttext redebeitrag wortlaut gesagtes texte propos "
        "transcription texto transcripción transcripcion testo trascrizione transcrição transcricao tekst tekstas "
        "dialogue speech words verbatim 文本 内容 發言內容 发言内容 発言 내용 dialog quote"
    ),
    "start": KNOWN_NAMES["start"]
    | _names(
        "time times timestamp timestamps timespan timerange timecode tc zeit uhrzeit zeitmarke zeitstempel anfang "
        "von temps heure horodatage tiempo hora marcadetiempo tempo tijd czas tid 时间 時間 시간 startzeit"
    ),
    "end": KNOWN_NAMES["end"] | _names("ende bis fin fine endzeit"),
    "emotion": KNOWN_NAMES["emotion"] | _names("gefühl émotion emoción emozione emoção"),
}
_OTHERS = _names(
    "nr no number line zeile ligne línea turn id comment comments notes note kommentar bemerkung code codes"
)


def read_header(row: Sequence[str]) -> dict[str, int] | None:
    """Returns the column of each role by the names in a row; None where it does not head a transcript."""
    found: dict[str, int] = {}
    for place, name in enumerate(row):
        role = next((role for role, known in _HEADS.items() if fold_name(name) in known), None)
        if role is not None:
            found.setdefault(role, place)
    # "Dialogue" heads the words where nothing else does, and "Text" the words wherever it stands.
    return found if "text" in found and len(found) > 1 else None


def is_header(row: Sequence[str]) -> bool:
    """Returns whether all of a row's cells are names of columns."""
    names = [fold_name(name) for name in row if name.strip()]
    known = frozenset().union(*_HEADS.values()) | _OTHERS
    return len(names) > 1 and all(name in known or not name for name in names)


def find_columns(rows: Rows) -> tuple[int, dict[str, int]] | None:
    """Returns how many rows stand above the turns, and the column of each role; None of a table that has no turns."""
    if not rows or not 2 <= max(map(len, rows)) <= _MOST_COLUMNS:
        return None
    for place, row in enumerate(rows[:3]):
        if (found := read_header(row)) is not None and "speaker" in found:
            return place + 1, found
    n_above = int(is_header(rows[0]))
    by_content = _by_content(rows[n_above:])
    return None if by_content is None else (n_above, by_content)


def _by_content(rows: Rows) -> dict[str, int] | None:
    found: dict[str, int] = {}
    names: list[int] = []
    others: list[tuple[float, int]] = []
    for place in range(max(map(len, rows), default=0)):
        cells = [row[place].strip() for row in rows if place < len(row) and row[place].strip()]
        if not cells or _share(cells, _NUMBER.fullmatch) >= _SHARE:
            continue
        if _share(cells, is_time) >= _SHARE:
            found.setdefault("end" if "start" in found else "start", place)
        elif not names and _are_names(cells):
            names.append(place)
        else:
            others.append((sum(map(len, cells)) / len(cells), place))
    if not names or not others:
        return None
    cells = [row[names[0]].strip() for row in rows if names[0] < len(row) and row[names[0]].strip()]
    # Two columns of which each name stands there once may be a list of words and what they mean.
    if "start" not in found and not all(cell.endswith((":", "：")) or split_name(cell)[1] for cell in cells):
        counts = Counter(split_name(cell)[0].casefold() for cell in cells)
        if max(counts.values()) == 1:
            return None
    # What was said is the longest; comments on it are not longer as a rule.
    return {"speaker": names[0], "text": max(others, key=lambda one: (one[0], -one[1]))[1], **found}


def _are_names(cells: Sequence[str]) -> bool:
    shown = [split_name(cell)[0] for cell in cells]
    return sum(len(name) <= 40 and shape_of(name) >= Shape.NICK for name in shown) >= _SHARE * len(shown)


def _share(cells: Sequence[str], holds: Callable[[str], object]) -> float:
    return sum(bool(holds(cell)) for cell in cells) / len(cells)


def is_time(cell: str) -> bool:
    """Returns whether a cell is a time and nothing else."""
    times = read_times(cell)
    return times is not None and times.ends_at == len(cell)


def split_name(cell: str) -> tuple[str, str]:
    """Returns the name in a cell, and the time beside it or `""`: `Mia (0:03)`, `0:03 Mia:`, or one below the other."""
    text = " ".join(cell.split()).rstrip(":：").strip()
    before = read_times(text)
    if before is not None and before.ends_at < len(text):
        return text[before.ends_at :].strip(" -–:|\t"), text[: before.ends_at]
    for place in range(len(text) - 1, 0, -1):
        if text[place - 1] == " " and (behind := read_times(text, place)) and behind.ends_at == len(text):
            return text[:place].strip(" -–:|\t"), text[place:]
    return text, ""
