"""What the service has: models, label sets, wheels and file formats."""

from __future__ import annotations

from pydantic import Field

from instructerc.serving.contract.schemas.fields import Probability, Schema


class FormatInfo(Schema):
    """A file format that can be read."""

    name: str
    title: str
    about: str
    extensions: list[str]
    times: str


class FormatList(Schema):
    """What /v1/read takes as `input_format`."""

    formats: list[FormatInfo]


class ModelInfo(Schema):
    """A model that answers."""

    id: str
    kind: str
    label_set: str
    labels: list[str]
    calibration: str
    languages: list[str] = Field(default_factory=list, description="ISO 639-1 codes of what it reads; empty: unknown.")
    domain: str = Field("", description="Kind of talk that it takes every text for; empty: unknown.")
    figures: dict[str, float | str | int | None]
    unsure_below: Probability | None = Field(
        None, description="Below this probability its answers with its own labels are more often wrong than right."
    )
    other_unsure_below: dict[str, Probability] = Field(
        default_factory=dict, description="Likewise with other labels, by their number; linear between the numbers."
    )


class ModelList(Schema):
    """The models of this service."""

    models: list[ModelInfo]


class LabelInfo(Schema):
    """A label, its other words, and where it stands."""

    label: str
    aliases: list[str]
    description: str | None
    valence: float | None = Field(description="-1, unpleasant, to 1, pleasant.")
    arousal: float | None = Field(description="-1, sleepy, to 1, excited.")
    wheel: list[str] | None = Field(description="Path to it on Willcox's feeling wheel, from the core feeling.")


class LabelSetInfo(Schema):
    """A label set."""

    name: str
    labels: list[LabelInfo]


class WheelInfo(Schema):
    """A feeling wheel: core feelings, then the feelings of the rings around each."""

    name: str
    about: str
    edition: str
    source: str
    feelings: dict[str, dict[str, list[str]]]


class LabelList(Schema):
    """What can be asked for as `labels`."""

    label_sets: list[LabelSetInfo]
    wheels: list[WheelInfo]
    affect_source: str
