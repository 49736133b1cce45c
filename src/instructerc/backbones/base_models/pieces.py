"""Which pieces of a large vocabulary stay: a file with one bit a piece."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

import numpy as np
import numpy.typing as npt


def read_pieces(name: str) -> npt.NDArray[np.int64]:
    """Returns the ids of the pieces that a file of this room keeps, ascending."""
    path = Path(str(resources.files("instructerc.backbones.base_models") / name))
    with np.load(path, allow_pickle=False) as data:
        return np.flatnonzero(np.unpackbits(data["kept"], count=int(data["count"])))


def write_pieces(path: Path, ids: npt.NDArray[np.int64], count: int) -> None:
    """Writes what `read_pieces` reads.

    Args:
        path: of the file.
        ids: the pieces that stay.
        count: pieces of the whole vocabulary.
    """
    kept = np.zeros(count, np.uint8)
    kept[ids] = 1
    np.savez_compressed(path, kept=np.packbits(kept), count=np.int64(count))
