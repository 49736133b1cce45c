"""The folder of a saved bank: `bank.jsonl`, `vectors.npy`, perhaps `graph.usearch`, and `bank.json` about them.

`bank.json` is taken away first and written last, and holds the digests of the others: a folder whose writing was
cut off is refused.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from instructerc.digests import file_sha256
from instructerc.errors import InstructERCError, ModelError, reason_of
from instructerc.labels import LabelSet
from instructerc.prompts.demonstrations import Demonstration
from instructerc.retrieval.index import AnyFloatArray
from instructerc.retrieval.settings import BankSettings

FORMAT = 1
ABOUT, ENTRIES, VECTORS, GRAPH = "bank.json", "bank.jsonl", "vectors.npy", "graph.usearch"


@dataclass(frozen=True)
class SavedBank:
    """What a bank's folder holds.

    Attributes:
        entries: the demonstrations, in the order of the training split. M of them.
        vectors: of their texts, memory-mapped where read. Shape: [M, H].
        embedder: name of the embedder that made the vectors.
        label_set: what the entries' labels are names of.
        settings: what the bank was built with.
        graph: file of the usearch graph, where there is one.
    """

    entries: tuple[Demonstration, ...]
    vectors: AnyFloatArray
    embedder: str
    label_set: LabelSet
    settings: BankSettings
    graph: Path | None = None


def write_bank(folder: Path, bank: SavedBank, save_graph: Callable[[Path], None] | None = None) -> None:
    """Writes a bank into a folder; `save_graph` writes the graph to the path that it is given."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ABOUT).unlink(missing_ok=True)
    (folder / GRAPH).unlink(missing_ok=True)
    writers: dict[str, Callable[[Path], None]] = {
        ENTRIES: lambda path: _write_entries(path, bank.entries),
        VECTORS: lambda path: _write_vectors(path, bank.vectors),
    }
    if save_graph is not None:
        writers[GRAPH] = save_graph
    for name, write in writers.items():
        # Replaced, not overwritten: the vectors may be mapped from the very file.
        part = folder / f"{name}.part"
        write(part)
        os.replace(part, folder / name)
    about = {
        "format": FORMAT,
        "embedder": bank.embedder,
        "settings": asdict(bank.settings),
        "label_set": asdict(bank.label_set),
        "sha256": {name: file_sha256(folder / name) for name in writers},
    }
    part = folder / f"{ABOUT}.part"
    part.write_text(json.dumps(about, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    os.replace(part, folder / ABOUT)


def read_bank(folder: Path) -> SavedBank:
    """Returns what a folder holds.

    Raises:
        ModelError: a folder that is not a bank, one that is damaged or half-written, or one of another format.
    """
    about = _read_about(folder)
    try:
        for name in (ENTRIES, VECTORS, *({GRAPH} & set(about["sha256"]))):
            if file_sha256(folder / name) != about["sha256"][name]:
                raise ModelError(f"{folder / name} is damaged: its sha256 is not the one in {ABOUT}; build it again")
        bank = SavedBank(
            _read_entries(folder / ENTRIES),
            np.load(folder / VECTORS, mmap_mode="r", allow_pickle=False),
            about["embedder"],
            LabelSet(**about["label_set"]),
            BankSettings(**about["settings"]),
            folder / GRAPH if GRAPH in about["sha256"] else None,
        )
        if bank.vectors.ndim != 2 or len(bank.vectors) != len(bank.entries):
            raise ModelError(f"{folder}: {len(bank.entries)} entries, but vectors of shape {bank.vectors.shape}")
    except ModelError:
        raise
    except (OSError, ValueError, KeyError, TypeError, AttributeError, InstructERCError) as error:
        place = Path(error.filename) if isinstance(error, OSError) and error.filename else folder
        raise ModelError(
            f"demonstration bank {place} is damaged: {type(error).__name__}, {reason_of(error)}; build it again"
        ) from error
    return bank


def saved_embedder(folder: Path) -> str:
    """Returns the name of the embedder that a saved bank needs, for `load_embedder`.

    Raises:
        ModelError: a folder that is not a bank, or one of another format.
    """
    return str(_read_about(folder).get("embedder"))


def _read_about(folder: Path) -> dict[str, Any]:
    path = folder / ABOUT
    if not path.is_file():
        raise ModelError(f"{folder} is not a demonstration bank, or it is incomplete: no {ABOUT}")
    try:
        about = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ModelError(f"{path} is damaged: {reason_of(error)}; build the bank again") from error
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        found = about.get("format") if isinstance(about, dict) else about
        raise ModelError(
            f"{path} has format {found!r}; this version of instructerc reads {FORMAT}: build the bank again"
        )
    return about


def _write_entries(path: Path, entries: Sequence[Demonstration]) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for entry in entries:
            row = asdict(entry)
            del row["similarity"]
            file.write(json.dumps(row, ensure_ascii=False) + "\n")


def _read_entries(path: Path) -> tuple[Demonstration, ...]:
    with path.open(encoding="utf-8", newline="\n") as file:
        rows = map(json.loads, file)
        return tuple(
            Demonstration(**{**row, "history": tuple((speaker, text) for speaker, text in row["history"])})
            for row in rows
        )


def _write_vectors(path: Path, vectors: AnyFloatArray) -> None:
    with path.open("wb") as file:  # given a name, numpy would add its own ending
        np.save(file, vectors, allow_pickle=False)
