"""Annotation of more turns than memory holds: any number of files in, the same files with answers out."""
