"""What the files of several corpora share."""
