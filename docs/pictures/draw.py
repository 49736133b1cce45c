"""Draws the README's pictures, or the page's views at every size for a person to look at.

python docs/pictures/draw.py           what `instructerc recognize` prints, and the page, light and dark: for the README
python docs/pictures/draw.py FOLDER    each view, 390, 1024 and 1440 wide, light and dark, into that one
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI, TerminalTheme
from rich.text import Text

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[1] / "examples"
COMMAND = "recognize examples/support_chat.txt"
WIDTH = 84
PORT = 8765
PAGE = f"http://127.0.0.1:{PORT}/"
# A phone, a tablet or small laptop, and a desk: width and height.
SIZES = ((390, 844), (1024, 768), (1440, 900))
# A chat of which the reader leaves something out, with a turn that the model reads in part.
CHAT = (
    "12/03/2024, 21:15 - Messages and calls are end-to-end encrypted.\n"
    "12/03/2024, 21:15 - Ann: We won!\n"
    "12/03/2024, 21:16 - Bo: <Media omitted>\n"
    f"12/03/2024, 21:17 - Bo: {'I can hardly believe it. ' * 120}\n"
)
# A machine that trains beside this answers late.
PATIENCE_MS = 180_000
INK, GREY = (36, 41, 47), (110, 119, 129)
RED, GREEN, YELLOW = (179, 38, 30), (26, 127, 55), (138, 90, 0)
BLUE, MAGENTA, CYAN = (9, 105, 218), (130, 80, 223), (20, 120, 130)
LIGHT = TerminalTheme((255, 255, 255), INK, [INK, RED, GREEN, YELLOW, BLUE, MAGENTA, CYAN, GREY])
THEMES = {"light": LIGHT, "dark": DIMMED_MONOKAI}
# No font from elsewhere: a picture must not call another site.
FRAME = """<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  font-size: {char_height}px; line-height: {line_height}px; font-variant-east-asian: full-width; }}
.{unique_id}-title {{ font-size: 18px; font-weight: bold; font-family: ui-sans-serif, sans-serif; }}
{styles}
</style>
<defs><clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>{lines}</defs>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">{matrix}</g>
</g>
</svg>
"""


def printed() -> str:
    """Returns what the command prints on a terminal, with its colours."""
    environment = {**os.environ, "FORCE_COLOR": "1", "COLUMNS": str(WIDTH), "TERM": "xterm-256color"}
    command = [sys.executable, "-m", "instructerc", *COMMAND.split()]
    done = subprocess.run(command, cwd=HERE.parents[1], env=environment, capture_output=True, text=True, check=True)
    return done.stdout


def draw_page() -> None:
    """Writes a picture of the page with the same conversation for each theme."""
    with running_browser() as browser:
        for name in THEMES:
            page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme=name)
            page.goto(PAGE)
            show_words(page)
            page.screenshot(path=HERE / f"page-{name}.png")


def draw_views(folder: Path) -> None:
    """Writes each view at each size and in each theme, from top to bottom, such as `start-390-dark.png`."""
    folder.mkdir(parents=True, exist_ok=True)
    with running_browser() as browser:
        for view, show in VIEWS.items():
            for width, height in SIZES:
                page = browser.new_page(viewport={"width": width, "height": height}, reduced_motion="reduce")
                page.set_default_timeout(PATIENCE_MS)
                page.goto(PAGE)
                show(page)
                # What stays in view stands at its own place then.
                page.evaluate("scrollTo(0, 0)")
                for name in THEMES:
                    page.emulate_media(color_scheme=name)
                    page.screenshot(path=folder / f"{view}-{width}-{name}.png", full_page=True)
                page.close()


@contextmanager
def running_browser() -> Iterator[Any]:
    """Runs the service at `PAGE` on a database of its own, and gives a browser beside it."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "instructerc", "serve", "--port", str(PORT)]
        service = subprocess.Popen(
            [*command, "--database", f"sqlite:///{folder}/sessions.db"], stderr=subprocess.DEVNULL
        )
        try:
            wait_for(f"{PAGE}readyz")
            with sync_playwright() as driver:
                yield driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        finally:
            service.terminate()
            service.wait()


def give(page: Any, *names: str) -> None:
    """Gives the page examples, and waits until every turn has its answer."""
    page.locator("input[type=file]").set_input_files([EXAMPLES / name for name in names])
    page.locator(".workspace h1").wait_for()
    page.locator(".work").wait_for(state="detached")


def show_start(page: Any) -> None:
    page.locator(".picture .turn").first.wait_for()


def show_words(page: Any) -> None:
    give(page, "support_chat.txt")
    page.locator('article[data-turn="5"] .turn-text').click()


def show_timeline(page: Any) -> None:
    show_words(page)
    page.locator(".looks").get_by_label("Timeline", exact=True).check()


def show_table(page: Any) -> None:
    show_words(page)
    page.locator(".looks").get_by_label("Table", exact=True).check()


def show_overview(page: Any) -> None:
    give(page, "support_chat.txt", "stand_up.csv", "family_dinner.jsonl")


def show_settings(page: Any) -> None:
    show_words(page)
    page.get_by_role("button", name="Settings").click()
    page.locator("summary", has_text="How the file was read").click()
    page.get_by_role("button", name="Why").click()
    page.locator(".why").wait_for()


def show_unread(page: Any) -> None:
    page.locator("input[type=file]").set_input_files(as_file("calls.csv", "wer,was\nAnn,We won!\n"))
    page.locator(".reading-choices").wait_for()


def show_left_out(page: Any) -> None:
    page.locator("input[type=file]").set_input_files(as_file("WhatsApp Chat with Bo.txt", CHAT))
    page.locator(".notice.cut").wait_for()


def show_report(page: Any) -> None:
    give(page, "support_chat.txt")
    page.get_by_label("Notes").fill("The parcel came a day late.")
    page.locator("summary", has_text="Export").click()
    page.get_by_role("button", name="Shareable report").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name="Save report").click()
    show_file(page, Path(waiting.value.path()).read_text(encoding="utf-8"))


def show_files(page: Any) -> None:
    show_file(page, written_report())


def show_file(page: Any, text: str) -> None:
    """Shows a page of its own, without the policy of the service."""
    page.goto("about:blank")
    page.set_content(text)


@cache
def written_report() -> str:
    """Returns what `instructerc report` writes of the examples."""
    names = ("support_chat.txt", "stand_up.csv", "family_dinner.jsonl")
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "report.html"
        command = [sys.executable, "-m", "instructerc", "report", *(str(EXAMPLES / name) for name in names)]
        subprocess.run([*command, "-o", str(place)], check=True, capture_output=True)
        return place.read_text(encoding="utf-8")


def as_file(name: str, text: str) -> dict[str, Any]:
    return {"name": name, "mimeType": "text/plain", "buffer": text.encode()}


def show_live(page: Any) -> None:
    page.get_by_role("button", name="Start conversation").click()
    box = page.locator(".composer textarea")
    for words in ("We won!", "Oh no, not again.", "Delivered? To whom? I was at home all day and nobody rang!"):
        box.fill(words)
        box.press("Enter")
        said = page.locator(".transcript article").filter(has_text=words)
        said.locator(".turn-emotion .label-name").first.wait_for()


# Live last: the start page lists the conversations that the service keeps.
VIEWS: dict[str, Callable[[Any], None]] = {
    "start": show_start,
    "words": show_words,
    "timeline": show_timeline,
    "table": show_table,
    "overview": show_overview,
    "settings": show_settings,
    "unread": show_unread,
    "left_out": show_left_out,
    "report": show_report,
    "files": show_files,
    "live": show_live,
}


def wait_for(address: str) -> None:
    """Returns when an address answers."""
    for _ in range(600):
        try:
            urllib.request.urlopen(address, timeout=2).close()
            return
        except OSError:
            time.sleep(0.2)
    raise SystemExit("the service did not start")


def draw_terminal() -> None:
    """Writes a picture of the terminal for each theme."""
    text = printed()
    for name, theme in THEMES.items():
        console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
        console.print(Text(f"$ instructerc {COMMAND}", style="bold"))
        console.print(Text.from_ansi(text))
        picture = console.export_svg(title="", theme=theme, code_format=FRAME, unique_id="terminal")
        (HERE / f"recognize-{name}.svg").write_text(picture, encoding="utf-8")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        draw_views(Path(sys.argv[1]))
    else:
        draw_terminal()
        draw_page()
