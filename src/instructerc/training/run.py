"""A recipe from its first stage to a saved model, for every seed, resumable."""

from __future__ import annotations

import json
import platform
import shutil
import subprocess
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path

import torch
from transformers import set_seed

from instructerc.backbones.encoder import EncoderBackbone
from instructerc.backbones.settings import ModelSettings, write_settings
from instructerc.errors import InputError
from instructerc.evaluation import fit_temperature
from instructerc.labels import load_label_set
from instructerc.prompts import PromptTree
from instructerc.training.data import development_trees, training_trees
from instructerc.training.loop import TreeTrainer, last_checkpoint, score_recognition, training_arguments
from instructerc.training.recipe import Recipe, StageRecipe, load_recipe

_PACKAGES = ("instructerc", "torch", "transformers", "accelerate", "tokenizers", "safetensors", "numpy")


def train(
    path: str | Path,
    output: str | Path,
    overrides: Sequence[str] = (),
    resume: bool = False,
    say: Callable[[str], None] = print,
) -> Path:
    """Trains every seed of a recipe; returns the folder of the best seed on development, or of the seeds' average.

    Finished stages are kept; an unfinished one goes on from its last checkpoint.

    Args:
        path: the recipe.
        output: folder under which `NAME/seed-K/STAGE/` are written.
        overrides: changes to the recipe, `KEY=VALUE` each.
        resume: go on with what the folder holds; without it a folder with another run in it is refused.
        say: takes a line for a person.

    Raises:
        RecipeError: the recipe is wrong.
        InputError: a corpus cannot be read, or the folder holds a run and `resume` is off or its recipe differs.
    """
    recipe = load_recipe(path, overrides)
    folder = Path(output) / recipe.name
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
    _write_json(folder / "result.json", {"chosen": chosen, "seeds": results})
    return folder / str(chosen["model"])


def _open_run(folder: Path, recipe: Recipe, resume: bool) -> None:
    stored = folder / "recipe.yaml"
    if stored.exists():
        if not resume:
            raise InputError(f"{folder} holds a run; go on with it by --resume, or choose another --output")
        if stored.read_text(encoding="utf-8") != recipe.to_yaml():
            raise InputError(f"{folder} was begun with another recipe ({stored}); choose another --output")
    folder.mkdir(parents=True, exist_ok=True)
    stored.write_text(recipe.to_yaml(), encoding="utf-8")
    _write_json(folder / "environment.json", environment())


def _train_seed(recipe: Recipe, seed: int, folder: Path, say: Callable[[str], None]) -> tuple[Path, float]:
    """Returns the model of the last stage and its development weighted F1."""
    previous: Path | None = None
    for stage in recipe.stages:
        place = folder / ("shared" if stage.shared else f"seed-{seed}") / stage.name
        if not (place / "result.json").exists():
            say(f"stage {stage.name}, seed {seed}")
            _train_stage(recipe, stage, seed, previous, place)
        previous = place / "model"
    result = json.loads((place / "result.json").read_text(encoding="utf-8"))
    return place / "model", result["dev_weighted_f1"]


def _train_stage(recipe: Recipe, stage: StageRecipe, seed: int, previous: Path | None, place: Path) -> None:
    """Trains one stage and writes its model, then its result: a stage with a result is finished."""
    set_seed(seed)
    if previous is None:
        backbone = EncoderBackbone.from_base(
            recipe.backbone.base, recipe.backbone.max_tokens, recipe.backbone.min_history
        )
    else:
        backbone = EncoderBackbone.load(previous)
    dev = development_trees(stage, recipe.prompt, backbone)
    trees = training_trees(stage, recipe.prompt, backbone)
    trainer = TreeTrainer(backbone, training_arguments(stage, seed, place), trees, dev)
    trainer.train(resume_from_checkpoint=last_checkpoint(place))
    history = [entry for entry in trainer.state.log_history if "eval_weighted_f1" in entry]
    _write_json(place / "history.json", history)
    _release(recipe, stage, backbone, dev, place)
    shutil.rmtree(place / "checkpoints", ignore_errors=True)


def _average(recipe: Recipe, models: Sequence[Path], place: Path) -> tuple[Path, float]:
    """Writes the mean of several seeds' weights (Wortsman et al. 2022, uniform soup); returns its folder and figure."""
    backbone, *others = [EncoderBackbone.load(model) for model in models]
    states = [other.model.state_dict() for other in (backbone, *others)]
    backbone.model.load_state_dict(
        {name: torch.stack([state[name].float() for state in states]).mean(0) for name in states[0]}
    )
    stage = recipe.stages[-1]
    return place / "model", _release(recipe, stage, backbone, development_trees(stage, recipe.prompt, backbone), place)


def _release(
    recipe: Recipe, stage: StageRecipe, backbone: EncoderBackbone, dev: Sequence[PromptTree], place: Path
) -> float:
    """Writes a finished model, then its result; returns its development weighted F1, a fraction."""
    scored = score_recognition(backbone, dev)
    backbone.save(place / "model")
    settings = ModelSettings(
        kind="encoder",
        label_set=load_label_set(stage.corpora[0].label_sets[0]),
        prompt=recipe.prompt,
        temperature=fit_temperature(scored.log_probs, scored.gold),
        figures={"dev_weighted_f1": scored.weighted_f1},
        recipe=recipe.name,
    )
    write_settings(place / "model", settings)
    _write_json(place / "result.json", {"dev_weighted_f1": scored.weighted_f1})
    return scored.weighted_f1


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


def _write_json(path: Path, data: object) -> None:
    # Renamed into place: a killed run leaves no half of a result.
    scratch = path.with_suffix(".part")
    scratch.write_text(json.dumps(data, indent=2) + "\n", encoding="utf-8")
    scratch.replace(path)
