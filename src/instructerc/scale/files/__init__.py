"""The kinds of input files: each is read row by row, and written again with answers beside its own columns."""
