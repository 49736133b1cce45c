"""Prompt trees: conversations and the questions asked at their points."""

from instructerc.prompts.packing import PADDING_SEGMENT, PackedTree, pack, visibility
from instructerc.prompts.tasks import (
    EMOTION_PREDICTION,
    EMOTION_RECOGNITION,
    SPEAKER_IDENTIFICATION,
    TASKS,
    TreeBuilder,
)
from instructerc.prompts.tree import PromptTree, Question, Segment
from instructerc.prompts.trunks import MIN_HISTORY, Trunk, TrunkCutter, cut_into_trunks
from instructerc.prompts.wording import Wording, load_wording, wording_versions

__all__ = [
    "EMOTION_PREDICTION",
    "EMOTION_RECOGNITION",
    "MIN_HISTORY",
    "PADDING_SEGMENT",
    "SPEAKER_IDENTIFICATION",
    "TASKS",
    "PackedTree",
    "PromptTree",
    "Question",
    "Segment",
    "TreeBuilder",
    "Trunk",
    "TrunkCutter",
    "Wording",
    "cut_into_trunks",
    "load_wording",
    "pack",
    "visibility",
    "wording_versions",
]
