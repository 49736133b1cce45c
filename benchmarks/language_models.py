"""What the benchmarks of language models share: a random Llama, a real tokenizer, prompts, and the peer.

The tokenizer is the one with 32,000 entries that the package mistral-common holds (`pip install --no-deps
mistral-common sentencepiece`); its counts are close to LLaMA-2's. Where it is not installed, the WordPiece vocabulary of
the embedded model stands in; the reports say which.
"""

from __future__ import annotations

import json
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from embedded import synthetic
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from instructerc.backbones.causal import CausalBackbone, CausalOptions
from instructerc.backbones.embedders import load_embedder
from instructerc.backbones.hub import LoadOptions
from instructerc.backbones.llm_tokenizer import PromptTokenizer
from instructerc.backbones.trees import build_trees
from instructerc.conversation import Conversation, Utterance
from instructerc.corpora import load_corpus
from instructerc.labels import load_label_set
from instructerc.prompts import EMOTION_PREDICTION, EMOTION_RECOGNITION, History, PromptTree, TreeBuilder, load_wording
from instructerc.recognition import embedded_model
from instructerc.retrieval import BankSettings, DemonstrationBank

SMALL = {"hidden_size": 512, "intermediate_size": 1376, "num_hidden_layers": 4, "num_attention_heads": 8}
LLAMA_7B = {"hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 32, "num_attention_heads": 32}
MAX_TOKENS = 1024
PAPER_WINDOW = History("window", 12)


def real_tokenizer() -> tuple[Any, str]:
    """Returns a real tokenizer with start, end and pad token, and what it is."""
    found = find_spec("mistral_common")
    if found is not None and found.origin is not None and find_spec("sentencepiece") is not None:
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(Path(found.origin).parent / "data" / "tokenizer.model.v1", Path(folder) / "tokenizer.model")
            (Path(folder) / "config.json").write_text(json.dumps({"model_type": "llama"}), encoding="utf-8")
            tokenizer = AutoTokenizer.from_pretrained(folder)
        tokenizer.pad_token = tokenizer.unk_token
        return tokenizer, "mistral-common v1, 32000 entries"
    file = str(embedded_model() / "tokenizer.json")
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=file, eos_token="[SEP]", bos_token="[CLS]", pad_token="[PAD]")
    return tokenizer, "the embedded model's WordPiece, 30522 entries"


def random_llama(shape: dict[str, int], vocabulary: int, dtype: torch.dtype, device: torch.device) -> Any:
    """Returns a Llama with random weights made on the device."""
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=vocabulary, max_position_embeddings=4096, tie_word_embeddings=shape is SMALL, pad_token_id=0, **shape
    )
    with torch.device(device):
        before = torch.get_default_dtype()
        torch.set_default_dtype(dtype)
        try:
            return LlamaForCausalLM(config).eval()
        finally:
            torch.set_default_dtype(before)


def build_backbone(model: Any, tokenizer: Any, row_tokens: int, path: str = "packed", **load: Any) -> CausalBackbone:
    """Returns the model as a backbone that sees every turn of a trunk, as the default is."""
    options = CausalOptions("random", MAX_TOKENS, LoadOptions(**load), row_tokens=row_tokens, packing=path)
    return CausalBackbone(model, PromptTokenizer(tokenizer, MAX_TOKENS), History(), options)


def read_talks(path: str, split: str, n_talks: int | None, invented: bool) -> list[Conversation]:
    """Returns dialogues of MELD, or invented ones of about its size, with labels."""
    if not invented:
        return load_corpus("meld", path, split)[:n_talks]
    labels = load_label_set("meld").names
    return [
        Conversation(
            f"{split}/{talk.id}",
            [Utterance(turn.speaker, turn.text, labels[index % 7]) for index, turn in enumerate(talk.utterances)],
        )
        for talk in synthetic(n_talks or 100)
    ]


def build_bank(talks: Sequence[Conversation]) -> DemonstrationBank:
    """Returns a label-balanced bank of these dialogues, one demonstration a prompt, as the paper has it."""
    return DemonstrationBank.build(talks, load_label_set("meld"), load_embedder("embedded"), BankSettings(balanced=True))


def builder(wording: str, bank: DemonstrationBank | None = None, prediction: float = 0.0) -> TreeBuilder:
    """Returns the builder of a wording; the bank is shown in `paper` prompts alone, as the default is."""
    tasks = {EMOTION_RECOGNITION: 1.0, EMOTION_PREDICTION: prediction}
    return TreeBuilder(load_wording(wording), load_label_set("meld"), tasks, demonstrator=bank)


def trees_of(talks: Sequence[Conversation], tree_builder: TreeBuilder, backbone: CausalBackbone) -> list[PromptTree]:
    """Returns the trees of the dialogues."""
    return [tree for talk in talks for _, tree in build_trees(talk, tree_builder, backbone)]


def window_view(backbone: CausalBackbone) -> CausalBackbone:
    """Returns the backbone with the paper's window of exactly twelve turns, for prompts of the peer."""
    return CausalBackbone(
        backbone.model, backbone.tokenizer, PAPER_WINDOW, replace(backbone.options, packing="flat")
    )


def timed(run: Callable[[], object]) -> float:
    """Returns seconds."""
    begin = time.perf_counter()
    run()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return time.perf_counter() - begin


def median_ratio(theirs: Sequence[float], ours: Sequence[float]) -> tuple[float, list[float]]:
    """Returns the median of the rounds' ratios, and each of them."""
    ratios = [round(peer / mine, 2) for peer, mine in zip(theirs, ours, strict=True)]
    return round(statistics.median(ratios), 2), ratios
