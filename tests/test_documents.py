"""The pages for people: the files that they name exist, and no fact stands twice."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
NAMED = re.compile(r"(?<![\w/.-])(?:tests|benchmarks|src|recipes|docs|examples|data/everyday|models)/[\w./*-]+\w")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_that_a_page_names_exist(page):
    named = set(NAMED.findall(page.read_text(encoding="utf-8")))
    missing = sorted(name for name in named if not (any(ROOT.glob(name)) or any(page.parent.glob(name))))
    assert not missing


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_row_of_a_table_stands_twice(page):
    for table in re.findall(r"(?:^\|.*\n)+", page.read_text(encoding="utf-8"), re.MULTILINE):
        # What it is about and where it comes from: a merge of two branches leaves the same row in two wordings.
        rows = [tuple(cell.strip() for cell in row.strip("|").split("|")) for row in table.splitlines()]
        # A row of a table of the paper stands once for each corpus.
        ends = [
            (*row[: 2 if "corpus" in rows[0][:2] else 1], row[-1])
            for row in rows
            if row[0] and not row[0].startswith(("the same", "---"))
        ]
        assert sorted({end for end in ends if ends.count(end) > 1}) == []
