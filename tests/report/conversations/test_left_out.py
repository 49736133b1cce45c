"""What a report says of what it does not show, and what it keeps to itself."""

from __future__ import annotations

import pytest

from instructerc.errors import BadRow
from instructerc.formats import ReadReport
from instructerc.formats.summary import FileSummary
from instructerc.report.conversations.collect import Privacy
from instructerc.report.conversations.left_out import tell_left_out

SUMMARIES = [
    FileSummary("/private/place/a.csv", ReadReport([BadRow("/private/place/a.csv", 7, "no speaker")], ["a note"])),
    FileSummary("-", ReadReport([BadRow("-", 2, "secret words")], ["/private/chats/b.txt: 2 end time(s) left out"])),
]
FAULTS = ["/private/place/c.txt: no such file"]


def test_what_is_missing_is_counted_and_then_named():
    assert tell_left_out(SUMMARIES, FAULTS, 1200, Privacy()) == [
        "1 file could not be read to the end.",
        "2 rows could not be read: left out.",
        "1,200 turns with more words than the model reads at once: the rest was not read.",
        "c.txt: no such file",
        "a.csv:7: no speaker",
        "standard input:2: secret words",
        "a note",
        "b.txt: 2 end time(s) left out",
    ]
    assert tell_left_out([FileSummary("a.csv")], [], 0, Privacy()) == []


def test_of_many_lines_the_first_are_given():
    shown = tell_left_out(SUMMARIES, FAULTS, 0, Privacy(), most=2)
    assert shown[2:] == ["c.txt: no such file", "a.csv:7: no speaker", "And 3 more."]


@pytest.mark.parametrize("privacy", [Privacy(with_words=False), Privacy(with_names=False)])
def test_a_report_without_words_or_names_only_counts(privacy):
    assert tell_left_out(SUMMARIES, FAULTS, 0, privacy) == [
        "1 file could not be read to the end.",
        "2 rows could not be read: left out.",
        "2 notes on reading the files.",
    ]
