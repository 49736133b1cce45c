"""`instructerc corpus mix`: several corpora as one training set with one label set."""

from __future__ import annotations

from typing import Annotated, Literal

import typer

from instructerc.cli.convert import ForceFlag, OutputFlag, print_written
from instructerc.cli.flags import named_folder
from instructerc.cli.group import examples
from instructerc.cli.recognize import print_report

EPILOG = examples(
    "instructerc corpus mix meld=data/meld emorynlp=data/emorynlp --labels unified-wheel --output data/joint",
    "instructerc corpus mix meld=data/meld iemocap=data/iemocap --labels unified-paper --share 0.5 --output data/half",
)


def mix(
    corpora: Annotated[list[str], typer.Argument(metavar="NAME=DIR...", help="Corpora, each with its folder.")],
    labels: Annotated[str, typer.Option(metavar="SET", help="The one label set: shipped, a YAML file or words.")],
    output: OutputFlag,
    how: Annotated[
        Literal["ratio", "total"], typer.Option(help="Draw the share from each corpus, or from all together.")
    ] = "ratio",
    share: Annotated[float, typer.Option(help="Share of the training conversations.")] = 1.0,
    seed: Annotated[int, typer.Option(help="Of the draw.")] = 1,
    keep_overlap: Annotated[
        bool,
        typer.Option("--keep-overlap", help="Keep training conversations that another corpus has in dev or test."),
    ] = False,
    to: Annotated[Literal["jsonl", "parquet"], typer.Option(help="What is written.")] = "jsonl",
    force: ForceFlag = False,
) -> None:
    """Unify corpora into one folder, which corpus files reads.

    Labels become those of the set. Training conversations that stand in the development or test split of another corpus
    of the same source are left out; development and test stay whole. Ids and speakers get the corpus's name, so that
    equal names stay apart. The same seed gives the same bytes.
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
