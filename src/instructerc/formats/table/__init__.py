"""CSV, TSV and other delimited tables with a header and a row per utterance."""
