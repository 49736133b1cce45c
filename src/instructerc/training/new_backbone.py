"""The backbone that a recipe's stage begins with."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from instructerc.backbones.encoders.encoder import EncoderBackbone
from instructerc.backbones.trainable import TrainableBackbone, load_backbone
from instructerc.training.recipe import BackboneRecipe, Recipe


def new_backbone(recipe: Recipe, previous: Path | None) -> TrainableBackbone:
    """Returns the backbone of a finished stage, or a new one on the recipe's base.

    Args:
        recipe: the recipe.
        previous: model folder of the stage before; None for the base, or for the model that the recipe starts from.

    Raises:
        ModelError: weights that cannot be found or used.
        InputError: a longer window than the model's.
    """
    wanted = recipe.backbone
    start = previous or (Path(wanted.start_from) if wanted.start_from else None)
    if start is not None:
        backbone = load_backbone(wanted.kind, start)
    elif wanted.kind == "encoder":
        return EncoderBackbone.from_base(wanted.base, wanted.max_tokens, recipe.prompt.to_history())
    else:
        backbone = _language_model(recipe)
    if wanted.kind != "encoder" and wanted.gradient_checkpointing:
        _checkpoint_gradients(backbone.model)
    return backbone


def _language_model(recipe: Recipe) -> TrainableBackbone:
    from instructerc.backbones.language_models.adapters import AdapterOptions
    from instructerc.backbones.language_models.causal import CausalBackbone
    from instructerc.backbones.language_models.seq2seq import Seq2SeqBackbone

    # A recipe that trains nothing needs no adapter.
    trains = any(stage.epochs for stage in recipe.stages)
    adapter = AdapterOptions(**recipe.backbone.adapter.model_dump()) if trains else None
    kind = CausalBackbone if recipe.backbone.kind == "causal" else Seq2SeqBackbone
    return kind.from_base(language_model_options(recipe.backbone), recipe.prompt.to_history(), adapter)


def language_model_options(wanted: BackboneRecipe) -> Any:
    """Returns how the recipe's language model is loaded and read."""
    from instructerc.backbones.base_models.hub import LoadOptions
    from instructerc.backbones.language_models.model_folder import LanguageModelOptions

    load = LoadOptions(
        wanted.dtype,
        wanted.quantisation,
        wanted.trust_remote_code,
        wanted.pickle_weights,
        wanted.revision,
        wanted.attention,
    )
    return LanguageModelOptions(
        wanted.base,
        wanted.max_tokens,
        load,
        wanted.chat,
        wanted.end_token,
        wanted.packing,
        wanted.row_tokens,
        wanted.length_normalised,
    )


def _checkpoint_gradients(model: Any) -> None:
    # Called on the model: the trainer's own argument has another name in each version.
    model.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    if hasattr(model, "enable_input_require_grads"):
        model.enable_input_require_grads()
