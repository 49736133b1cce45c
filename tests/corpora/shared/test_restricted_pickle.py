"""Pickles: data comes out, and whatever else stands in one is not run."""

from __future__ import annotations

import contextlib
import copyreg
import os
import pickle
import struct
import time
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from instructerc.corpora.shared import restricted_pickle
from instructerc.corpora.shared.restricted_pickle import read_pickle
from instructerc.errors import InputError

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner) | st.frozensets(st.text())
    ),
    max_leaves=10,
)


def _file(folder: Path, data: bytes) -> Path:
    path = folder / "data.pkl"
    path.write_bytes(data)
    return path


@given(PLAIN, st.integers(2, 4))
def test_plain_data_comes_out_as_it_went_in(tmp_path_factory, data, protocol):
    path = _file(tmp_path_factory.mktemp("plain"), pickle.dumps(data, protocol))
    assert read_pickle(path) == data


@pytest.mark.parametrize("protocol", [2, 4, 5])
@pytest.mark.parametrize(
    "value", [np.int64(-7), np.float32(0.5), np.uint8(200), np.bool_(True), np.str_("čau"), np.str_(""), np.int32(3)]
)
def test_numpy_scalars_come_as_plain_values(tmp_path, value, protocol):
    data = [1, {"a": value}]
    [one, found] = read_pickle(_file(tmp_path, pickle.dumps(data, protocol)))
    assert (one, found) == (1, {"a": value.item()})
    assert type(found["a"]) is type(value.item())


class _Runs:
    """Pickles as a call."""

    def __init__(self, function, *arguments):
        self.call = function, arguments

    def __reduce__(self):
        return self.call


def _hostile(marker: Path) -> dict[str, bytes]:
    command, code = f"touch {marker}", f"open({str(marker)!r}, 'w')"
    text = command.encode()
    unknown = np.dtype(object)
    inner = pickle.dumps(_Runs(os.system, command))
    return {
        "reduce": pickle.dumps(_Runs(os.system, command)),
        "old reduce": pickle.dumps(_Runs(os.system, command), 0),
        "eval": pickle.dumps([1, {"a": _Runs(eval, code)}]),
        "inst": b"(S'" + text + b"'\nios\nsystem\n.",
        "obj": b"(cos\nsystem\nS'" + text + b"'\no.",
        "newobj": b"\x80\x02cos\nsystem\nX" + struct.pack("<I", len(text)) + text + b"\x85\x81.",
        "stack global": b"\x80\x04\x8c\x02os\x8c\x06system\x93\x8c" + bytes([len(text)]) + text + b"\x85R.",
        "dotted": b"\x80\x04\x8c\x05numpy\x8c\x0fdtype.__class__\x93.",
        "extension": b"\x80\x02\x82\x01.",
        "persistent": b"Pos.system\n.",
        "object scalar": pickle.dumps(_Runs(np._core.multiarray.scalar, unknown, inner)),
        "object array": pickle.dumps(np.asarray([_Runs(os.system, command)], object)),
        "constructor": pickle.dumps(_Runs(copyreg._reconstructor, dict, dict, {})),
        "path": pickle.dumps(Path("a")),
        # What is looked up is not to be changed for whoever reads the next file.
        "build": b"\x80\x02cnumpy.core.multiarray\nscalar\nN}U\x0c__defaults__)s\x86b.",
    }


@pytest.mark.parametrize("name", sorted(_hostile(Path("x"))))
def test_nothing_in_a_hostile_pickle_is_run(tmp_path, name):
    marker = tmp_path / "ran"
    data = _hostile(marker)[name]
    with pytest.raises(InputError, match=r"data\.pkl: (asks for|is not a|changes what)"):
        read_pickle(_file(tmp_path, data))
    assert not marker.exists()


def test_a_pickle_reaches_no_attribute_of_what_it_looks_up(tmp_path):
    with pytest.raises(InputError, match="changes what it was given"):
        read_pickle(_file(tmp_path, _hostile(tmp_path / "ran")["build"]))
    assert restricted_pickle._scalar.__defaults__ == (None, None)


def test_the_hostile_pickles_would_run_elsewhere(tmp_path):
    marker = tmp_path / "ran"
    for name in ("reduce", "inst", "stack global"):
        pickle.loads(_hostile(marker)[name])
        assert marker.exists(), name
        marker.unlink()


def _of_one_hash(n_keys: int) -> bytes:
    """Returns a pickle of a dict whose keys have the same hash; to make that dict here would take as long as there."""
    keys = (pickle.dumps(n * (2**61 - 1), 2)[2:-1] for n in range(n_keys))
    return b"\x80\x02}(" + b"".join(key + b"K\x00" for key in keys) + b"u."


def test_keys_of_one_hash_are_what_pickle_writes():
    assert pickle.loads(_of_one_hash(100)) == {n * (2**61 - 1): 0 for n in range(100)}
    assert {hash(key) for key in pickle.loads(_of_one_hash(100))} == {0}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "is not a pickle"),
        (b"\xffhello", "is not a pickle"),
        (pickle.dumps([1, 2, 3])[:-3], "is not a"),
        (b"\x80\x05\x96" + struct.pack("<Q", 1 << 40) + b".", "BYTEARRAY8|is not a"),
        (b"\x80\x04\x8e" + struct.pack("<Q", 1 << 40) + b"a.", "is not a"),
        (b"\x80\x02]r" + struct.pack("<I", (1 << 31) - 1) + b".", "its memo has gaps"),
        (b"(" * 100_000 + b".", "is not a"),
        # Hashing these would end the process, or never end.
        (b"\x80\x02})" + b"\x85" * 1_000_000 + b"K\x01s.", "has a key that is neither"),
        (b"\x80\x02})" + b"2\x86" * 60 + b"K\x01s.", "has a key that is neither"),
        (b"\x80\x02}()" + b"2\x86" * 60 + b"K\x01u.", "has a key that is neither"),
        (b"\x80\x02()" + b"2\x86" * 60 + b"K\x01d.", "has a key that is neither"),
        (b"\x80\x04\x8f()" + b"2\x86" * 60 + b"\x90.", "has a key that is neither"),
        (b"\x80\x04()" + b"2\x86" * 60 + b"\x91.", "has a key that is neither"),
        (b"\x80\x02c__builtin__\nset\n])" + b"2\x86" * 60 + b"a\x85R.", "has a key that is neither"),
        (_of_one_hash(50_000), "has a key that is neither"),
        (b"\x80\x04(" + b"\x8f" * 3_000_000 + b"t.", "has more than 2,000,000 operations"),
    ],
)
def test_damaged_and_bloated_pickles_end_soon(tmp_path, data, said):
    begin = time.process_time()
    with pytest.raises(InputError, match=said):
        read_pickle(_file(tmp_path, data))
    assert time.process_time() - begin < 10


def test_calls_make_no_more_than_a_file_may_hold(tmp_path, monkeypatch):
    monkeypatch.setattr(restricted_pickle, "MAX_BYTES", 1 << 20)
    text = b"X" + struct.pack("<I", 1 << 19) + b"a" * (1 << 19) + b"q\x00X\x06\x00\x00\x00latin1q\x010"
    again = b"c_codecs\nencode\nh\x00h\x01\x86R"
    with pytest.raises(InputError, match="makes more than its own size"):
        read_pickle(_file(tmp_path, b"\x80\x02" + text + b"0](" + again * 5 + b"e."))


def test_a_large_file_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(restricted_pickle, "MAX_BYTES", 1 << 20)
    with pytest.raises(InputError, match="is larger than 1 MiB"):
        read_pickle(_file(tmp_path, bytes(2 << 20)))
    with pytest.raises(InputError, match="cannot be read"):
        read_pickle(tmp_path / "none.pkl")


@given(st.binary(max_size=200))
def test_any_bytes_end_in_data_or_an_error(tmp_path_factory, data):
    path = _file(tmp_path_factory.mktemp("any"), data)
    with contextlib.suppress(InputError):
        assert isinstance(read_pickle(path), object)
