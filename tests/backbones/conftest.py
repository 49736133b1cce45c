"""Tiny random language models in folders, tokenizers of each kind, and the naive loop that scores are compared with."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from instructerc.backbones.trees import build_trees
from instructerc.conversation import Conversation, Utterance
from instructerc.labels import LabelSet
from instructerc.prompts import Demonstration, History, PromptTree, TreeBuilder, load_wording

SPECIALS = {"pad": "<pad>", "bos": "<s>", "eos": "</s>", "unk": "<unk>"}
LINES = (
    "the door is shut",
    "who was that, then?",
    "i know it by heart",
    "they walked the long way round because the bridge was closed",
    "ha",
    "no way!",
)
# One begins like another, and they differ in length.
EMOTIONS = ("joy", "sad", "sadness", "calm")
GOLD = ("joy", "sad", None, "calm", "sadness")
TEXT = [
    *LINES,
    *EMOTIONS,
    *(
        line
        for name in ("compact-1", "paper-1")
        for text in load_wording(name).to_data().values()
        for line in text.split("\n")
    ),
]


def _byte_level(kept: set[str]) -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=800,
        special_tokens=[SPECIALS[name] for name in ("pad", "bos", "eos") if name in kept],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TEXT, trainer)
    return tokenizer


def _metaspace(legacy: bool) -> Any:
    """Returns a tokenizer that puts a blank before every text, as Llama's do, the older in a way of their own."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers

    learnt = Tokenizer(models.BPE(unk_token="<unk>"))
    learnt.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.BpeTrainer(vocab_size=500, special_tokens=list(SPECIALS.values()), show_progress=False)
    learnt.train_from_iterator(TEXT, trainer)
    model = json.loads(learnt.to_str())["model"]
    vocabulary = dict(model["vocab"])
    for piece in (f"<0x{byte:02X}>" for byte in range(256)):
        vocabulary[piece] = len(vocabulary)
    merges = [tuple(pair) for pair in model["merges"]]
    tokenizer = Tokenizer(models.BPE(vocabulary, merges, unk_token="<unk>", byte_fallback=True, fuse_unk=True))
    if legacy:
        tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    else:
        tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="first", split=False)
    tokenizer.decoder = decoders.Sequence([decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse()])
    return tokenizer


def _letters() -> Any:
    """Returns a tokenizer that drops every letter which it has not seen."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    trainer = trainers.BpeTrainer(vocab_size=200, special_tokens=list(SPECIALS.values()), show_progress=False)
    tokenizer.train_from_iterator(TEXT, trainer)
    return tokenizer


def _words() -> Any:
    from tokenizers import Tokenizer, models, pre_tokenizers

    pieces = [
        *SPECIALS.values(),
        *sorted({word for line in (*LINES, *EMOTIONS) for word in line.replace(",", "").split()}),
    ]
    ids = {piece: number for number, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordLevel(ids, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    return tokenizer


def _make_tokenizer(kind: str = "byte", without: tuple[str, ...] = ()) -> Any:
    from tokenizers import processors
    from transformers import PreTrainedTokenizerFast

    kept = set(SPECIALS) - set(without) - ({"unk"} if kind == "byte" else set())
    tokenizer = {
        "byte": lambda: _byte_level(kept),
        "metaspace": lambda: _metaspace(legacy=False),
        "legacy": lambda: _metaspace(legacy=True),
        "words": _words,
        "letters": _letters,
    }[kind]()
    if "bos" in kept:
        tokenizer.post_processor = processors.TemplateProcessing(
            single="<s> $A", special_tokens=[("<s>", tokenizer.token_to_id("<s>"))]
        )
    named = {f"{name}_token": SPECIALS[name] for name in kept}
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **named)


@pytest.fixture(autouse=True, scope="module")
def _one_thread() -> Iterator[None]:
    """Models this small compute for less time than threads wait for each other on a busy machine."""
    import torch

    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(n_threads)


@pytest.fixture(scope="session")
def make_tokenizer() -> Callable[..., Any]:
    """Returns a tokenizer by kind: `byte`, `metaspace`, `legacy`, `words` or `letters`; without some specials."""
    return _make_tokenizer


@pytest.fixture(scope="session")
def write_base(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Returns the folder of a random model with this configuration and tokenizer."""

    def write(config: Any, tokenizer: Any, seed: int = 0) -> Path:
        import torch
        from transformers import AutoModelForCausalLM
        from transformers.utils import logging

        logging.disable_progress_bar()
        torch.manual_seed(seed)
        folder = tmp_path_factory.mktemp("base")
        config.vocab_size = len(tokenizer)
        AutoModelForCausalLM.from_config(config).save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        return folder

    return write


@pytest.fixture(scope="session")
def llama_config() -> Callable[..., Any]:
    """Returns the configuration of a Llama of two layers, wide enough that options get different scores."""
    from transformers import LlamaConfig

    def make(**more: Any) -> Any:
        sizes: dict[str, Any] = {
            "hidden_size": 32,
            "intermediate_size": 64,
            "num_hidden_layers": 2,
            "num_attention_heads": 4,
            "num_key_value_heads": 2,
            "max_position_embeddings": 1024,
            "initializer_range": 0.3,
        }
        return LlamaConfig(**{**sizes, **more})

    return make


@pytest.fixture(scope="session")
def llama(write_base: Callable[..., Path], llama_config: Callable[..., Any]) -> Path:
    """Folder of a random Llama with a byte-level tokenizer."""
    return write_base(llama_config(), _make_tokenizer())


@pytest.fixture(scope="session")
def make_backbone() -> Callable[..., Any]:
    """Returns a causal backbone on a base; `adapter` and `history` aside, keywords are its options."""
    from instructerc.backbones.language_models.causal import CausalBackbone
    from instructerc.backbones.options import BackboneOptions

    def make(base: Path, adapter: Any = None, history: History | None = None, **options: Any) -> CausalBackbone:
        settings = BackboneOptions(kind="causal", base=str(base), **{"max_tokens": 1024, "row_tokens": 8192, **options})
        return CausalBackbone.from_base(settings, history or History(), adapter)

    return make


@pytest.fixture(scope="session")
def backbone(make_backbone: Callable[..., Any], llama: Path) -> Any:
    """The random Llama as a backbone that packs."""
    return make_backbone(llama)


@pytest.fixture(scope="session")
def read_by() -> Callable[..., Any]:
    """Returns the same model and tokenizer under other options, such as another `packing`."""
    from instructerc.backbones.language_models.causal import CausalBackbone

    def read(backbone: CausalBackbone, **options: Any) -> CausalBackbone:
        settings = backbone.options.model_copy(update=options)
        return CausalBackbone(backbone.model, backbone.tokenizer, backbone.history, settings)

    return read


@pytest.fixture(scope="session")
def make_chat() -> Callable[..., Conversation]:
    """Returns an invented conversation of some turns."""

    def make(n_turns: int, name: str = "chat") -> Conversation:
        return Conversation(
            f"{name}-{n_turns}",
            [
                Utterance(
                    ("Ann", "Bo", "Cy")[turn % 3],
                    LINES[(turn + 1) * n_turns % len(LINES)],
                    GOLD[(turn + n_turns) % len(GOLD)],
                )
                for turn in range(n_turns)
            ],
        )

    return make


@pytest.fixture(scope="session")
def chats(make_chat: Callable[..., Conversation]) -> list[Conversation]:
    """Three conversations, of two, four and three turns."""
    return [make_chat(size) for size in (2, 4, 3)]


class _Examples:
    """A demonstrator that shows the same two examples to everybody."""

    def retrieve(self, conversation: Conversation, indices: Any, gold: Any = None) -> list[tuple[Demonstration, ...]]:
        shown = (
            Demonstration(None, "we did it!", "joy", (("", "are they in?"),)),
            Demonstration(None, "leave me be", "calm"),
        )
        return [shown[: 1 + index % 2] for index in indices]


@pytest.fixture(scope="session")
def make_trees() -> Callable[..., list[PromptTree]]:
    """Returns the trees of conversations for a backbone: all three tasks in a wording, with or without examples."""

    def make(
        chats: list[Conversation],
        backbone: Any,
        wording: str = "compact-1",
        tasks: Any = None,
        shown: bool = False,
        speaker_history: bool = False,
    ) -> list[PromptTree]:
        weights = {"emotion_recognition": 1.0, "emotion_prediction": 0.1, "speaker_identification": 0.5}
        builder = TreeBuilder(
            load_wording(wording),
            LabelSet("few", EMOTIONS),
            weights if tasks is None else tasks,
            speaker_history,
            demonstrator=_Examples() if shown else None,
        )
        return [tree for chat in chats for _, tree in build_trees(chat, builder, backbone)]

    return make


@pytest.fixture(scope="session")
def naive() -> Callable[..., Any]:
    """Returns the options' log-probabilities of trees: a forward pass per prompt and option, in double precision."""
    import torch

    def score(backbone: Any, trees: list[PromptTree]) -> list[list[Any]]:
        tokenizer, model = backbone.tokenizer.tokenizer, backbone.model.eval()

        def ids(text: str) -> list[int]:
            return list(tokenizer(text, add_special_tokens=False)["input_ids"])

        def option_score(prompt: list[int], option: list[int]) -> float:
            with torch.inference_mode():
                logits = model(input_ids=torch.tensor([[*prompt, *option]])).logits[0]
            log_probs = logits.double().log_softmax(-1)
            places = range(len(prompt) - 1, len(prompt) + len(option) - 1)
            return sum(float(log_probs[place, token]) for place, token in zip(places, option, strict=True))

        answers = []
        for tree in trees:
            answers.append([])
            for question in tree.questions:
                seen = [segment.text for segment in tree.trunk[: question.after + 1]]
                prompt = [] if tokenizer.bos_token_id is None else [tokenizer.bos_token_id]
                prompt += [token for text in (*seen, question.text) for token in ids(text)]
                ends = [[*ids(option), tokenizer.eos_token_id] for option in question.options]
                answers[-1].append(np.array([option_score(prompt, option) for option in ends]))
        return answers

    return score


@pytest.fixture(scope="session")
def joined() -> Callable[..., Any]:
    """Returns all scores of all questions of all trees in one row."""
    return lambda scores: np.concatenate([values for answers in scores for values in answers])


@pytest.fixture(scope="session")
def shake() -> Callable[..., None]:
    """Moves what is trained of a backbone away from where it begins, so that a forgotten adapter shows."""
    import torch

    def move(backbone: Any, std: float = 0.1) -> None:
        torch.manual_seed(9)
        with torch.no_grad():
            for parameter in backbone.model.parameters():
                if parameter.requires_grad:
                    parameter.add_(torch.randn_like(parameter) * std)

    return move
