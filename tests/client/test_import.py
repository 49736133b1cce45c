"""What it takes to have a client: no model, no server, and a clear word where something is missing."""

from __future__ import annotations

import subprocess
import sys

import pytest


def _run(code):
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)


def test_a_client_brings_neither_a_model_nor_a_server():
    heavy = {"fastapi", "starlette", "sqlalchemy", "limits", "onnxruntime", "tokenizers", "torch"}
    done = _run(f"import sys, instructerc.client; print({heavy} & {{name.split('.')[0] for name in sys.modules}})")
    assert done.stdout.strip() == "set()", done.stderr


@pytest.mark.parametrize("package", ["httpx", "pydantic", "websockets"])
def test_a_missing_package_is_told(package):
    done = _run(f"import sys; sys.modules[{package!r}] = None; import instructerc.client")
    assert done.stderr.splitlines()[-1] == (
        "instructerc.errors.MissingExtra: the client requires packages that are not installed: "
        "pip install 'instructerc[client]'"
    )
