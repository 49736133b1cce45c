"""A table is trained and tested once: again, after a stop, on several corpora at once, and without any training."""

from __future__ import annotations

import csv
import json
import time
from dataclasses import replace

import pytest

from instructerc.errors import InputError
from instructerc.evaluation.runs import read_run
from instructerc.experiments import reproduce as module
from instructerc.experiments.jobs import Wanted
from instructerc.experiments.reproduce import publish, reproduce
from instructerc.experiments.results import ResultsTable, read_rows, render_results
from instructerc.experiments.rows import correct_p
from instructerc.experiments.tables import load_table
from instructerc.recognition import Recognizer
from instructerc.recognition.runs import run_of
from instructerc.report.runs.figures import read_history

# PEFT asks transformers for it by a name that goes away with transformers 6.
pytestmark = pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated:FutureWarning")

SMALL = (
    *("backbone.dtype=float32", "backbone.max_tokens=512", "stages.0.precision=fp32", "stages.1.precision=fp32"),
    *("stages.0.epochs=1", "stages.1.epochs=1", "prompt.wording=compact-1"),
)
# What the words tell, in the label sets of MELD and of EmoryNLP.
OF_EMORYNLP = {"joy": "Joyful", "fear": "Scared", "anger": "Mad", "sadness": "Sad", "neutral": "Neutral"}


class Scorer:
    """Tests a model as the command line does, and notes how often."""

    def __init__(self):
        self.models = []

    def __call__(self, model, corpus, conversations, oracle=False):
        self.models.append(model)
        recognizer = Recognizer.from_pretrained(model)
        if oracle:
            recognizer.builder = replace(recognizer.builder, with_answers=True, same_label=True)
        answers = list(recognizer.recognize_many(conversations))
        return run_of(recognizer, conversations, answers, model=model, made_by="evaluate", corpus=corpus, split="test")


@pytest.fixture
def trainings(monkeypatch):
    """Names of the runs that were begun, and what can be told to stop before the n-th of them."""
    begun, train_recipe = [], module.train_recipe

    def noted(recipe, *arguments, **options):
        begun.append(recipe.name)
        if len(begun) == noted.stop_at:
            raise KeyboardInterrupt
        return train_recipe(recipe, *arguments, **options)

    noted.stop_at = None
    monkeypatch.setattr(module, "train_recipe", noted)
    return begun, noted


def _wanted(tiny_llm, tiny_meld, output, **more):
    options = {"corpora": ("meld",), "seeds": (1, 2), "changes": SMALL, **more}
    return Wanted(str(tiny_llm), output, data={"meld": str(tiny_meld), **options.pop("data", {})}, **options)


def _lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_a_stopped_table_goes_on_and_a_finished_one_trains_nothing(tiny_llm, tiny_meld, tmp_path, trainings):
    begun, train = trainings
    table, scorer = load_table("alpha"), Scorer()
    wanted = _wanted(tiny_llm, tiny_meld, tmp_path, rows=("0", "0.1"))
    # The second seed of the second row.
    train.stop_at = 4
    with pytest.raises(KeyboardInterrupt):
        reproduce(table, wanted, scorer, say=lambda line: None)
    folder = next((tmp_path / "alpha").iterdir())
    assert [row["kind"] for row in _lines(folder / "rows.jsonl")] == ["seed", "seed", "summary"]
    assert {row["row"] for row in _lines(folder / "rows.jsonl")} == {"0.1"}
    assert (len(begun), len(scorer.models)) == (4, 2)

    said = []
    done = reproduce(table, wanted, scorer, say=said.append)
    # Of the second row one seed was trained before, and both are tested now.
    assert (begun[4:], len(scorer.models)) == ([begun[3]], 4)
    assert said[0] == "[2/2] 0, meld"
    rows = _lines(folder / "rows.jsonl")
    assert [(row["kind"], row["row"], row.get("seed")) for row in rows] == [
        *(("seed", "0.1", 1), ("seed", "0.1", 2), ("summary", "0.1", None)),
        *(("seed", "0", 1), ("seed", "0", 2), ("summary", "0", None)),
    ]
    seed, summary = rows[3], rows[5]
    tested = read_run(tmp_path / seed["run"])
    assert tested.predictions.scored.sum() == seed["n_utterances"] == 39
    assert tested.figures["weighted_f1"] == tested.predictions.evaluate().weighted_f1 == seed["weighted_f1"]
    assert (tested.about.made_by, tested.about.seed, tested.texts) == ("reproduce", 1, None)
    assert tested.recipe["training"]["seeds"] == [1]
    # Development was answered when the model was finished, and nothing was chosen on test.
    stage = (tmp_path / seed["model"]).parent
    development = read_run(stage / "dev-meld")
    assert (development.about.made_by, development.about.split, development.about.seed) == ("train", "dev", 1)
    assert development.figures["weighted_f1"] == pytest.approx(seed["dev_weighted_f1"])
    assert (tmp_path / seed["model"] / "model.json").is_file()
    assert summary["weighted_f1"] == pytest.approx((rows[3]["weighted_f1"] + rows[4]["weighted_f1"]) / 2)
    assert (summary["against"]["row"], summary["against"]["seeds"]) == ("0.1", [1, 2])
    assert summary["published"][0]["weighted_f1"] == pytest.approx(0.6897)
    assert (done.folder, done.left_out) == (folder, {})
    assert (folder / "table.md").read_text(encoding="utf-8") == done.markdown
    assert "68.97 (LLaMA2-7B LoRA; arXiv:2309.11911v6" in done.markdown

    again = reproduce(table, wanted, scorer, say=said.append)
    assert (len(begun), len(scorer.models)) == (5, 4)
    assert (again.summaries, again.markdown, _lines(folder / "rows.jsonl")) == (done.summaries, done.markdown, rows)

    # The same training in another table is not trained, nor is test read, again.
    other = reproduce(
        load_table("ablation"),
        _wanted(tiny_llm, tiny_meld, tmp_path, rows=("instructerc",)),
        scorer,
        say=said.append,
    )
    assert (len(begun), len(scorer.models)) == (5, 4)
    assert other.summaries[0]["weighted_f1"] == done.summaries[0]["weighted_f1"]


def test_without_training_the_base_model_answers_and_is_not_copied(tiny_llm, tiny_meld, tmp_path, trainings):
    scorer = Scorer()
    wanted = _wanted(tiny_llm, tiny_meld, tmp_path, seeds=(), changes=SMALL[:4], corpora=("meld", "emorynlp"))
    said = []
    done = reproduce(load_table("zero-shot"), wanted, scorer, say=said.append)
    assert [(row["row"], row["seeds"], row["sd"]) for row in done.summaries] == [
        ("plain", [1], None),
        ("contextual", [1], None),
    ]
    assert "no such file" in done.left_out["emorynlp"]
    assert any(line.startswith("left out: emorynlp: data/emorynlp/") for line in said)
    assert done.markdown.count("- Left out: emorynlp: ") == 1
    for model in scorer.models:
        assert not list(model.rglob("*.safetensors"))
    settings = [json.loads((model / "model.json").read_text(encoding="utf-8")) for model in scorer.models]
    assert [one["calibration"] for one in settings] == ["none", "contextual"]


def test_what_another_call_found_stays_in_the_table(tiny_llm, tiny_meld, tiny_emorynlp, tmp_path):
    options = {"seeds": (), "changes": SMALL[:4], "rows": ("plain",), "data": {"emorynlp-csv": str(tiny_emorynlp)}}
    scorer = Scorer()
    for corpora in (("meld",), ("emorynlp-csv",)):
        wanted = _wanted(tiny_llm, tiny_meld, tmp_path / "runs", **{**options, "corpora": corpora})
        done = reproduce(load_table("zero-shot"), wanted, scorer, say=lambda line: None)
    assert {row["corpus"] for row in done.summaries} == {"meld", "emorynlp-csv"}
    lines = [line for line in done.markdown.splitlines() if "; 39 scored) |" in line]
    assert [line.split(" (")[0] for line in lines] == ["| plain | meld", "| plain | emorynlp-csv"]


@pytest.fixture
def tiny_emorynlp(tiny_meld, tmp_path):
    """The invented corpus of MELD's layout, in that of EmoryNLP's CSV files and of another episode."""
    folder = tmp_path / "emorynlp"
    folder.mkdir()
    for split in ("train", "dev", "test"):
        with (
            (tiny_meld / f"{split}_sent_emo.csv").open(encoding="utf-8", newline="") as source,
            (folder / f"emorynlp_{split}_final.csv").open("w", encoding="utf-8", newline="") as target,
        ):
            rows = csv.writer(target)
            rows.writerow(["Utterance", "Speaker", "Emotion", "Scene_ID", "Season", "Episode"])
            for row in csv.DictReader(source):
                emotion = OF_EMORYNLP.get(row["Emotion"], "Powerful")
                rows.writerow([f"so {row['Utterance']}", [row["Speaker"]], emotion, row["Dialogue_ID"], 1, 2])
    return folder


def test_a_joint_model_is_tested_on_each_corpus(tiny_llm, tiny_meld, tiny_emorynlp, tmp_path, trainings):
    begun, _ = trainings
    scorer = Scorer()
    wanted = _wanted(
        *(tiny_llm, tiny_meld, tmp_path / "runs"),
        rows=("ratio-1/2",),
        corpora=("meld", "emorynlp-csv"),
        seeds=(1,),
        data={"emorynlp-csv": str(tiny_emorynlp)},
        changes=(*SMALL, "prompt.demonstrations=null"),
    )
    done = reproduce(load_table("unified"), wanted, scorer, say=lambda line: None)
    assert (len(begun), len(scorer.models)) == (1, 2)
    assert {model.name for model in scorer.models} == {"model"}
    assert [(row["corpus"], row["trained_on"]) for row in done.summaries] == [
        ("meld", ["meld", "emorynlp-csv"]),
        ("emorynlp-csv", ["meld", "emorynlp-csv"]),
    ]
    settings = json.loads((scorer.models[0] / "model.json").read_text(encoding="utf-8"))
    assert settings["label_set"]["name"] == "unified-paper"
    assert "| ratio-1/2 (meld + emorynlp-csv) | meld (2610 utterances; 39 scored) |" in done.markdown


def test_a_joint_row_with_one_corpus_is_left_out(tiny_llm, tiny_meld, tmp_path):
    wanted = _wanted(tiny_llm, tiny_meld, tmp_path, rows=("joint-1",))
    with pytest.raises(InputError, match="nothing can be run: row joint-1: needs two corpora or more"):
        reproduce(load_table("unified"), wanted, Scorer(), say=lambda line: None)


def test_without_a_corpus_nothing_is_run(tiny_llm, tmp_path):
    wanted = Wanted(str(tiny_llm), tmp_path, corpora=("meld",), data={"meld": str(tmp_path / "gone")})
    with pytest.raises(InputError, match=r"nothing can be run: meld: .*no such file.*--data meld=DIR"):
        reproduce(load_table("main"), wanted, Scorer(), say=lambda line: None)


SMALL_ENCODER = (
    *("backbone.max_tokens=96", "stages.0.epochs=1", "stages.1.epochs=2", "prompt.window=2"),
    "stages.1.learning_rate=0.005",
)


def test_a_table_on_an_encoder_is_published_and_computed_again_from_its_answers(tiny_base, tiny_meld, tmp_path):
    table = load_table("pairing")
    wanted = Wanted(
        str(tiny_base),
        tmp_path / "runs",
        rows=("all-labels", "same-label", "oracle"),
        corpora=("meld",),
        data={"meld": str(tiny_meld)},
        seeds=(1, 2),
        changes=SMALL_ENCODER,
        recipe="encoder",
    )
    scorer = Scorer()
    done = reproduce(table, wanted, scorer, say=lambda line: None)
    # The oracle is the model of same-label, tested once more.
    assert len(scorer.models) == 6
    assert len(set(scorer.models)) == 4
    assert done.left_out == {}

    publish(table, wanted, tmp_path / "results")
    for folder in (tmp_path / "results").rglob("seed-*"):
        assert len(read_history(folder)) > 0
    [place] = tmp_path.glob("results/*/pairing")
    runs = sorted(path.parent for path in place.rglob("metrics.json"))
    assert len(runs) == 6
    assert not list(place.rglob("texts.parquet"))
    known = ResultsTable.read(place / "table.json")
    rows = {row.row: row for row in read_rows(place, known)}
    assert list(rows) == ["all-labels", "same-label", "oracle"]
    for summary in done.summaries:
        row = rows[summary["row"]]
        assert row.scores.weighted_f1.mean == pytest.approx(summary["weighted_f1"])
        assert row.scores.weighted_f1.sd == pytest.approx(summary["sd"])
        if summary["against"]:
            assert row.against.bootstrap.difference == pytest.approx(summary["against"]["difference"])
    text = render_results(tmp_path / "results")
    assert f"| oracle | meld | 39 | 1, 2 | {100 * rows['oracle'].scores.weighted_f1.mean:.2f} (" in text
    assert "--recipe encoder --corpus meld --seeds 1,2 --set backbone.max_tokens=96" in text
    # What was published of other corpora, with other settings, keeps its command.
    other = "instructerc reproduce pairing --corpus emorynlp-csv"
    replace(known, commands=(other, "instructerc reproduce pairing --corpus meld --set a=1")).write(place)
    publish(table, wanted, tmp_path / "results")
    assert ResultsTable.read(place / "table.json").commands == (other, *known.commands)

    metrics = runs[0] / "metrics.json"
    told = json.loads(metrics.read_text(encoding="utf-8"))
    told["about"]["row"] = "other"
    metrics.write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(InputError, match="lies where one of"):
        render_results(tmp_path / "results")


def test_no_training_is_begun_when_time_is_over(tiny_base, tiny_meld, tmp_path, trainings):
    begun, _ = trainings
    wanted = Wanted(
        str(tiny_base),
        tmp_path,
        corpora=("meld",),
        data={"meld": str(tiny_meld)},
        changes=SMALL_ENCODER,
        recipe="encoder",
        until=time.monotonic() - 1,
        lenient=True,
    )
    done = reproduce(load_table("ablation"), wanted, Scorer(), say=lambda line: None)
    assert begun == []
    assert done.left_out["row instructerc, meld"] == "not begun: out of time"
    # Of language models alone.
    assert done.left_out["row all-parameters"] == (
        "its changes do not fit this recipe (table 'ablation', row 'all-parameters': is about backbones of kind causal "
        "or seq2seq, and this one is of kind encoder)"
    )


def test_a_recipe_that_no_row_fits_is_an_error_that_tells_why(tiny_base, tiny_meld, tmp_path):
    wanted = Wanted(
        str(tiny_base), tmp_path, corpora=("meld",), data={"meld": str(tiny_meld)}, recipe="compact", lenient=True
    )
    with pytest.raises(InputError, match=r"nothing can be run: row names: .*there is no '1' in the recipe"):
        reproduce(load_table("speakers"), wanted, Scorer(), say=lambda line: None)


def test_one_begun_row_is_finished_with_its_first_seed(tiny_base, tiny_meld, tmp_path, trainings, monkeypatch):
    begun, _ = trainings
    wanted = Wanted(
        str(tiny_base),
        tmp_path,
        rows=("names",),
        corpora=("meld",),
        data={"meld": str(tiny_meld)},
        changes=(*SMALL_ENCODER[:1], "stages.1.epochs=1"),
        recipe="encoder",
    )
    # There is time to begin the row, and none after its first seed.
    answers = iter([False])
    monkeypatch.setattr(Wanted, "out_of_time", property(lambda self: next(answers, True)))
    done = reproduce(load_table("speakers"), wanted, Scorer(), say=lambda line: None)
    assert len(begun) == 1
    assert done.summaries[0]["seeds"] == [1]


def test_p_is_corrected_for_all_rows_of_a_corpus():
    p_values = {"meld": (0.01, 0.04, None), "iemocap": (0.03,)}
    rows = [{"corpus": corpus, "against": {"p_value": one}} for corpus, several in p_values.items() for one in several]
    rows.append({"corpus": "meld", "against": None})
    correct_p(rows)
    assert [row["against"]["corrected_p"] for row in rows[:-1]] == [0.02, 0.04, None, 0.03]
