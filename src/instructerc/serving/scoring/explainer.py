"""Explanations on demand, a few at once, beside the worker threads, whose live turns go before them.

An explanation is up to fifty answers in a row. Before each of them its thread waits while a live turn waits or runs, a
tenth of a second at most, so that a live turn has no more than the answer that was begun beside it. A lower priority of
the thread would do harm: one that holds the interpreter and gets no core holds up the others.
"""

from __future__ import annotations

import asyncio
import time

from instructerc.conversation import Conversation
from instructerc.recognition import Explanation, explain
from instructerc.serving.contract.choices import Choice
from instructerc.serving.contract.refusals import Refused
from instructerc.serving.scoring.engine import RecognitionEngine

_AT_ONCE = 2
_WAIT_S = 5
# Live turns that never end slow an explanation down, and do not keep it from its end.
_GIVES_WAY_S = 0.1
_LOOK_S = 0.001


class Explainer:
    """Explains turns.

    Args:
        engine: its recognizer answers, shared by threads; its live turns go first.
    """

    def __init__(self, engine: RecognitionEngine) -> None:
        self._engine = engine
        self._free = asyncio.Semaphore(_AT_ONCE)

    async def explain(self, choice: Choice, conversation: Conversation, turn: int, label: str | None) -> Explanation:
        """Returns why a turn got its answer.

        Raises:
            Refused: others are being explained.
            InputError: no such turn or label.
        """
        try:
            async with asyncio.timeout(_WAIT_S):
                await self._free.acquire()
        except TimeoutError:
            raise Refused(429, "busy", "the service is explaining other turns", retry_after_s=_WAIT_S) from None
        try:
            recognizer = choice.recognizer(self._engine.recognizer)
            return await asyncio.to_thread(explain, recognizer, conversation, turn, label, self._give_way)
        finally:
            self._free.release()

    def _give_way(self) -> None:
        """Waits while live turns wait or run, for a while."""
        until = time.monotonic() + _GIVES_WAY_S
        while any(load.live for load in self._engine.loads) and time.monotonic() < until:
            time.sleep(_LOOK_S)
