"""A stage in bfloat16 is computed in float32 where the processor would take many times as long, and says so."""

from __future__ import annotations

import pytest
import torch

from instructerc.training.loop import training_arguments
from instructerc.training.precision import computes_in_bfloat16
from instructerc.training.recipe import StageRecipe

LINE = "this processor has no bfloat16 instructions: computing in float32"


@pytest.fixture
def processor(monkeypatch):
    """Sets what the processor can do, and whether there is a GPU beside it."""

    def has(*names, gpu=False):
        every = {**dict.fromkeys(("avx2", "avx512_bf16", "amx_bf16"), False), **dict.fromkeys(names, True)}
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: every)
        monkeypatch.setattr(torch.cuda, "is_available", lambda: gpu)

    return has


@pytest.mark.parametrize("instruction", ["avx512_bf16", "amx_bf16", "bf16", "sve_bf16"])
def test_a_processor_with_instructions_computes_in_bfloat16(processor, instruction):
    said = []
    processor("avx2", instruction)
    assert computes_in_bfloat16("bf16", said.append)
    assert not computes_in_bfloat16("fp32", said.append)
    assert said == []


def test_one_without_them_computes_in_float32_and_says_so_once(processor):
    said = []
    processor("avx2")
    assert not computes_in_bfloat16("bf16", said.append)
    assert said == [LINE]
    assert not computes_in_bfloat16("fp32", said.append)
    assert said == [LINE]


def test_a_gpu_does_it_whatever_the_processor_is(processor):
    processor(gpu=True)
    assert computes_in_bfloat16("bf16", pytest.fail)


def test_the_stage_s_arguments_have_it(processor, tmp_path):
    said = []
    corpus = {"name": "meld", "path": "data", "label_sets": ["meld"]}
    stage = StageRecipe.model_validate({"name": "only", "corpora": [corpus]})
    processor("avx2")
    assert not training_arguments(stage, 1, tmp_path, said.append).bf16
    assert said == [LINE]
    processor("avx2", "avx512_bf16")
    assert training_arguments(stage, 1, tmp_path, said.append).bf16
    assert said == [LINE]


def test_torch_tells_what_this_processor_can_do():
    found = torch.cpu.get_capabilities()
    assert found["architecture"]
    assert "avx512_bf16" in found or "bf16" in found
