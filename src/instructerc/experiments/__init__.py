"""Experiments: tables of trainings, run row by row and written down beside what was published."""
