"""Scripts: what is said in screenplays and in plays, without what is done."""
