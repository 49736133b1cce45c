"""Reads transcripts with names on lines of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from instructerc.conversation import Conversation, Utterance
from instructerc.errors import BadRow, InputError
from instructerc.formats.names_above.evidence import LONGEST_HEAD, trust_in
from instructerc.formats.names_above.turns import NamedTurn, cut_numbers, take_apart, take_first_times
from instructerc.formats.shared.lines import OpenText
from instructerc.formats.shared.options import ReadOptions
from instructerc.formats.shared.reading import Reading, build_utterance
from instructerc.formats.shared.stamps import spans_of
from instructerc.formats.shared.written_lines import WrittenLine, written_lines

_LINE_ENDS = re.compile(r"\r\n|\r|\n")
_MOST_LINES = 2000


def explains(file: OpenText, options: ReadOptions) -> float:
    """Returns the share of the lines that stand below names, if these are surely people who talk to each other."""
    if file.peek.begins_like_json:
        return 0.0
    texts = _LINE_ENDS.split(file.peek.head)
    texts = texts if file.peek.whole else texts[:-1]
    lines = [WrittenLine(number, text.strip()) for number, text in enumerate(texts, 1) if text.strip()][:_MOST_LINES]
    turns = take_apart(lines)
    trust = trust_in(turns, lines)
    if not trust:
        return 0.0
    n_said = sum(len(turn.words) + turn.head.words_from - turn.head.place - bool(turn.head.words) for turn in turns)
    # A title and a few lines of who, when and where stand above many.
    return trust * min(1.0, (n_said + 0.5 * min(turns[0].head.place, LONGEST_HEAD)) / len(lines))


def read(file: OpenText, reading: Reading) -> Iterator[Conversation]:
    """Yields the file as one conversation, a turn for each name, with all paragraphs below it.

    Titles, headings of sections, rules and numbers of pages are left out and counted. Times beside the names or in the
    lines below them become starts, in seconds.

    Raises:
        InputError: no two names stand on lines of their own.
        BadRow: a line with NUL characters or bytes of another encoding.
    """
    turns = take_apart(list(written_lines(file, reading)), reading)
    if not turns and not reading.n_skipped:
        raise InputError(
            f"{reading.source}: no two names come again on lines of their own, such as '### Interviewer' or '**P3**', "
            "with the words below them"
        )
    cut_numbers(turns, reading)
    take_first_times(turns)
    utterances = list(_utterances(turns, reading))
    if utterances:
        yield Conversation(reading.stem, utterances)


def _utterances(turns: Sequence[NamedTurn], reading: Reading) -> Iterator[Utterance]:
    spans = spans_of([turn.times for turn in turns])
    for turn, (start, end) in zip(turns, spans, strict=True):
        number, said = turn.head.number, turn.words
        if not said:
            reading.repair(number, "{n} heading(s) without words: left out")
            continue
        if turn.is_once:
            reading.doubt(number, "a speaker seen once")
        if all(text.startswith(">") for text in said):
            said = [quoted for text in said if (quoted := text.lstrip("> "))]
        try:
            yield build_utterance(reading, number, speaker=turn.head.name, text="\n".join(said), start=start, end=end)
        except BadRow as error:
            reading.skip(error)
