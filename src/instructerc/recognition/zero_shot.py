"""A language model that was not trained for this: how it is asked, and calibrated without a label."""

from __future__ import annotations

import numpy as np

from instructerc.backbones.base import Backbone, Dtype, FloatArray
from instructerc.backbones.remote.address import is_remote, parse_address
from instructerc.backbones.settings import ModelSettings
from instructerc.backbones.trees import build_trees
from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError, MissingExtra
from instructerc.evaluation import Calibration
from instructerc.evaluation.label_free import CONTENT_FREE, LabelFreeMethod, expected_shares, fit_label_free
from instructerc.labels import LabelSet
from instructerc.prompts import History, TreeBuilder, load_wording

_MAX_TOKENS = 1024
# Turns without content: a preference also depends on how much stands before the question.
_CONTENT_FREE_TURNS = 8


def load_untrained(
    base: str,
    label_set: LabelSet,
    wording: str,
    max_tokens: int | None,
    chat: bool | None,
    length_normalised: bool,
    dtype: Dtype | None,
) -> tuple[Backbone, ModelSettings]:
    """Returns a causal language model as it is, not calibrated; see `Recognizer.zero_shot`.

    Raises:
        InputError: a dtype for weights that a server holds.
        ModelError: a model that cannot be found or used.
        Unreachable: a server that does not answer.
        MissingExtra: without torch, or a GGUF file without what reads it.
    """
    if is_remote(base):
        from instructerc.backbones.remote.open import open_remote

        if dtype is not None:
            raise InputError(f"dtype is {dtype}, but the weights of {base} are on its server; leave it out")
        address = parse_address(base)
        backbone: Backbone = open_remote(address, chat=chat, length_normalised=length_normalised, max_tokens=max_tokens)
    else:
        backbone = _load_here(base, max_tokens, chat, length_normalised, dtype or "float32")
    prompt = load_wording(wording)
    settings = ModelSettings(
        backbone.kind,
        label_set,
        prompt.version,
        calibration="none",
        wording=prompt.to_data(),
        recipe="zero-shot",
        languages=(),
    )
    return backbone, settings


def _load_here(base: str, max_tokens: int | None, chat: bool | None, length_normalised: bool, dtype: Dtype) -> Backbone:
    try:
        from instructerc.backbones.base_models.hub import load_config, load_tokenizer
        from instructerc.backbones.language_models.causal import CausalBackbone
        from instructerc.backbones.options import BackboneOptions
    except ModuleNotFoundError as error:
        raise MissingExtra(f"the language model {base}", "train") from error
    options = BackboneOptions(kind=CausalBackbone.kind, base=base, length_normalised=length_normalised, dtype=dtype)
    if max_tokens is None:
        config = load_config(options).get_text_config()
        max_tokens = min(_MAX_TOKENS, getattr(config, "max_position_embeddings", None) or _MAX_TOKENS)
    if chat is None:
        chat = bool(getattr(load_tokenizer(options), "chat_template", None))
    return CausalBackbone.from_base(options.model_copy(update={"max_tokens": max_tokens, "chat": chat}), History())


def fit_without_labels(
    method: LabelFreeMethod, label_set: LabelSet, backbone: Backbone, builder: TreeBuilder
) -> Calibration:
    """Returns what takes out the model's preference for some labels; nothing for `prior` until the input is known.

    Raises:
        InputError: an unknown method.
    """
    if method == "prior":
        return Calibration("prior")
    rows = [np.zeros(len(label_set))] if method == "none" else content_free_answers(backbone, builder)
    return fit_label_free(method, np.asarray(rows), expected_shares(label_set))


def content_free_answers(backbone: Backbone, builder: TreeBuilder) -> list[FloatArray]:
    """Returns the answers to every turn of conversations that say nothing. Shape: O each."""
    talks = [
        Conversation("content-free", [Utterance(("Ann", "Bo")[turn % 2], text) for turn in range(_CONTENT_FREE_TURNS)])
        for text in CONTENT_FREE
    ]
    trees = [tree for talk in talks for _, tree in build_trees(talk, builder, backbone)]
    return [row for answers in backbone.score(trees) for row in answers]
