"""The leaderboard's site in a real browser, from its files: search, filters, deep links, keyboard, both schemes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import expect

from instructerc.leaderboard import load_board
from instructerc.leaderboard.site.build import build_site

AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
KINDS = (
    *("index.html", "benchmark/meld-2610.html", "paper/instructerc.html", "dataset/emorynlp.html", "method/lora.html"),
    *("task/erc.html", "papers.html", "datasets.html", "methods.html", "tasks.html", "about.html"),
)
OpenSite = Callable[..., Any]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("board") / "site"
    build_site(load_board(), folder)
    return folder


@pytest.fixture
def open_site(browser: Any, site: Path) -> Iterator[OpenSite]:
    """Returns a function that opens a page from its file; what it asks for beyond the site's files fails the test."""
    contexts: list[Any] = []
    faults: list[str] = []

    def open_one(name: str, width: int = 1280, **options: Any) -> Any:
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(30_000)
        page.set_default_navigation_timeout(90_000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on(
            "console", lambda message: faults.append(message.text) if message.type in ("error", "warning") else None
        )
        page.on(
            "request",
            lambda request: (
                faults.append(request.url) if not request.url.startswith((site.as_uri(), "data:")) else None
            ),
        )
        page.goto(f"{site.as_uri()}/{name}")
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not faults, faults


def rows(page: Any) -> Any:
    return page.locator("section[aria-labelledby=results] tbody tr:visible")


def ranks(page: Any) -> list[int]:
    """Returns the ranks that are shown; a repeated listing has none."""
    return [int(text) for text in rows(page).locator("td.rank").all_text_contents() if text != "–"]


@pytest.mark.parametrize("width", [390, 1024, 1440])
def test_pages_fit_into_the_window(open_site: OpenSite, site: Path, width: int):
    page = open_site("index.html", width)
    for name in KINDS:
        page.goto(f"{site.as_uri()}/{name}")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is wider than the window"


@pytest.mark.parametrize(("width", "scheme"), [(390, "light"), (1280, "dark")])
@pytest.mark.parametrize("name", ["index.html", *(name for name in KINDS if "/" in name)])
def test_every_kind_of_page_is_accessible(open_site: OpenSite, axe: str, name: str, width: int, scheme: str):
    page = open_site(name, width, color_scheme=scheme)
    if name.startswith("benchmark"):
        page.locator("summary").first.click()
    page.evaluate(axe)
    options = {"preload": False, "runOnly": {"type": "tag", "values": AXE_RULES}, "resultTypes": ["violations"]}
    found = page.evaluate("async (options) => (await axe.run(document, options)).violations", options)
    faults = [(fault["id"], [node["html"][:160] for node in fault["nodes"][:3]]) for fault in found]
    assert faults == []


def test_filters_change_rows_ranks_and_the_line(open_site: OpenSite):
    page = open_site("benchmark/meld-2610.html")
    shown = page.locator("#shown")
    before = rows(page).count()
    # Ablations and baselines are not shown at first.
    expect(shown).to_have_text(re.compile(rf"^{before} of \d\d rows$"))
    assert "utterance only" not in " ".join(rows(page).all_text_contents())
    page.get_by_role("combobox", name="Context", exact=True).select_option("past")
    assert 0 < rows(page).count() < before
    assert ranks(page)[0] == 1
    assert ranks(page) == sorted(ranks(page))
    expect(page.locator(".dot:visible")).to_have_count(rows(page).count())
    page.get_by_role("combobox", name="Size", exact=True).select_option("0-150")
    assert all("InstructERC" in text for text in rows(page).locator(".model").all_text_contents())
    page.get_by_label("only figures seen by us").check()
    page.get_by_label("with ablations and baselines").check()
    address = page.url
    assert address.endswith("#context=past&size=0-150&all=1&seen=1")
    names = rows(page).locator(".model").all_text_contents()

    # The address brings the same rows back.
    other = open_site(address.split("site/")[-1])
    expect(other.get_by_role("combobox", name="Size", exact=True)).to_have_value("0-150")
    assert rows(other).locator(".model").all_text_contents() == names
    other.get_by_role("button", name="Reset").click()
    expect(other.locator("#shown")).to_have_text(re.compile(rf"^{before} of"))


def test_a_link_to_a_row_shows_it_whatever_is_filtered(open_site: OpenSite):
    board = load_board()
    entry = next(one for one in board.entries if one.benchmark == "meld-2610" and one.kind == "ablation")
    page = open_site(f"benchmark/meld-2610.html#r-{entry.id}")
    row = page.locator(f"[id='r-{entry.id}']")
    expect(row).to_be_in_viewport()
    expect(row.locator("details")).to_have_attribute("open", "")
    expect(row).to_contain_text(entry.source)
    # A point of the drawing leads to its row too.
    page.locator(".dot.named").first.click()
    expect(page.locator("tr:target")).to_be_in_viewport()


def test_a_listing_that_repeats_a_result_is_drawn_and_no_record(open_site: OpenSite):
    page = open_site("benchmark/emorynlp-984.html")
    expect(page.locator(".dot[data-repeats]")).not_to_have_count(0)
    expect(page.locator(".dot.named[data-repeats]")).to_have_count(0)
    named = page.locator(".dot.named").evaluate_all("nodes => nodes.map((node) => node.getAttribute('aria-label'))")
    assert any(name.startswith("InstructERC, 41.37") for name in named), named


def test_columns_sort(open_site: OpenSite):
    page = open_site("benchmark/meld-2610.html")
    scores = [float(text[:5]) for text in rows(page).locator(".figure").all_text_contents()]
    assert scores == sorted(scores, reverse=True)
    page.get_by_role("button", name="Size").click()
    expect(rows(page).first.locator(".model")).to_have_text("BiosERC")
    expect(page.locator("th[aria-sort=descending]")).to_have_text("Size")
    page.get_by_role("button", name="Size").click()
    expect(rows(page).first.locator(".model")).to_contain_text("InstructERC embedded")


def test_search_by_keyboard(open_site: OpenSite):
    page = open_site("paper/cosmic.html")
    page.keyboard.press("/")
    box = page.get_by_role("combobox", name=re.compile("^Search"))
    expect(box).to_be_focused()
    page.keyboard.type("instructerc reforming")
    first = page.get_by_role("option").first
    expect(first).to_contain_text("Paper")
    page.keyboard.press("ArrowDown")
    expect(first).to_have_attribute("aria-selected", "true")
    expect(box).to_have_attribute("aria-activedescendant", "found-0")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/paper/instructerc\.html$"))
    box = page.get_by_role("combobox", name=re.compile("^Search"))
    box.fill("nothing is called so")
    expect(page.get_by_role("option")).to_have_text("Nothing found")
    expect(page.locator("#said")).to_have_text("nothing found")
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    # A row of a table is found by its model, and without its accents.
    box.fill("bioserc llama2-13b")
    page.get_by_role("option").filter(has_text="MELD").first.click()
    expect(page.locator("tr:target .model")).to_have_text("BiosERC", timeout=30_000)


def test_the_theme_is_switched_and_kept(open_site: OpenSite, site: Path):
    page = open_site("index.html", color_scheme="light")
    light = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    page.get_by_role("button", name="Dark theme").click()
    dark = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert dark != light
    page.goto(f"{site.as_uri()}/about.html")
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == dark
    expect(page.get_by_role("button", name="Light theme")).to_be_visible()


def test_everything_by_keyboard(open_site: OpenSite):
    page = open_site("benchmark/emorynlp-984.html")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the content")
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("details").first).to_have_attribute("open", "")
    page.locator(".dot").first.focus()
    expect(page.locator(".dot").first.locator("text")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator("tr:target")).to_be_in_viewport()


def test_without_scripts_everything_can_be_read(open_site: OpenSite):
    page = open_site("benchmark/meld-2610.html", java_script_enabled=False)
    expect(page.locator(".filters")).to_be_hidden()
    expect(page.locator(".search")).to_be_hidden()
    everything = len(
        [one for one in load_board().entries if one.benchmark == "meld-2610" and one.metric == "weighted_f1"]
    )
    expect(page.locator("section[aria-labelledby=results] tbody tr")).to_have_count(everything)
    assert page.locator(".steps line").count() > 3


def test_on_paper_the_table_is_left(open_site: OpenSite):
    page = open_site("benchmark/meld-2610.html")
    page.emulate_media(media="print")
    expect(page.locator(".filters")).to_be_hidden()
    expect(rows(page).first).to_be_visible()
