"""`instructerc serve`: the live service and its page."""

from __future__ import annotations

from typing import Annotated

import typer

from instructerc.cli.extras import import_with_extra
from instructerc.cli.group import examples

EPILOG = examples(
    "instructerc serve",
    "instructerc serve --model runs/compact/seed-1/joint/model --port 8080",
    "instructerc serve --host 0.0.0.0 --database postgresql://user:password@db/instructerc",
)


def serve(
    host: Annotated[
        str, typer.Option(help="Address; others can reach all but 127.0.0.1, which then needs API keys.")
    ] = ("127.0.0.1"),
    port: Annotated[int, typer.Option(min=0, max=65535, help="TCP port; 0 takes one that is free.")] = 8000,
    model: Annotated[
        str | None,
        typer.Option(
            metavar="MODEL",
            help="Folder of a model; the embedded one by default. With --labels also a language model without "
            "training: a hub name, a folder or a GGUF file.",
        ),
    ] = None,
    labels: Annotated[
        str | None,
        typer.Option(metavar="SET", help="What a language model without training chooses from; see labels show."),
    ] = None,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Threads of recognition; all cores but one by default.")
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            envvar="INSTRUCTERC_DATABASE",
            help="sqlite:///FILE or postgresql://…; a file of yours by default.",
        ),
    ] = None,
    retention_days: Annotated[
        float, typer.Option(min=0, help="Days after its last turn when a session is deleted; 0 keeps all.")
    ] = 30.0,
    require_keys: Annotated[bool, typer.Option("--require-keys", help="Ask for API keys on 127.0.0.1 too.")] = False,
    allow_origin: Annotated[
        list[str] | None, typer.Option(metavar="ORIGIN", help="Another site whose pages may use the API.")
    ] = None,
    allow_host: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Another name under which the service is reached.")
    ] = None,
    rate: Annotated[int, typer.Option(min=0, help="Requests and turns a minute for each key; 0 for no limit.")] = 0,
    max_body: Annotated[int, typer.Option(min=1, metavar="MB", help="Largest body of a request.")] = 8,
    live_memory: Annotated[
        int | None,
        typer.Option(min=0, metavar="MB", help="For states of live sessions; a quarter of this machine's by default."),
    ] = None,
    log_texts: Annotated[bool, typer.Option("--log-texts", help="Let the log hold what users wrote.")] = False,
    trust: Annotated[bool, typer.Option("--trust", help="Let a model run code of its own and read pickles.")] = False,
) -> None:
    """Serve recognition over HTTP and WebSocket, with a page at /.

    Sessions are kept in a database, so that an accepted turn survives the end of the process. The page and the API stay
    on this machine unless --host says otherwise. The API is described at /v1/openapi.json.
    """
    server = import_with_extra("instructerc.serving.server", "serving", "serve")
    settings = import_with_extra("instructerc.serving.settings", "serving", "serve")
    server.run(
        settings.ServeSettings(
            host=host,
            port=port,
            model=model,
            labels=labels,
            threads=threads,
            database=database or settings.default_database(),
            retention_days=retention_days,
            require_keys=require_keys,
            allowed_origins=tuple(allow_origin or ()),
            allowed_hosts=tuple(allow_host or ()),
            rate_per_minute=rate,
            max_body_bytes=max_body * 1024 * 1024,
            live_memory_bytes=settings.default_live_memory() if live_memory is None else live_memory * 1024 * 1024,
            log_texts=log_texts,
            trust=trust,
        )
    )
