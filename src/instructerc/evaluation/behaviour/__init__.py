"""Behavioural tests of a model, after CheckList (Ribeiro et al. 2020): what it must know, ignore and follow."""

from instructerc.evaluation.behaviour.changes import CHANGES
from instructerc.evaluation.behaviour.run import BehaviourReport, Outcome, Rate, run_suite
from instructerc.evaluation.behaviour.suite import Check, Kind, read_suite

__all__ = ["CHANGES", "BehaviourReport", "Check", "Kind", "Outcome", "Rate", "read_suite", "run_suite"]
