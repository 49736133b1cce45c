"""What the browser keeps: until its end, and also a conversation whose turns have not all been answered."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import expect

OpenPage = Callable[..., Any]
DAY_S = 86_400
# Names of all conversations in the browser's own store.
STORED = """() => new Promise((resolve) => {
    indexedDB.open('instructerc').onsuccess = ({ target }) => {
        const all = target.result.transaction('talks').objectStore('talks').getAll();
        all.onsuccess = () => { target.result.close(); resolve(all.result.map(({ name }) => name).sort()); };
    };
})"""


def _keep(page: Any, how_long: str) -> None:
    page.locator("summary", has_text=re.compile("Save|Saved")).click()
    page.get_by_role("button", name=how_long, exact=True).click()
    expect(page.locator("summary", has_text="Saved")).to_be_visible()


def _come_back(page: Any, address: str, after_days: float) -> None:
    """Opens an address some days from now."""
    page.clock.set_fixed_time(time.time() + after_days * DAY_S)
    page.goto("about:blank")
    page.goto(address)
    page.get_by_role("heading", level=1).wait_for()


def test_what_is_kept_goes_when_its_time_is_over(open_page: OpenPage, acts: Any, service: str):
    page = open_page()
    acts.open(page, ("week.txt", "Ann: We won!\nBo: Oh no, not again.\n"))
    _keep(page, "Save for 7 days")
    address = page.url
    page.get_by_role("button", name="New").click()
    acts.open(page, ("ever.txt", "Ann: We won!\n"))
    _keep(page, "Save until I delete it")

    _come_back(page, address, after_days=6.9)
    expect(acts.turns(page)).to_have_count(2)
    page.get_by_role("button", name="New").click()
    entries = page.locator(".kept-entry", has_text="in this browser")
    expect(entries.get_by_role("button", name="week.txt", exact=True)).to_be_visible()
    expect(entries.filter(has_text="ever.txt")).to_contain_text("until deleted")
    assert page.evaluate(STORED) == ["ever.txt", "week.txt"]

    _come_back(page, address, after_days=7.1)
    expect(page.get_by_role("alert")).to_contain_text("was not saved")
    expect(entries).to_have_count(1)
    expect(entries).to_contain_text("ever.txt")
    # Not only hidden.
    assert page.evaluate(STORED) == ["ever.txt"]


def test_another_time_to_keep_it_takes_the_place_of_the_first(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page, ("longer.txt", "Ann: We won!\n"))
    _keep(page, "Save for 1 day")
    _keep(page, "Save for 30 days")
    _come_back(page, page.url, after_days=29)
    expect(acts.turns(page)).to_have_count(1)
    page.locator("summary", has_text="Saved").click()
    page.get_by_role("button", name="Delete the saved copy").click()
    expect(page.locator("summary", has_text="Saved")).to_have_count(0)
    assert page.evaluate(STORED) == []


def test_a_kept_conversation_says_which_turns_have_no_answer(open_page: OpenPage, acts: Any):
    page = open_page()
    page.locator(".picture .turn").first.wait_for()
    asked: list[Any] = []

    def answer_the_first(route: Any) -> None:
        # The start page asks for its example too.
        if "turn number" in (route.request.post_data or ""):
            asked.append(route)
        if len(asked) < 2:
            route.continue_()

    page.route("**/v1/recognize", answer_the_first)
    lines = "".join(f"{'Ann' if n % 2 else 'Bo'}: turn number {n} is here\n" for n in range(400))
    acts.give(page, ("half.txt", lines))
    acts.turn(page, 1).locator(".turn-emotion .label-name").first.wait_for()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".notice")).to_contain_text("Stopped: 280 turns left.")
    _keep(page, "Save for 7 days")

    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("Some turns had not been recognised when it was saved.")
    # The first 120 have their answers, the others say that they have none.
    expect(acts.turn(page, 1).locator(".turn-emotion .label-name").first).to_be_visible()
    acts.turn(page, 1).press("End")
    expect(acts.turn(page, 400).locator(".turn-emotion")).to_have_text("waiting")
    expect(page.locator(".side .turn-panel")).to_contain_text("not recognised yet")
    assert len(asked) == 2
    page.unroute("**/v1/recognize")
    page.get_by_role("button", name="Continue").click()
    expect(acts.turn(page, 400).locator(".turn-emotion .label-name").first).to_be_visible()
