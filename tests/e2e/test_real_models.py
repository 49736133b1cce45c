"""Real weights out of packages: what people load is read right, trained, merged and reloaded. `make test-real`."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoModelForCausalLM, AutoTokenizer

from instructerc.backbones.base_models.hub import load_tokenizer, load_weights
from instructerc.backbones.base_models.packages import BASE_PACKAGES
from instructerc.backbones.base_models.weights import resolve_base
from instructerc.backbones.encoders.embedded import GRAPH, EmbeddedBackbone
from instructerc.backbones.encoders.encoder import EncoderBackbone
from instructerc.backbones.encoders.onnx_graph import export_graph
from instructerc.backbones.encoders.quantise import quantise
from instructerc.backbones.language_models.causal import CausalBackbone
from instructerc.backbones.options import AdapterOptions, BackboneOptions
from instructerc.backbones.settings import ModelSettings, write_settings
from instructerc.backbones.trees import build_trees
from instructerc.corpora import load_corpus
from instructerc.labels import load_label_set
from instructerc.prompts import History, TreeBuilder, load_wording
from instructerc.recognition import Recognizer
from instructerc.training.merge import export_merged

pytestmark = pytest.mark.real
SMOLLM2 = "SmolLM2-135M-Instruct"
GEMMA = "gemma-3-270m"
MPNET = "all-mpnet-base-v2"
EVERYDAY = Path(__file__).parents[2] / "data" / "everyday"
OPTIONS = BackboneOptions(kind="causal", base=SMOLLM2, max_tokens=512, packing="packed")


def _gguf() -> str:
    package = BASE_PACKAGES[SMOLLM2]
    return str(metadata.distribution(*package.packages).locate_file(*package.files))


def test_smollm2_knows_the_capital_of_france():
    model, tokenizer = (
        load_weights(AutoModelForCausalLM, BackboneOptions(kind="causal", base=SMOLLM2)),
        load_tokenizer(BackboneOptions(base=SMOLLM2)),
    )
    prompt = tokenizer("The capital of France is", return_tensors="pt")["input_ids"].to(model.device)
    with torch.inference_mode():
        assert tokenizer.decode(model(prompt).logits[0, -1].argmax()) == " Paris"
    assert "<|im_start|>" in tokenizer.chat_template


def test_a_gguf_file_is_the_same_model_as_the_folder_made_of_it():
    straight = load_weights(AutoModelForCausalLM, BackboneOptions(kind="causal", base=_gguf()))
    folder = load_weights(AutoModelForCausalLM, BackboneOptions(kind="causal", base=SMOLLM2))
    assert all(torch.equal(value, folder.state_dict()[name]) for name, value in straight.state_dict().items())
    text = "Ann: I can't believe it — wow!\n"
    of_file, of_folder = (load_tokenizer(BackboneOptions(base=name))(text)["input_ids"] for name in (_gguf(), SMOLLM2))
    assert of_file == of_folder


@pytest.mark.parametrize(
    ("base", "dtype"),
    # Most layers of Gemma look back over 512 tokens, fewer than a prompt may have.
    [(SMOLLM2, "float32"), (SMOLLM2, "bfloat16"), (GEMMA, "bfloat16")],
)
def test_real_models_are_found_to_pack(base, dtype):
    options = OPTIONS.model_copy(update={"base": base, "packing": "auto", "max_tokens": 1024, "dtype": dtype})
    backbone = CausalBackbone.from_base(options, History())
    assert (backbone.path, backbone.path_reason) == ("packed", "")


@pytest.fixture(scope="module")
def mpnet():
    return EncoderBackbone.from_base(MPNET, 256)


def test_mpnet_is_the_official_file(mpnet):
    assert (Path(resolve_base(MPNET)) / "model.safetensors").stat().st_size == 437_971_872
    assert mpnet.budget == 255


def test_mpnet_reads_a_turn_as_transformers_does(mpnet):
    own = AutoModel.from_pretrained(resolve_base(MPNET), add_pooling_layer=False).eval()
    text = "I can't believe it, you remembered my birthday after all these years!"
    ids = torch.tensor([AutoTokenizer.from_pretrained(resolve_base(MPNET))(text)["input_ids"]])
    assert ids[0].tolist() == list(mpnet.tokenizer.option(text))
    size = ids.shape[1]
    with torch.inference_mode():
        expected = own(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state
        found = mpnet.model.eval().states(ids, torch.arange(size)[None], torch.ones(1, 1, size, size, dtype=torch.bool))
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)


def test_mpnet_answers_from_onnx_as_it_does_in_torch(mpnet, talks, tmp_path):
    builder = TreeBuilder(load_wording("encoder-2"), load_label_set("meld"))
    trees = [builder.build(talk) for talk in talks[:2]]
    expected = np.concatenate([np.asarray(answers) for answers in mpnet.score(trees)])
    mpnet.save_tokenizer(tmp_path)
    found = {}
    for kind, layers in (("float32", None), ("int8", quantise(mpnet, trees))):
        export_graph(mpnet.model, tmp_path / GRAPH, layers)
        scores = EmbeddedBackbone.load(tmp_path, {}).score(trees)
        found[kind] = np.concatenate([np.asarray(answers) for answers in scores])
    np.testing.assert_allclose(found["float32"], expected, atol=1e-4, rtol=0)
    # Untrained, all labels are nearly as likely: answers spread by 0.013, of which int8 takes at most 0.011.
    assert np.abs(found["int8"] - expected).max() < 0.02
    assert np.corrcoef(found["int8"].ravel(), expected.ravel())[0, 1] > 0.85


def test_two_steps_of_lora_are_learnt_saved_and_merged(talks, tmp_path):
    labels, wording = load_label_set("meld"), load_wording("compact-1")
    torch.manual_seed(0)
    backbone = CausalBackbone.from_base(
        OPTIONS.model_copy(update={"base": _gguf()}), History(), AdapterOptions(dropout=0.0)
    )
    builder = TreeBuilder(wording, labels)
    talk = talks[2]
    gold = [replace(turn, emotion=labels.names[place % 7]) for place, turn in enumerate(talk.utterances)]
    trees = [tree for _, tree in build_trees(replace(talk, utterances=tuple(gold)), builder, backbone)]
    trained = [weight for weight in backbone.model.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW(trained, lr=2e-3)
    losses = []
    for _ in range(3):
        loss = sum(backbone.loss(backbone.model, row) for row in backbone.rows(trees))
        losses.append(float(loss.detach()))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    assert losses[0] > losses[1] > losses[2]
    backbone.save(tmp_path / "model")
    write_settings(tmp_path / "model", ModelSettings("causal", labels, wording.version, wording=wording.to_data()))
    merged = export_merged(tmp_path / "model", tmp_path / "merged", say=lambda line: None)
    assert "quantization_config" not in json.loads((merged / "config.json").read_text())
    answers = [
        [turn for turns in Recognizer.from_pretrained(folder).recognize_many([talk]) for turn in turns]
        for folder in (tmp_path / "model", merged)
    ]
    assert [turn.label for turn in answers[0]] == [turn.label for turn in answers[1]]
    chances = np.array([[list(turn.probabilities.values()) for turn in turns] for turns in answers])
    assert np.abs(chances[0] - chances[1]).max() < 1e-4


E5_TEXTS = ("I am furious with you!", "Sono furioso con te!", "My father has died.", "Mio padre è morto.")


def test_multilingual_e5_gives_near_states_to_what_means_the_same():
    backbone = EncoderBackbone.from_base("multilingual-e5-small-17", 512)
    with torch.inference_mode():
        states = np.stack([_mean_state(backbone, f"query: {text}") for text in E5_TEXTS])
    near = states @ states.T
    assert near[0, 1] == pytest.approx(0.95, abs=0.02)
    assert near[2, 3] == pytest.approx(0.92, abs=0.02)
    assert near[:2, 2:].max() < 0.88


def test_the_pieces_that_are_kept_spell_every_turn_in_seventeen_languages():
    tokenizer = EncoderBackbone.from_base("multilingual-e5-small-17", 512).tokenizer
    for corpus in ("everyday", "everyday-multilingual"):
        texts = [turn.text for talk in load_corpus(corpus, EVERYDAY, "dev") for turn in talk.utterances]
        found = [token for ids, _ in tokenizer.segments(texts) for token in ids]
        assert tokenizer.tokenizer.token_to_id("<unk >") not in found


def _mean_state(backbone, text):
    ids = backbone.tokenizer.option(text)
    size = len(ids)
    visible = torch.ones(1, 1, size, size, dtype=torch.bool)
    state = backbone.model.states(torch.tensor([ids]), torch.arange(size)[None], visible)[0].mean(0).numpy()
    return state / np.linalg.norm(state)
