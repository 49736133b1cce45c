"""The timeline and its pictures, the wheel, and the table."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import expect

OpenPage = Callable[..., Any]


def test_the_timeline_by_keyboard(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page)
    acts.look(page, "Timeline")
    options = page.locator(".timeline [role=option]")
    expect(options).to_have_count(17)
    page.get_by_role("button", name="Zoom in").focus()
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_attribute("aria-label", re.compile(r"^Turn 1, Dana"))
    page.keyboard.press("ArrowRight")
    expect(page.locator(".tooltip")).to_contain_text("Turn 2")
    page.keyboard.press("Escape")
    expect(page.locator(".tooltip")).to_have_count(0)
    page.keyboard.press("ArrowUp")
    expect(page.locator("#turn-title")).to_have_text("Turn 1")
    page.keyboard.press("+")
    expect(page.locator(".zoom > span")).to_have_text(re.compile(r"^turns \d+–\d+ of 17$"))
    page.keyboard.press("0")
    expect(page.locator(".zoom > span")).to_have_text("17 turns")


def test_a_part_is_dragged_over_and_nothing_covers_it(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page)
    acts.look(page, "Timeline")
    box = page.locator("#timeline-plot").bounding_box()
    page.mouse.move(box["x"] + 500, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 900, box["y"] + 90, steps=5)
    page.mouse.up()
    zoomed = page.locator(".zoom > span")
    expect(zoomed).to_have_text(re.compile(r"^turns \d+–\d+ of 17$"))
    expect(page.locator(".tooltip")).to_have_count(0)
    before = zoomed.inner_text()
    page.get_by_role("slider", name="Last visible turn").press("ArrowRight")
    expect(zoomed).not_to_have_text(before)
    page.get_by_role("button", name="All", exact=True).click()
    expect(zoomed).to_have_text("17 turns")


def test_the_wheel_is_there_where_it_is_asked_for(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page, ("a.txt", "Ann: We won!\nBo: Oh no.\n"))
    acts.look(page, "Timeline")
    acts.settings(page)
    # Of seven basic emotions it would say no more than the bars.
    expect(page.get_by_role("checkbox", name="Feeling wheel")).to_have_count(0)
    page.locator(".label-controls select").select_option("goemotions")
    expect(page.locator(".legend")).to_contain_text("admiration")
    expect(page.locator(".wheel")).to_have_count(0)
    asks = page.get_by_role("checkbox", name="Feeling wheel")
    expect(asks).not_to_be_checked()
    asks.check()
    said = re.compile(r"feeling wheel.*\. on the wheel: \S+ \d", re.IGNORECASE)
    expect(page.get_by_role("img", name=said)).to_be_visible()


def test_speakers_are_compared_by_their_emotions(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page, ("a.txt", "Ann: We won, I am so happy!\nBo: You lied to me! Get out!\n"))
    acts.look(page, "Timeline")
    expect(page.locator(".compare thead th")).to_have_text(["Emotion", "Ann", "Bo"])
    for emotion, ann_has_more in (("joy", True), ("anger", False)):
        cells = page.locator(".compare tbody tr", has_text=emotion).locator("td .number")
        ann, bo = [int(text.strip("<").removesuffix(" %")) for text in cells.all_inner_texts()]
        assert (ann > bo) == ann_has_more


def test_a_label_has_one_swatch_in_the_legend(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page, ("a.txt", "Ann: We won!\nBo: Oh no.\n"))
    acts.look(page, "Timeline")
    labels = page.locator(".legend .badge:not(.empty)")
    expect(labels).to_have_count(7)
    expect(labels.locator("rect")).to_have_count(7)
    expect(labels.locator("text").first).to_have_css("paint-order", "stroke")


def test_the_table_says_what_the_words_say(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page, ("a.txt", "Ann: We won!\nBo: Oh no.\n"))
    acts.turn(page, 2).press("7")
    acts.look(page, "Table")
    rows = page.locator(".all-turns tbody tr")
    expect(rows).to_have_count(2)
    expect(rows.last.locator(".cell-emotion")).to_contain_text("by hand")
    expect(rows.last.locator(".cell-confidence")).to_be_empty()
    expect(rows.first.locator(".cell-emotion")).not_to_contain_text("%")
    rows.first.get_by_label("Correct turn 1 to").select_option("surprise")
    expect(rows.first.locator(".cell-emotion")).to_contain_text("surprise")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_plots_are_saved_as_pictures(open_page: OpenPage, acts: Any, scheme: str):
    page = open_page(color_scheme=scheme)
    acts.open(page, ("talk.txt", "Ann: We won!\nBo: Oh no.\n"))
    acts.settings(page)
    page.locator(".label-controls select").select_option("goemotions")
    page.get_by_role("checkbox", name="Feeling wheel").check()
    acts.look(page, "Timeline")
    for entry in ("Timeline", "Wheel"):
        name, svg = acts.export(page, f"{entry} as SVG")
        assert name == f"talk-{entry.lower()}.svg"
        text = svg.decode()
        assert text.startswith("<svg")
        assert " style=" not in text
        assert "<script" not in text
        assert "var(" not in text
        assert ("Ann" in text) == (entry == "Timeline")
        if entry == "Timeline":
            # One swatch for each of the 28 labels, with its pattern.
            assert len(re.findall(r'<rect[^>]* width="30" height="18"[^>]* fill="url\(#label-\d+\)"', text)) == 28
        _, png = acts.export(page, f"{entry} as PNG")
        assert png[:8] == b"\x89PNG\r\n\x1a\n"
        assert int.from_bytes(png[16:20], "big") > 900
