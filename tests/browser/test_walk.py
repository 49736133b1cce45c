"""A new user's walk: drop a file, find the angriest turn, correct it, undo, share a report, come back tomorrow."""

from __future__ import annotations

import json
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
    acts.drop(page, "call.txt", (acts.examples / "support_chat.txt").read_text(encoding="utf-8"))
    expect(acts.turns(page)).to_have_count(17)
    expect(page.locator(".work")).to_have_count(0)

    page.locator(".filter-bar").get_by_label("Order").select_option("anger")
    lines = [json.loads(line) for line in acts.export(page, "JSONL")[1].decode().splitlines()]
    angriest = max(lines, key=lambda line: line["probabilities"]["anger"])
    expect(acts.turns(page).first).to_have_attribute("data-turn", str(angriest["turn"]))
    expect(page.locator("#turn-title")).to_have_text(f"Turn {angriest['turn']}")
    expect(page.locator(".side .verdict")).to_contain_text("anger")

    page.locator(".side .probability", has_text="sadness").click()
    page.get_by_role("button", name="Show all", exact=True).click()
    expect(page.locator(".by-hand")).to_have_count(1)
    page.keyboard.press("Control+z")
    expect(page.locator(".by-hand")).to_have_count(0)
    page.keyboard.press("Control+y")
    expect(page.locator(".by-hand")).to_have_count(1)

    page.locator("summary", has_text="Export").click()
    page.get_by_role("button", name="Shareable report").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save report").click()
    assert "by hand" in Path(waiting.value.path()).read_text(encoding="utf-8")

    acts.keep(page)
    address = page.url
    # Tomorrow.
    page.clock.install()
    page.clock.fast_forward(DAY_MS)
    page.goto("about:blank")
    page.goto(address)
    expect(page.locator(".by-hand")).to_have_count(1)
