"""The site as files: whole, small, with links that lead somewhere, and nothing that is asked for from elsewhere."""

from __future__ import annotations

import gzip
import re
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from instructerc.errors import InputError
from instructerc.leaderboard import Board, Entry, load_board
from instructerc.leaderboard.site.build import build_site
from instructerc.leaderboard.site.markup import Markup, join, tag
from instructerc.leaderboard.site.plot import records

MakeEntry = Callable[..., Entry]
MOST_BYTES = 300_000
VOID = {"meta", "link", "input", "br", "path", "line", "circle"}


class Reader(HTMLParser):
    """Collects ids, links and what is loaded, and sees that elements close in order."""

    def __init__(self) -> None:
        super().__init__()
        self.ids: Counter[str] = Counter()
        self.links: list[str] = []
        self.loaded: list[str] = []
        self.text: list[str] = []
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        assert "style" not in given
        assert not any(name.startswith("on") for name in given)
        if "id" in given:
            self.ids[given["id"]] += 1
        if tag == "a":
            self.links.append(given["href"])
        elif "src" in given or "href" in given:
            self.loaded.append(given.get("src") or given["href"])
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in VOID

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def read(path: Path) -> Reader:
    reader = Reader()
    reader.feed(path.read_text(encoding="utf-8"))
    return reader


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built") / "site"
    build_site(load_board(), folder)
    return folder


def test_every_kind_of_page_is_there(site: Path):
    board = load_board()
    for paper in board.catalogue.papers:
        assert (site / "paper" / f"{paper}.html").is_file()
    kinds = {"paper", "benchmark", "dataset", "method", "task"}
    assert {path.parent.name for path in site.rglob("*.html")} == kinds | {"site"}


def test_it_is_small(site: Path):
    files = [path for path in site.rglob("*") if path.is_file()]
    assert sum(len(gzip.compress(path.read_bytes())) for path in files) <= MOST_BYTES


def test_every_link_within_the_site_leads_somewhere(site: Path):
    pages = {path: read(path) for path in site.rglob("*.html")}
    for path, page in pages.items():
        assert max(page.ids.values()) == 1, f"{path}: an id twice"
        for link in page.links:
            if link.startswith(("http://", "https://")):
                continue
            file, _, anchor = link.partition("#")
            target = (path.parent / file).resolve() if file else path
            assert target in pages, f"{path}: {link}"
            if anchor:
                assert anchor in pages[target].ids, f"{path}: {link}"
    finds = (site / "search.js").read_text(encoding="utf-8")
    for link in re.findall(r'"([\w-]+/[^"]+\.html)(?:#([^"]+))?"\]', finds):
        assert (site / link[0]).is_file()
        assert not link[1] or link[1] in pages[site / link[0]].ids


def test_nothing_is_loaded_from_elsewhere(site: Path):
    own = {"board.css", "board.js", "search.js"}
    for path in site.rglob("*.html"):
        for address in read(path).loaded:
            assert address.startswith("data:image/svg+xml,") or address.removeprefix("../") in own
    for name in own - {"search.js"}:
        assert not re.search(
            r"https?://(?!www\.w3\.org/2000/svg)|@import|fetch\(", (site / name).read_text(encoding="utf-8")
        )


def test_the_papers_page_has_what_the_seed_page_had(site: Path):
    text = " ".join(" ".join(read(site / "paper" / "instructerc.html").text).split())
    for words in (
        "InstructERC: Reforming Emotion Recognition in Conversation with Multi-task Retrieval-Augmented Large Language",
        "Shanglin Lei, Guanting Dong, Xiaoping Wang, Keheng Wang, Runqi Qiao, Sirui Wang",
        "21 Sep 2023",
        "Speaker identification",
        "Paper PDF Code",
        "in our own words",
        "Task Dataset Metric Value Model",
        "41.37",
        "41.39",
        "71.68",
        "Related papers",
        "Do LLMs Feel?",
    ):
        assert words in text, words


def test_what_a_board_says_is_text_on_a_page(make_entry: MakeEntry, tmp_path: Path):
    evil = '<script>alert("1")</script>'
    board = Board((make_entry("a", 60, model=evil, note=evil, source=evil, backbone=evil),))
    build_site(board, tmp_path / "site")
    page = tmp_path / "site" / "benchmark" / "meld-2610.html"
    assert evil in "".join(read(page).text)
    assert "<script>alert" not in page.read_text(encoding="utf-8")


def test_addresses_that_are_no_web_addresses_are_no_links(make_entry: MakeEntry, tmp_path: Path):
    build_site(Board((make_entry("a", 60, source_url="data:text/html,x"),)), tmp_path / "site")
    assert not [link for link in read(tmp_path / "site/benchmark/meld-2610.html").links if link.startswith("data:")]


def test_a_board_of_ones_own_is_built_and_built_again(make_entry: MakeEntry, tmp_path: Path):
    folder = tmp_path / "site"
    build_site(Board((make_entry("a", 60), make_entry("b", 40, dataset="emorynlp", variant="984"))), folder)
    assert (folder / "benchmark/emorynlp-984.html").exists()
    build_site(Board((make_entry("a", 60),)), folder)
    assert not (folder / "benchmark/emorynlp-984.html").exists()
    assert (folder / "benchmark/meld-2610.html").exists()


def test_a_folder_with_other_things_is_left_alone(make_entry: MakeEntry, tmp_path: Path):
    (tmp_path / "thesis.tex").write_text("years of work", encoding="utf-8")
    with pytest.raises(InputError, match="is not empty and contains no leaderboard site"):
        build_site(Board((make_entry("a", 60),)), tmp_path)
    with pytest.raises(InputError, match="is a file"):
        build_site(Board((make_entry("a", 60),)), tmp_path / "thesis.tex")


def test_an_empty_board_is_a_site_too(tmp_path: Path):
    build_site(Board(()), tmp_path / "site")
    assert "0 results" in (tmp_path / "site" / "index.html").read_text(encoding="utf-8")


def test_records_are_those_that_led_when_they_appeared(make_entry: MakeEntry):
    values = [(2020, 60.0), (2021, 59.0), (2022, 62.0), (2022, 61.0), (2023, 62.0), (2024, 63.5)]
    entries = [make_entry(f"e{place}", value, year=year) for place, (year, value) in enumerate(values)]
    assert [entry.value for entry in records(Board(tuple(entries)), entries)] == [60.0, 62.0, 63.5]


def test_what_only_repeats_a_result_is_no_record(site: Path):
    [benchmark] = [one for one in load_board().benchmarks() if one.id == "emorynlp-984"]
    ranked = [one for one in benchmark.ranking("weighted_f1") if one.entry.kind == "main"]
    unranked = {one.entry.id for one in ranked if one.rank is None}
    found = records(load_board(), [one.entry for one in ranked])
    # The page that repeats the paper's 41.37 as 41.39 is of the same day.
    assert 41.37 in [entry.value for entry in found]
    assert not unranked & {entry.id for entry in found}
    page = (site / "benchmark" / "emorynlp-984.html").read_text(encoding="utf-8")
    dots = re.findall(r'<a [^>]*data-id="([^"]+)"[^>]*data-repeats="1"', page)
    assert set(dots) == unranked


def test_markup_escapes_text_and_not_markup():
    assert tag("p", "a < b", tag("b", "&"), None, class_='x"y', hidden=True, title=None) == Markup(
        '<p class="x&quot;y" hidden>a &lt; b<b>&amp;</b></p>'
    )
    assert join("<", [tag("br"), "x"]) == "&lt;<br>x"
