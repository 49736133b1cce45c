"""`instructerc`: the console entry and its commands."""

from __future__ import annotations

from typing import Annotated

import typer

from instructerc import __version__
from instructerc.cli import (
    adapt,
    annotate,
    compare,
    corpus,
    doctor,
    evaluate,
    export,
    inspect,
    labels,
    recognize,
    report,
    reproduce,
    teach,
    train,
)
from instructerc.cli.leaderboard import commands as leaderboard
from instructerc.cli.prompts import prompt
from instructerc.cli.service import keys, serve
from instructerc.cli.shared.group import Commands, examples

EPILOG = examples(
    "instructerc recognize chat.txt",
    "instructerc recognize chats.jsonl --format jsonl --output emotions.jsonl",
    "instructerc evaluate --corpus meld --path data/meld --split test",
    "instructerc doctor",
)

app = Commands(
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog=EPILOG,
)
app.command(epilog=recognize.EPILOG)(recognize.recognize)
app.command(epilog=annotate.EPILOG)(annotate.annotate)
app.command(epilog=inspect.EPILOG)(inspect.inspect)
app.command(epilog=evaluate.EPILOG)(evaluate.evaluate)
app.command(epilog=compare.EPILOG)(compare.compare)
app.command(epilog=report.EPILOG)(report.report)
app.command(epilog=adapt.EPILOG)(adapt.adapt)
app.command(epilog=serve.EPILOG)(serve.serve)
app.command(epilog=train.EPILOG)(train.train)
app.command(epilog=teach.EPILOG)(teach.teach)
app.command(epilog=reproduce.EPILOG)(reproduce.reproduce)
app.command(epilog=export.EPILOG)(export.export)
app.add_typer(corpus.app, name="corpus")
app.add_typer(labels.app, name="labels")
app.add_typer(leaderboard.app, name="leaderboard")
app.add_typer(keys.app, name="keys")
app.add_typer(prompt.app, name="prompt")
app.command(epilog=doctor.EPILOG)(doctor.doctor)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"instructerc {__version__}")
        raise typer.Exit


@app.callback()
def _instructerc(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Recognise the emotion of every utterance in a conversation, with a calibrated probability.

    After an error, one line is printed to standard error, and the exit status is 2.
    """


def main() -> None:
    """Runs the command line."""
    app(prog_name="instructerc")


if __name__ == "__main__":
    main()
