"""A bank's folder is whole or refused."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from instructerc.digests import file_sha256
from instructerc.errors import ModelError
from instructerc.labels import LabelSet, load_label_set
from instructerc.prompts.demonstrations import Demonstration
from instructerc.retrieval import BankSettings, DemonstrationBank, files, saved_embedder

NAMES = ("bank.json", "bank.jsonl", "vectors.npy")
# What Python can hold and a file in UTF-8 cannot, no conversation holds either.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


@pytest.fixture
def folder(train, letters, tmp_path):
    DemonstrationBank.build(train, load_label_set("meld"), letters, BankSettings(history=1)).save(tmp_path / "bank")
    return tmp_path / "bank"


def test_the_folder_holds_three_files_and_nothing_half_written(folder):
    assert sorted(path.name for path in folder.iterdir()) == sorted(NAMES)
    about = json.loads((folder / "bank.json").read_text(encoding="utf-8"))
    assert about["embedder"] == "letters"
    assert about["label_set"]["name"] == "meld"
    assert set(about["sha256"]) == {"bank.jsonl", "vectors.npy"}


@settings(max_examples=50)
@given(
    st.lists(
        st.builds(
            Demonstration,
            st.none() | TEXTS,
            TEXTS,
            st.sampled_from("ab"),
            st.lists(st.tuples(TEXTS, TEXTS), max_size=2).map(tuple),
            TEXTS,
            st.integers(0, 9),
        ),
        max_size=4,
    )
)
def test_what_is_written_is_read(tmp_path_factory, entries):
    folder = tmp_path_factory.mktemp("bank")
    vectors = np.ones((len(entries), 1), np.float16)
    labels = LabelSet("ab", ("a", "b"), {"a": ("ah",)}, ("c",))
    written = files.SavedBank(tuple(entries), vectors, "some", labels, BankSettings(top_k=3))
    files.write_bank(folder, written)
    read = files.read_bank(folder)
    assert (read.entries, read.embedder, read.settings) == (written.entries, "some", written.settings)
    assert read.label_set == labels
    np.testing.assert_array_equal(read.vectors, vectors)
    assert read.vectors.dtype == np.float16


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_is_named(folder, letters, name):
    (folder / name).unlink()
    with pytest.raises(ModelError, match=name.replace(".", r"\.")):
        DemonstrationBank.load(folder, letters)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("kept", [0, 0.5, 0.99])
def test_a_file_that_was_cut_off_is_refused(folder, letters, name, kept):
    raw = (folder / name).read_bytes()
    (folder / name).write_bytes(raw[: int(kept * len(raw))])
    with pytest.raises(ModelError, match="is damaged"):
        DemonstrationBank.load(folder, letters)


def test_a_changed_number_is_refused(folder, letters):
    raw = bytearray((folder / "vectors.npy").read_bytes())
    raw[-1] ^= 1
    (folder / "vectors.npy").write_bytes(raw)
    with pytest.raises(ModelError, match=r"vectors\.npy is damaged: its sha256"):
        DemonstrationBank.load(folder, letters)


@pytest.mark.parametrize("name", ["bank.jsonl", "vectors.npy", "bank.json"])
def test_a_bank_whose_writing_was_cut_off_is_refused(folder, letters, name, monkeypatch):
    bank = DemonstrationBank.load(folder, letters)
    replace = files.os.replace

    def cut_off(source, target):
        if target.name == name:
            raise KeyboardInterrupt
        replace(source, target)

    monkeypatch.setattr(files.os, "replace", cut_off)
    with pytest.raises(KeyboardInterrupt):
        bank.save(folder)
    with pytest.raises(ModelError, match="or it is incomplete"):
        DemonstrationBank.load(folder, letters)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format": 2}, "has format 2; this version of instructerc reads 1"),
        ({"settings": {"top_k": -1}}, "is damaged: RecipeError"),
        ({"settings": {"top": 1}}, "is damaged: TypeError"),
        ({"label_set": {"name": "x", "names": ["a"]}}, "is damaged: LabelError"),
        ({"sha256": {}}, "is damaged: KeyError"),
        ({"label_set": None}, "is damaged: TypeError"),
    ],
)
def test_what_is_said_about_a_bank_is_checked(folder, letters, change, message):
    about = json.loads((folder / "bank.json").read_text(encoding="utf-8"))
    (folder / "bank.json").write_text(json.dumps(about | change), encoding="utf-8")
    with pytest.raises(ModelError, match=message):
        DemonstrationBank.load(folder, letters)


def test_another_file_is_no_bank(tmp_path):
    with pytest.raises(ModelError, match="is not a demonstration bank"):
        saved_embedder(tmp_path)
    (tmp_path / "bank.json").write_text("[]", encoding="utf-8")
    with pytest.raises(ModelError, match=r"has format \[\]"):
        saved_embedder(tmp_path)


def test_vectors_are_never_unpickled(folder, letters):
    np.save(folder / "vectors.npy", np.array([object()], object), allow_pickle=True)
    about = json.loads((folder / "bank.json").read_text(encoding="utf-8"))
    about["sha256"]["vectors.npy"] = file_sha256(folder / "vectors.npy")
    (folder / "bank.json").write_text(json.dumps(about), encoding="utf-8")
    with pytest.raises(ModelError, match="is damaged: ValueError"):
        DemonstrationBank.load(folder, letters)
