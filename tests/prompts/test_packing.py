"""The packed mask lets each branch see its own prefix and itself, and nothing else."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from instructerc.prompts import PromptTree, Question, Segment, pack, visibility


@st.composite
def packed_trees(draw):
    trunk = draw(st.lists(st.integers(1, 4), min_size=1, max_size=5))
    asked = draw(st.lists(st.tuples(st.integers(0, len(trunk) - 1), st.integers(0, 3)), min_size=1, max_size=5))
    tree = PromptTree(
        tuple(Segment(f"s{index}") for index in range(len(trunk))),
        tuple(Question("t", after, "?" * size, ("a", "b")) for after, size in asked),
    )
    tokens = iter(range(1000))
    take = lambda size: tuple(next(tokens) for _ in range(size))  # noqa: E731
    return tree, [take(size) for size in trunk], [take(size) for _, size in asked]


@given(packed_trees())
def test_a_question_sees_exactly_its_flat_prompt(case):
    tree, trunk, branches = case
    packed = pack(tree, trunk, branches)
    sees = visibility(packed.segment_ids, packed.sees_up_to)
    for question, branch, (begin, end) in zip(tree.questions, branches, packed.spans, strict=True):
        flat = [token for segment in trunk[: question.after + 1] for token in segment] + list(branch)
        for row in range(begin, end):
            assert packed.token_ids[sees[row]].tolist() == flat
            assert sorted(packed.position_ids[sees[row]]) == list(range(len(flat)))
        own = branch or trunk[question.after]
        assert packed.token_ids[begin:end].tolist() == list(own)


@given(packed_trees())
def test_no_trunk_token_sees_a_later_segment_or_a_branch(case):
    tree, trunk, branches = case
    packed = pack(tree, trunk, branches)
    sees = visibility(packed.segment_ids, packed.sees_up_to)
    size = sum(map(len, trunk))
    assert not sees[:size, size:].any()
    segments = packed.segment_ids[:size]
    assert np.array_equal(sees[:size, :size], segments[None, :] <= segments[:, None])
