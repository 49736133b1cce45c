"""Why a turn got its answer: by how much the answer's probability falls when an earlier turn, or a word, is left out.

These are exact differences of what the model says, turn by turn and word by word. They do not add up, since the model
reads everything together, and say nothing of turns or words that matter only jointly.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import InputError
from instructerc.recognition.explain_words import find_words
from instructerc.recognition.live import LiveSession

if TYPE_CHECKING:
    from instructerc.recognition.recognizer import Recognizer

# Earlier turns that are left out, one at a time, the nearest first.
MOST_TURNS = 12
# Pieces of a turn that are left out; a longer turn is divided into as many pieces of several words.
MOST_PIECES = 40


@dataclass(frozen=True, slots=True)
class TurnInfluence:
    """What an earlier turn does to an answer.

    Attributes:
        turn: its number, from 1.
        change: probability of the label with the turn, less that without it: above 0 where the turn speaks for it.
    """

    turn: int
    change: float


@dataclass(frozen=True, slots=True)
class WordInfluence:
    """What a word of a turn, or a few that stand together, does to the turn's answer.

    Attributes:
        start: where it begins in the text, in characters from 0.
        end: where it ends; not included.
        change: probability of the label with the word, less that without it.
    """

    start: int
    end: int
    change: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a turn got its answer.

    Attributes:
        turn: number of the turn, from 1.
        label: the label that is explained.
        probability: of that label.
        turns: earlier turns that were left out one at a time, in order.
        words: words of the turn, in order, as `find_words` divides it; none for a turn of one word, without which
            nothing would be said.
    """

    turn: int
    label: str
    probability: float
    turns: tuple[TurnInfluence, ...]
    words: tuple[WordInfluence, ...]


def count_answers(conversation: Conversation, turn: int) -> int:
    """Returns how many answers an explanation takes at most: one, and one for each turn or word that is left out.

    Args:
        conversation: with the turn.
        turn: number of the turn, from 1.

    Raises:
        InputError: no such turn.
    """
    _check_turn(conversation, turn)
    return 1 + min(turn - 1, MOST_TURNS) + len(_pieces(conversation.utterances[turn - 1].text))


def check_explainable(recognizer: Recognizer) -> None:
    """Raises an error if an answer depends on others beside it: what is left out would then change these too.

    Raises:
        InputError: the calibration is `prior`.
    """
    if recognizer.reads_all_first:
        raise InputError(
            "with calibration prior, each answer depends on all others, so none can be explained; use contextual"
        )


def explain(
    recognizer: Recognizer,
    conversation: Conversation,
    turn: int,
    label: str | None = None,
    give_way: Callable[[], None] = lambda: None,
) -> Explanation:
    """Returns what an answer rests on.

    What was computed for the turns before is kept, so that a word costs no more than a live turn, and an earlier turn
    no more than the turns after it.

    Args:
        recognizer: answers.
        conversation: with the turn; later ones are not read.
        turn: number of the turn, from 1.
        label: the label to explain; the most probable one where None.
        give_way: called before the model is asked once more; it may wait while something more urgent is done.

    Raises:
        InputError: no such turn, no such label, or a calibration that looks at all answers.

    Example:
        >>> from instructerc import Conversation, Recognizer, Utterance
        >>> talk = Conversation("c1", [Utterance("Ann", "We won!"), Utterance("Bo", "I hate that you won.")])
        >>> found = explain(Recognizer.from_pretrained(), talk, 2)
        >>> strongest = max(found.words, key=lambda word: word.change)
        >>> (found.label, talk.utterances[1].text[strongest.start : strongest.end])
        ('anger', 'hate')
    """
    check_explainable(recognizer)
    _check_turn(conversation, turn)
    # All of it by one model; the turns that are left out must not change which.
    recognizer = recognizer.reader_of(conversation)
    names = recognizer.label_set.names
    if label is not None and label not in names:
        raise InputError(f"there is no label {label!r}; give one of {', '.join(names)}")
    past, own = conversation.utterances[: turn - 1], conversation.utterances[turn - 1]
    sessions = _sessions(recognizer, past, give_way)
    give_way()
    answer = sessions[-1].fork().add(own.speaker, own.text)
    chosen = label or max(answer.probabilities, key=answer.probabilities.__getitem__)
    probability = answer.probabilities[chosen]
    first = len(past) - len(sessions) + 1
    n_seen = min(answer.history_turns, len(sessions) - 1)
    turns = []
    for place in range(len(past) - n_seen, len(past)):
        give_way()
        without = _ask(sessions[place - first], [*past[place + 1 :], own])[chosen]
        turns.append(TurnInfluence(place + 1, probability - without))
    words = []
    for start, end in _pieces(own.text):
        give_way()
        rest = _without(own.text, start, end)
        without = _ask(sessions[-1], [Utterance(own.speaker, rest)])[chosen]
        words.append(WordInfluence(start, end, probability - without))
    return Explanation(turn, chosen, probability, tuple(turns), tuple(words))


def _check_turn(conversation: Conversation, turn: int) -> None:
    if not 1 <= turn <= len(conversation):
        raise InputError(f"there is no turn {turn}; the conversation has turns 1 to {len(conversation)}")


def _sessions(recognizer: Recognizer, past: Sequence[Utterance], give_way: Callable[[], None]) -> list[LiveSession]:
    """Returns the session before each of the last turns of a past, and the one after all of it."""
    session = recognizer.session()
    far = max(0, len(past) - MOST_TURNS)
    for turn in past[: max(0, far - 1)]:
        session.skip(turn.speaker, turn.text)
    for turn in past[max(0, far - 1) : far]:
        give_way()
        session.add(turn.speaker, turn.text)
    found = [session.fork()]
    for turn in past[far:]:
        give_way()
        session.add(turn.speaker, turn.text)
        found.append(session.fork())
    return found


def _ask(session: LiveSession, turns: Sequence[Utterance]) -> dict[str, float]:
    """Returns the probabilities of the last of these turns, said after what a session has heard."""
    own = session.fork()
    for turn in turns[:-1]:
        own.skip(turn.speaker, turn.text)
    return own.add(turns[-1].speaker, turns[-1].text).probabilities


def _without(text: str, start: int, end: int) -> str:
    """Returns a text without a piece; with a space in its place only where there was one beside it."""
    before, after = text[:start], text[end:]
    gap = " " if before != before.rstrip() or after != after.lstrip() else ""
    return f"{before.rstrip()}{gap}{after.lstrip()}".strip()


def _pieces(text: str) -> list[tuple[int, int]]:
    """Returns where the words of a text stand; of a long one, pieces of several words."""
    words = find_words(text)
    if len(words) < 2:
        return []
    size = -(-len(words) // MOST_PIECES)
    return [(words[at][0], words[min(at + size, len(words)) - 1][1]) for at in range(0, len(words), size)]
