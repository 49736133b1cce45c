"""A teacher's answers about training conversations, kept in a file: what a smaller encoder is distilled from."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import safe_open
from safetensors.numpy import save_file

from instructerc.backbones.base import Backbone, FloatArray
from instructerc.backbones.trees import build_trees
from instructerc.conversation import Conversation
from instructerc.errors import InputError
from instructerc.labels import LabelSet
from instructerc.prompts import TreeBuilder, Wording

_AT_ONCE = 512


class TeacherAnswers:
    """Probabilities of every label for every utterance of training splits.

    Args:
        tables: probabilities by name of what was asked. Shape: [N, O] each, float16.
        ids: for each of them, conversation ids with the row at which each begins and its number of rows.
    """

    def __init__(self, tables: dict[str, npt.NDArray[np.float16]], ids: dict[str, dict[str, tuple[int, int]]]) -> None:
        self.tables = tables
        self.ids = ids

    @classmethod
    def load(cls, path: Path) -> TeacherAnswers:
        """Returns what `save` wrote.

        Raises:
            InputError: no such file, or another one.
        """
        try:
            with safe_open(path, "numpy") as file:
                ids = json.loads(file.metadata()["ids"])
                return cls({name: file.get_tensor(name) for name in file.keys()}, ids)  # noqa: SIM118
        except Exception as error:
            raise InputError(
                f"{path} is not a file of a teacher's answers ({error}); `instructerc teach` makes it"
            ) from error

    def save(self, path: Path) -> None:
        """Writes the answers."""
        path.parent.mkdir(parents=True, exist_ok=True)
        save_file(self.tables, path, {"ids": json.dumps(self.ids)})

    def rows(self, corpus: str, domain: str, label_set: str, conversation: str) -> npt.NDArray[np.float32] | None:
        """Returns the probabilities for a conversation's utterances, None where it was not asked. Shape: [U, O]."""
        name = _name(corpus, domain, label_set)
        place = self.ids.get(name, {}).get(conversation)
        if place is None:
            return None
        begin, size = place
        rows: npt.NDArray[np.float32] = self.tables[name][begin : begin + size].astype(np.float32)
        rows /= rows.sum(1, keepdims=True)
        return rows


def _name(corpus: str, domain: str, label_set: str) -> str:
    return f"{corpus}|{domain}|{label_set}"


@dataclass(frozen=True)
class Taught:
    """What teachers are asked about.

    Attributes:
        corpus: its name.
        domain: the kind of talk that is told.
        label_sets: the labels that are asked, one set after another.
        conversations: of its training split.
    """

    corpus: str
    domain: str
    label_sets: Sequence[LabelSet]
    conversations: Sequence[Conversation]


def teach(
    wording: Wording,
    parts: Sequence[Taught],
    teachers: Sequence[tuple[Callable[[], Backbone], int]],
    say: Callable[[str], None],
) -> TeacherAnswers:
    """Returns the mean answers of several teachers.

    Args:
        wording: of the questions.
        parts: what is asked about.
        teachers: each loads one; with how often it counts.
        say: takes a line for a person.
    """
    sums: dict[str, Any] = {}
    ids: dict[str, dict[str, tuple[int, int]]] = {}
    for number, (load, times) in enumerate(teachers, 1):
        backbone = load()
        for part in parts:
            talks = part.conversations
            for label_set in part.label_sets:
                name = _name(part.corpus, part.domain, label_set.name)
                if name not in ids:
                    ends = np.cumsum([len(talk) for talk in talks]).tolist()
                    ids[name] = {talk.id: (end - len(talk), len(talk)) for talk, end in zip(talks, ends, strict=True)}
                    sums[name] = 0.0
                say(f"teacher {number} of {len(teachers)}: {name}")
                builder = TreeBuilder(wording, label_set, with_answers=False, domain=part.domain)
                sums[name] = sums[name] + times * _probabilities(builder, talks, backbone)
    counted = sum(times for _, times in teachers)
    return TeacherAnswers({name: (total / counted).astype(np.float16) for name, total in sums.items()}, ids)


def _probabilities(builder: TreeBuilder, talks: Sequence[Conversation], backbone: Backbone) -> FloatArray:
    """Returns one teacher's probabilities for all utterances, in order. Shape: [N, O]."""
    rows: list[FloatArray] = []
    for begin in range(0, len(talks), _AT_ONCE):
        some = talks[begin : begin + _AT_ONCE]
        trees = [tree for talk in some for _, tree in build_trees(talk, builder, backbone)]
        rows += [np.exp(answer) for answers in backbone.score(trees) for answer in answers]
    return np.asarray(rows, np.float32)
