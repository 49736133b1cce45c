"""A new user's walk: drop a file, find the angriest turn, correct it, undo, share a report, come back tomorrow."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import expect

OpenPage = Callable[..., Any]
DAY_MS = 86_400_000


def test_a_new_users_walk_has_no_dead_end(open_page: OpenPage, acts: Any):
    page = open_page()
    page.get_by_role("button", name="Look at this example").click()
    expect(page.locator(".work")).to_have_count(0)

    page.locator(".emotions .chip", has_text="anger").click()
    angry = acts.turns(page).first
    angry.locator(".turn-text").click()
    expect(page.locator(".side .verdict")).to_contain_text("anger")

    page.locator(".side .probability", has_text="sadness").click()
    page.get_by_role("button", name="Show all", exact=True).click()
    expect(page.locator(".by-hand")).to_have_count(1)
    page.keyboard.press("Control+z")
    expect(page.locator(".by-hand")).to_have_count(0)
    page.keyboard.press("Control+y")
    expect(page.locator(".by-hand")).to_have_count(1)

    page.locator("summary", has_text="Export").click()
    page.get_by_role("button", name="Report to share").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save report").click()
    assert "by hand" in Path(waiting.value.path()).read_text(encoding="utf-8")

    page.locator("summary", has_text="Keep").click()
    page.get_by_role("button", name="Keep for 7 days").click()
    address = page.url
    # Tomorrow.
    page.clock.install()
    page.clock.fast_forward(DAY_MS)
    page.goto("about:blank")
    page.goto(address)
    expect(page.locator(".by-hand")).to_have_count(1)
