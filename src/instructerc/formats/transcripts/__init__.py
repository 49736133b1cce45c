"""Transcripts of meetings, as programs write and people copy them: a module a format."""
