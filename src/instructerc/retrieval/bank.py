"""The demonstration bank: labelled utterances of a training split, and the ones nearest to an utterance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import numpy as np

from instructerc.conversation import Conversation
from instructerc.errors import ModelError
from instructerc.labels import LabelSet
from instructerc.prompts.demonstrations import Demonstration
from instructerc.retrieval.approximate import QdrantIndex, UsearchIndex
from instructerc.retrieval.embedder import Embedder, FloatArray
from instructerc.retrieval.entries import LARGE, balanced, checked, demonstrations, embed_all
from instructerc.retrieval.files import SavedBank, read_bank, write_bank
from instructerc.retrieval.index import AnyFloatArray, ExactIndex, IntArray, VectorIndex
from instructerc.retrieval.queries import QueryVectors
from instructerc.retrieval.settings import BankSettings
from instructerc.retrieval.texts import text_key
from instructerc.sharing import made_once

_Key = TypeVar("_Key")

_ANSWERS_AT_ONCE = 1 << 20
_FIRST_DEPTH = 16
# Distance of unit vectors; a batch of other size moves an int8 embedder's vectors by less.
_SAME_MODEL = 0.14


@dataclass(frozen=True, slots=True)
class _Asked:
    """What one call asks for.

    Attributes:
        queries: Shape: [N, H].
        own: number of the conversation that no answer may be from, -1 where the bank does not hold it.
        words: number of the words that no answer may have, -1 for none. Shape: [N].
        labels: number of the label that every answer must have, -1 for any, -2 for one that no entry has. Shape: [N].
    """

    queries: FloatArray
    own: int
    words: IntArray
    labels: IntArray


class DemonstrationBank:
    """Finds demonstrations for utterances; never from the same conversation and never the same words.

    A conversation is the same when its id is. Words are the same when letters and digits are, without case;
    `settings.same_text` allows them. Equally similar entries come in the order of the training split.

    With `same-label`, training prompts get demonstrations of the **gold label**: the label of the target then stands
    in its own prompt, as in the paper, and a model may learn to copy it. At inference there is no gold label and
    demonstrations are of any label, so the two do not match. The default, `all-labels`, reads no label of the
    utterances that it serves.

    Many threads may share a bank.

    Args:
        entries: the demonstrations, in the order of the training split. M of them.
        vectors: embeddings of their texts. Shape: [M, H].
        label_set: what the entries' labels are names of.
        embedder: made the vectors, and embeds what is asked for.
        settings: which entries an utterance gets.
        graph: file of a usearch graph of the vectors.

    Example:
        >>> from instructerc.backbones.encoders.embedders import load_embedder
        >>> from instructerc.conversation import Utterance
        >>> from instructerc.labels import load_label_set
        >>> train = [
        ...     Conversation("t1", [Utterance("Ann", "What a lovely day!", "joy")]),
        ...     Conversation("t2", [Utterance("Bo", "My dog died last night.", "sadness")]),
        ... ]
        >>> bank = DemonstrationBank.build(train, load_label_set("meld"), load_embedder("embedded"))
        >>> [[found]] = bank.retrieve(Conversation("c1", [Utterance("Cy", "The cat died, I miss it.")]), [0])
        >>> found.label
        'sadness'
    """

    def __init__(
        self,
        entries: Sequence[Demonstration],
        vectors: AnyFloatArray,
        label_set: LabelSet,
        embedder: Embedder,
        settings: BankSettings,
        graph: Path | None = None,
    ) -> None:
        self.entries = tuple(entries)
        self.vectors = vectors
        self.label_set = label_set
        self.embedder = embedder
        self.settings = settings
        self._graph = graph
        self._conversations, self._conversation_of = _numbered(entry.conversation for entry in self.entries)
        self._words, self._words_of = _numbered(text_key(entry.text) for entry in self.entries)
        self._labels, self._label_of = _numbered(entry.label for entry in self.entries)
        place = {entry.text: number for number, entry in enumerate(self.entries)}
        self._queries = QueryVectors(embedder, place, vectors)

    def __len__(self) -> int:
        return len(self.entries)

    @classmethod
    def build(
        cls,
        conversations: Iterable[Conversation],
        label_set: LabelSet,
        embedder: Embedder,
        settings: BankSettings | None = None,
    ) -> DemonstrationBank:
        """Returns a bank of a training split's utterances that have a scored label; their texts are embedded.

        Raises:
            LabelError: a label that the label set does not know.
            ModelError: an embedder that gives something else than vectors of unit length.
        """
        settings = settings or BankSettings()
        entries = [] if settings.pairing == "none" else list(demonstrations(conversations, label_set, settings))
        if settings.balanced:
            entries = balanced(entries, settings.seed)
        return cls(entries, embed_all([entry.text for entry in entries], embedder), label_set, embedder, settings)

    def retrieve(
        self, conversation: Conversation, indices: Sequence[int], gold: Sequence[str | None] | None = None
    ) -> list[tuple[Demonstration, ...]]:
        """Returns the K demonstrations of each utterance, most similar first; fewer where the bank has fewer allowed.

        Args:
            conversation: what the utterances are from.
            indices: which of its utterances.
            gold: with `same-label`, their labels, for training prompts only: their demonstrations then carry the
                gold label. An utterance without one gets any label. Under other pairings it is not read.

        Raises:
            LabelError: a gold label that the label set does not know.
        """
        if not self.entries or not indices or self.settings.pairing == "none":
            return [() for _ in indices]
        texts = [conversation.utterances[index].text for index in indices]
        asked = _Asked(
            self._queries.of(texts),
            self._conversations.get(conversation.id, -1),
            np.array([-1 if self.settings.same_text else self._words.get(text_key(text), -1) for text in texts]),
            self._wanted_labels(len(texts), gold),
        )
        found: dict[int, tuple[Demonstration, ...]] = {}
        pending, depth = np.flatnonzero(asked.labels != -2), self.settings.top_k + _FIRST_DEPTH
        while len(pending):
            size = max(1, _ANSWERS_AT_ONCE // min(depth, len(self)))
            for begin in range(0, len(pending), size):
                found |= self._search(asked, pending[begin : begin + size], depth)
            pending = np.array([number for number in pending if number not in found], np.int64)
            depth *= 4
        return [found.get(number, ()) for number in range(len(texts))]

    def _search(self, asked: _Asked, rows: IntArray, depth: int) -> dict[int, tuple[Demonstration, ...]]:
        """Returns, by number of the query, the answers of those for which looking at `depth` entries was enough."""
        ids, cosines = self.index.search(asked.queries[rows], depth)  # [rows, depth]
        labels = asked.labels[rows, None]
        allowed = (self._conversation_of[ids] != asked.own) & (self._words_of[ids] != asked.words[rows, None])
        allowed &= (labels == -1) | (self._label_of[ids] == labels)
        found = {}
        for row, number in enumerate(rows):
            places = np.flatnonzero(allowed[row])[: self.settings.top_k]
            if len(places) == self.settings.top_k or depth >= len(self):
                found[int(number)] = tuple(
                    replace(self.entries[ids[row, place]], similarity=float(cosines[row, place])) for place in places
                )
        return found

    def remember(self, texts: Iterable[str]) -> None:
        """Embeds texts that will be asked for many at once, which is quicker than conversation by conversation.

        The last 65,536 texts that were asked for or given here are kept.
        """
        if self.entries:
            self._queries.remember(texts)

    def save(self, folder: Path) -> None:
        """Writes the bank, its vectors and what made them, so that nothing is embedded again."""
        save_graph = self.index.save if self.entries and isinstance(self.index, UsearchIndex) else None
        write_bank(
            folder,
            SavedBank(self.entries, self.vectors, self.embedder.name, self.label_set, self.settings),
            save_graph,
        )

    @classmethod
    def load(cls, folder: Path, embedder: Embedder) -> DemonstrationBank:
        """Returns a saved bank; its vectors are memory-mapped.

        Raises:
            ModelError: a folder that is not a bank or is damaged, or another embedder than the one that made it.
        """
        saved = read_bank(folder)
        if saved.embedder != embedder.name:
            raise ModelError(
                f"demonstration bank {folder} was made with the embedder {saved.embedder!r}, not {embedder.name!r}: "
                "load it with that one, or build it again"
            )
        if saved.entries:
            probe = checked(embedder.embed([saved.entries[0].text]), 1, embedder)
            # Two models can have one name.
            same = probe.shape[1] == saved.vectors.shape[1]
            if not same or float(np.linalg.norm(probe[0] - saved.vectors[0])) > _SAME_MODEL:
                raise ModelError(
                    f"demonstration bank {folder} has other vectors (of {saved.vectors.shape[1]} numbers) than the "
                    f"embedder {embedder.name!r} gives now (of {probe.shape[1]}): build it again"
                )
        return cls(saved.entries, saved.vectors, saved.label_set, embedder, saved.settings, saved.graph)

    @made_once
    def index(self) -> VectorIndex:
        """What searches the vectors, as the settings say; made when it is first asked for.

        Raises:
            MissingExtra: the packages of an approximate index are not installed.
            ModelError: a Qdrant server that does not answer.
        """
        if self.settings.index == "qdrant":
            return QdrantIndex(self.vectors, str(self.settings.url))
        if self.settings.index == "usearch" or (self.settings.index == "auto" and len(self) > LARGE):
            return UsearchIndex(self.vectors, self._graph)
        return ExactIndex(self.vectors)

    def _wanted_labels(self, n_queries: int, gold: Sequence[str | None] | None) -> IntArray:
        """Returns what `_Asked.labels` says. Shape: [N]"""
        wanted = np.full(n_queries, -1, np.int64)
        if self.settings.pairing != "same-label" or gold is None:
            return wanted
        for row, word in zip(range(n_queries), gold, strict=True):
            label = None if word is None else self.label_set.resolve(word)
            if label is not None:
                wanted[row] = self._labels.get(label, -2)
        return wanted


def _numbered(keys: Iterable[_Key]) -> tuple[dict[_Key, int], IntArray]:
    """Returns a number for each different key, and each key's number. Shape: [M]"""
    number_of: dict[_Key, int] = {}
    numbers = [number_of.setdefault(key, len(number_of)) for key in keys]
    return number_of, np.array(numbers, np.int64)
