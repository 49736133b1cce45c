"""How vLLM and SGLang are asked for the log-probabilities of certain next tokens."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from instructerc.backbones.remote.server import ModelServer
from instructerc.errors import ModelError
from instructerc.prompts.rows import Tokens

# vLLM answers with at most so many log-probabilities by default (`--max-logprobs`).
_TOKENS_AT_ONCE = 20
# A probability that is written as 0 is less than the smallest double.
_LEAST = -745.0
# Rounding may take a log-probability beyond 0.
_MOST = 0.01


class ServerProtocol(Protocol):
    """One way to ask."""

    def next_tokens(self, prompt: Tokens, ends: Sequence[Tokens], tokens: Sequence[int]) -> list[Mapping[int, float]]:
        """Returns, for each end put after the prompt, log p of each of these tokens as the next one.

        Raises:
            ModelError: the server does not do what is asked.
            Unreachable: no answer in time.
        """
        ...


@dataclass(frozen=True, slots=True)
class VllmProtocol:
    """vLLM: `/v1/completions` with `logprob_token_ids`, one position generated."""

    server: ModelServer
    model: str

    def next_tokens(self, prompt: Tokens, ends: Sequence[Tokens], tokens: Sequence[int]) -> list[Mapping[int, float]]:
        """Returns log p of tokens; see `ServerProtocol`."""
        found: list[dict[int, float]] = [{} for _ in ends]
        for begin in range(0, len(tokens), _TOKENS_AT_ONCE):
            some = list(tokens[begin : begin + _TOKENS_AT_ONCE])
            body = {
                "model": self.model,
                "prompt": [[*prompt, *end] for end in ends],
                "max_tokens": 1,
                "temperature": 0,
                "logprobs": 1,
                "logprob_token_ids": some,
                "return_tokens_as_token_ids": True,
            }
            choices = self._read(self.server.ask("/v1/completions", body))
            if sorted(place for place, _ in choices) != list(range(len(ends))):
                raise ModelError(
                    f"{self.server.name} answers {len(choices)} of {len(ends)} prompts, or others than was asked"
                )
            for place, values in choices:
                found[place] |= {token: _checked(values[token], self.server) for token in some if token in values}
        if any(token not in one for one in found for token in tokens):
            raise ModelError(
                f"{self.server.name} leaves out tokens of logprob_token_ids; vLLM of July 2026 or later is needed"
            )
        return list(found)

    def _read(self, data: Mapping[str, Any]) -> list[tuple[int, dict[int, float]]]:
        try:
            return [
                (
                    int(choice["index"]),
                    {
                        int(name.removeprefix("token_id:")): float(value)
                        for name, value in choice["logprobs"]["top_logprobs"][0].items()
                        if name.startswith("token_id:")
                    },
                )
                for choice in data["choices"]
            ]
        except (KeyError, IndexError, TypeError, ValueError, AttributeError) as error:
            raise ModelError(f"{self.server.name} answers without log-probabilities ({error}); is it vLLM?") from error


@dataclass(frozen=True, slots=True)
class SglangProtocol:
    """SGLang: `/v1/score`, which gives the probabilities of label tokens after each item."""

    server: ModelServer
    model: str

    def next_tokens(self, prompt: Tokens, ends: Sequence[Tokens], tokens: Sequence[int]) -> list[Mapping[int, float]]:
        """Returns log p of tokens; see `ServerProtocol`."""
        body = {
            "model": self.model,
            "query": list(prompt[:-1]),
            # Never an empty item.
            "items": [[prompt[-1], *end] for end in ends],
            "label_token_ids": list(tokens),
            "apply_softmax": False,
        }
        try:
            rows = self.server.ask("/v1/score", body)["scores"]
            logs = [[_log(float(p)) for p in row] for row in rows]
            found = [
                {token: _checked(value, self.server) for token, value in zip(tokens, row, strict=True)} for row in logs
            ]
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"{self.server.name} answers without scores ({error}); is it SGLang?") from error
        if len(found) != len(ends):
            raise ModelError(f"{self.server.name} answers {len(found)} of {len(ends)} prompts; is it SGLang?")
        return list(found)


def _log(p: float) -> float:
    """Returns log p; of what is no probability, NaN."""
    if p == 0:
        return _LEAST
    return math.log(p) if p > 0 else math.nan


def _checked(value: float, server: ModelServer) -> float:
    """Returns a log-probability, never so small that sums of it are infinite.

    Raises:
        ModelError: it is none; a model that overflows in the type of its weights gives NaN.
    """
    if not value <= _MOST:
        advice = "; serve the model in bfloat16 or float32" if math.isnan(value) else ""
        raise ModelError(f"{server.name} answers with a log-probability of {value:g}{advice}")
    return max(value, -1e4)


def find_protocol(server: ModelServer) -> tuple[ServerProtocol, int | None]:
    """Returns how a server is asked, and how many tokens its model reads, where it says so.

    Raises:
        ModelError: it does not serve the model.
        Unreachable: no answer in time.
    """
    address = server.address
    listed = server.ask("/v1/models").get("data")
    models = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    found = next((one for one in models if one.get("id") == address.model), None)
    if found is None:
        names = ", ".join(str(one.get("id")) for one in models) or "none"
        raise ModelError(f"{server.name} has no model {address.model!r}; it serves {names}")
    name = address.server or ("sglang" if found.get("owned_by") == "sglang" else "vllm")
    protocol = SglangProtocol(server, address.model) if name == "sglang" else VllmProtocol(server, address.model)
    window = found.get("max_model_len")
    return protocol, window if isinstance(window, int) and window > 0 else None
