"""The exported graph gives torch's numbers, and int8 gives the same ones alone, in a batch and live."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from instructerc.backbones.encoders.embedded import EmbeddedBackbone
from instructerc.backbones.encoders.graph import EncoderRunner
from instructerc.backbones.encoders.onnx_graph import export_graph
from instructerc.backbones.trees import build_trees
from instructerc.conversation import Conversation
from instructerc.errors import ModelError

INT8_BOUND = 1e-3
"""Largest difference of a probability between live, single and batched."""


def _trees(talks, builder, backbone):
    return [tree for talk in talks for _, tree in build_trees(talk, builder, backbone)]


def _far(ours, theirs):
    return max(float(np.abs(np.exp(a) - np.exp(b)).max()) for a, b in zip(ours, theirs, strict=True))


def test_float32_graph_equals_torch_for_all_three_tasks(encoder, exported, builder, talks):
    trees = _trees(talks, builder, encoder)
    for ours, theirs in zip(exported["float32"].score(trees), encoder.score(trees), strict=True):
        assert max(float(np.abs(a - b).max()) for a, b in zip(ours, theirs, strict=True)) < 1e-4


def test_int8_graph_is_near_float32(exported, plain_builder, talks):
    trees = _trees(talks, plain_builder, exported["int8"])
    for ours, theirs in zip(exported["int8"].score(trees), exported["float32"].score(trees), strict=True):
        assert _far(ours, theirs) < 0.05
        assert any(not np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("kind", ["float32", "int8"])
def test_alone_and_in_a_batch_are_the_same(exported, builder, talks, kind):
    backbone = exported[kind]
    trees = _trees(talks, builder, backbone)
    for tree, together in zip(trees, backbone.score(trees), strict=True):
        assert _far(together, backbone.score([tree])[0]) < INT8_BOUND


@pytest.mark.parametrize("kind", ["float32", "int8"])
def test_live_is_the_same_and_reads_only_what_is_new(exported, plain_builder, talks, kind, monkeypatch):
    backbone = exported[kind]
    talk = talks[3]
    whole = backbone.score([plain_builder.build(talk)])[0]
    widths = []
    run = EncoderRunner.run

    def counted(self, rows, *arguments, **named):
        widths.append(max(map(len, rows)))
        return run(self, rows, *arguments, **named)

    monkeypatch.setattr(EncoderRunner, "run", counted)
    live = backbone.live()
    for turn in range(len(talk)):
        part = Conversation("c", talk.utterances[: turn + 1])
        answer = live.ask(plain_builder.build(part, first=turn))
        assert _far(answer, [whole[turn]]) < INT8_BOUND
    lengths = [length for length, _ in backbone.segment_lengths(
        [plain_builder.segment(utterance, plain_builder.scene(talk)).text for utterance in talk.utterances]
    )]  # fmt: skip
    assert widths == [lengths[0] + 1, *lengths[1:]]


def test_a_live_trunk_that_begins_elsewhere_is_computed_anew(exported, plain_builder, talks):
    backbone = exported["int8"]
    live = backbone.live()
    live.ask(plain_builder.build(talks[3], end=4, first=3))
    moved = plain_builder.build(talks[3], start=2, first=5, end=6)
    assert _far(live.ask(moved), backbone.score([moved])[0]) < INT8_BOUND


def test_a_later_utterance_changes_nothing_earlier(exported, plain_builder, talks):
    backbone = exported["int8"]
    whole = backbone.score([plain_builder.build(talks[3])])[0]
    part = backbone.score([plain_builder.build(talks[3], end=5)])[0]
    assert _far(whole[:5], part) < INT8_BOUND


def test_a_damaged_model_folder_says_which_file(exported, encoder, tmp_path):
    encoder.save_tokenizer(tmp_path)
    with pytest.raises(ModelError, match=r"has no model\.onnx"):
        EmbeddedBackbone.load(tmp_path, {})
    (tmp_path / "model.onnx").write_bytes(b"\x08\x0anot a graph")
    with pytest.raises(ModelError, match="is damaged: its sha256"):
        EmbeddedBackbone.load(tmp_path, {"model.onnx": "0" * 64})
    with pytest.raises(ModelError, match="cannot be loaded"):
        EmbeddedBackbone.load(tmp_path, {})
    (tmp_path / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError, match="model folder"):
        EmbeddedBackbone.load(tmp_path, {})


def test_only_bert_is_exported(encoder, tmp_path, monkeypatch):
    monkeypatch.setattr(encoder.model.encoder.config, "hidden_act", "relu")
    with pytest.raises(ModelError, match="only BERT-like encoders"):
        export_graph(encoder.model, tmp_path / "model.onnx")


def test_an_option_is_not_forgotten_while_another_is_read(exported, monkeypatch):
    monkeypatch.setattr("instructerc.backbones.encoders.embedded._CACHED_OPTIONS", 3)
    old = exported["float32"]
    backbone = EmbeddedBackbone(old.runner.path, old.tokenizer, old.history, threads=1)
    backbone.option_states(("joy",))
    run = backbone.runner.run

    def interrupted(*arguments, **named):
        monkeypatch.setattr(backbone.runner, "run", run)
        # As another thread may.
        backbone.option_states(("anger", "fear", "calm"))
        return run(*arguments, **named)

    monkeypatch.setattr(backbone.runner, "run", interrupted)
    found = backbone.option_states(("joy", "sadness"))
    np.testing.assert_allclose(found, old.option_states(("joy", "sadness")), atol=1e-5)


def test_the_session_for_batches_is_opened_once_for_all_threads(exported, monkeypatch):
    old, opened = exported["float32"], []
    runner = EncoderRunner(old.runner.path, old.tokenizer.pad_id, threads=2)
    begin, open_session = threading.Barrier(8), EncoderRunner.open_session

    def counted(self, threads):
        opened.append(threads)
        return open_session(self, threads)

    def ask(_):
        begin.wait(60)
        return runner.lone_session

    monkeypatch.setattr(EncoderRunner, "open_session", counted)
    with ThreadPoolExecutor(8) as threads:
        assert len(set(map(id, threads.map(ask, range(8))))) == 1
    assert opened == [1]
