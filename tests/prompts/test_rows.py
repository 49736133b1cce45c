"""A packed row shows each leaf exactly its flat prompt, whatever stands beside it."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructerc.prompts.rows import (
    TokenisedQuestion,
    TokenisedTree,
    fill_rows,
    flat_rows,
    pack_row,
    shared_head,
    split_tree,
)

SHARED = -1
# Few tokens, so that trees and segments look alike by chance too.
token = st.integers(0, 5)


def _segments(least, most):
    return st.lists(token, min_size=least, max_size=most).map(tuple)


@st.composite
def questions(draw, trunk, number):
    after = draw(st.integers(0, len(trunk) - 1))
    # Where nothing stands, there is nothing that an option could follow.
    branch = draw(_segments(0 if trunk[after] else 1, 3))
    options = tuple(draw(st.lists(_segments(1, 3), min_size=1, max_size=4)))
    numbers = tuple(draw(st.permutations(range(len(options)))))
    return TokenisedQuestion(after, branch, options, numbers, number)


@st.composite
def tokenised_trees(draw, head=(), most_questions=5):
    own = draw(st.lists(_segments(0, 3), min_size=0, max_size=4))
    trunk = (*head, *own) if head else (draw(_segments(1, 3)), *own)
    size = draw(st.integers(1, most_questions))
    return TokenisedTree(trunk, tuple(draw(questions(trunk, number)) for number in range(size)))


@st.composite
def forests(draw):
    """One to five trees, most of which open with the same segments."""
    head = (draw(_segments(1, 4)), *draw(st.lists(_segments(0, 3), max_size=2)))
    heads = st.sampled_from([(), head, head, head, head[:1]])
    return draw(st.lists(heads.flatmap(tokenised_trees), min_size=1, max_size=5))


class Naive:
    """A row laid down token by token, each with the list of what it sees: no rule, just the paths of the trees."""

    def __init__(self, trees):
        self.tokens, self.paths, self.owners, self.leaves = [], [], [], {}
        head, shared = [], shared_head(trees) if len(trees) > 1 else 0
        at_head = [head := self.lay(segment, head, SHARED) for segment in trees[0].trunk[:shared]]
        for number, tree in enumerate(trees):
            at, path = list(at_head), head
            for segment in tree.trunk[shared:]:
                path = self.lay(segment, path, number)
                at.append(path)
            for question in tree.questions:
                branch = self.lay(question.branch, at[question.after], number)
                for option, which in zip(question.options, question.numbers, strict=True):
                    self.leaves[number, question.number, which] = self.lay(option[:-1], branch, number), option

    def lay(self, tokens, path, owner):
        """Returns the path that ends with these tokens."""
        for item in tokens:
            path = [*path, len(self.tokens)]
            self.tokens.append(item)
            self.paths.append(path)
            self.owners.append(owner)
        return path

    def visibility(self):
        sees = np.zeros((len(self.tokens), len(self.tokens)), bool)
        for query, path in enumerate(self.paths):
            sees[query, path] = True
        return sees


def _predictions(leaves):
    """Yields, for each option, which one it is, and its (source, target) pairs."""
    for leaf, key in enumerate(zip(leaves.tree, leaves.question, leaves.number, strict=True)):
        own = leaves.leaf == leaf
        assert own.sum() == leaves.length[leaf]
        yield tuple(map(int, key)), list(zip(leaves.source[own], leaves.target[own], strict=True))


@given(forests())
def test_a_row_is_what_naive_paths_give(trees):
    row, naive = pack_row(trees), Naive(trees)
    assert row.token_ids.tolist() == naive.tokens
    assert row.position_ids.tolist() == [len(path) - 1 for path in naive.paths]
    assert np.array_equal(row.visibility(), naive.visibility())
    # That no token sees another tree follows; said again, since everything stands on it.
    owners = np.asarray(naive.owners)
    query, key = np.nonzero(row.visibility())
    assert ((owners[key] == owners[query]) | (owners[key] == SHARED)).all()


@given(forests())
def test_each_leaf_sees_its_prompt_and_itself_in_order(trees):
    row = pack_row(trees)
    sees = row.visibility()
    found = dict(_predictions(row.leaves))
    for index, tree in enumerate(trees):
        for question in tree.questions:
            prompt = list(tree.prompt(question))
            for option, which in zip(question.options, question.numbers, strict=True):
                pairs = found.pop((index, question.number, which))
                assert [target for _, target in pairs] == list(option)
                for length, (source, _) in enumerate(pairs):
                    context = [*prompt, *option[:length]]
                    assert row.token_ids[sees[source]].tolist() == context
                    assert row.position_ids[sees[source]].tolist() == list(range(len(context)))
    assert not found


@given(forests())
def test_the_shared_head_stands_once(trees):
    shared = shared_head(trees) if len(trees) > 1 else 0
    assert len({tree.trunk[:shared] for tree in trees}) == 1
    longer = [tree.trunk[shared : shared + 1] for tree in trees]
    assert len(trees) == 1 or () in longer or len(set(longer)) > 1
    head = sum(map(len, trees[0].trunk[:shared]))
    assert len(pack_row(trees)) == head + sum(len(tree) - head for tree in trees)
    assert len(pack_row(trees[:1])) == len(trees[0])


@given(forests())
def test_flat_rows_predict_the_same_from_the_same(trees):
    row, flat = pack_row(trees), flat_rows(trees, pad_id=99)
    sees, width = row.visibility(), flat.token_ids.shape[1]
    packed = {
        key: [(tuple(row.token_ids[sees[source]].tolist()), target) for source, target in pairs]
        for key, pairs in _predictions(row.leaves)
    }
    alone = {
        key: [
            (tuple(flat.token_ids.flat[source - source % width : source + 1].tolist()), target)
            for source, target in pairs
        ]
        for key, pairs in _predictions(flat.leaves)
    }
    assert packed == alone
    assert np.array_equal(flat.attention_mask == 0, flat.token_ids == 99)
    assert len(flat) == flat.token_ids.size


@given(forests(), st.integers(1, 40))
def test_rows_hold_each_tree_once_and_no_more_than_they_may(trees, row_tokens):
    rows = list(fill_rows(trees, row_tokens))
    assert sorted(index for row in rows for index in row) == list(range(len(trees)))
    for row in rows:
        assert len(row) == 1 or len(pack_row([trees[index] for index in row])) <= row_tokens
    # First fit: two rows that are both half empty would have been one.
    assert sum(sum(len(trees[index]) for index in row) * 2 <= row_tokens for row in rows) <= 1


def test_no_tree_is_no_row():
    assert list(fill_rows([], 10)) == []


@given(tokenised_trees(most_questions=8), st.integers(1, 40), st.sampled_from([0.0, 0.5, 1.0, 3.0]))
def test_a_tree_in_parts_asks_every_question_once_with_the_same_prompt(tree, row_tokens, slack):
    parts = split_tree(tree, row_tokens, slack)
    whole = {
        question.number: (tree.prompt(question), question.options, question.numbers) for question in tree.questions
    }
    asked = [(part, question) for part in parts for question in part.questions]
    assert Counter(question.number for _, question in asked) == Counter(list(whole))
    for part, question in asked:
        assert (part.prompt(question), question.options, question.numbers) == whole[question.number]
    for part in parts:
        trunk = sum(map(len, part.trunk))
        assert len(part) <= max(row_tokens, trunk * (1 + slack)) or len(part.questions) == 1
        assert parts == [tree] or len(part.trunk) == 1 + max(question.after for question in part.questions)


def test_a_tree_that_fits_stays_whole():
    question = TokenisedQuestion(0, (3,), ((4, 5), (6, 5)), (0, 1))
    tree = TokenisedTree(((1, 2), (7,)), (question,))
    assert len(tree) == 6
    assert split_tree(tree, 6) == [tree]
    assert split_tree(tree, 5) == [TokenisedTree(((1, 2),), (question,))]


def test_golden_row_of_two_trees():
    """Head 1 2; then 3 with the question 4 and the options 5 6 and 7; then 8, read off itself, with the option 9."""
    first = TokenisedTree(((1, 2), (3,)), (TokenisedQuestion(1, (4,), ((5, 6, 0), (7, 0)), (0, 1)),))
    second = TokenisedTree(((1, 2), (8,)), (TokenisedQuestion(1, (), ((9, 0), (0,)), (0, 1)),))
    row = pack_row([first, second])
    assert row.token_ids.tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert row.position_ids.tolist() == [0, 1, 2, 3, 4, 5, 4, 2, 3]
    assert row.segment_ids.tolist() == [0, 0, 1, 2, 3, 3, 4, 5, 6]
    shown = ["".join(".x"[int(seen)] for seen in line) for line in row.visibility()]
    assert shown == [
        "x........",
        "xx.......",
        "xxx......",
        "xxxx.....",
        "xxxxx....",
        "xxxxxx...",
        "xxxx..x..",
        "xx.....x.",
        "xx.....xx",
    ]
    assert row.leaves.source.tolist() == [3, 4, 5, 3, 6, 7, 8, 7]
    assert row.leaves.target.tolist() == [5, 6, 0, 7, 0, 9, 0, 0]
    assert row.leaves.leaf.tolist() == [0, 0, 0, 1, 1, 2, 2, 3]
    assert row.leaves.tree.tolist() == [0, 0, 1, 1]


@pytest.mark.parametrize("size", [1, 3])
def test_alone_or_among_its_likes_a_tree_reads_the_same(size):
    tree = TokenisedTree(((1, 2), (3,)), (TokenisedQuestion(1, (4,), ((5, 0), (6, 0)), (0, 1)),))
    row = pack_row([tree] * size)
    sees = row.visibility()
    for _, pairs in _predictions(row.leaves):
        assert row.token_ids[sees[pairs[0][0]]].tolist() == [1, 2, 3, 4]
    assert len(row) == 3 + 3 * size
