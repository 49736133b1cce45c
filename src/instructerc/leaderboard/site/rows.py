"""The ranked table of a benchmark, and the filters above it."""

from __future__ import annotations

from collections.abc import Sequence

from instructerc.leaderboard.board import Board, Ranked
from instructerc.leaderboard.entry import KINDS, SOURCE_KINDS, Entry
from instructerc.leaderboard.site.markup import Markup, join, tag
from instructerc.leaderboard.site.parts import (
    address_of,
    context_chip,
    context_group,
    day_text,
    figure,
    outside,
    published,
    rank_text,
    size_text,
    standing_chip,
)

# Column, its class, and the name by which the script sorts it.
_COLUMNS = (
    ("Rank", "rank", "rank"),
    ("Model", "name", ""),
    ("Score", "score", "value"),
    ("Context", "at-wide", ""),
    ("Size", "at-wide end", "size"),
    ("Extra data", "at-wider", ""),
    ("Published", "at-wide", "date"),
    ("Code", "at-wider", ""),
    ("Standing", "at-wider", ""),
)
_EXTRA = {"yes": "yes", "no": "no", "unknown": "–"}
_CHOSEN = {"dev": "on the development split", "test": "on the test split", "unknown": "not stated"}


def ranked_table(board: Board, ranking: Sequence[Ranked], label: str, sortable: bool) -> Markup:
    """Returns a table of entries; each row can be linked to as `#r-ID`."""
    head = [_head(name, class_, key if sortable else "", label) for name, class_, key in _COLUMNS]
    rows = [_row(board, one) for one in ranking]
    return tag(
        "table",
        tag("caption", label, class_="unseen"),
        tag("thead", tag("tr", head)),
        tag("tbody", rows),
        class_="ranked",
    )


def _head(name: str, class_: str, key: str, label: str) -> Markup:
    text = f"{name}" if name != "Score" else label
    if not key:
        return tag("th", text, scope="col", class_=class_)
    return tag("th", tag("span", text), scope="col", class_=class_, data_sort=key)


def _row(board: Board, one: Ranked) -> Markup:
    entry = one.entry
    paper = board.paper_of(entry)
    code = paper.links.get("code") if paper else None
    day = board.date_of(entry)[0]
    cells = (
        tag("td", rank_text(one.rank), class_="rank"),
        tag("th", _model(board, entry), _brief(board, entry), _details(entry), scope="row", class_="name"),
        tag("td", figure(entry), class_="score"),
        tag("td", context_chip(entry), class_="at-wide"),
        tag("td", size_text(entry) or "–", class_="at-wide end"),
        tag("td", _EXTRA[entry.extra_data], class_="at-wider"),
        tag("td", published(board, entry), class_="at-wide date"),
        tag("td", outside(code, "code") if code else "–", class_="at-wider"),
        tag("td", standing_chip(entry), class_="at-wider"),
    )
    return tag(
        "tr",
        cells,
        id=f"r-{entry.id}",
        data_value=entry.value,
        data_kind=entry.kind,
        data_context=context_group(entry.context),
        data_modality="text" if entry.modality in ("text", "none") else "more",
        data_size=entry.params_millions,
        data_date=day.isoformat(),
        data_seen="1" if entry.seen else None,
        data_repeats="1" if one.rank is None else None,
    )


def _model(board: Board, entry: Entry) -> Markup:
    paper = board.paper_of(entry)
    return tag("span", tag("a", entry.model, href=f"~/paper/{paper.id}.html") if paper else entry.model, class_="model")


def _brief(board: Board, entry: Entry) -> Markup:
    """Returns what narrow screens have in place of the columns they do not show."""
    parts = [size_text(entry), published(board, entry)]
    text = " · ".join(part for part in parts if part)
    return tag("span", context_chip(entry), tag("span", text), class_="brief-row")


def _details(entry: Entry) -> Markup:
    address = address_of(entry.source_url)
    seen = f"figure seen there on {day_text(entry.checked)}" if entry.checked else "figure not seen there by us"
    lines = [
        (
            "Source",
            join(
                outside(address, entry.source) if address else entry.source,
                f", {SOURCE_KINDS[entry.source_kind]}; {seen}",
            ),
        ),
        ("Standing", entry.standing),
        ("Kind", KINDS[entry.kind]),
        ("Reads", {"none": "nothing"}.get(entry.modality, entry.modality)),
        ("Seeds", str(entry.seeds) if entry.seeds else "not stated"),
        ("Epoch chosen", _CHOSEN[entry.chosen_on]),
        (
            "Split",
            "as stated in the source" if entry.split_basis == "stated" else "the usual one; the source does not say",
        ),
        ("Note", entry.note),
        ("Row", tag("a", entry.id, href=f"#r-{entry.id}")),
    ]
    terms = [[tag("dt", name), tag("dd", text)] for name, text in lines if text]
    below = tag("span", entry.backbone, class_="below") if entry.backbone else None
    about = tag("span", f" on {entry.model}, {entry.value:.2f}", class_="unseen")
    summary = tag("summary", below, tag("span", "notes", about, class_="open"))
    return tag("details", summary, tag("dl", terms))


def filters(entries: Sequence[Entry]) -> Markup:
    """Returns the form of filters; the script shows it, since without one it can do nothing."""
    years = sorted({entry.year for entry in entries})
    selects = (
        _select(
            "context",
            "Context",
            [("", "any"), ("past", "past turns or none"), ("later", "later turns too"), ("unknown", "not stated")],
        ),
        _select("modality", "Reads", [("", "anything"), ("text", "text alone"), ("more", "speech or video too")]),
        _select(
            "size", "Size", [("", "any"), ("0-150", "up to 150M"), ("150-1000", "150M to 1B"), ("1000-", "over 1B")]
        ),
        _select("since", "Since", [("", "any year"), *((str(year), str(year)) for year in years)]),
    )
    checks = (
        _check("all", "with ablations and baselines"),
        _check("seen", "only figures seen by us"),
    )
    shown = tag("p", id="shown", role="status")
    reset = tag("button", "Reset", type="reset", class_="button small")
    return tag(
        "form",
        selects,
        checks,
        tag("div", shown, reset, class_="shown"),
        class_="filters",
        aria_label="Filters",
        hidden=True,
    )


def _select(name: str, label: str, options: Sequence[tuple[str, str]]) -> Markup:
    items = [tag("option", text, value=value) for value, text in options]
    return tag("label", tag("span", label), tag("select", items, name=name), class_="field")


def _check(name: str, label: str) -> Markup:
    return tag("label", tag("input", type="checkbox", name=name), tag("span", label), class_="check")
