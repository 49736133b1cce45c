"""A speaker who is two people: a turn, and all later ones, given to somebody else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import expect

OpenPage = Callable[..., Any]
TALK = (
    "talk.txt",
    "Ann: We won!\nBo: Oh no, not again.\nAnn: I hate you!\nBo: Sorry.\nAnn: I am so happy!\nBo: Me too.\n",
)


def _give(acts: Any, page: Any, number: int, name: str) -> None:
    """Gives a turn and all later ones of its speaker to somebody else."""
    acts.turn(page, number).locator(".turn-text").click()
    page.locator(".change summary").click()
    page.locator(".change").get_by_role("combobox", name="Speaker").fill(name)
    page.locator(".change").get_by_role("checkbox", name="and all later turns of").check()
    page.get_by_role("button", name="Assign to this speaker").click()


def _expect_speakers(acts: Any, page: Any, names: list[str]) -> None:
    expect(page.locator(".work")).to_have_count(0)
    expect(acts.turns(page).locator(".turn-speaker")).to_have_text(names)


def test_all_later_turns_go_to_somebody_else(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page, TALK)
    acts.turn(page, 5).press("2")
    expect(acts.turn(page, 5)).to_contain_text("by hand")
    _give(acts, page, 3, "Cy")
    # The turn before, and those of the other, stay as they were.
    _expect_speakers(acts, page, ["Ann", "Bo", "Cy", "Bo", "Cy", "Bo"])
    cards = page.locator(".speakers > li")
    expect(cards.locator(".speaker-name")).to_have_text(["Ann", "Bo", "Cy"])
    expect(cards.last).to_contain_text("2 turns")
    # They are recognised again, since the model reads names; what a person put right holds.
    expect(acts.turns(page).locator(".turn-emotion .muted", has_text="waiting")).to_have_count(0)
    expect(acts.turn(page, 5)).to_contain_text("by hand")

    page.locator("#turn-title").click()
    page.keyboard.press("Control+z")
    _expect_speakers(acts, page, ["Ann", "Bo", "Ann", "Bo", "Ann", "Bo"])
    expect(acts.turn(page, 5)).to_contain_text("by hand")
    page.keyboard.press("Control+y")
    _expect_speakers(acts, page, ["Ann", "Bo", "Cy", "Bo", "Cy", "Bo"])


def test_later_turns_join_another_speaker(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page, TALK)
    _give(acts, page, 4, "Ann")
    expect(page.locator(".work")).to_have_count(0)
    expect(page.locator(".speakers .speaker-name")).to_have_text(["Ann", "Bo"])
    expect(page.locator(".speakers > li").first).to_contain_text("5 turns")
    # A name stands once above turns that follow each other.
    expect(acts.turns(page).locator(".turn-speaker")).to_have_text(["Ann", "Bo", "Ann"])
