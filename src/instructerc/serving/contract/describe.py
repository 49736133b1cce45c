"""Models, label sets and wheels, as the service describes them."""

from __future__ import annotations

from functools import cache

from instructerc.formats.registry import known_formats
from instructerc.labels import LabelSet, affect_of, load_label_set, load_wheel, place_on_wheel, shipped_label_sets
from instructerc.labels.affect import affect_source
from instructerc.recognition import Recognizer
from instructerc.serving.contract.schemas.about import (
    FormatInfo,
    FormatList,
    LabelInfo,
    LabelList,
    LabelSetInfo,
    ModelInfo,
    ModelList,
    WheelInfo,
)


def describe_model(recognizer: Recognizer, name: str) -> ModelList:
    """Returns what is known about the model that answers."""
    settings = recognizer.settings
    figures: dict[str, float | str | int | None] = {**settings.figures}
    info = ModelInfo(
        id=name,
        kind=settings.kind,
        label_set=settings.label_set.name,
        labels=list(settings.label_set.names),
        calibration=settings.calibration,
        languages=list(settings.languages),
        domain=settings.domain,
        figures=figures,
        unsure_below=settings.unsure_below,
        other_unsure_below={str(count): value for count, value in settings.other_unsure_below.items()},
    )
    return ModelList(models=[info])


@cache
def describe_labels() -> LabelList:
    """Returns every shipped label set, and the feeling wheel."""
    sets = [_describe(load_label_set(name)) for name in shipped_label_sets()]
    wheel = load_wheel("willcox")
    feelings = {core: {word: list(outer) for word, outer in middle.items()} for core, middle in wheel.feelings.items()}
    info = WheelInfo(name=wheel.name, about=wheel.about, edition=wheel.edition, source=wheel.source, feelings=feelings)
    return LabelList(label_sets=sets, wheels=[info], affect_source=affect_source())


@cache
def describe_formats() -> FormatList:
    """Returns every format that files are read from."""
    found = [
        FormatInfo(name=one.name, title=one.title, about=one.about, extensions=list(one.extensions), times=one.times)
        for one in known_formats().values()
    ]
    return FormatList(formats=found)


def _describe(labels: LabelSet) -> LabelSetInfo:
    places = place_on_wheel(labels)
    infos = []
    for label in labels.names:
        affect = affect_of(label, labels)
        path = places[label]
        infos.append(
            LabelInfo(
                label=label,
                aliases=list(labels.aliases.get(label, ())),
                description=labels.descriptions.get(label),
                valence=affect.valence if affect else None,
                arousal=affect.arousal if affect else None,
                wheel=None if path is None else list(path),
            )
        )
    return LabelSetInfo(name=labels.name, labels=infos)
