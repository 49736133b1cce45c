"""CONTRIBUTING.md sends nobody to a file that is not there."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


def test_every_file_that_it_names_is_there():
    named = re.findall(r"`((?:src|tests|docs|web)/[\w/.-]+)`", GUIDE)
    assert len(named) > 20
    missing = [name for name in named if "NAME" not in name and "ROOM" not in name and not (ROOT / name).exists()]
    assert missing == []
    # A new file stands in a folder that is there, beside others of its kind.
    for name in (name for name in named if "NAME" in name):
        folder, ending = (ROOT / name).parent, Path(name).suffix
        assert list(folder.glob(f"*{ending}")), name


def test_every_make_target_that_it_names_is_there():
    targets = re.findall(r"^    make (\w+)", GUIDE, re.M)
    rules = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert targets
    assert [target for target in targets if f"\n{target}:" not in rules] == []
