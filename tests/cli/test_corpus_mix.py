"""`corpus mix`: several corpora as one folder with one label set."""

from __future__ import annotations

import pytest

from instructerc.corpora import load_corpus
from instructerc.formats import write_jsonl
from instructerc.labels import load_label_set


@pytest.fixture
def sources(tiny_meld, tmp_path):
    """The invented MELD, and a folder of files with the same dialogues in another order of splits."""
    folder = tmp_path / "mine"
    folder.mkdir()
    for split, other in (("train", "dev"), ("dev", "test"), ("test", "train")):
        write_jsonl(load_corpus("meld", tiny_meld, other), folder / f"{split}.jsonl")
    return [f"meld={tiny_meld}", f"files={folder}"]


def _mix(run, sources, output, *flags):
    return run("corpus", "mix", *sources, "--labels", "unified-wheel", "--output", output, *flags)


def test_a_mixture_is_a_corpus_with_one_label_set(run, sources, tmp_path):
    result = _mix(run, sources, "joint", "--keep-overlap")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.splitlines()[0].startswith("joint/train.jsonl: 16 conversations, ")
    train = load_corpus("files", tmp_path / "joint", "train")
    assert [talk.id for talk in train[7:9]] == ["train/meld/7", "train/files/dev/0"]
    assert {name.split(":")[0] for talk in train for name in talk.cast} == {"meld", "files"}
    labels = set(load_label_set("unified-wheel").names)
    assert {turn.emotion for talk in train for turn in talk.utterances} <= labels


@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_the_same_seed_gives_the_same_bytes(run, sources, tmp_path, kind):
    flags = ["--keep-overlap", "--share", "0.5", "--to", kind]
    for output, seed in (("one", "5"), ("two", "5"), ("three", "6")):
        assert _mix(run, sources, output, *flags, "--seed", seed).exit_code == 0
    one, two, three = ((tmp_path / name / f"train.{kind}").read_bytes() for name in ("one", "two", "three"))
    assert one == two
    assert one != three
    assert len(load_corpus("files", tmp_path / "one", "train")) == 8
    assert len(load_corpus("files", tmp_path / "one", "test")) == 16


def test_what_is_held_out_elsewhere_is_left_out_and_told(run, sources):
    result = _mix(run, sources, "joint")
    assert "meld: " in result.stdout
    assert "training conversations occur in files's dev or test; left out" in result.stdout


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["--labels", "unified-whee"], "no label set 'unified-whee'"),
        (["--share", "0"], "share is 0.0; give a number above 0"),
        (["--labels", "a,b"], "label 'surprise' is not in label set 'custom': a, b"),
    ],
)
def test_errors_end_in_one_line_and_write_nothing(run, sources, tmp_path, flags, said):
    result = _mix(run, sources, "joint", *flags)
    assert result.exit_code == 2
    assert said in result.stderr
    assert not (tmp_path / "joint").exists()


def test_a_corpus_needs_a_folder(run):
    result = _mix(run, ["meld"], "joint")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "'meld' has no folder; give a corpus and its folder, such as meld=data/meld" in result.stderr


@pytest.mark.slow
def test_meld_and_emorynlp_leave_out_what_is_published(run, real_corpus):
    result = _mix(run, [f"meld={real_corpus('meld')}", f"emorynlp={real_corpus('emorynlp/full')}"], "joint")
    assert result.stdout.splitlines() == [
        "meld: 48 training conversations occur in emorynlp's dev or test; left out",
        "emorynlp: 95 training conversations occur in meld's dev or test; left out",
        "joint/train.jsonl: 1,608 conversations, 18,122 utterances",
        "joint/dev.jsonl: 213 conversations, 2,453 utterances",
        "joint/test.jsonl: 365 conversations, 3,938 utterances",
    ]
