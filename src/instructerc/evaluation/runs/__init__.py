"""Run folders: one kind, whatever wrote it, and everything that is compared or shown is made from it alone."""

from instructerc.evaluation.runs.about import Context, Maker, RunAbout
from instructerc.evaluation.runs.breakdown import (
    CurvePoint,
    GroupScores,
    Part,
    abstention_curve,
    breakdowns,
    by_length,
    by_position,
    by_shift,
    by_speaker,
)
from instructerc.evaluation.runs.compare import (
    LEVEL,
    SEEDS_NOTE,
    Against,
    System,
    SystemScores,
    compare_systems,
    read_system,
    read_systems,
    score_system,
)
from instructerc.evaluation.runs.environment import environment
from instructerc.evaluation.runs.folder import Run, is_run, read_run, run_files, write_run
from instructerc.evaluation.runs.parquet_files import RunTexts, ShownDemonstration
from instructerc.evaluation.runs.parts import (
    CoverageScores,
    PartDifference,
    PartScores,
    compare_coverage,
    compare_parts,
)
from instructerc.evaluation.runs.predictions import UNLABELLED, Predictions, check_same_utterances

__all__ = [
    "LEVEL",
    "SEEDS_NOTE",
    "UNLABELLED",
    "Against",
    "Context",
    "CoverageScores",
    "CurvePoint",
    "GroupScores",
    "Maker",
    "Part",
    "PartDifference",
    "PartScores",
    "Predictions",
    "Run",
    "RunAbout",
    "RunTexts",
    "ShownDemonstration",
    "System",
    "SystemScores",
    "abstention_curve",
    "breakdowns",
    "by_length",
    "by_position",
    "by_shift",
    "by_speaker",
    "check_same_utterances",
    "compare_coverage",
    "compare_parts",
    "compare_systems",
    "environment",
    "is_run",
    "read_run",
    "read_system",
    "read_systems",
    "run_files",
    "score_system",
    "write_run",
]
