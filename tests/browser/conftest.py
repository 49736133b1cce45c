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


def _chromium() -> str | None:
    return shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
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
            time.sleep(0.2)
    pytest.fail(f"the service did not start:\n{log.read_text(encoding='utf-8', errors='replace')[-2000:]}")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """The system's Chromium; Playwright's own is not needed."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
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
        page.set_default_timeout(15_000)
        page.on("pageerror", lambda error: faults.append(str(error)))
        page.goto(address)
        page.get_by_role("heading", level=1).wait_for()
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert not faults, faults


@pytest.fixture(scope="module")
def axe() -> str:
    """The script of axe-core, from the page's development packages or from the one that carries it for Python."""
    script = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
    if not script.exists():
        package = pytest.importorskip("axe_playwright_python", reason="axe-core is not installed: npm install in web/")
        script = Path(package.__file__).parent / "axe.min.js"
    return script.read_text(encoding="utf-8")
