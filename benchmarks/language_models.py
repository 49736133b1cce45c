"""What the benchmarks of language models share: a random Llama or a real model, a tokenizer, prompts, and the peer.

The random Llama's tokenizer is the one with 32,000 entries that the package mistral-common holds (`pip install
--no-deps mistral-common sentencepiece`); its counts are close to LLaMA-2's. Where it is not installed, the WordPiece
vocabulary of the embedded model stands in; the reports say which.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import platform
import shutil
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from embedded import synthetic
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from instructerc.backbones.base_models.weights import resolve_base
from instructerc.backbones.encoders.embedders import load_embedder
from instructerc.backbones.language_models.adapters import add_adapter
from instructerc.backbones.language_models.causal import CausalBackbone
from instructerc.backbones.language_models.packing_check import inner_model, is_out_of_memory
from instructerc.backbones.language_models.tokenizer import PromptTokenizer
from instructerc.backbones.options import AdapterOptions, BackboneOptions
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


@dataclass(frozen=True)
class Subject:
    """The model that is measured.

    Attributes:
        tokenizer: its tokenizer.
        about: what the reports say of model, tokenizer and dtype.
        dtype: of its weights.
        folder: of a real model, or its hub name; a random Llama where None.
    """

    tokenizer: Any
    about: dict[str, str]
    dtype: torch.dtype
    folder: str | None

    @classmethod
    def chosen(cls, arguments: argparse.Namespace) -> Subject:
        """Returns what `--model` and `--dtype` ask for."""
        dtype = getattr(torch, arguments.dtype)
        if arguments.model is None:
            tokenizer, name = real_tokenizer()
            return cls(tokenizer, {"model": "random Llama", "tokenizer": name, "dtype": arguments.dtype}, dtype, None)
        folder = resolve_base(arguments.model)
        tokenizer = AutoTokenizer.from_pretrained(folder)
        if tokenizer.pad_token is None:
            tokenizer.pad_token = tokenizer.eos_token
        name = f"its own, {len(tokenizer)} entries"
        about = {"model": Path(arguments.model).name, "tokenizer": name, "dtype": arguments.dtype}
        return cls(tokenizer, about, dtype, folder)

    def load(self) -> Any:
        """Returns the model, each time a new one."""
        if self.folder is None:
            return random_llama(SMALL, len(self.tokenizer), self.dtype, torch.device("cpu"))
        return AutoModelForCausalLM.from_pretrained(self.folder, dtype=self.dtype).eval()


def add_model_flags(parser: argparse.ArgumentParser) -> None:
    """Adds `--model` and `--dtype`."""
    parser.add_argument("--model", help="a causal language model by folder or name; a random Llama if not given")
    parser.add_argument("--dtype", choices=("float32", "bfloat16"), default="float32", help="of the weights")


def build_backbone(model: Any, tokenizer: Any, row_tokens: int, path: str = "packed", **load: Any) -> CausalBackbone:
    """Returns the model as a backbone that sees every turn of a trunk, as the default is."""
    options = BackboneOptions(
        kind="causal", base="random", max_tokens=MAX_TOKENS, row_tokens=row_tokens, packing=path, **load
    )
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
    return DemonstrationBank.build(
        talks, load_label_set("meld"), load_embedder("embedded"), BankSettings(balanced=True)
    )


def builder(wording: str, bank: DemonstrationBank | None = None, prediction: float = 0.0) -> TreeBuilder:
    """Returns the builder of a wording; the bank is shown in `paper` prompts alone, as the default is."""
    tasks = {EMOTION_RECOGNITION: 1.0, EMOTION_PREDICTION: prediction}
    return TreeBuilder(load_wording(wording), load_label_set("meld"), tasks, demonstrator=bank)


def trees_of(talks: Sequence[Conversation], tree_builder: TreeBuilder, backbone: CausalBackbone) -> list[PromptTree]:
    """Returns the trees of the dialogues."""
    return [tree for talk in talks for _, tree in build_trees(talk, tree_builder, backbone)]


def build_trees_of_dev(path: str, backbone: CausalBackbone, n_talks: int | None) -> list[PromptTree]:
    """Returns the recognition trees of MELD's development dialogues, or of the first ones."""
    return trees_of(read_talks(path, "dev", n_talks, False), builder("compact-1"), backbone)


def window_view(backbone: CausalBackbone) -> CausalBackbone:
    """Returns the backbone with the paper's window of exactly twelve turns, for prompts of the peer."""
    options = backbone.options.model_copy(update={"packing": "flat"})
    return CausalBackbone(backbone.model, backbone.tokenizer, PAPER_WINDOW, options)


def clock() -> Callable[[], float]:
    """Returns what tells the time: with one thread and no GPU the processor's own, which other work does not change."""
    alone = torch.get_num_threads() == 1 and not torch.cuda.is_available()
    return time.process_time if alone else time.perf_counter


def timed(run: Callable[[], object]) -> float:
    """Returns seconds by `clock`."""
    now = clock()
    begin = now()
    run()
    if torch.cuda.is_available():
        torch.cuda.synchronize()
    return now() - begin


def median_ratio(theirs: Sequence[float], ours: Sequence[float]) -> tuple[float, list[float]]:
    """Returns the median of the rounds' ratios, and each of them."""
    ratios = [round(peer / mine, 2) for peer, mine in zip(theirs, ours, strict=True)]
    return round(statistics.median(ratios), 2), ratios


class Counter:
    """Counts what a model computes as it passes: tokens, and positions whose logits are computed.

    Args:
        model: a causal language model, perhaps with an adapter.
    """

    def __init__(self, model: Any) -> None:
        self.tokens = self.read = 0
        base = inner_model(model)
        base.get_input_embeddings().register_forward_pre_hook(self._add_tokens)
        base.get_output_embeddings().register_forward_pre_hook(self._add_read)

    def _add_tokens(self, module: Any, inputs: tuple[torch.Tensor, ...]) -> None:
        self.tokens += inputs[0].numel()

    def _add_read(self, module: Any, inputs: tuple[torch.Tensor, ...]) -> None:
        self.read += inputs[0].shape[:-1].numel()

    def take(self) -> tuple[int, int]:
        """Returns both counts since the last call."""
        found = self.tokens, self.read
        self.tokens = self.read = 0
        return found


def add_lora(model: Any, checkpointing: bool = False) -> Any:
    """Returns the model with the paper's adapter: LoRA of rank 16 on query, key and value."""
    model = add_adapter(model, AdapterOptions())
    if checkpointing:
        model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
        model.enable_input_require_grads()
    return model


def optimiser(model: Any) -> torch.optim.AdamW:
    """Returns AdamW with the paper's settings on what is trained."""
    trained = [weight for weight in model.parameters() if weight.requires_grad]
    return torch.optim.AdamW(trained, lr=2e-4, betas=(0.9, 0.95), weight_decay=0.0)


def update(model: Any, steps: torch.optim.Optimizer) -> None:
    """Clips the gradients that were added up and takes a step."""
    torch.nn.utils.clip_grad_norm_([weight for weight in model.parameters() if weight.requires_grad], 1.0)
    steps.step()
    steps.zero_grad(set_to_none=True)


def packed_epoch(backbone: CausalBackbone, trees: Sequence[PromptTree], batch: int = 8) -> float:
    """Trains once on the trees in their order, row by row as the training loop does; returns the row scale at the end.

    The scale is 1, or less where memory did not hold whole rows. On a GPU the forward pass is in bfloat16, as the
    recipes have it.
    """
    model, scale = backbone.model.train(), 1.0
    steps = optimiser(model)
    for begin in range(0, len(trees), batch):
        some = trees[begin : begin + batch]
        while not _add_gradients(backbone, some, scale):
            model.zero_grad(set_to_none=True)
            torch.cuda.empty_cache()
            scale /= 2
        update(model, steps)
    return scale


def _add_gradients(backbone: CausalBackbone, trees: Sequence[PromptTree], scale: float) -> bool:
    """Runs the rows of a step; says whether memory held them."""
    n_utterances = len({(index, asked.utterance) for index, tree in enumerate(trees) for asked in tree.questions})
    on_gpu = backbone.model.device.type == "cuda"
    try:
        for row in backbone.rows(trees, scale):
            with torch.autocast("cuda", torch.bfloat16) if on_gpu else contextlib.nullcontext():
                loss = backbone.loss(backbone.model, row) / n_utterances
            loss.backward()
    except Exception as error:
        if not is_out_of_memory(error) or scale < 1 / 64:
            raise
        return False
    return True


def versions(*more: str) -> dict[str, str]:
    """Returns the versions that the figures depend on."""
    return {name: metadata.version(name) for name in ("instructerc", "torch", "transformers", *more)}


def circumstances(threads: int, *packages: str) -> dict[str, Any]:
    """Returns what any figure of a run depends on: threads, clock, versions and the machine.

    Args:
        threads: of the CPU.
        packages: whose versions count besides those of every run.
    """
    machine = platform.processor() or platform.machine()
    return {"threads": threads, "clock": clock().__name__, "versions": versions(*packages), "machine": machine}
