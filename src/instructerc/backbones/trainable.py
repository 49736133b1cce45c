"""What training requires of a backbone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor

from instructerc.backbones.base import Backbone
from instructerc.prompts import PromptTree


class TrainableBackbone(Backbone, Protocol):
    """A backbone in torch.

    Attributes:
        model: the module that is trained.
        pads: whether a batch costs as much as its longest tree.
    """

    model: Any
    pads: bool

    def fits(self, tree: PromptTree) -> bool:
        """Returns whether the model's window holds every prompt of a tree that was redrawn."""
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
        """Writes what `load` of its kind needs into `folder`.

        Args:
            folder: where to.
            state: the weights, where the module's own are spread over processes.
        """
        ...
