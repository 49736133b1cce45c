"""A file's digest is that of its bytes, however many there are."""

from __future__ import annotations

import hashlib

import pytest

from instructerc.digests import file_sha256


@pytest.mark.parametrize("content", [b"", b"abc", bytes(range(256)) * 5000])
def test_a_file_has_the_digest_of_its_bytes(content, tmp_path):
    (tmp_path / "file").write_bytes(content)
    assert file_sha256(tmp_path / "file") == hashlib.sha256(content).hexdigest()


def test_a_file_that_is_not_there_is_an_error_of_the_system(tmp_path):
    with pytest.raises(FileNotFoundError):
        file_sha256(tmp_path / "absent")
