"""Progress: only for a person, only after a while."""

from __future__ import annotations

import io
import re
import time

import pytest

from instructerc.cli.shared.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def plain(stream: io.StringIO) -> str:
    """Returns what was shown, without its colours and movements."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())


def _wait_for(stream: io.StringIO) -> None:
    until = time.monotonic() + 20
    while not stream.getvalue() and time.monotonic() < until:
        time.sleep(0.02)


@pytest.mark.parametrize("total", [None, 10])
def test_it_is_shown_after_a_while(total, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    stream = Terminal()
    with Progress(total, after_s=0.01, stream=stream) as progress:
        progress.advance(3)
        _wait_for(stream)
        progress.advance(4)
    assert "utterances" in stream.getvalue()
    assert ("of 10" in stream.getvalue()) == (total == 10)
    assert progress.n_done == 7


@pytest.mark.parametrize(
    ("total", "n_known", "line"),
    [
        (1000, 0, r"\d+ utterances [━╸╺ ]+ of 1000 (?P<left>\d+:\d\d:\d\d) (?P<rate>\d+)/s \d+:\d\d:\d\d"),
        # Nobody knows how much is left: no bar, and only the time that has passed.
        (None, 0, r"\d+ utterances (?P<rate>\d+)/s \d+:\d\d:\d\d"),
        # What was done before is no work of now.
        (9000, 8000, r"8\d+ utterances [━╸╺ ]+ of 9000 (?P<left>\d+:\d\d:\d\d) (?P<rate>\d+)/s \d+:\d\d:\d\d"),
    ],
)
def test_rate_is_shown_and_the_remaining_time_where_the_total_is_known(total, n_known, line, monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "120")
    stream = Terminal()
    until = time.monotonic() + 20
    with Progress(total, after_s=0.01, with_rate=True, stream=stream) as progress:
        lines: list[re.Match[str]] = []
        # Half of them before it is shown.
        progress.advance(n_known // 2, known=True)
        _wait_for(stream)
        progress.advance(n_known // 2, known=True)
        while not lines and time.monotonic() < until:
            progress.advance(1)
            time.sleep(0.02)
            lines = [one for one in re.finditer(line, plain(stream)) if int(one["rate"])]
    assert lines, plain(stream)
    # From few steps it is rough.
    assert 1 <= int(lines[0]["rate"]) <= 150
    if total is None:
        assert " of " not in plain(stream)
        assert "-:--:--" not in plain(stream)
    else:
        hours, minutes, seconds = map(int, lines[0]["left"].split(":"))
        # At 50 a second or less, a thousand take 20 seconds or more.
        assert 3600 * hours + 60 * minutes + seconds >= 15


def test_short_work_is_silent():
    stream = Terminal()
    with Progress(5, after_s=30, stream=stream) as progress:
        progress.advance(5)
    assert stream.getvalue() == ""


@pytest.mark.parametrize(("stream", "beside_output"), [(io.StringIO(), False), (Terminal(), True)])
def test_it_is_silent_where_nobody_waits_for_it(stream, beside_output):
    with Progress(5, beside_output=beside_output, after_s=0, stream=stream):
        time.sleep(0.1)
    assert stream.getvalue() == ""
