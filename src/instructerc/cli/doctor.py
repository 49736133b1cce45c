"""`instructerc doctor`: what is installed, what is missing, and the line that installs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from instructerc.cli.shared.flags import ReportFormat
from instructerc.cli.shared.group import examples

if TYPE_CHECKING:
    from instructerc.cli.shared.installation import Installation

BROKEN = 1
EPILOG = examples("instructerc doctor", "instructerc doctor --format json")


def doctor(
    format: Annotated[ReportFormat, typer.Option(help="A list for reading, or JSON.")] = "table",
) -> None:
    """Show what is installed, and how to install the rest.

    The exit status is 0 if recognition works, even if optional packages are missing, and 1 if the base install is
    broken.
    """
    from instructerc.cli.shared.installation import inspect_installation

    found = inspect_installation()
    if format == "json":
        import json

        typer.echo(json.dumps(found.to_dict(), indent=2))
    else:
        _print(found)
    if found.problems:
        raise typer.Exit(BROKEN)


def _print(found: Installation) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in found.facts.items():
        table.add_row(name, Text(value))
    for package, version in found.packages.items():
        table.add_row(package, Text(version or "missing", style="" if version else "bold"))
    for extra in found.extras:
        state = "installed" if not extra.missing else f"missing {', '.join(extra.missing)}; {extra.install}"
        table.add_row(f"[{extra.name}]".replace("[", r"\["), Text(state))
    console = Console(highlight=False, soft_wrap=False)
    console.print(table)
    console.print()
    for problem in found.problems:
        console.print(Text(f"broken: {problem}", style="bold"))
    if not found.problems:
        console.print("Recognition works.")
