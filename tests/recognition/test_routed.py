"""Two models as one: which of them answers a conversation, that it answers all of it, and what the records say."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

import instructerc
from instructerc.backbones.shipped import MODEL_NAMES, is_installed
from instructerc.conversation import Conversation, Utterance
from instructerc.errors import ModelError
from instructerc.labels import load_label_set
from instructerc.recognition import Recognizer
from instructerc.recognition.language import TalkLanguages
from instructerc.recognition.live import LiveSession
from instructerc.recognition.models import choose_one
from instructerc.recognition.records import AnswerRecord
from instructerc.recognition.routed import RoutedRecognizer

ENGLISH = ("I can't believe it, we won the match!", "ok", "See you at the station tomorrow.")
ITALIAN = ("Non ci posso credere, abbiamo vinto la partita!", "ok", "Ci vediamo domani alla stazione.")


def _talk(name, texts, speakers=("Ann", "Bo")):
    return Conversation(name, [Utterance(speakers[turn % len(speakers)], text) for turn, text in enumerate(texts)])


@pytest.fixture(scope="module")
def home(embedded_folder):
    return Recognizer.from_pretrained(embedded_folder, threads=1)


@pytest.fixture(scope="module")
def abroad(abroad_folder):
    return Recognizer.from_pretrained(abroad_folder, threads=1)


@pytest.fixture(scope="module")
def routed(home, abroad):
    return RoutedRecognizer(("small", home), ("multilingual", abroad))


def _same(turns, others):
    assert [turn.probabilities for turn in turns] == [other.probabilities for other in others]


def _near(turns, others):
    for turn, other in zip(turns, others, strict=True):
        assert turn.probabilities == pytest.approx(other.probabilities, abs=1e-3)


@pytest.mark.parametrize(
    ("turns", "is_abroad"),
    [
        (ENGLISH, False),
        (ITALIAN, True),
        (("ok", "hm", "..."), False),
        ((*ENGLISH, *ITALIAN), True),
        # One line that somebody quotes.
        ((*(ENGLISH[0], ENGLISH[2]) * 4, "Mi dispiace tanto, non lo sapevo davvero."), False),
    ],
)
def test_a_conversation_is_abroad_from_a_fifth_of_its_turns(turns, is_abroad):
    talk = TalkLanguages()
    for text in turns:
        talk.add("Ann", text)
    assert talk.abroad is is_abroad


def test_speakers_have_languages_of_their_own():
    talk = TalkLanguages()
    for number in range(3):
        talk.add("Agent", ("How can I help you today?", "ok", "Please wait a moment.")[number])
        talk.add("Anna", ("Non riesco più ad accedere al conto.", "ok", "Va bene, aspetto qui.")[number])
    assert talk.codes == ["en", "it", "en", "it", "en", "it"]


def test_each_conversation_is_answered_by_one_model(routed, home, abroad):
    talks = [_talk("a", ENGLISH), _talk("b", ITALIAN), _talk("c", (*ENGLISH, *ITALIAN)), _talk("d", ENGLISH[::-1])]
    answers = list(routed.recognize_many(talks))
    assert [{turn.model for turn in turns} for turns in answers] == [
        {"small"},
        {"multilingual"},
        {"multilingual"},
        {"small"},
    ]
    for talk, turns, model in zip(talks, answers, (home, abroad, abroad, home), strict=True):
        _same(turns, model.recognize(talk))
    assert [turn.language for turn in answers[2]] == ["en", "en", "en", "it", "en", "it"]
    assert routed.reader_of(talks[0]) is routed.models[0][1]
    assert routed.reader_of(talks[1]) is routed.models[1][1]


def test_steps_count_the_turns_of_both(routed):
    talks = [_talk("a", ENGLISH), _talk("b", ITALIAN), _talk("c", ENGLISH)]
    steps, done = routed.recognize_in_steps(talks, 1), []
    while True:
        try:
            done.append(next(steps))
        except StopIteration as end:
            answers = end.value
            break
    assert done == [3, 6, 9]
    assert list(map(len, answers)) == [3, 3, 3]


def test_a_live_session_goes_over_once_with_all_that_was_said(routed, home, abroad):
    texts = (ENGLISH[0], *ITALIAN, *ENGLISH)
    talk = _talk("a", texts)
    session = routed.session()
    session.skip("Ann", texts[0])
    live = [session.add(turn.speaker, turn.text) for turn in talk.utterances[1:]]
    _near(live, abroad.recognize(talk)[1:])
    assert {turn.model for turn in live} == {"multilingual"}
    assert session.nbytes > 0
    english = routed.session()
    _near([english.add("Ann", text) for text in ENGLISH], home.recognize(_talk("b", ENGLISH, ("Ann",))))


def test_a_session_is_read_ahead_by_the_model_that_answers_it(routed, monkeypatch):
    asked = []
    monkeypatch.setattr(LiveSession, "prepare", lambda self: asked.append(self.recognizer) or False)
    session = routed.session()
    session.add("Ann", "hello there, how are you today?")
    assert session.prepare() is False
    assert asked == [routed.models[0][1]]


def test_a_fork_goes_its_own_way(routed):
    session = routed.session()
    session.add("Ann", ENGLISH[0])
    other = session.fork()
    assert [other.add("Bo", text).model for text in ITALIAN][-1] == "multilingual"
    assert session.add("Ann", ENGLISH[2]).model == "small"


def test_other_labels_and_kinds_of_talk_are_for_both(routed, abroad):
    chosen = routed.with_choices(load_label_set("happy,sad,calm"), min_probability=0.99)
    assert [list(turn.probabilities) for turn in chosen.recognize(_talk("a", ITALIAN))] == [
        ["happy", "sad", "calm"]
    ] * 3
    assert {turn.label for turn in chosen.recognize(_talk("a", ENGLISH))} == {None}
    told = abroad.for_corpus("meld").recognize(_talk("a", ITALIAN))
    _same(routed.for_corpus("meld").recognize(_talk("a", ITALIAN)), told)


def test_the_record_says_model_and_language(routed):
    record = AnswerRecord.of(routed.recognize(_talk("a", ITALIAN))[0])
    assert (record.model, record.language) == ("multilingual", "it")
    assert AnswerRecord.from_data(record.to_data()) == record


def test_languages_that_neither_reads_lower_the_confidence(routed, abroad):
    german = _talk("a", ("Ich bin so unglaublich wütend auf dich!",))
    (turn,) = routed.recognize(german)
    assert (turn.model, turn.language) == ("multilingual", "de")
    _same([turn], abroad.recognize(german))
    assert set(routed.settings.languages) == {"en", "it"}


def test_without_its_package_a_model_is_not_found_by_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert not is_installed("multilingual")
    assert instructerc.load_model(threads=1).settings.languages == ("en",)
    for name in ("multilingual", "auto"):
        with pytest.raises(ModelError, match="instructerc-multilingual, which is not installed"):
            instructerc.load_model(name)


def test_a_package_is_found_by_name_and_auto_is_then_the_default(multilingual_package, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert instructerc.load_model("multilingual", threads=1).settings.temperature == 4.0
    assert instructerc.load_model("small", threads=1).settings.recipe == "embedded-scenes"
    for name in (None, "auto"):
        found = instructerc.load_model(name, threads=1)
        assert [turn.model for turn in found.recognize(_talk("a", ITALIAN))] == ["multilingual"] * 3
    # A checkout without weights is no model.
    shutil.rmtree(multilingual_package / "model")
    assert not is_installed("multilingual")


def test_every_name_has_a_package_in_the_repository():
    """`base` was offered once, and nothing was there."""
    packages = [path.parent.name for path in (Path(__file__).parents[2] / "models").glob("*/pyproject.toml")]
    assert sorted(MODEL_NAMES) == sorted(["small", *packages])


def test_each_model_says_what_it_reads(routed):
    assert [routed.languages_read(name) for name in ("small", "multilingual", None)] == [
        ("en",),
        ("en", "it"),
        ("en", "it"),
    ]


def test_the_model_that_is_to_read_all_is_chosen_as_auto_chooses(monkeypatch):
    english, italian = _talk("a", ENGLISH), _talk("b", ITALIAN)
    assert choose_one([italian]) == "small"
    monkeypatch.setattr("instructerc.recognition.models.is_installed", lambda name: True)
    assert choose_one([]) == choose_one([english]) == choose_one([english] * 5 + [italian]) == "small"
    assert choose_one([english] * 4 + [italian]) == "multilingual"
