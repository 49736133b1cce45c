"""Colours that can be read on white and on black, and only where they are wanted."""

from __future__ import annotations

import io
import re

import pytest
from rich.color import Color
from rich.style import Style

from instructerc.cli.shared.table import COLOURS, TableWriter
from instructerc.cli.shared.writers import Answered
from instructerc.conversation import Conversation, Utterance
from instructerc.errors import LabelError
from instructerc.labels import LabelSet, load_label_set
from instructerc.recognition import Recognition

PAIR = LabelSet("pair", ("joy", "serenity"))


def _luminance(colour: Color) -> float:
    """Returns the relative luminance that WCAG defines, 0 to 1."""
    parts = [channel / 255 for channel in colour.get_truecolor()]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("style", sorted(set(COLOURS.values())))
def test_colours_are_readable_in_light_and_dark_terminals(style):
    colour = Style.parse(style).color
    assert colour is not None
    luminance = _luminance(colour)
    assert 1.05 / (luminance + 0.05) >= 3
    assert (luminance + 0.05) / 0.05 >= 3


class Terminal(io.StringIO):
    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


def _written(stream: io.StringIO, monkeypatch: pytest.MonkeyPatch, **environment: str) -> str:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.setenv("COLUMNS", "80")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    answers = [Recognition(label, 0.75, {"joy": 0.75, "serenity": 0.25}, 0) for label in ("joy", "serenity", None)]
    talk = Conversation("c", [Utterance("Ann", text) for text in ("one", "two", "[bold]three :smile:")])
    TableWriter(stream, PAIR).write(Answered(talk, answers))
    return stream.getvalue()


def test_a_terminal_gets_colours_and_words(monkeypatch):
    shown = _written(Terminal(), monkeypatch)
    assert "\x1b[38;5;136mjoy" in shown
    assert "serenity" in shown
    assert "unsure" in shown
    assert "[bold]three :smile:" in shown


def test_words_and_emotions_are_in_the_language_that_is_asked_for(monkeypatch):
    monkeypatch.setenv("COLUMNS", "120")
    stream = io.StringIO()
    answers = [Recognition(label, 0.75, {"joy": 0.75, "serenity": 0.25}, 0) for label in ("joy", "serenity", None)]
    TableWriter(stream, PAIR, "de").write(Answered(Conversation("c", [Utterance("Ann", "x")] * 3), answers))
    heading, columns, *rows = stream.getvalue().splitlines()
    assert heading == "c  3 Beiträge: Freude 1, serenity 1, unsicher 1"
    assert columns.split() == ["#", "Sprecher", "Text", "Gefühl", "Sicherheit", "zweite", "Wahl"]
    assert [row.split()[3] for row in rows] == ["Freude", "serenity", "unsicher"]
    with pytest.raises(LabelError, match="no words in language 'tlh'"):
        TableWriter(stream, PAIR, "tlh")


def test_labels_in_another_language_keep_their_words_and_have_the_colours_of_their_meaning(monkeypatch):
    for name in ("NO_COLOR", "FORCE_COLOR", "COLORTERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    stream = Terminal()
    labels = load_label_set("khushi,gussa,neutral")
    answers = [Recognition(label, 0.5, dict.fromkeys(labels.names, 0.3), 0) for label in labels.names]
    TableWriter(stream, labels, "hi").write(Answered(Conversation("c", [Utterance("Ann", "x")] * 3), answers))
    shown = stream.getvalue()
    assert "\x1b[38;5;136mkhushi" in shown
    assert "\x1b[38;5;160mgussa" in shown
    assert "neutral" in shown
    assert "तटस्थ" not in shown


@pytest.mark.parametrize(("stream", "environment"), [(io.StringIO(), {}), (Terminal(), {"NO_COLOR": "1"})])
def test_no_colours_where_they_are_not_wanted(monkeypatch, stream, environment):
    assert "38;5" not in _written(stream, monkeypatch, **environment)


def _table(answers: list[Recognition], monkeypatch: pytest.MonkeyPatch, columns: int) -> str:
    monkeypatch.setenv("COLUMNS", str(columns))
    stream = io.StringIO()
    talk = Conversation("c", [Utterance("Ann", "x")] * len(answers))
    TableWriter(stream, PAIR).write(Answered(talk, answers))
    return stream.getvalue()


def test_bars_of_different_confidence_differ(monkeypatch):
    shares = [0.52, 0.56, 0.62, 0.73, 0.77, 0.86, 0.92, 1.0]
    answers = [Recognition("joy", share, {"joy": share, "serenity": 1 - share}, 0) for share in shares]
    bars = [row.split("% ")[1].strip() for row in _table(answers, monkeypatch, 80).splitlines() if "%" in row]
    assert len(set(bars)) == len(shares)
    assert bars == sorted(bars, key=len)
    assert bars[-1] == "█" * 5


def test_the_other_label_has_a_column_with_a_name(monkeypatch):
    answers = [Recognition("joy", 0.7, {"joy": 0.7, "serenity": 0.3}, 0)]
    head, row = _table(answers, monkeypatch, 110).splitlines()[1:3]
    assert head.index("second choice") == row.index("serenity 30 %")


@pytest.mark.parametrize("columns", [30, 34, 40, 46, 52, 60])
def test_the_summary_ends_its_lines_between_emotions(monkeypatch, columns):
    names = ["joy", "serenity", None, "joy", "joy", "serenity"]
    answers = [Recognition(name, 0.7, {"joy": 0.7, "serenity": 0.3}, 0) for name in names]
    lines = _table(answers, monkeypatch, columns).splitlines()
    shown = lines[: next(place for place, line in enumerate(lines) if "emotion" in line)]
    assert " ".join(" ".join(shown).split()) == "c 6 turns: joy 3, serenity 2, unsure 1"
    for one in ("6 turns:", "joy 3", "serenity 2", "unsure 1"):
        assert any(one in line for line in shown)
    assert all(len(line) <= columns for line in shown)


def test_a_terminal_without_unicode_gets_a_bar_of_ascii(monkeypatch):
    stream = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="replace")
    writer = TableWriter(stream, PAIR)
    shares = (1.0, 0.86, 0.73, 0.6, 0.53)
    answers = [Recognition("joy", share, {"joy": share, "serenity": 1 - share}, 0) for share in shares]
    writer.write(Answered(Conversation("c", [Utterance("A", "x")] * len(shares)), answers))
    stream.flush()
    shown = stream.buffer.getvalue().decode("ascii")
    assert re.findall(r"% ([#=-]+)", shown) == ["#####", "####-", "###=", "###", "##="]
