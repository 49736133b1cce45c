"""An embedded model in a folder of its own, and conversations whose words tell labels that it does not know."""

from __future__ import annotations

import hashlib
import shutil

import pytest

from instructerc.backbones.settings import ModelSettings, write_settings
from instructerc.conversation import Conversation, Utterance
from instructerc.labels import load_label_set

WORDS = {"thrilled": "this is wonderful hooray", "worried": "please no i am scared", "calm": "the bus leaves at nine"}


@pytest.fixture(scope="session")
def embedded_folder(exported, tmp_path_factory):
    """Folder of the tiny encoder in int8, as `export` writes one."""
    folder = tmp_path_factory.mktemp("models") / "embedded"
    shutil.copytree(exported["int8"]._model.parent, folder)
    digests = {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()
        for name in ("model.onnx", "tokenizer.json", "window.json")
    }
    settings = ModelSettings("embedded", load_label_set("meld"), "encoder-1", temperature=1.3, sha256=digests)
    write_settings(folder, settings)
    return folder


@pytest.fixture(scope="session")
def labelled():
    """Twenty conversations of six turns; the last turn of each has no label."""
    names = list(WORDS)
    return [
        Conversation(
            f"c{talk}",
            [
                Utterance(
                    ("Ann", "Bo")[turn % 2],
                    WORDS[name := names[(talk * 5 + turn * (1 + talk % 2)) % 3]],
                    name if turn < 5 else None,
                )
                for turn in range(6)
            ],
        )
        for talk in range(20)
    ]
