"""Conversations of customer support, as help desks and messaging services give them: a module a format."""
