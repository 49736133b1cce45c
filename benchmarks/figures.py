"""The figures of docs/results.md and where each comes from, so that one without a record is noticed.

`benchmarks/results/figures.yaml` lists, section by section, every row and paragraph that has numbers, by how it begins,
and for each of its numbers in order one of

    RECORD:PATH              a value in benchmarks/results/RECORD.json, such as quality:test.meld.weighted_f1; `model`
                             is model.json of the embedded model. Of a list, a step is a place, a name that one of its
                             objects has, or min, max, sum or len; `*` takes all values
    A - B, A * 100, A / B    of such values and numbers, from left to right
    test: FILE               a test there holds the figure
    said                     no figure of ours: a setting, a version, a count that a corpus has
    once: WHY                measured, and the record was not kept

Code, targets of links, headings and what stands between the marks of the tables from run folders are not looked at.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from operator import mul, sub, truediv
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "results.md"
RECORDS = ROOT / "benchmarks" / "results"
SOURCES = RECORDS / "figures.yaml"
BEGIN, END = "<!-- tables: begin -->\n", "<!-- tables: end -->\n"

_NUMBER = re.compile(r"(?<![\w.,-])\d+(?:,\d{3})*(?:\.\d+)?(?:e-\d+)?(?![\w]|,?\d|\.\d)")
_NOT_READ = re.compile(r"`[^`]*`|\]\([^)]*\)|<!--.*?-->", re.DOTALL)
_OPERATORS: Mapping[str, Callable[[float, float], float]] = {"-": sub, "*": mul, "/": truediv}
_ENDS: Mapping[str, Callable[[list[float]], float]] = {"min": min, "max": max, "sum": sum, "len": len}
_OTHER_RECORDS = {"model": ROOT / "src" / "instructerc" / "models" / "embedded" / "model.json"}


@dataclass(frozen=True)
class Block:
    """A row of a table or a paragraph.

    Attributes:
        section: the heading that it stands under.
        text: as it stands in the document, without the row's first bar.
        start: where `text` begins in the document.
    """

    section: str
    text: str
    start: int

    def numbers(self) -> list[re.Match[str]]:
        """Returns its numbers; code and links are blanked first, so that places stay."""
        return list(_NUMBER.finditer(_NOT_READ.sub(lambda found: " " * len(found[0]), self.text)))


def read_blocks(document: str) -> list[Block]:
    """Returns the rows and paragraphs of a document that have numbers, in order; the head of a table is none."""
    return [block for block in _blocks(document) if block.numbers()]


def _blocks(document: str) -> Iterator[Block]:
    before, _, rest = document.partition(BEGIN)
    written, _, _ = rest.partition(END)
    blanked = before + " " * len(BEGIN) + re.sub(r"[^\n]", " ", written) + rest[len(written) :]
    section, place = "", 0
    for piece in re.split(r"(\n(?=\n|\||#|- ))", blanked):
        text = piece.strip("\n")
        start = place + len(piece) - len(piece.lstrip("\n"))
        place += len(piece)
        if text.startswith("#"):
            section = text.strip("# ")
        elif text.startswith("|"):
            below = blanked[start + len(text) :].lstrip("\n")
            if not text.startswith("|---") and not below.startswith("|---"):
                yield Block(section, text[2:], start + 2)
        elif text:
            yield Block(section, text, start)


def read_sources(path: Path = SOURCES) -> dict[str, dict[str, list[str]]]:
    """Returns the sources of the figures: section, how a block begins, a source for each number."""
    found: dict[str, dict[str, list[str]]] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


def sources_of(block: Block, sources: Mapping[str, Mapping[str, list[str]]]) -> list[str]:
    """Returns the sources of a block's numbers.

    Raises:
        ValueError: no entry, or several, or one of another length.
    """
    known = sources.get(block.section, {})
    fitting = [start for start in known if block.text.startswith(start)]
    numbers = [number[0] for number in block.numbers()]
    if not fitting:
        raise ValueError(f"{block.section}: {block.text[:60]!r} has {numbers} and no entry in {SOURCES.name}")
    found = known[max(fitting, key=len)]
    if len(found) != len(numbers):
        raise ValueError(f"{block.section}: {block.text[:60]!r} has {numbers} and {len(found)} sources: {found}")
    return found


def recorded(source: str, records: Path = RECORDS) -> float | None:
    """Returns the value that a source names, or None where it names none.

    Raises:
        KeyError: a value that the record does not have.
    """
    if source == "said" or source.startswith(("once: ", "test: ")):
        return None
    first, *others = re.split(r" ([-*/]) ", source)
    found = _value(first, records)
    for sign, other in zip(others[::2], others[1::2], strict=True):
        found = _OPERATORS[sign](found, _value(other, records))
    return found


def _value(source: str, records: Path) -> float:
    name, colon, path = source.partition(":")
    if not colon:
        return float(source)
    found = _record(_OTHER_RECORDS.get(name, records / f"{name}.json"))
    while path:
        # A key may have a point in it.
        keys = [key for key in found if f"{path}.".startswith(f"{key}.")] if isinstance(found, dict) else []
        step = max(keys, key=len) if keys else path.partition(".")[0]
        found, path = _step(found, step), path[len(step) + 1 :]
    return float(found)


def _step(found: Any, step: str) -> Any:
    if step == "*":
        return list(found.values())
    if not isinstance(found, list):
        return found[step]
    if step in _ENDS:
        return _ENDS[step](found)
    if step.isdigit():
        return found[int(step)]
    named = [one for one in found if step in one.values()]
    # One object of that name; or that field of each.
    return named[0] if named else [one[step] for one in found]


@cache
def _record(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def shows(printed: str, value: float) -> bool:
    """Returns whether a printed number is a value, rounded to the digits that are printed."""
    digits, _, power = printed.replace(",", "").partition("e")
    unit = 10.0 ** (int(power or 0) - len(digits.partition(".")[2]))
    return abs(float(printed.replace(",", "")) - abs(value)) <= unit / 2 + 1e-9 * abs(value)


def render(printed: str, value: float) -> str:
    """Returns a value in the form of a number that is printed: as many decimals, with commas or without."""
    digits, exponent, _ = printed.partition("e")
    decimals = len(digits.partition(".")[2])
    if exponent:
        return re.sub(r"e-0*", "e-", f"{abs(value):.{decimals}e}")
    grouped = f"{abs(value):,.{decimals}f}"
    return grouped if "," in printed or len(digits) < 4 else grouped.replace(",", "")


def update_figures(document: str, sources: Mapping[str, Mapping[str, list[str]]], records: Path = RECORDS) -> str:
    """Returns a document with the figures that its records have.

    Raises:
        ValueError: a number without a source.
        KeyError: a value that a record does not have.
    """
    for block in reversed(read_blocks(document)):
        pairs = zip(block.numbers(), sources_of(block, sources), strict=True)
        for number, source in reversed(list(pairs)):
            value = recorded(source, records)
            if value is not None and not shows(number[0], value):
                start, end = block.start + number.start(), block.start + number.end()
                document = document[:start] + render(number[0], value) + document[end:]
    return document
