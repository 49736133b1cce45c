"""Progress: only for a person, only after a while."""

from __future__ import annotations

import io
import time

import pytest

from instructerc.cli.shared.progress import Progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


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
