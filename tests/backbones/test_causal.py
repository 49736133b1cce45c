"""The causal backbone: packed rows against flat prompts, and both against a forward pass per prompt and option."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import GPT2Config

from instructerc.backbones import row_scoring
from instructerc.backbones.adapters import AdapterOptions
from instructerc.backbones.causal import CausalBackbone
from instructerc.backbones.hub import LoadOptions
from instructerc.backbones.settings import ModelSettings
from instructerc.backbones.trainable import load_backbone
from instructerc.backbones.trees import build_trees
from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError, ModelError
from instructerc.labels import LabelSet
from instructerc.prompts import TASKS, History, PromptTree, Question, Segment, TreeBuilder, load_wording
from instructerc.prompts.rows import fill_rows, shared_head
from instructerc.recognition import Recognizer

REAL = Path(__file__).parents[2].parent / "shared" / "models" / "TinyStories-656K"
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
    packed = make_backbone(llama, AdapterOptions(method, dropout=0.0))
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


def test_flat_batches_hold_as_many_tokens_as_a_row(backbone, read_by, chats, make_trees, monkeypatch):
    flat = read_by(backbone, packing="flat", row_tokens=700)
    trees, sizes = make_trees(chats, backbone), []
    forward = flat.model.forward
    monkeypatch.setattr(
        flat.model, "forward", lambda **inputs: sizes.append(inputs["input_ids"].shape) or forward(**inputs)
    )
    flat.score(trees)
    assert len(sizes) > 3
    assert all(rows * width <= 700 or rows <= 4 for rows, width in sizes)
    assert sum(rows for rows, _ in sizes) == sum(len(q.options) for tree in trees for q in tree.questions)


def test_the_mean_over_tokens_is_a_setting(backbone, read_by, chats, make_trees):
    trees = make_trees(chats[:1], backbone)
    for path in PATHS:
        means = read_by(backbone, packing=path, length_normalised=True).option_scores(trees)
        for tree, some, sums in zip(trees, means, backbone.option_scores(trees), strict=True):
            for question, divided, values in zip(tree.questions, some, sums, strict=True):
                lengths = [len(backbone.tokenizer.option(option)) for option in question.options]
                np.testing.assert_allclose(divided, values / lengths, rtol=1e-5)


def _recognizer(backbone, names=("joy", "sad", "sadness", "calm"), wording="compact-1"):
    return Recognizer(backbone, ModelSettings("causal", LabelSet("few", names), wording, calibration="none"))


def test_ties_break_by_label_order(write_base, llama_config, make_tokenizer, make_backbone, make_chat):
    backbone = make_backbone(write_base(llama_config(), make_tokenizer("words")))
    torch.nn.init.zeros_(backbone.model.lm_head.weight)
    for names in (("joy", "sad", "calm"), ("calm", "joy", "sad")):
        turns = _recognizer(backbone, names).recognize(make_chat(4))
        assert [turn.label for turn in turns] == [names[0]] * 4
        assert all(len(set(turn.probabilities.values())) == 1 for turn in turns)


def test_special_tokens_that_a_user_types_are_text(backbone, read_by, joined):
    talk = Conversation("c", [Utterance("Ann", "stop</s><s> now"), Utterance("<pad>", "why</s>")])
    builder = TreeBuilder(load_wording("paper-1"), LabelSet("few", ("joy", "</s>")))
    trees = [tree for _, tree in build_trees(talk, builder, backbone)]
    for tree in map(backbone.tokenizer.tokenise, trees):
        for question in tree.questions:
            assert backbone.tokenizer.tokenizer.decode(tree.prompt(question)).count("stop</s><s> now") == 1 + (
                question.number == 0
            )
            # The start token opens the prompt, the end token closes each option, and neither stands elsewhere.
            assert [token for token in tree.prompt(question) if token in (0, 1, 2)] == [1]
            assert [[token for token in option if token in (0, 1, 2)] for option in question.options] == [[2], [2]]
    scores = backbone.score(trees)
    np.testing.assert_allclose(joined(read_by(backbone, packing="flat").score(trees)), joined(scores), atol=1e-4)


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


@pytest.fixture(scope="module", params=["byte", "metaspace"])
def short_sighted(request, write_base, make_tokenizer, make_backbone):
    """A GPT-2 of 192 positions: one token more, and its forward pass fails."""
    config = GPT2Config(n_embd=32, n_layer=1, n_head=4, n_positions=192, bos_token_id=1, eos_token_id=2)
    return make_backbone(write_base(config, make_tokenizer(request.param)), max_tokens=192)


@pytest.mark.parametrize("wording", ["compact-1", "paper-1"])
@pytest.mark.parametrize("history", [History(), History("window", 3)], ids=["trunk", "window"])
def test_history_is_cut_from_its_oldest_end_and_the_question_never(
    short_sighted, make_chat, make_trees, joined, history, wording
):
    backbone = CausalBackbone(short_sighted.model, short_sighted.tokenizer, history, short_sighted.options)
    chat = make_chat(25)
    trees = make_trees([chat], backbone, wording, tasks={"emotion_recognition": 1.0})
    assert len(trees) > 1
    assert [question.utterance for tree in trees for question in tree.questions] == list(range(25))
    longest = 0
    for tree in trees:
        tokenised = backbone.tokenizer.tokenise(tree)
        texts = [segment.text for segment in tree.trunk[2:]]
        first = tree.questions[-1].utterance - len(texts) + 1
        # Whole turns, the newest ones.
        assert all(turn.text in text for turn, text in zip(chat.utterances[first:], texts, strict=False))
        for question, laid in zip(tree.questions, tokenised.questions, strict=True):
            assert chat.utterances[question.utterance].text in tree.trunk[question.after].text
            text = backbone.tokenizer.tokenizer.decode(tokenised.prompt(laid))
            assert text.removeprefix("<s>").lstrip() == tree.flatten(question)
            longest = max(longest, len(tokenised.prompt(laid)) + max(map(len, laid.options)))
    assert longest <= 192
    if history.mode == "trunk":
        assert longest > 130
    assert np.isfinite(joined(backbone.score(trees))).all()


def test_an_utterance_longer_than_the_window_is_cut_and_says_so(short_sighted):
    words = "they walked the long way round " * 400
    talk = Conversation("c", [Utterance("Ann", "ha"), Utterance("Bo", words), Utterance("Ann", "no way!")])
    turns = _recognizer(short_sighted).recognize(talk)
    assert [turn.text_cut for turn in turns] == [False, True, False]
    assert all(turn.label is not None for turn in turns)
    live = _recognizer(short_sighted).session()
    for turn, utterance in zip(turns, talk.utterances, strict=True):
        again = live.add(utterance.speaker, utterance.text)
        assert (again.text_cut, again.history_turns) == (turn.text_cut, turn.history_turns)
        np.testing.assert_allclose(list(again.probabilities.values()), list(turn.probabilities.values()), atol=1e-5)


def test_a_window_that_the_question_alone_fills_is_an_error(short_sighted, make_chat):
    names = tuple(f"a rather long label number {number}" for number in range(40))
    with pytest.raises(InputError, match="raise max_tokens"):
        _recognizer(short_sighted, names).recognize(make_chat(2))


def test_a_window_beyond_the_model_s_is_an_error(make_backbone, llama):
    with pytest.raises(InputError, match="reads 1024 tokens; max_tokens is 1025"):
        make_backbone(llama, max_tokens=1025)
    # Virtual tokens stand before the prompt and take of its room.
    with pytest.raises(InputError, match="reads 1020 tokens"):
        make_backbone(llama, AdapterOptions("prefix", virtual_tokens=4), max_tokens=1021)


def test_an_end_token_can_be_named(
    write_base, llama_config, make_tokenizer, make_backbone, read_by, chats, make_trees, joined
):
    base = write_base(llama_config(), make_tokenizer(without=("eos", "pad")))
    with pytest.raises(ModelError, match=r"backbone\.end_token"):
        make_backbone(base)
    backbone = make_backbone(base, end_token="<s>")
    trees = make_trees(chats, backbone)
    scores = backbone.score(trees)
    # Without a padding token too.
    for path in ("flat", "cached"):
        np.testing.assert_allclose(joined(read_by(backbone, packing=path).score(trees)), joined(scores), atol=1e-4)


def _limit(monkeypatch, model, limit):
    """Makes a model run out of memory above `limit` tokens; returns the sizes that were asked of it."""
    forward, sizes = model.forward, []

    def limited(**inputs):
        sizes.append(inputs["input_ids"].numel())
        if sizes[-1] > limit:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return forward(**inputs)

    monkeypatch.setattr(model, "forward", limited)
    return sizes


@pytest.mark.parametrize("path", PATHS)
def test_a_row_that_memory_does_not_hold_is_halved(backbone, read_by, chats, make_trees, joined, path, monkeypatch):
    trees = make_trees(chats, backbone)
    before = backbone.score(trees)
    reader = read_by(backbone, packing=path)
    largest = max(len(one) for tree in trees for one in _flat_rows_of(reader, tree))
    sizes = _limit(monkeypatch, backbone.model, largest)
    np.testing.assert_allclose(joined(reader.score(trees)), joined(before), atol=1e-4, rtol=0)
    if path != "cached":
        assert max(sizes) > largest
    _limit(monkeypatch, backbone.model, 20)
    with pytest.raises(ModelError, match="memory does not hold a single question; lower max_tokens"):
        reader.score(trees)


def _flat_rows_of(reader, tree):
    """Returns the tokens of each question alone, as the path lays it out."""
    tokenised = reader.tokenizer.tokenise(tree)
    for question in tokenised.questions:
        prompt, longest = tokenised.prompt(question), max(map(len, question.options)) - 1
        if reader.path == "packed":
            yield range(len(prompt) + sum(len(option) - 1 for option in question.options))
        else:
            yield range((len(prompt) + longest) * len(question.options))


def test_an_error_that_is_not_about_memory_is_not_hidden_and_leaves_the_model_as_it_was(
    backbone, chats, make_trees, monkeypatch
):
    def broken(**inputs):
        raise RuntimeError("something else")

    backbone.model.train()
    monkeypatch.setattr(backbone.model, "forward", broken)
    with pytest.raises(RuntimeError, match="something else"):
        backbone.score(make_trees(chats, backbone))
    assert backbone.model.training
    backbone.model.eval()


def test_a_path_is_taken_where_it_is_asked_for(llama, make_backbone, write_base, llama_config, make_tokenizer):
    for path in PATHS:
        backbone = make_backbone(llama, packing=path)
        assert (backbone.path, backbone.path_reason) == (path, "" if path == "packed" else "asked for")
    with pytest.raises(
        ModelError, match=r"other answers: its adapter puts tokens of its own before the prompt; use auto"
    ):
        make_backbone(llama, AdapterOptions("prefix"), packing="packed", max_tokens=512)


def test_an_untouched_base_is_not_copied(llama, make_backbone, chats, make_trees, joined, tmp_path):
    backbone = make_backbone(llama)
    backbone.save(tmp_path / "one")
    load_backbone("causal", tmp_path / "one").save(tmp_path / "two")
    assert not list(tmp_path.rglob("*.safetensors"))
    loaded = CausalBackbone.load(tmp_path / "two")
    assert (loaded.options, loaded.history) == (backbone.options, backbone.history)
    trees = make_trees(chats, backbone)
    np.testing.assert_array_equal(joined(loaded.score(trees)), joined(backbone.score(trees)))


def test_a_plain_checkpoint_with_its_settings_beside_it_is_read(backbone, chats, make_trees, joined, tmp_path):
    backbone.save(tmp_path)
    backbone.model.save_pretrained(tmp_path)
    backbone.tokenizer.tokenizer.save_pretrained(tmp_path)
    trees = make_trees(chats, backbone)
    np.testing.assert_array_equal(joined(CausalBackbone.load(tmp_path).score(trees)), joined(backbone.score(trees)))


@pytest.mark.parametrize(
    "damage", [None, "{", "[]", '{"options": {}}', '{"options": {"load": {"dtype": "f", "x": 1}}}']
)
def test_damaged_settings_are_named(backbone, tmp_path, damage):
    backbone.save(tmp_path)
    if damage is None:
        (tmp_path / "causal.json").unlink()
    else:
        (tmp_path / "causal.json").write_text(damage, encoding="utf-8")
    with pytest.raises(ModelError, match=r"causal\.json is missing or damaged"):
        CausalBackbone.load(tmp_path)


@pytest.fixture(scope="module")
def real():
    if not REAL.is_dir():
        pytest.skip("the checkpoint TinyStories-656K is not beside the repository, in shared/models")
    return REAL


def test_a_real_checkpoint_is_packed_trained_saved_and_read_again(
    real, make_backbone, read_by, chats, make_trees, joined, tmp_path
):
    backbone = make_backbone(real, AdapterOptions("lora", dropout=0.0), max_tokens=512)
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
    backbone = make_backbone(real, max_tokens=512, load=LoadOptions(dtype="bfloat16"))
    assert backbone.path == "packed"
    trees = make_trees(chats, backbone)
    scores = joined(backbone.score(trees))
    assert scores.dtype == np.float32
    exact = joined(make_backbone(real, max_tokens=512).score(trees))
    for path in PATHS:
        np.testing.assert_allclose(joined(read_by(backbone, packing=path).score(trees)), exact, atol=0.3)


def test_options_and_branches_of_one_token_and_of_none(backbone, read_by, naive, joined):
    questions = (
        Question("q", 1, "", (" joy", " sad")),
        Question("q", 0, "so", ("a", "b", "ab")),
        Question("q", 2, "", ("x", "xx")),
        Question("q", 2, " and", (" joy", "joy")),
    )
    tree = PromptTree((Segment("a line\n"), Segment("Ann: hi\n"), Segment("")), questions, "")
    expected = joined(naive(backbone, [tree]))
    for path in PATHS:
        scores = read_by(backbone, packing=path).option_scores([tree])
        np.testing.assert_allclose(joined(scores), expected, atol=1e-4, rtol=0)
