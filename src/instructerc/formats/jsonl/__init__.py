"""JSONL: an utterance or a whole conversation per line."""
