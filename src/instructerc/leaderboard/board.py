"""The entries with what they are about: filters, benchmarks and ranks."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from instructerc.errors import InputError, did_you_mean
from instructerc.leaderboard.catalogue import Catalogue, Dataset, Paper, Variant, load_catalogue
from instructerc.leaderboard.entry import METRICS, Entry

# Where only the year is known, a plot puts the entry into the middle of it.
_MIDDLE_OF_YEAR = (7, 1)


@dataclass(frozen=True)
class Filter:
    """Which entries are wanted; what is empty or None asks for nothing.

    Attributes:
        datasets: ids of datasets or of benchmarks, such as `meld` or `emorynlp-984`.
        metrics: ids of metrics.
        models: names of models.
        contexts: which turns an answer may depend on.
        modalities: words of the modality that must be the whole of it, such as `text`.
        statuses: who stands for the figure.
        kinds: results, ablations, baselines.
        min_size: least number of parameters of the backbone, in millions.
        max_size: most of them; an entry of unknown size passes neither.
        first_year: first year of publication.
        last_year: last one.
        seen: only figures that we saw in their source.
    """

    datasets: frozenset[str] = frozenset()
    metrics: frozenset[str] = frozenset()
    models: frozenset[str] = frozenset()
    contexts: frozenset[str] = frozenset()
    modalities: frozenset[str] = frozenset()
    statuses: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset()
    min_size: float | None = None
    max_size: float | None = None
    first_year: int | None = None
    last_year: int | None = None
    seen: bool = False

    def takes(self, entry: Entry) -> bool:
        """Whether an entry is wanted."""
        words = (
            (self.datasets, {entry.dataset, entry.benchmark}),
            (self.metrics, {entry.metric}),
            (self.models, {entry.model}),
            (self.contexts, {entry.context}),
            (self.modalities, {entry.modality}),
            (self.statuses, {entry.status}),
            (self.kinds, {entry.kind}),
        )
        return (
            all(not wanted or wanted & has for wanted, has in words)
            and _within(entry.params_millions, self.min_size, self.max_size)
            and _within(entry.year, self.first_year, self.last_year)
            and (not self.seen or entry.seen)
        )


def _within(value: float | None, least: float | None, most: float | None) -> bool:
    if least is None and most is None:
        return True
    return value is not None and (least is None or value >= least) and (most is None or value <= most)


@dataclass(frozen=True)
class Ranked:
    """An entry in its table; entries of equal value share a rank. One that only repeats another has None."""

    rank: int | None
    entry: Entry


@dataclass(frozen=True)
class Benchmark:
    """A dataset's test split, with the entries on it."""

    id: str
    dataset: Dataset
    variant: Variant
    entries: tuple[Entry, ...]

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics with entries, the dataset's own first."""
        there = {entry.metric for entry in self.entries}
        order = dict.fromkeys((self.dataset.metric, *METRICS))
        return tuple(name for name in order if name in there)

    def ranking(self, metric: str | None = None) -> list[Ranked]:
        """Returns the entries by value, highest first; equal ones by year and name.

        A rank counts the better results of their own: ablations and baselines push nobody down, and what only repeats
        a result, as a secondary source lists it, has no rank.
        """
        chosen = [entry for entry in self.entries if entry.metric == (metric or self.dataset.metric)]
        chosen.sort(key=lambda entry: (-entry.value, entry.year, entry.model))
        repeats = repeated(chosen)
        main = [entry.value for entry in chosen if entry.kind == "main" and entry.id not in repeats]
        return [
            Ranked(None if entry.id in repeats else 1 + sum(value > entry.value for value in main), entry)
            for entry in chosen
        ]

    def best(self, task: str | None = None) -> Entry | None:
        """Returns the highest result by the dataset's metric, of a task or of any; None without one.

        Ablations, baselines and what only repeats another result come after all others.
        """
        there = [one for one in self.ranking() if task in (None, one.entry.task)]
        own = [one for one in there if one.entry.kind == "main" and one.rank is not None]
        return next((one.entry for one in own or there), None)


def repeated(entries: Collection[Entry]) -> set[str]:
    """Returns the ids of entries of one metric on one benchmark that only repeat another one of them."""
    return {entry.id for entry in entries if any(_repeats(entry, other) for other in entries)}


def _repeats(entry: Entry, other: Entry) -> bool:
    """Returns whether a secondary source's listing is of a result that stands there from nearer its paper.

    Of several listings of one model, the one with the highest value counts.
    """
    listed = entry.source_kind == "secondary" and (entry.kind, entry.status) == ("main", "claimed") and entry.paper
    if not listed or (entry.paper, entry.context) != (other.paper, other.context):
        return False
    if (other.kind, other.status) != ("main", "claimed") or entry.backbone not in ("", other.backbone):
        return False
    return other.source_kind != "secondary" or (other.model == entry.model and other.value > entry.value)


@dataclass(frozen=True)
class Board:
    """Entries and the catalogue that they refer to.

    Args:
        history: all entries ever added, oldest first.
        catalogue: what they are about.
    """

    history: tuple[Entry, ...]
    catalogue: Catalogue = field(default_factory=load_catalogue)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The entries that stand: those that no later one replaces."""
        replaced = {entry.replaces for entry in self.history}
        return tuple(entry for entry in self.history if entry.id not in replaced)

    def only(self, wanted: Filter) -> Board:
        """Returns a board of the wanted entries, with the rows that these replace."""
        kept = {entry.id for entry in self.entries if wanted.takes(entry)}
        for entry in reversed(self.history):
            if entry.id in kept and entry.replaces:
                kept.add(entry.replaces)
        return Board(tuple(entry for entry in self.history if entry.id in kept), self.catalogue)

    def benchmarks(self) -> list[Benchmark]:
        """Returns the benchmarks that have entries, in the catalogue's order."""
        found: dict[str, list[Entry]] = {}
        for entry in self.entries:
            found.setdefault(entry.benchmark, []).append(entry)
        return [
            Benchmark(f"{dataset.id}-{variant.id}", dataset, variant, tuple(found[f"{dataset.id}-{variant.id}"]))
            for dataset in self.catalogue.datasets.values()
            for variant in dataset.variants.values()
            if f"{dataset.id}-{variant.id}" in found
        ]

    def paper_of(self, entry: Entry) -> Paper | None:
        """Returns the paper of an entry, if it has one."""
        return self.catalogue.papers.get(entry.paper)

    def date_of(self, entry: Entry) -> tuple[date, bool]:
        """Returns when an entry was published, and whether the day is known; otherwise it is the middle of the year."""
        paper = self.paper_of(entry)
        if paper is not None and paper.date is not None and entry.status == "claimed":
            return paper.date, True
        if entry.status == "ours":
            return entry.added, True
        return date(entry.year, *_MIDDLE_OF_YEAR), False

    def entries_of(self, paper: Paper) -> list[Entry]:
        """Returns the entries of a paper by dataset, results before ablations and baselines, highest value first."""
        places = {name: place for place, name in enumerate((*self.catalogue.datasets, *METRICS))}
        own = [entry for entry in self.entries if entry.paper == paper.id]
        return sorted(
            own, key=lambda one: (one.kind != "main", places[one.dataset], one.variant, places[one.metric], -one.value)
        )

    def related(self, paper: Paper) -> list[tuple[Paper, tuple[str, ...], tuple[str, ...]]]:
        """Returns other papers by what they share with this one, most first, each with shared datasets and methods."""
        found = []
        for other in self.catalogue.papers.values():
            shared = tuple(name for name in paper.datasets if name in other.datasets)
            methods = tuple(name for name in paper.methods if name in other.methods)
            tasks = set(paper.tasks) & set(other.tasks)
            if other.id != paper.id and tasks and (shared or methods):
                weight = len(tasks) + len(shared) + 2 * len(methods)
                found.append((-weight, str(other.date or ""), other, shared, methods))
        found.sort(key=lambda one: (one[0], one[1]))
        return [(other, shared, methods) for _, _, other, shared, methods in found]


def check_references(entries: Iterable[Entry], catalogue: Catalogue, source: str) -> None:
    """Sees that entries refer to what there is, and to each other in order.

    Raises:
        InputError: an id twice; a task, dataset, split or paper that is not in the catalogue; a replaced row that does
            not come earlier in the same table.
    """
    known: dict[str, Entry] = {}
    for entry in entries:
        faults = list(_unknown(entry, catalogue))
        if entry.id in known:
            faults.append(f"id {entry.id!r} is taken; rows are never changed, so a correction needs an id of its own")
        old = known.get(entry.replaces)
        if entry.replaces and old is None:
            faults.append(f"replaces {entry.replaces!r}: no such row before it{did_you_mean(entry.replaces, known)}")
        elif old is not None and (old.benchmark, old.metric) != (entry.benchmark, entry.metric):
            faults.append(f"replaces {entry.replaces!r}, which is of {old.benchmark} and {old.metric}")
        if faults:
            raise InputError(f"{source}: {entry.id}: {'; '.join(faults)}")
        known[entry.id] = entry


def _unknown(entry: Entry, catalogue: Catalogue) -> Iterator[str]:
    pairs: Sequence[tuple[str, str, Mapping[str, object]]] = (
        ("task", entry.task, catalogue.tasks),
        ("dataset", entry.dataset, catalogue.datasets),
        ("paper", entry.paper, catalogue.papers),
    )
    for name, value, accepted in pairs:
        if value and value not in accepted:
            yield f"unknown {name} {value!r}{did_you_mean(value, accepted)}; known: {', '.join(accepted)}"
    dataset = catalogue.datasets.get(entry.dataset)
    if dataset is not None and entry.variant not in dataset.variants:
        yield f"unknown variant {entry.variant!r} of {dataset.name}; known: {', '.join(dataset.variants)}"
