"""How many bytes of bodies are held at once."""

from __future__ import annotations

from instructerc.serving.contract.refusals import Refused


class Bodies:
    """Counts the bytes of bodies that are held at once.

    Args:
        limit: how many there may be.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.n_bytes = 0

    def take(self, n_bytes: int) -> None:
        """Counts bytes.

        Raises:
            Refused: there are too many.
        """
        if self.n_bytes + n_bytes > self._limit:
            raise Refused(
                429, "busy", "too much data is being sent to the service at once", close=True, retry_after_s=1
            )
        self.n_bytes += n_bytes

    def give_back(self, n_bytes: int) -> None:
        """Counts bytes no more."""
        self.n_bytes -= n_bytes
