"""Packing a tokenised tree into one sequence in which each branch sees its own prefix and itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from instructerc.prompts.tree import PromptTree

IntArray = npt.NDArray[np.int64]
PADDING_SEGMENT = 1 << 30
"""Segment number of padding: above every trunk segment, so no token sees it."""


@dataclass(frozen=True)
class PackedTree:
    """One sequence for a whole tree.

    Token q sees token k when k's segment is q's own, or a trunk segment up to q's `sees_up_to`.

    Attributes:
        token_ids: Shape: [T].
        position_ids: Shape: [T]. A branch goes on counting where the segment before it ended.
        segment_ids: Shape: [T]. Trunk segments from 0, then one number per branch.
        sees_up_to: Shape: [T]. Last trunk segment that the token sees.
        spans: Q pairs (begin, end): the tokens whose states answer the question.
    """

    token_ids: IntArray
    position_ids: IntArray
    segment_ids: IntArray
    sees_up_to: IntArray
    spans: tuple[tuple[int, int], ...]

    def __len__(self) -> int:
        return len(self.token_ids)


def pack(tree: PromptTree, trunk: Sequence[Sequence[int]], branches: Sequence[Sequence[int]]) -> PackedTree:
    """Returns the packed sequence of a tree whose pieces were tokenised one by one.

    Args:
        tree: the tree.
        trunk: token ids of each trunk segment, none empty where a question reads it.
        branches: token ids of each question's own words; empty where it reads the segment it hangs after.
    """
    ends = np.cumsum([len(segment) for segment in trunk])
    pieces = [list(segment) for segment in trunk]
    starts = [int(end) - len(segment) for end, segment in zip(ends, trunk, strict=True)]
    sees = list(range(len(trunk)))
    cursor, spans = int(ends[-1]), []
    for question, branch in zip(tree.questions, branches, strict=True):
        end = int(ends[question.after])
        if not branch:
            spans.append((end - len(trunk[question.after]), end))
            continue
        pieces.append(list(branch))
        starts.append(end)
        sees.append(question.after)
        spans.append((cursor, cursor + len(branch)))
        cursor += len(branch)
    sizes = [len(piece) for piece in pieces]
    return PackedTree(
        np.fromiter((token for piece in pieces for token in piece), np.int64, cursor),
        np.concatenate([np.arange(start, start + size) for start, size in zip(starts, sizes, strict=True)]),
        np.repeat(np.arange(len(pieces)), sizes),
        np.repeat(np.asarray(sees), sizes),
        tuple(spans),
    )


def visibility(segment_ids: npt.NDArray[np.integer], sees_up_to: npt.NDArray[np.integer]) -> npt.NDArray[np.bool_]:
    """Returns which token sees which: Shape: [..., T, T], queries first.

    Args:
        segment_ids: Shape: [..., T].
        sees_up_to: Shape: [..., T].
    """
    own = segment_ids[..., :, None] == segment_ids[..., None, :]
    earlier: npt.NDArray[np.bool_] = segment_ids[..., None, :] <= sees_up_to[..., :, None]
    visible: npt.NDArray[np.bool_] = own | earlier
    return visible
