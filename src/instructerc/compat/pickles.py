"""Python's pickles, read by the unpickler that is itself written in Python: its containers can be watched."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable
from typing import Any, ClassVar

_Base: Any = pickle._Unpickler


class WatchedUnpickler(_Base):  # type: ignore[misc]
    """An unpickler that shows keys of dictionaries and members of sets before they are hashed.

    The one in C has no such place. A subclass says what it takes in `check_keys`, and by raising what it refuses.
    """

    dispatch: ClassVar[dict[int, Callable[[Any], None]]] = dict(_Base.dispatch)

    def check_keys(self, keys: Iterable[Any]) -> None:
        """Raises what a subclass raises for keys that it does not take."""
        raise NotImplementedError

    def _check_setitem(self) -> None:
        self.check_keys(self.stack[-2:-1])
        _Base.load_setitem(self)

    def _check_setitems(self) -> None:
        self.check_keys(self.stack[::2])
        _Base.load_setitems(self)

    def _check_dict(self) -> None:
        self.check_keys(self.stack[::2])
        _Base.load_dict(self)

    def _check_additems(self) -> None:
        self.check_keys(self.stack)
        _Base.load_additems(self)

    def _check_frozenset(self) -> None:
        self.check_keys(self.stack)
        _Base.load_frozenset(self)

    dispatch[pickle.SETITEM[0]] = _check_setitem
    dispatch[pickle.SETITEMS[0]] = _check_setitems
    dispatch[pickle.DICT[0]] = _check_dict
    dispatch[pickle.ADDITEMS[0]] = _check_additems
    dispatch[pickle.FROZENSET[0]] = _check_frozenset
