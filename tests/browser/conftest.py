"""A running service, and a browser that looks at its page."""

from __future__ import annotations

import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
BUILT = ROOT / "src" / "instructerc" / "serving" / "page" / "index.html"
# Nothing that calls home, and no sandbox, which a container does not have.
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)
_STARTS_WITHIN_S = 90.0
# Of a machine that does other things too.
_PATIENCE_MS = 40_000
_IS_OPEN = "() => document.querySelector('.workspace h1')?.checkVisibility() && !document.querySelector('.work')"


class Acts:
    """What a person does in the page, for tests of what follows from it."""

    examples = ROOT / "examples"

    def give(self, page: Any, *files: tuple[str, str | bytes] | Path) -> None:
        """Gives the page files, by path or as name and content."""
        given = [
            file
            if isinstance(file, Path)
            else {
                "name": file[0],
                "mimeType": "audio/wav" if file[0].endswith(".wav") else "text/plain",
                "buffer": file[1].encode() if isinstance(file[1], str) else file[1],
            }
            for file in files
        ]
        page.locator("input[type=file]").set_input_files(given)

    def drop(self, page: Any, name: str, text: str) -> None:
        """Drops a file on the page, as from a folder."""
        page.evaluate(
            """([name, text]) => {
                const data = new DataTransfer();
                data.items.add(new File([text], name));
                for (const type of ['dragenter', 'dragover', 'drop'])
                    document.body.dispatchEvent(
                        new DragEvent(type, { dataTransfer: data, bubbles: true, cancelable: true }));
            }""",
            [name, text],
        )

    def open(self, page: Any, *files: tuple[str, str | bytes] | Path) -> None:
        """Gives the page files, and waits until every turn has its answer."""
        self.give(page, *(files or (self.examples / "support_chat.txt",)))
        # A locator would look but twice a second after a while.
        page.wait_for_function(_IS_OPEN, polling=50)

    def turns(self, page: Any) -> Any:
        """Returns the turns of the words view."""
        return page.locator(".transcript article")

    def turn(self, page: Any, number: int) -> Any:
        """Returns one turn of the words view."""
        return page.locator(f'.transcript article[data-turn="{number}"]')

    def look(self, page: Any, name: str) -> None:
        """Changes the view: Transcript, Timeline or Table."""
        page.locator(".looks").get_by_label(name, exact=True).check()

    def keep(self, page: Any) -> None:
        """Keeps the open conversation in the browser for a week."""
        page.locator("summary", has_text="Save").click()
        page.get_by_role("button", name="Save for 7 days").click()
        page.locator("summary", has_text="Saved").wait_for()

    def settings(self, page: Any) -> None:
        """Unfolds the settings."""
        page.get_by_role("button", name="Settings").click()

    def begin_live(self, page: Any, title: str = "") -> None:
        """Begins a live conversation."""
        page.get_by_placeholder("Title (optional)").fill(title)
        page.get_by_role("button", name="Start conversation").click()
        page.locator("#composer-note", has_text="Enter to send").wait_for(state="attached")

    def say(self, page: Any, text: str) -> None:
        """Says a turn, and waits for its answer."""
        box = page.locator(".composer textarea")
        box.fill(text)
        box.press("Enter")
        self.turns(page).filter(has_text=text).locator(".turn-emotion .label-name").first.wait_for()

    def export(self, page: Any, name: str) -> tuple[str, bytes]:
        """Returns the name and the bytes of what an entry of the export menu gives."""
        page.locator("summary", has_text="Export").click()
        with page.expect_download() as waiting:
            page.locator(".menu-list").get_by_role("button", name=name).click()
        return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


@pytest.fixture
def acts() -> Acts:
    """What a person does in the page."""
    return Acts()


def _chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of a service that runs in a process of its own, on a free port and a database of its own."""
    with _run_service(tmp_path_factory.mktemp("service")) as address:
        yield address


@pytest.fixture
def service_with_key(tmp_path: Path) -> Iterator[tuple[str, str]]:
    """Address of a service that asks for API keys, and a key."""
    pytest.importorskip("fastapi", reason="the extra `serve` is not installed")
    command = [sys.executable, "-m", "instructerc", "keys", "create", "page", "--database", _database(tmp_path)]
    key = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout.strip()
    with _run_service(tmp_path, "--require-keys") as address:
        yield address, key


def _database(folder: Path) -> str:
    return f"sqlite:///{folder / 'sessions.db'}"


@contextmanager
def _run_service(folder: Path, *flags: str) -> Iterator[str]:
    pytest.importorskip("fastapi", reason="the extra `serve` is not installed")
    if not BUILT.exists():
        pytest.skip("the page is not built; make page")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "instructerc", "serve", "--port", str(port), "--threads", "1", *flags]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen([*command, "--database", _database(folder)], stdout=log, stderr=log)
    try:
        address = f"http://127.0.0.1:{port}/"
        _wait(address, process, folder / "log")
        yield address
    finally:
        process.terminate()
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    ends = time.monotonic() + _STARTS_WITHIN_S
    while time.monotonic() < ends and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}readyz", timeout=2):
                return
        except OSError:
            time.sleep(0.05)
    pytest.fail(f"the service did not start:\n{log.read_text(encoding='utf-8', errors='replace')[-2000:]}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """The system's Chromium; Playwright's own is not needed. Its event loop ends with the file, for tests of others."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    playwright.expect.set_options(timeout=_PATIENCE_MS)
    path = _chromium()
    if path is None:
        pytest.skip("there is no Chromium")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=path, args=list(FLAGS))
        yield running
        running.close()


@pytest.fixture
def open_page(browser: Any, service: str) -> Iterator[Callable[..., Any]]:
    """Returns a function that opens the page in a context of its own; errors of its scripts fail the test."""
    contexts: list[Any] = []
    faults: list[str] = []

    def open_one(width: int = 1440, height: int = 900, *, address: str = service, **options: Any) -> Any:
        size = {"width": width, "height": height}
        context = browser.new_context(viewport=size, accept_downloads=True, **options)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(_PATIENCE_MS)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(address)
        page.get_by_role("heading", level=1).wait_for()
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not faults, faults


@pytest.fixture(scope="session")
def axe() -> str:
    """The script of axe-core, from the page's development packages or from the one that carries it for Python."""
    script = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        package = pytest.importorskip("axe_playwright_python", reason="axe-core is not installed: npm install in web/")
        script = Path(package.__file__).parent / "axe.min.js"
    return script.read_text(encoding="utf-8")


@pytest.fixture
def axe_faults(axe: str) -> Callable[[Any], list[list[str]]]:
    """Returns a function that gives what axe-core holds against a file: rules, each with an element that breaks it."""

    def look(page: Any) -> list[list[str]]:
        page.evaluate(axe)
        found: list[list[str]] = page.evaluate(
            "async (options) => (await axe.run(options)).violations.map((one) => [one.id, one.nodes[0].html])",
            {"resultTypes": ["violations"]},
        )
        return found

    return look
