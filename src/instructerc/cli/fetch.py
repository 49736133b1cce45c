"""`instructerc corpus fetch`: a corpus from its owner, once its licence was read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from instructerc.cli.shared.group import examples
from instructerc.errors import InputError

if TYPE_CHECKING:
    from instructerc.corpora.corpus import CorpusFacts

EPILOG = examples(
    "instructerc corpus fetch meld data/meld", "instructerc corpus fetch goemotions data/goemotions --yes"
)


def fetch(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Name of a corpus, such as meld; see corpus list.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Folder for its files.")],
    yes: Annotated[bool, typer.Option("--yes", help="Download without asking; this accepts the licence.")] = False,
) -> None:
    """Download a corpus from its owner.

    Its licence, addresses and checksums are shown first, and you are asked to confirm. A file is kept only if its
    checksum is correct. Existing files are not downloaded again. If a corpus cannot be downloaded, the command prints
    which files to put where.
    """
    from instructerc.corpora.catalogue import find_entry
    from instructerc.corpora.on_disk.download import fetch_file, missing_files

    entry = find_entry(name)
    _print_entry(entry)
    missing = missing_files(entry, folder)
    if not missing:
        typer.echo(f"all files are already in {folder}")
        return
    size = sum(entry.download[file].bytes for file in missing)
    _ask(f"Download {len(missing)} of {len(entry.download)} files, {size:,} bytes, into {folder}?", yes)
    for file in missing:
        fetch_file(entry.download[file], folder / file)
        typer.echo(f"{folder / file}: {entry.download[file].bytes:,} bytes, checksum correct")
    typer.echo(f"next: instructerc corpus check {folder}")


def _print_entry(entry: CorpusFacts) -> None:
    from instructerc.corpora.catalogue import read_out

    typer.echo(f"{entry.name}: {entry.about}")
    share = "" if entry.share else "; weights trained on it may not be distributed"
    typer.echo(f"  licence  {read_out(entry, 'licence')}{share}")
    typer.echo(f"  where    {read_out(entry, 'where')}")
    for file in entry.files:
        download = entry.download.get(file)
        typer.echo(f"  file     {file}")
        if download is not None:
            typer.echo(f"           from {download.url}")
            typer.echo(f"           {download.bytes:,} bytes, sha256 {download.sha256}")


def is_terminal() -> bool:
    """Returns whether a person can answer."""
    return sys.stdin is not None and sys.stdin.isatty()


def _ask(question: str, yes: bool) -> None:
    """Goes on where the answer is yes.

    Raises:
        InputError: nobody is there to be asked.
        Exit: the answer is no.
    """
    if yes:
        return
    if not is_terminal():
        raise InputError(
            "cannot ask for confirmation, since standard input is not a terminal; give --yes to accept the licence"
        )
    if not typer.confirm(question):
        raise typer.Exit(1)
