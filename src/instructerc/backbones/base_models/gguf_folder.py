"""A GGUF file as a folder of safetensors, which loads without the package that reads GGUF."""

from __future__ import annotations

from pathlib import Path

from transformers import AutoModelForCausalLM

from instructerc.backbones.base_models.hub import load_tokenizer, load_weights
from instructerc.backbones.options import BackboneOptions


def write_folder(file: Path, folder: Path) -> None:
    """Writes a GGUF file's dequantised weights in float32, with tokenizer and chat template, into a new folder.

    Raises:
        ModelError: a file that cannot be read.
        MissingExtra: without the package that reads it.
    """
    options = BackboneOptions(kind="causal", base=str(file))
    load_tokenizer(options).save_pretrained(folder)
    load_weights(AutoModelForCausalLM, options).save_pretrained(folder)
