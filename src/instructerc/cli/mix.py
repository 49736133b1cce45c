"""`instructerc corpus mix`: several corpora as one training set with one label set."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from instructerc.cli.convert import ForceFlag, OutputFlag, print_written
from instructerc.cli.recognize import print_report
from instructerc.cli.shared.flags import named_folder
from instructerc.cli.shared.group import check_lossless, examples

EPILOG = examples(
    "instructerc corpus mix meld=data/meld emorynlp=data/emorynlp --labels unified-wheel --output data/joint",
    "instructerc corpus mix meld=data/meld iemocap=data/iemocap --labels unified-paper --share 0.5 --output data/half",
)


def mix(
    corpora: Annotated[list[str], typer.Argument(metavar="NAME=DIR", help="Corpora, each with its folder.")],
    labels: Annotated[
        str,
        typer.Option(
            metavar="SET", help="The common label set: a shipped set, a YAML file, or words separated by commas."
        ),
    ],
    output: OutputFlag,
    how: Annotated[
        Literal["ratio", "total"],
        typer.Option(help="Draw the share from each corpus (ratio) or from all corpora together (total)."),
    ] = "ratio",
    share: Annotated[
        float, typer.Option(metavar="X", help="Share of the training conversations to keep, up to 1.")
    ] = 1.0,
    seed: Annotated[int, typer.Option(metavar="N", help="Random seed for drawing the share.")] = 1,
    keep_overlap: Annotated[
        bool,
        typer.Option("--keep-overlap", help="Keep training conversations that occur in dev or test of another corpus."),
    ] = False,
    to: Annotated[
        str,
        typer.Option(metavar="FORMAT", callback=check_lossless, help="Format to write: {lossless}."),
    ] = "jsonl",
    force: ForceFlag = False,
) -> None:
    """Mix corpora into one folder, to be read with --corpus files.

    Labels are mapped to the label set. Training conversations that occur in the development or test split of another
    corpus of the same source are left out; development and test stay complete. Ids and speakers are prefixed with the
    name of the corpus, so equal names stay distinct. The same seed gives the same bytes.
    """
    from instructerc.corpora.joint.unifying import Mixture, unify
    from instructerc.corpora.own_files import write_folder
    from instructerc.formats import ReadReport
    from instructerc.labels import load_label_set

    report = ReadReport()
    mixture = Mixture(load_label_set(labels), share, how, seed, keep_overlap)
    unified = unify([named_folder(text) for text in corpora], mixture, report, typer.echo)
    print_written(write_folder(unified, output, to, force))
    print_report(report)
