"""The board in the formats of others: what can be read back comes back whole; others find what they expect."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from instructerc.errors import InputError
from instructerc.leaderboard import Board, Entry, load_board
from instructerc.leaderboard.catalogue import load_catalogue
from instructerc.leaderboard.exchange.registry import BOARD_FORMATS, read_entries

MakeEntry = Callable[..., Entry]
READABLE = [name for name, one in BOARD_FORMATS.items() if one.read is not None]


def written(board: Board, name: str) -> str:
    text = BOARD_FORMATS[name].write(board)
    assert isinstance(text, str)
    return text


def test_four_formats_can_be_read_back():
    assert READABLE == ["csv", "json", "latex", "sota"]


@pytest.mark.parametrize("name", READABLE)
def test_nothing_is_lost_on_the_way_there_and_back(hard_board: Board, tmp_path: Path, name: str):
    for place, board in enumerate((hard_board, load_board())):
        path = tmp_path / f"{place}.{name}"
        path.write_text(written(board, name), encoding="utf-8")
        # The format is told by the content.
        assert tuple(read_entries(path)) == board.history


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("latex", "& 61.50 $", "& 62.50 $"),
        ("sota", '"Weighted F1": "61.5"', '"Weighted F1": "62.5"'),
        ("sota", '"Weighted F1": "61.5"', '"Weighted F1": "n/a"'),
    ],
)
def test_a_figure_that_was_changed_by_hand_is_noticed(hard_board: Board, tmp_path: Path, name: str, old: str, new: str):
    text = written(hard_board, name)
    assert old in text
    path = tmp_path / "board"
    path.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(InputError, match="change both or none"):
        read_entries(path)


@pytest.mark.parametrize("name", READABLE)
def test_a_figure_with_more_digits_than_are_shown_comes_back_whole(make_entry: MakeEntry, tmp_path: Path, name: str):
    board = Board((make_entry("a", 61.849999999999994), make_entry("b", 100 / 3)))
    (tmp_path / "board").write_text(written(board, name), encoding="utf-8")
    assert tuple(read_entries(tmp_path / "board")) == board.history


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('{"results": [], "results": []}', "key 'results' occurs twice in one object"),
        ('{"results": [{"value": NaN}]}', "NaN is not a JSON number"),
        ('{"results": [\n}', ":2: not JSON"),
        ('{"results": ' + "[" * 100_000, ":1: not JSON: nested too deep"),
    ],
)
def test_json_that_programs_read_differently_is_refused(tmp_path: Path, text: str, said: str):
    path = tmp_path / "board.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(said)):
        read_entries(path)


def test_latex_is_escaped_and_ranked(make_entry: MakeEntry):
    board = Board((make_entry("a", 61.5, sd=0.41, model="50% & more_of {it}"), make_entry("b", 70)))
    rows = [line for line in written(board, "latex").splitlines() if line.endswith(r"\\") and line[0].isdigit()]
    assert rows == [
        r"1 & B & 70.00 & past only &  \\",
        r"2 & 50\% \& more\_of \{it\} & 61.50 $\pm$ 0.41 & past only &  \\",
    ]


class TestSotaExtractor:
    """The format as its reader defines it: unknown fields are refused there, so there must be none."""

    FIELDS: dict[str, set[str]] = {  # noqa: RUF012
        "task": {"task", "description", "categories", "datasets", "subtasks", "synonyms", "source_link"},
        "dataset": {"dataset", "description", "sota", "subdatasets", "dataset_links", "dataset_citations"},
        "subdataset": {"subdataset", "description", "sota", "subdatasets", "dataset_links", "dataset_citations"},
        "row": {
            *("model_name", "paper_title", "paper_url", "paper_date", "code_links", "model_links", "metrics"),
            "uses_additional_data",
        },
    }

    def test_it_has_the_fields_of_the_format_and_no_others(self):
        [task] = json.loads(written(load_board(), "sota"))
        assert set(task) == self.FIELDS["task"]
        for dataset in task["datasets"]:
            assert set(dataset) == self.FIELDS["dataset"]
            for subdataset in dataset["subdatasets"]:
                assert set(subdataset) == self.FIELDS["subdataset"]
                assert set(subdataset["sota"]) == {"metrics", "rows"}
                for row in subdataset["sota"]["rows"]:
                    assert set(row) == self.FIELDS["row"]
                    assert all(set(link) == {"title", "url"} for link in row["model_links"] + row["code_links"])

    def test_splits_are_subdatasets_and_unknown_dates_are_null(self):
        [task] = json.loads(written(load_board(), "sota"))
        emorynlp = next(one for one in task["datasets"] if one["dataset"] == "EmoryNLP")
        assert [one["subdataset"] for one in emorynlp["subdatasets"]] == ["EmoryNLP, test 984", "EmoryNLP, test 1328"]
        rows = [row for one in task["datasets"] for sub in one["subdatasets"] for row in sub["sota"]["rows"]]
        dates = {row["model_name"]: row["paper_date"] for row in rows}
        assert dates["HRG-SSA"] is None
        assert dates["InstructERC"] == "2023-09-21"

    def test_rows_of_other_tools_become_entries_of_unknown_context(self, tmp_path: Path):
        row: dict[str, Any] = {
            "model_name": "InstructERC",
            "paper_title": load_catalogue().papers["instructerc"].title,
            "paper_url": "https://arxiv.org/abs/2309.11911v6",
            "paper_date": "2023-09-21",
            "metrics": {"Weighted-F1": "69.15"},
            "uses_additional_data": False,
        }
        table = {"dataset": "MELD", "sota": {"metrics": ["Weighted-F1"], "rows": [row]}}
        path = tmp_path / "tables.json"
        path.write_text(
            json.dumps([{"task": "Emotion Recognition in Conversation", "datasets": [table]}]), encoding="utf-8"
        )
        [entry] = load_board(path).history
        assert (entry.benchmark, entry.metric, entry.value) == ("meld-2610", "weighted_f1", 69.15)
        assert (entry.context, entry.split_basis, entry.paper, entry.year) == (
            "unknown",
            "assumed",
            "instructerc",
            2023,
        )
        table["dataset"] = "ImageNet"
        path.write_text(json.dumps([{"task": "x", "datasets": [table]}]), encoding="utf-8")
        with pytest.raises(InputError, match=r"dataset 'ImageNet' is not one of ours \(IEMOCAP"):
            load_board(path)


def test_model_index_is_what_the_hub_reads(hard_board: Board):
    cards = pytest.importorskip("huggingface_hub.repocard_data")
    data = yaml.safe_load(written(hard_board, "model-index"))
    results = {}
    for element in data["model-index"]:
        name, found = cards.model_index_to_eval_results([element])
        results[name] = found
    [first] = results["A"]
    assert (first.dataset_name, first.dataset_config, first.metric_value) == ("MELD", "2610", 61.5)
    assert first.metric_args == {"context": "past only", "seeds": 8}
    assert "WRONG" not in results


def test_models_of_one_name_are_told_apart_by_their_backbones(make_entry: MakeEntry):
    entries = [make_entry(name, 60, model="M", backbone=backbone) for name, backbone in (("a", "T5"), ("b", "LLaMA"))]
    data = yaml.safe_load(written(Board((*entries, make_entry("c", 50, model="M"))), "model-index"))
    assert [element["name"] for element in data["model-index"]] == ["M (T5)", "M (LLaMA)", "M"]


def test_eval_results_are_what_the_hub_reads(hard_board: Board):
    hub = pytest.importorskip("huggingface_hub")
    files = BOARD_FORMATS["eval-results"].write(hard_board)
    assert not isinstance(files, str)
    assert sorted(files) == [
        ".eval_results/emorynlp-1328.yaml",
        ".eval_results/iemocap-six-1623.yaml",
        ".eval_results/meld-2610.yaml",
    ]
    entries = hub.parse_eval_result_entries(yaml.safe_load(files[".eval_results/meld-2610.yaml"]))
    assert [entry.value for entry in entries] == [70, 69.15, 61.5]
    assert entries[0].source_url == "https://example.org/a?b=c&d=%20"
    assert all(re.fullmatch(r"[\w-]+/[\w-]+", entry.dataset_id) for entry in entries)
    assert entries[2].notes == "A, Weighted F1, context: past only, seeds: 8"
