"""A recipe from its first stage to a saved model, for every seed, resumable."""

from __future__ import annotations

import gc
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from transformers import set_seed

from instructerc.backbones.base_models.consent import trusting
from instructerc.backbones.encoders.embedders import load_embedder
from instructerc.backbones.registry import backbone_kind, load_trained
from instructerc.backbones.settings import read_settings
from instructerc.backbones.shipped import model_folder
from instructerc.backbones.trainable import TrainableBackbone
from instructerc.errors import InputError, ModelError
from instructerc.evaluation.runs import environment
from instructerc.evaluation.runs.files import write_json
from instructerc.formats.parquet.file import import_parquet
from instructerc.prompts import EMOTION_RECOGNITION
from instructerc.retrieval import Embedder, RememberingEmbedder
from instructerc.training.average import average_weights
from instructerc.training.data import StageData, development_trees, draw_stage, training_set
from instructerc.training.layers import freeze_layers
from instructerc.training.loop import TreeTrainer, last_checkpoint, training_arguments
from instructerc.training.new_backbone import new_backbone
from instructerc.training.plan import Plan, Say, StagePlan, resolve
from instructerc.training.processes import processes
from instructerc.training.recipe import BASE, PREVIOUS, Recipe
from instructerc.training.recipe_file import load_recipe
from instructerc.training.release import release
from instructerc.training.tracking import check_trackers, keep_beside


def train(
    path: str | Path,
    output: str | Path,
    overrides: Sequence[str] = (),
    resume: bool = False,
    say: Say = print,
    trackers: Sequence[str] = (),
) -> Path:
    """Trains every seed of a recipe; returns the folder of the best seed on development, or of the seeds' average.

    Finished stages are kept; an unfinished one continues from its last checkpoint. Under `accelerate launch` every
    process calls this; one of them writes.

    Args:
        path: the recipe.
        output: folder under which `NAME/seed-K/STAGE/` are written.
        overrides: changes to the recipe, `KEY=VALUE` each.
        resume: continue the run in the folder; without it, a folder that has a run is refused.
        say: takes a line for a person.
        trackers: programs that are told how it goes, such as `tensorboard`; see `training.tracking`.

    Raises:
        RecipeError: the recipe is wrong.
        InputError: a corpus cannot be read, the folder holds a run and `resume` is off or its recipe differs, or a
            tracker is unknown or not installed.
        ModelError: base weights that cannot be used.
    """
    return train_recipe(load_recipe(path, overrides), output, resume, say, trackers)


def train_recipe(
    recipe: Recipe, output: str | Path, resume: bool = False, say: Say = print, trackers: Sequence[str] = ()
) -> Path:
    """Returns what `train` does, for a recipe that is loaded already."""
    check_trackers(trackers)
    # The recipe is the user's own word; a run's folders ask for no more than it.
    with trusting(recipe.backbone.trust_remote_code or recipe.backbone.pickle_weights):
        return _train_recipe(recipe, output, resume, say, trackers)


@dataclass(frozen=True)
class SeedResult:
    """What came of a seed, or of the average of all.

    Attributes:
        seed: which, or `average`.
        dev_weighted_f1: of development, a fraction.
        model: its folder, relative to the run's.
    """

    seed: int | str
    dev_weighted_f1: float
    model: str


def _train_recipe(recipe: Recipe, output: str | Path, resume: bool, say: Say, trackers: Sequence[str]) -> Path:
    # What it needs at its end, it asks for at its beginning.
    import_parquet("training")
    group = processes()
    if not group.is_main_process:
        say = _silent
    folder = Path(output) / recipe.name
    plan = resolve(recipe, say, trackers)
    _check_labels_and_start(plan)
    with group.main_process_first():
        if group.is_main_process:
            _open_run(folder, recipe, resume)
    results = []
    for seed in recipe.seeds:
        best, figure = _train_seed(plan, seed, folder, say)
        results.append(SeedResult(seed, figure, str(best.relative_to(folder))))
        say(f"seed {seed}: development weighted F1 {100 * figure:.2f}")
    if recipe.average_seeds and len(recipe.seeds) > 1:
        best, figure = _average(plan, [folder / result.model for result in results], folder / "average")
        results.append(SeedResult("average", figure, str(best.relative_to(folder))))
        say(f"average of the seeds' weights: development weighted F1 {100 * figure:.2f}")
        # Not the best of all: over a thousand utterances the best seed is mostly the luckiest one.
        chosen = results[-1]
    else:
        chosen = max(results, key=lambda result: result.dev_weighted_f1)
    if group.is_main_process:
        write_json(folder / "result.json", {"chosen": asdict(chosen), "seeds": list(map(asdict, results))})
    group.wait_for_everyone()
    return folder / chosen.model


@cache
def _embedder(name: str) -> Embedder:
    """Returns an embedder for all stages, seeds and rows of this process: they embed the same texts."""
    return RememberingEmbedder(load_embedder(name))


def _silent(line: str) -> None:
    """Says nothing: of several processes, one speaks."""


def _check_labels_and_start(plan: Plan) -> None:
    """Raises ModelError if training would continue from a model that does not fit the recipe."""
    recipe, label_set = plan.recipe, plan.label_set
    if recipe.backbone.start_from is None:
        return
    settings = read_settings(model_folder(recipe.backbone.start_from))
    kind = backbone_kind(settings.kind).trained_as or settings.kind
    for what, theirs, ours in (
        ("kind", kind, recipe.backbone.kind),
        (
            "label set",
            f"{settings.label_set.name} ({', '.join(settings.label_set.names)})",
            f"{label_set.name} ({', '.join(label_set.names)})",
        ),
        ("prompt version", settings.prompt, plan.wording.version),
    ):
        if theirs != ours:
            raise ModelError(
                f"backbone.start_from {recipe.backbone.start_from} is a model of {what} {theirs}, "
                f"the recipe is of {ours}; "
                "choose a model that fits, or train from the base"
            )


def _open_run(folder: Path, recipe: Recipe, resume: bool) -> None:
    stored = folder / "recipe.yaml"
    if stored.exists():
        if not resume:
            raise InputError(f"{folder} already contains a run; continue it with --resume, or choose another --output")
        if stored.read_text(encoding="utf-8") != recipe.to_yaml():
            raise InputError(f"{folder} was started with another recipe ({stored}); choose another --output")
    folder.mkdir(parents=True, exist_ok=True)
    stored.write_text(recipe.to_yaml(), encoding="utf-8")
    write_json(folder / "environment.json", environment(recipe.seeds))


def _train_seed(plan: Plan, seed: int, folder: Path, say: Say) -> tuple[Path, float]:
    """Returns the model of the last stage and its development weighted F1."""
    earlier: dict[str, Path] = {}
    for stage in plan.stages:
        place = folder / ("shared" if stage.recipe.shared else f"seed-{seed}") / stage.recipe.name
        if not (place / "result.json").exists():
            say(f"stage {stage.recipe.name}, seed {seed}")
            _train_stage(plan, stage, seed, earlier, place, say)
        processes().wait_for_everyone()
        earlier[stage.recipe.name] = place / "model"
    result = json.loads((place / "result.json").read_text(encoding="utf-8"))
    return place / "model", result["dev_weighted_f1"]


def _train_stage(plan: Plan, stage: StagePlan, seed: int, earlier: dict[str, Path], place: Path, say: Say) -> None:
    """Trains one stage and writes its model, then its result: a stage with a result is finished."""
    set_seed(seed)
    data = draw_stage(stage, seed, _embedder)
    best = place / "best"
    starts = {**earlier, PREVIOUS: next(reversed(earlier.values()), None), BASE: None}
    carried = starts[stage.recipe.start]
    if stage.recipe.epochs:
        _run_epochs(plan, data, _new_backbone(plan, carried), seed, place)
        gc.collect()
    if processes().is_main_process:
        # Reloaded, in the precision in which it will be used.
        kind, trained = plan.recipe.backbone.kind, stage.recipe.epochs > 0
        backbone = load_trained(kind, best) if trained else _new_backbone(plan, carried)
        kept = stage.recipe.keep
        if kept and trained:
            others = [load_trained(kind, earlier[name]) for name in kept]
            backbone = average_weights([backbone, *others], (1 - sum(kept.values()), *kept.values()))
        release(plan, data, backbone, place, seed)
        for folder in ("checkpoints", "best"):
            shutil.rmtree(place / folder, ignore_errors=True)


def _new_backbone(plan: Plan, previous: Path | None) -> TrainableBackbone:
    return new_backbone(plan.recipe.backbone, plan.history, previous, plan.trains)


def _run_epochs(plan: Plan, data: StageData, backbone: TrainableBackbone, seed: int, place: Path) -> None:
    """Trains a stage; its best weights on development are then in the folder `best`."""
    stage = data.stage
    _say_path(backbone, stage.say)
    for label_set in stage.label_sets.values():
        backbone.check_options([stage.wording.render("option", option=label) for label in label_set.names])
    freeze_layers(backbone.model, stage.recipe.frozen_layers)
    dev = development_trees(data, backbone)
    train_on = training_set(data, backbone)
    name = f"{plan.recipe.name}-seed-{seed}-{stage.recipe.name}"
    arguments = training_arguments(stage.recipe, seed, place, stage.say, plan.trackers, name)
    selects = stage.recipe.tasks.get(EMOTION_RECOGNITION, 0) > 0
    trainer = TreeTrainer(backbone, arguments, train_on, dev, place / "best", selects, stage.recipe.layer_decay)
    keep_beside(trainer, place)
    trainer.train(resume_from_checkpoint=last_checkpoint(place))
    if processes().is_main_process:
        history = [entry for entry in trainer.state.log_history if "eval_weighted_f1" in entry]
        write_json(place / "history.json", history)


def _say_path(backbone: TrainableBackbone, say: Say) -> None:
    reason = getattr(backbone, "path_reason", "")
    if reason:
        say(f"prompts are {backbone.path}, not packed: {reason}")  # type: ignore[attr-defined]


def _average(plan: Plan, models: Sequence[Path], place: Path) -> tuple[Path, float]:
    """Writes the mean of several seeds' weights; returns its folder and development figure."""
    backbone = average_weights([load_trained(plan.recipe.backbone.kind, model) for model in models])
    data = draw_stage(plan.stages[-1], plan.recipe.seeds[0], _embedder)
    return place / "model", release(plan, data, backbone, place)
