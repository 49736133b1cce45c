"""A recipe from its first stage to a saved model, for every seed, resumable."""

from __future__ import annotations

import gc
import json
import platform
import shutil
import subprocess
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path

from transformers import set_seed

from instructerc.backbones.base_models.consent import trusting
from instructerc.backbones.encoders.embedders import load_embedder
from instructerc.backbones.registry import load_trained
from instructerc.backbones.settings import read_settings
from instructerc.backbones.trainable import TrainableBackbone
from instructerc.errors import InputError, ModelError
from instructerc.labels import load_label_set
from instructerc.prompts import EMOTION_RECOGNITION, load_wording
from instructerc.training.average import average_weights
from instructerc.training.data import StageData, development_trees, load_stage, training_set
from instructerc.training.files import write_json
from instructerc.training.loop import TreeTrainer, last_checkpoint, training_arguments
from instructerc.training.new_backbone import new_backbone
from instructerc.training.processes import processes
from instructerc.training.recipe import Recipe, StageRecipe
from instructerc.training.recipe_file import load_recipe
from instructerc.training.release import release

_PACKAGES = (
    *("instructerc", "torch", "transformers", "peft", "accelerate", "bitsandbytes"),
    *("tokenizers", "safetensors", "numpy"),
)
Say = Callable[[str], None]


def train(
    path: str | Path, output: str | Path, overrides: Sequence[str] = (), resume: bool = False, say: Say = print
) -> Path:
    """Trains every seed of a recipe; returns the folder of the best seed on development, or of the seeds' average.

    Finished stages are kept; an unfinished one goes on from its last checkpoint. Under `accelerate launch` every
    process calls this; one of them writes.

    Args:
        path: the recipe.
        output: folder under which `NAME/seed-K/STAGE/` are written.
        overrides: changes to the recipe, `KEY=VALUE` each.
        resume: go on with what the folder holds; without it a folder with another run in it is refused.
        say: takes a line for a person.

    Raises:
        RecipeError: the recipe is wrong.
        InputError: a corpus cannot be read, or the folder holds a run and `resume` is off or its recipe differs.
        ModelError: base weights that cannot be used.
    """
    return train_recipe(load_recipe(path, overrides), output, resume, say)


def train_recipe(recipe: Recipe, output: str | Path, resume: bool = False, say: Say = print) -> Path:
    """Returns what `train` does, for a recipe that is loaded already."""
    # The recipe is the user's own word; a run's folders ask for no more than it.
    with trusting(recipe.backbone.trust_remote_code or recipe.backbone.pickle_weights):
        return _train_recipe(recipe, output, resume, say)


def _train_recipe(recipe: Recipe, output: str | Path, resume: bool, say: Say) -> Path:
    group = processes()
    if not group.is_main_process:
        say = _silent
    folder = Path(output) / recipe.name
    _check_labels_and_start(recipe)
    with group.main_process_first():
        if group.is_main_process:
            _open_run(folder, recipe, resume)
    results = []
    for seed in recipe.seeds:
        best, figure = _train_seed(recipe, seed, folder, say)
        results.append({"seed": seed, "dev_weighted_f1": figure, "model": str(best.relative_to(folder))})
        say(f"seed {seed}: development weighted F1 {100 * figure:.2f}")
    if recipe.average_seeds and len(recipe.seeds) > 1:
        best, figure = _average(recipe, [folder / str(result["model"]) for result in results], folder / "average")
        results.append({"seed": "average", "dev_weighted_f1": figure, "model": str(best.relative_to(folder))})
        say(f"average of the seeds' weights: development weighted F1 {100 * figure:.2f}")
        # Not the best of all: over a thousand utterances the best seed is mostly the luckiest one.
        chosen = results[-1]
    else:
        chosen = max(results, key=lambda result: float(str(result["dev_weighted_f1"])))
    if group.is_main_process:
        write_json(folder / "result.json", {"chosen": chosen, "seeds": results})
    group.wait_for_everyone()
    return folder / str(chosen["model"])


def _silent(line: str) -> None:
    """Says nothing: of several processes, one speaks."""


def _check_labels_and_start(recipe: Recipe) -> None:
    """Raises ModelError if training is to go on from a model that asks other things than the recipe."""
    if recipe.backbone.start_from is None:
        return
    settings = read_settings(Path(recipe.backbone.start_from))
    label_set = load_label_set(recipe.stages[-1].corpora[0].label_sets[0])
    wording = load_wording(recipe.prompt.wording)
    for what, theirs, ours in (
        ("kind", settings.kind, recipe.backbone.kind),
        (
            "label set",
            f"{settings.label_set.name} ({', '.join(settings.label_set.names)})",
            f"{label_set.name} ({', '.join(label_set.names)})",
        ),
        ("prompt version", settings.prompt, wording.version),
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
            raise InputError(f"{folder} holds a run; go on with it by --resume, or choose another --output")
        if stored.read_text(encoding="utf-8") != recipe.to_yaml():
            raise InputError(f"{folder} was begun with another recipe ({stored}); choose another --output")
    folder.mkdir(parents=True, exist_ok=True)
    stored.write_text(recipe.to_yaml(), encoding="utf-8")
    write_json(folder / "environment.json", environment())


def _train_seed(recipe: Recipe, seed: int, folder: Path, say: Say) -> tuple[Path, float]:
    """Returns the model of the last stage and its development weighted F1."""
    previous: Path | None = None
    for stage in recipe.stages:
        place = folder / ("shared" if stage.shared else f"seed-{seed}") / stage.name
        if not (place / "result.json").exists():
            say(f"stage {stage.name}, seed {seed}")
            _train_stage(recipe, stage, seed, previous, place, say)
        processes().wait_for_everyone()
        previous = place / "model"
    result = json.loads((place / "result.json").read_text(encoding="utf-8"))
    return place / "model", result["dev_weighted_f1"]


def _train_stage(recipe: Recipe, stage: StageRecipe, seed: int, previous: Path | None, place: Path, say: Say) -> None:
    """Trains one stage and writes its model, then its result: a stage with a result is finished."""
    set_seed(seed)
    data = load_stage(recipe, stage, seed, load_embedder, say)
    best = place / "best"
    carried = previous if stage.start == "previous" else None
    if stage.epochs:
        _run_epochs(recipe, stage, seed, carried, place, data, say)
        gc.collect()
    if processes().is_main_process:
        # Loaded anew, in the precision that it will be used in.
        backbone = load_trained(recipe.backbone.kind, best) if stage.epochs else new_backbone(recipe, carried)
        release(recipe, data, backbone, place)
        for folder in ("checkpoints", "best"):
            shutil.rmtree(place / folder, ignore_errors=True)


def _run_epochs(
    recipe: Recipe, stage: StageRecipe, seed: int, previous: Path | None, place: Path, data: StageData, say: Say
) -> None:
    """Trains a stage; its best weights on development are then in the folder `best`."""
    backbone = new_backbone(recipe, previous)
    _say_path(backbone, say)
    for name in dict.fromkeys(name for corpus in stage.corpora for name in corpus.label_sets):
        label_set = load_label_set(name)
        wording = load_wording(recipe.prompt.wording)
        backbone.check_options([wording.render("option", option=label) for label in label_set.names])
    dev = development_trees(recipe, data, backbone)
    train_on = training_set(recipe, data, backbone)
    arguments = training_arguments(stage, seed, place, say)
    selects = stage.tasks.get(EMOTION_RECOGNITION, 0) > 0
    trainer = TreeTrainer(backbone, arguments, train_on, dev, place / "best", selects, stage.layer_decay)
    trainer.train(resume_from_checkpoint=last_checkpoint(place))
    if processes().is_main_process:
        history = [entry for entry in trainer.state.log_history if "eval_weighted_f1" in entry]
        write_json(place / "history.json", history)


def _say_path(backbone: TrainableBackbone, say: Say) -> None:
    reason = getattr(backbone, "path_reason", "")
    if reason:
        say(f"prompts are not packed but {backbone.path}: {reason}")  # type: ignore[attr-defined]


def _average(recipe: Recipe, models: Sequence[Path], place: Path) -> tuple[Path, float]:
    """Writes the mean of several seeds' weights; returns its folder and development figure."""
    backbone = average_weights([load_trained(recipe.backbone.kind, model) for model in models])
    stage = recipe.stages[-1]
    data = load_stage(recipe, stage, recipe.seeds[0], load_embedder, _silent)
    return place / "model", release(recipe, data, backbone, place)


def environment() -> dict[str, str]:
    """Returns what a result depends on besides its recipe: versions, platform and commit."""
    versions = {}
    for package in _PACKAGES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            versions[package] = "not installed"
    here = Path(__file__).parent
    git = subprocess.run(["git", "rev-parse", "HEAD"], cwd=here, capture_output=True, text=True, check=False)
    commit = git.stdout.strip() if git.returncode == 0 else "unknown"
    return {**versions, "python": platform.python_version(), "machine": platform.machine(), "commit": commit}
