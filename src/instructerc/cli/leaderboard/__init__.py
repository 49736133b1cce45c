"""`instructerc leaderboard` and its commands."""
