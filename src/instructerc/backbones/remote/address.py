"""The address of a model on a server, such as `openai://gpu-1:8000/Qwen/Qwen3-8B?concurrency=64`."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs, unquote, urlsplit

from instructerc.errors import ModelError, did_you_mean

_SCHEMES = {"openai": "http", "openais": "https"}
_OPTIONS = ("tokenizer", "folder", "server", "concurrency", "deadline", "max_tokens")
# How fast a server is asked changes no answer of its model.
_PACE = ("concurrency", "deadline")
Server = Literal["vllm", "sglang"]
_SERVERS: tuple[Server, ...] = ("vllm", "sglang")
KEY_VARIABLE = "INSTRUCTERC_API_KEY"


_CONCURRENCY = 32
_DEADLINE_S = 300.0


@dataclass(frozen=True, slots=True)
class RemoteAddress:
    """Where a model is served, and how it is asked.

    Attributes:
        host: of the server.
        port: of the server.
        tls: whether the connection is encrypted.
        model: name that the server gives the model.
        tokenizer: hub name or folder of its tokenizer; the model's name where None.
        folder: of a model that instructerc trained, which the server serves: its labels and wording are read there.
        server: `vllm` or `sglang`; found out where None.
        concurrency: requests at once, at most.
        deadline_s: how long a request is tried again.
        max_tokens: window of a prompt; at most 1024 where None.
    """

    host: str
    port: int
    tls: bool
    model: str
    tokenizer: str | None = None
    folder: str | None = None
    server: Server | None = None
    concurrency: int = _CONCURRENCY
    deadline_s: float = _DEADLINE_S
    max_tokens: int | None = None

    @property
    def key(self) -> str | None:
        """The server's API key, from the environment, so that no command line shows it."""
        return os.environ.get(KEY_VARIABLE)


def is_remote(model: str | None) -> bool:
    """Returns whether a model's name is the address of a server."""
    return model is not None and model.partition("://")[0] in _SCHEMES and "://" in model


def without_pace(text: str) -> str:
    """Returns an address without the options that change no answer."""
    where, _, query = text.partition("?")
    kept = "&".join(part for part in query.split("&") if part.partition("=")[0] not in _PACE)
    return f"{where}?{kept}" if kept else where


def parse_address(text: str) -> RemoteAddress:
    """Returns the parts of an address.

    Raises:
        ModelError: no host or model in it, or an option that there is not.
    """
    parts = urlsplit(text)
    options = {name: values[-1] for name, values in parse_qs(parts.query, keep_blank_values=True).items()}
    for name in options:
        if name not in _OPTIONS:
            raise ModelError(
                f"{text}: no option {name!r}{did_you_mean(name, _OPTIONS)}; there are {', '.join(_OPTIONS)}"
            )
    named = options.get("server")
    server = next((known for known in _SERVERS if known == named), None)
    if named is not None and server is None:
        raise ModelError(f"{text}: server is {named!r}; {' and '.join(_SERVERS)} are known")
    tls = _SCHEMES[parts.scheme] == "https"
    try:
        host, port = parts.hostname, parts.port or (443 if tls else 80)
        concurrency = int(options["concurrency"]) if "concurrency" in options else _CONCURRENCY
        max_tokens = int(options["max_tokens"]) if "max_tokens" in options else None
        deadline = float(options["deadline"]) if "deadline" in options else _DEADLINE_S
    except ValueError as error:
        raise ModelError(f"{text}: {error}") from error
    model = unquote(parts.path.strip("/"))
    if not host or not model:
        raise ModelError(f"{text}: give host, port and model, such as openai://localhost:8000/Qwen/Qwen3-8B")
    # Not a number is no deadline either.
    if not deadline > 0 or min(concurrency, 1 if max_tokens is None else max_tokens) <= 0:
        raise ModelError(f"{text}: concurrency, deadline and max_tokens must be more than 0")
    return RemoteAddress(
        host,
        port,
        tls,
        model,
        options.get("tokenizer"),
        options.get("folder"),
        server,
        concurrency,
        deadline,
        max_tokens,
    )
