"""Reading in a process that is the reader's own, as a command's is: the garbage collector looks around less often."""

from __future__ import annotations

import gc

_NEW_OBJECTS = 400_000


def collect_less_often() -> None:
    """Lets Python's garbage collector look around at every 400,000 new objects, in place of 700.

    A reader makes some ten objects for a turn, which stay until the conversation is whole and seldom refer to each
    other in a circle. Looking for circles among them takes up to a third of the time. It holds for the whole process,
    so a command may ask for it, and a library must not.
    """
    gc.set_threshold(_NEW_OBJECTS, *gc.get_threshold()[1:])
