"""Parquet, a row per utterance."""
