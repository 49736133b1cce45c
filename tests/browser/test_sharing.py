"""What is taken away: files, subtitles, a report; and sound that plays in step."""

from __future__ import annotations

import csv
import io
import json
import wave
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import expect

OpenPage = Callable[..., Any]
TIMED = """WEBVTT

00:00:01.000 --> 00:00:02.500
<v Ann>We won & <i>how</i>!

00:00:03.000 --> 00:00:04.500
<v.emotion-surprise Bo>I can't believe it, wow!

00:00:05.000 --> 00:00:07.500
<v Ann>Please don't open that door, I'm scared.
"""


def test_a_correction_goes_into_exports(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page, ("talk.vtt", TIMED))
    acts.turn(page, 1).press("7")
    name, jsonl = acts.export(page, "JSONL")
    assert name == "talk-emotions.jsonl"
    lines = [json.loads(line) for line in jsonl.decode().splitlines()]
    assert (lines[0]["emotion"], lines[0]["corrected"]) == ("anger", True)
    assert lines[0]["model_emotion"] != "anger"
    assert lines[1]["gold"] == "surprise"
    assert sum(lines[2]["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    raw = acts.export(page, "CSV")[1]
    # Excel reads it as UTF-8 only with the mark.
    assert raw.startswith(b"\xef\xbb\xbf")
    table = list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"))))
    assert [row["emotion"] for row in table] == [line["emotion"] or "" for line in lines]
    assert {"p_neutral", "p_anger"} <= set(table[0])


def test_subtitles_are_read_back_by_the_package(open_page: OpenPage, acts: Any, tmp_path: Path):
    from instructerc.formats import read_conversations

    page = open_page()
    acts.open(page, ("talk.vtt", TIMED))
    acts.turn(page, 1).press("7")
    for entry in ("WebVTT", "SRT"):
        name, content = acts.export(page, entry)
        (tmp_path / name).write_bytes(content)
        [talk] = read_conversations(tmp_path / name)
        assert [turn.speaker for turn in talk.utterances] == ["Ann", "Bo", "Ann"]
        assert [turn.start for turn in talk.utterances] == [1.0, 3.0, 5.0]
        assert talk.utterances[0].emotion == "anger"
        assert talk.utterances[0].text == "We won & how!"


def test_subtitles_keep_the_rest_of_their_file_in_its_encoding(open_page: OpenPage, acts: Any):
    page = open_page()
    noted = (
        "WEBVTT\n\nNOTE caf\u00e9\n\n00:01.000 --> 00:02.000\n<v Bo>Hello.\n"
        "\n00:03.000 --> 00:04.000 align:left\n<v.loud Zo\u00eb>We <i>won</i>!\n"
    )
    acts.open(page, ("talk.vtt", noted.encode("cp1252")))
    left_out = page.locator(".notice.warning")
    left_out.get_by_label("Encoding").select_option("cp1252")
    left_out.get_by_role("button", name="Read again").click()
    names = page.locator(".speakers .speaker-name")
    expect(names).to_have_text(["Bo", "Zo\u00eb"])
    page.get_by_role("button", name="Rename Zo\u00eb").click()
    page.get_by_label("New name of Zo\u00eb").fill("Ann")
    page.get_by_role("button", name="Rename", exact=True).click()
    expect(names).to_have_text(["Bo", "Ann"])
    expect(acts.turns(page).locator(".turn-emotion .label-name")).to_have_count(2)
    acts.turn(page, 2).press("7")
    expect(page.locator(".by-hand")).to_have_count(1)
    text = acts.export(page, "WebVTT")[1].decode()
    assert text.startswith("WEBVTT\n\nNOTE caf\u00e9\n\n00:01.000")
    assert text.endswith("00:04.000 align:left\n<v.loud.emotion-anger Ann>We <i>won</i>!\n")
    # Kept, it is still its file.
    acts.keep(page)
    page.reload()
    expect(page.locator(".by-hand")).to_have_count(1)
    assert acts.export(page, "WebVTT")[1].decode() == text


@pytest.fixture
def show_report(browser: Any, tmp_path: Path) -> Iterator[Callable[[str], Any]]:
    """Returns a function that opens a report as a phone shows it, offline."""
    contexts: list[Any] = []

    def show(text: str) -> Any:
        (tmp_path / "report.html").write_text(text, encoding="utf-8")
        contexts.append(browser.new_context(viewport={"width": 390, "height": 844}, offline=True))
        report = contexts[-1].new_page()
        report.goto((tmp_path / "report.html").as_uri())
        return report

    yield show
    for context in contexts:
        context.close()


def test_a_report_is_one_page_that_needs_nothing_else(
    open_page: OpenPage, acts: Any, show_report: Callable[[str], Any], axe_faults: Callable[[Any], list[list[str]]]
):
    page = open_page()
    acts.open(page)
    page.get_by_label("Notes").fill("The parcel <came> late.")
    page.locator("summary", has_text="Export").click()
    page.get_by_role("button", name="Shareable report").click()
    dialog = page.get_by_role("dialog", name="Shareable report")
    dialog.get_by_label("Title").fill("Parcel")
    dialog.get_by_label("Include speaker names").uncheck()
    with page.expect_download() as waiting:
        dialog.get_by_role("button", name="Save report").click()
    assert waiting.value.suggested_filename == "Parcel-report.html"
    text = Path(waiting.value.path()).read_text(encoding="utf-8")
    assert "<script" not in text
    assert "http" not in text
    assert "Dana" not in text.split("Turning points")[0]
    report = show_report(text)
    expect(report.get_by_role("heading", level=1)).to_have_text("Parcel")
    expect(report.locator(".note")).to_have_text("The parcel <came> late.")
    expect(report.locator(".turns li")).to_have_count(17)
    expect(report.locator(".turns strong").first).to_have_text("Speaker 1")
    expect(report.locator("body")).to_contain_text("not a judgement of people")
    _fits_and_prints(report)
    assert axe_faults(report) == []


def _fits_and_prints(report: Any) -> None:
    assert report.evaluate("document.documentElement.scrollWidth <= innerWidth")
    printed = report.pdf()
    assert printed.startswith(b"%PDF")
    assert len(printed) > 5_000


def test_a_report_of_several_has_their_table(
    open_page: OpenPage, acts: Any, show_report: Callable[[str], Any], axe_faults: Callable[[Any], list[list[str]]]
):
    page = open_page()
    acts.open(page, ("a.txt", "Ann: We won!\n"), ("b.txt", "Bo: Oh no.\nAnn: Not again.\n"))
    page.locator("summary", has_text="Export").click()
    page.get_by_role("button", name="Shareable report").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save report").click()
    text = Path(waiting.value.path()).read_text(encoding="utf-8")
    assert 'href="#c2">b</a>' in text
    report = show_report(text)
    # The overview, and each of the two.
    expect(report.locator("section")).to_have_count(3)
    rows = report.locator("section").first.locator("tbody tr")
    expect(rows.locator("th")).to_have_text(["a", "b"])
    expect(rows.locator("td:nth-child(2)")).to_have_text(["1", "2"])
    expect(report.locator("#c2 .turns li")).to_have_count(2)
    _fits_and_prints(report)
    assert axe_faults(report) == []


def _sound(seconds: int) -> bytes:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(8000)
        file.writeframes(bytes(8000 * seconds))
    return buffer.getvalue()


def test_sound_plays_in_step_with_its_transcript(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page, ("talk.vtt", TIMED))
    page.evaluate(
        """([name, bytes]) => {
            const data = new DataTransfer();
            data.items.add(new File([new Uint8Array(bytes)], name, { type: 'audio/wav' }));
            document.body.dispatchEvent(new DragEvent('drop', { dataTransfer: data, bubbles: true, cancelable: true }));
        }""",
        ["talk.wav", list(_sound(8))],
    )
    player = page.locator(".player audio")
    expect(player).to_be_visible()
    player.evaluate("audio => new Promise(done => audio.duration ? done() : (audio.onloadedmetadata = done))")
    player.evaluate("audio => { audio.currentTime = 3.4; }")
    expect(acts.turn(page, 2)).to_have_class("turn current heard")
    expect(page.locator("#turn-title")).to_have_text("Turn 2")
    page.get_by_role("button", name="Play turn 3").click()
    assert player.evaluate("audio => audio.currentTime") >= 5
    page.get_by_role("button", name="Remove audio").click()
    expect(player).to_have_count(0)


def test_sound_that_comes_with_its_transcript_waits_for_no_answer(open_page: OpenPage, acts: Any):
    page = open_page()
    page.locator(".picture .turn").first.wait_for()
    held: list[Any] = []
    page.route("**/v1/recognize", lambda route: held.append(route))
    acts.give(page, ("talk.wav", _sound(8)), ("talk.vtt", TIMED))
    expect(page.locator(".player")).to_contain_text("talk.wav")
    expect(page.locator(".work")).to_contain_text("Recognising 3 turns")
    held[0].continue_()
    expect(acts.turns(page).locator(".turn-emotion .label-name")).to_have_count(3)
    expect(page.locator(".player audio")).to_be_visible()


def test_sound_does_not_join_a_conversation_that_is_not_its_own(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.open(page, ("first.vtt", TIMED))
    acts.turn(page, 1).press("7")
    expect(page.locator(".by-hand")).to_have_count(1)
    page.get_by_role("button", name="New").click()
    acts.give(page, ("talk.vtt", TIMED), ("talk.wav", _sound(8)))
    page.get_by_role("dialog").get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Back to first.vtt").click()
    expect(page.locator(".by-hand")).to_have_count(1)
    expect(page.locator(".player")).to_have_count(0)


def test_sound_without_a_transcript_says_what_it_needs(open_page: OpenPage, acts: Any):
    page = open_page()
    acts.give(page, ("talk.wav", _sound(1)))
    expect(page.get_by_role("alert")).to_contain_text("open its transcript first")
    # Nor is the transcript there where it cannot be read.
    page.get_by_role("alert").get_by_role("button", name="Dismiss").click()
    acts.give(page, ("a.csv", "wer,was\nAnn,We won!\n"), ("talk.wav", _sound(1)))
    expect(page.locator(".notice-list")).to_contain_text("open its transcript first")
    acts.open(page, ("a.txt", "Ann: We won!\n"), ("talk.wav", _sound(1)))
    expect(page.get_by_role("alert")).to_contain_text("the transcript has no timestamps")
