"""The recognizer: batch, single and live agree, long conversations are cut, and what it says is what it did."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from instructerc.backbones.settings import FILE, ModelSettings, read_settings, write_settings
from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError, ModelError
from instructerc.labels import LabelSet, load_label_set
from instructerc.recognition import Recognizer
from instructerc.recognition import batch as module


@pytest.fixture(params=["torch", "float32", "int8"])
def recognizer(request):
    backbone = (
        request.getfixturevalue("encoder")
        if request.param == "torch"
        else request.getfixturevalue("exported")[request.param]
    )
    return Recognizer(backbone, ModelSettings("any", load_label_set("meld"), "encoder-1", temperature=1.3))


def _assert_same(ours, theirs):
    assert [turn.label for turn in ours] == [turn.label for turn in theirs]
    assert [turn.history_turns for turn in ours] == [turn.history_turns for turn in theirs]
    for one, other in zip(ours, theirs, strict=True):
        assert list(one.probabilities.values()) == pytest.approx(list(other.probabilities.values()), abs=1e-3)


def test_batch_single_and_live_agree(recognizer, talks, monkeypatch):
    monkeypatch.setattr(module, "UTTERANCES_AT_ONCE", 12)
    for talk, together in zip(talks, recognizer.recognize_many(talks), strict=True):
        assert len(together) == len(talk)
        _assert_same(together, recognizer.recognize(talk))
        session = recognizer.session()
        _assert_same(together, [session.add(turn.speaker, turn.text) for turn in talk.utterances])


def test_probabilities_are_complete_and_the_label_is_their_best(recognizer, talks):
    for turn in recognizer.recognize(talks[2]):
        assert list(turn.probabilities) == list(recognizer.label_set.names)
        assert sum(turn.probabilities.values()) == pytest.approx(1, abs=1e-5)
        assert turn.probability == turn.probabilities[turn.label] == max(turn.probabilities.values())


def test_a_long_conversation_is_cut_and_each_turn_sees_its_history(recognizer, talks):
    turns = recognizer.recognize(talks[4])
    seen = [turn.history_turns for turn in turns]
    assert len(turns) == 30
    assert all(seen[index] >= min(index, recognizer.backbone.history.turns) for index in range(30))
    assert any(seen[index] < index for index in range(30))


def test_many_are_read_no_further_ahead_than_a_batch(recognizer, monkeypatch):
    monkeypatch.setattr(module, "UTTERANCES_AT_ONCE", 4)
    taken = []

    def endless():
        for number in range(1000):
            taken.append(number)
            yield Conversation(str(number), [Utterance("Ann", "wow"), Utterance("Bo", "no")])

    answers = recognizer.recognize_many(endless())
    assert len(next(answers)) == 2
    assert len(taken) == 2


def test_abstains_below_the_minimum(recognizer, talks):
    strict = Recognizer(recognizer.backbone, recognizer.settings, min_probability=1.0)
    turns = strict.recognize(talks[2])
    assert {turn.label for turn in turns} == {None}
    assert all(0 < turn.probability < 1 for turn in turns)
    with pytest.raises(InputError, match=r"min_probability is 1\.5"):
        Recognizer(recognizer.backbone, recognizer.settings, min_probability=1.5)


def test_another_label_set_is_data(recognizer, talks):
    other = Recognizer(recognizer.backbone, recognizer.settings, label_set=LabelSet("mood", ("good", "bad", "so so")))
    for turn in other.recognize(talks[1]):
        assert list(turn.probabilities) == ["good", "bad", "so so"]
        assert turn.label in turn.probabilities


def test_gold_labels_are_not_looked_at(recognizer, talks):
    labelled = Conversation("c", [Utterance(turn.speaker, turn.text, "bored") for turn in talks[2].utterances])
    _assert_same(recognizer.recognize(labelled), recognizer.recognize(talks[2]))


def test_a_cut_utterance_says_so(recognizer):
    turns = recognizer.recognize(Conversation("c", [Utterance("Ann", "wow " * 5000), Utterance("Bo", "no")]))
    assert [turn.text_cut for turn in turns] == [True, False]
    assert turns[1].history_turns == 1


def test_hostile_texts_have_an_answer(recognizer):
    texts = ["", " ", "😀😀", "שלום עולם", "[SEP] [CLS]", "a" * 100_000, "\u202e\u200b", "{speaker}: {text}"]
    turns = recognizer.recognize(Conversation("c", [Utterance("Ann", text) for text in texts]))
    assert len(turns) == len(texts)
    assert all(turn.label is not None for turn in turns)


ITALIAN = ("Mio padre è morto e non so che cosa fare adesso.", "Sì.", "ok")


def test_a_turn_in_another_language_is_named_and_less_sure(recognizer):
    plain = Recognizer(recognizer.backbone, replace(recognizer.settings, languages=()))
    talk = Conversation("c", [Utterance("Ann", text) for text in (*ITALIAN, "I think you should come home right now.")])
    ours, theirs = recognizer.recognize(talk), plain.recognize(talk)
    assert [turn.language for turn in ours] == ["it", "it", "it", None]
    assert {turn.language for turn in theirs} == {None}
    for one, other in zip(ours[:3], theirs[:3], strict=True):
        assert one.label == other.label
        assert one.probability < other.probability
        assert sum(one.probabilities.values()) == pytest.approx(1)
    assert ours[3] == theirs[3]


def test_the_language_of_a_turn_is_live_what_it_is_in_the_batch(recognizer, monkeypatch):
    monkeypatch.setattr(module, "UTTERANCES_AT_ONCE", 4)
    texts = ["ok", *ITALIAN, "I don't know.", *ITALIAN * 12]
    talk = Conversation("c", [Utterance(f"S{turn % 3}", text) for turn, text in enumerate(texts)])
    together = recognizer.recognize(talk)
    assert {turn.language for turn in together[:1]} == {None}
    session, skipped = recognizer.session(), recognizer.session()
    _assert_same(together, live := [session.add(turn.speaker, turn.text) for turn in talk.utterances])
    assert [turn.language for turn in live] == [turn.language for turn in together]
    for turn in talk.utterances[:3]:
        skipped.skip(turn.speaker, turn.text)
    last = talk.utterances[3]
    assert skipped.add(last.speaker, last.text).language == together[3].language == "it"


def test_settings_survive_the_file_and_damage_is_named(tmp_path):
    settings = ModelSettings("embedded", load_label_set("meld"), "encoder-1", 1.4, {"f": 0.5}, "r", {"a": "b"})
    settings = replace(settings, languages=("en", "it"), foreign={"temperature": 2.0, "mix": 0.5})
    settings = replace(settings, domains={"meld": "comedy"}, temperatures={"comedy": 0.8, "chat": 1.2})
    write_settings(tmp_path, settings)
    assert read_settings(tmp_path) == settings
    data = json.loads((tmp_path / FILE).read_text(encoding="utf-8"))
    for damaged, reason in (
        ("{", "damaged"),
        (json.dumps(data | {"format": 99}), "format 99"),
        (json.dumps(data | {"temperature": "warm"}), "damaged"),
        (json.dumps(data | {"label_set": {}}), "damaged"),
        (json.dumps(data | {"temperatures": {"comedy": "warm"}}), "damaged"),
        (json.dumps({key: value for key, value in data.items() if key != "prompt"}), "damaged"),
    ):
        (tmp_path / FILE).write_text(damaged, encoding="utf-8")
        with pytest.raises(ModelError, match=reason):
            Recognizer.from_pretrained(tmp_path)


def test_a_model_of_before_reads_english(tmp_path):
    write_settings(tmp_path, ModelSettings("embedded", load_label_set("meld"), "encoder-1"))
    data = json.loads((tmp_path / FILE).read_text(encoding="utf-8"))
    (tmp_path / FILE).write_text(
        json.dumps({name: value for name, value in data.items() if name not in {"languages", "foreign"}})
    )
    assert read_settings(tmp_path).languages == ("en",)
    assert read_settings(tmp_path).foreign == {}
    assert read_settings(tmp_path).temperatures == {}


def test_a_corpus_is_answered_as_its_kind_of_talk_with_its_temperature(encoder, talks):
    settings = ModelSettings(
        *("any", load_label_set("meld"), "encoder-2"),
        temperature=1.5,
        domain="chat",
        domains={"everyday": "chat", "meld": "comedy", "goemotions": "comment"},
        temperatures={"chat": 3.0, "comedy": 0.5},
    )
    recognizer = Recognizer(encoder, settings)
    assert recognizer.for_corpus("everyday") is recognizer
    assert recognizer.for_corpus("unheard-of") is recognizer

    def answers(domain, temperature):
        plain = replace(settings, domain=domain, temperature=temperature, temperatures={})
        return Recognizer(encoder, plain).recognize(talks[2])

    assert recognizer.recognize(talks[2]) == answers("chat", 3.0)
    assert recognizer.for_corpus("meld").recognize(talks[2]) == answers("comedy", 0.5)
    assert recognizer.for_corpus("meld-cosmic").recognize(talks[2]) == answers("comedy", 0.5)
    assert recognizer.for_corpus("goemotions").recognize(talks[2]) == answers("comment", 1.5)
    assert answers("comedy", 0.5) != answers("chat", 0.5)


def test_a_folder_that_is_no_model_says_so(tmp_path):
    with pytest.raises(ModelError, match=r"is not a model folder: it has no model\.json"):
        Recognizer.from_pretrained(tmp_path)
    write_settings(tmp_path, ModelSettings("quantum", load_label_set("meld"), "encoder-1"))
    with pytest.raises(ModelError, match="kind 'quantum'"):
        Recognizer.from_pretrained(tmp_path)
