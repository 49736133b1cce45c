"""From a trained encoder to the embedded model: int8, checked against float32 before it is released."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from instructerc.backbones.base import Backbone
from instructerc.backbones.encoders.embedded import GRAPH, EmbeddedBackbone
from instructerc.backbones.encoders.encoder import EncoderBackbone
from instructerc.backbones.encoders.graph_files import split_graph
from instructerc.backbones.encoders.onnx_graph import export_graph
from instructerc.backbones.encoders.quantise import quantise
from instructerc.backbones.registry import Export, exported_kinds, load_backbone
from instructerc.backbones.settings import ModelSettings, read_settings, write_settings
from instructerc.backbones.trees import build_trees
from instructerc.corpora import load_corpus
from instructerc.corpora.catalogue import catalogue
from instructerc.digests import file_sha256
from instructerc.errors import InputError, LabelError, ModelError
from instructerc.evaluation import Calibration, CalibrationMethod
from instructerc.labels import LabelSet, load_label_set
from instructerc.prompts import PromptTree, TreeBuilder, load_wording
from instructerc.training.development import (
    DevelopmentAnswers,
    as_told,
    calibrate_again,
    calibrations_by_domain,
    check_own_labels,
    fit_unsure,
    mean_weighted_f1,
    weighted_f1_by_corpus,
)
from instructerc.training.scoring import score_recognition

MAX_LOSS = 0.003
"""Mean weighted F1 on development, as a fraction, that int8 may lose against float32."""
_CALIBRATION_TALKS = 128


def export_embedded(
    model: Path,
    output: Path,
    corpora: Sequence[tuple[str, Path]],
    say: Callable[[str], None] = print,
    wording: str | None = None,
    calibration: CalibrationMethod | None = None,
) -> dict[str, float]:
    """Writes the embedded model of a trained encoder; returns its development figures, as fractions.

    Activation ranges are measured on the training splits; calibrations, the probability below which the model is unsure
    and the check against float32 are of the development splits. A corpus is asked with its own labels, and told as the
    kind of talk that the model knows it as.
    Nothing is written into `output` unless the check is passed.

    Args:
        model: folder of a trained encoder.
        output: folder to write.
        corpora: names and folders.
        say: takes a line for a person.
        wording: by which the exported model asks, where it is not the one that it was trained with.
        calibration: `temperature` or `prior`, where it is not the model's.

    Raises:
        ModelError: another kind of model, a wording that is not known, or int8 that loses more than 0.3 points of mean
            weighted F1.
        InputError: a corpus that cannot be read, or none with the model's own labels.
    """
    settings = read_settings(model)
    if settings.kind not in exported_kinds(Export.GRAPH):
        raise ModelError(
            f"{model} holds a model of kind {settings.kind!r}; only an {EncoderBackbone.kind!r} can be exported"
        )
    if wording is not None:
        other = load_wording(wording)
        settings = replace(settings, prompt=other.version, wording=other.to_data())
    if calibration is not None:
        settings = replace(settings, calibration=calibration, temperature=1.0, bias=())
    encoder = EncoderBackbone.load(model)
    if encoder.history.shows_later:
        raise ModelError(
            f"{model} holds a model that sees later turns (history `both`); the exported graph reads earlier ones alone"
        )
    asked = dict(zip(_distinct(corpora), (_Asked.of(name, path, settings) for name, path in corpora), strict=True))
    # What the calibration would only say after the export.
    check_own_labels({name: one.builder.label_set for name, one in asked.items()}, settings.label_set)
    say("measuring activations")
    trees = [tree for one in asked.values() for tree in one.trees("train", encoder, _CALIBRATION_TALKS)]
    layers = quantise(encoder, trees)
    dev = {name: (one, one.trees("dev", encoder)) for name, one in asked.items()}
    with TemporaryDirectory() as scratch:
        say("exporting")
        folder = Path(scratch)
        encoder.save_tokenizer(folder)
        export_graph(encoder.model, folder / GRAPH, layers)
        split_graph(folder / GRAPH)
        small, whole = (_answers(dev, backbone) for backbone in (EmbeddedBackbone.load(folder, {}), encoder))
        # Before the calibration, which is fitted on the answers of one of them.
        _check_loss(small, whole, say)
        exported = _calibrated(replace(settings, kind=EmbeddedBackbone.kind), small)
        small, whole = (as_told(answers, exported) for answers in (small, whole))
        figures = weighted_f1_by_corpus(small, "dev_weighted_f1")
        figures |= weighted_f1_by_corpus(whole, "dev_weighted_f1_float32")
        _release(folder, output, replace(exported, figures=figures, unsure_below=fit_unsure(small, exported)))
    return figures


def fit_unsure_again(model: Path, corpora: Sequence[tuple[str, Path]]) -> float:
    """Fits below which probability a finished model is told as unsure, as its export does, and writes it there.

    Args:
        model: folder of a model that was exported before; only its `model.json` changes.
        corpora: names and folders.

    Raises:
        ModelError: a folder that cannot be loaded.
        InputError: a corpus that cannot be read, or none with the model's own labels.
    """
    settings = read_settings(model)
    backbone = load_backbone(model, settings)
    asked = [_Asked.of(name, path, settings) for name, path in corpora]
    dev = {name: (one, one.trees("dev", backbone)) for name, one in zip(_distinct(corpora), asked, strict=True)}
    found = fit_unsure(as_told(_answers(dev, backbone), settings), settings)
    write_settings(model, replace(settings, unsure_below=found))
    return found


@dataclass(frozen=True)
class _Asked:
    """A corpus, and how the model is asked about it."""

    name: str
    path: Path
    builder: TreeBuilder

    @classmethod
    def of(cls, name: str, path: Path, settings: ModelSettings) -> _Asked:
        domain = settings.domain_of(name)
        labels = corpus_label_set(name, settings.label_set)
        return cls(name, path, TreeBuilder(settings.load_wording(), labels, domain=domain))

    def trees(self, split: str, backbone: Backbone, most: int | None = None) -> list[PromptTree]:
        talks = load_corpus(self.name, self.path, split)[:most]
        return [tree for talk in talks for _, tree in build_trees(talk, self.builder, backbone)]


def corpus_label_set(corpus: str, own: LabelSet) -> LabelSet:
    """Returns the labels that a model is asked for of a corpus: its own where they cover the corpus's, else those."""
    entry = next((entry for entry in catalogue() if entry.name == corpus), None)
    if entry is None:
        return own
    labels = load_label_set(entry.label_set)
    try:
        for label in labels.names:
            own.resolve(label)
    except LabelError:
        return labels
    return own


def _distinct(corpora: Sequence[tuple[str, Path]]) -> list[str]:
    """Returns the names of corpora; folders of files, which have one name, with their paths."""
    names = [name for name, _ in corpora]
    return [name if names.count(name) == 1 else f"{name} {path}" for name, path in corpora]


def _answers(
    dev: Mapping[str, tuple[_Asked, Sequence[PromptTree]]], backbone: Backbone
) -> dict[str, DevelopmentAnswers]:
    found = {}
    for name, (asked, trees) in dev.items():
        scored = score_recognition(backbone, trees)
        if not len(scored.gold):
            raise InputError(f"development of {name} has no labelled utterance; give a corpus with labels")
        found[name] = DevelopmentAnswers(asked.builder.label_set, asked.builder.domain, scored)
    return found


def _check_loss(
    small: Mapping[str, DevelopmentAnswers], whole: Mapping[str, DevelopmentAnswers], say: Callable[[str], None]
) -> None:
    """Raises ModelError if int8 loses too much, on the mean of the corpora."""

    def told(ours: float, theirs: float) -> str:
        return f"int8 {100 * ours:.2f}, float32 {100 * theirs:.2f}"

    if len(small) > 1:
        for name, one in small.items():
            say(f"{name}: development weighted F1: {told(one.scored.weighted_f1, whole[name].scored.weighted_f1)}")
    ours, theirs = mean_weighted_f1(small), mean_weighted_f1(whole)
    say(f"development weighted F1: {told(ours, theirs)}")
    if theirs - ours > MAX_LOSS:
        raise ModelError(
            f"int8 loses more than {100 * MAX_LOSS:.1f} points compared with float32, so nothing was exported"
        )


def _calibrated(settings: ModelSettings, answers: Mapping[str, DevelopmentAnswers]) -> ModelSettings:
    labels = settings.label_set
    known = Calibration.from_data(
        {"method": settings.calibration, "temperature": settings.temperature, "bias": settings.bias}
    )
    found = calibrate_again(known, answers, labels)
    by_domain = calibrations_by_domain(known, answers, labels)
    return replace(
        settings,
        temperature=found.temperature,
        bias=found.bias,
        temperatures={domain: one.temperature for domain, one in by_domain.items()},
        biases={domain: one.bias for domain, one in by_domain.items() if one.bias},
    )


def _release(folder: Path, output: Path, settings: ModelSettings) -> None:
    output.mkdir(parents=True, exist_ok=True)
    files = sorted(path for path in folder.iterdir() if path.is_file())
    for path in files:
        (output / path.name).write_bytes(path.read_bytes())
    digests = {path.name: file_sha256(path) for path in files}
    write_settings(output, replace(settings, sha256=digests))
