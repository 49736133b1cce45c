"""What must hold before a run writes anything: no file is lost, doubled or read for another, and no two runs meet."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import TextIO

from instructerc.errors import InputError
from instructerc.scale.inputs import Input
from instructerc.scale.manifest import MANIFEST, REFUSED, Manifest
from instructerc.scale.options import AnnotateOptions
from instructerc.scale.storage import Output, place_of

# A folder of the output that holds other things than the inputs with their answers, as `REFUSED` does.
_WORK = "_work"
_logger = logging.getLogger("instructerc.scale")


def output_name(one: Input, options: AnnotateOptions) -> str:
    """Returns the name of the file that an input becomes: its own, with the format's extension after another one."""
    extension = f".{options.kind}"
    return one.name if one.name.endswith(extension) else one.name + extension


def check_names(inputs: Sequence[Input], options: AnnotateOptions) -> None:
    """Raises `InputError` if two inputs would become one file, or one of them a file that is not the user's."""
    found: dict[str, Input] = {}
    for one in inputs:
        name = output_name(one, options)
        if name.partition("/")[0] in (_WORK, REFUSED, MANIFEST):
            raise InputError(f"{one.source}: would be written as {name}, which is for other things; rename its folder")
        other = found.setdefault(name, one)
        if other is not one:
            raise InputError(
                f"{other.source} and {one.source} would both be written as {name}; annotate them into two outputs"
            )


def check_apart(sources: Sequence[str], inputs: Sequence[Input], output: Output, options: AnnotateOptions) -> None:
    """Raises `InputError` if what is written would be taken for an input, or be written over one."""
    kind, target = place_of(output.target)
    work = None if options.work is None else options.work.resolve()
    # What a glob matches stands among the inputs; only with ** it means a folder as a whole.
    for source in [*sources, *(one.source for one in inputs)]:
        its_kind, path = place_of(source)
        if "**" in path.parts:
            # It would match what is written, the next time.
            path = type(path)(*path.parts[: path.parts.index("**")])
        if its_kind == kind and (path.is_relative_to(target) or target.is_relative_to(path)):
            raise InputError(f"{source} and the output {output.target} contain each other; give another output folder")
        if its_kind == "file" and work is not None and work.is_relative_to(path):
            raise InputError(f"{source}: has the folder for temporary files, {options.work}, in it; give another one")


def tell_gone(known: Manifest, inputs: Sequence[Input], output: Output) -> None:
    """Warns of files whose inputs are not there any more."""
    for name in sorted({*known.inputs} - {one.name for one in inputs}):
        _logger.warning("%s: %s is no input any more; its file in the output stays as it is", output.target, name)


def work_folder(output: Output, options: AnnotateOptions) -> Path:
    """Returns the folder of what is kept until all is written; it is this run's own, and removed at the end."""
    if options.work is not None:
        # One that is given in another way, or from another folder, is the same.
        target = "|".join(map(str, place_of(output.target)))
        work = options.work / f"annotate-{blake2b(target.encode(), digest_size=4).hexdigest()}"
    elif output.folder is not None:
        work = output.folder / _WORK
    else:
        raise InputError(f"{output.target}: give --work DIR, a local folder for what is kept until all is written")
    work.mkdir(parents=True, exist_ok=True)
    return work


@contextmanager
def only_one(work: Path) -> Iterator[None]:
    """Lets no second run work on one output; the lock ends with the process, however it ends."""
    with (work / "lock").open("w") as stream:
        if _is_locked(stream):
            raise InputError(f"{work}: another run is writing this output; wait for it, or end it")
        yield


def _is_locked(stream: TextIO) -> bool:
    """Locks a file; returns whether another process has done so. Windows and some file systems have no such locks."""
    try:
        import fcntl

        fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except (ModuleNotFoundError, OSError):
        pass
    return False
