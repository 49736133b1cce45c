"""Training conversations written otherwise."""
