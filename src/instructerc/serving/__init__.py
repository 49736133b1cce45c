"""The live service: HTTP, server-sent events, WebSocket and a page; needs the extra `serve`."""
