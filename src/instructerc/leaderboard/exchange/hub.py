"""What the two forms of results on Hugging Face's hub share."""

from __future__ import annotations

from typing import Any

# Names of the datasets on the hub; a dataset that is not there keeps the project's own name.
_DATASETS = {"meld": "declare-lab/MELD", "everyday": "instructerc/everyday", "iemocap": "instructerc/iemocap"}


def hub_dataset(name: str) -> str:
    """Returns the id of a dataset as `owner/name`."""
    return _DATASETS.get(name, f"instructerc/{name}")


def dump_yaml(data: Any) -> str:
    """Returns data as YAML in its own order."""
    import yaml

    return yaml.safe_dump(data, sort_keys=False, allow_unicode=True, width=100)
