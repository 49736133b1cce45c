"""`adapt`: what it prints and writes, and the folder in the hands of the other commands."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from instructerc.backbones.settings import read_settings
from instructerc.evaluation import Comparison, evaluate_predictions
from instructerc.recognition import adapt as module

EXPECTED = """\
100 labelled turns of 20 conversations: calm 33, thrilled 33, worried 34
held out, percent                                  
┏━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━┓
┃                   ┃ adapted ┃ label names alone ┃
┡━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━┩
│ weighted F1       │    75.0 │              50.0 │
│ macro F1          │    77.8 │              44.4 │
│ accuracy          │    75.0 │              50.0 │
│ calibration error │     5.0 │              20.0 │
└───────────────────┴─────────┴───────────────────┘
gain in weighted F1: +25.0 points (95 % interval -1.0 to +40.0)
saved: instructerc recognize FILE --model mine
"""
NO_GAIN = "note: no gain over the label names alone was measured: the interval of the gain includes 0; label more\n"


@pytest.fixture
def labelled_file(labelled, write):
    """A file of the labelled conversations, a line each."""
    keys = ("speaker", "text", "emotion")
    talks = [
        {"id": talk.id, "utterances": [{key: getattr(turn, key) for key in keys} for turn in talk.utterances]}
        for talk in labelled
    ]
    return write("\n".join(map(json.dumps, talks)), "labelled.jsonl")


@pytest.fixture
def known_figures(monkeypatch):
    """Gives every adaptation figures that no machine changes."""

    def known(labels, answers, confidence):
        rest = (1 - confidence) / 2
        rows = [[confidence if name == answer else rest for name in labels.names] for answer in answers]
        gold = [["calm", "calm", "thrilled", "worried"]]
        return evaluate_predictions(gold, [answers], labels, probabilities=rows)

    def adapt(*arguments, **options):
        found = real(*arguments, **options)
        labels = found.recognizer.label_set
        return replace(
            found,
            evaluation=known(labels, ["calm", "thrilled", "thrilled", "worried"], 0.7),
            names=known(labels, ["calm", "thrilled", "worried", "worried"], 0.7),
            gain=Comparison(0.25, (-0.01, 0.4), 0.06),
        )

    real = module.adapt
    monkeypatch.setattr(module, "adapt", adapt)


def test_the_table_the_notes_and_the_folder(run, labelled_file, embedded_folder, known_figures, tmp_path):
    result = run("adapt", labelled_file, "--output", "mine", "--model", embedded_folder, "--threads", 1)
    assert (result.exit_code, result.stdout, result.stderr) == (0, EXPECTED, NO_GAIN)
    assert read_settings(tmp_path / "mine").base["model"] == str(embedded_folder)


def test_a_model_by_name_is_adapted_and_the_folder_has_its_name(run, labelled_file, multilingual_package, tmp_path):
    for name in ("small", "multilingual"):
        result = run("adapt", labelled_file, "-o", name, "--model", name, "--threads", 1, "--format", "json")
        assert json.loads(result.stdout)["base"] == read_settings(tmp_path / name).base["model"] == name
    # A folder of that name is there now, and is not what `auto` means.
    english = run("adapt", labelled_file, "-o", "auto", "--model", "auto", "--threads", 1, "--format", "json")
    assert json.loads(english.stdout)["base"] == "small"


def test_files_in_another_language_are_told(run, write, multilingual_package):
    words = {
        "sereno": "Va bene, ci vediamo domani alla stazione.",
        "teso": "Ho davvero tanta paura di quello che dici.",
    }
    rows = [
        json.dumps({"conversation": f"c{talk}", "speaker": "Anna", "text": text, "emotion": emotion})
        for talk in range(6)
        for emotion, text in words.items()
    ]
    result = run("adapt", write("\n".join(rows)), "-o", "mine", "--threads", 1)
    note, *_ = result.stderr.splitlines()
    assert note == "note: adapted multilingual, since conversations are not in English; --model small adapts the other"


def test_labels_in_any_language_are_answered_by_what_was_learnt(run, write, labelled_file, embedded_folder, tmp_path):
    content = (tmp_path / labelled_file).read_text(encoding="utf-8")
    for word, german in {"calm": "ruhig", "thrilled": "Freude", "worried": "besorgt"}.items():
        content = content.replace(f'"{word}"', f'"{german}"')
    run("adapt", write(content, "deutsch.jsonl"), "-o", "mine", "--model", embedded_folder, "--threads", 1)
    chat = write("Ann: this is wonderful hooray\n", "chat.txt")
    for flags, answer in ((), "Freude"), (("--labels", "besorgt,Freude"), "Freude"), (("--labels", "joy,calm"), "joy"):
        result = run("recognize", chat, "--model", "mine", *flags, "--format", "jsonl")
        assert json.loads(result.stdout)["emotion"] == answer
        assert json.loads(result.stdout)["probability"] > 0.9
        assert "note:" not in result.stderr


def test_json_has_fractions(run, labelled_file, embedded_folder, tmp_path):
    arguments = ("adapt", labelled_file, "-o", "mine", "--model", embedded_folder, "--threads", 1, "--format", "json")
    data = json.loads(run(*arguments).stdout)
    assert {key: data[key] for key in ("model", "n_turns", "n_conversations", "labels")} == {
        "model": "mine",
        "n_turns": 100,
        "n_conversations": 20,
        "labels": {"calm": 33, "thrilled": 33, "worried": 34},
    }
    assert data["held_out"]["weighted_f1"] > 0.95 > data["names_alone"]["weighted_f1"]
    low, high = data["gain"]["interval"]
    assert low < data["gain"]["weighted_f1"] < high


def test_the_folder_is_a_model_of_the_other_commands(run, write, labelled_file, embedded_folder):
    run("adapt", labelled_file, "-o", "mine", "--model", embedded_folder, "--threads", 1)
    data = json.loads(run("evaluate", labelled_file, "--model", "mine", "--format", "json").stdout)
    assert (data["label_set"], data["n_unlabelled"]) == ("adapted", 20)
    assert data["weighted_f1"] > 0.95
    chat = write("Ann: this is wonderful hooray\nBo: please no i am scared\n", "chat.txt")
    result = run("recognize", chat, "--model", "mine", "--format", "jsonl")
    assert [json.loads(line)["emotion"] for line in result.stdout.splitlines()] == ["thrilled", "worried"]
    assert result.stderr == "chat.txt: read as 'Speaker: text' lines (plain): 1 conversation, 2 speakers, 2 turns\n"


def test_labels_that_it_did_not_learn_are_said(run, write, labelled_file, embedded_folder):
    run("adapt", labelled_file, "-o", "mine", "--model", embedded_folder, "--threads", 1)
    chat = write("Ann: this is wonderful hooray\n", "chat.txt")
    read = "chat.txt: read as 'Speaker: text' lines (plain): 1 conversation, 1 speaker, 1 turn\n"
    result = run("recognize", chat, "--model", "mine", "--labels", "calm,cross", "--format", "csv")
    assert (result.exit_code, result.stderr) == (
        0,
        "note: mine was not adapted to 'cross', so all of these --labels are answered by their names alone; it was "
        f"adapted to calm, thrilled, worried\n{read}",
    )
    assert run("recognize", chat, "--model", "mine", "--labels", "worried,calm").stderr == read


def test_tasks_that_were_corrected_in_label_studio(run, write, labelled_file, embedded_folder, tmp_path):
    """A person goes through what `recognize` wrote, and its export is learnt: her labels, not the predictions."""
    run("recognize", labelled_file, "--model", embedded_folder, "--write", "label-studio", "--output", "tasks.json")
    tasks = json.loads((tmp_path / "tasks.json").read_text(encoding="utf-8"))
    words = {"this is wonderful hooray": "glad", "please no i am scared": "uneasy", "the bus leaves at nine": "calm"}
    for number, task in enumerate(tasks, start=1):
        [prediction] = task["predictions"]
        for result, turn in zip(prediction["result"], task["data"]["dialogue"], strict=True):
            corrected = result | {"value": result["value"] | {"paragraphlabels": [words[turn["text"]]]}}
            task.setdefault("annotations", [{"was_cancelled": False, "result": []}])[0]["result"].append(corrected)
        task["id"] = number
    write(json.dumps(tasks), "reviewed.json")
    result = run("adapt", "reviewed.json", "-o", "mine", "--model", embedded_folder, "--threads", 1)
    assert result.stdout.splitlines()[0] == "120 labelled turns of 20 conversations: calm 40, glad 40, uneasy 40"
    assert read_settings(tmp_path / "mine").label_set.names == ("calm", "glad", "uneasy")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("Ann: hm\nBo: so\n", "no turn has an emotion; give labelled conversations, or name their column with"),
        (
            '{"speaker": "Ann", "text": "hm", "emotion": "joy"}\n{"speaker": "Bo", "text": "so", "emotion": "joy"}',
            "every labelled turn is 'joy'; at least two different labels",
        ),
    ],
)
def test_nothing_to_learn_from(run, write, embedded_folder, tmp_path, content, message):
    name = write(content, "talk.jsonl" if content.startswith("{") else "talk.txt")
    result = run("adapt", name, "-o", "mine", "--model", embedded_folder)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"error: {message}")
    assert not (tmp_path / "mine").exists()


def test_a_folder_of_something_else_is_refused_before_anything_is_read(run, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("")
    result = run("adapt", "missing.jsonl", "-o", "mine")
    assert result.stderr == "error: mine already exists and is not an adapted model; choose another folder\n"
