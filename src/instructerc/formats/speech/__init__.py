"""Recognised speech, as services and programs give it: a module a format."""
