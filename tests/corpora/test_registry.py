"""The corpora by name, and what the room exports."""

from __future__ import annotations

import subprocess
import sys

import pytest

import instructerc.corpora
from instructerc.corpora import corpora, load_corpus
from instructerc.errors import InputError


def test_names_that_were_given_out_stay() -> None:
    assert set(corpora()) >= {
        *("dailydialog", "emocontext", "emorynlp", "emorynlp-cosmic", "emorynlp-csv", "emotionlines-friends"),
        *("emotionlines-push", "emowoz", "empatheticdialogues", "everyday", "everyday-fine", "files"),
        *("goemotions", "goemotions-ekman"),
        *("goemotions-single", "iemocap", "iemocap-context", "iemocap-cosmic", "meld", "meld-cosmic", "reccon"),
    }
    assert corpora() == tuple(sorted(corpora()))
    assert instructerc.corpora.__all__ == sorted(instructerc.corpora.__all__)
    assert all(hasattr(instructerc.corpora, name) for name in instructerc.corpora.__all__)


def test_unknown_names_are_refused_with_the_nearest() -> None:
    with pytest.raises(InputError, match=r"unknown corpus 'melt' \(did you mean 'meld'\?\)"):
        load_corpus("melt", ".", "train")
    with pytest.raises(InputError, match=r"unknown split 'tests' \(did you mean 'test'\?\)"):
        load_corpus("meld", ".", "tests")


def test_no_torch_is_loaded() -> None:
    code = "import sys, instructerc.corpora; sys.exit('torch' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
