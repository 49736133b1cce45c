"""Sessions as they happen: WebSockets, server-sent events, and who receives which events."""
