"""Files in the page: dropped, pasted, several, badly encoded, and with columns that have to be chosen."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import expect

OpenPage = Callable[..., Any]
LATIN = b"Ann: hi\nBo: caf\xe9\n"
WHATSAPP = """12/03/2024, 21:15 - Messages and calls are end-to-end encrypted. No one outside can read them.
12/03/2024, 21:15 - Ann: We won!
12/03/2024, 21:16 - Bo: <Media omitted>
12/03/2024, 21:17 - Bo: I can't believe it, wow!
"""


def test_a_dropped_file_becomes_a_conversation(open_page: OpenPage, acts: Any):
    page = open_page()
    text = (acts.examples / "support_chat.txt").read_text(encoding="utf-8")
    acts.drop(page, "support_chat.txt", text)
    expect(acts.turns(page)).to_have_count(17)
    expect(page.locator(".talk-title")).to_contain_text("labels: 7 basic emotions")
    expect(page.locator(".talk-title")).not_to_contain_text("meld")
    expect(acts.turn(page, 5)).to_have_attribute(
        "aria-label", re.compile(r"^Turn 5, Dana: .+, \d+ %\.( Shift from \w+\.)? Delivered\? To whom\?")
    )
    expect(page.locator(".emotions .chip").first).to_contain_text("neutral")
    expect(page.locator(".speakers > li")).to_have_count(2)
    acts.turn(page, 5).locator(".turn-text").click()
    expect(page.locator("#turn-title")).to_have_text("Turn 5")
    expect(page.locator(".side blockquote")).to_have_text("Delivered? To whom? I was at home all day and nobody rang!")


def test_pasted_text_is_read_like_a_file(open_page: OpenPage, acts: Any):
    page = open_page()
    page.get_by_role("textbox", name="Pasted conversation").fill("Ann: We won!\nBo: I can't believe it, wow!\n")
    page.get_by_role("button", name="Recognise emotions").click()
    expect(acts.turns(page)).to_have_count(2)
    expect(acts.turn(page, 1).locator(".turn-emotion")).to_contain_text("joy")


def test_what_is_left_out_is_said_above_the_result_and_read_in_another_encoding(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page, ("x.txt", LATIN))
    said = page.locator(".notice.warning")
    expect(said).to_contain_text("1 line of x.txt skipped")
    expect(said).to_contain_text("byte 0xE9")
    expect(said).not_to_contain_text("--")
    assert said.bounding_box()["y"] < page.locator(".transcript").bounding_box()["y"]
    said.get_by_label("Encoding").select_option("cp1252")
    said.get_by_role("button", name="Read again").click()
    expect(acts.turn(page, 2).locator(".turn-text")).to_have_text("café")
    expect(said).to_have_count(0)


def test_what_a_format_leaves_out_is_said_above_the_result(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page, ("WhatsApp Chat with Bo.txt", WHATSAPP), ("b.txt", "Ann: We won!\n"))
    told = page.locator(".import-notes")
    expect(told.locator("summary")).to_have_text("Import notes (2)")
    expect(told.get_by_text("1 message(s) with nothing but a file or sticker: left out")).to_be_visible()
    assert told.bounding_box()["y"] < page.locator(".overview-table").bounding_box()["y"]
    page.locator(".overview-table tbody th button").first.click()
    expect(told.get_by_text("left out").first).to_be_visible()
    assert told.bounding_box()["y"] < page.locator(".transcript").bounding_box()["y"]
    # Where everything is there, what was repaired is folded away.
    page.get_by_role("button", name="New").click()
    acts.open(page, ("c.csv", "speaker,text\nNaN,We won!\nBo,Oh no.\n"))
    expect(told.locator("li").first).to_be_hidden()
    expect(told.locator("summary")).to_be_visible()
    told.locator("summary").click()
    expect(told.get_by_text("1 speaker(s) that are a mark of no value")).to_be_visible()


def test_a_turn_that_was_not_read_to_its_end_is_told_above_the_result(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page, ("long.txt", f"Ann: {'word ' * 900}\nBo: Hello.\n"))
    told = page.locator(".notice.cut")
    expect(told).to_have_text("1 turn too long for the model: the end was cut off")
    assert told.bounding_box()["y"] < page.locator(".transcript").bounding_box()["y"]
    expect(page.locator(".import-notes")).to_have_count(0)


def test_turns_in_another_language_are_told_above_the_result(open_page: OpenPage, acts: Any):
    page = open_page()
    said = (
        "Non ci posso credere, abbiamo vinto la partita!",
        "Sono molto arrabbiata, mi avete mentito per tutto l'anno.",
    )
    acts.open(page, ("x.txt", f"Ann: {said[0]}\nBo: {said[1]}\nAnn: I am so happy that we won the game today.\n"))
    told = page.locator(".notice.languages")
    expect(told).to_contain_text("2 of 3 turns look like Italian; this model reads English")
    assert told.bounding_box()["y"] < page.locator(".transcript").bounding_box()["y"]
    expect(page.locator(".talk-title .limits")).to_contain_text("Reads English and treats it as everyday conversation.")
    page.locator("footer summary").click()
    expect(page.locator("footer")).to_contain_text("Agreement with people’s labels")
    expect(page.locator("footer")).not_to_contain_text("weighted f1")


def test_columns_are_chosen_where_they_cannot_be_guessed(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.give(page, ("x.csv", "wer,was\nAnn,We won!\n"))
    asks = page.get_by_role("alert").filter(has_text="x.csv cannot be read")
    expect(asks).to_contain_text("choose the column of the speaker")
    expect(asks).not_to_contain_text("--")
    # What closes it stands beside its first line, however high its choices are.
    first = asks.locator("strong").bounding_box()
    close = asks.get_by_role("button", name="Dismiss").bounding_box()
    assert close["y"] <= first["y"] + first["height"]
    asks.get_by_label("Speaker").select_option("wer")
    asks.get_by_label("Text").select_option("was")
    asks.get_by_role("button", name="Read again").click()
    expect(acts.turn(page, 1)).to_contain_text("We won!")
    expect(asks).to_have_count(0)


def test_tiers_of_speech_are_chosen(open_page: OpenPage, acts: Any):
    slots = "".join(f'<TIME_SLOT TIME_SLOT_ID="t{one}" TIME_VALUE="{one * 1000}"/>' for one in range(2))
    tiers = "".join(
        f'<TIER LINGUISTIC_TYPE_REF="d" TIER_ID="{name}"><ANNOTATION><ALIGNABLE_ANNOTATION ANNOTATION_ID="{name}1" '
        f'TIME_SLOT_REF1="t0" TIME_SLOT_REF2="t1"><ANNOTATION_VALUE>{said}</ANNOTATION_VALUE></ALIGNABLE_ANNOTATION>'
        "</ANNOTATION></TIER>"
        for name, said in (("Mia", "so happy"), ("Theo", "me too"))
    )
    content = (
        f"<ANNOTATION_DOCUMENT><TIME_ORDER>{slots}</TIME_ORDER>{tiers}"
        '<LINGUISTIC_TYPE LINGUISTIC_TYPE_ID="d"/></ANNOTATION_DOCUMENT>'
    )
    page = open_page()
    acts.open(page, ("x.eaf", content))
    expect(acts.turns(page)).to_have_count(2)
    acts.settings(page)
    page.locator("summary", has_text="How the file was read").click()
    page.get_by_label("Speech tiers").fill("Theo")
    page.get_by_role("button", name="Read again").click()
    expect(acts.turns(page)).to_have_count(1)
    expect(acts.turns(page)).to_contain_text("me too")


def test_a_phone_shows_every_column_of_several_files(open_page: OpenPage, acts: Any):
    page = open_page(390, 844)
    acts.open(page, ("a.txt", "Ann: We won, I am so happy!\n"), ("b.txt", "Bo: Hello.\nCy: You lied to me! Get out!\n"))
    rows = page.locator(".overview-table tbody tr")
    expect(rows).to_have_count(2)
    for cell in rows.first.locator("td").all():
        box = cell.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    page.get_by_role("button", name="Turns", exact=True).click()
    expect(rows.first).to_contain_text("2 speakers")


def test_several_files_are_a_table_from_which_one_is_opened(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(
        page, acts.examples / "support_chat.txt", acts.examples / "stand_up.csv", acts.examples / "family_dinner.jsonl"
    )
    names = page.locator(".overview-table tbody th button")
    expect(names).to_have_text(["support_chat", "stand-up", "sunday dinner"])
    page.get_by_role("button", name="Turns", exact=True).click()
    expect(names).to_have_text(["sunday dinner", "support_chat", "stand-up"])
    page.get_by_label("Search conversations").fill("stand")
    expect(names).to_have_count(1)
    names.first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("stand-up")
    page.get_by_role("button", name="All 3 conversations").click()
    expect(names).to_have_count(3)


def test_the_angriest_conversation_is_found_and_a_change_is_undone_in_the_table(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page, ("a.txt", "Ann: We won, I am so happy!\n"), ("b.txt", "Bo: Hello.\nCy: You lied to me! Get out!\n"))
    names = page.locator(".overview-table tbody th button")
    page.get_by_label("Order").select_option("anger")
    expect(names).to_have_text(["b", "a"])
    strongest = page.locator(".overview-table tbody tr").first.locator("td").last.get_by_role("button")
    expect(strongest).to_have_text(re.compile(r"^\d+ %$"))
    strongest.click()
    expect(page.locator("#turn-title")).to_have_text("Turn 2")
    acts.turn(page, 2).press("4")
    expect(acts.turn(page, 2)).to_contain_text("by hand")
    page.get_by_role("button", name="All 2 conversations").click()
    expect(page.locator(".overview-table")).to_contain_text("1 corrected")
    page.keyboard.press("Control+z")
    expect(page.locator(".overview-table")).not_to_contain_text("corrected")


def test_the_settings_of_one_file_end_with_it(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page, ("a.txt", "Ann: We won!\n"))
    acts.settings(page)
    page.get_by_label("Minimum confidence").fill("100")
    page.locator(".label-controls select").select_option("emorynlp")
    expect(page.locator("#settings")).to_contain_text("less well calibrated")
    page.get_by_role("button", name="New").click()
    acts.open(page, ("b.txt", "Ann: We won!\n"))
    expect(page.get_by_label("Minimum confidence")).to_have_value("42")
    expect(page.locator(".label-controls select")).to_have_value("")


def test_corrections_come_back_with_the_labels_that_they_were_in(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page, ("a.txt", "Ann: We won!\nBo: Oh no.\n"))
    acts.turn(page, 2).press("7")
    expect(acts.turn(page, 2)).to_contain_text("by hand")
    before = acts.turns(page).locator(".turn-mood").all_inner_texts()
    acts.settings(page)
    page.locator(".label-controls select").select_option("emorynlp")
    removed = page.locator(".notice.note")
    expect(removed).to_contain_text("1 correction removed: not in these labels")
    expect(removed).to_contain_text("Undo brings them back.")
    expect(page.locator(".by-hand")).to_have_count(0)
    page.get_by_role("button", name="Undo: Emotions").click()
    expect(acts.turns(page).locator(".turn-mood")).to_have_text(before, use_inner_text=True)
    expect(page.locator(".label-controls select")).to_have_value("")
    expect(removed).to_have_count(0)
    page.get_by_role("button", name="Redo: Emotions").click()
    expect(removed).to_contain_text("1 correction removed")
    expect(page.locator(".talk-title")).to_contain_text("7 emotions from the feeling wheel")


def test_own_labels_are_asked_for(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page, ("a.txt", "Ann: We won!\n"))
    acts.settings(page)
    page.locator(".label-controls select").select_option("own")
    page.get_by_label("Your words").fill("glad, gloomy, afraid")
    page.get_by_role("button", name="Use", exact=True).click()
    expect(page.locator(".probabilities")).to_contain_text("gloomy")


def test_a_long_turn_is_folded_and_a_stopped_file_keeps_what_is_done(open_page: OpenPage, acts: Any):
    page = open_page()
    long = "word " * 3200
    lines = f"Ann: {long}\n" + "".join(f"{'Ann' if n % 3 else 'Bo'}: turn number {n} is here\n" for n in range(800))
    answered = []
    page.on("response", lambda response: answered.append(1) if "/v1/recognize" in response.url else None)
    page.locator(".picture .turn").first.wait_for()
    answered.clear()
    acts.give(page, ("long.txt", lines))
    page.locator(".turn-emotion .label-name").first.wait_for()
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".notice.note")).to_contain_text("Stopped:")
    assert acts.turn(page, 1).bounding_box()["height"] < 500
    acts.turn(page, 1).get_by_role("button", name="Show the full turn").click()
    assert acts.turn(page, 1).bounding_box()["height"] > 1000
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(".work")).to_have_count(0, timeout=60_000)
    assert page.evaluate("document.querySelectorAll('*').length") < 6000
    acts.turn(page, 1).press("End")
    expect(acts.turn(page, 801)).to_be_in_viewport()
    expect(acts.turn(page, 801)).to_contain_text("turn number 799 is here")


def test_a_busy_service_is_asked_again(open_page: OpenPage, acts: Any):
    page = open_page()
    page.locator(".picture .turn").first.wait_for()
    answers = iter([{"status": 429, "headers": {"Retry-After": "1"}, "json": {"code": "queue_full", "detail": "busy"}}])

    def answer(route: Any) -> None:
        refusal = next(answers, None)
        route.continue_() if refusal is None else route.fulfill(**refusal)

    page.route("**/v1/recognize", answer)
    acts.give(page, acts.examples / "support_chat.txt")
    expect(page.locator(".work")).to_contain_text("The service is busy; trying again in 1 s")
    expect(acts.turn(page, 17).locator(".label-name")).to_be_visible()
    expect(page.locator(".work")).to_have_count(0)
