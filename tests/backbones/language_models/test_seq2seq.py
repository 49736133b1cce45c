"""The encoder-decoder backbone against transformers' own loss, one prompt and one option at a time."""

from __future__ import annotations

import json
import string

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
from transformers import (
    BartConfig,
    BartForConditionalGeneration,
    PreTrainedTokenizerFast,
    T5Config,
    T5ForConditionalGeneration,
)

from instructerc.backbones.language_models.seq2seq import Seq2SeqBackbone, encoder_window
from instructerc.backbones.options import AdapterOptions, BackboneOptions
from instructerc.backbones.registry import load_trained
from instructerc.backbones.trees import build_trees
from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError, LabelError, ModelError
from instructerc.labels import load_label_set
from instructerc.prompts import TASKS, History, PromptTree, Question, Segment, TreeBuilder, load_wording

# PEFT asks transformers for it by a name that goes away with transformers 6.
pytestmark = pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning")

SPECIALS = {"pad_token": "<pad>", "eos_token": "</s>", "unk_token": "<unk>", "bos_token": "<s>"}
# Some labels are one token, the others are spelled: options of one question differ in length.
WORDS = ("joy", "fear", "anger", "emotions", "feels", "conversation", "line", "the", "door", "is", "said", "by")
EMOTIONS = ("joy", "fear", "neutral", None, "anger", "sadness")
LINES = ("the door is shut", "who was that", "i know", "the long road by the sea is said to be closed", "ha", "no way")


def _tokenizer(kind: str) -> PreTrainedTokenizerFast:
    """Returns a WordPiece tokenizer that ends its prompts as T5's does, or frames them as BART's does."""
    letters = string.ascii_lowercase + string.digits + string.punctuation
    words = [*SPECIALS.values(), *letters, *(f"##{letter}" for letter in letters), *WORDS]
    ids = {word: index for index, word in enumerate(words)}
    tokenizer = Tokenizer(models.WordPiece(ids, unk_token="<unk>"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="$A </s>" if kind == "t5" else "<s> $A </s>",
        special_tokens=[("<s>", ids["<s>"]), ("</s>", ids["</s>"])],
    )
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **SPECIALS)


def _model(kind: str, vocabulary: int, **more):
    torch.manual_seed(3)
    if kind == "t5":
        sizes = {"d_model": 16, "d_kv": 8, "d_ff": 32, "num_layers": 2, "num_heads": 2}
        more = {"pad_token_id": 0, "eos_token_id": 1, "decoder_start_token_id": 0, **more}
        return T5ForConditionalGeneration(T5Config(vocab_size=vocabulary, **sizes, **more))
    layers = {f"{part}_{what}": 2 for part in ("encoder", "decoder") for what in ("layers", "attention_heads")}
    sizes = {"d_model": 16, "encoder_ffn_dim": 32, "decoder_ffn_dim": 32, "max_position_embeddings": 512, **layers}
    special = {"pad_token_id": 0, "eos_token_id": 1, "bos_token_id": 3, "decoder_start_token_id": 1}
    # Wide enough that options get different scores.
    config = BartConfig(vocab_size=vocabulary, init_std=0.3, forced_eos_token_id=None, **sizes, **special)
    return BartForConditionalGeneration(config)


@pytest.fixture(scope="module", params=["t5", "bart"])
def base(request, tmp_path_factory):
    """Folder of a tiny random encoder-decoder."""
    return _write_base(request.param, tmp_path_factory.mktemp(request.param))


@pytest.fixture(scope="module")
def t5(tmp_path_factory):
    return _write_base("t5", tmp_path_factory.mktemp("t5"))


def _write_base(kind, folder, **more):
    tokenizer = _tokenizer(kind)
    tokenizer.save_pretrained(folder)
    _model(kind, len(tokenizer), **more).save_pretrained(folder)
    return folder


def _backbone(base, adapter=None, **options) -> Seq2SeqBackbone:
    settings = BackboneOptions(kind="seq2seq", base=str(base), max_tokens=512, row_tokens=700)
    return Seq2SeqBackbone.from_base(settings.model_copy(update=options), History(), adapter)


@pytest.fixture(scope="module")
def backbone(base):
    return _backbone(base)


@pytest.fixture(scope="module")
def conversations():
    return [
        Conversation(
            f"c{size}",
            [
                Utterance(("Ann", "Bo", "Cy")[turn % 3], LINES[(turn * size) % 6], EMOTIONS[(turn + size) % 6])
                for turn in range(size)
            ],
        )
        for size in (2, 7, 3)
    ]


def _trees(conversations, backbone, wording="compact-1"):
    builder = TreeBuilder(load_wording(wording), load_label_set("meld"), {TASKS[0]: 1.0, TASKS[1]: 0.1, TASKS[2]: 0.5})
    return [tree for talk in conversations for _, tree in build_trees(talk, builder, backbone)]


def _naive_option(backbone, prompt, option, forced=()):
    """Returns log p(option | prompt) by the model's own way from labels to decoder inputs."""
    tokenizer, model = backbone.tokenizer.tokenizer, backbone.model
    labels = [*forced, *tokenizer(option, add_special_tokens=False)["input_ids"], tokenizer.eos_token_id]
    with torch.inference_mode():
        inputs = torch.tensor([tokenizer(prompt)["input_ids"]])
        log_probs = model.eval()(input_ids=inputs, labels=torch.tensor([labels])).logits[0].double().log_softmax(-1)
    return sum(float(log_probs[place, token]) for place, token in enumerate(labels) if place >= len(forced))


def _naive(backbone, trees, forced=()):
    return [
        [
            np.array([_naive_option(backbone, tree.flatten(question), option, forced) for option in question.options])
            for question in tree.questions
        ]
        for tree in trees
    ]


def _flat(scores):
    return np.concatenate([values for answers in scores for values in answers])


def _shake(backbone, std=0.3):
    """Moves what is trained away from where it begins, so that a forgotten adapter shows."""
    torch.manual_seed(9)
    with torch.no_grad():
        for parameter in backbone.model.parameters():
            if parameter.requires_grad:
                parameter.add_(torch.randn_like(parameter) * std)


@pytest.mark.parametrize("wording", ["compact-1", "paper-1"])
def test_scores_equal_one_prompt_and_one_option_at_a_time(backbone, conversations, wording):
    trees = _trees(conversations, backbone, wording)
    expected = _naive(backbone, trees)
    assert {len(values) for answers in expected for values in answers} == {2, 3, 7}  # casts and labels
    assert _flat(expected).std() > 1
    np.testing.assert_allclose(_flat(backbone.option_scores(trees)), _flat(expected), atol=2e-4, rtol=1e-5)
    for answers, sums in zip(backbone.score(trees), expected, strict=True):
        for log_probs, values in zip(answers, sums, strict=True):
            assert log_probs.dtype == np.float32
            np.testing.assert_allclose(log_probs, values - np.logaddexp.reduce(values), atol=2e-4)


def test_a_batch_of_one_equals_a_batch_of_many(backbone, base, conversations):
    trees = _trees(conversations, backbone)
    many = backbone.score(trees)
    for number, tree in enumerate(trees):
        np.testing.assert_allclose(_flat(backbone.score([tree])), _flat([many[number]]), atol=1e-4)
        np.testing.assert_allclose(_flat([backbone.live().ask(tree)]), _flat([many[number]]), atol=1e-4)
        for place, question in enumerate(tree.questions):
            alone = backbone.score([tree.only(question)])[0][0]
            np.testing.assert_allclose(alone, many[number][place], atol=1e-4)
    narrow = _backbone(base, row_tokens=1)
    np.testing.assert_allclose(_flat(narrow.score(trees)), _flat(many), atol=1e-4)
    assert backbone.score([]) == []


def test_a_question_of_many_options_counts_for_several_prompts(base, monkeypatch):
    options = tuple(f" {word}" for word in ("joy", "fear", "anger", "rage", *"abcdefghijklmn"))
    questions = tuple(Question("q", 1, f"{name} feels", options) for name in ("ann", "bob", "cyd"))
    tree = PromptTree((Segment("a line\n"), Segment("Ann: hi\n")), (*questions, Question("q", 0, "", options[:2])), "")
    backbone = _backbone(base, row_tokens=100)
    expected = _naive(backbone, [tree])
    sizes = _limit(monkeypatch, backbone, 99)
    scores = backbone.option_scores([tree])
    assert [len(values) for values in scores[0]] == [18, 18, 18, 2]
    np.testing.assert_allclose(_flat(scores), _flat(expected), atol=2e-4, rtol=1e-5)
    # Their prompts have some 18 tokens and 18 options, which makes one of them as dear as three.
    assert max(sizes) == 2
    assert sum(sizes) == 4


def test_a_forced_first_token_stands_before_every_option(tmp_path, conversations):
    backbone = _backbone(_write_base("bart", tmp_path))
    backbone.model.generation_config.forced_bos_token_id = 3
    forced = Seq2SeqBackbone(backbone.model, backbone.tokenizer, backbone.history, backbone.options)
    assert (backbone.starts, forced.starts) == ((1,), (1, 3))
    trees = _trees(conversations[:1], backbone)
    expected = _flat(_naive(backbone, trees, forced=(3,)))
    np.testing.assert_allclose(_flat(forced.option_scores(trees)), expected, atol=2e-4, rtol=1e-5)
    assert np.abs(_flat(backbone.option_scores(trees)) - expected).max() > 1e-2


def test_the_mean_over_tokens_is_a_setting(base, backbone, conversations):
    trees = _trees(conversations[:1], backbone)
    sums, means = backbone.option_scores(trees), _backbone(base, length_normalised=True).option_scores(trees)
    for tree, some, others in zip(trees, sums, means, strict=True):
        for question, values, divided in zip(tree.questions, some, others, strict=True):
            lengths = [len(backbone.tokenizer.option(option)) for option in question.options]
            assert len(set(lengths)) > 1
            np.testing.assert_allclose(divided, values / lengths, rtol=1e-5)


@pytest.mark.parametrize("method", ["lora", "full"])
def test_a_saved_backbone_gives_the_same_scores(base, conversations, tmp_path, method):
    untrained = _backbone(base)
    backbone = _backbone(base, AdapterOptions(method=method, dropout=0.5))
    _shake(backbone)
    trees = _trees(conversations, backbone)
    before = _flat(backbone.score(trees))
    assert np.abs(before - _flat(untrained.score(trees))).max() > 0.01
    backbone.save(tmp_path)
    assert (tmp_path / ("adapter" if method == "lora" else "model")).is_dir()
    loaded = load_trained("seq2seq", tmp_path)
    np.testing.assert_allclose(_flat(loaded.score(trees)), before, atol=1e-5)
    assert (loaded.options, loaded.history) == (backbone.options, backbone.history)
    assert any(parameter.requires_grad for parameter in loaded.model.parameters())
    _shake(loaded)
    loaded.save(tmp_path / "again")
    np.testing.assert_allclose(_flat(Seq2SeqBackbone.load(tmp_path / "again").score(trees)), _flat(loaded.score(trees)))


def test_its_folder_is_described_by_its_own_file_and_one_of_before_is_read(base, backbone, conversations, tmp_path):
    backbone.save(tmp_path)
    assert not (tmp_path / "causal.json").exists()
    described = json.loads((tmp_path / "seq2seq.json").read_text(encoding="utf-8"))
    assert described["options"]["load"]["dtype"] == "float32"
    (tmp_path / "seq2seq.json").rename(tmp_path / "causal.json")
    loaded = Seq2SeqBackbone.load(tmp_path)
    assert loaded.options == backbone.options
    trees = _trees(conversations[:1], backbone)
    np.testing.assert_array_equal(_flat(loaded.score(trees)), _flat(backbone.score(trees)))
    loaded.save(tmp_path / "again")
    assert (tmp_path / "again" / "seq2seq.json").is_file()


def test_an_untouched_base_is_not_copied(base, backbone, conversations, tmp_path):
    for saved, folder in ((backbone, tmp_path / "one"), (None, tmp_path / "two")):
        (saved or Seq2SeqBackbone.load(tmp_path / "one")).save(folder)
        assert not list(folder.rglob("*.safetensors"))
    trees = _trees(conversations[:1], backbone)
    np.testing.assert_array_equal(
        _flat(Seq2SeqBackbone.load(tmp_path / "two").score(trees)), _flat(backbone.score(trees))
    )


def test_a_plain_checkpoint_with_its_settings_beside_it_is_read(base, backbone, conversations, tmp_path):
    backbone.save(tmp_path)
    _backbone(base).model.save_pretrained(tmp_path)
    backbone.tokenizer.tokenizer.save_pretrained(tmp_path)
    trees = _trees(conversations[:1], backbone)
    np.testing.assert_array_equal(_flat(Seq2SeqBackbone.load(tmp_path).score(trees)), _flat(backbone.score(trees)))


def test_a_folder_without_settings_is_refused(tmp_path):
    with pytest.raises(ModelError, match="missing or damaged"):
        Seq2SeqBackbone.load(tmp_path)


def test_the_loss_is_the_weighted_negative_log_likelihood_of_the_gold_options(backbone, conversations):
    trees = _trees(conversations, backbone)
    expected, asked = 0.0, 0
    for tree, answers in zip(trees, _naive(backbone, trees), strict=True):
        for question, values in zip(tree.questions, answers, strict=True):
            if question.answer is not None:
                expected -= question.weight * values[question.answer]
                asked += 1
    for scale in (1.0, 0.2):
        rows = backbone.rows(trees, scale)
        assert sum(len(row) for row in rows) == asked
        losses = [backbone.loss(backbone.model, row) for row in rows]
        assert float(sum(losses)) == pytest.approx(expected, rel=1e-5)
        padded = [max(len(piece.tree.prompt(piece.tree.questions[0])) + 1 for piece in row) * len(row) for row in rows]
        assert all(size <= 700 * scale or len(row) == 1 for size, row in zip(padded, rows, strict=True))
    assert len(backbone.rows(trees, 0.2)) > len(backbone.rows(trees)) > 1


def test_encoder_and_decoder_adapters_are_trained_and_the_base_is_not(base, conversations):
    backbone = _backbone(base, AdapterOptions(method="lora"))
    backbone.model.train()
    sum(backbone.loss(backbone.model, row) for row in backbone.rows(_trees(conversations, backbone))).backward()
    trained = {name for name, parameter in backbone.model.named_parameters() if parameter.requires_grad}
    moved = {
        name for name, one in backbone.model.named_parameters() if one.grad is not None and float(one.grad.abs().sum())
    }
    assert {name for name in trained if "lora_B" in name} == moved
    assert all("lora_" in name for name in trained)
    assert all(any(f".{part}." in name for name in moved) for part in ("encoder", "decoder"))
    assert backbone.score([]) == []
    assert backbone.model.training  # scoring in the middle of training leaves the mode as it was


def test_prefix_tuning_which_fills_the_cache_itself(t5, conversations):
    backbone = _backbone(t5, AdapterOptions(method="prefix", virtual_tokens=4))
    _shake(backbone, 1.0)
    trees = _trees(conversations[:1], backbone)
    expected = _flat(_naive(backbone, trees))
    np.testing.assert_allclose(_flat(backbone.option_scores(trees)), expected, atol=2e-4, rtol=1e-5)
    assert np.abs(_flat(_backbone(t5).option_scores(trees)) - expected).max() > 1e-2


def _limit(monkeypatch, backbone, limit):
    """Makes the encoder run out of memory above `limit` prompts; returns the sizes that were asked of it."""
    encoder, sizes = backbone.model.get_encoder(), []
    forward = encoder.forward

    def limited(*arguments, input_ids, **named):
        sizes.append(len(input_ids))
        if len(input_ids) > limit:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return forward(*arguments, input_ids=input_ids, **named)

    monkeypatch.setattr(encoder, "forward", limited)
    return sizes


def test_a_batch_that_memory_does_not_hold_is_halved(backbone, conversations, monkeypatch):
    trees = _trees(conversations, backbone)
    before = _flat(backbone.score(trees))
    sizes = _limit(monkeypatch, backbone, 1)
    np.testing.assert_allclose(_flat(backbone.score(trees)), before, atol=1e-4)
    assert max(sizes) > 2
    assert sizes.count(1) == sum(len(tree.questions) for tree in trees)


def test_memory_that_does_not_hold_one_question_is_an_error(backbone, conversations, monkeypatch):
    _limit(monkeypatch, backbone, 0)
    with pytest.raises(ModelError, match="not even a single question fits into memory"):
        backbone.score(_trees(conversations, backbone))
    monkeypatch.undo()
    monkeypatch.setattr(backbone.model, "forward", lambda **named: 1 / 0)
    with pytest.raises(ZeroDivisionError):  # another error is no lack of memory
        backbone.score(_trees(conversations, backbone))


def test_a_model_that_does_not_say_how_its_decoder_starts_is_refused(tmp_path):
    base = _write_base("t5", tmp_path, decoder_start_token_id=None)
    with pytest.raises(ModelError, match=r"decoder starts.*set decoder_start_token_id in its config\.json"):
        _backbone(base)


def test_a_start_token_of_the_generation_settings_serves_too(tmp_path):
    tokenizer = _tokenizer("t5")
    tokenizer.save_pretrained(tmp_path)
    model = _model("t5", len(tokenizer), decoder_start_token_id=None)
    model.generation_config.decoder_start_token_id = 2
    model.save_pretrained(tmp_path)
    assert _backbone(tmp_path).starts == (2,)


def test_the_prompt_is_framed_as_the_tokenizer_frames_it(base, backbone):
    bos, eos = 3, 1
    assert backbone.closing == (eos,)
    assert backbone.tokenizer.prefix == (() if "t5" in base.name else (bos,))
    assert backbone.budget == 512 - len(backbone.tokenizer.prefix) - 1
    assert (backbone.kind, backbone.path, backbone.spells_options, backbone.pads) == ("seq2seq", "flat", True, False)
    tree = PromptTree((Segment("a line\n"),), (Question("q", 0, "ann feels", (" joy", " a b"), 1),), "")
    assert backbone.size(tree) == len(backbone.tokenizer.tokenizer(tree.flatten(tree.questions[0]))["input_ids"]) + 3
    assert backbone.reserve(tree.questions) == 4 + 3  # a n n feels; a, b and the end token


def test_options_that_read_alike_are_refused(backbone):
    backbone.check_options([" joy", " fear"])
    with pytest.raises(LabelError, match="the same tokens"):
        backbone.check_options([" joy", " Joy"])


@pytest.mark.parametrize("packing", ["packed", "cached"])
def test_packing_is_refused(t5, packing):
    with pytest.raises(InputError, match=f"packing '{packing}' is for causal models"):
        _backbone(t5, packing=packing)


def test_only_absolute_positions_limit_the_window(tmp_path, t5):
    assert _backbone(t5, max_tokens=100_000).budget == 99_999
    bart = _write_base("bart", tmp_path)
    with pytest.raises(InputError, match="reads 512 tokens; max_tokens is 513"):
        _backbone(bart, max_tokens=513)
    two_windows = T5Config()
    two_windows.max_encoder_position_embeddings = 16_384
    assert encoder_window(two_windows) == 16_384
