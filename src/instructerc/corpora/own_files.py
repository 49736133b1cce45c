"""A folder of one's own files: `train.*`, `dev.*` and `test.*` in any format that is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import ExitStack
from pathlib import Path

from instructerc.conversation import Conversation
from instructerc.corpora.corpus import Corpus
from instructerc.errors import InputError
from instructerc.formats.contest import detect_text
from instructerc.formats.lossless import Written, lossless_formats, write_lossless
from instructerc.formats.read import read_conversations
from instructerc.formats.registry import binary_of, detect_binary
from instructerc.formats.shared.folders import list_entries
from instructerc.formats.shared.lines import open_source, open_text
from instructerc.formats.shared.new_file import new_file
from instructerc.formats.shared.options import ReadOptions, ReadReport

_STEMS = {"train": ("train",), "dev": ("dev", "valid", "validation"), "test": ("test",)}


def load(directory: Path, split: str, report: ReadReport | None) -> list[Conversation]:
    """Returns a split; ids are `train/` and the file's own, or the file's own where all of them begin so already.

    Columns are guessed as for any file, and a table's columns `note` and `speaker_note`, named exactly so, are the
    notes: what stands in a folder made for training is meant to be read.

    Raises:
        InputError: no file for the split, or several; a file that cannot be read.
        BadRow: a wrong row.
    """
    path = _find(directory, split)
    talks = list(read_conversations(path, options=_options(path), report=report))
    # A corpus that was written to a folder has its ids back; a single other id shows that the beginning is no split's.
    if all(talk.id.startswith(f"{split}/") for talk in talks):
        return talks
    return [Conversation(f"{split}/{talk.id}", talk.utterances) for talk in talks]


def split_files(directory: Path, split: str) -> list[Path]:
    """Returns the files of a folder that could be a split, by name.

    Raises:
        InputError: the folder cannot be listed.
    """
    return [path for path in list_entries(directory) if path.stem in _STEMS[split] and path.is_file()]


def write_folder(
    splits: Mapping[str, Iterable[Conversation]], folder: Path, kind: str, force: bool = False
) -> list[Written]:
    """Writes a file for each split into a folder that corpus `files` reads, all of them or none.

    Args:
        splits: conversations by split.
        folder: made where it is missing.
        kind: name of the format; see `lossless_formats`.
        force: write over files of these names.

    Raises:
        MissingExtra: Parquet, without pyarrow.
        InputError: as `write_file`, or a file for a split under another name, by which `files` would be left with two.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{folder}: cannot be created: {error.strerror or error}") from error
    written = []
    with ExitStack() as stack:
        for split, conversations in splits.items():
            path = folder / f"{split}{lossless_formats()[kind].extensions[0]}"
            others = [other.name for other in split_files(folder, split) if other != path]
            if others:
                raise InputError(
                    f"{folder}: has {', '.join(others)} for the {split} split already; give another folder"
                )
            file = Written(path)
            write_lossless(conversations, stack.enter_context(new_file(path, force)), kind, file)
            written.append(file)
    return written


def _find(directory: Path, split: str) -> Path:
    found = split_files(directory, split)
    if len(found) == 1:
        return found[0]
    names = " or ".join(f"{stem}.*" for stem in _STEMS[split])
    if found:
        several = ", ".join(path.name for path in found)
        raise InputError(f"{directory}: {several} could all be the {split} split; keep only one of them")
    raise InputError(
        f"{directory}: no {names}; put the {split} split there as JSONL, Parquet, CSV, TSV or 'Speaker: text' lines"
    )


def _options(path: Path) -> ReadOptions:
    """Returns options that name the note columns which a table has."""
    header = _column_names(path)
    note, speaker_note = (name if name in header else None for name in ("note", "speaker_note"))
    return ReadOptions(note_column=note, speaker_note_column=speaker_note)


def _column_names(path: Path) -> set[str]:
    """Returns the names of a table's columns; none of a file that is no table."""
    options = ReadOptions()
    binary = detect_binary(path)
    if binary is not None:
        with open_source(path) as (stream, name, _):
            names = binary[1].columns and binary[1].columns(binary_of(stream), name)
    else:
        with open_text(path, options) as text:
            columns = detect_text(text, options)[1].columns
            names = columns and columns(text, options)
    return {name.strip() for name in names or ()}


CORPORA = (Corpus("files", load, None),)
