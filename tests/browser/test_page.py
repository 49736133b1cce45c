"""The page in a real browser: files, live turns, corrections, exports, keyboard, phones, and what it may not do."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import expect

EXAMPLES = Path(__file__).parents[2] / "examples"
TIMED = """WEBVTT

00:00:01.000 --> 00:00:02.500
<v Ann>We won & <i>how</i>!

00:00:03.000 --> 00:00:04.500
<v.emotion-surprise Bo>I can't believe it, wow!

00:00:05.000 --> 00:00:07.500
<v Ann>Please don't open that door, I'm scared.
"""
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OpenPage = Callable[..., Any]


def open_file(page: Any, path: Path | None = None, *, name: str = "talk.vtt", text: str = TIMED) -> None:
    """Gives the page a file, and waits for its answers."""
    file = path or {"name": name, "mimeType": "text/plain", "buffer": text.encode()}
    page.locator("input[type=file]").set_input_files(file)
    expect(page.locator(".cell-emotion .label-name").first).to_be_visible()


def begin_live(page: Any, title: str = "") -> None:
    page.get_by_placeholder("Title (optional)").fill(title)
    page.get_by_role("button", name="Begin").click()
    expect(page.locator("#composer-note")).to_contain_text("Enter sends")


def say(page: Any, text: str) -> None:
    box = page.locator(".composer textarea")
    box.fill(text)
    box.press("Enter")
    expect(rows(page).filter(has_text=text).locator(".label-name").first).to_be_visible()


def rows(page: Any) -> Any:
    return page.locator(".all-turns tbody tr")


def options(page: Any) -> Any:
    """Returns the turns of the timeline."""
    return page.locator(".timeline [role=option]")


def export(page: Any, name: str) -> tuple[str, bytes]:
    """Returns the name and the bytes of what an entry of the export menu gives."""
    page.locator("summary", has_text="Export").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name=name).click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def test_a_dropped_file_becomes_a_timeline(open_page: OpenPage):
    page = open_page()
    text = (EXAMPLES / "support_chat.txt").read_text(encoding="utf-8")
    page.evaluate(
        """([name, text]) => {
            const data = new DataTransfer();
            data.items.add(new File([text], name));
            for (const type of ['dragenter', 'dragover', 'drop'])
                document.body.dispatchEvent(
                    new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
        }""",
        ["support_chat.txt", text],
    )
    turns = options(page)
    expect(turns).to_have_count(17)
    expect(turns.nth(4)).to_have_attribute(
        "aria-label", re.compile(r"^Turn 5, Dana: \w+, \d+ %\.( Shift from \w+\.)? Delivered\? To whom\?")
    )
    expect(page.locator(".lane .speaker")).to_have_text(["DanaDana", "Marco (support)Marco (support)"])
    expect(page.locator(".legend li").first).to_contain_text("neutral")
    expect(page.get_by_role("img", name=re.compile("feeling wheel.*Lit: ", re.IGNORECASE))).to_be_visible()
    expect(page.locator(".speakers > li")).to_have_count(2)
    expect(rows(page)).to_have_count(17)
    turns.nth(4).click()
    expect(page.locator("#turn-title")).to_have_text("Turn 5")
    expect(page.locator(".turn-panel blockquote")).to_have_text(
        "Delivered? To whom? I was at home all day and nobody rang!"
    )


def test_pasted_text_is_read_like_a_file(open_page: OpenPage):
    page = open_page()
    page.get_by_role("textbox", name="Conversation").fill("Ann: We won!\nBo: I can't believe it, wow!\n")
    page.get_by_role("button", name="Recognise").click()
    expect(rows(page)).to_have_count(2)
    expect(rows(page).first.locator(".cell-emotion")).to_contain_text("joy")


def test_a_bad_file_is_explained_and_keeps_nothing_from_the_next(open_page: OpenPage):
    page = open_page()
    file = {"name": "x.vtt", "mimeType": "text/plain", "buffer": b"no subtitles"}
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_role("alert")).to_contain_text("x.vtt cannot be read")
    expect(page.get_by_role("alert")).to_contain_text("x.vtt:1")
    open_file(page)
    expect(page.get_by_role("alert")).to_be_empty()


def test_least_confidence_leaves_turns_unsure(open_page: OpenPage):
    page = open_page()
    open_file(page, EXAMPLES / "support_chat.txt")
    page.get_by_label("Least confidence").fill("100")
    expect(page.locator("#unsure-count")).to_have_text("17 turns unsure")
    expect(rows(page).first.locator(".cell-emotion")).to_contain_text("unsure")
    expect(page.locator("#shifts-title + span")).to_have_text("0")


def test_label_sets_are_asked_for(open_page: OpenPage):
    page = open_page()
    open_file(page)
    page.get_by_label("Label set").select_option("emorynlp")
    expect(page.locator(".legend")).to_contain_text("peaceful")
    page.get_by_label("Label set").select_option("own")
    page.get_by_label("Your words").fill("glad, gloomy, afraid")
    page.get_by_role("button", name="Use", exact=True).click()
    expect(page.locator(".legend")).to_contain_text("gloomy")
    expect(page.locator(".plot-badge.empty")).to_have_count(0)


def test_two_speakers_live(open_page: OpenPage):
    page = open_page()
    begin_live(page, "call 17")
    expect(page.locator(".empty-state")).to_be_visible()
    page.get_by_role("button", name="Speaker", exact=True).click()
    page.get_by_label("Name of the new speaker").fill("Dana")
    page.keyboard.press("Enter")
    say(page, "We won!")
    page.get_by_role("button", name="Speaker", exact=True).click()
    page.get_by_label("Name of the new speaker").fill("Eli")
    page.keyboard.press("Enter")
    say(page, "That is disgusting, you liar!")
    expect(page.get_by_test_id("announcer")).to_have_text(re.compile(r"^Eli: \w+, \d+ %"))
    # Speakers take turns by themselves.
    expect(page.get_by_role("radio", name="Dana")).to_be_checked()
    expect(page.locator(".cell-speaker")).to_have_text(["Dana", "Eli"])

    # Kept by the service: another page finds it, with what was corrected.
    page.get_by_label("Correct turn 2 to").last.select_option("disgust")
    other = open_page()
    other.get_by_role("button", name="call 17", exact=True).first.click()
    expect(rows(other)).to_have_count(2)
    expect(rows(other).last.locator(".cell-emotion")).to_contain_text("disgust by hand")
    # And what one writes, the other sees at once.
    say(page, "I am so happy for you!")
    expect(rows(other)).to_have_count(3)


def test_a_correction_goes_into_plots_and_exports(open_page: OpenPage):
    page = open_page()
    open_file(page)
    page.locator(".turn-panel").get_by_label("Correct turn 1 to").select_option("anger")
    expect(page.locator(".turn-panel .verdict")).to_contain_text("corrected by hand")
    expect(page.locator(".plot-badge .corrected")).to_have_count(1)

    name, jsonl = export(page, "JSONL")
    assert name == "talk-emotions.jsonl"
    lines = [json.loads(line) for line in jsonl.decode().splitlines()]
    assert (lines[0]["emotion"], lines[0]["corrected"]) == ("anger", True)
    assert lines[0]["model_emotion"] != "anger"
    assert lines[1]["gold"] == "surprise"
    assert sum(lines[2]["probabilities"].values()) == pytest.approx(1, abs=1e-5)

    table = list(csv.DictReader(io.StringIO(export(page, "CSV")[1].decode())))
    assert [row["emotion"] for row in table] == [line["emotion"] for line in lines]
    assert {"p_neutral", "p_anger"} <= set(table[0])


def test_subtitles_are_read_back_by_the_package(open_page: OpenPage, tmp_path: Path):
    from instructerc.formats import read_conversations

    page = open_page()
    open_file(page)
    page.locator(".turn-panel").get_by_label("Correct turn 1 to").select_option("anger")
    for entry in ("WebVTT", "SRT"):
        name, content = export(page, entry)
        (tmp_path / name).write_bytes(content)
        [talk] = read_conversations(tmp_path / name)
        assert [turn.speaker for turn in talk.utterances] == ["Ann", "Bo", "Ann"]
        assert [turn.start for turn in talk.utterances] == [1.0, 3.0, 5.0]
        assert talk.utterances[0].emotion == "anger"
        assert talk.utterances[0].text == "We won & how!"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_plots_are_saved_as_pictures(open_page: OpenPage, scheme: str):
    page = open_page(color_scheme=scheme)
    open_file(page)
    for entry in ("Timeline", "Wheel"):
        name, svg = export(page, f"{entry} as SVG")
        assert name == f"talk-{entry.lower()}.svg"
        text = svg.decode()
        assert text.startswith("<svg")
        assert " style=" not in text
        assert "<script" not in text
        assert "var(" not in text
        assert ("Ann" in text) == (entry == "Timeline")
        _, png = export(page, f"{entry} as PNG")
        assert png[:8] == b"\x89PNG\r\n\x1a\n"
        assert int.from_bytes(png[16:20], "big") > 900


def test_everything_by_keyboard(open_page: OpenPage):
    page = open_page()
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("Skip to the conversation")
    page.get_by_role("button", name="A support chat").focus()
    page.keyboard.press("Enter")
    expect(options(page)).to_have_count(17)
    expect(page.locator(".plot-badge.empty")).to_have_count(0)

    # One stop in the tab order; arrows go on from there.
    assert page.locator('[role=option][tabindex="0"]').count() == 1
    page.get_by_role("button", name="Zoom in").focus()
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_attribute("aria-label", re.compile(r"^Turn 1, Dana"))
    page.keyboard.press("ArrowRight")
    expect(page.locator(":focus")).to_have_attribute("aria-label", re.compile(r"^Turn 2, Marco"))
    expect(page.locator(".tooltip")).to_contain_text("turn 2")
    page.keyboard.press("Escape")
    expect(page.locator(".tooltip")).to_have_count(0)
    page.keyboard.press("ArrowUp")
    expect(page.locator("#turn-title")).to_have_text("Turn 1")
    page.keyboard.press("End")
    expect(page.locator("#turn-title")).to_have_text("Turn 17")
    page.keyboard.press("Home")
    page.keyboard.press("s")
    expect(page.locator(":focus")).to_have_attribute("aria-label", re.compile("Shift from"))
    page.keyboard.press("+")
    expect(page.locator(".zoom > span")).to_have_text(re.compile(r"^turns \d+–\d+ of 17$"))
    page.keyboard.press("0")
    expect(page.locator(".zoom > span")).to_have_text("all 17 turns")

    page.locator("summary", has_text="Export").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("button", name="JSONL")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="JSONL")).to_be_hidden()
    page.get_by_label("Dark").focus()
    page.keyboard.press("Space")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_a_part_is_zoomed_into_with_the_pointer(open_page: OpenPage):
    page = open_page()
    open_file(page, EXAMPLES / "support_chat.txt")
    box = page.locator("#timeline-plot").bounding_box()
    page.mouse.move(box["x"] + 500, box["y"] + 60)
    page.mouse.down()
    page.mouse.move(box["x"] + 900, box["y"] + 90, steps=5)
    page.mouse.up()
    zoomed = page.locator(".zoom > span")
    expect(zoomed).to_have_text(re.compile(r"^turns \d+–\d+ of 17$"))
    before = zoomed.inner_text()
    page.get_by_role("slider", name="Last turn in view").press("ArrowRight")
    expect(zoomed).not_to_have_text(before)
    page.get_by_role("button", name="All", exact=True).click()
    expect(zoomed).to_have_text("all 17 turns")


@pytest.mark.parametrize("width", [320, 360])
def test_a_phone_shows_everything_in_its_width(open_page: OpenPage, width: int):
    page = open_page(width, 740, has_touch=True, is_mobile=True)
    for step in (lambda: None, lambda: open_file(page, EXAMPLES / "family_dinner.jsonl")):
        step()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    options(page).nth(6).tap()
    expect(page.locator("#turn-title")).to_have_text("Turn 7")
    page.get_by_role("button", name="New").click()
    begin_live(page)
    say(page, "We won!")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_long_conversations_stay_light(open_page: OpenPage):
    page = open_page()
    lines = "".join(f"{'Ann' if turn % 3 else 'Bo'}: turn number {turn} is here\n" for turn in range(1200))
    page.set_default_timeout(60_000)
    page.locator("input[type=file]").set_input_files(
        {"name": "long.txt", "mimeType": "text/plain", "buffer": lines.encode()}
    )
    expect(page.locator(".work")).to_have_count(0, timeout=60_000)
    expect(rows(page)).to_have_count(100)
    expect(page.get_by_text("zoom in to see turns and shifts")).to_be_visible()
    assert page.evaluate("document.querySelectorAll('*').length") < 6000
    page.get_by_role("button", name="Later", exact=True).click()
    expect(rows(page).first).to_contain_text("turn number 100 is here")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1440, 360])
def test_axe_finds_nothing(open_page: OpenPage, axe: str, scheme: str, width: int):
    # The policy is left out here alone, since axe-core is a script from elsewhere.
    page = open_page(width, 800, color_scheme=scheme, bypass_csp=True, reduced_motion="reduce")

    def check(view: str) -> None:
        page.evaluate(axe)
        found = page.evaluate("rules => axe.run(document, { runOnly: rules })", AXE_RULES)
        faults = [
            f"{view}: {fault['id']}: {node['html'][:200]}: {node['failureSummary']}"
            for fault in found["violations"]
            for node in fault["nodes"]
        ]
        assert not faults, "\n".join(faults)

    check("start")
    open_file(page, EXAMPLES / "family_dinner.jsonl")
    check("plots")
    page.get_by_label("Least confidence").fill("50")
    page.get_by_label("Valence and arousal").check()
    page.locator('[role=option][tabindex="0"]').focus()
    page.keyboard.press("ArrowRight")
    check("unsure turns, a tooltip, valence and arousal")
    page.locator("summary", has_text="Export").click()
    check("export menu")
    page.keyboard.press("Escape")
    page.get_by_label("Label set").select_option("own")
    page.get_by_role("button", name="Use", exact=True).click()
    check("a fault in a field")
    page.get_by_label("Label set").select_option("goemotions")
    expect(page.locator(".legend")).to_contain_text("admiration")
    check("28 labels")
    page.get_by_role("button", name="New").click()
    page.locator("input[type=file]").set_input_files({"name": "x.vtt", "mimeType": "text/plain", "buffer": b"none"})
    expect(page.get_by_role("alert")).to_contain_text("cannot be read")
    check("an error")
    begin_live(page)
    check("live, empty")
    say(page, "We won!")
    check("live")
    page.evaluate("document.querySelector('dialog').showModal()")
    check("the question for a key")


def test_a_busy_service_is_asked_again(open_page: OpenPage):
    page = open_page()
    answers = iter([{"status": 429, "headers": {"Retry-After": "1"}, "json": {"code": "queue_full", "detail": "busy"}}])

    def answer(route: Any) -> None:
        refusal = next(answers, None)
        route.continue_() if refusal is None else route.fulfill(**refusal)

    page.route("**/v1/recognize", answer)
    page.locator("input[type=file]").set_input_files(EXAMPLES / "support_chat.txt")
    expect(page.locator(".work")).to_contain_text("The service is busy; it is asked again in 1 s")
    expect(page.locator(".plot-badge.empty")).to_have_count(0)
    expect(page.locator(".work")).to_have_count(0)


def test_a_key_is_asked_for_and_not_kept(open_page: OpenPage, service_with_key: tuple[str, str]):
    address, key = service_with_key
    page = open_page(address=address)
    dialog = page.get_by_role("dialog", name="This service asks for a key")
    field = dialog.get_by_role("textbox", name="Key")
    field.fill("wrong")
    field.press("Enter")
    expect(dialog.get_by_role("alert")).to_have_text("The key was not taken.")
    field.fill(key)
    field.press("Enter")
    expect(dialog).to_be_hidden()
    begin_live(page)
    say(page, "We won!")
    assert key not in page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie])")
    assert key not in page.content()


def test_the_policy_is_kept_and_nothing_leaves(open_page: OpenPage, service: str):
    page = open_page()
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    page.on("websocket", lambda socket: addresses.append(socket.url.replace("ws:", "http:")))
    page.add_init_script(
        "window.broken = [];"
        "document.addEventListener('securitypolicyviolation',"
        " (event) => broken.push(`${event.violatedDirective} ${event.blockedURI}`))"
    )
    policy = page.reload().headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    open_file(page)
    options(page).nth(1).hover()
    page.get_by_label("Valence and arousal").check()
    for entry in ("JSONL", "Timeline as SVG", "Timeline as PNG", "Wheel as PNG"):
        export(page, entry)
    page.get_by_role("button", name="New").click()
    begin_live(page)
    say(page, "We won!")
    assert page.evaluate("broken") == []
    outside = [address for address in addresses if not address.startswith((service, "blob:", "data:"))]
    assert outside == []
    assert any("/stream" in address for address in addresses)


def test_the_browser_keeps_settings_and_no_text(open_page: OpenPage):
    page = open_page()
    open_file(page)
    page.get_by_label("Dark").check(force=True)
    kept = page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie])")
    assert "dark" in kept
    assert "won" not in kept
    assert "Ann" not in kept
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
