"""Sessions as they happen: WebSockets, server-sent events, and who is told of what."""
