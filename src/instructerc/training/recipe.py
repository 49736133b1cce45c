"""Recipes: an experiment as data, checked whole before anything runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from instructerc.backbones.options import BackboneOptions
from instructerc.backbones.registry import trained_kinds
from instructerc.errors import InstructERCError, did_you_mean
from instructerc.labels import load_label_set
from instructerc.prompts import EMOTION_RECOGNITION, TASKS, History, load_wording


def _checked(load: Callable[[str], Any], name: str) -> Any:
    """Turns our errors into the kind that a validator collects."""
    try:
        return load(name)
    except InstructERCError as error:
        raise ValueError(str(error)) from error


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DemonstrationsRecipe(_Section):
    """Labelled utterances of the training split that a recognition prompt shows (section 3.1 of the paper)."""

    embedder: str = Field("embedded", description="the shipped model, or a sentence-transformers name or folder")
    top_k: int = Field(1, ge=1, description="demonstrations in a prompt")
    pairing: Literal["all-labels", "same-label", "none"] = Field(
        "all-labels",
        description="same-label is the paper's: it puts the gold label into the training prompt, and not into others",
    )
    balanced: bool = Field(False, description="as many entries of each label as the rarest one has")
    speakers: bool = Field(False, description="whether demonstrations keep their speaker")
    history: int = Field(0, ge=0, description="earlier turns that a demonstration shows")
    same_text: bool = Field(False, description="allow a text equal to the target's")
    index: Literal["auto", "numpy", "usearch", "qdrant"] = Field("auto", description="how the bank is searched")
    url: str | None = Field(None, description="of a Qdrant server that holds a shared bank")


class PromptRecipe(_Section):
    """What a prompt says and shows."""

    wording: str = Field(description="a version of the package, or a YAML file of one's own")
    history: Literal["trunk", "window", "both"] = Field(
        "trunk", description="every earlier turn that fits; exactly `window`; or, for encoders, later turns too"
    )
    window: int = Field(
        12, ge=0, description="earlier turns; with `trunk`, the least that a target sees where they fit"
    )
    demonstrations: DemonstrationsRecipe | None = Field(None, description="none where absent")
    speakers: Literal["names", "numbers", "none"] = Field(
        "names", description="speakers are called by name, by number in order of appearance, or all alike"
    )

    @field_validator("wording")
    @classmethod
    def _known_wording(cls, value: str) -> str:
        _checked(load_wording, value)
        return value

    @model_validator(mode="after")
    def _demonstrations_have_a_place(self) -> PromptRecipe:
        if self.demonstrations and "{demonstrations}" not in load_wording(self.wording).emotion_recognition:
            raise ValueError(f"wording {self.wording!r} has no {{demonstrations}} slot in emotion_recognition")
        return self

    def to_history(self) -> History:
        """Returns what a target sees of the turns before it."""
        return History(self.history, self.window)


class CorpusRecipe(_Section):
    """One corpus to train on."""

    name: str = Field(description="name of a corpus that `corpora.load_corpus` reads")
    path: str = Field(description="its folder; relative to where the command runs")
    label_sets: Annotated[list[str], Field(min_length=1)] = Field(
        description="options of its emotion tasks, each a shipped name or a YAML file; several are all asked"
    )
    weight: float = Field(1.0, gt=0, description="factor of the losses of its questions")
    domain: str = Field("", description="kind of talk, for wordings that say it, such as 'everyday conversation'")
    selects: bool = Field(
        False, description="its development split counts in selecting; the first corpus's always does"
    )
    share: float = Field(
        1.0, gt=0, le=1, description="share of the conversations that an epoch uses, redrawn each time"
    )
    together: int = Field(1, ge=1, description="conversations that count as one in a batch, for single comments")
    shares: bool = Field(True, description="annotators' shares of an answer, where the corpus has them; for encoders")
    gold: bool = Field(True, description="learn its labels; without, its text is learnt from the stage's teacher alone")
    augment: float = Field(0.0, ge=0, le=1, description="how much names, marks and spelling are varied")
    paraphrase: float = Field(0.0, ge=0, le=1, description="how often options go by other words")
    subset: float = Field(0.0, ge=0, le=1, description="how often only some labels of a large set are options")
    held_out: tuple[str, ...] = Field((), description="labels that are never an option in training")
    leave_out: str | None = Field(
        None, description="file of training conversations to leave out, as `corpus overlap --drop` writes it"
    )

    @field_validator("label_sets")
    @classmethod
    def _known_label_sets(cls, value: list[str]) -> list[str]:
        for source in value:
            _checked(load_label_set, source)
        return value


# What a stage may start from, beside an earlier stage.
PREVIOUS, BASE = "previous", "base"


class StageRecipe(_Section):
    """One training, from the weights that the stage before it selected; defaults as the paper's (section 4.3)."""

    name: str = Field(description="name of the stage's folder")
    corpora: Annotated[list[CorpusRecipe], Field(min_length=1)] = Field(
        description="what is trained on; the development split of the first one selects the epoch"
    )
    share: float = Field(1.0, gt=0, le=1, description="share of the conversations that is trained on")
    share_of: Literal["conversations", "utterances"] = Field(
        "conversations", description="what is drawn; of utterances, those not drawn stay as history without a label"
    )
    mix: Literal["ratio", "total"] = Field(
        "ratio", description="the share is drawn from each corpus, or from all together"
    )
    drop_overlap: bool = Field(
        True,
        description="leave out conversations that another corpus of one source has in development or test (5 words or "
        "more); a folder of one's own files may be of any source",
    )
    tasks: dict[str, float] = Field({EMOTION_RECOGNITION: 1.0}, description="loss weight by task; 0 leaves it out")
    speaker_history: bool = Field(False, description="speaker identification sees the earlier turns")
    order: Literal["shuffled", "fewest-shifts"] = Field(
        "shuffled", description="fewest-shifts goes from few emotion shifts to many in each epoch"
    )
    start: str = Field(
        PREVIOUS,
        description="carry on from the last stage's weights, from those of a stage by its name, or from the base again",
    )
    shared: bool = Field(False, description="trained once, with the first seed, for all seeds")
    epochs: int = Field(3, ge=0, description="passes over the training splits; 0 takes the model as it is (zero-shot)")
    batch_size: int = Field(8, ge=1, description="conversations (trunks) per update, over all processes")
    learning_rate: float = Field(1e-4, gt=0, description="peak of the linear schedule")
    keep: dict[str, float] = Field(
        {}, description="shares of earlier stages' weights, by their names, in the finished model's"
    )
    layer_decay: float = Field(
        1.0, gt=0, le=1, description="factor of the learning rate from each layer of an encoder to the one below it"
    )
    frozen_layers: int = Field(
        0, ge=0, description="lowest layers of an encoder that are left as they are, its embeddings with them"
    )
    teacher: str | None = Field(None, description="file of answers that `instructerc teach` wrote; for encoders")
    teacher_weight: float = Field(0.5, ge=0, le=1, description="the teacher's part of an answer that has a label")
    warmup_share: float = Field(0.1, ge=0, lt=1, description="share of the updates that warm up")
    weight_decay: float = Field(0.0, ge=0, description="AdamW's decay")
    max_grad_norm: float = Field(1.0, gt=0, description="gradients are clipped at this norm")
    precision: Literal["fp32", "bf16"] = Field("bf16", description="of the forward pass; trained weights stay float32")

    @field_validator("keep")
    @classmethod
    def _parts_of_one(cls, value: dict[str, float]) -> dict[str, float]:
        if any(share <= 0 for share in value.values()) or sum(value.values()) >= 1:
            raise ValueError("give shares above 0 that sum to less than 1; the rest is the stage's own")
        return value

    @field_validator("tasks")
    @classmethod
    def _known_tasks(cls, value: dict[str, float]) -> dict[str, float]:
        for task, weight in value.items():
            if task not in TASKS:
                raise ValueError(f"no task {task!r}; there are {', '.join(TASKS)}{did_you_mean(task, TASKS)}")
            if weight < 0:
                raise ValueError(f"task {task!r} has the negative weight {weight}")
        if not any(value.values()):
            raise ValueError("every task has weight 0: nothing would be learnt")
        return value


class Recipe(_Section):
    """A whole experiment."""

    name: str = Field(description="name of the run's folder")
    prompt: PromptRecipe
    backbone: BackboneOptions
    stages: Annotated[list[StageRecipe], Field(min_length=1)]
    calibration: Literal["none", "temperature", "prior", "contextual"] = Field(
        "temperature", description="fitted on development, kept with the model"
    )
    languages: list[Annotated[str, Field(pattern="^[a-z]{2,3}$")]] = Field(
        ["en"],
        description="ISO 639-1 codes of the languages that the model reads; it is less sure of turns in others",
    )
    seeds: Annotated[list[int], Field(min_length=1)] = [1]
    average_seeds: bool = Field(
        False, description="the run ends in the mean of the seeds' weights, not in the best seed; for encoders"
    )

    @model_validator(mode="before")
    @classmethod
    def _default_wording(cls, data: Any) -> Any:
        """The wording that suits the backbone, where none is given."""
        if isinstance(data, dict) and isinstance(data.get("prompt", {}), dict):
            backbone, standard = data.get("backbone"), BackboneOptions.model_fields["kind"].default
            kind = backbone.get("kind", standard) if isinstance(backbone, dict) else standard
            # One that is not known is reported with the other faults.
            training = trained_kinds().get(str(kind), trained_kinds()[standard])
            return {**data, "prompt": {"wording": training.wording, **data.get("prompt", {})}}
        return data

    @model_validator(mode="after")
    def _fits_together(self) -> Recipe:
        training = trained_kinds()[self.backbone.kind]
        if self.average_seeds and not training.averages:
            raise ValueError("average_seeds is for encoders: the mean of two adapters is not an adapter of their mean")
        if any(stage.keep for stage in self.stages) and not training.averages:
            raise ValueError("keep is for encoders: the mean of two adapters is not an adapter of their mean")
        if any(stage.frozen_layers for stage in self.stages) and not training.averages:
            raise ValueError("frozen_layers is for encoders: of a language model only an adapter is trained")
        wording = load_wording(self.prompt.wording)
        if training.spells_options and not wording.emotion_recognition:
            raise ValueError(f"wording {self.prompt.wording!r} asks nothing in words, which a language model requires")
        if training.spells_options and wording.joint:
            raise ValueError(
                f"wording {self.prompt.wording!r} has a joint, which language models do not read; leave it out"
            )
        self._check_later_turns(training.shows_later, bool(wording.emotion_recognition))
        names = [stage.name for stage in self.stages]
        if not training.learns_shares and any(stage.teacher for stage in self.stages):
            raise ValueError("a teacher's answers are learnt by encoders; leave out `teacher`")
        for place, stage in enumerate(self.stages):
            known = ", ".join(names[:place]) or "none"
            for name in stage.keep:
                if name not in names[:place]:
                    raise ValueError(f"stage {stage.name!r} keeps {name!r}; stages before it: {known}")
            if stage.start not in (PREVIOUS, BASE, *names[:place]):
                raise ValueError(
                    f"stage {stage.name!r} starts from {stage.start!r}; give {PREVIOUS}, {BASE} or a stage before it: "
                    f"{known}"
                )
        if len(set(names)) < len(names):
            raise ValueError(f"two stages have the same name: {', '.join(names)}")
        return self

    def _check_later_turns(self, shown: bool, in_words: bool) -> None:
        """Refuses `history: both` where a turn would not see later ones, or a question would see its own answer."""
        if self.prompt.history != "both":
            return
        if not shown:
            raise ValueError("history `both` is for encoders: a language model reads a prompt up to its question")
        if in_words:
            raise ValueError(
                f"with history `both`, a turn's emotion is read from the turn itself, and wording "
                f"{self.prompt.wording!r} asks for it in words; choose encoder-1, encoder-2 or encoder-3"
            )
        for stage in self.stages:
            others = [task for task, weight in stage.tasks.items() if weight and task != EMOTION_RECOGNITION]
            if others:
                raise ValueError(
                    f"stage {stage.name!r}: {' and '.join(others)} would see the turn that is asked about; "
                    f"with history `both`, the only task is {EMOTION_RECOGNITION}"
                )

    def to_yaml(self) -> str:
        """Returns the resolved recipe, every default written out."""
        return yaml.safe_dump(self.model_dump(mode="json"), sort_keys=False, allow_unicode=True)
