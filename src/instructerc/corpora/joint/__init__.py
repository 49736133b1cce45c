"""Several corpora together: what they have in common, mixed, and as one."""
