"""GoEmotions (Demszky et al. 2020): single Reddit comments, 27 emotions and neutral; one in six has several labels.

Three corpora of the catalogue are these files, each with its own rule for a comment with several labels:

- `goemotions`: neutral gives way to any feeling, and of several feelings the one stands that is rarest in the training
  split's published counts.
- `goemotions-ekman`: each label becomes its group by the release's own `ekman_mapping.json`, then the same rule goes,
  where a group is as frequent as its labels together.
- `goemotions-single`: the comment has no label.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from instructerc.conversation import Conversation
from instructerc.corpora.corpus import Corpus, read_facts
from instructerc.corpora.shared.json_fields import JsonFields
from instructerc.corpora.shared.owner_files import load_document, load_file, load_lines
from instructerc.errors import BadRow
from instructerc.formats.shared.lines import OpenText, open_text
from instructerc.formats.shared.options import ReadOptions, ReadReport
from instructerc.formats.shared.reading import DEFAULT_SPEAKER, Reading, build_utterance
from instructerc.formats.table.records import Records

_NEUTRAL = "neutral"
_RAREST = "{n} comment(s) with several labels: the rarest feeling was taken"
_NONE = "{n} comment(s) with several labels: read without a label"

Choose = Callable[[Sequence[str]], str | None]


def read(
    file: OpenText, reading: Reading, names: Sequence[str], choose: Choose, several: str, prefix: str
) -> Iterator[Conversation]:
    """Yields each comment as a conversation of one utterance.

    Args:
        file: the opened file.
        reading: the pass that it belongs to.
        names: label names by number.
        choose: gives the label of a comment with several; None for none.
        several: how such a comment is noted.
        prefix: goes before each comment's id.

    Raises:
        BadRow: a row that is not text, label numbers and id.
    """
    for line, text, labels, name in _read_rows(file, reading, names):
        try:
            utterance = build_utterance(reading, line, speaker=DEFAULT_SPEAKER, text=text, emotion=choose(labels))
        except BadRow as error:
            reading.skip(error)
            continue
        if len(labels) > 1:
            reading.repair(line, several)
        yield Conversation(prefix + name, [utterance])


def load(directory: Path, split: str, report: ReadReport | None) -> list[Conversation]:
    """Returns a split with one label for each comment; ids are `train/` and the comment's own.

    Raises:
        InputError: no such file there, or not GoEmotions'.
    """
    counts = train_counts()
    return _load(directory, split, report, lambda labels: _rarest(labels, counts), _RAREST)


def load_single(directory: Path, split: str, report: ReadReport | None) -> list[Conversation]:
    """Returns a split in which comments with several labels have none, since which of them is meant cannot be told.

    Raises:
        InputError: no such file there, or not GoEmotions'.
    """
    return _load(directory, split, report, lambda labels: labels[0] if len(labels) == 1 else None, _NONE)


def load_ekman(directory: Path, split: str, report: ReadReport | None) -> list[Conversation]:
    """Returns a split with one of Ekman's groups, or neutral, for each comment.

    Raises:
        InputError: no such file there, not GoEmotions', or a mapping that leaves out one of its labels.
    """
    groups = _read_groups(directory)
    counts: Counter[str] = Counter()
    for label, count in train_counts().items():
        counts[groups.get(label, label)] += count
    return _load(directory, split, report, lambda labels: _rarest([groups[label] for label in labels], counts), _RAREST)


def count_labels(directory: Path, split: str) -> Mapping[str, int]:
    """Returns how many comments of a split have each label, as published: one counts for each of its labels.

    Most frequent first.

    Raises:
        InputError: as `load`.
    """
    path, names = _paths(directory, split)
    options = ReadOptions()
    with open_text(path, options) as text:
        rows = _read_rows(text, Reading(text.source, text.stem, options, ReadReport()), names)
        return dict(Counter(label for _, _, labels, _ in rows for label in labels).most_common())


def load_shares(directory: Path, split: str, label_set: str) -> dict[str, list[Mapping[str, float]]]:
    """Returns the shares of each comment's labels, each the same; of their groups for label set `ekman`.

    Raises:
        InputError: as `load`.
    """
    if label_set not in {"goemotions", "ekman", "meld"}:
        return {}
    path, names = _paths(directory, split)
    groups = {} if label_set == "goemotions" else _read_groups(directory)
    shares: dict[str, list[Mapping[str, float]]] = {}
    options = ReadOptions()
    with open_text(path, options) as text:
        for _, _, labels, name in _read_rows(text, Reading(text.source, text.stem, options, ReadReport()), names):
            counts = Counter(groups.get(label, label) for label in labels)
            shares[f"{split}/{name}"] = [{label: count / len(labels) for label, count in counts.items()}]
    return shares


def train_counts() -> Mapping[str, int]:
    """Returns the published count of each label in the training split."""
    return read_facts(__name__)["goemotions"].published["train"].labels


def _load(directory: Path, split: str, report: ReadReport | None, choose: Choose, several: str) -> list[Conversation]:
    path, names = _paths(directory, split)
    return load_file(
        path, _advice(split), lambda file, reading: read(file, reading, names, choose, several, f"{split}/"), report
    )


def _advice(split: str) -> str:
    return f"give the folder of GoEmotions' {split}.tsv, emotions.txt and ekman_mapping.json"


def _paths(directory: Path, split: str) -> tuple[Path, list[str]]:
    """Returns a split's file and the label names by number."""
    names = [line.strip() for line in load_lines(directory / "emotions.txt", _advice(split)) if line.strip()]
    return directory / f"{split}.tsv", names


def _read_rows(file: OpenText, reading: Reading, names: Sequence[str]) -> Iterator[tuple[int, str, list[str], str]]:
    """Yields line, text, labels and id of each comment."""
    for line, cells in reading.rows(Records(file, reading, "\t")):
        try:
            if len(cells) != 3:
                raise reading.bad(line, f"expected text, label numbers and id, got {len(cells)} cell(s)")
            numbers = cells[1].split(",")
            if not all(number.isdecimal() and int(number) < len(names) for number in numbers):
                raise reading.bad(line, f"expected label numbers below {len(names)}, got {cells[1]!r}")
        except BadRow as error:
            reading.skip(error)
        else:
            yield line, cells[0], [names[int(number)] for number in numbers], cells[2]


def _rarest(labels: Sequence[str], counts: Mapping[str, int]) -> str:
    """Returns the rarest of the feelings, the first of equals; neutral where there is no feeling."""
    feelings = [label for label in labels if label != _NEUTRAL]
    return min(feelings, key=lambda label: counts.get(label, 0), default=_NEUTRAL)


def _read_groups(directory: Path) -> dict[str, str]:
    """Returns the group of each label; neutral is its own."""
    path = directory / "ekman_mapping.json"
    fields = JsonFields(str(path), "GoEmotions")
    document = fields.check(load_document(path, _advice("train")), "the document", dict)
    groups = {
        label: group for group in document for label in fields.get(document, group, list) if isinstance(label, str)
    }
    groups.setdefault(_NEUTRAL, _NEUTRAL)
    names = _paths(directory, "train")[1]
    missing = [name for name in names if name not in groups]
    if missing:
        raise fields.fault(f"has no group for {', '.join(missing)}")
    return groups


CORPORA = (
    Corpus("goemotions", load, __name__, shares=load_shares, count_labels=count_labels),
    Corpus("goemotions-ekman", load_ekman, __name__),
    Corpus("goemotions-single", load_single, __name__, count_labels=count_labels),
)
