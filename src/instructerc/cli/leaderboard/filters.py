"""The options that say which results are wanted."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from instructerc.errors import InputError, did_you_mean

if TYPE_CHECKING:
    from instructerc.leaderboard import Board, Filter


def _several(what: str) -> Any:
    return typer.Option(metavar="NAME", help=f"{what}; may be given several times.")


@dataclass(frozen=True)
class FilterFlags:
    """Which results are wanted."""

    dataset: Annotated[list[str] | None, _several("Dataset or split, such as meld or emorynlp-984")] = None
    metric: Annotated[list[str] | None, _several("Metric, such as weighted_f1")] = None
    model: Annotated[list[str] | None, _several("Full name of a model")] = None
    context: Annotated[list[str] | None, _several("Turns that the model reads: none, past, later, whole, unknown")] = (
        None
    )
    modality: Annotated[list[str] | None, _several("Modality of the input, such as text")] = None
    status: Annotated[
        list[str] | None, _several("Who reports the figure: claimed (its authors), re-run (others), ours")
    ] = None
    min_size: Annotated[float | None, typer.Option(min=0, metavar="M", help="Minimum size in million parameters.")] = (
        None
    )
    max_size: Annotated[float | None, typer.Option(min=0, metavar="M", help="Maximum size in million parameters.")] = (
        None
    )
    since: Annotated[int | None, typer.Option(metavar="YEAR", help="Published in this year or later.")] = None
    until: Annotated[int | None, typer.Option(metavar="YEAR", help="Published in this year or earlier.")] = None
    seen: Annotated[bool, typer.Option("--seen", help="Only figures that were seen in their own source.")] = False

    def read(self, board: Board, kinds: tuple[str, ...] = ()) -> Filter:
        """Returns the filter.

        Raises:
            InputError: a word that no result has.
        """
        from instructerc.leaderboard import Filter

        words = {
            "datasets": (
                self.dataset,
                "dataset",
                {one.id for one in board.benchmarks()} | set(board.catalogue.datasets),
            ),
            "metrics": (self.metric, "metric", {entry.metric for entry in board.entries}),
            "models": (self.model, "model", {entry.model for entry in board.entries}),
            "contexts": (self.context, "context", {entry.context for entry in board.entries}),
            "modalities": (self.modality, "modality", {entry.modality for entry in board.entries}),
            "statuses": (self.status, "status", {entry.status for entry in board.entries}),
        }
        chosen = {name: _known(given or (), flag, accepted) for name, (given, flag, accepted) in words.items()}
        return Filter(
            **chosen,
            kinds=frozenset(kinds),
            min_size=self.min_size,
            max_size=self.max_size,
            first_year=self.since,
            last_year=self.until,
            seen=self.seen,
        )


def _known(given: Iterable[str], flag: str, accepted: set[str]) -> frozenset[str]:
    for word in given:
        if word not in accepted:
            known = ", ".join(sorted(accepted))
            raise InputError(f"--{flag} {word!r}: no result has it{did_you_mean(word, accepted)}; give one of {known}")
    return frozenset(given)
