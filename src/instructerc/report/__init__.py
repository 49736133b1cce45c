"""Self-contained pages: about many conversations for those who had them, about runs for those who study models."""
