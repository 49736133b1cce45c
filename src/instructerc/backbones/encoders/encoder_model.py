"""The module that is trained: an encoder and two projections."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from instructerc.backbones.encoders.encoder_batch import EncoderBatch
from instructerc.backbones.encoders.reading import EncoderReading


class EncoderModel(nn.Module):
    """An encoder with two projections; an option's score is the similarity of its state and the question's.

    Args:
        encoder: a transformers encoder that takes a 4-D mask.
    """

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.encoder = encoder
        self.reading = EncoderReading(encoder)
        hidden = int(encoder.config.hidden_size)  # type: ignore[union-attr, arg-type]
        self.query = nn.Linear(hidden, hidden)
        self.option = nn.Linear(hidden, hidden, bias=False)
        # From the identity, training starts at the similarity that the base weights were made for.
        for layer in (self.query, self.option):
            nn.init.eye_(layer.weight)
        nn.init.zeros_(self.query.bias)

    def states(self, token_ids: Tensor, position_ids: Tensor, visible: Tensor) -> Tensor:
        """Returns the last hidden states. Shape: [B, T, H]."""
        return self.reading(self.encoder, token_ids, position_ids, visible)

    def forward(self, batch: EncoderBatch) -> Tensor:
        """Returns the scores of all options, -inf where a question has no such option. Shape: [Q, O], float32."""
        states = self.states(batch.token_ids, batch.position_ids, batch.visible)
        questions = _means(states, batch.answering, batch.answering_from)
        named = self.states(batch.option_ids, batch.option_positions, batch.option_visible)
        options = _means(named, batch.naming, batch.naming_from)
        scores = (self.query(questions) @ self.option(options).T).float() * questions.shape[-1] ** -0.5
        chosen = scores.gather(1, batch.choices.clamp(min=0))
        scores_or_none: Tensor = chosen.masked_fill(batch.choices < 0, -torch.inf)
        return scores_or_none


def _means(states: Tensor, tokens: Tensor, begins: Tensor) -> Tensor:
    """Returns the mean state of each span of tokens. Shape: [N, H]."""
    return nn.functional.embedding_bag(tokens, states.flatten(0, 1), begins, mode="mean")
