"""The leaderboard in the formats of others: one file a format, reader and writer side by side."""
