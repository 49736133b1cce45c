"""The words view: selecting, correcting, undo, search, filters, speakers, and why."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import expect

OpenPage = Callable[..., Any]


def test_everything_by_keyboard(open_page: OpenPage, acts: Any):
    page = open_page()
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the conversation")
    page.get_by_role("button", name="A support chat").focus()
    page.keyboard.press("Enter")
    expect(acts.turns(page)).to_have_count(17)
    expect(page.locator(".work")).to_have_count(0)
    # One stop in the tab order; arrows go on from there.
    assert page.locator('article[tabindex="0"]').count() == 1
    page.locator('article[tabindex="0"]').focus()
    page.keyboard.press("ArrowDown")
    expect(page.locator(":focus")).to_have_attribute("aria-label", re.compile(r"^Turn 2, Marco"))
    page.keyboard.press("End")
    expect(page.locator("#turn-title")).to_have_text("Turn 17")
    page.keyboard.press("Home")
    page.keyboard.press("s")
    expect(page.locator(":focus")).to_have_attribute("aria-label", re.compile("Shift from"))
    page.keyboard.press("/")
    expect(page.locator(":focus")).to_have_attribute("id", "search")
    page.locator("summary", has_text="Export").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="JSONL")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="JSONL")).to_be_hidden()
    slider = page.get_by_role("slider", name="Position in the conversation")
    slider.focus()
    page.keyboard.press("End")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("^Turn 17"))


def test_a_number_key_corrects_and_is_undone_and_done_again(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page)
    mood = acts.turn(page, 5).locator(".turn-mood")
    before = mood.inner_text()
    acts.turn(page, 5).press("3")
    expect(mood).to_contain_text("fear")
    expect(mood).to_contain_text("by hand")
    # The model's confidence was in another label.
    expect(mood).not_to_contain_text("%")
    expect(page.locator(".side .verdict")).to_contain_text("corrected by hand; the model said anger")
    page.keyboard.press("Control+z")
    expect(mood).to_have_text(before, use_inner_text=True)
    page.keyboard.press("Control+Shift+z")
    expect(mood).to_contain_text("fear")
    page.get_by_role("button", name=re.compile("^Undo: ")).click()
    expect(mood).not_to_contain_text("by hand")


def test_the_least_certain_turns_come_one_after_the_other(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page)
    least = page.get_by_role("button", name="Next least certain turn")
    seen = []
    for _ in range(3):
        least.click()
        seen.append(page.locator(".side .probability .number").first.inner_text())
    assert seen == sorted(seen)
    assert len(set(page.locator("#turn-title").all_inner_texts())) == 1


def test_search_and_filters_leave_what_matches(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page)
    page.get_by_label("Search", exact=True).fill("PARTY")
    expect(acts.turns(page)).to_have_count(1)
    expect(acts.turns(page).locator("mark")).to_have_text("party")
    expect(page.locator(".found")).to_contain_text("1 of 17 turns")
    page.get_by_role("button", name="Show all", exact=True).click()
    page.locator(".emotions .chip", has_text="joy").click()
    n_joy = acts.turns(page).count()
    assert 0 < n_joy < 17
    page.locator(".filter-bar").get_by_role("combobox", name="Speaker", exact=True).select_option("Dana")
    assert acts.turns(page).count() < n_joy
    page.get_by_role("button", name="Show all", exact=True).click()
    expect(acts.turns(page)).to_have_count(17)


def test_a_range_of_confidence_leaves_what_is_in_it_also_for_the_least_certain(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page)
    page.locator(".filter-bar").get_by_label("Confidence").select_option("80 % or more")
    expect(page.locator(".found")).to_contain_text("of 17 turns")
    shown = page.locator(".transcript .turn-emotion .number").all_inner_texts()
    assert 0 < len(shown) < 17
    assert all(int(text.removesuffix(" %")) >= 80 for text in shown)
    page.get_by_role("button", name="Next least certain turn").click()
    least = page.locator(".side .probability .number").first.inner_text()
    assert least in shown


def test_below_the_threshold_two_labels_are_named(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page)
    acts.settings(page)
    page.get_by_label("Minimum confidence").fill("100")
    expect(page.locator("#unsure-count")).to_contain_text("17 turns unsure")
    expect(acts.turn(page, 5)).to_contain_text(re.compile(r"unsure: anger or \w+"))
    page.get_by_role("button", name="Reset to 42 %").click()
    expect(acts.turn(page, 5)).not_to_contain_text("unsure")


def test_speakers_are_renamed_joined_and_split(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page, ("a.txt", "Ann: We won!\nBo: Oh no.\nAnna: So happy!\n"))
    names = page.locator(".speakers .speaker-name")
    expect(names).to_have_text(["Ann", "Bo", "Anna"])
    page.get_by_role("button", name="Rename Anna").click()
    page.get_by_label("New name of Anna").fill("Ann")
    page.get_by_role("button", name="Merge", exact=True).click()
    expect(names).to_have_text(["Ann", "Bo"])
    expect(acts.turn(page, 3).locator(".label-name")).to_be_visible()
    page.keyboard.press("Control+z")
    expect(names).to_have_text(["Ann", "Bo", "Anna"])
    acts.turn(page, 1).locator(".turn-text").click()
    page.locator(".change summary").click()
    page.locator(".change").get_by_label("Speaker").fill("Cy")
    page.get_by_role("button", name="Assign to this speaker").click()
    expect(names).to_have_text(["Cy", "Bo", "Anna"])


def test_why_names_words_and_turns(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page, ("a.txt", "Ann: We won!\nBo: I hate that you won.\n"))
    acts.turn(page, 2).locator(".turn-text").click()
    page.get_by_role("button", name="Why anger?").click()
    strongest = page.locator(".why .word", has_text="hate")
    expect(strongest.locator("sup")).to_have_text(re.compile(r"^\+\d+$"))
    expect(page.locator(".why")).to_contain_text("They do not add up")
    # After "We won!" that Bo hates it is less plainly anger.
    earlier = page.locator(".why-turns li")
    expect(earlier).to_have_count(1)
    expect(earlier).to_contain_text("Ann We won!")
    expect(earlier.locator(".number").last).to_have_text(re.compile(r"^−\d+$"))
    earlier.get_by_role("button").click()
    expect(page.locator("#turn-title")).to_have_text("Turn 1")


def test_equally_frequent_labels_are_all_named(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page, ("a.txt", "Ann: We won, I am so happy!\nAnn: You lied to me! Get out!\n"))
    expect(page.locator(".speakers li")).to_contain_text("equally often")


def test_words_of_other_scripts_run_their_own_way(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page, ("a.txt", "دانا: مرحبا\nBo: hi\n"))
    directions = [
        acts.turn(page, n).locator(".turn-text").evaluate("element => getComputedStyle(element).direction")
        for n in (1, 2)
    ]
    assert directions == ["rtl", "ltr"]
