"""All file formats by name, and the function that reads a file of any of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from instructerc.conversation import Conversation
from instructerc.errors import InputError, did_you_mean
from instructerc.formats import (
    chat_transcript,
    discord,
    label_studio,
    meeting_transcript,
    meld,
    messages,
    plain,
    slack,
    telegram,
    whisper,
)
from instructerc.formats import zoom_chat as meeting_chat
from instructerc.formats.elan import reader as elan
from instructerc.formats.jsonl import reader as jsonl
from instructerc.formats.parquet import reader as parquet
from instructerc.formats.shared.folders import find_folder, name_folder
from instructerc.formats.shared.lines import OpenText, Source, open_text
from instructerc.formats.shared.options import ReadOptions, ReadReport
from instructerc.formats.shared.reading import Reading, run_reader
from instructerc.formats.subtitles import reader as subtitles
from instructerc.formats.table import reader as table
from instructerc.formats.whatsapp import reader as whatsapp


@dataclass(frozen=True, slots=True)
class FolderFormat:
    """How a format is read whose files stand in a folder.

    Attributes:
        what: what such a folder is, for an error that refuses another one.
        matches: whether a folder looks like it.
        read: the reader; takes the folder, and a reading whose text has no lines.
    """

    what: str
    matches: Callable[[Path], bool]
    read: Callable[[Path, Reading], Iterator[Conversation]]


@dataclass(frozen=True, slots=True)
class Format:
    """A file format.

    Attributes:
        extensions: those by which it is known.
        matches: whether the head of a file looks like it.
        read: the reader.
        folder: how a folder of such files is read; None where a folder is refused.
    """

    extensions: tuple[str, ...]
    matches: Callable[[OpenText, ReadOptions], bool]
    read: Callable[[Reading], Iterator[Conversation]]
    folder: FolderFormat | None = None


# In the order in which they are tried: any JSON could be JSONL, MELD is a table too, and everything is plain text.
_FORMATS = {
    "vtt": Format(subtitles.VTT_EXTENSIONS, subtitles.matches_vtt, subtitles.read),
    "srt": Format(subtitles.SRT_EXTENSIONS, subtitles.matches_srt, subtitles.read),
    "elan": Format(elan.EXTENSIONS, elan.matches, elan.read),
    "chat": Format(chat_transcript.EXTENSIONS, chat_transcript.matches, chat_transcript.read),
    "telegram": Format(telegram.EXTENSIONS, telegram.matches, telegram.read),
    "discord": Format(discord.EXTENSIONS, discord.matches, discord.read),
    "slack": Format(
        slack.EXTENSIONS,
        slack.matches,
        slack.read,
        FolderFormat(slack.WHAT, slack.matches_folder, slack.read_folder),
    ),
    "label-studio": Format(label_studio.EXTENSIONS, label_studio.matches, label_studio.read),
    "messages": Format(messages.EXTENSIONS, messages.matches, messages.read),
    "whisper": Format(whisper.EXTENSIONS, whisper.matches, whisper.read),
    "whatsapp": Format((), whatsapp.matches, whatsapp.read),
    "zoom-chat": Format((), meeting_chat.matches, meeting_chat.read),
    "transcript": Format((), meeting_transcript.matches, meeting_transcript.read),
    "jsonl": Format(jsonl.EXTENSIONS, jsonl.matches, jsonl.read),
    "meld": Format(meld.EXTENSIONS, meld.matches, meld.read),
    "table": Format(table.EXTENSIONS, table.matches, table.read),
    "plain": Format(plain.EXTENSIONS, plain.matches, plain.read),
}
# Known by its first bytes, and never text.
_PARQUET = "parquet"


def formats() -> tuple[str, ...]:
    """Returns the names that `input_format` takes."""
    return tuple(sorted((*_FORMATS, _PARQUET)))


def read_conversations(
    source: Source,
    *,
    input_format: str | None = None,
    options: ReadOptions | None = None,
    report: ReadReport | None = None,
) -> Iterator[Conversation]:
    """Yields a file's conversations as they are read, so that memory does not grow with the file.

    Args:
        source: a path, `-` for standard input, or an open text or binary stream; or the folder of an export.
        input_format: one of `formats()`; None finds it by content and extension.
        options: see `ReadOptions`.
        report: filled with skipped rows and notes; without one they go to the log.

    Raises:
        InputError: an unknown format at once; while iterating, a missing, empty or binary file or one of another form,
            or a folder that is no export.
        BadRow: while iterating, a wrong row, unless `options.skip_bad`.

    Example:
        >>> import io
        >>> [talk] = read_conversations(io.StringIO("Ann: We won!\\nBo: No way!\\n"))
        >>> talk.cast
        ('Ann', 'Bo')
    """
    check_format(input_format)
    return _read(source, input_format, options or ReadOptions(), report)


def check_format(input_format: str | None) -> None:
    """Raises `InputError` for a name that is none of `formats()`."""
    if input_format is not None and input_format not in formats():
        raise InputError(
            f"unknown input format {input_format!r}{did_you_mean(input_format, formats())}; "
            f"give one of {', '.join(formats())}"
        )


def detect_format(text: OpenText, options: ReadOptions) -> str:
    """Returns the name of the format of an opened file: by extension, and by content where that leaves a choice."""
    by_extension = [name for name, known in _FORMATS.items() if text.extension in known.extensions]
    # A .txt may hold anything; a .csv is a table even where its header is not understood.
    candidates = list(_FORMATS) if by_extension in ([], ["plain"]) else by_extension
    return next((name for name in candidates if _FORMATS[name].matches(text, options)), candidates[-1])


def _read(
    source: Source, input_format: str | None, options: ReadOptions, report: ReadReport | None
) -> Iterator[Conversation]:
    folder = find_folder(source)
    if folder is not None:
        reading = Reading(name_folder(folder), options, report)
        yield from run_reader(_folder_format(folder, input_format).read(folder, reading), reading)
        return
    if input_format == _PARQUET or (input_format is None and parquet.is_parquet(source)):
        yield from parquet.read(source, options, report)
        return
    with open_text(source, options) as text:
        name = input_format or detect_format(text, options)
        reading = Reading(text, options, report)
        yield from run_reader(_FORMATS[name].read(reading), reading)


def _folder_format(folder: Path, input_format: str | None) -> FolderFormat:
    known = {name: found.folder for name, found in _FORMATS.items() if found.folder is not None}
    if input_format in known:
        return known[input_format]
    for one in known.values():
        if input_format is None and one.matches(folder):
            return one
    kinds = " or ".join(one.what for one in known.values())
    raise InputError(f"{folder}: is a folder; give a file, or the folder of {kinds}")
