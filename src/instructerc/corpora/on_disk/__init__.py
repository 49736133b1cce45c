"""A corpus's folder: downloaded, found, checked, counted."""
