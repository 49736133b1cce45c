"""Settings: each has a variable, a flag goes before it, and what cannot be is told in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from starlette.testclient import TestClient
from typer.testing import CliRunner

from instructerc.cli.main import app
from instructerc.errors import InputError, ModelError
from instructerc.serving import server
from instructerc.serving.app import create_app
from instructerc.serving.settings import ServeSettings, read_settings

VALUES = {
    "host": ("::1", "::1"),
    "port": ("8600", 8600),
    "model": ("runs/model", "runs/model"),
    "labels": ("meld", "meld"),
    "wording": ("paper-1", "paper-1"),
    "calibration": ("none", "none"),
    "chat": ("false", False),
    "dtype": ("bfloat16", "bfloat16"),
    "threads": ("3", 3),
    "database": ("sqlite:///x.db", "sqlite:///x.db"),
    "retention_days": ("0.5", 0.5),
    "require_keys": ("true", True),
    "allowed_origins": ("https://a.example, https://b.example", ("https://a.example", "https://b.example")),
    "allowed_hosts": ("one", ("one",)),
    "max_body_bytes": ("1000", 1000),
    "body_timeout_s": ("1.5", 1.5),
    "header_timeout_s": ("2", 2.0),
    "stall_timeout_s": ("3", 3.0),
    "max_held_bytes": ("2000", 2000),
    "read_timeout_s": ("4", 4.0),
    "live_wait_s": ("0", 0.0),
    "batch_wait_s": ("5", 5.0),
    "deadline_s": ("6", 6.0),
    "live_memory_bytes": ("0", 0),
    "max_sessions": ("7", 7),
    "max_session_turns": ("8", 8),
    "max_streams": ("9", 9),
    "rate_per_minute": ("10", 10),
    "log_texts": ("1", True),
    "trust": ("yes", True),
}


def test_every_setting_is_among_these_and_in_the_documentation():
    assert set(VALUES) == set(ServeSettings.model_fields)
    documented = (Path(__file__).parents[2] / "docs" / "serving.md").read_text(encoding="utf-8")
    assert [name for name in VALUES if f"`INSTRUCTERC_{name.upper()}`" not in documented] == []


@pytest.mark.parametrize("name", VALUES)
def test_every_setting_has_a_variable(monkeypatch, name):
    text, value = VALUES[name]
    monkeypatch.setenv(f"INSTRUCTERC_{name.upper()}", text)
    assert getattr(read_settings(), name) == value
    monkeypatch.setenv(f"INSTRUCTERC_{name.upper()}", "")
    assert getattr(read_settings(), name) == getattr(ServeSettings(), name) != value


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("PORT", "many", "INSTRUCTERC_PORT is 'many': "),
        ("PORT", "70000", "port is 70000; give one from 1 to 65535"),
        ("DEADLINE_S", "0", "INSTRUCTERC_DEADLINE_S is '0': "),
        ("CALIBRATION", "prior", "INSTRUCTERC_CALIBRATION is 'prior': "),
        ("ALLOWED_ORIGINS", "*", "origin '\\*': give a whole origin"),
    ],
)
def test_what_cannot_be_is_told(monkeypatch, name, text, said):
    monkeypatch.setenv(f"INSTRUCTERC_{name}", text)
    with pytest.raises(InputError, match=said):
        read_settings()


def test_a_setting_that_there_is_not_is_told():
    with pytest.raises(InputError, match="prot is 1: "):
        read_settings(prot=1)


def test_a_flag_goes_before_its_variable(monkeypatch):
    started, run = [], CliRunner().invoke
    monkeypatch.setattr(server, "run", started.append)
    monkeypatch.setenv("INSTRUCTERC_PORT", "8600")
    monkeypatch.setenv("INSTRUCTERC_MAX_STREAMS", "9")
    monkeypatch.setenv("INSTRUCTERC_ALLOWED_HOSTS", "one")
    assert not run(
        app, ["serve", "--port", "8601", "--max-body", "2", "--allow-host", "two", "--require-keys"]
    ).exit_code
    assert not run(app, ["serve"]).exit_code
    first, second = started
    assert (first.port, first.max_streams, first.max_body_bytes) == (8601, 9, 2 * 1024 * 1024)
    assert (first.allowed_hosts, first.require_keys) == (("two",), True)
    assert (second.port, second.allowed_hosts, second.require_keys) == (8600, ("one",), False)


def test_a_model_that_is_not_there_leaves_no_database(tmp_path):
    database = tmp_path / "data" / "sessions.db"
    app = create_app(ServeSettings(database=f"sqlite:///{database}", model=str(tmp_path / "nofolder")))
    with pytest.raises(ModelError, match="nofolder"), TestClient(app):
        pass
    assert not database.parent.exists()
