"""A copy of a table with the answers in columns of their own, to the right of its columns."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TextIO

from instructerc.conversation import Conversation, Utterance
from instructerc.formats.format import Annotate
from instructerc.formats.shared.answers import Answers, WrittenAnswer, free_name
from instructerc.formats.shared.columns import KNOWN_NAMES, fold_name
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.reading import Reading
from instructerc.formats.table import reader as table


def annotate(file: OpenText, reading: Reading, answers: Answers, stream: TextIO) -> None:
    """Writes a copy of a table with the columns `emotion`, `probability` and one `p_LABEL` per label; all else stays.

    Where the table has gold labels, the first one is `emotion_predicted`. A name that is taken all the same gets `_2`
    behind it, and so on. Rows that were skipped get no cells.

    Raises:
        InputError: the answers are not this file's, or a header as in reading.
        BadRow: as in reading.
    """
    run_copy(table.read(file, reading, AnswerColumns(answers, stream, has_gold=bool(reading.options.emotion_column))))


def annotates(read: Callable[..., Iterator[Conversation]]) -> Annotate:
    """Returns what writes a copy, as `annotate` does, of files with gold labels that `read` reads; it takes `copy`."""

    def write(file: OpenText, reading: Reading, answers: Answers, stream: TextIO) -> None:
        run_copy(read(file, reading, copy=AnswerColumns(answers, stream, has_gold=True)))

    return write


def run_copy(conversations: Iterator[Conversation]) -> None:
    """Reads to the end, for the sake of the copy that is written meanwhile."""
    for _ in conversations:
        pass


@dataclass(frozen=True, slots=True)
class _Held:
    """Lines that are not yet written; without cells they are no row."""

    raw: str
    cells: Sequence[str] | None = None
    turn: Utterance | None = None
    conversation: str = ""


class AnswerColumns:
    """Puts cells behind those of each row."""

    def __init__(self, answers: Answers, stream: TextIO, has_gold: bool) -> None:
        self._answers = answers
        self._stream = stream
        self._has_gold = has_gold
        self._n_columns = 0
        self._delimiter = ","
        # Rows and other lines that wait for their answers, where conversations stand mixed.
        self._held: list[_Held] | None = None

    def keep(self, raw: str) -> None:
        """Writes lines as they are."""
        if self._held is not None:
            self._held.append(_Held(raw))
        else:
            self._stream.write(raw)

    def hold(self) -> None:
        """Keeps all rows until the last one."""
        self._held = []

    def begin(self, raw: str, header: Sequence[str], delimiter: str) -> None:
        """Writes the header with the names of the new columns."""
        self._n_columns, self._delimiter = len(header), delimiter
        gold = self._has_gold or any(fold_name(name) in KNOWN_NAMES["emotion"] for name in header)
        names = ["emotion_predicted" if gold else "emotion", "probability"]
        names += [f"p_{label}" for label in self._answers.labels]
        taken = {name.strip() for name in header}
        self._write(raw, [free_name(name, taken) for name in names])

    def row(self, raw: str, cells: Sequence[str], turn: Utterance | None, conversation: str) -> None:
        """Writes a row with its turn's answer; one that is left out gets empty cells."""
        if self._held is not None:
            self._held.append(_Held(raw, cells, turn, conversation))
        else:
            self._write_row(raw, cells, None if turn is None else self._answers.take(turn))

    def finish(self) -> None:
        """Writes the rows that are held."""
        held, self._held = self._held or [], None
        answers = iter(self._answers.take_mixed([(one.conversation, one.turn) for one in held if one.turn is not None]))
        for one in held:
            if one.cells is None:
                self._stream.write(one.raw)
            else:
                self._write_row(one.raw, one.cells, None if one.turn is None else next(answers))

    def _write_row(self, raw: str, cells: Sequence[str], answer: WrittenAnswer | None) -> None:
        """Writes a row with an answer, and without the empty cells that it has beyond the columns."""
        if n_beyond := len(cells) - self._n_columns:
            text = raw.rstrip("\r\n")
            cut = re.search(rf'(?:{re.escape(self._delimiter)}(?:"")?){{{n_beyond}}}$', text)
            raw = raw if cut is None else text[: cut.start()] + raw[len(text) :]
        if answer is None:
            self._write(raw, [None] * (2 + len(self._answers.labels)))
            return
        probabilities = (answer.probabilities[label] for label in self._answers.labels)
        self._write(raw, [answer.emotion, answer.probability, *probabilities])

    def _write(self, raw: str, cells: Sequence[Any]) -> None:
        text = raw.rstrip("\r\n")
        added = io.StringIO()
        csv.writer(added, delimiter=self._delimiter, lineterminator="").writerow(cells)
        self._stream.write(f"{text}{self._delimiter}{added.getvalue()}{raw[len(text) :]}")
