"""An export for several corpora: each is asked as itself, and weighs the same in the check and in the temperature."""

from __future__ import annotations

import csv
import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from instructerc.backbones.settings import ModelSettings, read_settings, write_settings
from instructerc.corpora import load_corpus
from instructerc.errors import InputError, ModelError
from instructerc.evaluation import (
    Calibration,
    calibration_of,
    evaluate_recognitions,
    fit_temperature,
    fit_unsure_below,
)
from instructerc.labels import LabelSet, load_label_set
from instructerc.recognition import Recognizer
from instructerc.training import development
from instructerc.training import export as module
from instructerc.training.development import (
    DevelopmentAnswers,
    calibrate,
    calibrate_again,
    calibrations_by_domain,
    fit_unsure,
    weighted_f1_by_corpus,
)
from instructerc.training.export import corpus_label_set, export_embedded, fit_unsure_again
from instructerc.training.run import train
from instructerc.training.scoring import Scored

pytestmark = pytest.mark.usefixtures("graphs_once")

MELD, EMORYNLP = load_label_set("meld"), load_label_set("emorynlp")


def _silent(line: str) -> None:
    pass


@pytest.fixture(scope="module")
def corpora(tiny_meld: Path, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, Path]]:
    """Three corpora by name: the tiny MELD, and its conversations in the layouts of Everyday and of EmoryNLP."""
    everyday, emorynlp = tmp_path_factory.mktemp("everyday"), tmp_path_factory.mktemp("emorynlp")
    for split in ("train", "dev", "test"):
        talks = load_corpus("meld", tiny_meld, split)[:6]
        lines = [
            {
                "id": talk.id.replace("/", "-"),
                "utterances": [
                    {"speaker": turn.speaker, "text": turn.text, "emotion": turn.emotion, "fine": turn.emotion}
                    for turn in talk.utterances
                ],
            }
            for talk in talks
        ]
        (everyday / f"{split}.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n", encoding="utf-8")
        with (emorynlp / f"emorynlp_{split}_final.csv").open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["Utterance", "Speaker", "Emotion", "Scene_ID", "Season", "Episode"])
            for number, talk in enumerate(talks):
                for place, turn in enumerate(talk.utterances):
                    label = EMORYNLP.names[place % len(EMORYNLP)]
                    rows.writerow([turn.text, [turn.speaker], label, number, 1, 1])
    return [("everyday", everyday), ("meld", tiny_meld), ("emorynlp-csv", emorynlp)]


@pytest.fixture(scope="module")
def model(encoder, tmp_path_factory):
    """A trained model's folder, told three kinds of talk."""
    folder = tmp_path_factory.mktemp("trained") / "model"
    encoder.save(folder)
    domains = {"everyday": "chat", "meld": "comedy", "emorynlp-csv": "comedy"}
    write_settings(folder, ModelSettings("encoder", MELD, "encoder-2", domain="chat", domains=domains, temperature=9.0))
    return folder


@pytest.fixture
def few_turns_are_enough(monkeypatch):
    """Kinds of talk with few turns have a calibration of their own."""
    monkeypatch.setattr(development, "ENOUGH_TURNS", 20)


@pytest.fixture(scope="module")
def of_three(model, corpora, tmp_path_factory):
    """The figures and the folder of the model that is exported for the three corpora."""
    folder = tmp_path_factory.mktemp("exported") / "small"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MAX_LOSS", 1.0)
        patch.setattr(development, "ENOUGH_TURNS", 20)
        return export_embedded(model, folder, corpora, _silent), folder


@pytest.mark.usefixtures("few_turns_are_enough")
def test_each_corpus_is_asked_as_itself_and_has_its_figures(of_three, corpora):
    figures, folder = of_three
    names = [name for name, _ in corpora]
    for figure in ("dev_weighted_f1", "dev_weighted_f1_float32"):
        assert figures[figure] == pytest.approx(np.mean([figures[f"{figure}_{name}"] for name in names]))
    settings = read_settings(folder)
    assert settings.figures == figures
    assert set(settings.temperatures) == {"chat", "comedy"}
    small = Recognizer.from_pretrained(folder)
    for name, path in corpora:
        labels = EMORYNLP if name == "emorynlp-csv" else MELD
        talks = load_corpus(name, path, "dev")
        asked = Recognizer(small.backbone, small.settings, label_set=labels).for_corpus(name)
        scored = evaluate_recognitions(talks, list(asked.recognize_many(talks)), labels, n_draws=2)
        assert scored.weighted_f1 == pytest.approx(figures[f"dev_weighted_f1_{name}"])
    # What the recogniser answers to everyday talk, which is what the model is told by default.
    talks = load_corpus("everyday", dict(corpora)["everyday"], "dev")
    turns = [pair for talk in talks for pair in zip(talk.utterances, small.recognize(talk), strict=True)]
    rows = [[answer.probabilities[name] for name in MELD.names] for said, answer in turns if said.emotion]
    gold = [MELD.index(said.emotion) for said, _ in turns if said.emotion]
    assert settings.unsure_below == fit_unsure_below(rows, gold)


@pytest.mark.usefixtures("few_turns_are_enough")
def test_a_model_of_before_gets_its_threshold_without_another_change(of_three, corpora, tmp_path):
    shutil.copytree(of_three[1], tmp_path / "small")
    exported = read_settings(tmp_path / "small")
    write_settings(tmp_path / "small", replace(exported, unsure_below=None))
    assert fit_unsure_again(tmp_path / "small", corpora) == exported.unsure_below
    assert read_settings(tmp_path / "small") == exported


def test_one_corpus_is_as_before(model, corpora, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MAX_LOSS", 1.0)
    figures = export_embedded(model, tmp_path / "small", corpora[:1], _silent)
    assert list(figures) == ["dev_weighted_f1", "dev_weighted_f1_float32"]
    assert read_settings(tmp_path / "small").temperatures == {}  # fewer than 300 turns
    assert read_settings(tmp_path / "small").temperature != 9.0


def test_the_mean_of_the_corpora_is_what_int8_must_keep(model, corpora, tmp_path, monkeypatch):
    figures: list[float] = []
    real = module.score_recognition

    def scored(backbone, trees):
        answers = real(backbone, trees)
        answers.__dict__["weighted_f1"] = figures.pop(0)
        return answers

    monkeypatch.setattr(Scored, "weighted_f1", None)
    monkeypatch.setattr(module, "as_told", lambda answers, settings: dict(answers))
    monkeypatch.setattr(module, "score_recognition", scored)
    figures += [0.5, 0.5, 0.5, 0.5, 0.506, 0.502]  # int8, then float32: 0.27 points are lost on average
    with monkeypatch.context() as patch:
        patch.setattr(module, "MAX_LOSS", 0.002)
        with pytest.raises(ModelError, match="so nothing was exported"):
            export_embedded(model, tmp_path / "small", corpora, _silent)
    assert not (tmp_path / "small").exists()
    figures += [0.5, 0.5, 0.5, 0.5, 0.506, 0.502]
    monkeypatch.setattr(module, "MAX_LOSS", 0.003)  # one corpus alone loses more
    export_embedded(model, tmp_path / "small", corpora, _silent)
    assert (tmp_path / "small").exists()


def test_without_the_models_own_labels_there_is_no_temperature(model, corpora, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MAX_LOSS", 1.0)
    with pytest.raises(InputError, match="labels of the model's own set 'meld', and none of emorynlp-csv has them"):
        export_embedded(model, tmp_path / "small", corpora[2:], _silent)


@pytest.mark.parametrize(
    ("corpus", "own", "asked"),
    [
        ("everyday", MELD, MELD),
        ("emorynlp", MELD, EMORYNLP),
        ("meld", EMORYNLP, MELD),
        ("iemocap", load_label_set("iemocap-4"), load_label_set("iemocap-4")),
        ("files", EMORYNLP, EMORYNLP),
    ],
)
def test_a_corpus_has_its_own_labels_unless_the_models_cover_them(corpus, own, asked):
    assert corpus_label_set(corpus, own) == asked


def _answers(seed, n, domain="", labels=MELD, sharpness=3.0):
    random = np.random.default_rng(seed)
    rows = random.normal(size=(n, len(labels))) * sharpness
    rows -= np.log(np.exp(rows).sum(1, keepdims=True))
    gold = np.array([random.choice(len(labels), p=np.exp(row / 2) / np.exp(row / 2).sum()) for row in rows])
    return DevelopmentAnswers(labels, domain, Scored(gold, rows))


def test_corpora_weigh_the_same_and_other_labels_nothing():
    big, small, other = _answers(1, 400), _answers(2, 100, sharpness=9.0), _answers(3, 50, labels=EMORYNLP)
    answers = {"big": big, "small": small, "other": other}
    fitted = calibrate("temperature", answers, MELD)
    # The smaller corpus four times is as large as the other one.
    together = Scored.joined([big.scored, *[small.scored] * 4])
    assert fitted.temperature == pytest.approx(fit_temperature(together.log_probs, together.gold), rel=1e-6)
    assert calibrate_again(fitted, answers, MELD).temperature == pytest.approx(fitted.temperature)
    alone = calibrate("temperature", {"big": big, "other": other}, MELD)
    assert alone.temperature == fit_temperature(big.scored.log_probs, big.scored.gold)


def test_a_kind_of_talk_with_enough_turns_has_a_calibration_of_its_own():
    answers = {
        "a": _answers(1, 200, "chat"),
        "b": _answers(2, 100, "chat", sharpness=9.0),
        "c": _answers(3, 299, "comedy"),
        "d": _answers(4, 400, "comment", EMORYNLP),
        "e": _answers(5, 400),
    }
    found = calibrations_by_domain(Calibration("temperature", 1.0), answers, MELD)
    chat = calibrate("temperature", {name: answers[name] for name in "ab"}, MELD)
    assert found == {"chat": chat}
    bias = tuple(np.linspace(-1, 1, len(MELD)).tolist())
    moved = {
        name: replace(one, scored=Scored(one.scored.gold, one.scored.log_probs + bias))
        for name, one in answers.items()
        if one.label_set is MELD
    }
    # What prompts without content showed stays, and the temperature follows from it.
    biased = calibrations_by_domain(Calibration("contextual", 1.0, bias), moved, MELD)
    assert (biased["chat"].method, biased["chat"].bias) == ("contextual", bias)
    assert biased["chat"].temperature == pytest.approx(chat.temperature)
    assert calibrations_by_domain(Calibration("none"), answers, MELD) == {}
    assert calibrate_again(Calibration("none"), answers, MELD) == Calibration("none")


def test_a_preference_for_a_label_is_taken_off_in_its_kind_of_talk_alone():
    preference = np.eye(len(MELD))[0] * 3
    chat, comedy = _answers(1, 800, "chat"), _answers(2, 800, "comedy")
    moved = {
        "chat": replace(chat, scored=replace(chat.scored, log_probs=chat.scored.log_probs + preference)),
        "comedy": comedy,
    }
    found = calibrations_by_domain(Calibration("prior", 1.0, (0.0,) * len(MELD)), moved, MELD)
    assert found["chat"].bias[0] - np.mean(found["chat"].bias[1:]) > 1.5
    assert np.abs(found["comedy"].bias).max() < 0.5
    settings = ModelSettings(
        "encoder", MELD, "encoder-2", calibration="prior", domain="chat",
        temperatures={name: one.temperature for name, one in found.items()},
        biases={name: one.bias for name, one in found.items()},
    )  # fmt: skip
    for name, one in found.items():
        assert calibration_of(settings, MELD, name) == one
    # A bias belongs to the labels that it was fitted on.
    assert calibration_of(settings, EMORYNLP, "chat") == Calibration("prior", found["chat"].temperature)
    biased = weighted_f1_by_corpus(moved, "f")["f_chat"]
    mended = replace(moved["chat"].scored, log_probs=found["chat"].apply(moved["chat"].scored.log_probs))
    assert mended.weighted_f1 > biased


@pytest.mark.usefixtures("few_turns_are_enough")
def test_an_export_with_a_prior_says_what_its_recogniser_reaches(model, corpora, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MAX_LOSS", 1.0)
    figures = export_embedded(model, tmp_path / "small", corpora[:2], _silent, calibration="prior")
    settings = read_settings(tmp_path / "small")
    assert settings.calibration == "prior"
    assert set(settings.biases) == {"chat", "comedy"}
    small = Recognizer.from_pretrained(tmp_path / "small")
    for name, path in corpora[:2]:
        talks = load_corpus(name, path, "dev")
        asked = small.for_corpus(name)
        assert asked.answering.calibration.bias == settings.biases[settings.domain_of(name)]
        scored = evaluate_recognitions(talks, list(asked.recognize_many(talks)), MELD, n_draws=2)
        assert scored.weighted_f1 == pytest.approx(figures[f"dev_weighted_f1_{name}"])


def test_the_threshold_is_that_of_the_talk_that_is_told_by_default_where_there_is_enough_of_it():
    sharp = {"chat": _answers(1, 400, "chat", sharpness=9.0), "comedy": _answers(2, 400, "comedy", sharpness=1.0)}
    settings = ModelSettings("encoder", MELD, "encoder-2", domain="chat")

    def of(*names):
        scored = Scored.joined([sharp[name].scored for name in names])
        return fit_unsure_below(np.exp(scored.log_probs), scored.gold)

    assert of("chat") != of("comedy") != of("chat", "comedy")
    assert fit_unsure(sharp, settings) == of("chat")
    assert fit_unsure(sharp, replace(settings, domain="comedy")) == of("comedy")
    assert fit_unsure(sharp, replace(settings, domain="mail")) == of("chat", "comedy")


def test_one_corpus_has_one_figure():
    one = _answers(1, 50)
    assert weighted_f1_by_corpus({"meld": one}, "f") == {"f": one.scored.weighted_f1}
    two = weighted_f1_by_corpus({"meld": one, "x": _answers(2, 50)}, "f")
    assert set(two) == {"f", "f_meld", "f_x"}


@pytest.mark.usefixtures("few_turns_are_enough")
def test_a_trained_model_knows_its_kinds_of_talk(tiny_base, corpora, tmp_path):
    parts = [
        {"name": name, "path": str(path), "label_sets": [labels], "domain": domain, "selects": True}
        for (name, path), labels, domain in zip(
            corpora, ("meld", "meld", "emorynlp"), ("chat", "comedy", "comedy"), strict=True
        )
    ]
    stage = {"name": "one", "corpora": parts, "batch_size": 8, "epochs": 1, "precision": "fp32", "drop_overlap": False}
    recipe = {
        "name": "several",
        "prompt": {"wording": "encoder-2"},
        "backbone": {"base": str(tiny_base), "max_tokens": 96},
        "stages": [stage],
    }
    (tmp_path / "recipe.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    folder = train(tmp_path / "recipe.yaml", tmp_path / "runs", say=_silent)
    settings = read_settings(folder)
    assert settings.domains == {"everyday": "chat", "meld": "comedy", "emorynlp-csv": "comedy"}
    assert set(settings.temperatures) == {"chat", "comedy"}
    assert settings.unsure_below is not None
    assert len(set(settings.figures)) == 4
    comedy = Recognizer.from_pretrained(folder).for_corpus("meld")
    assert comedy.settings.domain_temperature == settings.temperatures["comedy"]


def test_labels_of_another_order_are_not_the_models_own():
    turned = LabelSet("turned", MELD.names[::-1])
    with pytest.raises(InputError, match="none of a has them"):
        calibrate("temperature", {"a": _answers(1, 50, labels=turned)}, MELD)
