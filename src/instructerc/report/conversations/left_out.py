"""What a report does not show of its files: what could not be read, what was repaired, what the model did not read."""

from __future__ import annotations

from collections.abc import Sequence

from instructerc.formats.summary import FileSummary
from instructerc.report.conversations.collect import Privacy, count_of, shown_name

_LINES = 20


def tell_left_out(
    summaries: Sequence[FileSummary], faults: Sequence[str], n_cut: int, privacy: Privacy, most: int = _LINES
) -> list[str]:
    """Returns a sentence or a line for each thing that is missing, as a reader of the report may know it.

    Where the report holds no words or no names, it only counts: a line may quote a file, and names it.

    Args:
        summaries: of the files, as they were read.
        faults: why files could not be read, or not to their end.
        n_cut: turns whose end the model did not read.
        privacy: what the report leaves out.
        most: lines about files that are given; more are counted.
    """
    skipped = [str(row) for summary in summaries for row in summary.report.skipped]
    notes = [note for summary in summaries for note in summary.report.notes]
    counts = [
        (len(faults), "file", "could not be read to the end"),
        (len(skipped), "row", "could not be read: left out"),
        (n_cut, "turn", "with more words than the model reads at once: the rest was not read"),
    ]
    found = [f"{count_of(count, word)} {what}." for count, word, what in counts if count]
    if not (privacy.with_words and privacy.with_names):
        return [*found, *([f"{count_of(len(notes), 'note')} on reading the files."] if notes else [])]
    lines = [_without_folders(line) for line in (*faults, *skipped, *notes)]
    return [*found, *lines[:most], *([f"And {len(lines) - most:,} more."] if len(lines) > most else [])]


def _without_folders(line: str) -> str:
    """Returns `a.txt:3: why` for `/where/it/lies/a.txt:3: why`."""
    place, mark, why = line.partition(": ")
    return f"{shown_name(place)}{mark}{why}"
