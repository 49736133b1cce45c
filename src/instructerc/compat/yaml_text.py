"""YAML read by libyaml where PyYAML was built with it: the same values, about ten times as fast."""

from __future__ import annotations

from typing import Any

# Values are built by a function that calls itself, in C without an end: a file that is nested deeply ends the process.
MOST_LEVELS = 100
_OPENERS = ("[", "{", "- ", "? ", ": ", ":\n")


def load_yaml(text: str) -> Any:
    """Returns what a YAML text says, as plain Python data.

    Raises:
        yaml.YAMLError: a text that is no YAML, or one that is nested more than a hundred levels deep.
    """
    # Here, since most commands read none.
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    # Most texts have too few of what opens a level to be deep.
    if sum(map(text.count, _OPENERS)) > MOST_LEVELS:
        _check_levels(text, loader)
    return yaml.load(text, loader)


def _check_levels(text: str, loader: Any) -> None:
    import yaml

    level = 0
    for event in yaml.parse(text, loader):
        if isinstance(event, yaml.CollectionStartEvent):
            level += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            level -= 1
        if level > MOST_LEVELS:
            raise yaml.YAMLError(f"is nested more than {MOST_LEVELS} levels deep")
