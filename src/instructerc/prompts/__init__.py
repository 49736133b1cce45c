"""Prompt trees: conversations and the questions asked at their points."""

from instructerc.prompts.demonstrations import Demonstration, Demonstrator
from instructerc.prompts.packing import PADDING_SEGMENT, PackedTree, pack, visibility
from instructerc.prompts.tasks import (
    EMOTION_PREDICTION,
    EMOTION_RECOGNITION,
    SPEAKER_IDENTIFICATION,
    TASKS,
    Scene,
    TreeBuilder,
    asked_names,
)
from instructerc.prompts.tree import PromptTree, Question, Segment
from instructerc.prompts.trunks import MIN_HISTORY, Cutter, History, Trunk, TrunkCutter, WindowCutter, cut_into_trunks
from instructerc.prompts.wording import Wording, load_wording, wording_from_data, wording_versions

__all__ = [
    "EMOTION_PREDICTION",
    "EMOTION_RECOGNITION",
    "MIN_HISTORY",
    "PADDING_SEGMENT",
    "SPEAKER_IDENTIFICATION",
    "TASKS",
    "Cutter",
    "Demonstration",
    "Demonstrator",
    "History",
    "PackedTree",
    "PromptTree",
    "Question",
    "Scene",
    "Segment",
    "TreeBuilder",
    "Trunk",
    "TrunkCutter",
    "WindowCutter",
    "Wording",
    "asked_names",
    "cut_into_trunks",
    "load_wording",
    "pack",
    "visibility",
    "wording_from_data",
    "wording_versions",
]
