"""The `seq2seq` backbone: any encoder-decoder of Hugging Face; the flat prompt is encoded, the options are decoded."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor
from transformers import AutoModelForSeq2SeqLM, EncoderDecoderCache
from transformers.modeling_outputs import BaseModelOutput, Seq2SeqLMOutput

from instructerc.backbones.base import FloatArray
from instructerc.backbones.batching import length_groups
from instructerc.backbones.language_models.language_model import LanguageModelBackbone, single_questions
from instructerc.backbones.language_models.model_folder import start_model
from instructerc.backbones.language_models.packing_check import is_prompt_learning
from instructerc.backbones.language_models.row_scoring import RowTensors, leaf_log_probs
from instructerc.backbones.language_models.tokenizer import PromptTokenizer, check_window
from instructerc.backbones.options import AdapterOptions, BackboneOptions
from instructerc.errors import InputError, ModelError
from instructerc.prompts import History, PromptTree
from instructerc.prompts.rows import Leaves, TokenisedQuestion, TokenisedTree, Tokens, flat_rows

# Each option keeps its prompt's keys and values, so a prompt with more options than these counts as several.
_OPTIONS_PER_PROMPT = 8


class Seq2SeqBackbone(LanguageModelBackbone):
    """An encoder-decoder with its tokenizer, as a backbone.

    Its encoder reads both ways: what a turn means to it depends on the turns after it, so no trunk is shared and each
    question's prompt is encoded alone, once for all its options.

    Args:
        model: a transformers model, or a PEFT model around one.
        tokenizer: its tokenizer.
        history: earlier turns that a target sees.
        options: how it is read; `max_tokens` is the encoder's window.

    Attributes:
        path: `flat`, always.
        path_reason: why.
        closing: what the tokenizer ends every prompt with.
        starts: what the decoder begins every option with.

    Raises:
        ModelError: a model that does not say how its decoder starts.
        InputError: another path than `flat` is asked for.
    """

    kind = "seq2seq"
    reads = AutoModelForSeq2SeqLM
    path = "flat"
    path_reason = "an encoder-decoder reads its prompt in both directions"

    def __init__(self, model: Any, tokenizer: PromptTokenizer, history: History, options: BackboneOptions) -> None:
        if options.packing not in ("auto", "flat"):
            raise InputError(f"packing {options.packing!r} is for causal models; {self.path_reason}, use auto or flat")
        super().__init__(model, tokenizer, history, options)
        self.closing = closing_tokens(tokenizer)
        self.starts = decoder_starts(model, options.base)
        self.budget -= len(self.closing)

    @classmethod
    def from_base(
        cls, options: BackboneOptions, history: History, adapter: AdapterOptions | None = None
    ) -> Seq2SeqBackbone:
        """Returns an untrained backbone on base weights, with a new adapter where one is given.

        Raises:
            ModelError: weights or a tokenizer that cannot be used.
            InputError: a longer window than the model's.
        """
        model, tokenizer = start_model(cls.reads, options, adapter, "SEQ_2_SEQ_LM")
        check_window(options.max_tokens, encoder_window(model.config), options.base)
        return cls(model, tokenizer, history, options)

    def _parts(self, tree: TokenisedTree, row_tokens: int, slack: float, training: bool) -> list[TokenisedTree]:
        return single_questions(tree)

    def _groups(self, parts: Sequence[TokenisedTree], row_tokens: int, training: bool) -> Iterable[list[int]]:
        sizes = [self._prompt_size(one) * -(-len(one.questions[0].options) // _OPTIONS_PER_PROMPT) for one in parts]
        return length_groups(sizes, row_tokens)

    def _prompt_size(self, one: TokenisedTree) -> int:
        """Returns the tokens of a single question's flat prompt."""
        return len(one.prompt(one.questions[0])) + len(self.closing)

    def _run(self, trees: Sequence[TokenisedTree]) -> tuple[FloatArray, Leaves]:
        row, leaves = self.row_tensors(trees)
        owner = torch.from_numpy(leaves.tree).to(self.model.device)
        values: FloatArray = leaf_log_probs(partial(self._read_options, owner), row).cpu().numpy()
        return values, leaves

    def row_tensors(self, trees: Sequence[TokenisedTree]) -> tuple[RowTensors, Leaves]:
        """Returns B prompts and their R options on the device, padded on the right, and what is read off the options.

        As inputs of the model they fit where each prompt has one option.

        Args:
            trees: single questions.
        """
        where = self.model.device
        prompts = [(*one.prompt(one.questions[0]), *self.closing) for one in trees]
        width = max(map(len, prompts))
        ids = torch.tensor([(*prompt, *[self.tokenizer.pad_id] * (width - len(prompt))) for prompt in prompts])
        lengths = torch.tensor([len(prompt) for prompt in prompts])
        spelled = flat_rows([_decoded(one.questions[0], self.starts) for one in trees], self.tokenizer.pad_id)
        inputs = {
            "input_ids": ids.to(where),  # [B, T]
            "attention_mask": (torch.arange(width)[None] < lengths[:, None]).long().to(where),  # [B, T]
            "decoder_input_ids": torch.from_numpy(spelled.token_ids).to(where),  # [R, S]
            "use_cache": False,
        }
        leaves = spelled.leaves
        source, target, leaf = (
            torch.from_numpy(part).to(where) for part in (leaves.source, leaves.target, leaves.leaf)
        )
        return RowTensors(inputs, source, target, leaf, len(leaves.length)), leaves

    def _read_options(
        self, owner: Tensor, input_ids: Tensor, attention_mask: Tensor, decoder_input_ids: Tensor, use_cache: bool
    ) -> Seq2SeqLMOutput:
        """Returns the logits of all options' tokens; each prompt is encoded, and read by the decoder, once.

        Args:
            owner: which prompt each option belongs to. Shape: [R].
            input_ids: Shape: [B, T].
            attention_mask: Shape: [B, T].
            decoder_input_ids: Shape: [R, S].
            use_cache: whether the decoder keeps what it computed; it does where it can.
        """
        states = self.model.get_encoder()(input_ids=input_ids, attention_mask=attention_mask).last_hidden_state

        def decode(rows: Tensor, ids: Tensor, **more: Any) -> Any:
            # PEFT counts rows by `input_ids`; the model itself does not read them beside `encoder_outputs`.
            return self.model(
                input_ids=input_ids[rows],
                attention_mask=attention_mask[rows],
                encoder_outputs=BaseModelOutput(last_hidden_state=states[rows]),
                decoder_input_ids=ids,
                **more,
            )

        if not is_prompt_learning(self.model):
            # The starts are the same for all options: with them the prompts' keys and values are computed once.
            every = torch.arange(len(input_ids), device=owner.device)
            starts = decoder_input_ids.new_tensor(self.starts).expand(len(input_ids), -1)
            begun = decode(every, starts, use_cache=True)
            cache = begun.past_key_values
            if isinstance(cache, EncoderDecoderCache):
                cache.batch_select_indices(owner)
                ended = decode(owner, decoder_input_ids[:, len(self.starts) :], past_key_values=cache, use_cache=True)
                return Seq2SeqLMOutput(logits=torch.cat([begun.logits[owner], ended.logits], 1))
        output: Seq2SeqLMOutput = decode(owner, decoder_input_ids, use_cache=use_cache)
        return output

    def size(self, tree: PromptTree) -> int:
        """Returns the tokens of a tree in training: of its prompts and gold options."""
        singles = single_questions(self.tokenizer.tokenise(tree, gold_only=True))
        return sum(self._prompt_size(one) + len(one.questions[0].options[0]) for one in singles)


def closing_tokens(tokenizer: PromptTokenizer) -> Tokens:
    """Returns what the tokenizer puts after a prompt of its own accord; nothing where a chat template frames it."""
    if tokenizer.chat:
        return ()
    whole = tokenizer.tokenizer("a")["input_ids"]
    bare = tokenizer.tokenizer("a", add_special_tokens=False)["input_ids"]
    return tuple(whole[len(tokenizer.prefix) + len(bare) :])


def decoder_starts(model: Any, name: str) -> Tokens:
    """Returns the tokens that the decoder begins with: its start token, then the first one where that is forced.

    Raises:
        ModelError: the model names no start token.
    """
    generation = getattr(model, "generation_config", None)
    start = getattr(model.config, "decoder_start_token_id", None)
    if start is None:
        start = getattr(generation, "decoder_start_token_id", None)
    if start is None:
        raise ModelError(
            f"base model {name!r} does not say which token its decoder starts with; "
            "set decoder_start_token_id in its config.json (T5 starts with its padding token)"
        )
    forced = getattr(generation, "forced_bos_token_id", None)
    return (int(start),) if forced is None else (int(start), int(forced))


def encoder_window(config: Any) -> int | None:
    """Returns the tokens that an encoder has positions for; None where its positions are relative."""
    inner = (getattr(config, "encoder", None) or config).get_text_config()
    window = getattr(inner, "max_encoder_position_embeddings", None)
    window = getattr(inner, "max_position_embeddings", None) if window is None else window
    return None if window is None else int(window)


def _decoded(question: TokenisedQuestion, starts: Tokens) -> TokenisedTree:
    """Returns what the decoder reads of a question: its options, after the decoder's start."""
    return TokenisedTree((starts,), (TokenisedQuestion(0, (), question.options, question.numbers, question.number),))
