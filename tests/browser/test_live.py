"""Live conversations: two pages, a long talk that stays readable, and turns that are changed."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import expect

OpenPage = Callable[..., Any]


def test_two_speakers_and_two_pages(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.begin_live(page, "call 17")
    expect(page.locator(".empty-state")).to_be_visible()
    for name, text in (("Dana", "We won!"), ("Eli", "That is disgusting, you liar!")):
        page.get_by_role("button", name="Add a speaker").click()
        page.get_by_label("Name of the new speaker").fill(name)
        page.keyboard.press("Enter")
        acts.say(page, text)
    expect(page.get_by_test_id("announcer")).to_have_text(re.compile(r"^Eli: .+, \d+ %"))
    # Speakers take turns by themselves.
    expect(page.get_by_role("radio", name="Dana")).to_be_checked()
    expect(page.locator(".turn-speaker")).to_have_text(["Dana", "Eli"])

    # Kept by the service: another page finds it by its address, with what was corrected.
    acts.turn(page, 2).press("6")
    expect(acts.turn(page, 2)).to_contain_text("by hand")
    other = open_page(address=page.url)
    expect(acts.turns(other)).to_have_count(2)
    expect(acts.turn(other, 2)).to_contain_text("by hand")
    # And what one writes, the other sees at once.
    acts.say(page, "I am so happy for you!")
    expect(acts.turns(other)).to_have_count(3)


@pytest.mark.parametrize(("width", "height"), [(1440, 900), (390, 844)])
def test_after_thirty_turns_the_talk_can_be_read(open_page: OpenPage, acts: Any, width: int, height: int):
    phone = {"has_touch": True, "is_mobile": True} if width < 500 else {}
    page = open_page(width, height, **phone)
    acts.begin_live(page)
    box = page.locator(".composer textarea")
    for number in range(30):
        box.fill(f"This is what I say as number {number}.")
        box.press("Enter")
    expect(acts.turn(page, 30).locator(".turn-emotion .label-name")).to_be_visible()
    composer = page.locator(".composer").bounding_box()
    read = [acts.turn(page, number).locator(".turn-text").bounding_box() for number in (30, 29, 28)]
    for words in read:
        assert words["y"] > 60
        assert words["y"] + words["height"] <= composer["y"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_turns_are_edited_and_deleted_in_place_and_other_pages_see_it(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.begin_live(page, "call 18")
    acts.say(page, "We won!")
    acts.say(page, "Oh no, not again.")
    acts.turn(page, 1).press("2")
    expect(acts.turn(page, 1)).to_contain_text("by hand")
    address = page.url.split("?")[0]
    other = open_page(address=address)
    expect(acts.turns(other)).to_have_count(2)
    acts.turn(page, 2).locator(".turn-text").click()
    page.locator(".change summary").click()
    page.get_by_label("Text", exact=True).last.fill("I am so happy!")
    page.get_by_role("button", name="Save text").click()
    for one in (page, other):
        expect(acts.turn(one, 2).locator(".turn-text")).to_have_text("I am so happy!")
        expect(acts.turn(one, 1)).to_contain_text("by hand")
    # One deletes the first turn; the second keeps its number, and what is said next gets a new one.
    acts.turn(page, 1).locator(".turn-text").click()
    page.locator(".change summary").click()
    page.get_by_role("button", name="Delete turn").click()
    for one in (page, other):
        expect(acts.turns(one)).to_have_count(1)
        expect(acts.turn(one, 2).locator(".turn-text")).to_have_text("I am so happy!")
    acts.say(other, "So am I.")
    expect(acts.turn(page, 3).locator(".turn-text")).to_have_text("So am I.")
    page.locator("#turn-title").click()
    page.keyboard.press("Control+z")
    for one in (page, other):
        expect(acts.turns(one)).to_have_count(3)
        # What a person said of it comes back too.
        expect(acts.turn(one, 1)).to_contain_text("by hand")
    page.keyboard.press("Control+z")
    for one in (page, other):
        expect(acts.turn(one, 2).locator(".turn-text")).to_have_text("Oh no, not again.")
    page.keyboard.press("Control+y")
    expect(acts.turn(other, 2).locator(".turn-text")).to_have_text("I am so happy!")
    assert page.url.split("?")[0] == address


def test_an_edited_live_talk_keeps_its_times_and_notes(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.begin_live(page, "call 20")
    acts.say(page, "We won!")
    page.wait_for_timeout(1200)
    acts.say(page, "Oh no, not again.")
    page.get_by_role("textbox", name="Notes").fill("Call back.")
    before = acts.export(page, "SRT")[1].decode()
    acts.turn(page, 1).locator(".turn-text").click()
    page.locator(".change summary").click()
    page.get_by_label("Text", exact=True).last.fill("I am so happy!")
    page.get_by_role("button", name="Save text").click()
    expect(acts.turn(page, 1).locator(".turn-text")).to_have_text("I am so happy!")
    expect(acts.turns(page).locator(".turn-emotion .label-name")).to_have_count(2)
    after = acts.export(page, "SRT")[1].decode()
    begins = [re.findall(r"(\S+) -->", text) for text in (before, after)]
    assert begins[0] == begins[1]
    assert begins[0][1] > "00:00:01"
    expect(page.get_by_role("textbox", name="Notes")).to_have_value("Call back.")
    # The service does not have the note, so leaving is asked about, and the browser cannot keep a live talk.
    page.get_by_role("button", name="New").click()
    acts.give(page, ("other.txt", "Ann: Hi\n"))
    dialog = page.get_by_role("dialog", name="Leave without saving?")
    expect(dialog.get_by_role("button")).to_have_text(["Cancel", "Leave"])
    dialog.get_by_role("button", name="Leave", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("other")


def test_a_key_is_asked_for_and_not_kept(open_page: OpenPage, acts: Any, service_with_key: tuple[str, str]):
    address, key = service_with_key
    page = open_page(address=address)
    dialog = page.get_by_role("dialog", name="This service requires an API key")
    field = dialog.get_by_role("textbox", name="API key")
    field.fill("wrong")
    field.press("Enter")
    expect(dialog.get_by_role("alert")).to_have_text("The key was not accepted.")
    field.fill(key)
    field.press("Enter")
    expect(dialog).to_be_hidden()
    acts.begin_live(page)
    acts.say(page, "We won!")
    assert key not in page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie])")
    assert key not in page.content()
