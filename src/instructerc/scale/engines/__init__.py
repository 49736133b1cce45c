"""Where shards are scored: processes on this machine, or actors of a Ray cluster."""
