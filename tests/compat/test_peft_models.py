"""PEFT still asks one method of a model for its card, and saves an adapter without it."""

from __future__ import annotations

import peft
import pytest
import torch
from torch import nn

from instructerc.compat.peft_models import save_adapter


@pytest.fixture
def adapted():
    model = nn.Sequential(nn.Linear(4, 4))
    return peft.get_peft_model(model, peft.LoraConfig(target_modules=["0"], r=2, init_lora_weights=False))


def test_an_adapter_is_saved_without_a_card(adapted, tmp_path):
    save_adapter(adapted, tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"adapter_config.json", "adapter_model.safetensors"}
    again = peft.PeftModel.from_pretrained(nn.Sequential(nn.Linear(4, 4)), tmp_path)
    ours, theirs = (peft.get_peft_model_state_dict(model) for model in (adapted, again))
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def test_the_method_that_writes_the_card_is_there_and_is_left_as_it_was(adapted, tmp_path):
    save_adapter(adapted, tmp_path / "without")
    adapted.save_pretrained(tmp_path / "with")
    assert (tmp_path / "with" / "README.md").is_file(), "PEFT writes no card any more: save_adapter is not needed"
