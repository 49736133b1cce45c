"""Evaluation: scores, calibration, intervals and their report; numpy only."""

from instructerc.evaluation.bootstrap import (
    Comparison,
    compare_predictions,
    compare_seeds,
    mean_weighted_f1_interval,
    weighted_f1_interval,
)
from instructerc.evaluation.calibration import (
    Calibration,
    CalibrationMethod,
    apply_temperature,
    brier_score,
    calibration_error_by_chance,
    expected_calibration_error,
    fit_calibration,
    fit_temperature,
    negative_log_likelihood,
)
from instructerc.evaluation.evaluation import ClassScores, Evaluation, evaluate_predictions, evaluate_recognitions
from instructerc.evaluation.foreign import Foreign, fit_foreign
from instructerc.evaluation.model_calibration import calibration_of
from instructerc.evaluation.scores import (
    ABSTAINED,
    accuracy,
    confusion_matrix,
    macro_f1,
    micro_f1,
    precision_recall_f1,
    weighted_f1,
)
from instructerc.evaluation.significance import McNemar, SeedSpread, holm, mcnemar, seed_spread
from instructerc.evaluation.unsure import fit_unsure_below, unsure_below_of

__all__ = [
    "ABSTAINED",
    "Calibration",
    "CalibrationMethod",
    "ClassScores",
    "Comparison",
    "Evaluation",
    "Foreign",
    "McNemar",
    "SeedSpread",
    "accuracy",
    "apply_temperature",
    "brier_score",
    "calibration_error_by_chance",
    "calibration_of",
    "compare_predictions",
    "compare_seeds",
    "confusion_matrix",
    "evaluate_predictions",
    "evaluate_recognitions",
    "expected_calibration_error",
    "fit_calibration",
    "fit_foreign",
    "fit_temperature",
    "fit_unsure_below",
    "holm",
    "macro_f1",
    "mcnemar",
    "mean_weighted_f1_interval",
    "micro_f1",
    "negative_log_likelihood",
    "precision_recall_f1",
    "seed_spread",
    "unsure_below_of",
    "weighted_f1",
    "weighted_f1_interval",
]
