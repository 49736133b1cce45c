"""PEFT's adapters, saved without the card that it writes beside them: headings without words, for each checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def save_adapter(model: Any, folder: Path, state: dict[str, Any] | None = None) -> None:
    """Writes an adapter in PEFT's format, and no card.

    Args:
        model: a `PeftModel`.
        folder: where to.
        state: all weights, where the model's own are spread over processes.
    """
    model.create_or_update_model_card = _write_no_card
    try:
        # No adapter here changes the vocabulary, and PEFT would ask the hub whether one did.
        model.save_pretrained(folder, state_dict=state, save_embedding_layers=False)
    finally:
        del model.create_or_update_model_card


def _write_no_card(folder: str) -> None:
    """Stands in for PEFT's own."""
