"""`instructerc keys`: who may use a service that others can reach."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from instructerc.cli.shared.extras import import_with_extra
from instructerc.cli.shared.flags import ReportFormat
from instructerc.cli.shared.group import Commands, examples

CREATE_EPILOG = examples(
    "instructerc keys create dashboard --scope read", "instructerc keys create agent-desk --scope read --scope write"
)

app = Commands(help="Create, list and revoke the API keys of a service.")

DatabaseFlag = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        envvar="INSTRUCTERC_DATABASE",
        help="Database of the service; default: the one in your user data folder.",
    ),
]


@app.command(epilog=CREATE_EPILOG)
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="A name that reminds you what the key is for.")],
    scope: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SCOPE", help="read, write or admin; may be given several times; default: read and write."
        ),
    ] = None,
    rate: Annotated[
        int | None, typer.Option(min=0, metavar="N", help="Requests and turns per minute for this key.")
    ] = None,
    database: DatabaseFlag = None,
) -> None:
    """Create a key and print it; it is shown only once, since only its digest is stored."""
    keys = import_with_extra("instructerc.serving.keeping.keys", "serving", "serve")
    typer.echo(keys.create_key(_open(database), name, scope or ["read", "write"], rate))


@app.command("list")
def list_all(
    database: DatabaseFlag = None,
    format: Annotated[ReportFormat, typer.Option(help="A table for reading, or JSON.")] = "table",
) -> None:
    """List all keys, without their secrets."""
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
        typer.echo("no keys yet; create one with instructerc keys create NAME")


@app.command()
def revoke(
    key: Annotated[str, typer.Argument(metavar="ID", help="Id of the key, as `keys list` shows it.")],
    database: DatabaseFlag = None,
) -> None:
    """Revoke a key; a running service stops accepting it within seconds."""
    keys = import_with_extra("instructerc.serving.keeping.keys", "serving", "serve")
    keys.revoke_key(_open(database), key)
    typer.echo(f"revoked {key}")


def _open(database: str | None) -> Any:
    opening = import_with_extra("instructerc.serving.keeping.database", "serving", "serve")
    settings = import_with_extra("instructerc.serving.settings", "serving", "serve")
    return opening.open_database(database or settings.default_database())
