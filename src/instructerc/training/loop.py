"""The one training loop: transformers' Trainer, subclassed once."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import distributed
from torch.utils.data import Sampler
from transformers import Trainer, TrainingArguments

from instructerc.backbones.language_models.packing_check import is_out_of_memory
from instructerc.backbones.trainable import TrainableBackbone
from instructerc.compat.transformers_models import sample_by
from instructerc.errors import ModelError, RecipeError
from instructerc.prompts import PromptTree
from instructerc.training.data import TrainingSet
from instructerc.training.layers import decayed_groups
from instructerc.training.order import DrawnItems, DrawnSampler, LengthGroupedSampler, ShuffledSampler
from instructerc.training.precision import computes_in_bfloat16
from instructerc.training.recipe import StageRecipe
from instructerc.training.scoring import Scored, score_recognition

_SMALLEST_SCALE = 1 / 64


class TreeTrainer(Trainer):
    """Trains a backbone on prompt trees; evaluation is weighted F1 of emotion recognition on development.

    Where several corpora select, it is the mean of their figures.

    A step's trees are run row by row, as many rows as memory asks for; their gradients add up to those of one batch.

    Args:
        backbone: what is trained.
        arguments: of transformers.
        train: what it is trained on.
        dev: trees of the development splits that select, by corpus.
        best: folder for the weights with the best development figure so far, or for the last ones.
        selects: whether development selects the epoch; a stage that does not train recognition keeps its last one.
        layer_decay: factor of the learning rate from each layer to the one below it.
    """

    def __init__(
        self,
        backbone: TrainableBackbone,
        arguments: TrainingArguments,
        train: TrainingSet,
        dev: Mapping[str, Sequence[PromptTree]],
        best: Path,
        selects: bool = True,
        layer_decay: float = 1.0,
    ) -> None:
        items = DrawnItems(train, arguments.seed, backbone.fits)
        super().__init__(
            backbone.model,
            arguments,
            train_dataset=items,
            eval_dataset=[tree for trees in dev.values() for tree in trees],
            data_collator=lambda items: {"trees": [tree for item in items for tree in item]},
        )
        self.items = items
        self.layer_decay = layer_decay
        self.backbone = backbone
        self.training_set = train
        self.dev = dev
        self.best = best
        self.selects = selects
        self.row_scale = 1.0
        sample_by(self, self._sampler)

    def _sampler(self, train_dataset: Any = None) -> Sampler[int]:
        train, seed = self.training_set, self.args.seed
        sampler: DrawnSampler
        if train.difficulty is None and self.backbone.pads:
            sizes = [sum(len(turn.text) for turn in draft.conversation.utterances) for draft in train.drafts]
            lengths = [max(sizes[number] for number in item) for item in train.items]
            sampler = LengthGroupedSampler(lengths, self.args.per_device_train_batch_size, seed, train.shares)
        else:
            sampler = ShuffledSampler(len(train.items), seed, train.difficulty, train.shares)
        self.items.sampler = sampler
        return sampler

    def create_optimizer(self, model: Any = None) -> torch.optim.Optimizer:
        """Returns AdamW; with a layer decay, each layer of the encoder has a learning rate of its own."""
        if self.layer_decay == 1 or self.optimizer is not None:
            found: torch.optim.Optimizer = super().create_optimizer()
            return found
        groups = decayed_groups(self.model, self.args.learning_rate, self.layer_decay, self.args.weight_decay)
        kind, options = self.get_optimizer_cls_and_kwargs(self.args)
        self.optimizer = kind(groups, **options)
        return self.optimizer

    def floating_point_ops(self, inputs: dict[str, Any]) -> int:
        """Returns nothing that is counted: tokens of packed rows are not what the trainer thinks."""
        return 0

    def training_step(self, model: Any, inputs: dict[str, Any], num_items_in_batch: Any = None) -> torch.Tensor:
        """Returns the loss of a step, a mean over its utterances, after its gradients were added up.

        Where memory does not hold a row, rows are halved and the step is begun again.

        Raises:
            ModelError: the smallest rows are too large, or memory ran out in one of several processes.
        """
        model.train()
        while True:
            try:
                return self._run_rows(model, inputs["trees"])
            except Exception as error:
                if not is_out_of_memory(error):
                    raise
                if self.args.world_size > 1 or self.row_scale <= _SMALLEST_SCALE:
                    raise ModelError(
                        "memory ran out in training; set backbone.row_tokens lower, or gradient_checkpointing: true"
                    ) from error
            self.row_scale /= 2
            model.zero_grad(set_to_none=True)

    def _run_rows(self, model: Any, trees: Sequence[PromptTree]) -> torch.Tensor:
        rows = self.backbone.rows(trees, self.row_scale)
        answered = {(index, q.utterance) for index, tree in enumerate(trees) for q in tree.questions if q.answered}
        n_rows, n_utterances = self._over_processes(len(rows), len(answered))
        total = torch.zeros((), device=self.args.device)
        for number in range(n_rows):
            last = number == n_rows - 1
            # A process with fewer rows runs its last one again for nothing, so that all of them meet as often.
            weight = self.args.world_size / max(n_utterances, 1) if number < len(rows) else 0.0
            with self._synchronised(model, last):
                loss = self.backbone.loss(model, rows[min(number, len(rows) - 1)]) * weight
                self.accelerator.backward(loss)
            total += loss.detach()
        return total

    def _over_processes(self, n_rows: int, n_utterances: int) -> tuple[int, int]:
        """Returns the most rows that a process has, and all utterances of the step."""
        if self.args.world_size == 1:
            return n_rows, n_utterances
        most = torch.tensor([n_rows], device=self.args.device)
        total = torch.tensor([n_utterances], device=self.args.device)
        distributed.all_reduce(most, distributed.ReduceOp.MAX)
        distributed.all_reduce(total)
        return int(most), int(total)

    def _synchronised(self, model: Any, last: bool) -> contextlib.AbstractContextManager[Any]:
        """Returns the context of a row: processes exchange gradients after the last one."""
        if last or self.is_fsdp_enabled:
            return contextlib.nullcontext()
        context: contextlib.AbstractContextManager[Any] = self.accelerator.no_sync(model)
        return context

    def evaluate(
        self, eval_dataset: Any = None, ignore_keys: Any = None, metric_key_prefix: str = "eval"
    ) -> dict[str, float]:
        """Returns and logs the development figure; the weights are kept where it is the best so far."""
        figures = {name: self._score_dev(trees).weighted_f1 for name, trees in self.dev.items()}
        figure = sum(figures.values()) / len(figures)
        metrics = {f"{metric_key_prefix}_weighted_f1": figure}
        if len(figures) > 1:
            metrics |= {f"{metric_key_prefix}_weighted_f1_{name}": value for name, value in figures.items()}
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        if self._is_best(figure):
            self._keep(figure)
        return metrics

    def _is_best(self, figure: float) -> bool:
        """Returns whether a figure is the best so far, as the first process sees it.

        That one writes the record: another that reads it a moment later would see this figure in it, and not take part
        in keeping the weights.
        """
        found = [not self.selects or figure > self._best_figure()]
        if self.args.world_size > 1:
            distributed.broadcast_object_list(found, src=0)
        return found[0]

    def _best_figure(self) -> float:
        record = self.best / "figure.json"
        return float(json.loads(record.read_text(encoding="utf-8"))["dev_weighted_f1"]) if record.exists() else -1.0

    def _score_dev(self, trees: Sequence[PromptTree]) -> Scored:
        """Returns the development answers; processes share the work where each of them has the whole model."""
        world, rank = self.args.world_size, self.args.process_index
        if world == 1 or self.is_fsdp_enabled:
            return score_recognition(self.backbone, trees)
        parts: list[Any] = [None] * world
        distributed.all_gather_object(parts, score_recognition(self.backbone, trees[rank::world]))
        return Scored.joined(parts)

    def _keep(self, figure: float) -> None:
        state = gathered_weights(self.backbone.model) if self.is_fsdp_enabled else None
        if self.args.process_index == 0:
            # Renamed into place: a killed run leaves no half of a model.
            scratch = self.best.with_name(self.best.name + ".part")
            shutil.rmtree(scratch, ignore_errors=True)
            self.backbone.save(scratch, state)
            (scratch / "figure.json").write_text(json.dumps({"dev_weighted_f1": figure}), encoding="utf-8")
            shutil.rmtree(self.best, ignore_errors=True)
            scratch.rename(self.best)
        self.accelerator.wait_for_everyone()


def gathered_weights(model: Any) -> dict[str, torch.Tensor]:
    """Returns a model's weights that were spread over processes, whole, on the CPU; of an adapted one, the adapter's.

    Every process has to call this: each weight is gathered from all of them.
    """
    adapted = hasattr(model, "peft_config")
    wanted = ((name, weight) for name, weight in model.named_parameters() if weight.requires_grad or not adapted)
    return {
        name: (weight.full_tensor() if hasattr(weight, "full_tensor") else weight).detach().cpu()
        for name, weight in wanted
    }


def training_arguments(
    stage: StageRecipe,
    seed: int,
    folder: Path,
    say: Callable[[str], None] = print,
    trackers: Sequence[str] = (),
    name: str | None = None,
) -> TrainingArguments:
    """Returns transformers' arguments for one stage and seed.

    Args:
        stage: the stage.
        seed: of everything that is drawn.
        folder: the stage's own.
        say: takes a line for a person.
        trackers: programs that are told how it goes, by the trainer's names for them.
        name: of the run, in these.

    Raises:
        RecipeError: a batch that cannot be shared evenly by the processes.
    """
    n_processes = int(os.environ.get("WORLD_SIZE", "1"))
    if stage.batch_size % n_processes:
        raise RecipeError(
            f"stage {stage.name!r}: batch_size {stage.batch_size} cannot be shared evenly by {n_processes} processes; "
            f"choose a multiple of {n_processes}"
        )
    return TrainingArguments(
        output_dir=str(folder / "checkpoints"),
        num_train_epochs=stage.epochs,
        per_device_train_batch_size=stage.batch_size // n_processes,
        learning_rate=stage.learning_rate,
        warmup_steps=stage.warmup_share,
        weight_decay=stage.weight_decay,
        max_grad_norm=stage.max_grad_norm,
        adam_beta1=0.9,
        adam_beta2=0.95,
        lr_scheduler_type="linear",
        bf16=computes_in_bfloat16(stage.precision, say),
        use_cpu=not torch.cuda.is_available(),
        seed=seed,
        data_seed=seed,
        eval_strategy="epoch",
        save_strategy="epoch",
        save_total_limit=2,
        load_best_model_at_end=False,
        ddp_find_unused_parameters=False,
        logging_steps=20,
        remove_unused_columns=False,
        dataloader_pin_memory=False,
        # Prompts are drawn beside the device's work.
        dataloader_num_workers=2 if torch.cuda.is_available() else 0,
        report_to=list(trackers) or "none",
        run_name=name,
        project="instructerc",
    )


def last_checkpoint(folder: Path) -> str | None:
    """Returns the newest checkpoint that was written to its end; a killed run may leave half of one."""

    def complete(checkpoint: Path) -> bool:
        try:
            # The trainer writes its state last.
            json.loads((checkpoint / "trainer_state.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return False
        return True

    found = sorted((folder / "checkpoints").glob("checkpoint-*"), key=lambda path: int(path.name.split("-")[1]))
    return next((str(path) for path in reversed(found) if complete(path)), None)
