"""Explanations on demand, a few at once, beside the worker threads, whose turns go before them."""

from __future__ import annotations

import asyncio

from instructerc.conversation import Conversation
from instructerc.recognition import Explanation, Recognizer, explain
from instructerc.serving.contract.choices import Choice
from instructerc.serving.contract.refusals import Refused

_AT_ONCE = 2
_WAIT_S = 5


class Explainer:
    """Explains turns.

    Args:
        recognizer: answers; threads share it.
    """

    def __init__(self, recognizer: Recognizer) -> None:
        self._recognizer = recognizer
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
            raise Refused(429, "busy", "other turns are being explained", retry_after_s=_WAIT_S) from None
        try:
            recognizer = choice.recognizer(self._recognizer)
            return await asyncio.to_thread(explain, recognizer, conversation, turn, label)
        finally:
            self._free.release()
