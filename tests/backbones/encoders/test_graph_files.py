"""A large graph in several files: each small enough, and the same numbers."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from instructerc.backbones.encoders.embedded import EmbeddedBackbone
from instructerc.backbones.encoders.graph_files import split_graph
from instructerc.backbones.trees import build_trees
from instructerc.errors import ModelError


@pytest.fixture
def folder(exported, tmp_path):
    shutil.copytree(exported["int8"].runner.path.parent, tmp_path / "model")
    return tmp_path / "model"


def test_a_small_graph_stays_one_file(folder):
    before = (folder / "model.onnx").read_bytes()
    assert split_graph(folder / "model.onnx") == []
    assert (folder / "model.onnx").read_bytes() == before


def test_the_largest_tensors_go_to_files_that_are_small_enough(folder, exported, plain_builder, talks):
    most = (folder / "model.onnx").stat().st_size * 3 // 4
    (folder / "weights-1.bin").write_bytes(b"left by an earlier export")
    files = split_graph(folder / "model.onnx", most)
    assert files
    sizes = [path.stat().st_size for path in (folder / "model.onnx", *files)]
    assert max(sizes) <= most
    split = EmbeddedBackbone.load(folder, {}, threads=1)
    for talk in talks:
        trees = [tree for _, tree in build_trees(talk, plain_builder, split)]
        for ours, theirs in zip(split.score(trees), exported["int8"].score(trees), strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_a_file_that_is_missing_or_damaged_is_named(folder):
    (path, *_) = split_graph(folder / "model.onnx", (folder / "model.onnx").stat().st_size // 2)
    with pytest.raises(ModelError, match=r"weights-1\.bin is damaged"):
        EmbeddedBackbone.load(folder, {"weights-1.bin": "0" * 64})
    path.unlink()
    with pytest.raises(ModelError, match=r"has no weights-1\.bin"):
        EmbeddedBackbone.load(folder, {"weights-1.bin": "0" * 64})


def test_a_tensor_that_no_file_may_hold_is_refused(folder):
    with pytest.raises(ModelError, match="choose a base with fewer pieces"):
        split_graph(folder / "model.onnx", 1_000)
