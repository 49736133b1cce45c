"""Addresses, keeping, and leaving: nothing is lost without a question, and nothing is kept unless it is asked for."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import expect

OpenPage = Callable[..., Any]
TALK = ("talk.txt", "Ann: We won!\nBo: Oh no, not again.\n")


def test_a_kept_conversation_comes_back_with_what_was_put_right(open_page: OpenPage, acts: Any, service: str):
    page = open_page()
    acts.open(page, TALK)
    acts.turn(page, 2).press("7")
    page.locator("summary", has_text="Save").click()
    page.get_by_role("button", name="Save for 7 days").click()
    expect(page.locator("summary", has_text="Saved")).to_be_visible()
    # A change after that is kept too.
    acts.turn(page, 1).press("2")
    page.wait_for_timeout(800)
    address = page.url
    assert "#/talk/" in address
    page.reload()
    expect(acts.turns(page).locator(".by-hand")).to_have_count(2)
    assert page.url == address

    page.goto(service)
    # The service that other tests used has sessions of theirs in the list.
    entry = page.locator(".kept-entry", has_text="talk.txt")
    expect(entry).to_contain_text("in this browser")
    expect(entry).to_contain_text("2 turns")
    expect(entry).to_contain_text("until")
    kept_on = page.evaluate("new Date().toLocaleDateString('en', { dateStyle: 'medium' })")
    expect(entry).to_contain_text(re.compile(rf" · {re.escape(kept_on)} · 2 turns · \d+ kB · "))
    entry.get_by_role("button", name="talk.txt", exact=True).click()
    expect(acts.turns(page).locator(".by-hand")).to_have_count(2)
    page.go_back()
    page.once("dialog", lambda dialog: dialog.accept())
    entry.get_by_role("button", name="Delete talk.txt").click()
    expect(entry).to_have_count(0)
    # Nothing that waited to be written brings it back.
    page.wait_for_timeout(800)
    page.reload()
    page.get_by_role("heading", level=1).wait_for()
    page.wait_for_timeout(300)
    expect(entry).to_have_count(0)


def test_without_being_told_nothing_is_kept_and_the_address_says_so(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page, TALK)
    page.get_by_label("Dark").check(force=True)
    kept = page.evaluate(
        """async () => JSON.stringify([localStorage, sessionStorage, document.cookie,
            await Promise.all((await indexedDB.databases()).map(({ name }) => new Promise((resolve) => {
                indexedDB.open(name).onsuccess = ({ target }) => {
                    const all = target.result.transaction('talks').objectStore('talks').getAll();
                    all.onsuccess = () => resolve(all.result);
                };
            })))])"""
    )
    assert "dark" in kept
    assert "won" not in kept
    assert "Ann" not in kept
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("was not saved")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_leaving_with_corrections_is_asked_about(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page, TALK)
    acts.turn(page, 2).press("7")
    expect(page.locator(".by-hand")).to_have_count(1)
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.accept()

    # Another file would take its place.
    page.get_by_role("button", name="New").click()
    acts.give(page, ("other.txt", "Ann: Hi\n"))
    dialog = page.get_by_role("dialog", name="Leave without saving?")
    dialog.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Back to talk.txt").click()
    expect(page.locator(".by-hand")).to_have_count(1)
    # So would another address.
    page.once("dialog", stay)
    page.reload()
    assert asked == ["beforeunload"]


def test_a_note_is_not_forgotten_where_a_correction_was_undone(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page, TALK)
    page.get_by_role("textbox", name="Notes").fill("Call back.")
    acts.turn(page, 2).press("7")
    expect(page.locator(".by-hand")).to_have_count(1)
    page.get_by_role("button", name=re.compile("^Undo: ")).click()
    expect(page.locator(".by-hand")).to_have_count(0)
    page.get_by_role("button", name="New").click()
    acts.give(page, ("other.txt", "Ann: Hi\n"))
    dialog = page.get_by_role("dialog", name="Leave without saving?")
    dialog.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Back to talk.txt").click()
    expect(page.get_by_role("textbox", name="Notes")).to_have_value("Call back.")
    # A note is a change as any other.
    page.get_by_role("button", name="Undo: Notes").click()
    expect(page.get_by_role("textbox", name="Notes")).to_have_value("")


def test_a_kept_file_still_says_what_was_left_out(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page, ("x.txt", b"Ann: hi\nBo: caf\xe9\n"))
    acts.keep(page)
    page.reload()
    said = page.locator(".notice.warning")
    expect(said).to_contain_text("1 line of x.txt skipped")
    said.get_by_label("Encoding").select_option("cp1252")
    said.get_by_role("button", name="Read again").click()
    expect(acts.turn(page, 2).locator(".turn-text")).to_have_text("café")
    expect(said).to_have_count(0)


def test_what_was_kept_half_recognised_goes_on(open_page: OpenPage, acts: Any):
    page = open_page()
    page.locator(".picture .turn").first.wait_for()
    page.route("**/v1/recognize", lambda route: route.fulfill(status=500, json={"code": "broken", "detail": "no"}))
    acts.give(page, TALK)
    expect(page.locator(".notice.problem")).to_contain_text("could not be recognised")
    acts.keep(page)
    page.unroute("**/v1/recognize")
    page.reload()
    notice = page.locator(".notice.note", has_text="Some turns had not been recognised when it was saved.")
    notice.get_by_role("button", name="Continue").click()
    expect(acts.turns(page).locator(".turn-emotion .label-name")).to_have_count(2)
    expect(notice).to_have_count(0)


def test_a_stale_address_takes_nothing_away(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page, TALK)
    acts.turn(page, 2).press("7")
    expect(page.locator(".by-hand")).to_have_count(1)
    page.evaluate("location.hash = '#/talk/ffff'")
    expect(page.get_by_role("alert")).to_contain_text("was not saved")
    page.get_by_role("button", name="Back to talk.txt").click()
    expect(page.locator(".by-hand")).to_have_count(1)
    page.keyboard.press("Control+z")
    expect(page.locator(".by-hand")).to_have_count(0)
    # Nor from a live talk its session.
    page.get_by_role("button", name="New").click()
    acts.begin_live(page, "call 19")
    acts.say(page, "We won!")
    page.evaluate("location.hash = '#/talk/ffff'")
    page.get_by_role("button", name="Back to call 19").click()
    acts.say(page, "I am so happy for you!")
    expect(acts.turns(page)).to_have_count(2)


def test_back_and_forward_go_between_views(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page, acts.examples / "support_chat.txt", acts.examples / "stand_up.csv")
    page.locator(".overview-table tbody th button").last.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("stand-up")
    acts.turn(page, 3).locator(".turn-text").click()
    assert page.url.endswith("/2?turn=3")
    page.go_back()
    expect(page.locator(".overview-table")).to_be_visible()
    page.go_back()
    expect(page.locator(".hero")).to_be_visible()
    page.go_forward()
    page.go_forward()
    expect(page.get_by_role("heading", level=1)).to_have_text("stand-up")
    expect(page.locator("#turn-title")).to_have_text("Turn 3")
