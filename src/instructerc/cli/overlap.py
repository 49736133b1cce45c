"""`instructerc corpus overlap`: what two corpora have in common."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from instructerc.cli.shared.flags import ReportFormat, named_folder
from instructerc.cli.shared.group import examples
from instructerc.errors import InputError

if TYPE_CHECKING:
    from instructerc.conversation import Conversation
    from instructerc.corpora import Match

EPILOG = examples(
    "instructerc corpus overlap meld=data/meld emorynlp=data/emorynlp",
    "instructerc corpus overlap meld=data/meld emorynlp=data/emorynlp --drop drop.txt",
)
SPLITS = ("train", "dev", "test")


@dataclass(frozen=True)
class _Side:
    """A corpus with all its splits; ids begin with the split's name."""

    name: str
    splits: Mapping[str, Sequence[Conversation]]
    episodes: Mapping[str, str]

    @property
    def talks(self) -> list[Conversation]:
        return [talk for part in self.splits.values() for talk in part]

    @property
    def held_out(self) -> list[Conversation]:
        return [*self.splits["dev"], *self.splits["test"]]


def overlap(
    first: Annotated[
        str, typer.Argument(metavar="A=DIR", help="The corpus whose utterances are searched for, and its folder.")
    ],
    second: Annotated[str, typer.Argument(metavar="B=DIR", help="The corpus that is searched, and its folder.")],
    min_words: Annotated[
        int, typer.Option(min=1, metavar="N", help="Ignore shorter utterances, which are often equal by chance.")
    ] = 5,
    any_episode: Annotated[
        bool,
        typer.Option("--any-episode", help="Count matches between different episodes too, if episodes are known."),
    ] = False,
    drop: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the ids of the training conversations to leave out to this file."),
    ] = None,
    format: Annotated[ReportFormat, typer.Option(help="A table for reading, or JSON.")] = "table",
) -> None:
    """Count the utterances of A that also occur in B, and the training conversations to leave out.

    A match is exact if it is an utterance of B, and contained if its words occur one after another in a conversation
    of B. If a recipe has both corpora, training leaves these conversations out automatically. Otherwise, write them to
    a file with --drop, and set `leave_out` of the corpus in the recipe to that file.
    """
    from instructerc.corpora import drop_overlap, find_overlap

    one, two = (_load(side, any_episode) for side in (first, second))
    matches = find_overlap(one.talks, two.talks, min_words, one.episodes, two.episodes)
    left_out: dict[str, list[str]] = {}
    for side, other in ((one, two), (two, one)):
        train = side.splits["train"]
        kept, _ = drop_overlap(train, other.held_out, min_words, side.episodes, other.episodes)
        ids = {talk.id for talk in kept}
        left_out[side.name] = [talk.id for talk in train if talk.id not in ids]
    if drop is not None:
        lines = [f"{name} {talk}" for name, ids in left_out.items() for talk in ids]
        _write(drop, "# corpus and id of each training conversation that the other's dev or test holds\n", lines)
    counts = _count(one, two, matches, min_words)
    if format == "json":
        import json

        report = {"min_words": min_words, "any_episode": any_episode, "matches": counts, "drop": left_out}
        typer.echo(json.dumps(report, indent=2))
        return
    _print_table(one, two, counts)
    for side, other in ((one, two), (two, one)):
        ids = set(left_out[side.name])
        n_turns = sum(len(talk) for talk in side.splits["train"] if talk.id in ids)
        typer.echo(
            f"for {other.name}'s dev and test, leave out {len(ids)} of {len(side.splits['train'])} training "
            f"conversations of {side.name} ({n_turns:,} utterances)"
        )


def _load(text: str, any_episode: bool) -> _Side:
    from instructerc.corpora import load_corpus, load_episodes

    name, folder = named_folder(text)
    splits = {split: load_corpus(name, folder, split) for split in SPLITS}
    episodes: dict[str, str] = {}
    for split in () if any_episode else SPLITS:
        episodes |= load_episodes(name, folder, split)
    return _Side(name, splits, episodes)


def _count(one: _Side, two: _Side, matches: Sequence[Match], min_words: int) -> list[dict[str, object]]:
    """Returns a row for each pair of splits."""
    from instructerc.corpora.joint.overlap import normalise_text

    kinds = Counter((_split(match.conversation), _split(match.other), match.kind) for match in matches)
    turns: dict[tuple[str, str], set[tuple[str, int]]] = {}
    for match in matches:
        pair = (_split(match.conversation), _split(match.other))
        turns.setdefault(pair, set()).add((match.conversation, match.turn))
    rows: list[dict[str, object]] = []
    for split, talks in one.splits.items():
        texts = (normalise_text(turn.text) for talk in talks for turn in talk.utterances)
        n_long = sum(len(text.split()) >= min_words for text in texts)
        for other in two.splits:
            found = len(turns.get((split, other), ()))
            row = {"split": split, "other": other, "utterances": n_long, "found": found}
            rows.append({**row, **{kind: kinds[split, other, kind] for kind in ("exact", "contained")}})
    return rows


def _split(conversation: str) -> str:
    return conversation.partition("/")[0]


def _write(path: Path, head: str, lines: Sequence[str]) -> None:
    try:
        path.write_text(head + "".join(f"{line}\n" for line in lines), encoding="utf-8")
    except OSError as error:
        raise InputError(f"{path}: cannot be written: {error.strerror or error}") from error


def _print_table(one: _Side, two: _Side, counts: Sequence[Mapping[str, object]]) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=Text(f"Utterances of {one.name} in {two.name}"), title_justify="left")
    for name in (one.name, two.name, "long enough", "found", "share", "exact pairs", "contained pairs"):
        table.add_column(Text(name), justify="left" if name in {one.name, two.name} else "right")
    for row in counts:
        share = 100 * int(str(row["found"])) / max(int(str(row["utterances"])), 1)
        cells = (row["split"], row["other"], row["utterances"], row["found"], f"{share:.1f} %")
        table.add_row(*map(str, (*cells, row["exact"], row["contained"])))
    Console(highlight=False).print(table)
