"""Who may send requests, how much, and how fast they must arrive."""
