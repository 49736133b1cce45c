"""`instructerc serve`: the live service and its page."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from instructerc.cli.shared.extras import import_with_extra
from instructerc.cli.shared.flags import ChatFlag, DtypeFlag, WordingFlag
from instructerc.cli.shared.group import examples

EPILOG = examples(
    "instructerc serve",
    "instructerc serve --model runs/compact/seed-1/joint/model --port 8080",
    "instructerc serve --host 0.0.0.0 --database postgresql://user:password@db/instructerc",
)


def serve(
    host: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Address to listen on; default: 127.0.0.1. Addresses that other machines can reach require keys.",
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65535, metavar="N", help="TCP port; default: 8000; 0 picks a free one."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="Model folder, or a name: small, multilingual or auto; default: auto if the package "
            "instructerc-multilingual is installed, otherwise small. With --labels, also an untrained language model: "
            "a hub name, a folder or a GGUF file.",
        ),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option(metavar="SET", help="Labels that an untrained language model chooses from; see labels show."),
    ] = None,
    wording: WordingFlag = None,
    calibration: Annotated[
        Literal["contextual", "none"] | None,
        typer.Option(
            help="Calibration of an untrained language model, fitted without labels: contextual (default) removes what "
            "the model answers to prompts without content.",
        ),
    ] = None,
    chat: ChatFlag = None,
    dtype: DtypeFlag = None,
    threads: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Number of threads for live turns; whole conversations get as many. Default: all cores but one.",
        ),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            envvar="INSTRUCTERC_DATABASE",
            help="sqlite:///FILE or postgresql://…; default: a file in your user data folder.",
        ),
    ] = None,
    retention_days: Annotated[
        float | None,
        typer.Option(
            min=0,
            metavar="DAYS",
            help="Delete a session this many days after its last turn; default: 30; 0 keeps all sessions.",
        ),
    ] = None,
    require_keys: Annotated[
        bool | None, typer.Option("--require-keys", help="Require API keys on 127.0.0.1 too.")
    ] = None,
    allow_origin: Annotated[
        list[str] | None,
        typer.Option(
            metavar="ORIGIN", help="Origin of another site whose pages may use the API; may be given several times."
        ),
    ] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Another host name for the service; may be given several times."),
    ] = None,
    rate: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="Requests and turns per minute for each key; default: 0, no limit."),
    ] = None,
    max_body: Annotated[
        int | None, typer.Option(min=1, metavar="MB", help="Maximum size of a request body; default: 8.")
    ] = None,
    live_memory: Annotated[
        int | None,
        typer.Option(
            min=0,
            metavar="MB",
            help="Memory for the states of live sessions; default: a quarter of this machine's memory.",
        ),
    ] = None,
    log_texts: Annotated[bool | None, typer.Option("--log-texts", help="Include what users wrote in the log.")] = None,
    trust: Annotated[
        bool | None, typer.Option("--trust", help="Let a model run its own code and load pickles.")
    ] = None,
) -> None:
    """Serve recognition over HTTP and WebSocket, with a page at /.

    By default, the page and the API are only reachable from this machine; --host changes this. Sessions are stored in a
    database, so accepted turns survive a restart. The API is described at /docs and /v1/openapi.json. Every setting
    also has an environment variable, such as INSTRUCTERC_PORT; docs/serving.md lists them. A flag takes precedence
    over its variable.
    """
    server = import_with_extra("instructerc.serving.server", "serving", "serve")
    settings = import_with_extra("instructerc.serving.settings", "serving", "serve")
    flags = {
        "host": host,
        "port": port,
        "model": model,
        "labels": labels,
        "wording": wording,
        "calibration": calibration,
        "chat": chat,
        "dtype": dtype,
        "threads": threads,
        "database": database,
        "retention_days": retention_days,
        "require_keys": require_keys,
        "allowed_origins": tuple(allow_origin or ()) or None,
        "allowed_hosts": tuple(allow_host or ()) or None,
        "rate_per_minute": rate,
        "max_body_bytes": None if max_body is None else max_body * 1024 * 1024,
        "live_memory_bytes": None if live_memory is None else live_memory * 1024 * 1024,
        "log_texts": log_texts,
        "trust": trust,
    }
    server.run(settings.read_settings(**{name: value for name, value in flags.items() if value is not None}))
