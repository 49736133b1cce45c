"""Talks as screenplays and plays."""

from __future__ import annotations

from collections.abc import Callable

from layouts.chats import Turns


def in_capitals(name: str) -> str:
    """Returns a name as scripts write it; one of a script without capitals in the letters of one that has them."""
    return name.upper() if name.upper().isupper() else "PERSON " + "".join(chr(65 + ord(one) % 26) for one in name)


def _fountain(turns: Turns) -> str:
    said = "".join(f"{in_capitals(name)}\n(softly)\n{text}\n\nThey look at each other.\n\n" for name, text in turns)
    return f"Title: A Talk\nAuthor: Nobody\n\nINT. KITCHEN - NIGHT\n\nA small room.\n\n{said}CUT TO:\n"


def _exported(turns: Turns) -> str:
    parts = [f"{'':25}{in_capitals(name)} (V.O.)\n{'':15}{text}\n" for name, text in turns]
    return f"{'':30}A TALK\n\n1     INT. KITCHEN - NIGHT       1\n\n      IT IS LATE. Nobody moves.\n\n" + "\n".join(
        parts
    )


def _play(turns: Turns) -> str:
    said = "\n".join(f"{in_capitals(name)}. {text} [_Aside._]\n" for name, text in turns)
    return f"A TALK\n\nACT I\n\nSCENE II. A kitchen.\n\n Enter all.\n\n{said}\n [_Exeunt._]\n"


def _play_above(turns: Turns) -> str:
    return "ACT ONE\n\n" + "\n".join(f"{in_capitals(name)}.\n{text}\n" for name, text in turns)


SCRIPTS: dict[str, Callable[[Turns], str]] = {
    "screenplay": _fountain,
    "screenplay.exported": _exported,
    "stage-play": _play,
    "stage-play.above": _play_above,
}
