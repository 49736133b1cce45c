"""`prompt show` and `prompt list`: the exact text, its lengths, and the rows that it is packed into."""

from __future__ import annotations

import io
import json
import re
import shlex
import shutil
import subprocess
import sys
from functools import cache

import pytest
import yaml

from instructerc.cli.prompts.prompt import EPILOG, LIST_EPILOG, TASK_EPILOG
from instructerc.conversation import Conversation, Utterance
from instructerc.experiments.tables import recipes_folder
from instructerc.labels import load_label_set
from instructerc.prompts import MIN_HISTORY, TASKS, TreeBuilder, load_wording, wording_versions

ROWS = [
    {"conversation": "c1", "speaker": "Ann", "text": "The ferry leaves at six.", "emotion": "neutral"},
    {"conversation": "c1", "speaker": "Bo", "text": 'You said "seven" {text}!', "emotion": "surprise"},
    {"conversation": "c2", "speaker": "Cy", "text": "Mind the rope!", "emotion": "fear"},
    {"conversation": "c2", "speaker": "Di", "text": "Which one?", "emotion": "neutral", "note": "absent-minded"},
    {"conversation": "c2", "speaker": "Cy", "text": "Too late.", "emotion": "anger"},
]
CHATS = "".join(json.dumps(row) + "\n" for row in ROWS)
C2 = Conversation(
    "c2",
    [Utterance(row["speaker"], row["text"], row["emotion"], note=row.get("note")) for row in ROWS[2:]],
)


@pytest.fixture(scope="session")
def llm_tokenizer(tmp_path_factory):
    """Folder of a byte-level BPE tokenizer as language models have it, with a start and an end token."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320,
        special_tokens=["<s>", "</s>"],
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
        show_progress=False,
    )
    tokenizer.train_from_iterator([row["text"] for row in ROWS], trainer)
    tokenizer.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 0)])
    folder = tmp_path_factory.mktemp("llm-tokenizer")
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, bos_token="<s>", eos_token="</s>").save_pretrained(folder)
    return folder


@pytest.fixture
def show(run, write):
    """Returns a function that shows prompts of the chats as JSON, and gives them as data."""
    write(CHATS, "chats.jsonl")

    def as_data(*arguments):
        result = run("prompt", "show", "chats.jsonl", *arguments, "--format", "json")
        assert (result.exit_code, result.stderr) == (0, "")
        return json.loads(result.stdout)

    return as_data


def _tree(version="compact-1"):
    return TreeBuilder(load_wording(version), load_label_set("meld"), dict.fromkeys(TASKS, 1.0)).build(C2)


def test_golden_flat_prompts(run, write, assert_golden):
    arguments = ["--conversation", "c2", "--turn", "3", "--task", "all", "--wording", "paper-1"]
    result = run("prompt", "show", write(CHATS), *arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    assert_golden("prompt_flat.txt", result.stdout)


def test_golden_packed_rows(run, write, assert_golden):
    arguments = ["--conversation", "c2", "--packed", "--task", "all", "--labels", "fear,anger,neutral"]
    result = run("prompt", "show", write(CHATS), *arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    assert_golden("prompt_packed.txt", result.stdout)


def test_by_default_the_first_conversation_and_its_last_turn(show):
    data = show()
    assert {key: data[key] for key in data if key != "prompts"} == {
        **{"corpus": None, "split": None, "file": "chats.jsonl", "conversation": "c1", "n_turns": 2, "turn": 2},
        **{"wording": "compact-1", "label_set": "meld", "history": "trunk", "window": MIN_HISTORY},
        **{"tokenizer": None, "max_tokens": None, "unit": "characters"},
    }
    [prompt] = data["prompts"]
    assert (prompt["task"], prompt["history_turns"], prompt["shortened"]) == ("emotion_recognition", 1, [])
    assert prompt["prompt"].endswith('Bo: You said "seven" {text}!\nBo feels')
    assert prompt["length"] == len(prompt["prompt"])
    assert [option["text"] for option in prompt["options"] if option["gold"]] == [" surprise"]
    assert [option["length"] for option in prompt["options"]] == [len(option["text"]) for option in prompt["options"]]


@pytest.mark.parametrize("version", ["compact-1", "paper-1"])
def test_every_prompt_is_the_one_that_the_library_builds(show, version):
    tree = _tree(version)
    shown = {}
    for turn in (1, 2, 3):
        for task in TASKS if turn > 1 else (TASKS[0], TASKS[2]):
            arguments = ["--conversation", "c2", "--turn", str(turn), "--task", task, "--wording", version]
            [prompt] = show(*arguments)["prompts"]
            shown[prompt["task"], turn - 1] = prompt["prompt"], tuple(item["text"] for item in prompt["options"])
    assert shown == {(item.task, item.utterance): (tree.flatten(item), item.options) for item in tree.questions}


def test_a_window_shows_exactly_its_turns(show):
    [prompt] = show("--conversation", "c2", "--history", "window", "--window", "1")["prompts"]
    assert "rope" not in prompt["prompt"]
    assert "Di: Which one? (absent-minded)\nCy: Too late.\n" in prompt["prompt"]
    assert prompt["history_turns"] == 1


def test_the_text_is_exact_and_never_wrapped(run, write):
    text = "\x1b[1m long\t{speaker} " + "word " * 60
    row = json.dumps({"speaker": "Ann", "text": text})
    result = run("prompt", "show", write(f"{row}\n"), columns=40)
    assert f"\nAnn: {text}\nAnn feels\n--- options" in result.stdout
    # The escape of the text is the only one.
    assert result.stdout.count("\x1b") == 1


def test_on_a_terminal_nothing_in_a_text_steers_it(monkeypatch):
    from instructerc.cli.prompts.views import print_text

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("TERM", "dumb")
    prompt = {"task": "t", "prompt": "a\x1b[2Jb\u202ec\td\ne", "length": 9, "options": [], "shortened": []}
    prompt["options"] = [{"text": " \x07x", "length": 2, "gold": True}]
    print_text(
        {"corpus": None, "file": "f\x1b", "conversation": "i\x1b", "n_turns": 1, "turn": 1, "unit": "tokens"}
        | {"wording": "w", "label_set": "l", "history": "trunk", "window": 1, "tokenizer": "t", "max_tokens": 9}
        | {"prompts": [prompt]}
    )
    shown = terminal.getvalue()
    assert "a\\u001b[2Jb\\u202ec\td\ne\n" in shown
    assert '" \\u0007x"    2  gold\n' in shown
    assert not set(shown) & set("\x1b\x07\u202e")


@pytest.mark.parametrize("history", [["--history", "window", "--window", "1"], []])
@pytest.mark.parametrize("version", ["compact-1", "paper-1"])
def test_what_a_segment_sees_is_its_flat_prompt(show, version, history):
    data = show("--conversation", "c2", "--packed", "--task", "all", "--wording", version, *history)
    [row] = data["rows"]
    segments = {segment["segment"]: segment for segment in row["segments"]}
    n_seen = n_flat = 0

    @cache
    def flat(turn, task):
        [prompt] = show("--conversation", "c2", "--turn", turn, "--task", task, "--wording", version, *history)[
            "prompts"
        ]
        return prompt

    for segment in segments.values():
        read = [*(segments[number] for number in segment["sees"]), segment]
        spans = [tuple(one["positions"]) for one in read]
        assert [begin for begin, _ in spans] == [0, *(end for _, end in spans[:-1])]
        assert all(one["tokens"][1] - one["tokens"][0] == len(one["text"]) for one in read)
        if segment["kind"] == "option":
            prompt = flat(str(segment["turn"]), segment["task"])
            assert "".join(one["text"] for one in read) == prompt["prompt"] + segment["text"]
            option = next(option for option in prompt["options"] if option["text"] == segment["text"])
            assert option["gold"] == segment["gold"]
            n_seen += 1
            n_flat += option["length"] + (prompt["length"] if option == prompt["options"][0] else 0)
    assert n_seen == 3 * 7 + 2 * 7 + 3 * 2
    assert (row["length"], data["n_flat"]) == (data["n_packed"], n_flat)
    assert row["length"] == sum(len(segment["text"]) for segment in segments.values())


def test_lengths_in_tokens(show, llm_tokenizer):
    from transformers import AutoTokenizer

    data = show("--conversation", "c2", "--tokenizer", str(llm_tokenizer), "--max-tokens", "300")
    assert (data["tokenizer"], data["max_tokens"], data["unit"]) == (str(llm_tokenizer), 300, "tokens")
    [prompt] = data["prompts"]
    tokenizer = AutoTokenizer.from_pretrained(llm_tokenizer)

    def count(text):
        return len(tokenizer(text, add_special_tokens=False)["input_ids"])

    tree = _tree()
    pieces = [segment.text for segment in tree.trunk] + ["Cy feels"]
    assert prompt["prompt"] == "".join(pieces)
    # A start token, then piece by piece; every option has an end token.
    assert prompt["length"] == 1 + sum(map(count, pieces))
    assert [option["length"] for option in prompt["options"]] == [
        count(option["text"]) + 1 for option in prompt["options"]
    ]


def test_packed_rows_in_tokens_are_those_of_the_backbone(show, llm_tokenizer):
    from transformers import AutoTokenizer

    from instructerc.backbones.language_models.tokenizer import PromptTokenizer
    from instructerc.prompts.rows import pack_row

    data = show("--conversation", "c2", "--packed", "--task", "all", "--tokenizer", str(llm_tokenizer))
    row = pack_row([PromptTokenizer(AutoTokenizer.from_pretrained(llm_tokenizer), 1024).tokenise(_tree())])
    sees = row.visibility()
    segments = data["rows"][0]["segments"]
    assert [segment["segment"] for segment in segments] == sorted(set(row.segment_ids.tolist()))
    for segment in segments:
        (begin, end), (first, last) = segment["tokens"], segment["positions"]
        assert set(row.segment_ids[begin:end].tolist()) == {segment["segment"]}
        assert row.position_ids[begin:end].tolist() == list(range(first, last))
        assert {*segment["sees"], segment["segment"]} == set(row.segment_ids[sees[end - 1]].tolist())
    assert data["n_packed"] == len(row) < data["n_flat"]


def test_a_conversation_longer_than_the_window_is_cut_as_for_the_model(run, write, llm_tokenizer):
    rows = [json.dumps({"speaker": "Ann", "text": f"The ferry leaves at {turn}."}) for turn in range(30)]
    write("\n".join(rows))
    base = ["prompt", "show", "talk.jsonl", "--tokenizer", llm_tokenizer, "--max-tokens", "200", "--labels", "good,bad"]
    data = json.loads(run(*base, "--format", "json").stdout)
    [prompt] = data["prompts"]
    assert 0 < prompt["history_turns"] < 29
    assert prompt["length"] + max(option["length"] for option in prompt["options"]) <= 200
    assert " of 200 tokens ---\n" in run(*base).stdout
    packed = json.loads(run(*base, "--packed", "--format", "json").stdout)
    assert len(packed["rows"]) > 1
    asked = [one["turn"] for row in packed["rows"] for one in row["segments"] if one["kind"] == "question"]
    assert sorted(asked) == list(range(1, 31))
    assert run(*base, "--packed").stdout.count("\nrow ") == len(packed["rows"])


def test_what_the_model_reads_cut_is_said(run, write, llm_tokenizer):
    long = "rope " * 150
    write(json.dumps({"speaker": "Ann", "text": long}))
    base = ["prompt", "show", "talk.jsonl", "--tokenizer", llm_tokenizer, "--max-tokens", "256", "--labels", "good,bad"]
    [prompt] = json.loads(run(*base, "--format", "json").stdout)["prompts"]
    assert prompt["shortened"] == [f"Ann: {long}\n"]
    assert prompt["prompt"].endswith(f"Ann: {long}\nAnn feels")
    assert 'too long for one piece, so the model reads it cut: "Ann: rope rope' in run(*base).stdout


def test_an_utterance_that_does_not_fit(run, write, llm_tokenizer):
    write(CHATS)
    result = run("prompt", "show", "talk.jsonl", "--tokenizer", llm_tokenizer, "--max-tokens", "16")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("error: an utterance and its question take ")


def test_a_tokenizer_without_its_packages(run, write, monkeypatch):
    monkeypatch.delitem(sys.modules, "instructerc.backbones.base_models.hub", raising=False)
    monkeypatch.setitem(sys.modules, "transformers", None)
    result = run("prompt", "show", write(CHATS), "--tokenizer", "any")
    line = "error: --tokenizer requires packages that are not installed: pip install 'instructerc[train]'\n"
    assert (result.exit_code, result.stdout, result.stderr) == (2, "", line)
    assert run("prompt", "show", "talk.jsonl").exit_code == 0


def test_a_corpus_and_its_own_labels(run, tiny_meld):
    arguments = ["prompt", "show", "--corpus", "meld", "--path", tiny_meld, "--format", "json"]
    data = json.loads(run(*arguments).stdout)
    assert (data["corpus"], data["split"], data["file"]) == ("meld", "train", None)
    assert (data["conversation"], data["label_set"]) == ("train/0", "meld")
    data = json.loads(run(*arguments, "--split", "dev", "--conversation", "dev/3", "--labels", "ekman").stdout)
    assert (data["conversation"], data["label_set"]) == ("dev/3", "ekman")
    shown = run(*arguments[:-2], "--split", "test").stdout
    assert shown.startswith('meld, test split, conversation "test/0", turn 4 of 4\n')


def test_gold_labels_of_another_set_are_told_and_not_marked(run, write):
    result = run("prompt", "show", write(CHATS), "--labels", "glad,surprise,sad", "--format", "json")
    assert result.exit_code == 0
    assert result.stderr.startswith("note: label 'neutral' is not in label set 'custom': glad, surprise, sad; gold opt")
    assert not any(option["gold"] for option in json.loads(result.stdout)["prompts"][0]["options"])


def test_standard_input_and_columns(run):
    table = "who,words,how\nAnn,Hi,softly\n"
    result = run(
        *("prompt", "show", "-", "--speaker-column", "who", "--text-column", "words", "--note-column", "how"),
        stdin=table,
    )
    assert "\nAnn: Hi (softly)\nAnn feels\n" in result.stdout


def test_a_file_is_read_no_further_than_needed(run, write):
    write(CHATS + "{}\n")
    assert run("prompt", "show", "talk.jsonl", "--conversation", "c1").exit_code == 0
    result = run("prompt", "show", "talk.jsonl", "--conversation", "c22", "--skip-bad")
    assert result.stderr.startswith("skipped 1 invalid row(s):\ntalk.jsonl:6: ")
    assert result.stderr.endswith(
        "error: talk.jsonl: no conversation 'c22' (did you mean 'c2'?); there are 2: 'c1', 'c2'\n"
    )


def test_a_joint_is_shown_and_told(run, write):
    result = run("prompt", "show", write(CHATS), "--wording", "encoder-1")
    assert "\nAnn: The ferry leaves at six.\nBo: You said" in result.stdout
    assert result.stderr == (
        "note: wording encoder-1 shows '\\n' between its pieces; it is not counted, since a language model does not "
        "read it\n"
    )


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        ([], "give either FILE, or --corpus NAME with --path DIR"),
        (["chats.jsonl", "--turn", "3"], "conversation 'c1' has no turn 3; give one from 1 to 2"),
        (["chats.jsonl", "--turn", "0"], "Invalid value for '--turn': 0 is not in the range x>=1"),
        (
            ["chats.jsonl", "--conversation", "c22"],
            "chats.jsonl: no conversation 'c22' (did you mean 'c2'?); there are",
        ),
        (["chats.jsonl", "--packed", "--turn", "1"], "--packed shows the whole conversation; leave out --turn"),
        (["chats.jsonl", "--wording", "papre-1"], "prompt version 'papre-1' is not in this installation"),
        (["chats.jsonl", "--wording", "gone.yaml"], "wording gone.yaml: no such file or directory"),
        (["chats.jsonl", "--labels", "mled"], "no label set 'mled' (did you mean 'meld'?): give one of "),
        (["chats.jsonl", "--task", "emotion"], "Invalid value for '--task': 'emotion' is not one of"),
        (["gone.jsonl"], "gone.jsonl: no such file"),
        (
            ["chats.jsonl", "--task", "emotion_prediction", "--turn", "1"],
            "emotion_prediction asks nothing about turn 1: it sees no earlier turn to predict it from; choose a",
        ),
        (
            ["alone.txt", "--task", "speaker_identification"],
            "speaker_identification asks nothing about turn 1: the conversation has only one speaker, so there is "
            "nothing to choose",
        ),
        (
            ["alone.txt", "--task", "speaker_identification", "--packed"],
            "this task asks nothing about this conversation; --task all has every question",
        ),
    ],
)
def test_errors_say_what_there_is(run, write, arguments, line):
    write(CHATS, "chats.jsonl")
    write("Ann: hi\n", "alone.txt")
    result = run("prompt", "show", *arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"error: {line}")
    assert result.stderr.count("\n") == 1


def test_list_has_a_line_for_each_wording(run):
    lines = run("prompt", "list").stdout.splitlines()
    assert tuple(line.split()[0] for line in lines) == wording_versions()
    assert all(re.fullmatch(r"\S+ +For [^#]+\.", line) for line in lines)


def _examples(epilog):
    return [line.strip() for line in epilog.splitlines() if line.strip().startswith("instructerc ")]


@pytest.mark.parametrize("command", _examples(EPILOG) + _examples(TASK_EPILOG) + _examples(LIST_EPILOG))
def test_every_example_of_the_help_runs(run, write, tmp_path, tiny_meld, llm_tokenizer, command):
    write(CHATS, "chats.jsonl")
    shutil.copytree(tiny_meld, tmp_path / "data" / "meld")
    shutil.copytree(llm_tokenizer, tmp_path / "my-model" / "tokenizer")
    shutil.copytree(recipes_folder(), tmp_path / "recipes")
    wording = load_wording("compact-1").to_data() | {"version": "mine", "instruction": "Some talk.\n"}
    write(yaml.safe_dump(wording), "my-wording.yaml")
    result = run(*shlex.split(command)[1:])
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout


@pytest.mark.parametrize("command", [["prompt"], ["prompt", "show"], ["prompt", "task"], ["prompt", "list"]])
def test_help_names_only_options_that_there_are(run, command):
    result = run(*command, "--help")
    assert result.exit_code == 0
    assert result.stdout.startswith(f"Usage: {' '.join(['instructerc', *command])} ")
    if len(command) > 1:
        shown, shown_examples = result.stdout.split("\n  Examples:\n")
        assert set(re.findall(r"--[a-z-]+", shown_examples)) <= set(re.findall(r"--[a-z-]+", shown))


def test_help_is_light():
    script = (
        "import sys\nfrom instructerc.cli.main import main\n"
        "sys.argv = ['instructerc', 'prompt', 'show', '--help']\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "loaded = {name.split('.')[0] for name in sys.modules}\n"
        "assert not loaded & {'torch', 'transformers', 'numpy', 'rich', 'yaml'}, loaded\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")
