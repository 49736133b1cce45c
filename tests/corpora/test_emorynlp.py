"""EmoryNLP, both releases: invented scenes in their layouts, and the original files where they are present."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from instructerc.conversation import Conversation, Utterance
from instructerc.corpora import corpus_stats, load_corpus
from instructerc.errors import BadRow, InputError
from instructerc.formats import ReadReport
from instructerc.labels import load_label_set

HEADER = "Utterance,Speaker,Emotion,Scene_ID,Utterance_ID,Season,Episode,Start_Time,End_Time\n"
ROWS = (
    '"The kettle, again?","[\'Ann Oak\']",Mad,1,1,2,3,00:00:02.500,00:00:03.000\n'
    "Surprise!,\"['Bo Elm', 'Cy Ash']\",Joyful,1,4,2,3,00:00:01.250,00:00:04.000\n"
    'Who\'s there?,"[""Di O\'Fir""]",Scared,1,1,2,4,00:00:02.500,00:00:03.000\n'
)
TALKS = [
    Conversation(
        "dev/s02_e03_c01",
        [Utterance("Ann Oak", "The kettle, again?", "Mad"), Utterance("Bo Elm and Cy Ash", "Surprise!", "Joyful")],
    ),
    Conversation("dev/s02_e04_c01", [Utterance("Di O'Fir", "Who's there?", "Scared")]),
]


def _said(id: str, speakers: Any, transcript: Any, emotion: Any) -> dict[str, Any]:
    return {"utterance_id": id, "speakers": speakers, "transcript": transcript, "tokens": [], "emotion": emotion}


def _document() -> dict[str, Any]:
    first = [
        _said("s02_e03_c01_u001", ["Ann Oak"], "The kettle, again?", "Mad"),
        _said("s02_e03_c01_u004", ["Bo Elm", "Cy Ash"], "Surprise!", "Joyful"),
    ]
    second = [_said("s02_e04_c01_u001", ["Di O'Fir"], "Who's there?", "Scared")]
    return {
        "season_id": "dev",
        "episodes": [
            {"episode_id": "s02_e03", "scenes": [{"scene_id": "s02_e03_c01", "utterances": first}]},
            {"episode_id": "s02_e04", "scenes": [{"scene_id": "s02_e04_c01", "utterances": second}]},
        ],
    }


@pytest.fixture
def load(tmp_path: Path) -> Callable[..., list[Conversation]]:
    """Returns a function that loads a development split from a JSON document or from CSV text."""

    def load_content(content: Any, report: ReadReport | None = None) -> list[Conversation]:
        if isinstance(content, str):
            (tmp_path / "emorynlp_dev_final.csv").write_text(content, encoding="utf-8", newline="")
            return load_corpus("emorynlp-csv", tmp_path, "dev", report)
        (tmp_path / "emotion-detection-dev.json").write_text(json.dumps(content, indent=1), encoding="utf-8")
        return load_corpus("emorynlp", tmp_path, "dev", report)

    return load_content


def test_both_releases_give_the_same_scenes(load: Callable[..., list[Conversation]]) -> None:
    report = ReadReport()
    assert load(_document(), report) == TALKS
    timed = load(HEADER + ROWS, report)
    assert [(talk.id, talk.cast) for talk in timed] == [(talk.id, talk.cast) for talk in TALKS]
    assert [(u.text, u.emotion) for talk in timed for u in talk.utterances] == [
        (u.text, u.emotion) for talk in TALKS for u in talk.utterances
    ]
    assert (timed[0].utterances[1].start, timed[0].utterances[1].end) == (1.25, 4.0)
    assert report == ReadReport()


def test_nobody_is_named_and_counted_and_an_empty_scene_is_none(load: Callable[..., list[Conversation]]) -> None:
    document = _document()
    document["episodes"][0]["scenes"][0]["utterances"][0]["speakers"] = []
    document["episodes"][1]["scenes"][0]["utterances"] = []
    report = ReadReport()
    [talk] = load(document, report)
    assert talk.cast == ("Speaker", "Bo Elm and Cy Ash")
    assert report.notes[0].endswith("speaker missing in 1 row(s): named 'Speaker'")
    report = ReadReport()
    [talk] = load(HEADER + "Hi,[],Mad,1,1,2,3,,\n", report)
    assert talk.utterances == (Utterance("Speaker", "Hi", "Mad"),)
    assert report.notes[0].endswith("speaker missing in 1 row(s): named 'Speaker'")


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("speakers", "Ann", "dev.json: scene s02_e03_c01, utterance 2: 'speakers' must be a list, got 'Ann'"),
        ("speakers", [3], r"utterance 2: 'speakers' must be a list of names, got \[3\]"),
        ("transcript", None, "utterance 2: 'transcript' must be text, got None"),
        ("transcript", "a\0b", "utterance 2: text contains a NUL character"),
        ("transcript", "\ud83d", "utterance 2: text contains half of a surrogate pair"),
        ("emotion", ["Mad"], r"utterance 2: 'emotion' must be text, got \['Mad'\]; give EmoryNLP's own file"),
    ],
)
def test_a_wrong_utterance_of_the_json_is_named(
    load: Callable[..., list[Conversation]], key: str, value: Any, said: str
) -> None:
    document = _document()
    document["episodes"][0]["scenes"][0]["utterances"][1][key] = value
    with pytest.raises(InputError, match=said):
        load(document)


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ([], "dev.json: 'episodes' must be a list, got None"),
        ({"episodes": [{"scenes": None}]}, "'scenes' must be a list"),
        ({"episodes": [{"scenes": [{"scene_id": 1}]}]}, "'scene_id' must be text, got 1"),
        ({"episodes": [{"scenes": [{"scene_id": "a"}]}]}, "scene a: 'utterances' must be a list"),
        ({"episodes": []}, "contains no utterance"),
        ({"episodes": _document()["episodes"] * 2}, "scene 's02_e03_c01' occurs twice"),
    ],
)
def test_another_layout_is_refused(load: Callable[..., list[Conversation]], document: Any, said: str) -> None:
    with pytest.raises(InputError, match=said):
        load(document)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"episodes": [\n}', r"dev\.json: not JSON at line 2, column 1"),
        ("[" * 100_000, r"dev\.json: not usable JSON"),
        ("", r"dev\.json: is empty"),
    ],
)
def test_what_is_no_json_is_refused(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "emotion-detection-dev.json").write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match=said):
        load_corpus("emorynlp", tmp_path, "dev")


@pytest.mark.parametrize(
    "cell",
    ["Ann", "['Ann'", "{'Ann': 1}", "[3]", "__import__('os').getcwd()", "[open]", "(" * 900, "['" + "a" * 1000 + "']"],
)
def test_speakers_that_are_no_list_of_names_are_a_wrong_row(load: Callable[..., list[Conversation]], cell: str) -> None:
    with pytest.raises(BadRow, match=r"final\.csv:5: Speaker must be a list such as \['Ann', 'Bo'\], got "):
        load(HEADER + ROWS + f'Hi,"{cell}",Mad,2,1,2,4,,\n')


def test_other_wrong_rows_and_files(load: Callable[..., list[Conversation]], tmp_path: Path) -> None:
    with pytest.raises(BadRow, match=r":5: Season, Episode and Scene_ID must be whole numbers, got \['2', '-4', '1'\]"):
        load(HEADER + ROWS + "Hi,['Ann'],Mad,1,1,2,-4,,\n")
    with pytest.raises(BadRow, match=r":5: scene s02_e03_c01 occurs again; it began in line 2"):
        load(HEADER + ROWS + "Hi,['Ann'],Mad,1,9,2,3,,\n")
    with pytest.raises(InputError, match="is not an EmoryNLP file: no column Scene_ID, Season, Episode; the header"):
        load("Utterance,Speaker,Emotion\nHi,['Ann'],Mad\n")
    with pytest.raises(InputError, match=r"emotion-detection-tst\.json: no such file.* emorynlp-csv for the CSV"):
        load_corpus("emorynlp", tmp_path, "test")
    with pytest.raises(InputError, match=r"emorynlp_test_final\.csv: no such file.* emorynlp for the official JSON"):
        load_corpus("emorynlp-csv", tmp_path, "test")


ORIGINALS = [
    ("emorynlp", "full", "train", 713, 9934, 3034),
    ("emorynlp", "full", "dev", 99, 1344, 393),
    ("emorynlp", "full", "test", 85, 1328, 349),
    ("emorynlp-csv", "subset", "train", 659, 7551, 2485),
    ("emorynlp-csv", "subset", "dev", 89, 954, 322),
    ("emorynlp-csv", "subset", "test", 79, 984, 288),
]


@pytest.mark.parametrize(("name", "folder", "split", "n_scenes", "n_utterances", "n_neutral"), ORIGINALS)
def test_original_counts(
    emorynlp_folder: Path, name: str, folder: str, split: str, n_scenes: int, n_utterances: int, n_neutral: int
) -> None:
    report = ReadReport()
    conversations = load_corpus(name, emorynlp_folder / folder, split, report)
    stats = corpus_stats(conversations)
    assert (stats.n_conversations, stats.n_utterances) == (n_scenes, n_utterances)
    assert stats.label_counts["Neutral"] == n_neutral
    assert stats.n_unlabelled == 0
    assert report == ReadReport()
    labels = load_label_set("emorynlp")
    assert {labels.resolve(label) for label in stats.label_counts} == set(labels.names)
    assert not any("[" in utterance.speaker for talk in conversations for utterance in talk.utterances)


def test_original_scenes_of_the_csv_are_those_of_the_json(emorynlp_folder: Path) -> None:
    full = {talk.id: talk for talk in load_corpus("emorynlp", emorynlp_folder / "full", "test")}
    part = load_corpus("emorynlp-csv", emorynlp_folder / "subset", "test")
    assert {talk.id for talk in part} < set(full)
    joint = {name for talk in part for name in talk.cast if " and " in name}
    assert len(joint) > 1
    assert joint <= {name for talk in full.values() for name in talk.cast}
