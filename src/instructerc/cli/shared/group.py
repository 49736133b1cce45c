"""What all commands share: an error is one line on standard error, and the exit status says how it ended."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeVar

import typer
from typer.core import TyperCommand, TyperGroup

from instructerc.errors import InputError, InstructERCError

FAILED = 2
INTERRUPTED = 130
# As click and rich say it: the reader of standard output went away, as `| head` does.
PIPE_CLOSED = 1
# Characters of a summary, more than any has.
_WHOLE = 10_000
Function = TypeVar("Function", bound=Callable[..., Any])


class Command(TyperCommand):
    """A command whose usage line names its arguments as other tools do: `FILE`, `FILE...`, `[FILE]`."""

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """Returns the words of the usage line after the command; typer itself would write `{FILE}`."""
        arguments = [parameter for parameter in self.get_params(ctx) if parameter.param_type_name == "argument"]
        return [self.options_metavar or "", *map(_usage, arguments)]

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Writes the help page, which names every format where the command reads files."""
        _name_formats(self)
        super().format_help(ctx, formatter)


def _usage(argument: Any) -> str:
    several = "..." if argument.nargs != 1 else ""
    name = f"{argument.metavar}{several}"
    return name if argument.required else f"[{name}]"


class CommandGroup(TyperGroup):
    """Commands that end with one line and status 2 on an error that a person can mend; without a command, with help."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Returns the arguments that are left; none at all asks for help, unless the group does something by itself."""
        return super().parse_args(ctx, args or ([] if self.invoke_without_command else ["--help"]))

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Writes the list of commands, each with its whole summary; click cuts those that are longer than a line."""
        commands = [(name, self.get_command(ctx, name)) for name in self.list_commands(ctx)]
        rows = [(name, one.get_short_help_str(_WHOLE)) for name, one in commands if one and not one.hidden]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def invoke(self, ctx: Any) -> Any:
        """Runs the command, and writes out what it printed where typer still sees that a pipe was closed."""
        result = super().invoke(ctx)
        sys.stdout.flush()
        return result

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Runs the command line and exits with its status; without `standalone_mode`, errors are the caller's."""
        try:
            result = super().main(args, prog_name, complete_var, False, windows_expand_args, **extra)
        except typer.Abort:
            sys.exit(INTERRUPTED)
        except Exception as error:
            if not standalone_mode or describe(error) is None:
                raise
            fail(error)
        if not standalone_mode:
            return result
        try:
            sys.stdout.flush()
        except BrokenPipeError:
            # Python flushes once more at its end; what is left has nowhere to go.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            sys.exit(PIPE_CLOSED)
        sys.exit(result if isinstance(result, int) else 0)


class Commands(typer.Typer):
    """A group of commands with plain help pages: drawing them with rich would double the time of --help."""

    def __init__(self, **options: Any) -> None:
        super().__init__(cls=CommandGroup, rich_markup_mode=None, add_completion=False, **options)

    def command(self, name: str | None = None, **options: Any) -> Callable[[Function], Function]:
        """Returns a decorator that adds a function as a command."""
        return super().command(name, cls=Command, **options)


def _name_formats(command: Any) -> None:
    """Puts the formats that there are into the help of a command that reads files, and of its options."""
    marks = ("{formats}", "{written}", "{lossless}")
    helped = [option for option in command.params if getattr(option, "help", None)]
    options = [option for option in helped if any(mark in option.help for mark in marks)]
    if not options:
        return
    from instructerc.formats.lossless import lossless_formats
    from instructerc.formats.registry import known_formats, written_formats

    titles = sorted((one.title for one in known_formats().values()), key=str.casefold)
    command.help = command.help.replace("{format titles}", _listed(titles, "and"))
    for option in options:
        option.help = option.help.replace("{formats}", _listed(list(known_formats()), "or"))
        option.help = option.help.replace("{written}", _listed(list(written_formats()), "and"))
        option.help = option.help.replace("{lossless}", _listed(list(lossless_formats()), "or"))


def _listed(words: Sequence[str], last: str) -> str:
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def check_lossless(name: str | None) -> str | None:
    """Returns the name of a format that loses nothing, or None where none was given.

    Raises:
        InputError: it is none.
    """
    from instructerc.formats.lossless import lossless_formats

    if name is not None and name not in lossless_formats():
        raise InputError(f"cannot write {name!r}; --to takes {_listed(list(lossless_formats()), 'or')}")
    return name


def describe(error: Exception) -> str | None:
    """Returns what to tell a person of an error that they can mend; None for a fault of the program."""
    if isinstance(error, InstructERCError):
        return str(error)
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    if isinstance(error, ImportError) and not (error.name or "instructerc").startswith("instructerc"):
        return f"{error}; `instructerc doctor` shows what is missing"
    # A wrong command line: typer has raised different classes for it, which have this method in common.
    if hasattr(error, "format_message"):
        context = getattr(error, "ctx", None)
        command = context.command_path if context else "instructerc"
        message = str(error.format_message()).replace("Value error, ", "").rstrip(".")
        return f"{message}; see {command} --help"
    return None


def print_error(error: Exception | str) -> None:
    """Writes one line to standard error, whatever the message holds."""
    text = error if isinstance(error, str) else describe(error) or repr(error)
    print_line(f"error: {text}")


def print_line(text: str) -> None:
    """Writes one line to standard error; line ends become blanks, other control characters are spelt out."""
    line = " ".join(text.split())
    print(
        "".join(character if character.isprintable() else ascii(character)[1:-1] for character in line), file=sys.stderr
    )


def fail(error: Exception | str) -> NoReturn:
    """Ends the program with an error line.

    Raises:
        SystemExit: always, with status 2.
    """
    print_error(error)
    sys.exit(FAILED)


def examples(*lines: str) -> str:
    """Returns the end of a help page; typer keeps the line ends of a paragraph that begins with a backspace."""
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines)])
