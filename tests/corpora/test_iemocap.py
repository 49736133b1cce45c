"""IEMOCAP: an invented release in its layout; the corpus itself is not redistributable."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from instructerc.conversation import Utterance
from instructerc.corpora import corpus_stats, load_corpus
from instructerc.corpora.catalogue import catalogue
from instructerc.errors import BadRow, InputError
from instructerc.formats import ReadReport
from instructerc.formats.shared.options import Anomaly
from instructerc.labels import load_label_set

# The names of session 4; the other sessions have them too here, so that there are 120 dialogues as in the release.
DIALOGUES = [
    f"{side}_{part}"
    for side in "FM"
    for part in (
        *(f"impro0{number}" for number in range(1, 9)),
        *(f"script{part}" for part in ("01_1", "01_2", "01_3", "02_1", "02_2", "03_1", "03_2")),
    )
]
EVALUATION = "% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]\n\n"


def _block(turn: str, code: str) -> str:
    raters = "C-E2:\tAnger; Frustration;\t()\nC-F1:\tNeutral;\t()\nA-E3:\tval 3; act 2; dom  ;\t()\n"
    return f"[1.2500 - 2.5000]\t{turn}\t{code}\t[2.5000, 2.5000, 2.5000]\n{raters}\n"


def _write(root: Path, session: int, name: str, lines: str, labels: dict[str, str]) -> None:
    dialog = root / f"Session{session}" / "dialog"
    for folder in ("transcriptions", "EmoEvaluation", "EmoEvaluation/Categorical"):
        (dialog / folder).mkdir(parents=True, exist_ok=True)
    (dialog / "transcriptions" / f"{name}.txt").write_text(lines, encoding="utf-8")
    blocks = "".join(_block(turn, code) for turn, code in labels.items())
    (dialog / "EmoEvaluation" / f"{name}.txt").write_text(EVALUATION + blocks, encoding="utf-8")


@pytest.fixture
def release(tmp_path: Path) -> Path:
    """Returns a folder with a rich dialogue in session 5, and thirty of one turn in each of sessions 1 to 4."""
    name = "Ses05M_script01_1b"
    lines = (
        f"{name}_F000 [001.2500-002.5000]: Is this seat free? [LAUGHTER]\n"
        f"{name}_M000 [003.0000-004.0000]: It is not.\n"
        f"{name}_MXX0 [004.0000-004.5000]: Hm.\n"
        "M: [BREATHING]\n"
        "\n"
        f"{name}_F001 [-01.0000--01.0000]: Then where do I sit?\n"
    )
    # One speaker's turns after the other's, as the raters' files have them.
    _write(tmp_path, 5, name, lines, {f"{name}_F000": "neu", f"{name}_F001": "fru", f"{name}_M000": "xxx"})
    (tmp_path / "Session5/dialog/EmoEvaluation" / f"._{name}.txt").write_bytes(b"\0\5\x16\7")
    (tmp_path / "Session5/dialog/EmoEvaluation/Categorical/Ses05M_script01_1b_e1.txt").write_text("no dialogue")
    for session in (1, 2, 3, 4):
        for name in DIALOGUES:
            turn = f"Ses0{session}{name}_M000"
            lines = f"{turn} [000.5000-001.0000]: Well.\n"
            _write(tmp_path, session, f"Ses0{session}{name}", lines, {turn: "hap"})
    return tmp_path


def test_turns_stand_as_transcribed_and_each_actor_has_one_name(release: Path) -> None:
    report = ReadReport()
    [talk] = load_corpus("iemocap-context", release, "test", report)
    assert talk.id == "test/Ses05M_script01_1b"
    assert talk.utterances == (
        Utterance("Ses05_F", "Is this seat free? [LAUGHTER]", "neu", 1.25, 2.5),
        Utterance("Ses05_M", "It is not.", "xxx", 3.0, 4.0),
        Utterance("Ses05_M", "Hm.", None, 4.0, 4.5),
        Utterance("Ses05_F", "Then where do I sit?", "fru"),
    )
    [labelled] = load_corpus("iemocap", release, "test", ReadReport())
    assert (labelled.id, labelled.utterances) == (talk.id, (talk.utterances[0], talk.utterances[3]))
    assert "session 5: 1 dialogue(s) where the release has 31; the test split is not the usual one" in report.notes[0]
    assert "1 line(s) without a turn's name: skipped" in report.notes[1]
    assert len(report.notes) == 2


def test_development_is_the_end_of_session_4(release: Path) -> None:
    report = ReadReport()
    train, dev = (load_corpus("iemocap", release, split, report) for split in ("train", "dev"))
    assert (len(train), len(dev)) == (100, 20)
    # The last 20 by name, as published.
    names = sorted(talk.id.split("/")[1] for talk in (*train, *dev))
    assert [talk.id for talk in dev] == [f"dev/{name}" for name in names[-20:]]
    assert dev[0].id == "dev/Ses04F_script01_3"
    assert {talk.cast for talk in train} == {("Ses01_M",), ("Ses02_M",), ("Ses03_M",), ("Ses04_M",)}
    assert report == ReadReport()


def test_four_labels_are_a_label_set() -> None:
    four = load_label_set("iemocap-4")
    codes = {"hap": "happy", "exc": "happy", "sad": "sad", "neu": "neutral", "ang": "angry", "fru": None, "xxx": None}
    assert {code: four.resolve(code) for code in codes} == codes
    # 5531 utterances of the release, as papers on four labels say.
    published = next(entry.published for entry in catalogue() if entry.name == "iemocap")
    counts = [(code, count) for split in published.values() for code, count in split.labels.items()]
    assert sum(count for code, count in counts if four.resolve(code) is not None) == 5531


def test_a_dialogue_without_a_scored_turn_is_left_out(release: Path) -> None:
    name = "Ses05F_impro01"
    _write(release, 5, name, f"{name}_F000 [0.5-1.0]: Well.\n", {f"{name}_F000": "xxx"})
    report = ReadReport()
    assert len(load_corpus("iemocap", release, "test", report)) == 1
    assert any(note.endswith("1 dialogue(s) without a scored turn left out") for note in report.notes)
    assert len(load_corpus("iemocap-context", release, "test", ReadReport())) == 2
    shutil.rmtree(release / "Session5")
    _write(release, 5, name, f"{name}_F000 [0.5-1.0]: Well.\n", {f"{name}_F000": "xxx"})
    with pytest.raises(InputError, match="the test split has no turn with one of ang, exc, fru, hap, neu, sad"):
        load_corpus("iemocap", release, "test", ReadReport())


def test_a_label_without_its_turn_is_counted(release: Path) -> None:
    name = "Ses05F_impro01"
    _write(release, 5, name, f"{name}_F000 [0.5-1.0]: Well.\n", dict.fromkeys((f"{name}_F000", f"{name}_F001"), "ang"))
    report = ReadReport()
    load_corpus("iemocap", release, "test", report)
    assert any(note.endswith("1 labelled turn(s) without a line in the transcription") for note in report.notes)


def test_a_release_that_is_not_whole_is_refused(release: Path) -> None:
    with pytest.raises(InputError, match="session 5: no dialogue; give the folder of IEMOCAP's release"):
        load_corpus("iemocap", release / "Session5", "test")
    texts = release / "Session5/dialog/transcriptions"
    (texts / "Ses05F_impro02.txt").write_text("Ses05F_impro02_F000 [0.5-1.0]: Well.\n")
    with pytest.raises(InputError, match=r"Ses05F_impro02\.txt is in only one of transcriptions and EmoEvaluation"):
        load_corpus("iemocap", release, "test")
    _write(release, 5, "Ses05F_impro02", "M: [BREATHING]\n", {})
    with pytest.raises(InputError, match=r"Ses05F_impro02\.txt: no turn such as"):
        load_corpus("iemocap", release, "test")
    _write(release, 5, "Ses05F_impro02", "Ses05F_impro02_F000 [0.5-1.0]: a\0b\n", {})
    with pytest.raises(BadRow, match=r"Ses05F_impro02\.txt:1: text contains a NUL character"):
        load_corpus("iemocap", release, "test")


def test_a_release_without_session_4_has_no_development_split(tmp_path: Path) -> None:
    for name in ("Ses01F_impro01", "Ses01F_impro02"):
        _write(tmp_path, 1, name, f"{name}_M000 [000.5000-001.0000]: Well.\n", {f"{name}_M000": "hap"})
    assert len(load_corpus("iemocap", tmp_path, "train", ReadReport())) == 2
    with pytest.raises(InputError, match="none of the dev split's dialogues is there; give the whole release"):
        load_corpus("iemocap", tmp_path, "dev", ReadReport())


def test_repairs_have_the_place_in_their_own_file(release: Path) -> None:
    name = "Ses05F_impro01"
    _write(
        release, 5, name, f"M: [NOISE]\n{name}_F000 [0.5-1.0]: Well.\n", {f"{name}_F000": "ang", f"{name}_F001": "ang"}
    )
    anomalies: list[Anomaly] = []
    load_corpus("iemocap", release, "test", ReadReport(anomalies=anomalies))
    found = {(Path(anomaly.source).name, anomaly.place) for anomaly in anomalies}
    assert found >= {(f"{name}.txt", 1), (f"{name}.txt", f"turn {name}_F001"), ("Ses05M_script01_1b.txt", 4)}


def test_the_fixture_beside_the_other_corpora_is_read(real_corpus: Callable[[str], Path]) -> None:
    synthetic = real_corpus("iemocap/synthetic_fixture")
    labels = load_label_set("iemocap")
    for split, n_dialogues in (("train", 2), ("test", 1)):
        conversations = load_corpus("iemocap-context", synthetic, split, ReadReport())
        stats = corpus_stats(conversations)
        assert stats.n_conversations == n_dialogues
        assert stats.n_unlabelled == 1
        scored = corpus_stats(load_corpus("iemocap", synthetic, split, ReadReport()))
        assert (scored.n_unlabelled, set(scored.label_counts) - {"hap", "sad", "neu", "ang", "exc", "fru"}) == (
            0,
            set(),
        )
        assert {labels.resolve(label) for label in stats.label_counts} >= {"neutral", "angry", None}
