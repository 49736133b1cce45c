"""Answers as a table for a person; imports rich, so it is imported where it is needed."""

from __future__ import annotations

import unicodedata
from collections import Counter
from typing import TYPE_CHECKING, TextIO

from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from instructerc.labels.languages import ENGLISH, check_language, english_names, label_name, table_word

if TYPE_CHECKING:
    from instructerc.cli.shared.writers import Answered
    from instructerc.labels import LabelSet
    from instructerc.recognition import Recognition

NO_ANSWER = "unsure"
SECOND = "second choice"
MAX_CHARACTERS = 240
MAX_SPEAKER = 14
MAX_LABEL = 16
_BAR_CELLS = 5
_EIGHTHS = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")
_THIRDS = ("", "-", "=")
# From this width on there is room for the label that came second.
_WIDE = 100

# One colour for each family of feelings. All have a contrast of 3:1 or more with white and with black.
_FAMILIES = {
    "color(136)": "joy joyful happy happiness amusement excited excitement optimism pride relief admiration gratitude",
    "color(68)": "sadness sad grief disappointment remorse hurt lonely",
    "color(160)": "anger angry mad annoyance frustrated frustration disapproval",
    "color(134)": "fear scared afraid nervousness anxious anxiety embarrassment",
    "color(64)": "disgust disgusted",
    "color(31)": "surprise surprised confusion curiosity realization",
    "color(168)": "love caring desire peaceful powerful calm",
}
COLOURS = {word: colour for colour, words in _FAMILIES.items() for word in words.split()}


class TableWriter:
    """A table per conversation; each emotion is a word first and a colour second.

    Args:
        stream: where it goes; colours only on a terminal, and not where NO_COLOR is set.
        label_set: of the answers.
        language: code of the words, as `check_language` takes it; labels that it has no name for stay as they are, and
            so do all labels of a set that is in another language than English.

    Raises:
        LabelError: a language without words.
    """

    def __init__(self, stream: TextIO, label_set: LabelSet, language: str = ENGLISH) -> None:
        self._console = Console(file=stream, highlight=False, markup=False, emoji=False)
        self._language = check_language(language)
        self._english = english_names(label_set)
        widest = max(cell_len(self._name(label)) for label in label_set.names)
        self._label_width = min(MAX_LABEL, max(cell_len(self._word("emotion")), widest))
        self._first = True

    def write(self, answered: Answered) -> None:
        """Writes one conversation."""
        if not self._first:
            self._console.print()
        self._first = False
        self._console.print(self._heading(answered))
        self._console.print(self._table(answered))

    def finish(self) -> None:
        """Writes nothing: the last table is the end."""

    def _table(self, answered: Answered) -> Table:
        conversation = answered.conversation
        wide = self._console.width >= _WIDE
        speakers = {speaker: _clean(speaker) for speaker in conversation.cast}
        widest = min(MAX_SPEAKER, max(map(cell_len, speakers.values())))
        table = Table(box=None, pad_edge=False, header_style="bold", expand=True)
        table.add_column("#", justify="right", style="dim", no_wrap=True, width=len(str(len(conversation))))
        speaker, certainty, second = map(self._word, ("speaker", "confidence", SECOND))
        table.add_column(speaker, no_wrap=True, overflow="ellipsis", width=max(cell_len(speaker), widest))
        table.add_column(self._word("text"), overflow="fold", ratio=1)
        table.add_column(self._word("emotion"), no_wrap=True, overflow="ellipsis", width=self._label_width)
        table.add_column(certainty, no_wrap=True, width=max(cell_len(certainty), len("100 % ") + _BAR_CELLS))
        if wide:
            table.add_column(
                second,
                no_wrap=True,
                overflow="ellipsis",
                style="dim",
                width=max(cell_len(second), self._label_width + len(" 50 %")),
            )
        turns = zip(conversation.utterances, answered.recognitions, strict=True)
        for number, (utterance, recognition) in enumerate(turns, start=1):
            cells = [
                Text(str(number)),
                Text(speakers[utterance.speaker]),
                Text(_clean(utterance.text, MAX_CHARACTERS)),
                self._emotion(recognition.label),
                self._certainty(recognition),
            ]
            table.add_row(*cells, *([self._second(recognition)] if wide else []))
        return table

    def _certainty(self, recognition: Recognition) -> Text:
        bar = _bar(recognition.probability, self._console.options.ascii_only)
        return Text(f"{_percent(recognition.probability):>5} ").append(bar, style=self._colour(recognition.label))

    def _word(self, word: str) -> str:
        return table_word(word, self._language)

    def _name(self, label: str) -> str:
        # Whoever gave words of their own is answered in these.
        return _clean(label if self._english else label_name(label, self._language))

    def _colour(self, label: str | None) -> str:
        return COLOURS.get(self._english.get(label or "", label or "").casefold(), "")

    def _heading(self, answered: Answered) -> Text:
        """Returns the name of a conversation with its emotions; a line ends between two of them, never within one."""
        counts = Counter(turn.label for turn in answered.recognitions)
        spread = [
            f"{self._word(NO_ANSWER) if label is None else self._name(label)} {count}"
            for label, count in counts.most_common()
        ]
        place = f"{_clean(answered.file)}: " if answered.file else ""
        n_turns = len(answered.conversation)
        heading = Text(f"{place}{_clean(answered.conversation.id, MAX_CHARACTERS)}", style="bold")
        words = [f"  {n_turns} {self._word('turn' if n_turns == 1 else 'turns')}:"]
        words += [f" {one}{',' if number < len(spread) else ''}" for number, one in enumerate(spread, 1)]
        used = heading.cell_len
        for word in words:
            breaks = used and used + cell_len(word) > self._console.width
            heading.append("\n " + word.lstrip() if breaks else word, style="not bold")
            used = cell_len(word) if breaks else used + cell_len(word)
        return heading

    def _emotion(self, label: str | None) -> Text:
        if label is None:
            return Text(self._word(NO_ANSWER), style="italic")
        return Text(self._name(label), style=self._colour(label))

    def _second(self, recognition: Recognition) -> Text:
        ranked = sorted(recognition.probabilities.items(), key=lambda item: -item[1])
        label, probability = ranked[1]
        return Text(f"{self._name(label)} {_percent(probability)}")


def _bar(probability: float, ascii_only: bool) -> str:
    """Returns a bar in steps of an eighth of a cell, or of a third of one where there are no such characters."""
    full, parts = ("#", _THIRDS) if ascii_only else ("█", _EIGHTHS)
    whole, rest = divmod(round(len(parts) * _BAR_CELLS * probability), len(parts))
    return full * whole + parts[rest]


def _percent(probability: float) -> str:
    return f"{round(100 * probability)} %"


def _clean(text: str, limit: int | None = None) -> str:
    """Returns the text on one line and without characters that steer a terminal or its writing direction."""
    shown = text if limit is None or len(text) <= limit else text[: limit - 1] + "…"
    plain = "".join(" " if character.isspace() else "" if _steers(character) else character for character in shown)
    return " ".join(plain.split())


def _steers(character: str) -> bool:
    # Joiners are Cf too, but emoji and several scripts are spelt with them.
    return unicodedata.category(character) in {"Cc", "Cf", "Cs"} and character not in "\u200c\u200d"
