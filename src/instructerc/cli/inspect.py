"""`instructerc inspect`: how files are understood, before a long run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from instructerc.cli.shared.flags import ReadingFlags, expand_flags
from instructerc.cli.shared.group import FAILED, examples, print_error
from instructerc.cli.shared.paths import expand_patterns
from instructerc.errors import InstructERCError

if TYPE_CHECKING:
    from instructerc.conversation import Utterance
    from instructerc.formats.summary import FileSummary

EPILOG = examples(
    "instructerc inspect chat.txt",
    "instructerc inspect export.json --input-format messages",
    "instructerc inspect chats.zip 'chats/*.txt'",
    "cat chat.txt | instructerc inspect -",
)
_SPEAKERS_SHOWN = 8
_WORDS_SHOWN = 100


@expand_flags
def inspect(
    files: Annotated[
        list[str],
        typer.Argument(metavar="FILE", help="Files, folders, zip files or quoted patterns; - reads standard input."),
    ],
    *,
    reading: ReadingFlags,
) -> None:
    """Show how files are read, without recognising anything.

    For each file, prints the format, the number of conversations, speakers and turns, what was left out and why, and
    the first three turns. If a file cannot be read, its error is printed, and the exit status is 2.

    Supported formats, which are detected from the content: {format titles}.
    """
    from instructerc.formats.summary import FileSummary

    failed = False
    for place, file in enumerate(expand_patterns(files)):
        summary = FileSummary(file)
        try:
            for _ in summary.watch(reading.read(file, summary.report)):
                pass
        except InstructERCError as error:
            failed = True
            print_error(error)
            continue
        typer.echo(("\n" if place else "") + render(summary))
    if failed:
        raise typer.Exit(FAILED)


def render(summary: FileSummary) -> str:
    """Returns what is shown of a file."""
    most = summary.speakers.most_common(_SPEAKERS_SHOWN)
    more = len(summary.speakers) - len(most)
    speakers = ", ".join(f"{name} ({count})" for name, count in most) + (f" and {more} more" if more else "")
    rows = [
        ("format", summary.format),
        ("conversations", f"{summary.n_conversations:,}"),
        ("turns", f"{summary.n_turns:,}"),
        ("speakers", speakers),
        *(("note", note) for note in summary.left_out() or ["nothing was left out"]),
        *(("turn", _shown(turn)) for turn in summary.first),
    ]
    return "\n".join([summary.source, *(f"  {name:<14} {value}" for name, value in rows)])


def _shown(turn: Utterance) -> str:
    words = " ".join(turn.text.split())
    text = words if len(words) <= _WORDS_SHOWN else f"{words[:_WORDS_SHOWN]}..."
    time = "" if turn.start is None else f"[{turn.start:g} s] "
    emotion = "" if turn.emotion is None else f" [{turn.emotion}]"
    return f"{time}{turn.speaker}{emotion}: {text}"
