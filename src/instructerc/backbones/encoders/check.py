"""Whether an encoder can be read utterance-causally: tried on made-up turns when it is loaded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor

from instructerc.backbones.encoders.reading import EncoderReading
from instructerc.backbones.evaluating import evaluating
from instructerc.errors import ModelError, reason_of

_TURNS = (5, 7, 4, 9)
_BRANCH = 6
_NEAR = 1e-4


def check_encoder(encoder: Any, reading: EncoderReading, name: str) -> None:
    """Checks by structure that packed rows are read right.

    One turn alone must give the model's own states; a later turn and padding must change nothing before them, an
    earlier one must; a branch must be read as if it stood right behind what it sees.

    Args:
        encoder: the encoder, in evaluation mode or not.
        reading: how it is run; its `order_is_position` is set where branches are only read right in order.
        name: of the model, for messages.

    Raises:
        ModelError: one of these does not hold.
    """
    with evaluating(encoder), naming_family(encoder, name):
        _check(encoder, reading, name)


@contextmanager
def naming_family(encoder: Any, name: str) -> Iterator[None]:
    """Refuses by its family an encoder that is made or run otherwise than we make and run encoders.

    Its own code then fails at our mask, our positions or its configuration, with whatever error it has for that.

    Args:
        encoder: the encoder.
        name: of the model, for messages.

    Raises:
        ModelError: an error inside that is not ours, but for memory that ran out.
    """
    try:
        yield
    except (ModelError, MemoryError, torch.OutOfMemoryError):
        raise
    except Exception as error:
        reason = reason_of(error)[:200] or type(error).__name__
        raise ModelError(
            f"{_family(encoder, name)} cannot be read in packed rows: {reason}; "
            "choose one of another family, such as BERT, RoBERTa, MPNet, DeBERTa or ModernBERT"
        ) from error


def _family(encoder: Any, name: str) -> str:
    return f"{name!r}, an encoder of family {encoder.config.model_type!r},"


def _check(encoder: Any, reading: EncoderReading, name: str) -> None:
    probe = _Probe(encoder, reading)
    family = _family(encoder, name)
    if not probe.reads_one_turn():
        raise ModelError(f"{family} gives different states for one turn with our mask and positions than with its own")
    if not probe.is_causal():
        raise ModelError(f"{family} lets a turn see later turns or padding: it cannot be read utterance-causally")
    if not probe.sees_history():
        raise ModelError(f"{family} does not let a turn see the turns before it")
    reading.order_is_position = reading.order_is_position or not probe.reads_branches()


class _Probe:
    """Made-up turns, and the states that an encoder gives for them."""

    def __init__(self, encoder: Any, reading: EncoderReading) -> None:
        self.encoder, self.reading = encoder, reading
        self.device = next(encoder.parameters()).device
        random = torch.Generator().manual_seed(0)
        size = sum(_TURNS) + _BRANCH
        low = min(5, encoder.config.vocab_size - 2)
        draw = torch.randint(low, encoder.config.vocab_size, (2, size), generator=random).to(self.device)
        self.tokens, self.others = draw[0], draw[1]
        self.turns = torch.repeat_interleave(torch.arange(len(_TURNS)), torch.tensor(_TURNS)).to(self.device)

    def _states(
        self, tokens: Tensor, turns: Tensor, positions: Tensor | None = None, sees: Tensor | None = None
    ) -> Any:
        """Returns states as float32. Shape: [T, H]."""
        where = torch.arange(len(tokens), device=self.device) if positions is None else positions
        up_to = turns if sees is None else sees
        visible = (turns[None, :] <= up_to[:, None]) | (turns[None, :] == turns[:, None])
        return self.reading(self.encoder, tokens[None], where[None], visible[None, None])[0].float()

    def _near(self, one: Tensor, other: Tensor) -> bool:
        # Half precision rounds by more; what is looked for changes states by their own size.
        scale = float(other.abs().mean())
        tolerance = _NEAR if next(self.encoder.parameters()).dtype == torch.float32 else 0.1
        return bool((one - other).abs().max() <= tolerance * max(scale, 1e-6))

    def reads_one_turn(self) -> bool:
        """Returns whether one turn alone has the states that the model gives it without our mask and positions."""
        tokens = self.tokens[: _TURNS[3]]
        whole = torch.ones_like(tokens)[None]
        own = self.encoder(input_ids=tokens[None], attention_mask=whole).last_hidden_state[0].float()
        return self._near(self._states(tokens, torch.zeros_like(tokens)), own)

    def is_causal(self) -> bool:
        """Returns whether other later turns, or none, leave the states before them as they are."""
        before = sum(_TURNS[:2])
        size = sum(_TURNS)
        whole = self._states(self.tokens[:size], self.turns)
        changed = torch.cat([self.tokens[:before], self.others[before:size]])
        alone = self._states(self.tokens[:before], self.turns[:before])
        return self._near(self._states(changed, self.turns)[:before], whole[:before]) and self._near(
            alone, whole[:before]
        )

    def sees_history(self) -> bool:
        """Returns whether another first turn changes the states of the last one."""
        size = sum(_TURNS)
        changed = torch.cat([self.others[: _TURNS[0]], self.tokens[_TURNS[0] : size]])
        whole = self._states(self.tokens[:size], self.turns)[-_TURNS[3] :]
        return not torch.equal(self._states(changed, self.turns)[-_TURNS[3] :], whole)

    def reads_branches(self) -> bool:
        """Returns whether a branch after the second turn, at the row's end, reads as if it stood right behind it."""
        before, size = sum(_TURNS[:2]), sum(_TURNS)
        branch = self.tokens[size:]
        beside = torch.full_like(branch, len(_TURNS))
        places = torch.arange(before, before + len(branch), device=self.device)
        packed = self._states(
            self.tokens,
            torch.cat([self.turns, beside]),
            torch.cat([torch.arange(size, device=self.device), places]),
            torch.cat([self.turns, torch.full_like(branch, 1)]),
        )[size:]
        behind = torch.cat([self.turns[:before], torch.full_like(branch, 2)])
        return self._near(packed, self._states(torch.cat([self.tokens[:before], branch]), behind)[before:])
