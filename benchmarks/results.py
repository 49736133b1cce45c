"""Writes the tables of docs/results.md that come from run folders, from the answers stored in results/, and its other
figures from their records (see figures.py).

python benchmarks/results.py                         rewrite the tables and figures
python benchmarks/results.py --shipped               first answer the test splits with the model that ships
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from figures import BEGIN, DOCUMENT, END, ROOT, read_sources, update_figures

from instructerc.corpora import load_corpus
from instructerc.evaluation.runs import write_run
from instructerc.experiments.results import ResultsTable, render_results
from instructerc.labels import load_label_set
from instructerc.recognition import Recognizer
from instructerc.recognition.runs import run_of

TABLE, ROW = "shipped", "embedded"
CORPORA = {"everyday": "everyday", "meld": "meld", "emorynlp-csv": "emorynlp/subset"}
LABELS = {"everyday": "meld", "meld": "meld", "emorynlp-csv": "emorynlp"}


def answer(data: Path, folder: Path) -> None:
    """Writes the run folders of the shipped model's answers to the test splits."""
    recognizer = Recognizer.from_pretrained()
    for corpus, place in CORPORA.items():
        talks = load_corpus(corpus, data / place, "test")
        told = recognizer.for_corpus(corpus)
        told = told.with_choices(load_label_set(LABELS[corpus]))
        answers = list(told.recognize_many(talks))
        run = run_of(told, talks, answers, made_by="evaluate", corpus=corpus, split="test", table=TABLE, row=ROW)
        write_run(replace(run, texts=None), folder / ROW / TABLE / ROW / corpus)
        print(f"{corpus}: weighted F1 {100 * run.figures['weighted_f1']:.2f}")
    ResultsTable(
        table=TABLE,
        title="The model that ships, on test",
        backbone=ROW,
        reference=None,
        rows=((ROW, ROW),),
        corpora=tuple(CORPORA),
        commands=("python benchmarks/results.py --shipped",),
    ).write(folder / ROW / TABLE)


def write_tables(document: Path, folder: Path) -> None:
    """Puts the tables of a folder of results between the marks of a document."""
    before, _, rest = document.read_text(encoding="utf-8").partition(BEGIN)
    _, _, after = rest.partition(END)
    document.write_text(f"{before}{BEGIN}\n{render_results(folder)}\n{END}{after}", encoding="utf-8")


def main() -> None:
    """Runs the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shipped", action="store_true", help="answer the test splits with the shipped model first")
    parser.add_argument("--data", type=Path, default=ROOT / "data")
    parser.add_argument("--results", type=Path, default=ROOT / "results")
    options = parser.parse_args()
    if options.shipped:
        answer(options.data, options.results)
    write_tables(DOCUMENT, options.results)
    text = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(update_figures(text, read_sources()), encoding="utf-8")


if __name__ == "__main__":
    main()
