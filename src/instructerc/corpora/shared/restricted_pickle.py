"""Pickles that hold data alone: plain containers, text, numbers and numpy's scalars; nothing in them is ever run.

A pickle is a program. Before it is run, its operations are read: none is let through that makes objects of classes,
asks for buffers, extensions or persistent objects, or grows the memo beyond what the file can fill. While it runs,
the only names that it may look up are those with which numpy writes a scalar and old protocols write bytes and sets,
and what it finds there is this module's. Keys and members of sets are texts and numbers: nested ones, shared or deep,
would be hashed without an end.
"""

from __future__ import annotations

import io
import pickletools
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from instructerc.compat.pickles import WatchedUnpickler
from instructerc.errors import InputError

MAX_BYTES = 64 * 1024 * 1024
MAX_OPERATIONS = 2_000_000

_LARGEST_KEY = 1 << 53
_CODE = re.compile(r"[biufUS]\d{1,4}")
_REFUSED = frozenset(
    {
        *("INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "EXT1", "EXT2", "EXT4", "PERSID", "BINPERSID"),
        *("BYTEARRAY8", "NEXT_BUFFER", "READONLY_BUFFER"),
    }
)
_PUTS = frozenset({"PUT", "BINPUT", "LONG_BINPUT"})


def read_pickle(path: Path) -> Any:
    """Returns what a pickle holds; numpy scalars come as Python's numbers and texts.

    Strings of Python 2 are read as Latin-1, as the authors of such files do.

    Raises:
        InputError: a file that cannot be read, is larger than `MAX_BYTES`, damaged, or holds more than data.
    """
    try:
        size = path.stat().st_size
        if size > MAX_BYTES:
            raise InputError(f"{path}: is larger than {MAX_BYTES >> 20} MiB, too large for a corpus's pickle")
        data = path.read_bytes()
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror or error}") from error
    _check_operations(data, path)
    try:
        return _Unpickler(io.BytesIO(data), encoding="latin1").load()
    except _NotData as error:
        raise InputError(
            f"{path}: {error}; only a pickle of plain data is read, and nothing else in it is run"
        ) from None
    except Exception as error:
        raise InputError(f"{path}: is not a whole pickle: {type(error).__name__}") from None


def _check_operations(data: bytes, path: Path) -> None:
    n_operations = 0
    try:
        for operation, argument, _ in pickletools.genops(data):
            n_operations += 1
            if n_operations > MAX_OPERATIONS:
                raise InputError(f"{path}: has more than {MAX_OPERATIONS:,} operations, too many for a corpus's pickle")
            if operation.name in _REFUSED:
                raise InputError(f"{path}: asks for {operation.name}, which data does not need; it was not run")
            # The memo is an array: one entry far out would take the memory of all before it.
            if operation.name in _PUTS and int(str(argument)) > n_operations:
                raise InputError(f"{path}: is not a whole pickle: its memo has gaps")
    except InputError:
        raise
    except Exception as error:
        raise InputError(f"{path}: is not a pickle, or a damaged one: {type(error).__name__}") from None


class _NotData(InputError):
    """Something that is not data."""


class _Unpickler(WatchedUnpickler):
    _made = 0

    def check_keys(self, keys: Iterable[Any]) -> None:
        _check_keys(keys)

    def find_class(self, module: str, name: str) -> Any:
        function = _FUNCTIONS.get((module, name))
        if function is None:
            raise _NotData(f"asks for {module}.{name}")
        return _Call(function, self._count)

    def _count(self, made: Any) -> None:
        """Keeps what calls make within the file's own bounds: one long text may be asked for again and again."""
        self._made += len(made) if isinstance(made, bytes | str | set | frozenset) else 1
        if self._made > MAX_BYTES:
            raise _NotData("makes more than its own size")

    def persistent_load(self, pid: Any) -> Any:
        raise _NotData("asks for a persistent object")


def _check_keys(keys: Iterable[Any]) -> None:
    for key in keys:
        # Larger numbers can be chosen to have one hash.
        if not isinstance(key, str | bytes | int | None) or (isinstance(key, int) and abs(key) > _LARGEST_KEY):
            raise _NotData("has a key that is neither a text nor a small number")


class _Call:
    """A function that a pickle may call, and whose attributes it cannot set: `BUILD` changes what it finds."""

    __slots__ = ("__call", "__count")

    def __init__(self, function: Callable[..., Any], count: Callable[[Any], None]) -> None:
        self.__call = function
        self.__count = count

    def __call__(self, *arguments: Any) -> Any:
        made = self.__call(*arguments)
        self.__count(made)
        return made

    def __setstate__(self, state: Any) -> None:
        raise _NotData("changes what it was given")


class _Dtype:
    """The kind of a scalar, as numpy writes it: a code such as `i8`, then a state that names the byte order second."""

    __slots__ = ("code", "order")

    def __init__(self, code: Any, *flags: Any) -> None:
        if not isinstance(code, str) or not _CODE.fullmatch(code):
            raise _NotData("asks for a numpy type that is not a plain number or text")
        self.code = code
        self.order = "<"

    def __setstate__(self, state: Any) -> None:
        order = state[1] if isinstance(state, tuple) and len(state) > 1 else None
        if not isinstance(order, str) or order not in {"<", ">", "|", "="}:
            raise _NotData("asks for a numpy type that is not a plain number or text")
        self.order = order


def _scalar(dtype: Any = None, data: Any = None) -> Any:
    """Returns a numpy scalar as a plain Python value."""
    # Reading other files needs no numpy, and starts sooner without.
    import numpy as np

    if not isinstance(dtype, _Dtype):
        raise _NotData("asks for a numpy scalar without a type")
    # Python 2 wrote bytes as text.
    raw = data.encode("latin1") if isinstance(data, str) else data
    kind = np.dtype(dtype.order + dtype.code)
    if not isinstance(raw, bytes) or len(raw) != kind.itemsize:
        raise _NotData("asks for a numpy scalar whose bytes do not fit its type")
    if not raw:
        return "" if dtype.code.startswith("U") else b""
    return np.frombuffer(raw, kind)[0].item()


def _encode(text: Any = "", encoding: Any = "latin1") -> bytes:
    """Returns bytes, which Python 3 writes for Python 2 as a text and how to encode it; none at all as a bare call."""
    if not isinstance(text, str) or encoding != "latin1":
        raise _NotData("asks for another encoding than latin1")
    return text.encode("latin1")


def _set(kind: Callable[[Any], Any]) -> Callable[..., Any]:
    def build(items: Any = ()) -> Any:
        if not isinstance(items, list | tuple):
            raise _NotData("asks for a set of something else than a list")
        _check_keys(items)
        return kind(items)

    return build


_FUNCTIONS: dict[tuple[str, str], Callable[..., Any]] = {
    ("numpy", "dtype"): _Dtype,
    ("numpy.core.multiarray", "scalar"): _scalar,
    ("numpy._core.multiarray", "scalar"): _scalar,
    ("_codecs", "encode"): _encode,
    **{(module, "bytes"): _encode for module in ("builtins", "__builtin__")},
    **{(module, "set"): _set(set) for module in ("builtins", "__builtin__")},
    **{(module, "frozenset"): _set(frozenset) for module in ("builtins", "__builtin__")},
}
