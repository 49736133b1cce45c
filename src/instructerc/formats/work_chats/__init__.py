"""Chats of people who work together, as the servers and services that hold them give them: a module a format."""
