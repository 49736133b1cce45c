"""Demonstration retrieval: labelled utterances of a training split, found by meaning, without leaks."""

from instructerc.retrieval.bank import DemonstrationBank
from instructerc.retrieval.embedder import Embedder, RememberingEmbedder, SentenceTransformerEmbedder
from instructerc.retrieval.files import saved_embedder
from instructerc.retrieval.index import ExactIndex, VectorIndex
from instructerc.retrieval.settings import BankSettings

__all__ = [
    "BankSettings",
    "DemonstrationBank",
    "Embedder",
    "ExactIndex",
    "RememberingEmbedder",
    "SentenceTransformerEmbedder",
    "VectorIndex",
    "saved_embedder",
]
