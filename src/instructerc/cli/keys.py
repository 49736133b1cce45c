"""`instructerc keys`: who may use a service that others can reach."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from instructerc.cli.extras import import_with_extra
from instructerc.cli.flags import ReportFormat
from instructerc.cli.group import CommandGroup, examples

CREATE_EPILOG = examples(
    "instructerc keys create dashboard --scope read", "instructerc keys create agent-desk --scope read --scope write"
)

app = typer.Typer(cls=CommandGroup, help="API keys of a service.", rich_markup_mode=None, add_completion=False)

DatabaseFlag = Annotated[
    str | None,
    typer.Option("--database", metavar="URL", envvar="INSTRUCTERC_DATABASE", help="The service's; yours by default."),
]


@app.command(epilog=CREATE_EPILOG)
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it is for, to know it by later.")],
    scope: Annotated[list[str] | None, typer.Option(help="read, write or admin; read and write by default.")] = None,
    rate: Annotated[int | None, typer.Option(min=0, help="Its own requests and turns a minute.")] = None,
    database: DatabaseFlag = None,
) -> None:
    """Make a key and print it; it is shown this once, and only its digest is kept."""
    keys = import_with_extra("instructerc.serving.keeping.keys", "serving", "serve")
    typer.echo(keys.create_key(_open(database), name, scope or ["read", "write"], rate))


@app.command("list")
def list_all(
    database: DatabaseFlag = None,
    format: Annotated[ReportFormat, typer.Option(help="A table for a person, or JSON.")] = "table",
) -> None:
    """Show every key, without its secret."""
    keys = import_with_extra("instructerc.serving.keeping.keys", "serving", "serve")
    rows = [
        {
            "id": key.id,
            "name": key.name,
            "scopes": list(key.scopes),
            "rate_per_minute": key.rate_per_minute,
            "created_at": key.created_at.isoformat(timespec="seconds") + "Z",
            "revoked_at": key.revoked_at and key.revoked_at.isoformat(timespec="seconds") + "Z",
        }
        for key in keys.list_keys(_open(database))
    ]
    if format == "json":
        import json

        typer.echo(json.dumps(rows, indent=2))
        return
    for row in rows:
        state = f"revoked {row['revoked_at']}" if row["revoked_at"] else "in use"
        typer.echo(f"{row['id']}  {','.join(row['scopes']):<16} {row['created_at']}  {state}  {row['name']}")
    if not rows:
        typer.echo("no key yet: instructerc keys create NAME")


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(metavar="ID", help="As `keys list` shows it.")], database: DatabaseFlag = None
) -> None:
    """Make a key useless; a running service notices within seconds."""
    keys = import_with_extra("instructerc.serving.keeping.keys", "serving", "serve")
    keys.revoke_key(_open(database), key)
    typer.echo(f"revoked {key}")


def _open(database: str | None) -> Any:
    opening = import_with_extra("instructerc.serving.keeping.database", "serving", "serve")
    settings = import_with_extra("instructerc.serving.settings", "serving", "serve")
    return opening.open_database(database or settings.default_database())
