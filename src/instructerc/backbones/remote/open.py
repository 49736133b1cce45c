"""A remote model by its address: the server is found, and the tokenizer loaded here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from instructerc.backbones.base_models.weights import resolve_base
from instructerc.backbones.language_models.tokenizer import PromptTokenizer, check_window
from instructerc.backbones.options import BackboneOptions
from instructerc.backbones.remote.address import RemoteAddress
from instructerc.backbones.remote.backbone import RemoteBackbone
from instructerc.backbones.remote.protocols import find_protocol
from instructerc.backbones.remote.server import ModelServer
from instructerc.errors import MissingExtra, ModelError, one_line
from instructerc.prompts import History

_MAX_TOKENS = 1024


def open_remote(
    address: RemoteAddress, *, chat: bool | None = None, length_normalised: bool = False, max_tokens: int | None = None
) -> RemoteBackbone:
    """Returns the backbone of a model on a server.

    Args:
        address: of the model.
        chat: whether prompts go through the chat template; where the tokenizer has one if None.
        length_normalised: whether options count by the mean over their tokens.
        max_tokens: window of a prompt; goes before the address's own.

    Raises:
        ModelError: no such model there, or a tokenizer that cannot be loaded.
        Unreachable: no server that answers.
        InputError: a longer window than the model's.
    """
    tokenizer = _load_tokenizer(address)
    protocol, window = find_protocol(ModelServer(address))
    wanted = max_tokens or address.max_tokens or min(_MAX_TOKENS, window or _MAX_TOKENS)
    check_window(wanted, window, address.model)
    if chat is None:
        chat = bool(getattr(tokenizer, "chat_template", None))
    options = BackboneOptions(
        kind="causal", base=address.model, max_tokens=wanted, chat=chat, length_normalised=length_normalised
    )
    prompts = PromptTokenizer(tokenizer, wanted, chat=chat)
    return RemoteBackbone(protocol, prompts, History(), options, address.concurrency)


def open_trained(address: RemoteAddress, folder: Path) -> RemoteBackbone:
    """Returns the backbone of a trained causal model that a server holds, asked as it was trained.

    Args:
        address: of the model.
        folder: of the model here, as `instructerc export` wrote it.

    Raises:
        ModelError: the folder is none of a causal model, or the server does not have it.
        Unreachable: no server that answers.
        MissingExtra: without torch.
    """
    try:
        from instructerc.backbones.language_models.model_folder import read_options
    except ModuleNotFoundError as error:
        raise MissingExtra(f"the model in {folder}", "train") from error
    options, history = read_options(folder, "causal")
    protocol, window = find_protocol(ModelServer(address))
    check_window(options.max_tokens, window, address.model)
    tokenizer = _load_tokenizer(address)
    prompts = PromptTokenizer(tokenizer, options.max_tokens, chat=options.chat, end_token=options.end_token)
    return RemoteBackbone(protocol, prompts, history, options, address.concurrency)


def _load_tokenizer(address: RemoteAddress) -> Any:
    name = address.tokenizer or address.folder or address.model
    try:
        from transformers import AutoTokenizer
        from transformers.utils import logging
    except ModuleNotFoundError as error:
        raise MissingExtra(f"the tokenizer of {address.model}", "train") from error
    logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        return AutoTokenizer.from_pretrained(resolve_base(name))
    except Exception as error:
        reason = one_line(error, 300)
        where = "" if Path(name).exists() else "; give its folder as ?tokenizer=FOLDER in the address"
        raise ModelError(f"tokenizer {name!r} of the remote model: {reason}{where}") from error
