"""What the page says while it works: how far it is, and that one turn is one turn."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import expect

OpenPage = Callable[..., Any]
N_TURNS = 400
# Every sentence of the bar for what is under way, and where its bar stands.
RECORD = """() => {
    window.said = [];
    new MutationObserver(() => {
        const work = document.querySelector('.work');
        const step = work && [work.textContent, work.querySelector('progress').value];
        if (step && String(step) !== String(said.at(-1))) said.push(step);
    }).observe(document.body, { attributes: true, characterData: true, childList: true, subtree: true });
}"""


def _hold(page: Any) -> list[Any]:
    """Returns a list in which requests for emotions wait for the test to let them go."""
    # The example of the start page asks too.
    page.locator(".picture .turn").first.wait_for()
    held: list[Any] = []
    page.route("**/v1/recognize", lambda route: held.append(route))
    return held


def test_progress_moves_while_an_answer_is_awaited(open_page: OpenPage, acts: Any):
    page = open_page()
    held = _hold(page)
    page.evaluate(RECORD)
    # The page's time stands still but for what the test lets pass, so that a busy machine skips no step.
    page.clock.install(time=0)
    page.clock.pause_at(60)
    names = ("Ann", "Bo")
    acts.give(page, ("long.txt", "".join(f"{names[n % 2]}: turn number {n} is here\n" for n in range(N_TURNS))))

    # The first 120 turns are asked for; nothing is answered yet, and a guess never says that it is done.
    expect(page.locator(".work")).to_contain_text(f"Recognising {N_TURNS} turns: about 0 done")
    for _ in range(8):
        page.clock.run_for(250)
    begun = _steps(page)
    assert len(begun) >= 4
    assert begun[-1] == 114
    assert len(held) == 1

    page.clock.resume()
    held[0].continue_()
    # What is answered is done, and the guess goes on from there.
    expect(page.locator(".work")).to_contain_text(re.compile(r"about (12[1-9]|1[3-9]\d|[23]\d\d) done"))
    expect(acts.turn(page, 1).locator(".turn-emotion .label-name")).to_be_visible()
    assert len(held) == 2
    held[1].continue_()
    expect(page.locator(".work")).to_have_count(0)
    expect(page.get_by_test_id("announcer")).to_have_text(f"{N_TURNS} turns recognised")
    steps = _steps(page)
    assert steps == sorted(steps)
    assert steps[-1] < N_TURNS


def _steps(page: Any) -> list[int]:
    """Returns the numbers that were said, one after the other, each of which the bar showed too."""
    steps = []
    for text, bar in page.evaluate("said"):
        said = re.search(r"about (\d+) done", text)
        if said:
            assert bar == int(said[1])
            steps.append(bar)
    return steps


def test_one_turn_is_one_in_every_sentence(open_page: OpenPage, acts: Any):
    page = open_page()
    _hold(page)
    acts.give(page, ("one.txt", "Ann: We won!\n"))
    expect(page.locator(".work")).to_contain_text("Recognising 1 turn: about")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".notice")).to_contain_text("Stopped: 1 turn left.")
    page.unroute("**/v1/recognize")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_test_id("announcer")).to_have_text("1 turn recognised")

    expect(page.locator(".talk-title")).to_contain_text("1 turn · 1 speaker ·")
    expect(page.locator(".speakers > li")).to_contain_text("1 turn")
    page.get_by_label("Search", exact=True).fill("won")
    expect(page.locator(".found")).to_contain_text("1 of 1 turn")
    acts.settings(page)
    page.get_by_label("Minimum confidence").fill("100")
    expect(page.locator("#unsure-count")).to_contain_text("1 turn unsure")
    acts.look(page, "Timeline")
    expect(page.locator(".zoom > span")).to_have_text("1 turn")
    page.locator("summary", has_text="Save").click()
    page.get_by_role("button", name="Save for 1 day", exact=True).click()
    page.get_by_role("button", name="New").click()
    expect(page.locator(".kept-entry", has_text="one.txt")).to_contain_text(re.compile(r"· 1 turn ·"))


@pytest.mark.parametrize("look", ["Transcript", "Timeline", "Table"])
def test_no_view_of_one_turn_counts_it_as_many(open_page: OpenPage, acts: Any, look: str):
    page = open_page()
    acts.open(page, ("one.txt", "Ann: We won!\n"))
    acts.look(page, look)
    shown = page.locator("main").inner_text()
    assert "We won!" in shown
    assert not re.search(r"\b1 (turns|speakers|shifts|conversations|lines|files)\b", shown)
