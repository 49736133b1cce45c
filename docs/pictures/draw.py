"""Draws the README's pictures: what `instructerc recognize` prints, on a light and on a dark terminal.

python docs/pictures/draw.py
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
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import DIMMED_MONOKAI, TerminalTheme
from rich.text import Text

HERE = Path(__file__).parent
COMMAND = "recognize examples/support_chat.txt"
WIDTH = 84
PORT = 8765
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
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "instructerc", "serve", "--port", str(PORT)]
        service = subprocess.Popen(
            [*command, "--database", f"sqlite:///{folder}/sessions.db"], stderr=subprocess.DEVNULL
        )
        try:
            wait_for(f"http://127.0.0.1:{PORT}/readyz")
            with sync_playwright() as driver:
                browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
                for name in THEMES:
                    page = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme=name)
                    page.goto(f"http://127.0.0.1:{PORT}/")
                    page.locator("input[type=file]").set_input_files(HERE.parents[1] / COMMAND.split()[1])
                    page.locator(".work").wait_for(state="detached")
                    page.locator('article[data-turn="5"] .turn-text').click()
                    page.screenshot(path=HERE / f"page-{name}.png")
        finally:
            service.terminate()
            service.wait()


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
    draw_terminal()
    draw_page()
