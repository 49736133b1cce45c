"""Filters, benchmarks, ranks, related papers, and references that must hold."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from instructerc.errors import InputError
from instructerc.leaderboard import Board, Entry, Filter, load_board
from instructerc.leaderboard.board import check_references
from instructerc.leaderboard.catalogue import load_catalogue

MakeEntry = Callable[..., Entry]
ROOT = Path(__file__).parents[2]
RESULTS = ROOT / "results" / "embedded" / "shipped" / "embedded"


def test_equal_values_share_a_rank_and_ablations_push_nobody_down(make_entry: MakeEntry):
    entries = [("a", 60), ("b", 62), ("c", 62), ("d", 59)]
    board = Board((*(make_entry(*one) for one in entries), make_entry("cut", 61, kind="ablation")))
    [benchmark] = board.benchmarks()
    assert [(one.rank, one.entry.id) for one in benchmark.ranking()] == [
        (1, "b"),
        (1, "c"),
        (3, "cut"),
        (3, "a"),
        (4, "d"),
    ]


def test_a_secondary_listing_is_shown_and_takes_no_rank(make_entry: MakeEntry):
    paper = {"paper": "instructerc", "backbone": "LLaMA"}
    entries = (
        make_entry("listed", 62, source_kind="secondary", **paper),
        make_entry("own", 61, **paper),
        make_entry("again", 60.5, source_kind="secondary", status="re-run", **paper),
        make_entry("other-context", 60.4, source_kind="secondary", context="later", **paper),
        make_entry("low", 50, source_kind="secondary", paper="spcl", model="S"),
        make_entry("high", 51, source_kind="secondary", paper="spcl", model="S"),
        make_entry("last", 40, source_kind="secondary"),
    )
    [benchmark] = Board(entries).benchmarks()
    assert [(one.rank, one.entry.id) for one in benchmark.ranking()] == [
        (None, "listed"),
        (1, "own"),
        (2, "again"),
        (3, "other-context"),
        (4, "high"),
        (None, "low"),
        (5, "last"),
    ]
    # Alone, it stands for the figure.
    assert [one.rank for one in Board(entries[:1]).benchmarks()[0].ranking()] == [1]


def test_the_guide_counts_what_is_there():
    results, papers = len(load_board().entries), len(load_catalogue().papers)
    assert f"{results} results of emotion recognition in conversation, from {papers} papers" in (
        ROOT / "docs" / "leaderboard.md"
    ).read_text(encoding="utf-8")


def test_the_best_is_a_result_of_its_own(make_entry: MakeEntry):
    paper = {"paper": "instructerc", "backbone": "LLaMA"}
    entries = (
        make_entry("cut", 70, kind="ablation"),
        make_entry("listed", 62, source_kind="secondary", **paper),
        make_entry("own", 61, **paper),
        make_entry("more", 90, metric="accuracy"),
    )
    [benchmark] = Board(entries).benchmarks()
    assert [entry.id for entry in (benchmark.best(), benchmark.best("erc")) if entry] == ["own", "own"]
    assert benchmark.best("emotion-prediction") is None
    # Where there is nothing else, an ablation is shown.
    [alone] = Board(entries[:1]).benchmarks()
    assert alone.best() == entries[0]


def test_splits_of_a_dataset_are_different_benchmarks(make_entry: MakeEntry):
    board = Board(
        (
            make_entry("a", 40, dataset="emorynlp", variant="984"),
            make_entry("b", 41, dataset="emorynlp", variant="1328"),
        )
    )
    assert [(one.id, [row.entry.id for row in one.ranking()]) for one in board.benchmarks()] == [
        ("emorynlp-984", ["a"]),
        ("emorynlp-1328", ["b"]),
    ]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Filter(), {"small", "large", "unknown"}),
        (Filter(max_size=400), {"small"}),
        (Filter(min_size=400), {"large"}),
        (Filter(contexts=frozenset({"past"})), {"small", "unknown"}),
        (Filter(first_year=2025), {"large"}),
        (Filter(last_year=2024), {"small", "unknown"}),
        (Filter(seen=True), {"large"}),
        (Filter(datasets=frozenset({"meld-2610"}), modalities=frozenset({"text"})), {"small", "large", "unknown"}),
        (Filter(datasets=frozenset({"iemocap"})), set()),
        (Filter(statuses=frozenset({"ours"})), {"small"}),
        (Filter(models=frozenset({"LARGE", "UNKNOWN"})), {"large", "unknown"}),
    ],
)
def test_filters(make_entry: MakeEntry, wanted: Filter, found: set[str]):
    board = Board(
        (
            make_entry("small", 60, params_millions=22, status="ours"),
            make_entry("large", 70, params_millions=7000, context="whole", year=2025, checked="2026-10-01"),
            make_entry("unknown", 65),
        )
    )
    assert {entry.id for entry in board.only(wanted).entries} == found


def test_a_correction_takes_the_place_of_a_row_and_brings_it_along(make_entry: MakeEntry):
    board = Board((make_entry("a", 99), make_entry("b", 61, replaces="a"), make_entry("c", 60, context="whole")))
    assert [entry.id for entry in board.entries] == ["b", "c"]
    narrowed = board.only(Filter(contexts=frozenset({"past"})))
    assert [entry.id for entry in narrowed.history] == ["a", "b"]


def test_references_must_hold(make_entry: MakeEntry):
    catalogue = load_catalogue()
    faults = {
        "unknown dataset 'melt' (did you mean 'meld'?)": [make_entry("a", 1, dataset="melt")],
        "unknown variant '2611' of MELD; known: 2610": [make_entry("a", 1, variant="2611")],
        "unknown paper 'instructrc' (did you mean 'instructerc'?)": [make_entry("a", 1, paper="instructrc")],
        "id 'a' is taken": [make_entry("a", 1), make_entry("a", 2)],
        "replaces 'b': no such row before it": [make_entry("a", 1, replaces="b"), make_entry("b", 1)],
        "which is of meld-2610 and weighted_f1": [
            make_entry("a", 1),
            make_entry("b", 1, metric="accuracy", replaces="a"),
        ],
    }
    for fault, entries in faults.items():
        with pytest.raises(InputError, match=re.escape(fault)):
            check_references(entries, catalogue, "x")


class TestShipped:
    """What the project's own data says."""

    def test_the_seed_pages_figure_and_the_papers_both_stand(self):
        [benchmark] = [one for one in load_board().benchmarks() if one.id == "emorynlp-984"]
        ours = {entry.value: entry for entry in benchmark.entries if entry.paper == "instructerc"}
        assert ours[41.39].source_kind == "secondary"
        assert ours[41.37].source == "arXiv:2309.11911v6"

    def test_prc_emo_stands_with_and_without_later_turns(self):
        figures = {
            (entry.dataset, entry.context): entry.value for entry in load_board().entries if entry.paper == "prc-emo"
        }
        assert figures == {
            ("iemocap", "later"): 71.95,
            ("iemocap", "past"): 69.76,
            ("meld", "later"): 70.44,
            ("meld", "past"): 69.63,
        }

    def test_who_reads_later_turns_is_marked(self):
        found = {entry.paper: entry.context for entry in load_board().entries if entry.kind == "main"}
        assert (found["laerc-s"], found["bioserc"]) == ("later", "whole")

    def test_emoberta_is_not_ranked_with_the_usual_split_of_iemocap(self):
        places = {
            entry.variant for entry in load_board().entries if entry.paper == "emoberta" and entry.dataset == "iemocap"
        }
        assert places == {"six-1622"}

    def test_secondary_figures_are_never_called_seen(self):
        secondary = [entry for entry in load_board().entries if entry.source_kind == "secondary"]
        assert len(secondary) > 10
        assert not any(entry.seen for entry in secondary)
        assert all("secondary" in entry.standing for entry in secondary)

    def test_ours_are_there_with_their_records(self):
        ours = {(entry.benchmark, entry.value) for entry in load_board().entries if entry.status == "ours"}
        assert {("meld-2610", 62.33), ("emorynlp-984", 34.70), ("everyday-1128", 63.54), ("meld-2610", 61.85)} <= ours

    @pytest.mark.parametrize("folder", sorted(RESULTS.glob("*/metrics.json")), ids=lambda path: str(path.parent.name))
    def test_the_shipped_models_figures_are_those_of_its_stored_answers(self, folder: Path):
        stored = json.loads(folder.read_text(encoding="utf-8"))["figures"]
        source = folder.parent.relative_to(ROOT).as_posix()
        rows = [entry for entry in load_board().entries if entry.source.endswith(source)]
        assert {entry.metric: entry.value for entry in rows} == {
            name: round(100 * stored[name], 2) for name in ("weighted_f1", "macro_f1", "accuracy")
        }

    def test_every_named_thing_is_known_and_used(self):
        board = load_board()
        catalogue = board.catalogue
        for paper in catalogue.papers.values():
            assert set(paper.tasks) <= set(catalogue.tasks)
            assert set(paper.methods) <= set(catalogue.methods)
            assert set(paper.datasets) >= {entry.dataset for entry in board.entries_of(paper)}
            assert board.entries_of(paper), f"{paper.id} has no result"

    def test_related_papers_share_something(self):
        board = load_board()
        paper = board.catalogue.papers["instructerc"]
        related = board.related(paper)
        assert related[0][0].id == "prc-emo"
        assert all(datasets or methods for _, datasets, methods in related)
        assert paper not in [other for other, _, _ in related]
