"""What the room imports, and when."""

from __future__ import annotations

import subprocess
import sys

import pytest

from instructerc.errors import MissingExtra
from instructerc.retrieval.optional import import_optional

OPTIONAL = {"torch", "transformers", "sentence_transformers", "usearch", "qdrant_client", "huggingface_hub"}


def _loaded_after(code):
    script = f"import sys\n{code}\nprint(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_the_room_loads_nothing_that_is_optional():
    assert _loaded_after("import instructerc.retrieval").isdisjoint(OPTIONAL | {"onnxruntime"})


def test_the_embedded_model_embeds_without_torch():
    code = (
        "from instructerc.backbones.encoders.embedders import load_embedder\n"
        "assert len(load_embedder().embed(['hi'])) == 1"
    )
    assert _loaded_after(code).isdisjoint(OPTIONAL)


def test_a_module_that_is_there_comes_and_one_that_is_not_names_the_extra():
    assert import_optional("json", "this").dumps([]) == "[]"
    with pytest.raises(MissingExtra, match=r"^this requires packages .*instructerc\[retrieval\]"):
        import_optional("no_such_package_at_all", "this")
