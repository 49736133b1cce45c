"""How the page looks and what it may do: phones, axe, languages, size, and the security policy."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
from playwright.sync_api import expect

BUILT = Path(__file__).parents[2] / "src" / "instructerc" / "serving" / "page"
AXE_RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
LARGEST_BYTES = 150_000
OpenPage = Callable[..., Any]
# Whether a field has room for what it says while it is empty; a number has arrows too.
SAYS_ALL = """(field) => {
    const style = getComputedStyle(field);
    const pen = document.createElement('canvas').getContext('2d');
    pen.font = style.font;
    const arrows = field.type === 'number' ? 20 : 0;
    const room = field.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight) - arrows;
    return pen.measureText(field.placeholder).width <= room;
}"""


def test_the_page_is_small():
    sizes = [
        len(gzip.compress(path.read_bytes()))
        for path in BUILT.rglob("*")
        if path.suffix in {".html", ".js", ".css", ".svg"}
    ]
    assert 10_000 < sum(sizes) <= LARGEST_BYTES


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_shows_everything_in_its_width(open_page: OpenPage, acts: Any, width: int):
    page = open_page(width, 740, has_touch=True, is_mobile=True)

    def fits() -> bool:
        return page.evaluate("document.documentElement.scrollWidth") <= width

    assert fits()
    acts.open(page, acts.examples / "family_dinner.jsonl")
    assert fits()
    acts.turn(page, 7).locator(".turn-text").tap()
    details = acts.turn(page, 7).locator(".turn-panel")
    expect(details.locator("#turn-title")).to_have_text("Turn 7")
    # What is selected covers nobody's name.
    name = acts.turn(page, 7).locator(".turn-speaker").bounding_box()
    assert name["y"] < details.bounding_box()["y"]
    for look in ("Timeline", "Table"):
        acts.look(page, look)
        assert fits()
    acts.look(page, "Timeline")
    # Nor in the timeline, where names stand over the columns: drawn after the frame, which stops at their letters.
    names = page.locator("#timeline-plot .names-inside text")
    expect(names).to_have_count(page.locator("#timeline-plot .lane").count())
    assert page.evaluate(
        """() => {
            const frame = document.querySelector('#timeline-plot .turn-option.selected');
            const name = document.querySelector('#timeline-plot .names-inside text');
            return Boolean(frame.compareDocumentPosition(name) & Node.DOCUMENT_POSITION_FOLLOWING);
        }"""
    )
    expect(names.first).to_have_css("paint-order", "stroke")
    expect(names.first).to_have_css("stroke-width", "5px")
    panel = page.locator(".card.timeline").evaluate("card => getComputedStyle(card).backgroundColor")
    expect(names.first).to_have_css("stroke", panel)


def test_a_desk_shows_the_filters_in_a_row_and_says_what_is_searched(open_page: OpenPage, acts: Any):
    page = open_page()
    page.locator(".picture .turn").first.wait_for()
    pictured = page.locator(".picture .turn-mood .label-name").all_inner_texts()
    acts.open(page)
    # The picture shows turns 4 to 8 as the conversation does, unsure or not.
    shown = [acts.turn(page, number).locator(".turn-mood .label-name").inner_text() for number in range(4, 9)]
    assert pictured == shown
    search = page.locator("#search")
    tops = {round(one.bounding_box()["y"]) for one in [search, *page.locator(".filter-choices select").all()]}
    assert len(tops) == 1
    assert search.evaluate(SAYS_ALL)


def test_the_start_page_has_one_primary_way_and_an_example(open_page: OpenPage, acts: Any):
    page = open_page()
    expect(page.locator(".start .button.primary")).to_have_count(1)
    expect(page.locator(".start .button.primary")).to_have_text("Choose files")
    page.locator(".picture").get_by_role("button", name="Open this example").click()
    expect(acts.turns(page)).to_have_count(17)


@pytest.mark.parametrize("width", [390, 1024, 1440])
def test_the_navigator_stands_beside_the_words_or_above_them_and_leads_there(
    open_page: OpenPage, acts: Any, width: int
):
    page = open_page(width, 800)
    acts.open(page)
    navigator = page.locator(".navigator").bounding_box()
    words = page.locator(".transcript").bounding_box()
    if width == 1440:
        assert navigator["x"] + navigator["width"] <= words["x"]
        assert navigator["height"] > navigator["width"]
    else:
        assert navigator["y"] + navigator["height"] <= words["y"]
        assert navigator["width"] > navigator["height"]
    # Turn 12 stands as far along the lanes as its number says.
    lanes = page.locator(".navigator .mark").evaluate_all(
        """(marks) => {
            const boxes = marks.map((mark) => mark.getBoundingClientRect());
            const side = (of, name) => of(...boxes.map((box) => box[name]));
            const [left, right] = [side(Math.min, 'left'), side(Math.max, 'right')];
            return { left, right, top: side(Math.min, 'top'), bottom: side(Math.max, 'bottom') };
        }"""
    )
    across, along = ("left", "right"), ("top", "bottom")
    if width != 1440:
        across, along = along, across
    middle = (lanes[across[0]] + lanes[across[1]]) / 2
    far = lanes[along[0]] + (lanes[along[1]] - lanes[along[0]]) * 11.5 / 17
    page.mouse.click(*((middle, far) if width == 1440 else (far, middle)))
    position = page.get_by_role("slider", name="Position in the conversation")
    expect(position).to_have_attribute("aria-valuenow", "12")
    expect(acts.turn(page, 12)).to_be_in_viewport()


@pytest.mark.parametrize("width", [390, 1024, 1440])
def test_axe_finds_nothing(open_page: OpenPage, acts: Any, axe: str, width: int):
    # The policy is left out here alone, since axe-core is a script from elsewhere.
    page = open_page(width, 800, bypass_csp=True, reduced_motion="reduce")
    page.evaluate(axe)

    look_at_colours = page.evaluate(
        "rules => axe.getRules(rules).filter((one) => one.tags.includes('cat.color')).map((one) => one.ruleId)",
        AXE_RULES,
    )

    def check(view: str) -> None:
        # A row that has half scrolled under the timeline would count as too small to hit.
        page.evaluate("scrollTo(0, 0)")
        # The schemes differ in their colours alone, and between 390 and 1440 pixels these are the same as at both.
        for scheme, rules in (("light", AXE_RULES), ("dark", look_at_colours))[: 1 if width == 1024 else 2]:
            page.emulate_media(color_scheme=scheme)
            expect(page.locator("html")).to_have_attribute("data-theme", scheme)
            found = page.evaluate(
                """async (rules) => {
                    const { violations, passes, incomplete } =
                        await axe.run(document, { runOnly: rules, resultTypes: ['violations'] });
                    return { violations, looked: [...violations, ...passes, ...incomplete].map((rule) => rule.id) };
                }""",
                rules,
            )
            assert "color-contrast" in found["looked"], (view, scheme)
            faults = [
                f"{view}, {scheme}: {fault['id']}: {node['html'][:200]}: {node['failureSummary']}"
                for fault in found["violations"]
                for node in fault["nodes"]
            ]
            assert not faults, "\n".join(faults)

    page.locator(".picture .turn").first.wait_for()
    check("start")
    acts.open(page, ("x.txt", b"Ann: We won!\nBo: caf\xe9\nBo: I hate that you won.\n"))
    check("words, with a line left out")
    acts.turn(page, 2).locator(".turn-text").click()
    page.get_by_role("button", name="Why").click()
    page.locator(".why").wait_for()
    page.locator(".change summary").click()
    page.get_by_role("button", name="Rename Ann").click()
    acts.turn(page, 1).press("3")
    acts.settings(page)
    page.get_by_label("Minimum confidence").fill("80")
    check("details, settings, a correction, unsure turns")
    page.locator(".label-controls select").select_option("goemotions")
    acts.look(page, "Timeline")
    page.get_by_label("Valence and arousal").check()
    page.get_by_role("checkbox", name="Feeling wheel").check()
    page.locator('[role=option][tabindex="0"]').focus()
    page.keyboard.press("ArrowRight")
    check("timeline and wheel")
    acts.look(page, "Table")
    check("table")
    page.locator("summary", has_text="Export").click()
    check("export menu")
    page.get_by_role("button", name="Shareable report").click()
    check("the question of a report")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="New").click()
    acts.give(page, ("a.csv", "wer,was\nAnn,We won!\n"))
    page.locator(".reading-choices").wait_for()
    check("columns to choose")
    acts.give(page, ("a.txt", "Ann: We won!\n"), ("b.txt", "Bo: Oh no.\n"))
    page.get_by_role("dialog").wait_for()
    check("the question before leaving")
    page.get_by_role("dialog").get_by_role("button", name="Leave", exact=True).click()
    page.locator(".overview-table .label-name").first.wait_for()
    check("overview")
    page.get_by_role("button", name="New").click()
    acts.begin_live(page)
    check("live, empty")
    acts.say(page, "We won!")
    check("live")


@pytest.mark.parametrize(
    ("code", "title"), [("de", "Einstellungen"), ("es", "Ajustes"), ("fr", "Réglages"), ("zh", "设置")]
)
def test_the_page_speaks_other_languages(open_page: OpenPage, acts: Any, code: str, title: str):
    page = open_page(locale=code)
    expect(page.locator("html")).to_have_attribute("lang", code)
    page.locator("input[type=file]").set_input_files(acts.examples / "support_chat.txt")
    expect(acts.turns(page)).to_have_count(17)
    page.get_by_role("button", name=title).click()
    assert page.locator(".context input").evaluate(SAYS_ALL)
    page.locator("select.language").select_option("en")
    expect(page.get_by_role("button", name="Settings")).to_be_visible()
    assert page.locator(".context input").evaluate(SAYS_ALL)


def test_the_policy_is_kept_and_nothing_leaves(open_page: OpenPage, acts: Any, service: str):
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
    acts.open(page)
    acts.look(page, "Timeline")
    page.locator(".timeline [role=option]").nth(1).hover()
    for entry in ("JSONL", "Timeline as SVG", "Timeline as PNG"):
        acts.export(page, entry)
    page.get_by_role("button", name="New").click()
    acts.begin_live(page)
    acts.say(page, "We won!")
    assert page.evaluate("broken") == []
    outside = [address for address in addresses if not address.startswith((service, "blob:", "data:"))]
    assert outside == []
    assert any("/stream" in address for address in addresses)
