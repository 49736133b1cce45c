"""Conversations by the batch: as many turns at once as fill the model, in the order in which they were given."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from instructerc.backbones.trees import build_trees
from instructerc.conversation import Conversation
from instructerc.prompts import PromptTree, Trunk
from instructerc.recognition.recognition import Recognition, Seen

if TYPE_CHECKING:
    from instructerc.recognition.language import ForeignTurns
    from instructerc.recognition.recognizer import Recognizer

UTTERANCES_AT_ONCE = 4096
"""Turns that are read ahead, about, of conversations that come one by one."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a conversation that is asked about in one go.

    Attributes:
        number: which of the conversations.
        trunk: which of its turns.
        tree: the prompts.
    """

    number: int
    trunk: Trunk
    tree: PromptTree


def build_pieces(recognizer: Recognizer, conversations: Sequence[Conversation], at_once: int) -> Iterator[list[Piece]]:
    """Yields the pieces of conversations, in groups that ask about `at_once` turns or more."""
    waiting: list[Piece] = []
    n_questions = 0
    for number, conversation in enumerate(conversations):
        for trunk, tree in build_trees(conversation, recognizer.builder, recognizer.backbone, recognizer.history):
            waiting.append(Piece(number, trunk, tree))
            n_questions += len(tree.questions)
            # One conversation may be as long as a corpus.
            if n_questions >= at_once:
                yield waiting
                waiting, n_questions = [], 0
    if waiting:
        yield waiting


def recognize_ahead(recognizer: Recognizer, conversations: Iterable[Conversation]) -> Iterator[list[Recognition]]:
    """Yields the recognitions of each conversation; as many are read ahead as fill a few batches."""
    for some in read_ahead(conversations):
        yield from _recognize_together(recognizer, some)


def read_ahead(conversations: Iterable[Conversation]) -> Iterator[list[Conversation]]:
    """Yields conversations in groups that fill a few batches each."""
    waiting: list[Conversation] = []
    n_utterances = 0
    for conversation in conversations:
        waiting.append(conversation)
        n_utterances += len(conversation)
        if n_utterances >= UTTERANCES_AT_ONCE:
            yield waiting
            waiting, n_utterances = [], 0
    if waiting:
        yield waiting


def recognize_in_steps(
    recognizer: Recognizer, conversations: Sequence[Conversation], at_once: int
) -> Generator[int, None, list[list[Recognition]]]:
    """Yields the number of turns done after each step, and returns the recognitions; see `Recognizer`."""
    results: list[list[Recognition]] = [[] for _ in conversations]
    done = 0
    for n_turns in _fill(recognizer, conversations, at_once, results):
        done += n_turns
        yield done
    return results


def _recognize_together(recognizer: Recognizer, conversations: Sequence[Conversation]) -> list[list[Recognition]]:
    results: list[list[Recognition]] = [[] for _ in conversations]
    for _ in _fill(recognizer, conversations, UTTERANCES_AT_ONCE, results):
        pass
    return results


def _fill(
    recognizer: Recognizer,
    conversations: Sequence[Conversation],
    at_once: int,
    results: Sequence[list[Recognition]],
) -> Iterator[int]:
    """Appends recognitions to the results of their conversations, and yields how many after each step."""
    trackers = [recognizer.track_language() for _ in conversations]
    for pieces in build_pieces(recognizer, conversations, at_once):
        scores = recognizer.backbone.score([piece.tree for piece in pieces])
        for piece, log_probs in zip(pieces, scores, strict=True):
            talk, tracker = conversations[piece.number], trackers[piece.number]
            seen = _seen(recognizer, piece, talk, tracker)
            results[piece.number].extend(map(recognizer.answering.answer, log_probs, seen))
        yield sum(len(piece.tree.questions) for piece in pieces)


def _seen(recognizer: Recognizer, piece: Piece, talk: Conversation, tracker: ForeignTurns) -> list[Seen]:
    """Returns what is read with each turn that a piece asks about."""
    questions = piece.tree.questions
    texts = [piece.tree.trunk[question.after].text for question in questions]
    return [
        Seen(
            question.utterance - piece.trunk.start,
            cut,
            question.demonstrations,
            tracker.add(talk.utterances[question.utterance].text),
        )
        for question, (_, cut) in zip(questions, recognizer.backbone.segment_lengths(texts), strict=True)
    ]
