"""Chats of people and with assistants, as programs and services export them: a module a format."""
