"""The causal backbone: packed rows against flat prompts, and both against a forward pass per prompt and option."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from instructerc.backbones.language_models import row_scoring
from instructerc.backbones.language_models.causal import CausalBackbone
from instructerc.backbones.options import AdapterOptions
from instructerc.backbones.registry import load_trained
from instructerc.conversation import Conversation
from instructerc.prompts import TASKS, History, PromptTree, Segment
from instructerc.prompts.rows import fill_rows, shared_head

REAL = Path(__file__).parents[4] / "shared" / "models" / "TinyStories-656K"
PATHS = ("packed", "cached", "flat")


@pytest.mark.parametrize("shown", [False, True], ids=["alone", "demonstrations"])
@pytest.mark.parametrize("wording", ["compact-1", "paper-1"])
def test_packed_rows_flat_prompts_and_cached_trunks_equal_the_naive_loop(
    backbone, read_by, chats, make_trees, naive, joined, wording, shown
):
    trees = make_trees(chats, backbone, wording, shown=shown)
    tokenised = [backbone.tokenizer.tokenise(tree) for tree in trees]
    # All conversations stand in one row, behind one head.
    assert backbone.path == "packed"
    assert len(list(fill_rows(tokenised, backbone.row_tokens))) == 1
    assert shared_head(tokenised) == 2
    assert {question.task for tree in trees for question in tree.questions} == set(TASKS)
    expected = naive(backbone, trees)
    assert {len(values) for answers in expected for values in answers} == {2, 3, 4}
    assert joined(expected).std() > 1
    for path in PATHS:
        reader = read_by(backbone, packing=path)
        assert reader.path == path
        np.testing.assert_allclose(joined(reader.option_scores(trees)), joined(expected), atol=1e-4, rtol=0)
    for answers, sums in zip(backbone.score(trees), expected, strict=True):
        for log_probs, values in zip(answers, sums, strict=True):
            assert log_probs.dtype == np.float32
            np.testing.assert_allclose(log_probs, values - np.logaddexp.reduce(values), atol=1e-4, rtol=0)


def test_who_speaks_may_see_the_history(backbone, chats, make_trees, naive, joined):
    trees = make_trees(chats, backbone, tasks={"speaker_identification": 1.0}, speaker_history=True)
    assert any(question.after > 1 for tree in trees for question in tree.questions)
    np.testing.assert_allclose(joined(backbone.option_scores(trees)), joined(naive(backbone, trees)), atol=1e-4, rtol=0)


def test_windows_of_exactly_some_turns(make_backbone, llama, read_by, make_chat, make_trees, naive, joined):
    backbone = make_backbone(llama, history=History("window", 2))
    trees = make_trees([make_chat(5)], backbone)
    assert len(trees) == 3
    for path in PATHS:
        scores = read_by(backbone, packing=path).option_scores(trees)
        np.testing.assert_allclose(joined(scores), joined(naive(backbone, trees)), atol=1e-4, rtol=0)


def test_conversations_that_begin_alike_share_what_they_have_in_common(backbone, make_chat, make_trees, naive, joined):
    chat = make_chat(4)
    opening = Conversation("opening", chat.utterances[:2])
    trees = make_trees([chat, opening, chat], backbone)
    assert shared_head([backbone.tokenizer.tokenise(tree) for tree in trees]) == 4
    np.testing.assert_allclose(joined(backbone.option_scores(trees)), joined(naive(backbone, trees)), atol=1e-4, rtol=0)


def test_a_batch_of_one_equals_a_batch_of_many(backbone, read_by, chats, make_trees, joined):
    trees = make_trees(chats, backbone)
    many = backbone.score(trees)
    for tree, answers in zip(trees, many, strict=True):
        np.testing.assert_allclose(joined(backbone.score([tree])), joined([answers]), atol=5e-5, rtol=0)
        np.testing.assert_allclose(joined([backbone.live().ask(tree)]), joined([answers]), atol=5e-5, rtol=0)
        for question, log_probs in zip(tree.questions, answers, strict=True):
            np.testing.assert_allclose(backbone.score([tree.only(question)])[0][0], log_probs, atol=5e-5, rtol=0)
    backwards = backbone.score(trees[::-1])[::-1]
    np.testing.assert_allclose(joined(backwards), joined(many), atol=5e-5, rtol=0)
    for path in PATHS:
        # A row for each question, where a row holds anything at all.
        narrow = read_by(backbone, packing=path, row_tokens=1)
        np.testing.assert_allclose(joined(narrow.score(trees)), joined(many), atol=5e-5, rtol=0)
    assert backbone.score([]) == []
    assert backbone.score([PromptTree((Segment("nothing is asked\n"),), (), "")]) == [[]]


def test_logits_are_read_in_slices(backbone, chats, make_trees, joined, monkeypatch):
    trees = make_trees(chats, backbone)
    whole = joined(backbone.option_scores(trees))
    monkeypatch.setattr(row_scoring, "_POSITIONS_AT_ONCE", 3)
    np.testing.assert_allclose(joined(backbone.option_scores(trees)), whole, atol=5e-5, rtol=0)


def _gradients(backbone, trees, scale=1.0):
    """Returns the loss of a step over these trees, and the gradient of each weight that is trained."""
    backbone.model.train()
    backbone.model.zero_grad()
    rows = backbone.rows(trees, scale)
    losses = []
    for row in rows:
        losses.append(backbone.loss(backbone.model, row))
        losses[-1].backward()
    trained = {name: part for name, part in backbone.model.named_parameters() if part.requires_grad}
    assert all(part.grad is not None for part in trained.values())
    return float(sum(losses).detach()), {name: part.grad.clone() for name, part in trained.items()}, len(rows)


@pytest.mark.parametrize("wording", ["compact-1", "paper-1"])
@pytest.mark.parametrize("method", ["lora", "full"])
def test_packed_and_flat_steps_have_the_same_loss_and_gradients(
    make_backbone, llama, read_by, shake, chats, make_trees, naive, method, wording
):
    packed = make_backbone(llama, AdapterOptions(method=method, dropout=0.0))
    # LoRA's B begins with zeros, which hide A's gradient.
    shake(packed)
    trees = make_trees(chats, packed, wording, shown=True)
    loss, gradients, n_rows = _gradients(packed, trees)
    assert (packed.path, n_rows) == ("packed", 1)
    expected = -sum(
        question.weight * values[question.answer]
        for tree, answers in zip(trees, naive(packed, trees), strict=True)
        for question, values in zip(tree.questions, answers, strict=True)
        if question.answer is not None
    )
    assert loss == pytest.approx(expected, rel=1e-5)
    assert all(float(gradient.norm()) > 0 for gradient in gradients.values())
    for other, scale in (
        (read_by(packed, packing="flat"), 1.0),
        (packed, 0.03),
        (read_by(packed, packing="flat"), 0.03),
    ):
        same_loss, others, n_rows = _gradients(other, trees, scale)
        assert same_loss == pytest.approx(loss, rel=1e-5)
        assert scale == 1.0 or n_rows > 2
        for name, gradient in gradients.items():
            assert float((gradient - others[name]).norm() / gradient.norm()) < 1e-4, name


def test_gradients_are_the_same_where_activations_are_computed_again(make_backbone, llama, shake, chats, make_trees):
    backbone = make_backbone(llama, AdapterOptions(method="lora", dropout=0.0))
    shake(backbone)
    trees = make_trees(chats, backbone)
    loss, gradients, _ = _gradients(backbone, trees)
    backbone.model.activation_checkpointing_enable({"use_reentrant": False})
    backbone.model.enable_input_require_grads()
    same_loss, others, _ = _gradients(backbone, trees)
    assert same_loss == pytest.approx(loss, rel=1e-6)
    for name, gradient in gradients.items():
        assert float((gradient - others[name]).norm() / gradient.norm()) < 1e-5, name


def test_questions_without_a_gold_option_are_not_trained(backbone, make_chat, make_trees):
    chat = make_chat(5)
    silent = Conversation("silent", [replace(turn, emotion=None) for turn in chat.utterances])
    trees = make_trees([silent, chat], backbone, tasks={"emotion_recognition": 1.0})
    rows = backbone.rows(trees)
    asked = [question.number for row in rows for piece in row for question in piece.tree.questions]
    answered = [number for number, question in enumerate(trees[1].questions) if question.answer is not None]
    assert 0 < len(answered) < 5
    assert sorted(asked) == answered
    assert backbone.rows(trees[:1]) == []
    assert backbone.size(trees[0]) < backbone.size(trees[1])


def test_the_mean_over_tokens_is_a_setting(backbone, read_by, chats, make_trees):
    trees = make_trees(chats[:1], backbone)
    for path in PATHS:
        means = read_by(backbone, packing=path, length_normalised=True).option_scores(trees)
        for tree, some, sums in zip(trees, means, backbone.option_scores(trees), strict=True):
            for question, divided, values in zip(tree.questions, some, sums, strict=True):
                lengths = [len(backbone.tokenizer.option(option)) for option in question.options]
                np.testing.assert_allclose(divided, values / lengths, rtol=1e-5)


def test_prompts_stand_in_the_frame_of_a_chat_template(
    write_base, llama_config, make_tokenizer, make_backbone, read_by, chats, make_trees, joined
):
    tokenizer = make_tokenizer()
    tokenizer.chat_template = (
        "{% for message in messages %}<s>[{{ message.role }}] {{ message.content }} [end]{% endfor %}"
        "{% if add_generation_prompt %}[answer] {% endif %}"
    )
    backbone = make_backbone(write_base(llama_config(), tokenizer), chat=True)
    trees = make_trees(chats, backbone)
    expected = []
    for tree in trees:
        tokenised = backbone.tokenizer.tokenise(tree)
        for question, laid in zip(tree.questions, tokenised.questions, strict=True):
            message = [{"role": "user", "content": tree.flatten(question)}]
            text = tokenizer.apply_chat_template(message, tokenize=False, add_generation_prompt=True)
            prompt = list(tokenised.prompt(laid))
            assert backbone.tokenizer.tokenizer.decode(prompt) == text
            for option, ids in zip(question.options, laid.options, strict=True):
                assert backbone.tokenizer.tokenizer.decode(ids) == option.lstrip() + "</s>"
                with torch.inference_mode():
                    logits = backbone.model(input_ids=torch.tensor([[*prompt, *ids]])).logits[0].double()
                steps = enumerate(ids, len(prompt) - 1)
                expected.append(sum(float(logits[place].log_softmax(-1)[token]) for place, token in steps))
    for path in PATHS:
        scores = read_by(backbone, packing=path).option_scores(trees)
        np.testing.assert_allclose(joined(scores), expected, atol=1e-4, rtol=0)


def test_an_untouched_base_is_not_copied(llama, make_backbone, chats, make_trees, joined, tmp_path):
    backbone = make_backbone(llama)
    backbone.save(tmp_path / "one")
    load_trained("causal", tmp_path / "one").save(tmp_path / "two")
    assert not list(tmp_path.rglob("*.safetensors"))
    loaded = CausalBackbone.load(tmp_path / "two")
    assert (loaded.options, loaded.history) == (backbone.options, backbone.history)
    trees = make_trees(chats, backbone)
    np.testing.assert_array_equal(joined(loaded.score(trees)), joined(backbone.score(trees)))


@pytest.mark.parametrize("kind", ["byte", "metaspace", "legacy"])
@pytest.mark.parametrize("chat", [False, True], ids=["plain", "chat"])
def test_the_tokenizer_is_read_again_as_it_was(
    write_base, llama_config, make_tokenizer, make_backbone, chats, make_trees, joined, tmp_path, kind, chat
):
    tokenizer = make_tokenizer(kind, without=("pad",))
    tokenizer.chat_template = "<s>{{ messages[0].content }} </s>"
    base = write_base(llama_config(), tokenizer)
    backbone = make_backbone(base, chat=chat, end_token="</s>")
    trees = make_trees(chats, backbone)
    for folder in (tmp_path / "one", tmp_path / "two"):
        backbone.save(folder)
        loaded = CausalBackbone.load(folder)
        for tree in trees:
            assert loaded.tokenizer.tokenise(tree) == backbone.tokenizer.tokenise(tree)
        assert (loaded.tokenizer.pad_id, loaded.budget) == (backbone.tokenizer.pad_id, backbone.budget)
        backbone = loaded


def test_a_plain_checkpoint_with_its_settings_beside_it_is_read(backbone, chats, make_trees, joined, tmp_path):
    backbone.save(tmp_path)
    backbone.model.save_pretrained(tmp_path)
    backbone.tokenizer.tokenizer.save_pretrained(tmp_path)
    trees = make_trees(chats, backbone)
    np.testing.assert_array_equal(joined(CausalBackbone.load(tmp_path).score(trees)), joined(backbone.score(trees)))


@pytest.fixture(scope="module")
def real():
    if not REAL.is_dir():
        pytest.skip("the checkpoint TinyStories-656K is not beside the repository, in shared/models")
    return REAL


def test_a_real_checkpoint_is_packed_trained_saved_and_read_again(
    real, make_backbone, read_by, chats, make_trees, joined, tmp_path
):
    backbone = make_backbone(real, AdapterOptions(method="lora", dropout=0.0), max_tokens=512)
    assert (backbone.path, backbone.path_reason) == ("packed", "")
    trees = make_trees(chats, backbone)
    untrained = joined(backbone.option_scores(trees))
    np.testing.assert_allclose(joined(read_by(backbone, packing="flat").option_scores(trees)), untrained, atol=1e-4)
    tokenizer = backbone.tokenizer.tokenizer
    for tree, tokenised in zip(trees, map(backbone.tokenizer.tokenise, trees), strict=True):
        for question, laid in zip(tree.questions, tokenised.questions, strict=True):
            text = tokenizer.decode(tokenised.prompt(laid))
            assert text.removeprefix("<|start_story|>").lstrip() == tree.flatten(question)
    losses = []
    for _ in range(2):
        optimiser = torch.optim.AdamW([part for part in backbone.model.parameters() if part.requires_grad], 1e-2)
        backbone.model.train()
        loss = sum(backbone.loss(backbone.model, row) for row in backbone.rows(trees))
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[1] < losses[0]
    trained = joined(backbone.option_scores(trees))
    assert np.abs(trained - untrained).max() > 0.1
    backbone.save(tmp_path)
    np.testing.assert_allclose(joined(CausalBackbone.load(tmp_path).option_scores(trees)), trained, atol=1e-5)


def test_a_real_checkpoint_in_half_precision(real, make_backbone, read_by, chats, make_trees, joined):
    backbone = make_backbone(real, max_tokens=512, dtype="bfloat16")
    assert backbone.path == "packed"
    trees = make_trees(chats, backbone)
    scores = joined(backbone.score(trees))
    assert scores.dtype == np.float32
    exact = joined(make_backbone(real, max_tokens=512).score(trees))
    for path in PATHS:
        np.testing.assert_allclose(joined(read_by(backbone, packing=path).score(trees)), exact, atol=0.3)
