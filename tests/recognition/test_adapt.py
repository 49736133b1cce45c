"""Adapting: labels are learnt, saved without the model below, and loaded to the same numbers, live as in a batch."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from dataclasses import replace

import numpy as np
import pytest

from instructerc.backbones.encoders.adapted import HEAD
from instructerc.backbones.settings import FILE, read_settings, write_settings
from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError, LabelError, ModelError
from instructerc.labels import LabelSet, load_label_set
from instructerc.recognition import Recognizer
from instructerc.recognition import adapt as module
from instructerc.recognition.adapt import adapt, find_labels
from instructerc.recognition.batch import build_pieces
from instructerc.recognition.label_head import NAMES_ALONE, fit_head


@pytest.fixture(scope="module")
def adapted(labelled, embedded_folder):
    return adapt(labelled, model=embedded_folder, threads=1)


@pytest.fixture
def saved(adapted, tmp_path):
    adapted.save(tmp_path / "mine")
    return tmp_path / "mine"


def _probabilities(recognizer, talk):
    return [list(turn.probabilities.values()) for turn in recognizer.recognize(talk)]


def test_labels_are_learnt_and_the_figures_say_so(adapted, labelled):
    assert adapted.recognizer.label_set.names == ("calm", "thrilled", "worried")
    assert sum(adapted.counts.values()) == adapted.n_turns == 100
    assert adapted.n_conversations == 20
    assert adapted.evaluation.weighted_f1 > 0.95
    assert adapted.gain.interval[0] > 0
    assert adapted.warnings == ()
    for talk in labelled[:3]:
        answers = [turn.label for turn in adapted.recognizer.recognize(talk)]
        assert answers[:5] == [turn.emotion for turn in talk.utterances[:5]]


def test_a_saved_model_gives_the_same_numbers_in_a_batch_and_live(adapted, saved, labelled):
    assert sorted(path.name for path in saved.iterdir()) == [HEAD, FILE]
    loaded = Recognizer.from_pretrained(saved, threads=1)
    assert loaded.settings.kind == "adapted"
    for talk in labelled[:4]:
        assert _probabilities(loaded, talk) == _probabilities(adapted.recognizer, talk)
        session = loaded.session()
        live = [list(session.add(turn.speaker, turn.text).probabilities.values()) for turn in talk.utterances]
        assert np.array(live) == pytest.approx(np.array(_probabilities(loaded, talk)), abs=1e-3)


def test_what_is_answered_is_what_was_fitted(adapted, labelled, embedded_folder):
    """The head's scores by hand: states and name scores of the model below, float64."""
    head = adapted.recognizer.backbone.head
    below = Recognizer.from_pretrained(embedded_folder, label_set=adapted.recognizer.label_set, threads=1)
    tree = next(build_pieces(below, [labelled[0]], 100))[0].tree
    [states] = below.backbone.states([tree])
    options = below.backbone.option_states(("calm", "thrilled", "worried"))
    scores = states @ head.weights.T + head.bias + head.name_scale * states @ options.T
    wanted = np.exp(scores.astype(np.float64) / 1.3)
    assert np.array(_probabilities(adapted.recognizer, labelled[0])) == pytest.approx(
        wanted / wanted.sum(axis=1, keepdims=True), abs=1e-4
    )


@pytest.fixture
def calibrated_folder(embedded_folder, tmp_path):
    """The tiny model with what `export` fits for other labels: temperatures by their number, a bonus for new ones."""
    shutil.copytree(embedded_folder, tmp_path / "calibrated")
    settings = replace(
        read_settings(embedded_folder),
        prompt="encoder-3",
        calibration="prior",
        domain="chat",
        bias=(0.5, -0.2, 0.1, 0.0, 0.3, 0.0, -0.7),
        seen_labels=("joy", "fear", "calm"),
        unseen_bonus=0.7,
        other_temperatures={"chat": {2: 3.0, 4: 2.0}},
    )
    write_settings(tmp_path / "calibrated", settings)
    return tmp_path / "calibrated"


@pytest.fixture
def fits(monkeypatch):
    """What heads are fitted on, and the heads: in each of them names count, and no label is nearly certain."""

    def fit(states, names, gold, groups, seed):
        found = fit_head(states, names, gold, groups, seed)
        found = replace(found, weights=0.1 * found.weights, bias=0.1 * found.bias, name_scale=0.8)
        kept.append((states, names, found))
        return found

    kept = []
    monkeypatch.setattr(module, "fit_head", fit)
    return kept


@pytest.mark.parametrize(
    "labels",
    [
        LabelSet("plain", ("calm", "thrilled", "worried")),
        LabelSet("german", ("neutral", "Freude", "Angst"), {"Freude": ("thrilled",), "Angst": ("worried",)}),
        LabelSet("described", ("calm", "thrilled", "worried"), descriptions={"worried": "sees something bad coming"}),
        LabelSet("aliases", ("calm", "wow", "worried"), {"wow": ("surprise", "thrilled")}),
        LabelSet("some of its own", ("neutral", "joy", "fear"), {"joy": ("thrilled",), "fear": ("worried",)}),
    ],
    ids=lambda labels: labels.name,
)
def test_whatever_labels_are_called_what_is_saved_answers_as_it_was_fitted(
    labels, labelled, calibrated_folder, fits, tmp_path
):
    words = {"calm": labels.names[0]}
    talks = [
        Conversation(
            talk.id, [replace(turn, emotion=words.get(turn.emotion, turn.emotion)) for turn in talk.utterances]
        )
        for talk in labelled
    ]
    found = adapt(talks, label_set=labels, model=calibrated_folder, threads=1)
    found.save(tmp_path / "mine")
    [(states, names, fitted)] = fits
    scores = states @ fitted.weights + fitted.bias + fitted.name_scale * names
    wanted = np.exp(scores - scores.max(axis=1, keepdims=True))
    for recognizer in (found.recognizer, Recognizer.from_pretrained(tmp_path / "mine", threads=1)):
        answers = [row for talk in talks for row in _probabilities(recognizer, talk)[:5]]
        assert np.array(answers) == pytest.approx(wanted / wanted.sum(axis=1, keepdims=True), abs=1e-3)


def test_names_alone_are_what_the_model_below_answers_to_these_labels(labelled, calibrated_folder, fits):
    labels = LabelSet("german", ("ruhig", "Freude", "Angst"), {word: (own,) for word, own in GERMAN.items()})
    adapt(labelled, label_set=labels, model=calibrated_folder, threads=1)
    below = Recognizer.from_pretrained(calibrated_folder, label_set=labels, threads=1)
    answers = [row for talk in labelled for row in _probabilities(below, talk)[:5]]
    assert np.exp(fits[0][1]) == pytest.approx(np.array(answers), abs=1e-3)


GERMAN = {"ruhig": "calm", "Freude": "thrilled", "Angst": "worried"}


def test_a_corpus_that_the_model_below_knows_changes_nothing(labelled, embedded_folder, tmp_path):
    shutil.copytree(embedded_folder, tmp_path / "told")
    settings = replace(read_settings(embedded_folder), prompt="encoder-3", domain="chat", domains={"meld": "comedy"})
    write_settings(tmp_path / "told", settings)
    adapted = adapt(labelled, model=tmp_path / "told", threads=1).recognizer
    assert adapted.for_corpus("meld") is adapted


def test_a_model_by_name_is_found_again_wherever_its_package_is(labelled, multilingual_package, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = adapt(labelled, model="multilingual", threads=1)
    assert (found.base, found.recognizer.settings.languages) == ("multilingual", ("en", "it"))
    found.save(tmp_path / "mine")
    multilingual_package.parent.rename(tmp_path / "elsewhere")
    monkeypatch.syspath_prepend(str(tmp_path / "elsewhere"))
    loaded = Recognizer.from_pretrained(tmp_path / "mine", threads=1)
    assert _probabilities(loaded, labelled[0]) == _probabilities(found.recognizer, labelled[0])
    shutil.rmtree(tmp_path / "elsewhere")
    with pytest.raises(ModelError, match="instructerc-multilingual, which is not installed"):
        Recognizer.from_pretrained(tmp_path / "mine", threads=1)


ITALIAN = {
    "this is wonderful hooray": "Che meraviglia, sono davvero felicissima oggi!",
    "please no i am scared": "Ti prego, ho tanta paura di quello che succede.",
    "the bus leaves at nine": "L'autobus parte alle nove dalla stazione.",
}


@pytest.fixture
def italian(labelled):
    return [
        Conversation(talk.id, [replace(turn, text=ITALIAN[turn.text]) for turn in talk.utterances]) for talk in labelled
    ]


def test_files_in_another_language_get_the_model_that_reads_them(italian, multilingual_package, embedded_folder):
    for model in (None, "auto"):
        found = adapt(italian, model=model, threads=1)
        assert (found.base, found.n_unread) == ("multilingual", 0)
    unread = adapt(italian, model=embedded_folder, threads=1)
    assert unread.n_unread == unread.n_turns == 100
    assert unread.warnings[0] == (
        f"100 of 100 labelled turns look like languages that model {str(embedded_folder)!r} does not read; "
        "model 'multilingual' reads sixteen more"
    )


def test_the_calibration_of_the_models_own_labels_is_in_the_head(labelled, embedded_folder, tmp_path):
    settings = read_settings(embedded_folder)
    folder = tmp_path / "biased"
    folder.mkdir()
    for path in embedded_folder.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    bias = (0.5, -0.2, 0.1, 0.0, 0.3, 0.0, -0.7)
    write_settings(folder, replace(settings, calibration="prior", bias=bias))
    words = {"thrilled": "joy", "worried": "fear", "calm": "neutral", None: None}
    talks = [
        Conversation(talk.id, [replace(turn, emotion=words[turn.emotion]) for turn in talk.utterances])
        for talk in labelled
    ]
    found = adapt(talks, model=folder, threads=1)
    assert found.recognizer.label_set == load_label_set("meld")
    assert found.recognizer.settings.bias == ()
    head = found.recognizer.backbone.head
    plain = adapt(talks, model=embedded_folder, threads=1)
    # Where names count, a bias on their scores is a bias of the head.
    if head.name_scale:
        assert not np.allclose(head.bias, plain.recognizer.backbone.head.bias)
    assert found.evaluation.weighted_f1 > 0.9


def test_a_model_that_is_told_a_kind_of_talk_is_adapted_with_its_temperature(labelled, embedded_folder, tmp_path):
    shutil.copytree(embedded_folder, tmp_path / "told")
    settings = replace(read_settings(embedded_folder), domain="chat", temperatures={"chat": 0.7})
    write_settings(tmp_path / "told", settings)
    told = adapt(labelled, model=tmp_path / "told", threads=1).recognizer
    assert (told.settings.temperature, told.settings.temperatures) == (0.7, {})
    write_settings(tmp_path / "told", replace(settings, temperature=0.7, temperatures={}))
    plain = adapt(labelled, model=tmp_path / "told", threads=1).recognizer
    assert _probabilities(told, labelled[0]) == _probabilities(plain, labelled[0])


def test_the_same_seed_gives_the_same_bytes(labelled, embedded_folder, tmp_path):
    for name in ("a", "b"):
        adapt(labelled, model=embedded_folder, seed=3, threads=1).save(tmp_path / name)
    for name in (HEAD, FILE):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()


def test_some_of_its_labels_in_another_order_are_answered_by_the_head(saved, labelled):
    whole = Recognizer.from_pretrained(saved, threads=1)
    part = whole.with_choices(LabelSet("part", ("worried", "calm")))
    for one, other in zip(whole.recognize(labelled[0]), part.recognize(labelled[0]), strict=True):
        ratio = one.probabilities["worried"] / one.probabilities["calm"]
        assert other.probabilities["worried"] / other.probabilities["calm"] == pytest.approx(ratio, rel=1e-3)


def test_other_labels_are_answered_by_their_names_as_the_model_below_does(saved, labelled, embedded_folder):
    other = LabelSet("other", ("good", "bad", "calm"))
    ours = Recognizer.from_pretrained(saved, label_set=other, threads=1)
    below = Recognizer.from_pretrained(embedded_folder, label_set=other, threads=1)
    assert _probabilities(ours, labelled[0]) == _probabilities(below, labelled[0])


def test_labels_of_files_are_their_commonest_spelling_or_the_models_own():
    def talk(*emotions):
        return [Conversation("c", [Utterance("Ann", "hm", emotion) for emotion in emotions])]

    own = load_label_set("meld")
    assert find_labels(talk("Glad", "glad ", "glad ", "sorry"), own).names == ("glad", "sorry")
    assert find_labels(talk("JOY", "anger", None), own) is own
    # An alias of the model's labels is not its name: the user's word is kept.
    assert find_labels(talk("happy", "anger"), own).names == ("anger", "happy")
    with pytest.raises(InputError, match="no turn has an emotion"):
        find_labels(talk(None, None), own)
    with pytest.raises(LabelError, match="every labelled turn is 'glad'; at least two different labels"):
        find_labels(talk("glad", "glad"), own)


def test_too_little_is_said(labelled, embedded_folder):
    found = adapt(labelled[:3], model=embedded_folder, threads=1, label_set=LabelSet("l", (*WORDS_AND_MORE,)))
    few, rare, stretches, *_ = found.warnings
    assert few.startswith("15 labelled turn(s) are too few")
    assert rare.endswith("rely on their names: smug (0)")
    assert stretches.startswith("fewer than 5 conversations")


WORDS_AND_MORE = ("thrilled", "worried", "calm", "smug")


def test_that_the_names_answer_alone_is_said(labelled, embedded_folder):
    shuffled = np.random.default_rng(0).permutation(["thrilled", "worried", "calm"] * 40)
    labels = iter(shuffled.tolist())
    talks = [
        Conversation(
            talk.id, [Utterance(turn.speaker, "the bus leaves at nine", next(labels)) for turn in talk.utterances]
        )
        for talk in labelled
    ]
    found = adapt(talks, model=embedded_folder, threads=1)
    assert found.chosen == NAMES_ALONE
    assert any(warning.startswith("this model answers by the label names alone") for warning in found.warnings)


def test_what_cannot_be_fitted_is_an_error(labelled, embedded_folder, saved):
    one = [Conversation("c", [Utterance("Ann", "hm", "joy"), Utterance("Bo", "so")])]
    with pytest.raises(InputError, match=r"1 labelled turn\(s\)"):
        adapt(one, model=embedded_folder)
    with pytest.raises(LabelError, match="label 'thrilled' is not in label set 'meld'"):
        adapt(labelled, model=embedded_folder, label_set=load_label_set("meld"))
    with pytest.raises(ModelError, match="a model of kind 'adapted' cannot be adapted"):
        adapt(labelled, model=saved)


def test_a_folder_of_something_else_is_not_written_over(adapted, tmp_path, embedded_folder):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(InputError, match="already exists and is not an adapted model"):
        adapted.save(tmp_path)
    with pytest.raises(InputError, match="already exists and is not an adapted model"):
        adapted.save(embedded_folder)
    adapted.save(tmp_path / "mine")
    adapted.save(tmp_path / "mine")


def _write_head(folder, **arrays):
    """Writes a head and its digest, as somebody with the project's own tools could."""
    import hashlib

    stream = io.BytesIO()
    np.savez(stream, **arrays)
    (folder / HEAD).write_bytes(stream.getvalue())
    digest = hashlib.sha256(stream.getvalue()).hexdigest()
    write_settings(folder, replace(read_settings(folder), sha256={HEAD: digest}))


class _Bomb:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was run",))


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"weights": np.array([_Bomb()], dtype=object)}, "Object arrays cannot be loaded"),
        ({"weights": np.full((3, 32), np.nan, np.float32)}, "expected finite float32 numbers"),
        ({"weights": np.zeros((3, 32))}, "expected finite float32 numbers"),
        ({"weights": np.zeros((3, 31), np.float32)}, r"has arrays of shapes \(3, 31\)"),
        ({"weights": np.zeros((2, 32), np.float32)}, r"has arrays of shapes \(2, 32\)"),
        ({"bias": np.zeros((3, 1), np.float32)}, r"has arrays of shapes"),
        ({"name_scale": np.zeros(2, np.float32)}, r"has arrays of shapes"),
        ({"weights": np.zeros((3, 8_000_000), np.float32)}, "more than 64 MiB"),
    ],
)
def test_a_hostile_head_is_refused(saved, arrays, message):
    good = {
        "weights": np.zeros((3, 32), np.float32),
        "bias": np.zeros(3, np.float32),
        "name_scale": np.float32(1),
    }
    _write_head(saved, **(good | arrays))
    with pytest.raises(ModelError, match=message):
        Recognizer.from_pretrained(saved, threads=1)


def test_a_head_that_unpacks_to_gigabytes_is_refused_unread(saved):
    import hashlib

    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("weights.npy", bytes(70 * 1024 * 1024))
    (saved / HEAD).write_bytes(stream.getvalue())
    digest = hashlib.sha256(stream.getvalue()).hexdigest()
    write_settings(saved, replace(read_settings(saved), sha256={HEAD: digest}))
    with pytest.raises(ModelError, match="it unpacks to more than 64 MiB"):
        Recognizer.from_pretrained(saved, threads=1)


def test_damage_and_another_model_below_are_named(saved, tmp_path):
    content = (saved / HEAD).read_bytes()
    (saved / HEAD).write_bytes(content[:-1])
    with pytest.raises(ModelError, match="is damaged: its sha256 is not the one"):
        Recognizer.from_pretrained(saved)
    (saved / HEAD).unlink()
    with pytest.raises(ModelError, match=r"has no head\.npz; run `instructerc adapt` again"):
        Recognizer.from_pretrained(saved)
    (saved / HEAD).write_bytes(content)
    data = json.loads((saved / FILE).read_text(encoding="utf-8"))
    data["base"]["model.onnx"] = "0" * 64
    (saved / FILE).write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ModelError, match="was adapted from another version of the model"):
        Recognizer.from_pretrained(saved)
    data["base"]["model"] = str(tmp_path / "gone")
    (saved / FILE).write_text(json.dumps(data), encoding="utf-8")
    with pytest.raises(ModelError, match="gone is not a model folder"):
        Recognizer.from_pretrained(saved)
