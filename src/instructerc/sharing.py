"""What several threads may use at once: a bounded cache, and values that are made once."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Sequence
from threading import Lock, RLock
from typing import Any, Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class BoundedCache(Generic[Key, Value]):
    """Values that are worth keeping, of the keys that were asked for last; any number of threads may use it.

    Values are shared by those who ask for them and must not be changed. A copy of a cache, in this process or in
    another one, begins empty.

    Args:
        size: keys that are kept, at most.

    Example:
        >>> lengths = BoundedCache[str, int](2)
        >>> lengths.find(["joy", "anger", "joy"], lambda words: [len(word) for word in words])
        [3, 5, 3]
    """

    def __init__(self, size: int) -> None:
        self.size = size
        self._kept: OrderedDict[Key, Value] = OrderedDict()
        self._lock = Lock()

    def __len__(self) -> int:
        return len(self._kept)

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.size,)

    def find(
        self,
        keys: Iterable[Key],
        compute: Callable[[list[Key]], Iterable[Value]],
        keep: Callable[[Key], bool] | None = None,
    ) -> list[Value]:
        """Returns the value of each key; more keys than are kept may be asked for at once.

        Args:
            keys: in any order, and as often as wanted.
            compute: gives the values of the keys that are not kept, each once. It runs outside of the lock: two threads
                that miss the same key at once both compute it.
            keep: says whether the value of a key is kept; all are where None.
        """
        asked = keys if isinstance(keys, Sequence) else list(keys)
        found, missing = self._known(dict.fromkeys(asked))
        if missing:
            fresh = dict(zip(missing, compute(missing), strict=True))
            found |= fresh
            self._keep(fresh if keep is None else {key: value for key, value in fresh.items() if keep(key)})
        # What other threads push out of the cache meanwhile is held here.
        return [found[key] for key in asked]

    def _known(self, keys: Iterable[Key]) -> tuple[dict[Key, Value], list[Key]]:
        """Returns the values that are kept, and the keys that have none."""
        found: dict[Key, Value] = {}
        missing: list[Key] = []
        with self._lock:
            for key in keys:
                if key in self._kept:
                    self._kept.move_to_end(key)
                    found[key] = self._kept[key]
                else:
                    missing.append(key)
        return found, missing

    def _keep(self, fresh: dict[Key, Value]) -> None:
        with self._lock:
            self._kept.update(fresh)
            while len(self._kept) > self.size:
                self._kept.popitem(last=False)


class made_once(Generic[Value]):  # noqa: N801
    """A property whose value is made when it is first asked for, once however many threads ask; the others wait.

    `functools.cached_property` makes it once for each of the threads that ask while it is made.

    Args:
        make: makes the value of an object; if it raises, the next who asks tries again.
    """

    def __init__(self, make: Callable[[Any], Value]) -> None:
        self._make = make
        self._name = make.__name__
        self.__doc__ = make.__doc__

    def __get__(self, owner: Any, kind: type) -> Value:
        values = vars(owner)
        lock_name = f"_making_{self._name}"
        # An object's own value is found before this is asked, so there is none yet, or it is being made.
        lock = values.setdefault(lock_name, RLock())
        with lock:
            if self._name not in values:
                values[self._name] = self._make(owner)
        # A lock could not be copied with its object.
        values.pop(lock_name, None)
        value: Value = values[self._name]
        return value
