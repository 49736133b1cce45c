"""What training asks of a backbone, and how one is made, loaded and saved by its kind."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor

from instructerc.backbones.base import Backbone
from instructerc.errors import ModelError
from instructerc.prompts import PromptTree

KINDS = ("encoder", "causal", "seq2seq")


class TrainableBackbone(Backbone, Protocol):
    """A backbone in torch.

    Attributes:
        kind: its name in recipes and model folders.
        model: the module that is trained.
        pads: whether a batch costs as much as its longest tree.
    """

    kind: str
    model: Any
    pads: bool

    def fits(self, tree: PromptTree) -> bool:
        """Says whether the model's window holds every prompt of a tree that was drawn anew."""
        ...

    def rows(self, trees: Sequence[PromptTree], scale: float = 1.0) -> Sequence[Any]:
        """Returns a step's trees as rows that memory holds; a smaller `scale` gives smaller rows."""
        ...

    def loss(self, model: Any, row: Any) -> Tensor:
        """Returns the weighted loss of a row's gold options, a sum over its questions.

        Args:
            model: the module, as a trainer wraps it.
            row: one of `rows`.
        """
        ...

    def save(self, folder: Path, state: dict[str, Tensor] | None = None) -> None:
        """Writes what `load_backbone` needs into `folder`.

        Args:
            folder: where to.
            state: the weights, where the module's own are spread over processes.
        """
        ...


def load_backbone(kind: str, folder: Path) -> TrainableBackbone:
    """Returns the backbone that `save` wrote.

    Raises:
        ModelError: an unknown kind, or a file that is missing or damaged.
    """
    if kind == "encoder":
        from instructerc.backbones.encoders.encoder import EncoderBackbone

        return EncoderBackbone.load(folder)
    if kind == "causal":
        from instructerc.backbones.language_models.causal import CausalBackbone

        return CausalBackbone.load(folder)
    if kind == "seq2seq":
        from instructerc.backbones.language_models.seq2seq import Seq2SeqBackbone

        return Seq2SeqBackbone.load(folder)
    raise ModelError(f"{folder} holds a model of kind {kind!r}; there are {', '.join(KINDS)} and embedded")
