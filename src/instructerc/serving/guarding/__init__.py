"""Who may ask, how much, and how fast it has to come."""
