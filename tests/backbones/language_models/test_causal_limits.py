"""The causal backbone at its limits: windows, memory, ties, odd text, and settings that cannot be met."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from transformers import GPT2Config

from instructerc.backbones.language_models.causal import CausalBackbone
from instructerc.backbones.options import AdapterOptions, BackboneOptions
from instructerc.backbones.settings import ModelSettings
from instructerc.backbones.trees import build_trees
from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError, ModelError
from instructerc.labels import LabelSet
from instructerc.prompts import History, PromptTree, Question, Segment, TreeBuilder, load_wording
from instructerc.recognition import Recognizer

PATHS = ("packed", "cached", "flat")


def _recognizer(backbone, names=("joy", "sad", "sadness", "calm"), wording="compact-1"):
    return Recognizer(backbone, ModelSettings("causal", LabelSet("few", names), wording, calibration="none"))


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
        make_backbone(llama, AdapterOptions(method="prefix", virtual_tokens=4), max_tokens=1021)


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
    with pytest.raises(ModelError, match="not even a single question fits into memory; lower max_tokens"):
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
        ModelError, match=r"different answers: its adapter puts tokens of its own before the prompt; use auto"
    ):
        make_backbone(llama, AdapterOptions(method="prefix"), packing="packed", max_tokens=512)


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


@pytest.mark.parametrize(("dtype", "reason"), [("float16", "leaves the range of these"), ("bfloat16", "be damaged")])
def test_answers_that_are_no_numbers_are_refused(llama, make_backbone, make_trees, chats, dtype, reason):
    backbone = make_backbone(llama, dtype=dtype)
    torch.nn.init.constant_(backbone.model.lm_head.weight, torch.finfo(backbone.model.dtype).max)
    with pytest.raises(ModelError, match=f"gives values that are not numbers in {dtype}: .*{reason}"):
        backbone.score(make_trees(chats, backbone))


def test_weights_in_float16_are_not_trained_themselves():
    with pytest.raises(ValueError, match="gradients of float16 weights vanish"):
        BackboneOptions(kind="causal", base="any", dtype="float16", adapter={"method": "full"})
    assert BackboneOptions(kind="causal", base="any", dtype="float16").dtype == "float16"
