"""What a prompt is shown of: a corpus, a recipe or a model says its labels, wording and demonstrations."""

from __future__ import annotations

import csv
import json
import pickle
import re

import yaml

TALK = "Ann: The ferry leaves at six.\nBo: Too late!\n"


def test_a_corpus_is_shown_with_its_own_labels(run, tmp_path):
    parts = [{"Ses01F_impro01": ["F", "M"]}, {"Ses01F_impro01": [1, 3]}, {"Ses01F_impro01": ["No.", "Yes!"]}]
    ids = [["Ses01F_impro01"], [], []]
    (tmp_path / "iemocap.pkl").write_bytes(pickle.dumps([*parts, *ids]))
    result = run("prompt", "show", "--corpus", "iemocap-cosmic", "--path", tmp_path, "--format", "json")
    data = json.loads(result.stdout)
    assert data["label_set"] == "iemocap"
    assert [option["text"] for option in data["prompts"][0]["options"] if option["gold"]] == [" angry"]


def test_a_recipe_is_shown_with_its_demonstrations(run, tiny_meld, tmp_path):
    # A demonstration with the words of its target is never shown, so no two turns may have the same ones.
    for file in tiny_meld.glob("*.csv"):
        with file.open(encoding="utf-8", newline="") as rows, (tmp_path / file.name).open("w", newline="") as copy:
            header, *turns = csv.reader(rows)
            words = header.index("Utterance")
            turns = [
                [*turn[:words], f"{turn[words]} {number}", *turn[words + 1 :]] for number, turn in enumerate(turns)
            ]
            csv.writer(copy).writerows([header, *turns])
    stage = {"name": "one", "corpora": [{"name": "meld", "path": str(tmp_path), "label_sets": ["meld"]}]}
    recipe = {
        "name": "tiny",
        "prompt": {"wording": "paper-1", "history": "window", "window": 2, "demonstrations": {"pairing": "same-label"}},
        "backbone": {"kind": "causal", "base": "some/base"},
        "stages": [stage],
    }
    (tmp_path / "r.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    source = ("--corpus", "meld", "--path", tmp_path, "--recipe", "r.yaml", "--turn", "2", "--format", "json")
    for split in ("train", "test"):
        data = json.loads(run("prompt", "show", "--split", split, *source).stdout)
        assert (data["wording"], data["history"], data["window"]) == ("paper-1", "window", 2)
        [prompt] = data["prompts"]
        shown = re.search(r"^<.*> is (\w+)\.$", prompt["prompt"], re.MULTILINE)
        assert shown, prompt["prompt"]
        [gold] = [option["text"].strip() for option in prompt["options"] if option["gold"]]
        if split == "train":
            # The paper's pairing, which a training prompt alone has.
            assert shown[1] == gold
    recipe |= {"prompt": {"history": "both"}, "backbone": {"kind": "encoder", "base": "some/base"}}
    (tmp_path / "both.yaml").write_text(yaml.safe_dump(recipe), encoding="utf-8")
    refused = run("prompt", "show", "--corpus", "meld", "--path", tmp_path, "--recipe", "both.yaml")
    assert (refused.exit_code, "with history `both`" in refused.stderr) == (2, True)
    other = run("prompt", "show", "--corpus", "emorynlp-csv", "--path", tiny_meld, "--recipe", "r.yaml")
    assert other.exit_code == 2


def test_a_model_is_shown_with_its_own_words(run, write, embedded_folder):
    data = json.loads(run("prompt", "show", write(TALK), "--model", embedded_folder, "--format", "json").stdout)
    assert (data["wording"], data["label_set"], data["history"]) == ("encoder-1", "meld", "trunk")


def test_a_model_says_itself_what_is_in_a_prompt(run, write, embedded_folder):
    result = run("prompt", "show", write(TALK), "--model", embedded_folder, "--wording", "paper-1", "--window", "3")
    assert (result.exit_code, result.stderr) == (
        2,
        "error: --model already determines the prompt; leave out --wording, --window\n",
    )
