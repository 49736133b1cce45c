"""Times that are a thousand or a million times too long, noticed by how slowly somebody would have to speak."""

from __future__ import annotations

from statistics import median

from instructerc.conversation import Conversation

# Letters a second: people speak about fifteen; in milliseconds taken for seconds it is a thousandth of that, and fifty
# in a second are more than anybody says. Between that and this it is a slow talk in seconds, as with times by minutes.
_SLOWEST = 0.05
_UNITS = ((1000, "milliseconds"), (1_000_000, "microseconds"), (1_000_000_000, "nanoseconds"))
_MINUTE = 60
_FEWEST_LETTERS = 10


def finds_unit(conversation: Conversation) -> tuple[int, str] | None:
    """Returns how many of the unit that a conversation's times can only have, if they are whole numbers, a second has,
    and its name; None of seconds, and of times that are all whole minutes."""
    spoken = [
        (len(turn.text), turn.end - turn.start)
        for turn in conversation.utterances
        if turn.text and turn.start is not None and turn.end is not None and turn.end > turn.start
    ]
    n_letters = sum(letters for letters, _ in spoken)
    if n_letters < _FEWEST_LETTERS or all(time % _MINUTE == 0 for _, time in spoken):
        return None
    rate = median(letters / time for letters, time in spoken)
    found = None
    for unit in _UNITS:
        if rate * unit[0] / 1000 < _SLOWEST:
            found = unit
    return found


def from_unit(conversation: Conversation, scale: int) -> Conversation:
    """Returns the conversation with its times as seconds, of whose units a second has `scale`."""
    turns = [
        turn.at(
            None if turn.start is None else turn.start / scale,
            None if turn.end is None else turn.end / scale,
        )
        for turn in conversation.utterances
    ]
    return Conversation(conversation.id, turns)
