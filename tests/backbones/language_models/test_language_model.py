"""Batches of single questions by length, and a model's mode while it scores."""

from __future__ import annotations

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from instructerc.backbones.batching import length_groups
from instructerc.backbones.evaluating import evaluating
from instructerc.backbones.language_models.language_model import single_questions
from instructerc.prompts.rows import TokenisedQuestion, TokenisedTree


@given(st.lists(st.integers(1, 60)), st.integers(1, 200))
def test_every_row_is_in_one_batch_that_is_no_larger_than_asked(lengths, batch_tokens):
    groups = length_groups(lengths, batch_tokens)
    assert sorted(index for group in groups for index in group) == list(range(len(lengths)))
    for group in groups:
        padded = max(lengths[index] for index in group) * len(group)
        assert padded <= batch_tokens or len(group) == 1
    in_order = [lengths[index] for group in groups for index in group]
    assert in_order == sorted(lengths, reverse=True)


def test_each_question_alone_has_the_prompt_that_it_has_in_its_tree():
    questions = tuple(
        TokenisedQuestion(after, (9, after), ((5, 1), (6, 1)), (0, 1), number) for number, after in enumerate((2, 0, 2))
    )
    tree = TokenisedTree(((1, 2), (3,), (4, 4)), questions)
    singles = single_questions(tree)
    assert [one.questions for one in singles] == [(question,) for question in questions]
    assert [one.prompt(one.questions[0]) for one in singles] == [tree.prompt(question) for question in questions]
    assert [len(one.trunk) for one in singles] == [3, 1, 3]
    assert single_questions(TokenisedTree(((1,),), ())) == []


@pytest.mark.parametrize("training", [True, False])
def test_a_model_is_in_its_own_mode_after_scoring_even_where_that_failed(training):
    model = torch.nn.Dropout().train(training)
    with evaluating(model):
        assert not model.training
        assert torch.is_inference_mode_enabled()
    assert model.training is training
    with pytest.raises(ZeroDivisionError), evaluating(model):
        _ = 1 / 0
    assert model.training is training
    assert not torch.is_inference_mode_enabled()
