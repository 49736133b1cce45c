"""Files of a run that a killed process must not leave half written."""

from __future__ import annotations

import json
from pathlib import Path


def write_json(path: Path, data: object) -> None:
    """Writes data as JSON, renamed into place."""
    scratch = path.with_suffix(".part")
    scratch.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    scratch.replace(path)
