"""The one training loop: transformers' Trainer, subclassed once."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.utils.data import Sampler
from transformers import Trainer, TrainingArguments

from instructerc.backbones.base import Backbone, FloatArray
from instructerc.backbones.encoder import EncoderBackbone, EncoderBatch, collate
from instructerc.evaluation import confusion_matrix, weighted_f1
from instructerc.prompts import PromptTree
from instructerc.training.recipe import StageRecipe

_GROUP = 8


class LengthGroupedSampler(Sampler[int]):
    """Shuffled order in which a batch holds trees of similar length; the same for the same seed and epoch.

    Args:
        lengths: size of each tree, in any unit.
        batch_size: trees per batch.
        seed: of the shuffle.
    """

    def __init__(self, lengths: Sequence[int], batch_size: int, seed: int) -> None:
        self.lengths = np.asarray(lengths)
        self.batch_size = batch_size
        self.seed = seed
        self.epoch = 0

    def set_epoch(self, epoch: int) -> None:
        """Chooses the epoch whose order comes next; counted from 0."""
        self.epoch = epoch

    def __len__(self) -> int:
        return len(self.lengths)

    def __iter__(self) -> Iterator[int]:
        random = np.random.default_rng([self.seed, self.epoch])
        order = random.permutation(len(self.lengths))
        group = self.batch_size * _GROUP
        batches: list[Any] = []
        for begin in range(0, len(order), group):
            chunk = order[begin : begin + group]
            chunk = chunk[np.argsort(-self.lengths[chunk], kind="stable")]
            batches.extend(chunk[first : first + self.batch_size] for first in range(0, len(chunk), self.batch_size))
        full = [batch for batch in batches if len(batch) == self.batch_size]
        short = [batch for batch in batches if len(batch) < self.batch_size]
        random.shuffle(full)
        for batch in [*full, *short]:
            yield from batch.tolist()


class TreeTrainer(Trainer):
    """Trains a backbone on prompt trees; evaluation is weighted F1 of emotion recognition on development."""

    def __init__(
        self,
        backbone: EncoderBackbone,
        arguments: TrainingArguments,
        train: Sequence[PromptTree],
        dev: Sequence[PromptTree],
    ) -> None:
        super().__init__(
            backbone.model,
            arguments,
            train_dataset=train,
            eval_dataset=dev,
            data_collator=lambda trees: vars(collate(trees, backbone.tokenizer)),
        )
        self.backbone = backbone
        self.train_trees = train
        self.dev_trees = dev

    def _get_train_sampler(self, train_dataset: Any = None) -> LengthGroupedSampler:
        lengths = [sum(len(segment.text) for segment in tree.trunk) for tree in self.train_trees]
        return LengthGroupedSampler(lengths, self.args.per_device_train_batch_size, self.args.seed)

    def compute_loss(
        self, model: Any, inputs: dict[str, Any], return_outputs: bool = False, num_items_in_batch: Any = None
    ) -> torch.Tensor:
        """Returns the loss of a batch: weighted cross-entropy of the gold options, a mean over utterances."""
        batch = EncoderBatch(**inputs)
        return choice_loss(model(batch), batch)

    def evaluate(
        self, eval_dataset: Any = None, ignore_keys: Any = None, metric_key_prefix: str = "eval"
    ) -> dict[str, float]:
        """Returns and logs the development figures that select the epoch."""
        metrics = {f"{metric_key_prefix}_weighted_f1": score_recognition(self.backbone, self.dev_trees).weighted_f1}
        self.log(metrics)
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics


def choice_loss(scores: torch.Tensor, batch: EncoderBatch) -> torch.Tensor:
    """Returns the weighted cross-entropy of the gold options, summed over tasks, a mean over utterances.

    Args:
        scores: option scores. Shape: [Q, O].
        batch: the questions.
    """
    asked = batch.answers >= 0
    losses = torch.nn.functional.cross_entropy(scores[asked], batch.answers[asked], reduction="none")
    return (losses * batch.weights[asked]).sum() / max(batch.n_utterances, 1)


@dataclass(frozen=True)
class Scored:
    """Answers to U recognition questions that have a gold label.

    Attributes:
        gold: index of the gold option. Shape: [U].
        log_probs: log p(option | prompt). Shape: [U, O].
    """

    gold: npt.NDArray[np.int64]
    log_probs: FloatArray

    @property
    def weighted_f1(self) -> float:
        """A fraction."""
        return weighted_f1(confusion_matrix(self.gold, self.log_probs.argmax(-1), self.log_probs.shape[1]))


def score_recognition(backbone: Backbone, trees: Sequence[PromptTree]) -> Scored:
    """Returns the answers to the trees' questions that have a gold option; all with the same options."""
    pairs = [
        (question.answer, log_probs)
        for tree, answers in zip(trees, backbone.score(trees), strict=True)
        for question, log_probs in zip(tree.questions, answers, strict=True)
        if question.answer is not None
    ]
    return Scored(np.array([gold for gold, _ in pairs]), np.array([log_probs for _, log_probs in pairs]))


def training_arguments(stage: StageRecipe, seed: int, folder: Path) -> TrainingArguments:
    """Returns transformers' arguments for one stage and seed."""
    return TrainingArguments(
        output_dir=str(folder / "checkpoints"),
        num_train_epochs=stage.epochs,
        per_device_train_batch_size=stage.batch_size,
        gradient_accumulation_steps=stage.accumulation,
        learning_rate=stage.learning_rate,
        warmup_steps=stage.warmup_share,
        weight_decay=stage.weight_decay,
        max_grad_norm=stage.max_grad_norm,
        adam_beta1=0.9,
        adam_beta2=0.95,
        lr_scheduler_type="linear",
        bf16=stage.precision == "bf16",
        use_cpu=not torch.cuda.is_available(),
        seed=seed,
        data_seed=seed,
        eval_strategy="epoch",
        save_strategy="epoch",
        save_total_limit=2,
        load_best_model_at_end=True,
        metric_for_best_model="eval_weighted_f1",
        greater_is_better=True,
        logging_steps=20,
        remove_unused_columns=False,
        dataloader_pin_memory=torch.cuda.is_available(),
        report_to="none",
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
