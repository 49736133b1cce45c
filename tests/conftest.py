"""What several rooms' tests stand on: a tiny encoder with a real tokenizer, and an invented corpus in MELD's layout."""

from __future__ import annotations

import csv
import gc
import hashlib
import io
import os
import re
import shutil
import string
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import settings

from instructerc.backbones.encoders.embedded import EmbeddedBackbone
from instructerc.backbones.settings import ModelSettings, read_settings, write_settings
from instructerc.backbones.shipped import embedded_model
from instructerc.backbones.trees import build_trees
from instructerc.conversation import Conversation, Utterance
from instructerc.formats import ReadOptions, ReadReport, read_conversations
from instructerc.formats.annotated_copy import open_copy
from instructerc.formats.shared.answers import Answers, WrittenAnswer
from instructerc.formats.shared.lines import MARK_BYTES
from instructerc.labels import load_label_set
from instructerc.prompts import TASKS, History, TreeBuilder, load_wording

CORPORA = Path(os.environ.get("INSTRUCTERC_CORPORA", Path(__file__).parents[1] / "../shared/corpora")).resolve()
LABELS = ("neutral", "surprise", "fear", "sadness", "joy", "disgust", "anger")
PHRASES = {
    "neutral": "the bus leaves at nine",
    "surprise": "wow i did not expect that",
    "fear": "please no i am scared",
    "sadness": "i miss her so much",
    "joy": "this is wonderful hooray",
    "disgust": "that smells awful yuck",
    "anger": "get out you liar",
}
OWN_LABELS = {
    "thrilled": "this is wonderful hooray",
    "worried": "please no i am scared",
    "calm": "the bus leaves at nine",
}

# How long an example takes says how busy the machine is.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

# They train, start services, or go through whole corpora. Several processes begin with these, in this order: what takes
# long comes first, and what takes no time fills the processes up at the end.
SLOW = (
    *("training/test_language_models.py", "training/test_run.py", "experiments", "serving", "training/test_export.py"),
    *("backbones/language_models", "backbones/encoders", "backbones/base_models", "backbones/remote", "e2e"),
    *("scale/test_memory.py", "scale/test_disk.py", "scale/engines"),
    *("browser", "client", "behaviour", "property", "retrieval", "training/test_tracking.py"),
    *("training/test_drafts.py", "training/test_precision.py", "compat/test_transformers_models.py"),
    *("recognition/test_recognizer.py", "recognition/test_threads.py", "recognition/test_explain.py"),
    "recognition/test_live.py",
    *("cli/test_adapt.py", "cli/test_bad_input.py", "cli/test_train.py", "cli/test_corpus_catalogue.py"),
    *("corpora/test_goemotions.py", "corpora/joint", "corpora/shared", "prompts/test_rows.py"),
)
# Who stands on them builds a model with torch, which takes ten seconds before the first of them.
SLOW_FIXTURES = {"tiny_base", "tiny_llm", "exported_folder"}


def _slow_place(path: Path) -> int:
    """Returns the place of a file in `SLOW`; beyond its end for the others."""
    name = path.relative_to(Path(__file__).parent).as_posix()
    return next((place for place, prefix in enumerate(SLOW) if name.startswith(prefix)), len(SLOW))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Passes over slow files that nobody asks for: much of what they import takes seconds."""
    is_passed_over = config.getoption("markexpr") == "not slow" and _slow_place(collection_path) < len(SLOW)
    return is_passed_over or None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Marks slow tests, and skips what reads real weights unless its mark asks for it: that installs hundreds of MB."""
    real = "real" in config.getoption("markexpr")
    places = {path: _slow_place(path) for path in {item.path for item in items}}
    for item in items:
        if places[item.path] < len(SLOW) or SLOW_FIXTURES & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)
        if "real" in item.keywords and not real:
            item.add_marker(pytest.mark.skip(reason="reads real weights: make test-real"))
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: places[item.path])


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Keeps what is imported and collected, nearly a million objects that stay, out of the search for garbage.

    Every training asks for two such searches, which would go through them all. What garbage there is stays too: a
    search for it takes half a second of each process.
    """
    gc.disable()
    yield
    gc.freeze()
    gc.enable()


@pytest.fixture(scope="session")
def real_corpus() -> Callable[[str], Path]:
    """Returns the folder of a corpus that is not part of the project, such as `emorynlp/full`; skips without it."""

    def find(name: str) -> Path:
        if not (CORPORA / name).is_dir():
            pytest.skip(f"{name} is not in the folder of corpora; INSTRUCTERC_CORPORA names it")
        return CORPORA / name

    return find


@pytest.fixture(scope="session")
def tiny_base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of base weights: a random BERT of two layers, and a WordPiece tokenizer that knows ASCII."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers
    from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("tiny-base")
    letters = string.ascii_lowercase + string.digits + string.punctuation
    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters), *LABELS]
    words += sorted({word for phrase in PHRASES.values() for word in phrase.split()} - set(words))
    tokenizer = Tokenizer(models.WordPiece({word: index for index, word in enumerate(words)}, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer, cls_token="[CLS]", sep_token="[SEP]", pad_token="[PAD]", unk_token="[UNK]"
    )
    fast.save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(words),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        intermediate_size=64,
        max_position_embeddings=96,
    )
    BertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_llm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of a causal language model: a random Llama of two layers, and a tokenizer of words and letters."""
    import torch
    from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    folder = tmp_path_factory.mktemp("tiny-llm")
    words = sorted({*LABELS, "Ann", "Bo", "Cy", "feels", "says", *" ".join(PHRASES.values()).split()})
    pieces = ["<unk>", "<s>", "</s>", *string.printable, *(f" {word}" for word in words), *words]
    vocabulary = {piece: index for index, piece in enumerate(dict.fromkeys(pieces))}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    known = "|".join(f" ?{word}\\b" for word in words)
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex(f"{known}|."), "isolated")
    tokenizer.decoder = decoders.Fuse()
    fast = PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>", unk_token="<unk>")
    fast.save_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=len(vocabulary),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        intermediate_size=64,
        max_position_embeddings=512,
        initializer_range=0.2,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_meld(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder of an invented corpus in MELD's layout: eight dialogues a split, the words tell the emotion."""
    folder = tmp_path_factory.mktemp("tiny-meld")
    header = "Sr No.,Utterance,Speaker,Emotion,Sentiment,Dialogue_ID,Utterance_ID,Season,Episode,StartTime,EndTime"
    for shift, split in enumerate(("train", "dev", "test")):
        with (folder / f"{split}_sent_emo.csv").open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(header.split(","))
            for dialogue in range(8):
                for turn in range(4 + dialogue % 3):
                    emotion = LABELS[(3 * dialogue + 2 * turn + shift) % len(LABELS)]
                    speaker = ("Ann", "Bo", "Cy")[(dialogue + turn) % 3]
                    times = ("00:00:01,000", "00:00:02,500")
                    rows.writerow([1, PHRASES[emotion], speaker, emotion, "-", dialogue, turn, 1, 1, *times])
    return folder


@pytest.fixture(scope="session")
def builder():
    return TreeBuilder(load_wording("encoder-1"), load_label_set("meld"), dict.fromkeys(TASKS, 1.0))


@pytest.fixture(scope="session")
def plain_builder():
    return TreeBuilder(load_wording("encoder-1"), load_label_set("meld"))


@pytest.fixture(scope="session")
def encoder(tiny_base):
    """The tiny encoder as a torch backbone; trunks of 95 tokens, three turns of history."""
    import torch

    from instructerc.backbones.encoders.encoder import EncoderBackbone

    backbone = EncoderBackbone.from_base(str(tiny_base), 96, History("trunk", 3))
    torch.manual_seed(1)
    # Away from the identity, so that a forgotten projection shows.
    for layer in (backbone.model.query, backbone.model.option):
        torch.nn.init.normal_(layer.weight, std=0.3)
    return backbone


@pytest.fixture(scope="session")
def talks():
    words = " ".join(PHRASES.values()).split()
    return [
        Conversation(
            f"c{size}",
            [
                Utterance(("Ann", "Bo", "Cy")[turn % 3], " ".join(words[turn % 9 : turn % 9 + 1 + (turn * size) % 5]))
                for turn in range(size)
            ],
        )
        for size in (1, 2, 5, 9, 30)
    ]


@pytest.fixture(scope="session")
def shared_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder that every process of this run of the tests has."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if os.environ.get("PYTEST_XDIST_WORKER") else base


@pytest.fixture(scope="session")
def exported_folder(shared_folder, request):
    """Folder of the folders `float32` and `int8`: the tiny encoder as ONNX, which one process exports for all."""
    from filelock import FileLock

    folder = shared_folder / "exported"
    with FileLock(shared_folder / "exported.lock"):
        if not folder.is_dir():
            encoder, builder, talks = map(request.getfixturevalue, ("encoder", "plain_builder", "talks"))
            _export(encoder, builder, talks, folder.with_name("exporting"))
            folder.with_name("exporting").rename(folder)
    return folder


def _export(encoder, builder, talks, folder: Path) -> None:
    from instructerc.backbones.encoders.onnx_graph import export_graph
    from instructerc.backbones.encoders.quantise import quantise

    trees = [tree for talk in talks for _, tree in build_trees(talk, builder, encoder)]
    for name, layers in (("float32", None), ("int8", quantise(encoder, trees))):
        (folder / name).mkdir(parents=True)
        encoder.save_tokenizer(folder / name)
        export_graph(encoder.model, folder / name / "model.onnx", layers)


@pytest.fixture(scope="session")
def exported(exported_folder):
    """The tiny encoder as ONNX in float32 and in int8, by name."""
    return {name: EmbeddedBackbone.load(exported_folder / name, {}, threads=1) for name in ("float32", "int8")}


@pytest.fixture(scope="session")
def embedded_folder(exported_folder, tmp_path_factory):
    """Folder of the tiny encoder in int8, as `export` writes one."""
    folder = tmp_path_factory.mktemp("models") / "embedded"
    shutil.copytree(exported_folder / "int8", folder)
    digests = {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in ("model.onnx", "tokenizer.json", "window.json")
    }
    settings = ModelSettings("embedded", load_label_set("meld"), "encoder-1", temperature=1.3, sha256=digests)
    write_settings(folder, settings)
    return folder


@pytest.fixture(scope="session")
def shipped_backbone() -> EmbeddedBackbone:
    """The model that ships, loaded once; many threads may share it, and so may tests."""
    folder = embedded_model()
    return EmbeddedBackbone.load(folder, read_settings(folder).sha256, threads=1)


@pytest.fixture
def shipped_once(shipped_backbone: EmbeddedBackbone, monkeypatch: pytest.MonkeyPatch) -> None:
    """Gives whoever loads the model that ships on one thread a copy of the one that is loaded."""
    load = EmbeddedBackbone.load

    def find(folder: Path, sha256: Mapping[str, str], threads: int | None = None) -> EmbeddedBackbone:
        return copy(shipped_backbone) if (folder, threads) == (embedded_model(), 1) else load(folder, sha256, threads)

    monkeypatch.setattr(EmbeddedBackbone, "load", find)


@pytest.fixture(scope="session")
def abroad_folder(embedded_folder, tmp_path_factory):
    """The tiny model again, which answers with other probabilities and reads Italian."""
    folder = tmp_path_factory.mktemp("abroad") / "model"
    shutil.copytree(embedded_folder, folder)
    write_settings(folder, replace(read_settings(folder), temperature=4.0, languages=("en", "it")))
    return folder


@pytest.fixture
def multilingual_package(abroad_folder, tmp_path, monkeypatch):
    """The package of the model `multilingual`, which is the tiny one that reads Italian."""
    package = tmp_path / "site" / "instructerc_multilingual"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("", encoding="utf-8")
    shutil.copytree(abroad_folder, package / "model")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    return package


@pytest.fixture(scope="session")
def labelled():
    """Twenty conversations of six turns; the last turn of each has no label."""
    names = list(OWN_LABELS)
    return [
        Conversation(
            f"c{talk}",
            [
                Utterance(
                    ("Ann", "Bo")[turn % 2],
                    OWN_LABELS[name := names[(talk * 5 + turn * (1 + talk % 2)) % 3]],
                    name if turn < 5 else None,
                )
                for turn in range(6)
            ],
        )
        for talk in range(20)
    ]


@pytest.fixture(scope="module")
def start_service(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Callable[..., tuple[str, subprocess.Popen[str]]]]:
    """Returns a function from options of `serve` to the address and the process of a service, which ends by itself."""
    processes = []

    def start(*options: str, **environment: str) -> tuple[str, subprocess.Popen[str]]:
        database = f"sqlite:///{tmp_path_factory.mktemp('service') / 'sessions.db'}"
        process = subprocess.Popen(
            [sys.executable, "-m", "instructerc", "serve", "--port", "0", "--threads", "1", *options],
            env={**os.environ, "INSTRUCTERC_DATABASE": database, **environment},
            stdout=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        assert process.stdout is not None
        found = re.search(r"http://\S+", process.stdout.readline())
        assert found, f"the service ended with status {process.wait()}"
        return found[0], process

    yield start
    for process in processes:
        process.terminate()
    for process in processes:
        process.communicate(timeout=60)


@pytest.fixture(scope="session")
def annotate() -> Callable[..., bytes]:
    """Returns a function from a file's bytes and its turns' emotions to the copy with these in it."""

    def copy(content: bytes, emotions: Sequence[str | None], input_format: str | None = None, **options: str) -> bytes:
        how = {"input_format": input_format, "options": ReadOptions(**options)}
        talks = read_conversations(io.BytesIO(content), report=ReadReport(), **how)
        turns = [turn for talk in talks for turn in talk.utterances]
        answers = [WrittenAnswer(emotion, 0.75, {"joy": 0.75, "anger": 0.25}) for emotion in emotions]
        target = io.BytesIO()
        with open_copy(io.BytesIO(content), **how) as file:
            stream = io.TextIOWrapper(target, encoding=file.text.encoding, errors=MARK_BYTES, newline="\n")
            file.write(Answers(zip(turns, answers, strict=True), ("joy", "anger"), "file"), stream)
            stream.flush()
        return target.getvalue()

    return copy


@pytest.fixture
def assert_golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Returns a function that compares a text with a file in the test's own golden/; `make golden` rewrites it."""

    def check(name: str, text: str) -> None:
        path = request.path.parent / "golden" / name
        if os.environ.get("UPDATE_GOLDEN"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8")

    return check
