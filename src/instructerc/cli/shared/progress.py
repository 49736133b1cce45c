"""A line of progress on standard error, for work of more than two seconds that a person is waiting for."""

from __future__ import annotations

import sys
import threading
import time
from types import TracebackType
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.progress import Progress as RichProgress

AFTER_S = 2.0


class Progress:
    """Counts utterances; shown only on a terminal, and only once the work has taken its time.

    Args:
        total: utterances to come, or None where nobody knows.
        beside_output: whether the answers themselves are being printed on a terminal; they are progress enough.
        after_s: seconds of silence.
        with_rate: whether utterances per second are shown.
        stream: where it is shown; standard error by default.
    """

    def __init__(
        self,
        total: int | None = None,
        *,
        beside_output: bool = False,
        after_s: float = AFTER_S,
        with_rate: bool = False,
        stream: TextIO | None = None,
    ) -> None:
        self.total = total
        self.n_done = 0
        self._n_known = 0
        self._began = time.monotonic()
        self._with_rate = with_rate
        self._stream = stream or sys.stderr
        self._shown: RichProgress | None = None
        self._lock = threading.Lock()
        self._timer: threading.Timer | None = None
        if self._stream.isatty() and not beside_output:
            self._timer = threading.Timer(after_s, self._show)
            self._timer.daemon = True

    def __enter__(self) -> Progress:
        if self._timer:
            self._timer.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._timer:
            self._timer.cancel()
        with self._lock:
            self._timer = None
            if self._shown:
                self._shown.stop()

    def advance(self, count: int, *, known: bool = False) -> None:
        """Adds utterances that are done.

        Args:
            count: how many.
            known: whether an earlier attempt has done them, so that they say nothing of the rate.
        """
        self.n_done += count
        self._n_known += count if known else 0
        if self._shown:
            [task] = self._shown.tasks
            if known:
                # As an update, it would be a leap from which the remaining time is reckoned.
                task.completed = self.n_done
            self._shown.update(task.id, completed=self.n_done, rate=self._rate())

    def _rate(self) -> float:
        return (self.n_done - self._n_known) / max(time.monotonic() - self._began, 1e-9)

    def _show(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        known = (BarColumn(), TextColumn("of {task.total}"), TimeRemainingColumn()) if self.total else ()
        shown = Progress(
            SpinnerColumn(),
            TextColumn("{task.completed} utterances"),
            *known,
            *((TextColumn("{task.fields[rate]:.0f}/s"),) if self._with_rate else ()),
            TimeElapsedColumn(),
            console=Console(file=self._stream),
            transient=True,
            redirect_stdout=False,
            redirect_stderr=False,
        )
        shown.add_task("", total=self.total, completed=self.n_done, rate=self._rate())
        with self._lock:
            # The work may have ended while rich was being imported.
            if self._timer:
                shown.start()
                self._shown = shown
