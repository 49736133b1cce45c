"""Published results and our own, ranked by benchmark: in the terminal, as a site, in the formats of others."""

from __future__ import annotations

from instructerc.leaderboard.board import Benchmark, Board, Filter, Ranked
from instructerc.leaderboard.entry import Entry
from instructerc.leaderboard.store import append_entries, load_board

__all__ = ["Benchmark", "Board", "Entry", "Filter", "Ranked", "append_entries", "load_board"]
