"""ELAN annotation files."""
