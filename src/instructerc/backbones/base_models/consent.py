"""Who agreed that a model may run code of its own or be read from pickles."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import TYPE_CHECKING

from instructerc.errors import ModelError

if TYPE_CHECKING:
    from instructerc.backbones.options import BackboneOptions

_CONSENT: ContextVar[bool] = ContextVar("whether a model folder may ask for code or pickles", default=False)


@contextmanager
def trusting(consent: bool = True) -> Iterator[None]:
    """Lets model folders that are loaded inside have what their settings ask for: code of their own, and pickles."""
    token = _CONSENT.set(consent)
    try:
        yield
    finally:
        _CONSENT.reset(token)


def check_consent(options: BackboneOptions, folder: Path) -> None:
    """Raises ModelError if a folder's settings would let code run that nobody here agreed to."""
    if (options.trust_remote_code or options.pickle_weights) and not _CONSENT.get():
        raise ModelError(
            f"the model in {folder} wants to run its own Python code or to load pickles, which can run code; "
            "give --trust, or trust=True, if you trust its source"
        )
