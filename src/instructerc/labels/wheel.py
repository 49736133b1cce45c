"""Wheels of feelings as data: core feelings in the middle, finer ones in the rings around them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from instructerc.errors import LabelError, did_you_mean
from instructerc.labels.label_set import fold
from instructerc.labels.shipped import read_shipped, shipped_names


@dataclass(frozen=True)
class Wheel:
    """A wheel of feelings.

    Attributes:
        name: short name, as `load_wheel` takes it.
        about: what it is, in a line.
        edition: which version of it, since editions have different words.
        source: where it was published.
        feelings: core feeling → feelings of the middle ring → feelings of the outer ring, each in the wheel's order.
        dyads: a feeling made of two core feelings, where the wheel has such.

    Example:
        >>> load_wheel("willcox").path("Frustrated")
        ('mad', 'angry', 'frustrated')
    """

    name: str
    about: str
    edition: str
    source: str
    feelings: Mapping[str, Mapping[str, tuple[str, ...]]] = field(hash=False)
    dyads: Mapping[str, tuple[str, str]] = field(default_factory=dict, hash=False)

    @property
    def cores(self) -> tuple[str, ...]:
        """The core feelings, in the wheel's order."""
        return tuple(self.feelings)

    @cached_property
    def _paths(self) -> dict[str, tuple[str, ...]]:
        paths: dict[str, tuple[str, ...]] = {}
        for core, middle in self.feelings.items():
            paths[fold(core)] = (core,)
            for feeling, outer in middle.items():
                paths[fold(feeling)] = (core, feeling)
                paths |= {fold(word): (core, feeling, word) for word in outer}
        return paths

    def path(self, feeling: str) -> tuple[str, ...] | None:
        """Returns the way from the core to a feeling, itself included; None where the wheel does not have it."""
        return self._paths.get(fold(feeling))

    def core(self, feeling: str) -> str | None:
        """Returns the core feeling of a feeling; None where the wheel does not have it."""
        path = self.path(feeling)
        return path[0] if path else None


def shipped_wheels() -> tuple[str, ...]:
    """Returns the names of the wheels that come with the package."""
    return shipped_names("wheels")


def load_wheel(name: str) -> Wheel:
    """Returns a wheel by its name, such as `willcox`.

    Raises:
        LabelError: no such wheel.
    """
    if name not in shipped_wheels():
        known = shipped_wheels()
        raise LabelError(f"no wheel {name!r}{did_you_mean(name, known)}; give one of {', '.join(known)}")
    data = read_shipped(f"wheels/{name}")
    feelings = {
        core: {feeling: tuple(outer) for feeling, outer in middle.items()} for core, middle in data["feelings"].items()
    }
    dyads = {feeling: (parts[0], parts[1]) for feeling, parts in data.get("dyads", {}).items()}
    return Wheel(name, data["about"], data["edition"], data["source"], feelings, dyads)
