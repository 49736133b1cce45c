"""A wording of one's own expresses every prompt that the authors' release writes, character by character.

`authors_prompt` follows the procedure of `data_process.py` in LIN-SHANG/InstructERC over COSMIC's pickles: numbers of
speakers, windows, the target again, the three tasks. Its sentences come from the wording under test, because those of
the authors are not ours to pass on. For a user's file with the authors' own sentences, digests of all prompts of a test
split are compared with those in authors_prompts.json.
"""

from __future__ import annotations

import hashlib
import json
import os
import pickle
from collections.abc import Iterator
from pathlib import Path

import pytest

from instructerc.conversation import Conversation, Utterance
from instructerc.corpora import load_corpus
from instructerc.labels import LabelSet, load_label_set
from instructerc.prompts import (
    EMOTION_PREDICTION,
    EMOTION_RECOGNITION,
    SPEAKER_IDENTIFICATION,
    TASKS,
    TreeBuilder,
    WindowCutter,
    Wording,
    cut_into_trunks,
    load_wording,
    wording_from_data,
)

WINDOW = 12
SENTENCES = {
    "instruction": "Judge feelings. ",
    "opening": "What is spoken stands between '### ###'. ### ",
    "recognition": "Which emotional label has <{target}> of <{labels}>:",
    "prediction": "Next comes <{number}>. Which feeling of <{labels}> will <{number}> have:",
    "speaker": "Who of the following says <Speaker: {text}>: <{cast}>:",
}
NINE = ", ".join(f"Speaker_{number}" for number in range(9))
ONE_HOT = ", ".join(f"Speaker {number}" for number in range(9))
CORPORA = {
    "meld": {"cast": NINE, "speaker_list": ONE_HOT},
    "emorynlp": {"cast": NINE, "speaker_list": ONE_HOT},
    "iemocap": {"cast": "Speaker_0, Speaker_1", "speaker_list": "M, F"},
}
LABELS = {
    "meld": load_label_set("meld-authors"),
    "emorynlp": load_label_set("emorynlp-authors"),
    "iemocap": load_label_set("iemocap"),
}


def own_wording(corpus: str) -> Wording:
    recognition = SENTENCES["recognition"].replace("{target}", ' {speaker}:"{text}"')
    return wording_from_data(
        {
            "version": "layout",
            "instruction": SENTENCES["instruction"],
            "opening": SENTENCES["opening"],
            "utterance": '\t {speaker}:"{text}"',
            "emotion_recognition": " ### " + recognition,
            "emotion_prediction": "###" + SENTENCES["prediction"],
            "speaker_identification": SENTENCES["speaker"],
            "option": "{option}",
            "speaker_name": "Speaker_{number}",
            "kept_characters": "\x85",
            **CORPORA[corpus],
        },
        "layout",
    )


def authors_prompt(task: str, numbers: list[int], texts: list[str], turn: int, labels: str, cast: str) -> str:
    """Returns a prompt as the release writes it, step by step, with sentences of our own."""
    if task == SPEAKER_IDENTIFICATION:
        return SENTENCES["instruction"] + SENTENCES["speaker"].replace("{text}", texts[turn]).replace("{cast}", cast)
    content = SENTENCES["instruction"] + SENTENCES["opening"]
    for number, text in list(zip(numbers, texts, strict=True))[max(turn - WINDOW, 0) : turn + 1]:
        content += f'\t Speaker_{number}:"{text}"'
    target = content.split("\t")[-1]
    content += " ### " + SENTENCES["recognition"].replace("{target}", target).replace("{labels}", labels)
    if task == EMOTION_RECOGNITION:
        return content
    asked = SENTENCES["prediction"].replace("{number}", str(numbers[turn])).replace("{labels}", labels)
    return "\t".join(content.split("\t")[:-1]) + "###" + asked


def prompts_of(talk: Conversation, wording: Wording, labels: LabelSet) -> Iterator[tuple[str, int, str]]:
    """Yields task, utterance and whole prompt of every question, in a window of twelve earlier turns."""
    builder = TreeBuilder(wording, labels, dict.fromkeys(TASKS, 1.0))
    # A turn counts as one token here, so that the window alone decides.
    for trunk in cut_into_trunks([1] * len(talk), WindowCutter(10_000, WINDOW)):
        tree = builder.build(talk, trunk.start, trunk.first, trunk.end)
        for question in tree.questions:
            yield question.task, question.utterance, tree.flatten(question)


def _numbers(talk: Conversation, corpus: str) -> list[int]:
    if corpus == "iemocap":
        return [0 if turn.speaker.endswith("_M") else 1 for turn in talk.utterances]
    return [int(turn.speaker.removeprefix("Speaker ")) for turn in talk.utterances]


def _check_all(talks: list[Conversation], corpus: str) -> dict[str, int]:
    """Compares every prompt, and returns how many there are of each task."""
    wording, labels = own_wording(corpus), LABELS[corpus]
    counts = dict.fromkeys(TASKS, 0)
    for talk in talks:
        numbers, texts = _numbers(talk, corpus), [turn.text for turn in talk.utterances]
        for task, turn, prompt in prompts_of(talk, wording, labels):
            expected = authors_prompt(task, numbers, texts, turn, ", ".join(labels.names), wording.cast)
            assert prompt == expected, (talk.id, turn, task)
            counts[task] += 1
    return counts


def _pickled(talks: dict[str, list[Conversation]], names: tuple[str, ...], folder: Path, file: str) -> None:
    """Writes COSMIC's pickle: speakers as lists with a single 1, by the place of the name in the sorted cast.

    Sorted, not by appearance: a number must come from the file and from nowhere else.
    """
    speakers, labels, texts, ids = {}, {}, {}, []
    aliases = LABELS["meld" if "meld" in file else "emorynlp"]
    for split in ("train", "test", "dev"):
        ids.append([talk.id for talk in talks[split]])
        for talk in talks[split]:
            cast = sorted(talk.cast)
            speakers[talk.id] = [
                [int(place == cast.index(turn.speaker)) for place in range(9)] for turn in talk.utterances
            ]
            labels[talk.id] = [names.index(str(aliases.resolve(str(turn.emotion)))) for turn in talk.utterances]
            texts[talk.id] = [turn.text for turn in talk.utterances]
    between = [labels] if "meld" in file else []
    (folder / file).write_bytes(pickle.dumps([speakers, labels, *between, texts, *ids]))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("corpus", "source", "n_utterances", "n_first"),
    [("meld", "meld", 2610, 280), ("emorynlp", "emorynlp/subset", 984, 79)],
)
def test_every_test_prompt_of_the_pickles(real_corpus, tmp_path, corpus, source, n_utterances, n_first):
    reader = "meld" if corpus == "meld" else "emorynlp-csv"
    folder = real_corpus(source)
    talks = {split: load_corpus(reader, folder, split) for split in ("train", "dev", "test")}
    _pickled(talks, LABELS[corpus].names, tmp_path, f"{corpus}.pkl")
    read = load_corpus(f"{corpus}-cosmic", tmp_path, "test")
    assert _check_all(read, corpus) == {
        EMOTION_RECOGNITION: n_utterances,
        # The release asks to predict a first utterance too, and then writes its recognition prompt once more.
        EMOTION_PREDICTION: n_utterances - n_first,
        SPEAKER_IDENTIFICATION: n_utterances,
    }


def test_iemocap_numbers_its_speakers_by_the_list_and_a_character_is_kept():
    talk = Conversation(
        "test/Ses05F_impro01",
        [
            Utterance("Ses05_F", "Wait\x85 what?", "sad"),
            Utterance("Ses05_M", "Nothing.", "neutral"),
            Utterance("Ses05_F", "Go on.", "angry"),
        ],
    )
    counts = _check_all([talk] * 2, "iemocap")
    assert counts == {EMOTION_RECOGNITION: 6, EMOTION_PREDICTION: 4, SPEAKER_IDENTIFICATION: 6}
    prompts = {
        (task, turn): prompt for task, turn, prompt in prompts_of(talk, own_wording("iemocap"), LABELS["iemocap"])
    }
    assert 'Speaker_1:"Wait\x85 what?"\t Speaker_0:"Nothing."' in prompts[EMOTION_RECOGNITION, 1]
    assert prompts[EMOTION_PREDICTION, 1].endswith(
        "###Next comes <0>. Which feeling of <happy, sad, neutral, angry, excited, frustrated> will <0> have:"
    )


AUTHORS = os.environ.get("INSTRUCTERC_AUTHORS_WORDING")


@pytest.mark.skipif(AUTHORS is None, reason="INSTRUCTERC_AUTHORS_WORDING names no wording with the authors' sentences")
@pytest.mark.parametrize("corpus", ["meld", "emorynlp"])
def test_digests_of_the_authors_own_prompts(real_corpus, tmp_path, corpus):
    base = load_wording(str(AUTHORS)).to_data()
    wording = wording_from_data({**base, **CORPORA[corpus], "kept_characters": "\x85"}, "authors")
    known = json.loads(Path(__file__).with_name("authors_prompts.json").read_text(encoding="utf-8"))[corpus]
    reader, source = ("meld", "meld") if corpus == "meld" else ("emorynlp-csv", "emorynlp/subset")
    folder = real_corpus(source)
    talks = {split: load_corpus(reader, folder, split) for split in ("train", "dev", "test")}
    _pickled(talks, LABELS[corpus].names, tmp_path, f"{corpus}.pkl")
    digests = {task: hashlib.sha256() for task in TASKS}
    for talk in load_corpus(f"{corpus}-cosmic", tmp_path, "test"):
        for task, _, prompt in prompts_of(talk, wording, LABELS[corpus]):
            digests[task].update(hashlib.sha256(prompt.encode()).digest())
    assert {task: one.hexdigest() for task, one in digests.items()} == known
