"""Turns that a person looks for: unsure ones, shifts, and those that were corrected."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import expect

OpenPage = Callable[..., Any]
N_TURNS = 17


def _show(page: Any, what: str) -> None:
    page.locator(".filter-bar").get_by_role("combobox", name="Show", exact=True).select_option(what)


def test_unsure_turns_alone(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page)
    acts.settings(page)
    page.get_by_label("Minimum confidence").fill("70")
    expect(page.locator("#unsure-count")).to_have_text(re.compile(r"^\d+ turns unsure"))
    n_unsure = int(page.locator("#unsure-count").inner_text().split()[0])
    assert 0 < n_unsure < N_TURNS
    _show(page, "unsure")
    expect(acts.turns(page)).to_have_count(n_unsure)
    expect(acts.turns(page).filter(has_text="unsure: ")).to_have_count(n_unsure)
    expect(page.locator(".found")).to_contain_text(f"{n_unsure} of {N_TURNS} turns")
    # The chip beside the emotions says the same and is the way back.
    chip = page.locator(".emotions .chip", has_text="unsure")
    expect(chip).to_have_attribute("aria-pressed", "true")
    expect(chip).to_contain_text(str(n_unsure))
    # A turn that a person puts right is unsure no longer.
    acts.turns(page).first.press("3")
    expect(acts.turns(page)).to_have_count(n_unsure - 1)
    chip.click()
    expect(acts.turns(page)).to_have_count(N_TURNS)
    # Of no turn sure enough, all are shown.
    page.get_by_label("Minimum confidence").fill("100")
    _show(page, "unsure")
    expect(acts.turns(page)).to_have_count(N_TURNS - 1)


def test_shifts_alone(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page)
    shifts = page.get_by_role("region", name="Shifts")
    numbers = shifts.locator(".shift-button > .number")
    more = shifts.get_by_role("button", name=re.compile("^Show all"))
    if more.count():
        more.click()
    listed = numbers.all_inner_texts()
    assert 0 < len(listed) < N_TURNS
    _show(page, "shifts")
    expect(acts.turns(page)).to_have_count(len(listed))
    assert [turn.get_attribute("data-turn") for turn in acts.turns(page).all()] == listed
    expect(acts.turns(page).locator(".turn-shift")).to_have_count(len(listed))
    # Together with an emotion and a speaker, what matches all of them is left.
    _show(page, "all")
    page.locator(".emotions .chip", has_text="joy").click()
    page.locator(".filter-bar").get_by_role("combobox", name="Speaker", exact=True).select_option("Dana")
    _show(page, "shifts")
    left = acts.turns(page)
    assert 0 < left.count() < len(listed)
    for turn in left.all():
        expect(turn).to_contain_text("Dana")
        expect(turn.locator(".turn-emotion")).to_contain_text("joy")
        expect(turn.locator(".turn-shift")).to_be_visible()


def test_corrected_turns_alone(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page)
    _show(page, "corrected")
    expect(page.locator(".transcript")).to_contain_text("No turns match.")
    expect(page.locator(".found")).to_contain_text(f"0 of {N_TURNS} turns")
    page.get_by_role("button", name="Show all", exact=True).click()
    for number in (12, 3):
        acts.turn(page, number).press("6")
    _show(page, "corrected")
    expect(acts.turns(page)).to_have_count(2)
    assert [turn.get_attribute("data-turn") for turn in acts.turns(page).all()] == ["3", "12"]
    expect(acts.turns(page).locator(".by-hand")).to_have_count(2)
    # What is taken back goes at once.
    page.locator("#turn-title").click()
    page.keyboard.press("Control+z")
    expect(acts.turns(page)).to_have_count(1)
    expect(acts.turn(page, 12)).to_be_visible()


def test_another_conversation_is_looked_through_afresh(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page, acts.examples / "support_chat.txt", acts.examples / "stand_up.csv")
    names = page.locator(".overview-table tbody th button")
    names.first.click()
    _show(page, "corrected")
    page.locator(".emotions .chip", has_text="joy").click()
    expect(acts.turns(page)).to_have_count(0)
    page.get_by_role("button", name="All 2 conversations").click()
    names.last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("stand-up")
    expect(acts.turn(page, 1)).to_be_visible()
    expect(page.locator(".found")).to_be_empty()
