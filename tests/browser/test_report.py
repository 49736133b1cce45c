"""The reports in a real browser: filters, sorting, opening, both schemes, wide and narrow, and what axe says."""

from __future__ import annotations

import contextlib
import json
import re
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import expect
from typer.testing import CliRunner

from instructerc.cli.main import app

EVERYDAY = Path(__file__).parents[2] / "data" / "everyday" / "test.jsonl"


def _instructerc(*arguments: str) -> None:
    done = CliRunner().invoke(app, list(arguments), prog_name="instructerc")
    assert done.exit_code == 0, done.output


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a report about conversations, and one about runs."""
    place = tmp_path_factory.mktemp("report")
    talks = [json.loads(line) for line in EVERYDAY.read_text(encoding="utf-8").splitlines()[:6]]
    rows = [json.dumps(talk | {"id": f"2026-11-0{day} {talk['id']}"}) for day, talk in enumerate(talks, 1)]
    (place / "talks.jsonl").write_text("\n".join(rows), encoding="utf-8")
    with contextlib.chdir(place):
        _instructerc("report", "talks.jsonl", "-o", "talks.html")
        _instructerc("evaluate", "talks.jsonl", "--texts", "-o", "run")
        _instructerc("report", "run", "-o", "runs.html")
    return place


@pytest.fixture
def show(browser: Any, folder: Path) -> Any:
    """Returns a function that opens a report; faults of its script, and requests of its own, fail the test."""
    contexts: list[Any] = []
    faults: list[str] = []

    def open_one(name: str, width: int = 1440, scheme: str = "light") -> Any:
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme, offline=True)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.on("console", lambda said: faults.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("request", lambda asked: None if asked.url.startswith("file:") else faults.append(asked.url))
        page.goto((folder / name).as_uri())
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not faults, faults


@pytest.mark.parametrize("name", ["talks.html", "runs.html"])
@pytest.mark.parametrize(("width", "scheme"), [(1440, "light"), (390, "dark")])
def test_axe_finds_nothing_and_nothing_is_too_wide(show, axe_faults, name, width, scheme):
    page = show(name, width, scheme)
    assert axe_faults(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_filters_leave_what_fits_everywhere(show):
    page = show("talks.html")
    said = page.locator("#said")
    expect(said).to_contain_text("of 6 conversations")
    speaker = page.get_by_role("combobox", name="Speaker", exact=True).locator("option").nth(1)
    name = speaker.inner_text().rsplit(" (", 1)[0]
    page.get_by_role("combobox", name="Speaker", exact=True).select_option(index=1)
    expect(said).to_contain_text("out of")
    expect(page.locator("#speakers tbody tr")).to_have_count(1)
    expect(page.locator("#speakers tbody th")).to_have_text(name)
    page.get_by_role("button", name="Clear").click()
    expect(said).to_contain_text("All ")
    page.get_by_label("Words").fill("no turn has these words")
    expect(page.locator("#talks")).to_contain_text("No turn fits the filters.")
    page.get_by_label("Words").fill("")
    page.get_by_label("Shifts only").check()
    expect(page.locator("#talks tbody tr").first.locator("td").first).not_to_have_text("0")


def _numbers(cells: Any) -> list[int]:
    """Returns the first number of each cell or sentence; where moods did not turn there is none."""
    return [int(found[0]) if (found := re.findall(r"(\d+) %", text)) else 0 for text in cells.all_inner_texts()]


def test_what_turned_most_stands_first_with_what_was_said_before(show):
    page = show("talks.html")
    expect(page.locator("#talks thead th").nth(4)).to_have_attribute("aria-sort", "descending")
    turned = _numbers(page.locator("#talks tbody tr td:nth-child(5)"))
    assert len(turned) == 6
    assert turned == sorted(turned, reverse=True)
    quotes = page.locator("#points .quotes li")
    expect(quotes.first.locator(".before")).to_have_text(re.compile("^“.+”$"))
    expect(quotes.first.locator(".said")).to_have_text(re.compile("^“.+”$"))
    strengths = [int(text.split("turned by ")[1].split()[0]) for text in quotes.all_inner_texts()]
    assert strengths[0] > 0
    assert strengths == sorted(strengths, reverse=True)
    assert strengths[0] == turned[0]


def test_the_least_certain_turns_ascend_and_every_day_has_its_emotions(show):
    page = show("talks.html")
    least = _numbers(page.locator("#least .quotes li"))
    assert len(least) == 12
    assert least == sorted(least)
    page.locator("#periods summary").click()
    days = page.locator("#periods tbody tr")
    expect(days.locator("th")).to_have_text([f"2026-11-0{day}" for day in range(1, 7)])
    expect(days.first.locator("td").last).to_have_text(re.compile(r"^\w+ \d+ %"))
    expect(page.locator("#periods .columns > span")).to_have_count(6)


@pytest.mark.parametrize(
    ("name", "choice"), [("Emotion", "joy"), ("Day", "2026-11-02"), ("Confidence", "80 % or more")]
)
def test_each_filter_changes_every_part(show, name, choice):
    page = show("talks.html")
    drawn = {part: page.locator(part).inner_html() for part in ("#said", "#shares", "#periods", "#talks", "#least")}
    page.get_by_role("combobox", name=name, exact=True).select_option(label=choice)
    expect(page.locator("#said")).to_contain_text("out of")
    for part, before in drawn.items():
        assert page.locator(part).inner_html() != before, part
    page.locator("#periods summary").click()
    shares = page.locator("#shares .legend li")
    days = page.locator("#periods tbody th")
    if name == "Emotion":
        expect(shares).to_have_count(1)
        expect(shares).to_contain_text("joy")
    elif name == "Day":
        expect(days).to_have_text([choice])
        expect(page.locator("#talks tbody tr")).to_have_count(1)
    else:
        assert min(_numbers(page.locator("#least .quotes li"))) >= 80


def test_conversations_sort_and_open_by_keyboard(show):
    page = show("talks.html")
    sort = page.get_by_role("button", name="Conversation")
    sort.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#talks thead th").first).to_have_attribute("aria-sort", "ascending")
    names = page.locator("#talks .open").all_inner_texts()
    assert names == sorted(names)
    first = page.locator("#talks .open").first
    first.focus()
    page.keyboard.press("Enter")
    expect(first).to_have_attribute("aria-expanded", "true")
    expect(first).to_be_focused()
    expect(page.locator("#talks .turns li").first).to_be_visible()


def test_the_switch_goes_to_dark_and_paper_stays_light(show):
    page = show("talks.html")
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)
    page.get_by_role("button", name="Dark").click()
    assert page.evaluate(ground) != light
    expect(page.get_by_role("button", name="Light")).to_be_visible()
    page.emulate_media(media="print")
    assert page.evaluate(ground) == "rgb(255, 255, 255)"
    expect(page.locator("#filters")).to_be_hidden()
    assert len(page.pdf()) > 10_000
