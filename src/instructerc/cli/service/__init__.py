"""Commands about the live service."""
