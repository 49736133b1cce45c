"""Python's own unpickler still has the places at which its containers are watched."""

from __future__ import annotations

import io
import pickle
import subprocess
import sys

import pytest

from instructerc.compat.pickles import WatchedUnpickler


class _Listing(WatchedUnpickler):
    def __init__(self, data):
        super().__init__(io.BytesIO(data))
        self.keys = []

    def check_keys(self, keys):
        self.keys += keys


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        (pickle.dumps({"a": 1}, 4), ["a"]),
        (pickle.dumps({"a": 1, "b": 2}, 4), ["a", "b"]),
        (pickle.dumps({"c"}, 4), ["c"]),
        (pickle.dumps(frozenset({"d"}), 4), ["d"]),
        (b"(S'e'\nI1\nd.", ["e"]),
    ],
    ids=["SETITEM", "SETITEMS", "ADDITEMS", "FROZENSET", "DICT"],
)
def test_every_container_shows_its_keys_before_it_holds_them(data, keys):
    reader = _Listing(data)
    read = reader.load()
    assert reader.keys == keys
    assert set(read) == set(keys)


def test_a_key_that_is_refused_is_never_held():
    class Refusing(_Listing):
        def check_keys(self, keys):
            raise InterruptedError(*keys)

    with pytest.raises(InterruptedError, match="a"):
        Refusing(pickle.dumps({"a": 1}, 4)).load()


def test_the_standard_library_has_what_is_built_upon():
    base = getattr(pickle, "_Unpickler", None)
    assert base is not None, "pickle has no unpickler in Python any more: WatchedUnpickler needs another one"
    missing = {"load_setitem", "load_setitems", "load_dict", "load_additems", "load_frozenset"} - set(dir(base))
    assert not missing, f"pickle._Unpickler has no {missing}: its containers cannot be watched"
    assert base.dispatch[pickle.SETITEM[0]] is base.load_setitem


def test_it_needs_no_torch():
    code = "import sys, instructerc.compat.pickles; print(*{'torch', 'transformers', 'numpy'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout.strip() == ""
