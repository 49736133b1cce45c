"""What a model's name means."""

from __future__ import annotations

import pytest

from instructerc.recognition.models import is_untrained


@pytest.mark.parametrize(
    ("name", "untrained"),
    [
        (None, False),
        ("org/model", True),
        ("SmolLM2-135M-Instruct", True),
        ("somewhere/model.gguf", True),
        ("runs/mine/seed-1/joint/model", False),
        ("mine", False),
    ],
)
def test_names(name, untrained, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert is_untrained(name) is untrained


def test_folders(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain" / "config.json").write_text("{}")
    assert is_untrained("plain")
    # A merged export has both.
    (tmp_path / "plain" / "model.json").write_text("{}")
    assert not is_untrained("plain")
    # A folder of the user's own that is called like a package's model is that folder.
    (tmp_path / "SmolLM2-135M-Instruct").mkdir()
    assert not is_untrained("SmolLM2-135M-Instruct")
    # A folder that is mistyped is not looked for on the hub.
    assert not is_untrained("plain/modle")
