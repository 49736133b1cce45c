"""LaTeX: a table for each benchmark. A comment after each row holds the entry, so that the file can be read back."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from instructerc.errors import InputError
from instructerc.leaderboard.board import Board, Ranked
from instructerc.leaderboard.entry import CONTEXTS, METRICS, Entry, read_entry
from instructerc.leaderboard.exchange.json_document import entry_fields
from instructerc.leaderboard.exchange.order import in_order, order_keys

_MARK = "%: "
_ESCAPES = {character: f"\\{character}" for character in "&%$#_{}"} | {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
_VALUE = re.compile(r"^\s*\d*\s*&.*?&\s*([\d.]+)\s*[&$]")


def write_latex(board: Board) -> str:
    """Returns a `tabular` for each benchmark and metric; replaced entries stand as comments alone."""
    places = order_keys(board.history)
    lines = ["% needs \\usepackage{booktabs}; `instructerc leaderboard --board FILE` reads this file back"]
    shown = set()
    for benchmark in board.benchmarks():
        for metric in benchmark.metrics:
            ranking = benchmark.ranking(metric)
            shown |= {one.entry.id for one in ranking}
            lines += ["", f"% {benchmark.variant.title}, {METRICS[metric]}", r"\begin{tabular}{rlrll}", r"\toprule"]
            lines.append(rf"\# & Model & {escape(METRICS[metric])} & Context & Backbone \\")
            lines.append(r"\midrule")
            for one in ranking:
                lines += [_row(one), _comment(one.entry, places)]
            lines += [r"\bottomrule", r"\end{tabular}"]
    lines += [_comment(entry, places) for entry in board.history if entry.id not in shown]
    return "\n".join(lines) + "\n"


def escape(text: str) -> str:
    """Returns text as LaTeX prints it."""
    return "".join(_ESCAPES.get(character, character) for character in text)


def _row(one: Ranked) -> str:
    entry = one.entry
    sd = "" if entry.sd is None else rf" $\pm$ {entry.sd:g}"
    cells = (
        "" if one.rank is None else str(one.rank),
        escape(entry.model),
        f"{entry.value:.2f}{sd}",
        CONTEXTS[entry.context],
        escape(entry.backbone),
    )
    return " & ".join(cells) + r" \\"


def _comment(entry: Entry, places: dict[str, int]) -> str:
    return _MARK + json.dumps({"place": places[entry.id], **entry_fields(entry)}, ensure_ascii=False)


def read_latex(text: str, source: str) -> list[Entry]:
    """Returns the entries of the comments.

    Raises:
        InputError: no such comment, one that is damaged, or a row whose printed value is not its comment's.
    """
    entries = list(_read_comments(text, source))
    if not entries:
        raise InputError(f"{source}: no comments with entries; expected a table of `leaderboard export --to latex`")
    return in_order(entries)


def _read_comments(text: str, source: str) -> Iterator[tuple[int, Entry]]:
    printed = None
    for number, line in enumerate(text.splitlines(), 1):
        if not line.startswith(_MARK):
            found = _VALUE.match(line)
            printed = found[1] if found else None
            continue
        place = f"{source}:{number}"
        try:
            record = json.loads(line.removeprefix(_MARK))
            order = int(record.pop("place"))
        except (ValueError, KeyError, AttributeError, TypeError) as error:
            raise InputError(f"{place}: the comment is not an entry: {error}") from error
        entry = read_entry(record, place)
        if printed is not None and printed != f"{entry.value:.2f}":
            raise InputError(f"{place}: the row prints {printed}, its comment has {entry.value:g}; change both or none")
        yield order, entry
