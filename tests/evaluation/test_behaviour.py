"""The suite's runner on a recogniser whose answers are known: what is counted, and what a faulty file is told."""

from __future__ import annotations

import io
from dataclasses import dataclass

import pytest
import yaml
from rich.console import Console

from instructerc.conversation import Conversation
from instructerc.errors import InputError, LabelError
from instructerc.evaluation.behaviour import read_suite, run_suite
from instructerc.evaluation.behaviour.table import render_behaviour
from instructerc.labels import LabelSet, load_label_set


@dataclass
class Said:
    label: str | None
    probabilities: dict[str, float]


class ByWord:
    """Answers the label whose name is in the text or, which is its fault, in the speaker's name; else neutral."""

    def __init__(self, label_set: LabelSet | None = None) -> None:
        self.label_set = label_set or load_label_set("meld")
        self.read: list[Conversation] = []

    def recognize_many(self, conversations):
        for conversation in conversations:
            self.read.append(conversation)
            yield [self._answer(f"{turn.speaker} {turn.text}".casefold()) for turn in conversation.utterances]

    def _answer(self, text):
        names = self.label_set.names
        best = next((name for name in names if name in text), names[0])
        share = 0.97 if "very" in text else 0.7
        return Said(best, {name: share if name == best else (1 - share) / (len(names) - 1) for name in names})


def _turns(*texts, speaker="Ann"):
    return [{"speaker": speaker, "text": text} for text in texts]


def _mft(id, *texts, split="dev", **more):
    return {"id": id, "split": split, "conversation": _turns(*texts), **more}


def _dir(id, text, becomes, label, direction, split="dev", **more):
    case = {"id": id, "split": split, "conversation": _turns(text), "becomes": becomes}
    return {**case, "label": label, "direction": direction, **more}


@pytest.fixture
def suite(tmp_path):
    def write(**files):
        for name, data in files.items():
            text = data if isinstance(data, str) else yaml.safe_dump(data, allow_unicode=True)
            (tmp_path / f"{name}.yaml").write_text(text, encoding="utf-8")
        return tmp_path

    return write


def _passed(folder, model=None):
    return {outcome.check.id: outcome.passed for outcome in run_suite(read_suite(folder), model or ByWord()).outcomes}


def test_a_minimum_is_one_of_the_expected_and_none_of_the_rejected(suite):
    cases = [
        _mft("right", "joy", expect=["sadness", "joy"]),
        _mft("alias", "joy", expect=["happy"]),
        _mft("wrong", "joy", expect=["sadness"]),
        _mft("not", "joy", **{"not": ["anger"]}),
        _mft("rejected", "anger", **{"not": ["anger"]}),
        _mft("earlier", "joy", "anger", target=0, expect=["joy"]),
    ]
    assert _passed(suite(a={"capability": "c", "mft": cases})) == {
        **{"right": True, "alias": True, "wrong": False, "not": True, "rejected": False, "earlier": True}
    }


def test_a_direction_is_a_move_by_the_margin_or_what_is_sure_already(suite):
    cases = [
        _dir("up", "hm", "joy", "joy", "rises"),
        _dir("still", "joy", "joy too", "joy", "rises"),
        _dir("down", "joy", "hm", "joy", "falls"),
        _dir("wrong way", "joy", "hm", "joy", "rises"),
        _dir("sure", "very much joy", "very much joy, very", "joy", "rises"),
        _dir("none left", "very neutral", "very neutral indeed", "joy", "falls"),
        _dir("too little", "joy", "very joy", "joy", "rises", margin=0.3),
    ]
    assert _passed(suite(a={"capability": "c", "dir": cases})) == {
        **{"up": True, "still": False, "down": True, "wrong way": False, "sure": True, "none left": True},
        # 0.70 to 0.97 is less than the margin, but nothing above is left to be reached.
        "too little": True,
    }


def test_an_invariance_checks_every_turn_of_base_and_the_target_of_a_case(suite):
    folder = suite(
        base={"base": [{"id": "b", "split": "test", "conversation": _turns("hm", "joy", "hm")}]},
        names={
            "capability": "names",
            "mft": [_mft("m", "hm", "anger", expect=["anger"])],
            "inv": [{"change": "feeling-names", "over": ["base", "mft"]}, {"change": "letters", "over": ["mft"]}],
        },
    )
    model = ByWord(LabelSet("own", ("calm", "joy", "angry", "anger")))
    # Ann becomes Angry Bob: the turns that had no word of their own change.
    assert _passed(folder, model) == {
        **{"m": True, "b/feeling-names/1": False, "b/feeling-names/2": True, "b/feeling-names/3": False},
        **{"m/feeling-names/2": False, "m/letters/2": True},
    }
    # b, m, both with another name, and m with a letter: each once.
    assert len(model.read) == 5


def test_turns_before_the_first_change_are_not_counted(suite):
    base = {"id": "b", "split": "dev", "conversation": _turns("Hm", "No.", "Hm")}
    folder = suite(a={"capability": "c", "base": [base], "inv": [{"change": "no-full-stop", "over": ["base"]}]})
    assert list(_passed(folder)) == ["b/no-full-stop/2", "b/no-full-stop/3"]


@pytest.fixture
def report(suite):
    mft = [
        _mft("a1", "joy", expect=["joy"]),
        _mft("a2", "joy", expect=["anger"]),
        _mft("a3", "joy", expect=["joy"], split="test"),
    ]
    moves = [_dir("a4", "hm", "joy", "joy", "falls", split="test")]
    other = [_mft("b1", "fear", expect=["fear"]), _mft("b2", "hm", expect=["neutral"])]
    inv = [{"change": "extra-spaces", "over": ["mft"]}]
    folder = suite(
        first={"capability": "first", "mft": mft, "dir": moves},
        second={"capability": "second", "mft": other, "inv": inv},
    )
    return run_suite(read_suite(folder), ByWord())


def test_rates_are_means_over_kinds_and_then_over_capabilities(report):
    assert report.rates("first")["MFT"].share == pytest.approx(2 / 3)
    assert report.rate("first") == pytest.approx((2 / 3 + 0) / 2)
    assert report.rate("first", "dev") == pytest.approx(1 / 2)
    assert report.rate("first", "test") == pytest.approx((1 + 0) / 2)
    assert report.rate("second") == 1
    assert report.pass_rate() == pytest.approx((1 / 3 + 1) / 2)
    assert report.pass_rate("dev") == pytest.approx((1 / 2 + 1) / 2)
    assert report.invariances()["extra-spaces"].total == 5
    assert [outcome.check.id for outcome in report.failures] == ["a2", "a4"]


def test_the_dictionary_says_the_same(report):
    data = report.to_dict()
    assert (data["n_checks"], data["n_failures"]) == (11, 2)
    assert data["pass_rate"] == report.pass_rate()
    assert data["capabilities"][0]["by_type"]["MFT"] == {"passed": 2, "total": 3, "pass_rate": pytest.approx(2 / 3)}
    assert data["invariances"]["extra-spaces"]["pass_rate"] == 1
    failed = report.failures[0].to_dict()
    assert (failed["answer"], failed["expect"], failed["changed"]) == ("joy", ["anger"], None)
    assert failed["conversation"] == [{"speaker": "Ann", "text": "joy"}]


def test_the_table_has_rates_and_failures(report):
    console = Console(width=100, file=io.StringIO())
    console.print(render_behaviour(report, title="mine", failures=True))
    text = console.file.getvalue()
    assert "66.7" in text
    assert "a2 (dev): joy 70.0, wanted anger: Ann: joy" in text
    assert "a4 (test): joy 5.0 to 70.0, wanted to fall: Ann: hm → joy" in text
    assert "checks: 11, not passed: 2" in text


def test_a_split_is_read_alone(suite):
    folder = suite(
        a={"capability": "c", "mft": [_mft("d", "joy", expect=["joy"]), _mft("t", "hm", expect=["joy"], split="test")]}
    )
    assert [check.id for check in read_suite(folder, "dev")] == ["d"]
    assert [check.id for check in read_suite(folder, "test")] == ["t"]


def test_labels_that_a_model_does_not_have_are_told(suite):
    folder = suite(a={"capability": "c", "mft": [_mft("x", "joy", expect=["joy"])]})
    with pytest.raises(LabelError, match=r"behaviour case 'x': label 'joy' is not in label set"):
        run_suite(read_suite(folder), ByWord(LabelSet("own", ("calm", "angry"))))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("mft: [", "behaviour file "),
        ("- 1", "expected a mapping"),
        ({"capability": "c", "mtf": []}, r"unknown key 'mtf' \(did you mean 'mft'\?\)"),
        ({"mft": [_mft("x", "a", expect=["joy"])]}, "name the capability that its cases check"),
        ({"capability": "c", "mft": {}}, "mft must be a list"),
        ({"capability": "c", "mft": ["x"]}, "a case is a mapping"),
        ({"capability": "c", "mft": [_mft("x", "a")]}, "needs expect"),
        ({"capability": "c", "mft": [_mft("x", "a", expect=[1])]}, "expect must be a list of labels"),
        ({"capability": "c", "mft": [_mft("x", "a", split="train", expect=["joy"])]}, "split: dev or split: test"),
        ({"capability": "c", "mft": [_mft("x", "a", target=1, expect=["joy"])]}, "counted from 0 to 0"),
        ({"capability": "c", "mft": [_mft("x", expect=["joy"])]}, "needs a conversation"),
        ({"capability": "c", "mft": [_mft("x", 5, expect=["joy"])]}, "text must be text"),
        ({"capability": "c", "mft": [_mft("x", "a", expect=["joy"])] * 2}, "'x' occurs twice"),
        ({"capability": "c", "dir": [_dir("x", "a", "b", "joy", "up")]}, "direction: rises"),
        ({"capability": "c", "dir": [_dir("x", "a", "b", "joy", "rises", margin=1)]}, "margin is 1"),
        ({"capability": "c", "inv": [{"change": "phone-number", "over": ["base"]}]}, "did you mean 'phone-numbers'"),
        ({"capability": "c", "inv": [{"change": "letters", "over": "base"}]}, "over is 'base'"),
        ({"base": []}, "holds no case"),
    ],
)
def test_a_faulty_file_is_told_in_one_line(suite, data, message):
    with pytest.raises(InputError, match=message) as told:
        read_suite(suite(a=data))
    assert "\n" not in str(told.value)


def test_a_folder_without_a_suite(tmp_path):
    for folder in (tmp_path, tmp_path / "gone"):
        with pytest.raises(InputError, match="is not a behaviour suite"):
            read_suite(folder)
