"""Times that are a thousand times too long, noticed by how slowly somebody would have to speak."""

from __future__ import annotations

from statistics import median

from instructerc.conversation import Conversation

# Letters a second: people speak about fifteen; in milliseconds taken for seconds it is a thousandth of that.
_SLOWEST = 0.15
_FEWEST_LETTERS = 10


def counts_milliseconds(conversation: Conversation) -> bool:
    """Returns whether the times of a conversation, which are whole numbers, can only be milliseconds."""
    spoken = [
        (len(turn.text), turn.end - turn.start)
        for turn in conversation.utterances
        if turn.text and turn.start is not None and turn.end is not None and turn.end > turn.start
    ]
    n_letters = sum(letters for letters, _ in spoken)
    return n_letters >= _FEWEST_LETTERS and median(letters / time for letters, time in spoken) < _SLOWEST


def in_seconds(conversation: Conversation) -> Conversation:
    """Returns the conversation with its milliseconds as seconds."""
    turns = [
        turn.at(
            None if turn.start is None else turn.start / 1000,
            None if turn.end is None else turn.end / 1000,
        )
        for turn in conversation.utterances
    ]
    return Conversation(conversation.id, turns)
