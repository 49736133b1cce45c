"""What is kept: sessions, turns and API keys, in a database."""
