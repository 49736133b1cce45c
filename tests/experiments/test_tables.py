"""Tables: every shipped row makes a whole recipe, faults come at once, and results are counted and compared rightly."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from instructerc.conversation import Conversation, Utterance
from instructerc.corpora import load_corpus
from instructerc.errors import InputError, RecipeError
from instructerc.evaluation.runs import Predictions, Run, RunAbout, environment, write_run
from instructerc.experiments.jobs import (
    Wanted,
    check_wanted,
    missing_corpora,
    plan_jobs,
    row_recipe,
    safe_name,
    wanted_corpora,
)
from instructerc.experiments.markdown import render_markdown
from instructerc.experiments.rows import RowsFile, add_new_summaries, rows_of, seed_row, summarise
from instructerc.experiments.tables import ALL, Table, load_table, recipes_folder, shipped_tables
from instructerc.labels import load_label_set
from instructerc.recognition import Recognition

ROOT = Path(__file__).parents[2]
WANTED = Wanted("some-owner/some-model")
TABLES = {name: load_table(name) for name in shipped_tables()}
ROWS = [(table, row) for table in TABLES.values() for row in table.rows]
GOOD = """\
name: mine
title: Mine
recipe: instructerc
reference: base
corpora:
  - {name: meld, label_set: meld, batch_size: 4}
  - {name: emorynlp, label_set: emorynlp}
rows:
  - name: base
    published:
      - {backbone: a, source: b, weighted_f1: {meld: 60.5}}
  - {name: other, set: [prompt.window=3]}
"""
MELD = load_label_set("meld")
GOLD = ["joy", "anger", "neutral"] * 4


def _table(tmp_path: Path, text: str = GOOD) -> Table:
    path = tmp_path / "mine.yaml"
    path.write_text(text, encoding="utf-8")
    return load_table(str(path))


def test_the_tables_of_the_paper_are_there():
    assert set(TABLES) == {
        *("main", "ablation", "window", "alpha", "pairing"),
        *("utterance-only", "zero-shot", "unified", "speakers", "shares", "adapters", "context"),
    }
    assert all(table.name == name for name, table in TABLES.items())
    assert recipes_folder() == ROOT / "recipes"


def _wanted(row):
    """What is asked for a row: rows about encoders need their recipe."""
    return replace(WANTED, recipe="encoder") if row.kinds == ["encoder"] else WANTED


@pytest.mark.parametrize(("table", "row"), ROWS, ids=lambda value: value.name)
def test_every_row_makes_a_recipe(table, row):
    groups = [table.corpora] if row.joint else [[corpus] for corpus in table.corpora]
    for corpora in groups:
        recipe = row_recipe(table, row, corpora, _wanted(row))
        assert recipe.backbone.base == "some-owner/some-model"
        # The paper's window in tokens, and its longer one for IEMOCAP's dialogues.
        of_paper = 1200 if any("iemocap" in corpus.name for corpus in corpora) else 1024
        assert recipe.backbone.max_tokens == (512 if row.kinds == ["encoder"] else of_paper)
        for stage in recipe.stages:
            assert [part.name for part in stage.corpora] == [corpus.name for corpus in corpora]
            assert [part.path for part in stage.corpora] == [f"data/{corpus.name}" for corpus in corpora]
            assert [part.label_sets for part in stage.corpora] == [[corpus.label_set] for corpus in corpora]
        assert recipe.stages[-1].tasks["emotion_recognition"] == 1
        assert recipe.seeds == ([1] if table.name == "zero-shot" else [1, 2, 3])


@pytest.mark.parametrize(
    ("table", "row", "expected"),
    [
        ("ablation", "without-prediction", {"stages.1.tasks": {"emotion_recognition": 1.0}, "stages.1.epochs": 8}),
        ("ablation", "without-speakers", {"stages.0.name": "emotions", "stages.0.epochs": 15}),
        ("ablation", "without-demonstrations", {"prompt.demonstrations": None, "stages.0.name": "speakers"}),
        ("ablation", "all-parameters", {"backbone.adapter.method": "full", "stages.1.learning_rate": 2e-5}),
        ("alpha", "0.2", {"stages.1.tasks": {"emotion_recognition": 1.0, "emotion_prediction": 0.2}}),
        ("main", "compact", {"prompt.wording": "compact-1", "prompt.history": "trunk", "stages.0.batch_size": 4}),
        ("main", "paper", {"prompt.demonstrations.pairing": "same-label", "prompt.demonstrations.balanced": True}),
        ("utterance-only", "utterance-only", {"prompt.window": 0, "prompt.demonstrations": None}),
        ("window", "0", {"prompt.window": 0, "stages.1.tasks.emotion_prediction": 0}),
        ("speakers", "none", {"prompt.speakers": "none", "stages.0.name": "emotions"}),
        ("shares", "1/8-utterances", {"stages.1.share": 0.125, "stages.1.share_of": "utterances", "stages.0.share": 1}),
        ("shares", "1/8-conversations", {"stages.1.share_of": "conversations", "stages.0.share": 0.125}),
        ("window", "5", {"prompt.window": 5, "prompt.history": "window", "stages.1.batch_size": 20}),
        ("zero-shot", "contextual", {"stages.0.epochs": 0, "calibration": "contextual"}),
        ("context", "past", {"prompt.history": "trunk", "prompt.demonstrations": None, "stages.0.batch_size": 3}),
        ("context", "both", {"prompt.history": "both", "stages.0.tasks": {"emotion_recognition": 1.0}}),
        ("zero-shot", "plain", {"stages.0.epochs": 0, "calibration": "none"}),
    ],
)
def test_rows_change_what_they_are_named_for(table, row, expected):
    known = TABLES[table]
    chosen = next(one for one in known.rows if one.name == row)
    recipe = row_recipe(known, chosen, [_corpus(known, "meld")], _wanted(chosen))
    for key, value in expected.items():
        found = recipe.model_dump()
        for part in key.split("."):
            found = found[int(part) if part.isdigit() else part]
        assert found == value, key


@pytest.mark.parametrize("name", ALL)
def test_every_table_of_all_runs_on_an_encoder(name):
    table = TABLES[name]
    wanted = replace(WANTED, recipe="encoder", lenient=True)
    jobs = plan_jobs(table, wanted, [_corpus(table, "meld"), _corpus(table, "emorynlp-csv")])
    assert {job.recipe.backbone.kind for job in jobs} == {"encoder"}
    left_out = {row.name for row in table.rows} - {job.row.name for job in jobs}
    assert left_out == ({"all-parameters"} if name == "ablation" else set())


def _corpus(table, name):
    return next(corpus for corpus in table.corpora if corpus.name == name)


def test_joint_rows_train_on_all_corpora_with_one_label_set():
    table = TABLES["unified"]
    jobs = {job.row.name: job for job in plan_jobs(table, WANTED, table.corpora) if job.row.joint}
    stages = jobs["total-1/8"].recipe.stages
    assert {(stage.share, stage.mix, stage.drop_overlap) for stage in stages} == {(0.125, "total", True)}
    assert {name for part in stages[1].corpora for name in part.label_sets} == {"unified-paper"}
    assert len(jobs["joint-1"].corpora) == 3
    shares = {job.recipe.stages[0].share for job in jobs.values()}
    assert shares == {1, 1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32, 1 / 64}


def test_published_figures_are_those_of_the_paper():
    row = TABLES["window"].rows[1]
    assert (row.name, row.published[0].weighted_f1) == (
        "1",
        {"iemocap-cosmic": 56.12, "meld": 65.91, "emorynlp-csv": 38.32},
    )
    main = TABLES["main"].rows[1].published[0]
    assert (main.backbone, main.weighted_f1["emorynlp-csv"]) == ("LLaMA2-7B LoRA", 41.37)


@pytest.mark.parametrize(
    ("name", "folder"), [("meld", "meld"), ("emorynlp-csv", "emorynlp/subset"), ("emorynlp", "emorynlp/full")]
)
def test_batches_hold_about_32_utterances(name, folder, real_corpus):
    talks = load_corpus(name, real_corpus(folder), "train")
    for table, row in ROWS:
        if row.joint or table.name == "zero-shot" or name not in {corpus.name for corpus in table.corpora}:
            continue
        recipe = row_recipe(table, row, [_corpus(table, name)], _wanted(row))
        window = recipe.prompt.window if recipe.prompt.history == "window" else max(map(len, talks))
        utterances = sum(map(len, talks)) / sum(max(1, len(talk) - window) for talk in talks)
        assert 24 <= utterances * recipe.stages[-1].batch_size <= 40, (table.name, row.name)


def test_the_same_training_has_the_same_name_in_all_tables_wherever_its_data_is():
    elsewhere = replace(WANTED, data={"meld": "/elsewhere"}, seeds=(7,))
    names = {
        row_recipe(TABLES[table], TABLES[table].rows[row], [_corpus(TABLES[table], "meld")], wanted).name
        for table, row in (("main", 0), ("ablation", 0), ("window", 3), ("alpha", 2), ("pairing", 0))
        for wanted in (WANTED, elsewhere)
    }
    assert len(names) == 1
    changed = replace(WANTED, changes=("stages.1.epochs=2",))
    main = TABLES["main"]
    assert row_recipe(main, main.rows[0], [_corpus(main, "meld")], changed).name not in names
    assert row_recipe(main, main.rows[1], [_corpus(main, "meld")], WANTED).name not in names


def test_all_faults_of_a_table_come_at_once_with_line_and_nearest_name(tmp_path):
    text = GOOD.replace("title: Mine\n", "titel: Mine\n").replace("name: meld, label_set: meld", "name: medl")
    with pytest.raises(RecipeError) as caught:
        _table(tmp_path, text.replace("{name: other", "{name: other, stage: [a]"))
    message = str(caught.value)
    assert "has 5 fault(s)" in message
    assert "title: missing" in message
    assert "line 2, titel: unknown key (did you mean 'title'?)" in message
    assert "line 6, corpora.0.name: no corpus 'medl' (did you mean 'meld'?)" in message
    assert "line 6, corpora.0.label_set: missing" in message
    assert "line 12, rows.1.stage: unknown key (did you mean 'stages'?)" in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("reference: base", "reference: bass", r"reference: no row 'bass' \(did you mean 'base'\?\)"),
        ("{meld: 60.5}", "{melt: 60.5}", r"row 'base': no corpus 'melt' \(did you mean 'meld'\?\)"),
        ("{meld: 60.5}", "{meld: 605}", "less than or equal to 100, got 605"),
        ("name: other", "name: base", "two rows have the same name: base, base"),
        ("label_set: meld", "label_set: mled", "no label set 'mled'"),
        (GOOD, "- a", "expected a mapping, got list"),
        (GOOD, "a: [", "table "),
    ],
)
def test_a_table_that_does_not_fit_together_says_so(tmp_path, old, new, reason):
    with pytest.raises(RecipeError, match=reason):
        _table(tmp_path, GOOD.replace(old, new))


def test_an_unknown_or_missing_table_says_so(tmp_path):
    with pytest.raises(RecipeError, match=r"no table 'windows' \(did you mean 'window'\?\)"):
        load_table("windows")
    with pytest.raises(RecipeError, match="no such file"):
        load_table(str(tmp_path / "gone.yaml"))


def test_what_a_table_does_not_have_is_refused(tmp_path):
    table = _table(tmp_path)
    with pytest.raises(InputError, match=r"has no row 'othr' \(did you mean 'other'\?\); give one of base, other"):
        check_wanted(table, replace(WANTED, rows=("othr",)))
    with pytest.raises(InputError, match="has no corpus 'iemocap'"):
        check_wanted(table, replace(WANTED, data={"iemocap": "here"}))


def test_a_row_that_makes_no_recipe_is_named_and_passed_over_where_nobody_asks_for_it(tmp_path):
    table = _table(tmp_path, GOOD.replace("prompt.window=3", "prompt.window=-3"))
    with pytest.raises(RecipeError, match=r"table 'mine', row 'other': .*window: .* got -3"):
        plan_jobs(table, WANTED, table.corpora)
    assert {job.row.name for job in plan_jobs(table, replace(WANTED, rows=("base",)), table.corpora)} == {"base"}
    with pytest.raises(RecipeError, match=r"no stage 'talk' in instructerc\.yaml"):
        plan_jobs(_table(tmp_path, GOOD.replace("name: other", "name: other, stages: [talk]")), WANTED, table.corpora)
    with pytest.raises(RecipeError, match="seeds are trained one by one"):
        plan_jobs(table, replace(WANTED, rows=("base",), changes=("stages.0.shared=true",)), table.corpora)


def test_a_row_about_the_window_does_not_run_where_every_earlier_turn_is_shown(tmp_path):
    table, trunk = _table(tmp_path), replace(WANTED, changes=("prompt.history=trunk",))
    with pytest.raises(RecipeError, match=r"row 'other': sets the window, and `prompt.history: trunk` shows every"):
        plan_jobs(table, trunk, table.corpora)
    assert {job.row.name for job in plan_jobs(table, replace(trunk, lenient=True), table.corpora)} == {"base"}
    everywhere = _table(tmp_path, GOOD.replace("reference: base", "reference: base\nset: [prompt.window=5]"))
    with pytest.raises(RecipeError, match=r"row 'base': sets the window"):
        plan_jobs(everywhere, trunk, table.corpora)


def test_a_row_whose_own_change_is_undone_is_refused():
    table, meld = TABLES["pairing"], [_corpus(TABLES["pairing"], "meld")]
    wanted = replace(WANTED, changes=("prompt.demonstrations=null",))
    with pytest.raises(
        RecipeError, match=r"row 'same-label': is about prompt\.demonstrations\.pairing=same-label, which"
    ):
        plan_jobs(table, wanted, meld)
    # What a row sets itself may be asked for again, and numbers of epochs may be others.
    lenient = replace(wanted, lenient=True, changes=("prompt.demonstrations=null", "stages.1.epochs=1"))
    assert {job.row.name for job in plan_jobs(table, lenient, meld)} == {"all-labels", "none"}


def test_jobs_go_corpus_by_corpus_with_the_reference_first_and_joint_rows_last(tmp_path):
    text = GOOD.replace("reference: base", "reference: other") + "  - {name: all, joint: true}\n"
    table = _table(tmp_path, text)
    order = [
        (job.row.name, *(corpus.name for corpus in job.corpora)) for job in plan_jobs(table, WANTED, table.corpora)
    ]
    assert order == [
        *(("other", "meld"), ("base", "meld"), ("other", "emorynlp"), ("base", "emorynlp")),
        ("all", "meld", "emorynlp"),
    ]
    alone = plan_jobs(table, WANTED, table.corpora[:1])
    assert {job.row.name for job in alone} == {"other", "base"}


def test_corpora_on_request_and_missing_ones(tiny_meld):
    main = TABLES["main"]
    assert [corpus.name for corpus in wanted_corpora(main, WANTED)] == ["iemocap-cosmic", "meld", "emorynlp-csv"]
    asked = replace(WANTED, corpora=("emorynlp", "meld"), data={"meld": str(tiny_meld), "emorynlp": "gone"})
    corpora = wanted_corpora(main, asked)
    assert [corpus.name for corpus in corpora] == ["meld", "emorynlp"]
    missing, notes = missing_corpora(corpora, asked)
    assert list(missing) == ["emorynlp"]
    assert "no such file" in missing["emorynlp"]
    assert notes == []


@pytest.mark.parametrize(
    ("name", "folder"),
    [
        ("meta-llama/Llama-2-7b-hf", "meta-llama--Llama-2-7b-hf"),
        ("../models/my model", "models--my-model"),
        ("..", "model"),
        ("C:\\models\\x", "C-models-x"),
    ],
)
def test_a_backbone_is_a_safe_folder_name(name, folder):
    assert safe_name(name) == folder


def test_a_long_name_keeps_its_identity():
    first, second = (safe_name("owner/" + "x" * 300 + end) for end in "ab")
    assert len(first) == len(second) == 80
    assert first != second


def _job_rows(table, row, figures, tmp_path, answers):
    """Rows of one seed each with these figures, whose run folders are written beside."""
    job = next(job for job in plan_jobs(table, WANTED, table.corpora[:1]) if job.row.name == row)
    rows = []
    for seed, figure in enumerate(figures, 1):
        scores = dict.fromkeys(("macro_f1", "accuracy", "expected_calibration_error", "dev_weighted_f1"), 0.5)
        places = {"model": "m", "run": f"{row}-{seed}"}
        write_run(_run(answers), tmp_path / places["run"])
        rows.append(seed_row(job, job.corpora[0], seed, {"weighted_f1": figure, "n_utterances": 12, **scores}, places))
    return rows


def _run(answers):
    """Answers to the first of twelve turns, three a conversation."""
    turns = [Utterance("Ann", "hi", gold) for gold in GOLD[: len(answers)]]
    talks = [Conversation(f"test/{place // 3}", turns[place : place + 3]) for place in range(0, len(turns), 3)]
    sure = [dict.fromkeys(MELD.names, 0.0) | {answer: 1.0} for answer in answers]
    found = iter([Recognition(answer, 1.0, chances, 0) for answer, chances in zip(answers, sure, strict=True)])
    predictions = Predictions.of(talks, [[next(found) for _ in talk.utterances] for talk in talks], MELD)
    about = RunAbout(
        made_by="reproduce", model="m", kind="causal", label_set="meld", wording="compact-1", date="2026-01-01"
    )
    recipe = {"evaluation": {"model": "m"}, "training": None}
    return Run.of(about, predictions, predictions.evaluate(MELD), recipe, environment([1]))


def test_seeds_become_a_mean_a_deviation_and_a_paired_comparison(tmp_path):
    table = _table(tmp_path)
    rows = _job_rows(table, "base", [0.4, 0.5], tmp_path, ["joy"] * 12)
    rows += _job_rows(table, "other", [0.6, 0.7, 0.8], tmp_path, GOLD)
    jobs = plan_jobs(table, WANTED, table.corpora[:1])
    base, other = summarise(table, jobs, rows, tmp_path)
    assert (base["row"], base["seeds"], base["weighted_f1"], base["against"]) == ("base", [1, 2], 0.45, None)
    assert base["sd"] == pytest.approx(0.0707107)
    assert base["published"] == [{"backbone": "a", "source": "b", "weighted_f1": 0.605}]
    assert (other["n_seeds"], other["sd"]) == (3, pytest.approx(0.1))
    # All right against all joy: a third of the gold labels, found with precision 1/3.
    assert other["against"]["difference"] == pytest.approx(1 - 0.5 / 3)
    assert (other["against"]["row"], other["against"]["seeds"]) == ("base", [1, 2])
    assert other["against"]["interval"][0] > 0
    text = render_markdown(table, replace(WANTED, changes=("a=1",)), jobs, [base, other], {"iemocap": "gone"})
    assert "| base | meld (12 scored) | 45.00 ± 7.07 | 1, 2 | 50.00 | – | 60.50 (a; b) |" in text
    assert "| other | meld (12 scored) | 70.00 ± 10.00 | 1, 2, 3 | 50.00 | +83.33 (" in text
    assert "Changed: `a=1`" in text
    assert "- Left out: iemocap: gone" in text


def test_without_the_same_utterances_nothing_is_compared(tmp_path):
    table = _table(tmp_path)
    rows = _job_rows(table, "base", [0.4], tmp_path, ["joy"] * 12)
    rows += _job_rows(table, "other", [0.6], tmp_path, GOLD)
    jobs = plan_jobs(table, WANTED, table.corpora[:1])
    assert summarise(table, jobs, rows, tmp_path)[1]["against"] is not None
    write_run(_run(["joy"] * 9), tmp_path / "base-1")
    assert summarise(table, jobs, rows, tmp_path)[1]["against"] is None
    (tmp_path / "base-1" / "metrics.json").unlink()
    assert summarise(table, jobs, rows, tmp_path)[1]["against"] is None


def test_rows_outlive_a_line_that_was_cut(tmp_path):
    table = _table(tmp_path)
    rows = _job_rows(table, "base", [0.4, 0.5], tmp_path, ["joy"] * 12)
    job = plan_jobs(table, WANTED, table.corpora[:1])[0]
    file = RowsFile(tmp_path / "new" / "rows.jsonl")
    assert file.read() == []
    file.add(rows[0])
    with file.path.open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(rows[1])[:40])
    assert file.read() == rows[:1]
    file.add(rows[1])
    assert file.read() == rows
    assert rows_of(job, job.corpora[0], file.read()) == {1: rows[0], 2: rows[1]}


def test_a_summary_is_added_once_and_again_where_it_changes(tmp_path):
    table = _table(tmp_path)
    rows = _job_rows(table, "base", [0.4, 0.5], tmp_path, ["joy"] * 12)
    rows += _job_rows(table, "other", [0.4, 0.5], tmp_path, GOLD)
    file, jobs = RowsFile(tmp_path / "rows.jsonl"), plan_jobs(table, WANTED, table.corpora[:1])
    for some, expected in ((rows[:1], 1), (rows[:1], 1), (rows, 3), (rows, 3)):
        add_new_summaries(file, summarise(table, jobs, some, tmp_path))
        assert len(file.read()) == expected


def test_the_unified_labels_of_one_corpus_stay_apart():
    unified = load_label_set("unified-paper")
    for name in ("meld", "emorynlp", "iemocap"):
        labels = load_label_set(name).names
        assert len({unified.resolve(label) for label in labels}) == len(labels)
