"""The leaderboard as a static site: one file a kind of page, no template engine, nothing that is fetched."""
