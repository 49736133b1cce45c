"""From a trained adapter to a plain Hugging Face checkpoint, which needs neither PEFT nor this package to run."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from instructerc.backbones.base_models.consent import trusting
from instructerc.backbones.language_models.model_folder import read_options, write_options
from instructerc.backbones.language_models.packing_check import is_prompt_learning
from instructerc.backbones.registry import Export, exported_kinds, load_trained
from instructerc.backbones.settings import read_settings
from instructerc.errors import InputError, ModelError

_KEPT = ("model.json", "recipe.yaml", "bank")


def export_merged(model: Path, output: Path, say: Callable[[str], None] = print, trust: bool = False) -> Path:
    """Writes the base weights with the adapter merged into them; returns the folder.

    `AutoModelForCausalLM.from_pretrained` reads it, and so does `Recognizer.from_pretrained`, with the same answers in
    float32. In half precision merging rounds the weights once more, which changes the answers a little. A base that was
    held in 4 bits is merged at its full precision, whose answers differ by what the 4 bits took.

    Args:
        model: folder of a trained language model.
        output: folder to write; new or empty.
        say: takes a line for a person.
        trust: whether the model may run code of its own and read pickles, where its settings ask for that.

    Raises:
        ModelError: another kind of model, or an adapter that cannot be merged.
        InputError: a folder that holds something.
    """
    with trusting(trust):
        return _export_merged(model, output, say)


def _export_merged(model: Path, output: Path, say: Callable[[str], None]) -> Path:
    settings = read_settings(model)
    merged = exported_kinds(Export.MERGED)
    if settings.kind not in merged:
        raise ModelError(f"{model} holds a model of kind {settings.kind!r}; only {' and '.join(merged)} can be merged")
    if output.exists() and any(output.iterdir()):
        raise InputError(f"{output} is not empty; choose another folder")
    options, history = read_options(model, settings.kind)
    full = options.model_copy(update={"quantisation": "none"})
    say("merging the adapter into its base")
    with TemporaryDirectory() as scratch:
        copy = Path(scratch) / "model"
        shutil.copytree(model, copy)
        write_options(copy, full, history)
        backbone = load_trained(settings.kind, copy)
        output.mkdir(parents=True, exist_ok=True)
        _merged(backbone.model).save_pretrained(output)
        backbone.tokenizer.tokenizer.save_pretrained(output)  # type: ignore[attr-defined]
    write_options(output, full, history)
    for name in _KEPT:
        if (model / name).is_dir():
            shutil.copytree(model / name, output / name)
        elif (model / name).is_file():
            shutil.copy(model / name, output / name)
    return output


def _merged(model: Any) -> Any:
    if not hasattr(model, "peft_config"):
        return model
    if is_prompt_learning(model):
        raise ModelError(
            "prefix tuning adds tokens and changes no weight, so it cannot be merged; use the model as it is"
        )
    return model.merge_and_unload()
