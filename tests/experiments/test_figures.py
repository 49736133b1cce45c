"""Every number of docs/results.md that is not in its tables from run folders has a record, and is that record's."""

from __future__ import annotations

import importlib
import json
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]

# Figures whose record was not kept; the list gets shorter, not longer.
WITHOUT_RECORD = {
    ("Speed and size", "base install"): 1,
    ("SmolLM2-135M-Instruct (Apache-2.0, from its package)", "without training"): 8,
    ("The live service", "requests generated"): 3,
}


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(ROOT / "benchmarks")
    return importlib.import_module("figures")


@pytest.fixture
def document(figures: ModuleType) -> str:
    return figures.DOCUMENT.read_text(encoding="utf-8")


@pytest.fixture
def sources(figures: ModuleType) -> dict[str, dict[str, list[str]]]:
    return figures.read_sources()


def test_every_number_has_a_source_and_is_what_its_record_says(figures, document, sources):
    assert figures.update_figures(document, sources) == document, "run python benchmarks/results.py"


def test_a_test_holds_each_figure_that_is_said_to_be_held_by_one(figures, document, sources):
    missing = [
        (number[0], source)
        for block in figures.read_blocks(document)
        for number, source in zip(block.numbers(), figures.sources_of(block, sources), strict=True)
        if source.startswith("test: ")
        and not re.search(
            rf"(?<![\w.]){re.escape(number[0].replace(',', ''))}(?![\d.])",
            (ROOT / source.removeprefix("test: ")).read_text(encoding="utf-8"),
        )
    ]
    assert missing == []


def test_no_figure_without_a_record_comes_to_those_that_are_known(sources):
    found = {
        (section, start): sum(source.startswith("once: ") for source in listed)
        for section, blocks in sources.items()
        for start, listed in blocks.items()
    }
    assert {place: count for place, count in found.items() if count} == WITHOUT_RECORD


def test_no_source_is_left_of_a_row_that_is_gone(figures, document, sources):
    blocks = figures.read_blocks(document)
    unused = [
        (section, start)
        for section, known in sources.items()
        for start in known
        if not any(block.section == section and block.text.startswith(start) for block in blocks)
    ]
    assert unused == []


def test_a_new_row_and_a_new_number_are_noticed(figures, document, sources):
    row = "| live turn with 12 turns of history | p50 6.6 ms"
    for changed in (row + " (5.9 alone)", "| another row | 12 ms |\n" + row):
        assert document.count(row) == 1
        with pytest.raises(ValueError, match=r"Speed and size: .*(sources|no entry)"):
            figures.update_figures(document.replace(row, changed), sources)


def test_a_changed_figure_is_written_from_its_record(figures, tmp_path):
    record = {"a": {"b": 1}, "a.b": {"ms": [5, 12.34], "turns": 1234}, "share": 0.5}
    (tmp_path / "speed.json").write_text(json.dumps(record), "utf-8")
    text = "# Title\n\n## Speed\n\n| figure | p50 |\n|---|---|\n| ours, `3 x` | 9.1 ms; 1,000 of 12 | 40 % |\n"
    sources = {"Speed": {"ours": ["speed:a.b.ms.max", "speed:a.b.turns", "said", "speed:share * 100"]}}
    found = figures.update_figures(text, sources, tmp_path)
    assert found == text.replace("9.1", "12.3").replace("1,000", "1,234").replace("40 %", "50 %")
    with pytest.raises(KeyError, match="seconds"):
        figures.update_figures(text, {"Speed": {"ours": ["speed:a.b.seconds", "said", "said", "said"]}}, tmp_path)


@pytest.mark.parametrize(
    ("printed", "value", "same"),
    [
        *(("3.5", 3.47, True), ("3.5", 3.56, False), ("1,128", 1128, True), ("2.7e-6", 2.6971e-6, True)),
        *(("2.7e-6", 2.8e-6, False), ("0", 0.0, True), ("0", 0.6, False), ("4.2", -4.15, True)),
    ],
)
def test_a_number_is_compared_by_the_digits_that_are_printed(figures, printed, value, same):
    assert figures.shows(printed, value) is same
    assert figures.shows(figures.render(printed, value), value)
