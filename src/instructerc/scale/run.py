"""The driver of a run: reads, hands out shards, keeps their answers, writes the files; stopped, it goes on later."""

from __future__ import annotations

import json
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from instructerc.errors import InputError
from instructerc.scale.accounting import Account, MetricsFile
from instructerc.scale.answers import AnswerStore, FileAnswers, spans_of, with_places
from instructerc.scale.engines.base import Engine
from instructerc.scale.files.base import Lookup, RowFile, Signature, WrittenFile
from instructerc.scale.files.open import open_rows
from instructerc.scale.guards import check_apart, check_names, only_one, output_name, tell_gone, work_folder
from instructerc.scale.inputs import Input, find_inputs
from instructerc.scale.manifest import MANIFEST, REFUSED, DoneLog, FileDone, Manifest
from instructerc.scale.model import ModelAbout
from instructerc.scale.options import AnnotateOptions
from instructerc.scale.plan import RunPlan, make_plan
from instructerc.scale.refusals import RefusalLog, Refusals
from instructerc.scale.rows import InputTurn
from instructerc.scale.scoring import ScoredShard
from instructerc.scale.shards import Shard, cut_shards, gather
from instructerc.scale.shuffle import answers_sent_back, read_bucket, send_back, spill
from instructerc.scale.spool import whole_folder
from instructerc.scale.storage import Output, resumable


class Advance(Protocol):
    """Is told of turns that are done, and whether an earlier attempt has done them."""

    def __call__(self, count: int, *, known: bool = False) -> None: ...


def annotate(
    sources: Sequence[str],
    target: str,
    engine: Engine,
    options: AnnotateOptions,
    started: Callable[[int | None], Advance] | None = None,
) -> Account:
    """Writes the inputs with an answer beside every turn; the same call after a stop does only what is missing.

    Args:
        sources: files, folders, globs and URLs; see `find_inputs`.
        target: folder or URL of the output.
        engine: the workers, started.
        options: how it is read and written.
        started: is told the number of turns, where known, when scoring begins; what it returns is told of turns done.

    Raises:
        InputError: inputs that cannot be read, or an output that belongs to another run.
        InstructERCError: a model that cannot be used, a worker that dies again and again, or an output that cannot be
            written.
    """
    inputs = find_inputs(sources, options.input_format, options.reading)
    output = Output(target)
    check_names(inputs, options)
    check_apart(sources, inputs, output, options)
    with resumable(output.target):
        return _annotate(inputs, output, engine, options, started)


def _annotate(
    inputs: Sequence[Input],
    output: Output,
    engine: Engine,
    options: AnnotateOptions,
    started: Callable[[int | None], Advance] | None,
) -> Account:
    known = Manifest.read(output)
    metrics = MetricsFile(options.metrics)
    # The system's folder for temporary files is small, or even memory.
    work = output.staging = work_folder(output, options)
    about = engine.about()
    identity = options.identity(about)
    if known is not None:
        known.check_run(identity, output.target)
        known.check_inputs(inputs, output.target)
        tell_gone(known, inputs, output)
    with only_one(work):
        _begin(work, {"run": identity, "inputs": [[one.name, one.digest] for one in inputs]})
        run = _Run(inputs, output, engine, options, work, about, metrics)
        run.account.shuffled = known is not None and known.shuffled
        done = dict(known.done if known else {}) | run.log.read()
        current = {one.name: done[one.name] for one in inputs if _still_there(one, done, output, options)}
        if len(current) < len(inputs) or known is None:
            run.plan()
            if known is not None and run.account.shuffled and current and not known.shuffled:
                raise InputError(
                    f"{output.target}: inputs that were added or changed since the run began have conversations that "
                    "are not next to each other, or that are also in finished files; give another output"
                )
            run.write_manifest(current)
            run.go(current, started)
        run.finish(current)
    shutil.rmtree(work, ignore_errors=True)
    return run.account


def _begin(work: Path, key: dict[str, Any]) -> None:
    """Forgets what is kept of other inputs than these; which files are written is kept beside their digests."""
    path, text = work / "key.json", json.dumps(key, sort_keys=True)
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return
    for name in ("answers", "buckets", "returned", "refused"):
        shutil.rmtree(work / name, ignore_errors=True)
    path.write_text(text, encoding="utf-8")


def _still_there(one: Input, done: dict[str, FileDone], output: Output, options: AnnotateOptions) -> bool:
    return one.name in done and done[one.name].digest == one.digest and output.exists(output_name(one, options))


class _Run:
    """One attempt at a run."""

    def __init__(
        self,
        inputs: Sequence[Input],
        output: Output,
        engine: Engine,
        options: AnnotateOptions,
        work: Path,
        about: ModelAbout,
        metrics: MetricsFile,
    ) -> None:
        self.inputs = inputs
        self.output = output
        self.engine = engine
        self.options = options
        self.work = work
        self.about = about
        self.log = DoneLog(work / "done.jsonl")
        self.account = Account(engine.n_cores)
        self.files: list[RowFile] = [open_rows(one, number, options.reading, work) for number, one in enumerate(inputs)]
        self.store = AnswerStore(work / "answers", len(about.labels))
        self.plan_made: RunPlan | None = None
        self.n_rows: int | None = None
        self._metrics = metrics
        self._signed = Signature(about.model, about.label_set, about.labels)
        self._merge = options.ids == "merge"
        # Shards that are not answered yet, and files that are read to their end.
        self._open_shards: Counter[int] = Counter()
        self._talks: Counter[int] = Counter()
        self._read_out: set[int] = set()
        self._failed: list[InputError] = []

    def plan(self) -> None:
        """Looks at every input.

        Raises:
            InputError: see `make_plan`.
        """
        self.plan_made = make_plan(self.inputs, self.files, self.options.ids, self.work)
        self.n_rows = self.plan_made.n_rows
        self.account.shuffled = self.plan_made.shuffles

    def write_manifest(self, done: dict[str, FileDone]) -> None:
        """Writes what the run is and which files are done."""
        inputs = {one.name: one.digest for one in self.inputs}
        manifest = Manifest(self.options.identity(self.about), inputs, self.account.shuffled, done)
        self.output.write(MANIFEST, manifest.to_text())

    def go(self, done: dict[str, FileDone], started: Callable[[int | None], Advance] | None) -> None:
        """Scores and writes what is missing, and adds it to `done`.

        Raises:
            InputError: a file is damaged; those that do not depend on it are written all the same.
        """
        advance = started(self.n_rows) if started else None
        if advance and not self.account.shuffled:
            advance(sum(one.n_in for one in done.values()), known=True)
        shards = self._shuffled_shards() if self.account.shuffled else self._streamed_shards(done)
        for shard, scored in self.engine.score(self._missing(shards, advance)):
            self._keep(shard, scored)
            self.account.n_scored += len(shard.places)
            if advance:
                advance(len(shard.places))
            self._metrics.update(self._counts)
            self._write_complete(done)
        if self.account.shuffled:
            self._write_shuffled(done)
        else:
            self._write_complete(done)
        if self._failed:
            more = f" ({len(self._failed)} files could not be read; this is the first)" if len(self._failed) > 1 else ""
            raise InputError(f"{self._failed[0]}{more}; {len(done)} of {len(self.inputs)} files are written")

    def _missing(self, shards: Iterator[Shard], advance: Advance | None) -> Iterator[Shard]:
        """Yields the shards that no earlier attempt has answered."""
        for shard in shards:
            self._talks.update(shard.places["file"][shard.first_turns()].tolist())
            if self.store.has(*shard.name, shard.places):
                self.account.n_known += len(shard.places)
                if advance:
                    advance(len(shard.places), known=True)
                continue
            self._open_shards[shard.group] += 1
            yield shard

    def _streamed_shards(self, done: dict[str, FileDone]) -> Iterator[Shard]:
        for number, one in enumerate(self.inputs):
            if one.name in done:
                continue
            try:
                with RefusalLog(self._refusals, f"read-{number}") as refused_here:
                    rows = self.files[number].rows(refused_here.add, self._merge)
                    talks = gather(rows, self.options.max_turns, refused_here.add)
                    yield from cut_shards(number, talks)
            except InputError as error:
                # The other files do not depend on it.
                self._failed.append(error)
            else:
                self._read_out.add(number)

    def _shuffled_shards(self) -> Iterator[Shard]:
        folder = self.work / "buckets"
        if not folder.is_dir():
            # The folder's name tells the next attempt that all is done: it comes last, after the refused rows.
            with whole_folder(folder) as part, RefusalLog(self._refusals, "spill") as refused_here:
                spill(self._all_rows(refused_here), part, self._n_buckets)
        for bucket in range(self._n_buckets):
            with RefusalLog(self._refusals, f"bucket-{bucket}") as refused_here:
                talks = read_bucket(folder, bucket, self.options.max_turns, refused_here.add)
                yield from cut_shards(bucket, talks)

    def _all_rows(self, refused_here: RefusalLog) -> Iterator[InputTurn]:
        for file in self.files:
            yield from file.rows(refused_here.add, self._merge)

    @property
    def _n_buckets(self) -> int:
        assert self.plan_made is not None
        return self.plan_made.n_buckets

    @property
    def _refusals(self) -> Path:
        return self.work / "refused"

    def _keep(self, shard: Shard, scored: ScoredShard) -> None:
        answers = with_places(shard.places, scored.answers, len(self.about.labels))
        if scored.refused:
            with RefusalLog(self._refusals, f"model-{shard.group}-{shard.number}") as refused_here:
                for refusal in shard.refusals(scored.refused):
                    refused_here.add(refusal)
        self.store.put(*shard.name, answers)
        self._open_shards[shard.group] -= 1

    def _write_complete(self, done: dict[str, FileDone]) -> None:
        """Writes the files of which every shard is answered."""
        if self.account.shuffled:
            return
        for number in sorted(self._read_out):
            if not self._open_shards[number]:
                self._read_out.remove(number)
                answers = FileAnswers(spans_of(self.store.paths([number])), self.store.n_labels)
                if self._write(number, answers, done):
                    self.store.drop(number)

    def _write_shuffled(self, done: dict[str, FileDone]) -> None:
        folder = self.work / "returned"
        send_back(self.store, range(self._n_buckets), folder)
        for number, one in enumerate(self.inputs):
            if one.name not in done:
                self._write(number, answers_sent_back(folder, number, self.store.n_labels), done)

    def _write(self, number: int, answers: FileAnswers, done: dict[str, FileDone]) -> bool:
        """Writes a file, and notes that it is done; returns whether it could be read: if not, the others go on."""
        one = self.inputs[number]
        refusals = Refusals(self._refusals, number)
        try:
            written = self._write_answered(number, answers, refusals)
        except InputError as error:
            self._failed.append(error)
            return False
        self._write_refused(one, refusals)
        counts = FileDone(one.digest, written.n_in, written.n_out, len(refusals), self._talks[number])
        self.log.add(one.name, counts)
        done[one.name] = counts
        self.account.add(counts)
        return True

    def _write_answered(self, number: int, answers: FileAnswers, refusals: Refusals) -> WrittenFile:
        """Writes the answered rows of a file.

        Raises:
            InputError: the input is damaged, or was changed meanwhile.
        """
        one = self.inputs[number]
        lookup = Lookup(answers, refusals, one.source)
        with self.output.writing(output_name(one, self.options)) as part:
            written = self.files[number].write(part, self.options.kind, self._signed, lookup)
            if written.n_in != written.n_out + len(refusals):
                raise lookup.changed()
        return written

    def _write_refused(self, one: Input, refusals: Refusals) -> None:
        name = f"{REFUSED}/{one.name}.jsonl"
        if len(refusals):
            with self.output.writing(name) as part, part.open("w", encoding="utf-8") as stream:
                stream.writelines(refusals.side_lines(one.name))
        else:
            # Of an earlier version of the input.
            self.output.remove(name)

    def finish(self, done: dict[str, FileDone]) -> None:
        """Writes the manifest and closes the account, in which the files of earlier attempts count too."""
        self.account.begin_again()
        for counts in done.values():
            self.account.add(counts)
        self.write_manifest(done)
        self.account.seconds = time.monotonic() - self.account.started
        self._metrics.update(self._counts, now=True)

    def _counts(self) -> str:
        return self.account.to_prometheus(self.n_rows)
