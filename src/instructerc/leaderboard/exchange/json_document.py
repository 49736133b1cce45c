"""JSON: the entries as objects, with the papers they come from for readers who have no catalogue."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from instructerc.errors import InputError
from instructerc.formats.shared.strict_json import build_decoder
from instructerc.leaderboard.board import Board
from instructerc.leaderboard.catalogue import Paper
from instructerc.leaderboard.entry import COLUMNS, Entry, read_entry

FORMAT = "instructerc leaderboard, 1"
_DECODER = build_decoder(longest_number=40, finite=True)


def write_json(board: Board) -> str:
    """Returns the document of a board."""
    named = {entry.paper for entry in board.history if entry.paper}
    papers = {name: _paper(board.catalogue.papers[name]) for name in sorted(named)}
    document = {"format": FORMAT, "results": [entry_fields(entry) for entry in board.history], "papers": papers}
    return json.dumps(document, indent=1, ensure_ascii=False) + "\n"


def read_json(text: str, source: str) -> list[Entry]:
    """Returns the entries of a document.

    Raises:
        InputError: not such a document, or a result that is not an entry.
    """
    document = parse_document(text, source)
    if not isinstance(document, Mapping) or not isinstance(document.get("results"), list):
        raise InputError(
            f"{source}: expected an object with a list of results, as `leaderboard export --to json` writes"
        )
    for place, record in enumerate(document["results"]):
        if not isinstance(record, Mapping):
            raise InputError(f"{source}: results[{place}]: expected an object")
    return [read_entry(record, f"{source}: results[{place}]") for place, record in enumerate(document["results"])]


def parse_document(text: str, source: str) -> Any:
    """Returns what a JSON text holds.

    Raises:
        InputError: it is none, or has what no two programs agree on, such as a key twice in one object.
    """
    try:
        return _DECODER.decode(text.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        raise InputError(f"{source}:{error.lineno}: not JSON: {error.msg}") from error
    except RecursionError as error:
        raise InputError(f"{source}:1: not JSON: nested too deep") from error
    except ValueError as error:
        raise InputError(f"{source}: {error}") from error


def entry_fields(entry: Entry) -> dict[str, Any]:
    """Returns the fields of an entry that are there, as JSON has them."""
    fields = {name: getattr(entry, name) for name in COLUMNS}
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in fields.items()
        if value not in (None, "")
    }


def _paper(paper: Paper) -> dict[str, Any]:
    return {
        "title": paper.title,
        "authors": list(paper.authors),
        "date": paper.date.isoformat() if paper.date else None,
        "venue": paper.venue,
        "links": dict(paper.links),
    }
